"""Where calibration starts: the weights learned from the shipped articles, held out in turn."""

PRIOR = {
    "letters": (6.0, 2.0, 3.0, 0.0, -3.0),
    "meaning": (6.0, 2.0, 1.5, 3.0, -4.0),
}
"""With and without an encoder: weight of score, lead, likeness by letters, by meaning, and a constant."""
