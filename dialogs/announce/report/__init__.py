"""The report of an announcement: numbers, curve, readers not reached."""
