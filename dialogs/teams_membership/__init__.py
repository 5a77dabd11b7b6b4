"""Teams the bot is a member of: their channels and owning municipality."""
