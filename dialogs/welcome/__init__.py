"""Meeting the bot for the first time, and taking leave."""
