"""Health, metrics and the pages around the chat."""
