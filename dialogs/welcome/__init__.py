"""First contact with the bot, and its removal from a chat."""
