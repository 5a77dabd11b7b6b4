"""How the bot runs: channels, stores, delivery, settings and the command line."""
