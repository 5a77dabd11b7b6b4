"""The Bot Framework edge; the only room that knows botbuilder."""
