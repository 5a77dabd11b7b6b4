"""The teams whose channels an announcer may post in, and the municipality of each."""
