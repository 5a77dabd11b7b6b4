"""SQL statements of the PostgreSQL store."""

GET = """
SELECT r.kind, r.id, r.version, r.schema, r.body
FROM unnest(%s::text[], %s::text[]) AS wanted (kind, id) JOIN record AS r USING (kind, id)
"""

# For common terms: a scan in order soon finds enough matches.
WALK = """
SELECT kind, id, version, schema, body FROM record
WHERE kind = %(kind)s AND terms @> ARRAY[%(term)s::text] AND id > %(after)s
ORDER BY id LIMIT %(limit)s
"""

# For rare terms: use only the terms' index. Otherwise the planner scans hundreds of thousands of rows in order for
# a term that few have. Appending the empty text keeps it from using the other index.
FIND = """
WITH few AS MATERIALIZED (
    SELECT id FROM record
    WHERE terms @> ARRAY[%(term)s::text] AND kind || '' = %(kind)s AND id || '' > %(after)s LIMIT %(most)s
)
SELECT r.kind, r.id, r.version, r.schema, r.body, (SELECT count(*) FROM few) AS gathered
FROM few JOIN record AS r ON r.kind = %(kind)s AND r.id = few.id
ORDER BY r.id LIMIT %(limit)s
"""

FIND_ANY = """
SELECT kind, id, version, schema, body FROM record WHERE terms && %s::text[] AND kind || '' = %s ORDER BY id
"""

WALK_ONLY = "SELECT set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true)"

COUNT = "SELECT count(*) AS number FROM record WHERE kind = %s AND terms @> ARRAY[%s::text]"

INSERT_EVENT = "INSERT INTO event (id, at) VALUES (%s, %s) ON CONFLICT DO NOTHING"

INSERT_RECORD = """
INSERT INTO record (kind, id, version, schema, terms, body)
VALUES (%(kind)s, %(id)s, 1, %(schema)s, %(terms)s, %(body)s::json) ON CONFLICT DO NOTHING
"""

UPDATE_RECORD = """
UPDATE record SET version = version + 1, schema = %(schema)s, terms = %(terms)s, body = %(body)s::json
WHERE kind = %(kind)s AND id = %(id)s AND version = %(expected)s
"""

WRITE_RECORD = """
INSERT INTO record AS r (kind, id, version, schema, terms, body)
VALUES (%(kind)s, %(id)s, 1, %(schema)s, %(terms)s, %(body)s::json)
ON CONFLICT (kind, id) DO UPDATE
SET version = r.version + 1, schema = excluded.schema, terms = excluded.terms, body = excluded.body
"""

DELETE_RECORD = "DELETE FROM record WHERE kind = %(kind)s AND id = %(id)s AND version = %(expected)s"

REMOVE_RECORD = "DELETE FROM record WHERE kind = %(kind)s AND id = %(id)s"

# For a removal that expects no record: a row is a conflict. The lock keeps the answer valid until the commit.
LACK_RECORD = "SELECT 1 FROM record WHERE kind = %(kind)s AND id = %(id)s FOR UPDATE"

# The lock lets others read the record, and keeps the answer valid until the commit.
SAME_RECORD = "SELECT 1 FROM record WHERE kind = %(kind)s AND id = %(id)s AND version = %(version)s FOR SHARE"

FIND_IDS = "SELECT id FROM record WHERE terms @> ARRAY[%s::text] AND kind || '' = %s"

SLOTS = """
SELECT d.* FROM unnest(%s::text[], %s::text[]) AS wanted (recipient, slot)
JOIN delivery AS d USING (recipient, slot) ORDER BY d.sequence FOR UPDATE OF d
"""

SEQUENCES = "SELECT nextval('delivery_sequence') AS sequence FROM generate_series(1, %s)"

# The row is locked even if nothing is updated, so that ``FORGET_CONTENT`` cannot delete it before the commit ends.
KEEP_CONTENT = """
INSERT INTO content AS c (hash, message)
SELECT decode(hash, 'hex'), message::json FROM unnest(%s::text[], %s::text[]) AS new (hash, message) ORDER BY hash
ON CONFLICT (hash) DO UPDATE SET used_at = now() WHERE c.used_at < now() - interval '1 hour'
"""

INSERT_DELIVERIES = """
INSERT INTO delivery SELECT * FROM json_populate_recordset(NULL::delivery, %s::json)
ON CONFLICT (recipient, slot) DO NOTHING
"""

