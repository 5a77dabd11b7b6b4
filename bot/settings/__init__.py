"""Settings from the environment and heia.toml, and the reading of the other files in TOML.

Entry points: ``model.load_settings``, ``toml_file.load_toml``. May import nothing else of ``bot``.
"""
