"""Getting owed messages to people, at least once."""
