-- What a process answers people, a second and lane: it shares no lane, and those who deliver leave it room.

ALTER TABLE worker ADD COLUMN replies jsonb NOT NULL DEFAULT '{}';
