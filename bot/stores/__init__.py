"""Where state and owed messages are kept; the only room that knows a database."""
