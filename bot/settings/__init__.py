"""Settings from the environment and heia.toml.

Entry point: ``model.load_settings``. May import nothing else of ``bot``.
"""