# One template row for all recipients. Returns the recipients that already had a delivery in the slot.
INSERT_MULTICAST = """
WITH wanted AS (SELECT recipient FROM json_array_elements_text(%(recipients)s::json) AS r (recipient)),
new AS (
    INSERT INTO delivery (
        recipient, slot, version, content, status, posted_at, due_at, ready_at, wake_at, lane, group_name, urgency,
        expires_at, attempts, possibly_twice, turn_lease, reason, turn
    )
    SELECT
        wanted.recipient, t.slot, t.version, t.content, t.status, t.posted_at, t.due_at, t.ready_at, t.wake_at, t.lane,
        t.group_name, t.urgency, t.expires_at, t.attempts, t.possibly_twice, t.turn_lease, t.reason, t.turn
    FROM json_populate_recordset(NULL::delivery, %(template)s::json) AS t CROSS JOIN wanted
    ON CONFLICT (recipient, slot) DO NOTHING
    RETURNING recipient
)
SELECT recipient FROM wanted WHERE NOT EXISTS (SELECT FROM new WHERE new.recipient = wanted.recipient)
"""

UPDATE_DELIVERIES = """
UPDATE delivery AS d
SET version = r.version, content = r.content, status = r.status, due_at = r.due_at, ready_at = r.ready_at,
    wake_at = r.wake_at, group_name = r.group_name, urgency = r.urgency, expires_at = r.expires_at,
    lane = CASE WHEN d.status IN ('waiting', 'leased') THEN least(d.lane, r.lane) ELSE r.lane END,
    address = r.address, channel = r.channel, reference = r.reference, attempts = r.attempts,
    possibly_twice = r.possibly_twice, lease_token = r.lease_token, lease_until = r.lease_until,
    turn_lease = r.turn_lease, reason = r.reason, settled_at = r.settled_at, first_sent_at = r.first_sent_at,
    turn = r.turn
FROM json_populate_recordset(NULL::delivery, %s::json) AS r
WHERE d.sequence = r.sequence
"""

# An urgent delivery raises the priority of its recipient's earlier ones. Locked rows are skipped: already in work.
LIFT = """
UPDATE delivery AS d SET lane = lifted.lane
FROM (
    SELECT e.sequence, urgent.lane
    FROM unnest(%s::text[], %s::smallint[]) AS urgent (recipient, lane)
    JOIN delivery AS e ON e.recipient = urgent.recipient
    WHERE e.status IN ('waiting', 'leased') AND e.lane > urgent.lane
    FOR UPDATE OF e SKIP LOCKED
) AS lifted
WHERE d.sequence = lifted.sequence
"""

SET_TIMER = """
INSERT INTO timer (key, at, verb, data) VALUES (%s, %s, %s, %s::json)
ON CONFLICT (key) DO UPDATE SET at = excluded.at, verb = excluded.verb, data = excluded.data, held_until = NULL
"""

CANCEL_TIMER = "DELETE FROM timer WHERE key = %s"

RANG = "DELETE FROM timer WHERE key = %s AND at = %s AND verb = %s AND data::text = %s"

NOTIFY = "NOTIFY heia_post"

LISTEN = "LISTEN heia_post; LISTEN heia_news"

# Person ids are short. Conversation ids come from a channel, have no page and may exceed the payload limit.
NEWS = """
SELECT pg_notify('heia_news', person_id) FROM unnest(%s::text[]) AS told (person_id)
WHERE octet_length(person_id) BETWEEN 1 AND 7999
"""

NEWS_CHANNEL = "heia_news"

# Releases an expired lease in a queue with a first delivery that could be leased now, to unblock it. An expired
# lease on the first delivery itself stays until the next claim: its worker may still finish before that.
RECLAIM = """
UPDATE delivery
SET status = 'waiting', possibly_twice = true, lease_token = NULL, lease_until = NULL, turn_lease = false
WHERE sequence IN (
    SELECT d.sequence FROM delivery AS d
    WHERE d.status = 'leased' AND d.lease_until <= %(now)s AND (
        SELECT e.sequence <> d.sequence AND e.wake_at <= %(now)s FROM delivery AS e
        WHERE e.recipient = d.recipient AND e.status IN ('waiting', 'leased')
        ORDER BY e.status = 'leased' AND e.lease_until > %(now)s DESC, e.ready_at, e.sequence LIMIT 1
    )
    FOR UPDATE OF d SKIP LOCKED
)
"""

