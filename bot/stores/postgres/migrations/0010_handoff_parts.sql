-- Handoffs of schema 1 held all fields side by side; schema 2 holds assignment, chat and outcome. Must match upgrade.py
-- of the tiny store.
--
-- Bodies are ASCII and may hold escapes that the database cannot convert, \u0000 for one. While a body is taken apart, two
-- other signs stand for the escapes: ¤ for \\ and § for \u.
WITH before AS (
    SELECT id, replace(replace(body::text, '\\', '¤'), '\u', '§')::json AS body
    FROM record WHERE kind = 'handoff' AND schema = 1
),
moved (field, part, name) AS (
    VALUES
        ('offered_to', 'assignment', 'offered_to'),
        ('stands_in_for', 'assignment', 'stands_in_for'),
        ('owner_id', 'assignment', 'owner_id'),
        ('contacts', 'assignment', 'contacts'),
        ('declined', 'assignment', 'declined'),
        ('tried', 'assignment', 'tried'),
        ('knowing', 'assignment', 'topic'),
        ('expected_at', 'assignment', 'expected_at'),
        ('acceptances', 'assignment', 'acceptances'),
        ('rounds', 'assignment', 'rounds'),
        ('said', 'chat', 'messages'),
        ('last_said_by', 'chat', 'last_by'),
        ('last_said_at', 'chat', 'last_at'),
        ('owner_spoke', 'chat', 'owner_spoke'),
        ('turned', 'chat', 'focused_at'),
        ('told', 'chat', 'receipts'),
        ('reminders', 'chat', 'reminders'),
        ('asked', 'chat', 'advisers'),
        ('tips', 'chat', 'tips'),
        ('images', 'chat', 'images'),
        ('answer', 'outcome', 'answer'),
        ('sent_article_id', 'outcome', 'sent_article_id'),
        ('resolutions', 'outcome', 'resolutions'),
        ('helped', 'outcome', 'helped'),
        ('rating', 'outcome', 'rating')
),
fields AS (
    SELECT before.id, moved.part, coalesce(moved.name, field.key) AS name, field.value
    FROM before CROSS JOIN LATERAL json_each(before.body) AS field
    LEFT JOIN moved ON moved.field = field.key
),
parts AS (
    SELECT id, part, json_object_agg(name, value) AS body FROM fields WHERE part IS NOT NULL GROUP BY id, part
),
after AS (
    SELECT id, json_object_agg(name, value)::text AS body
    FROM (
        SELECT id, name, value FROM fields WHERE part IS NULL
        UNION ALL
        SELECT id, part, body FROM parts
    ) AS root
    GROUP BY id
)
UPDATE record SET
    version = version + 1,
    schema = 2,
    body = replace(replace(after.body, '§', '\u'), '¤', '\\')::json
FROM after WHERE record.kind = 'handoff' AND record.id = after.id;
