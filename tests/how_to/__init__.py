"""The pages of docs/how-to, followed on a copy of the repository."""
