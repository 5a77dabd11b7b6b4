"""Units, office hours, ambassadors, coverage, and the importers of their files."""
