"""Images that people send each other: checked, cleaned, kept as long as their record, and no longer."""