# Lane by lane, so that each is read from its oldest row and no further than needed. The check that a delivery is the
# first of its recipient's queue and that none of the queue is leased is a scalar subquery: it runs once for each
# candidate row and cannot become a join over the whole table.
CLAIM = """
WITH due AS (
    SELECT found.*
    FROM (VALUES (0::smallint), (1::smallint), (2::smallint)) AS lanes (lane)
    CROSS JOIN LATERAL (
        SELECT
            d.sequence,
            CASE
                WHEN d.content IS NULL AND d.reference IS NULL THEN 'deleted'
                WHEN d.expires_at <= %(now)s THEN 'expired'
                ELSE 'leased'
            END AS becomes
        FROM delivery AS d
        WHERE d.status IN ('waiting', 'leased') AND d.lane = lanes.lane
            AND d.ready_at <= %(now)s AND d.wake_at <= %(now)s
            AND d.sequence = (
                SELECT e.sequence FROM delivery AS e
                WHERE e.recipient = d.recipient AND e.status IN ('waiting', 'leased')
                ORDER BY e.status = 'leased' AND e.lease_until > %(now)s DESC, e.ready_at, e.sequence LIMIT 1
            )
        ORDER BY d.lane, d.ready_at, d.sequence LIMIT %(limit)s FOR UPDATE OF d SKIP LOCKED
    ) AS found
    LIMIT %(limit)s
)
UPDATE delivery AS d
SET status = due.becomes,
    possibly_twice = d.possibly_twice OR d.status = 'leased',
    lease_token = CASE WHEN due.becomes = 'leased' THEN %(token)s END,
    lease_until = CASE WHEN due.becomes = 'leased' THEN %(until)s::timestamptz END,
    wake_at = CASE WHEN due.becomes = 'leased' THEN %(until)s::timestamptz ELSE d.wake_at END,
    turn_lease = false,
    settled_at = CASE WHEN due.becomes <> 'leased' THEN %(now)s::timestamptz END
FROM due WHERE d.sequence = due.sequence
RETURNING d.*
"""

# Outcomes with a valid lease and the wanted version, with the same result as ``slot.settled``. Sequences of other
# outcomes are not returned.
SETTLE = """
UPDATE delivery AS d
SET status = s.status,
    channel = CASE
        WHEN s.status = 'deleted' THEN NULL WHEN s.reference IS NULL THEN d.channel ELSE coalesce(s.channel, d.channel)
    END,
    reference = CASE WHEN s.status = 'deleted' THEN NULL ELSE coalesce(s.reference, d.reference) END,
    due_at = coalesce(s.due_at, d.due_at),
    ready_at = CASE
        WHEN d.reference IS NOT NULL AND s.attempts > 0 AND s.due_at IS NOT NULL THEN s.due_at
        ELSE least(d.ready_at, s.due_at)
    END,
    wake_at = least(coalesce(s.due_at, d.due_at), d.expires_at),
    attempts = d.attempts + s.attempts, possibly_twice = d.possibly_twice OR s.possibly_twice,
    lease_token = NULL, lease_until = NULL, turn_lease = false, reason = s.reason, settled_at = s.settled_at,
    first_sent_at = coalesce(d.first_sent_at, CASE WHEN s.status = 'sent' THEN s.settled_at END)
FROM json_populate_recordset(NULL::delivery, %s::json) AS s
WHERE d.sequence = s.sequence
    AND d.status = 'leased' AND d.lease_token = s.lease_token AND d.version = s.version
RETURNING d.sequence, d.recipient
"""

WORKERS = "SELECT id FROM worker WHERE alive_until > now() ORDER BY id"

JOIN = "INSERT INTO worker (id, alive_until) VALUES (%s, now() + %s)"

# Returns no row to a worker that was declared dead.
BEGIN_SENDING = """
WITH me AS (
    UPDATE worker SET alive_until = now() + %(life)s, under_way = %(under_way)s::bigint[], lanes = %(lanes)s::text[],
        replies = %(replies)s::jsonb
    WHERE id = %(worker)s RETURNING id
)
SELECT
    mine.lane,
    count(*) FILTER (WHERE mine.lane = ANY(w.lanes)) AS others,
    count(*) FILTER (WHERE mine.lane = ANY(w.lanes) AND w.id < %(worker)s) AS before,
    coalesce(sum((w.replies ->> mine.lane)::int), 0)::int AS replies
FROM me LEFT JOIN unnest(%(lanes)s::text[]) AS mine (lane) ON true
LEFT JOIN worker AS w
    ON (mine.lane = ANY(w.lanes) OR w.replies ? mine.lane) AND w.id <> %(worker)s AND w.alive_until > now()
GROUP BY mine.lane
"""

