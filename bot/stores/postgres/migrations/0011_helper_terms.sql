-- Handoffs are found by everyone that helped with them, also by earlier helpers. Must match upgrade.py of the tiny store.
--
-- Bodies may hold escapes that the database cannot convert: while a body is taken apart, ¤ stands for \\ and § for \u, as in
-- 0010. Ids of people hold no escapes.
WITH handoffs AS (
    SELECT id, replace(replace(body::text, '\\', '¤'), '\u', '§')::json AS body FROM record WHERE kind = 'handoff'
),
named AS (
    SELECT id, person FROM handoffs, LATERAL (
        VALUES
            (body #>> '{assignment,offered_to}'),
            (body #>> '{assignment,stands_in_for}'),
            (body #>> '{assignment,owner_id}'),
            (body #>> '{chat,last_by}')
    ) AS each (person)
    UNION
    SELECT id, person FROM handoffs, LATERAL (
        VALUES
            (body #> '{assignment,contacts}'), (body #> '{assignment,declined}'), (body #> '{assignment,tried}'),
            (body #> '{chat,advisers}'), (body #> '{chat,receipts}')
    ) AS list (people), LATERAL json_array_elements_text(people) AS person
    UNION
    SELECT id, person FROM handoffs, LATERAL json_object_keys(body #> '{chat,focused_at}') AS person
    UNION
    SELECT id, person
    FROM handoffs, LATERAL json_array_elements(body -> 'history') AS entry,
    LATERAL (VALUES (entry ->> 'by'), (entry ->> 'to')) AS each (person)
),
helpers AS (
    SELECT named.id, array_agg('helper:' || person) AS terms
    FROM named JOIN handoffs USING (id)
    WHERE person <> '' AND person <> handoffs.body ->> 'asker_id' AND person !~ '[§¤]'
    GROUP BY named.id
)
UPDATE record SET
    version = version + 1,
    terms = ARRAY(SELECT DISTINCT term FROM unnest(record.terms || helpers.terms) AS term ORDER BY term)
FROM helpers WHERE record.kind = 'handoff' AND record.id = helpers.id;
