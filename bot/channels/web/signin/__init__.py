"""Web sign-in: login routes, signed claims, origin checks. Entry point: ``web_sign_in``."""