# For dead workers and one that leaves. Deliveries they were sending may have arrived. A lease of an unknown worker
# was claimed while the worker was removed: nothing of it was sent, because sending requires the worker's row.
GIVE_UP = """
WITH gone AS (
    DELETE FROM worker WHERE id IN (
        SELECT id FROM worker WHERE alive_until < now() OR id = %s FOR UPDATE SKIP LOCKED
    )
    RETURNING id, under_way
)
UPDATE delivery AS d
SET status = 'waiting', lease_token = NULL, lease_until = NULL, wake_at = least(d.due_at, d.expires_at),
    possibly_twice = d.possibly_twice OR EXISTS (
        SELECT 1 FROM gone WHERE gone.id = split_part(d.lease_token, '/', 1) AND d.sequence = ANY(gone.under_way)
    )
WHERE d.status = 'leased' AND NOT d.turn_lease AND d.lease_token LIKE '%%/%%' AND NOT EXISTS (
    SELECT 1 FROM worker AS w
    WHERE w.id = split_part(d.lease_token, '/', 1) AND w.id NOT IN (SELECT id FROM gone)
)
"""

LOCK = "SELECT * FROM delivery WHERE sequence = ANY(%s) ORDER BY sequence FOR UPDATE"

LOCK_LEASED = "SELECT * FROM delivery WHERE status = 'leased' AND lease_token = %s ORDER BY sequence FOR UPDATE"

# Queues without a lease: when the first delivery wakes. With one: when the last lease has expired and the first wakes.
NEXT_DUE = """
SELECT least(
    (
        SELECT d.wake_at FROM delivery AS d
        WHERE d.status = 'waiting' AND d.sequence = (
            SELECT e.sequence FROM delivery AS e
            WHERE e.recipient = d.recipient AND e.status IN ('waiting', 'leased')
            ORDER BY e.status = 'leased' DESC, e.ready_at, e.sequence LIMIT 1
        )
        ORDER BY d.wake_at LIMIT 1
    ),
    (
        SELECT min(greatest(leased.until, (
            SELECT e.wake_at FROM delivery AS e
            WHERE e.recipient = leased.recipient AND e.status IN ('waiting', 'leased')
            ORDER BY e.ready_at, e.sequence LIMIT 1
        )))
        FROM (SELECT recipient, max(lease_until) AS until FROM delivery WHERE status = 'leased' GROUP BY 1) AS leased
    )
) AS at
"""

# Lane by lane, so that each is one step into the index of pending deliveries.
OLDEST_PENDING = """
SELECT lanes.lane, first.ready_at AS oldest
FROM (VALUES (0::smallint), (1::smallint), (2::smallint)) AS lanes (lane)
CROSS JOIN LATERAL (
    SELECT d.ready_at FROM delivery AS d
    WHERE d.status IN ('waiting', 'leased') AND d.lane = lanes.lane
    ORDER BY d.lane, d.ready_at, d.sequence LIMIT 1
) AS first
"""

TALLY = "SELECT status, sum(number)::bigint AS number FROM tally WHERE group_name = %s GROUP BY status"

CONTENTS = "SELECT hash, message FROM content WHERE hash = ANY(%s)"

SLOT = "SELECT * FROM delivery WHERE recipient = %s AND slot = %s"

# Losing this update in a crash is harmless: another process then rings the timer.
NOT_DURABLE = "SELECT set_config('synchronous_commit', 'off', true)"

TAKE_TIMERS = """
UPDATE timer AS t SET held_until = %(until)s
FROM (
    SELECT key FROM timer
    WHERE at <= %(now)s AND (held_until IS NULL OR held_until <= %(now)s) AND key <> ALL(%(but)s::text[])
    ORDER BY at, key LIMIT %(limit)s FOR UPDATE SKIP LOCKED
) AS free
WHERE t.key = free.key
RETURNING t.key, t.at, t.verb, t.data
"""

