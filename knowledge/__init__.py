"""What the bot knows: content and the reasoning over it. Pure, and knows nothing of dialogs or bot."""
