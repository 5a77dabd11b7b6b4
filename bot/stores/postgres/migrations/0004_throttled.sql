-- What a channel has put off is counted apart from what waits for its turn, until it is sent.

LOCK TABLE delivery IN SHARE ROW EXCLUSIVE MODE;

CREATE FUNCTION standing(status text, reason text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
SELECT CASE WHEN status IN ('waiting', 'leased') AND reason = 'throttled' THEN 'throttled' ELSE status END
$$;

CREATE OR REPLACE FUNCTION count_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO tally AS t
        SELECT group_name, standing(status, reason), pg_backend_pid() % 32, count(*)
        FROM after_rows WHERE group_name IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT (group_name, status, shard) DO UPDATE SET number = t.number + excluded.number;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO tally AS t
        SELECT group_name, standing(status, reason), pg_backend_pid() % 32, -count(*)
        FROM before_rows WHERE group_name IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
        ON CONFLICT (group_name, status, shard) DO UPDATE SET number = t.number + excluded.number;
    ELSE
        INSERT INTO tally AS t
        SELECT group_name, status, pg_backend_pid() % 32, sum(number)
        FROM (
            SELECT group_name, standing(status, reason) AS status, 1 AS number
            FROM after_rows WHERE group_name IS NOT NULL
            UNION ALL
            SELECT group_name, standing(status, reason), -1 FROM before_rows WHERE group_name IS NOT NULL
        ) AS changed
        GROUP BY 1, 2 HAVING sum(number) <> 0 ORDER BY 1, 2
        ON CONFLICT (group_name, status, shard) DO UPDATE SET number = t.number + excluded.number;
    END IF;
    RETURN NULL;
END $$;

-- What had been put off already was counted under its status.
INSERT INTO tally AS t
SELECT group_name, status, 0, sum(number)
FROM (
    SELECT group_name, 'throttled' COLLATE "C" AS status, 1 AS number
    FROM delivery WHERE group_name IS NOT NULL AND standing(status, reason) = 'throttled'
    UNION ALL
    SELECT group_name, status, -1
    FROM delivery WHERE group_name IS NOT NULL AND standing(status, reason) = 'throttled'
) AS changed
GROUP BY 1, 2 ORDER BY 1, 2
ON CONFLICT (group_name, status, shard) DO UPDATE SET number = t.number + excluded.number;
