"""Look-up of programs by name or purpose; notice to earlier askers."""
