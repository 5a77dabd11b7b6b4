-- Marks of former members are kept 24 months. Those of earlier versions count from November 2026, as FIRST_DATED says.
-- Must match upgrade.py of the tiny store.
UPDATE record SET version = version + 1, terms = array_append(terms, 'month:2026-11')
WHERE kind = 'former_identity' AND NOT EXISTS (SELECT FROM unnest(terms) AS term WHERE term LIKE 'month:%');
