"""Content loading, the trained index and the service that swaps them. Entry point: ``service``."""
