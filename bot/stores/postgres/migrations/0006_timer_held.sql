-- Until when a process keeps a timer to itself, while it rings it.

ALTER TABLE timer ADD COLUMN held_until timestamptz;
