"""Announcing: to exactly the people it concerns, corrected and recalled everywhere."""
