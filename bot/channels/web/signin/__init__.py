"""Web sign-in: login routes, signed claims, origin checks. Entry point: ``login``."""
