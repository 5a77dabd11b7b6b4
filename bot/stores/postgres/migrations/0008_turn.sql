-- Which turn posted a message, so that the log of the one leads to the other.
ALTER TABLE delivery ADD COLUMN turn text COLLATE "C" NOT NULL DEFAULT '';
