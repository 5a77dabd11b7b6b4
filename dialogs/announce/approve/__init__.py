"""A second person approves an announcement where the municipality demands it."""
