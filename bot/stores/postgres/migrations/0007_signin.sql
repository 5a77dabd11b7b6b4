-- Sign-ins and sign-in links of before were signed texts; what was kept of ended and used ones serves nothing any more.
DELETE FROM record WHERE kind IN ('web_session', 'web_link');

-- People the registry had and has no more: unregistered, and neither a guest nor known by a Teams account alone. They
-- have left, and have no municipality any more. The body is read and changed as text, since it may hold characters that the
-- database cannot take apart: of a field that is there twice the later one counts.
UPDATE record SET
    version = version + 1,
    terms = ARRAY(
        SELECT term FROM unnest(terms) AS had (term)
        WHERE term NOT LIKE 'municipality:%' AND term NOT LIKE 'unit:%' AND term NOT LIKE 'role:%@%'
    ),
    body = (
        regexp_replace(body::text, '}\s*$', '') || ',"left":true,"municipality_id":null,"unit_id":null}'
    )::json
WHERE kind = 'person' AND body::text LIKE '%"registered":false%' AND id NOT LIKE 'guest-%' AND id NOT LIKE 'entra-%';
