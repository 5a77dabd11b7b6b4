"""What people do with the bot. Flows decide and return values; they never reach outside."""
