-- The time at which the first version of a message arrived; reports of corrected announcements name it.
ALTER TABLE delivery ADD COLUMN first_sent_at timestamptz;
