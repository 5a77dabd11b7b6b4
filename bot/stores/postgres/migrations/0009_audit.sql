-- The audit log as a chain: a link for each record of kind 'audit', with the hash of the link before. Links are added and,
-- from the oldest on, removed; they are never changed.

CREATE TABLE audit_chain (
    number bigint PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    format smallint NOT NULL,
    previous bytea NOT NULL,
    hash bytea NOT NULL
);

-- The last link, locked while links are added. No row until the entries of the version before are linked.
CREATE TABLE audit_head (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    number bigint NOT NULL,
    hash bytea NOT NULL
) WITH (fillfactor = 10);

-- Adds links for entries, given their ids and canonical texts. Every transaction calls it as the last thing before its
-- end, so that the row is locked for the duration of one commit, and no two transactions wait for each other.
CREATE FUNCTION append_audit(ids text[], contents text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    last audit_head%ROWTYPE;
    before bytea;
BEGIN
    SELECT * INTO STRICT last FROM audit_head FOR UPDATE;
    FOR i IN 1 .. cardinality(ids) LOOP
        before := last.hash;
        last.number := last.number + 1;
        last.hash := sha256(convert_to(
            concat_ws(E'\n', 'heia-audit-1', last.number, encode(before, 'hex'), contents[i]), 'UTF8'
        ));
        INSERT INTO audit_chain (number, id, format, previous, hash) VALUES (last.number, ids[i], 1, before, last.hash);
    END LOOP;
    UPDATE audit_head SET number = last.number, hash = last.hash;
END $$;
