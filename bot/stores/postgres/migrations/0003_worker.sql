-- Couriers at work: how long each is believed alive, what it sends now, and in which lanes. Leases name their worker.

CREATE TABLE worker (
    id text COLLATE "C" PRIMARY KEY,
    alive_until timestamptz NOT NULL,
    under_way bigint[] NOT NULL DEFAULT '{}',
    lanes text[] NOT NULL DEFAULT '{}'
) WITH (fillfactor = 20);
