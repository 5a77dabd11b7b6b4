"""Short courses: which there are, which one has taken, which fits what one just asked."""
