"""A year of questions in six municipalities: who lives there, how they behave, and what came of it."""
