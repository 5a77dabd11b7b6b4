"""E-learning courses: list, completion, recommendations after an answer."""
