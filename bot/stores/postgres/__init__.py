"""The store for several processes: PostgreSQL 14 or newer. Entry point: ``store.PostgresStore``."""
