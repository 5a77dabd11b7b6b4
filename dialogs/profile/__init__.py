"""Who a person is to the bot: municipality, unit and language."""
