"""Teams the bot is in: their channels, and whose they are."""