RELEASE_TIMER = """
UPDATE timer SET held_until = %(until)s WHERE key = %(key)s AND at = %(at)s AND held_until IS NOT NULL
"""

NEXT_TIMER = "SELECT min(at) AS at FROM timer"

FORGET_EVENTS = "DELETE FROM event WHERE at < %s"

FORGET_DELIVERIES = """
DELETE FROM delivery
WHERE settled_at < %s
   OR (settled_at < %s AND EXISTS (SELECT 1 FROM unnest(%s::text[]) AS p (prefix) WHERE starts_with(slot, prefix)))
"""

FORGET_CONTENT = """
DELETE FROM content AS c WHERE c.used_at < now() - interval '2 hours'
AND NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.content = c.hash)
"""

FORGET_RECIPIENT = """
WITH gone AS (DELETE FROM delivery WHERE recipient = %(recipient)s RETURNING content)
SELECT count(*) AS number, array_agg(DISTINCT content) FILTER (WHERE content IS NOT NULL) AS contents FROM gone
"""
UNUSED_CONTENTS = """
SELECT c.hash FROM content AS c WHERE NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.content = c.hash)
"""
# The lock waits for commits that are about to use a content; the next statement then sees their deliveries.
LOCK_THEIR_CONTENTS = "SELECT 1 FROM content WHERE hash = ANY(%s) ORDER BY hash FOR UPDATE"
FORGET_THEIR_CONTENTS = """
DELETE FROM content AS c WHERE c.hash = ANY(%s) AND NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.content = c.hash)
"""
FORGET_THEIR_EVENTS = "DELETE FROM event WHERE id ~ %s"
RENAME_SLOTS = """
UPDATE delivery SET slot = regexp_replace(slot, %(pattern)s, 'd' || lpad(sequence::text, 12, '0'), 'g')
WHERE slot ~ %(pattern)s
"""

COPY_RECORD = """
INSERT INTO record (kind, id, version, schema, terms, body)
VALUES (%(kind)s, %(id)s, %(version)s, %(schema)s, %(terms)s, %(body)s::json) ON CONFLICT DO NOTHING
"""

COPY_AUDIT = """
WITH copied AS (
    INSERT INTO audit_chain (number, id, format, previous, hash)
    SELECT number, id, format, decode(previous, 'hex'), decode(hash, 'hex')
    FROM unnest(%s::bigint[], %s::text[], %s::smallint[], %s::text[], %s::text[])
        AS link (number, id, format, previous, hash)
    ON CONFLICT DO NOTHING RETURNING number, hash
), last AS (SELECT number, hash FROM copied ORDER BY number DESC LIMIT 1)
UPDATE audit_head AS h SET number = last.number, hash = last.hash FROM last WHERE last.number > h.number
"""

COPY_TIMER = """
INSERT INTO timer (key, at, verb, data) VALUES (%(key)s, %(at)s, %(verb)s, %(data)s::json) ON CONFLICT DO NOTHING
"""

COPY_EVENTS = """
INSERT INTO event (id, at) SELECT * FROM unnest(%s::text[], %s::timestamptz[]) ON CONFLICT DO NOTHING
"""

COPY_SEQUENCE = "SELECT setval('delivery_sequence', %s)"

# Whole recipients only: a page ends with all slots of its last recipient.
DELIVERIES_OF_GROUP = """
SELECT * FROM delivery WHERE group_name = %(group)s AND recipient > %(after)s
ORDER BY recipient FETCH FIRST (%(limit)s) ROWS WITH TIES
"""

DELIVERIES_OF_GROUP_IN_STATE = """
SELECT * FROM delivery WHERE group_name = %(group)s AND status = %(status)s AND recipient > %(after)s
ORDER BY recipient FETCH FIRST (%(limit)s) ROWS WITH TIES
"""

DELIVERIES_OF_RECIPIENT = """
SELECT * FROM delivery
WHERE recipient = %s AND sequence > %s AND (%s::text IS NULL OR group_name = %s) ORDER BY sequence LIMIT %s
"""

LATEST_DELIVERIES = "SELECT * FROM delivery WHERE recipient = %s ORDER BY sequence DESC LIMIT %s"

DELIVERIES_IN_STATE = "SELECT * FROM delivery WHERE status = %s AND sequence > %s ORDER BY sequence LIMIT %s"
