"""A year of classroom courses: who teaches, signs up, forgets and leaves, and what is promised to all of them."""
