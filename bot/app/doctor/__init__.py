"""What ``heia doctor`` looks at before people notice."""
