"""A town full of people with one bot, which may die at any instant: the machinery of the hand-off's long test."""
