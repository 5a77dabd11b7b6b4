"""One's own data: seeing it, taking it out, deleting it; and deleting by itself what has been kept long enough."""
