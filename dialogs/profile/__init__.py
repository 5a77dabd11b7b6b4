"""Profile of a person: municipality, unit, language."""
