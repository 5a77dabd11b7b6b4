"""The default store: TinyDB in the data folder, one process. Entry point: ``store.TinyStore``."""
