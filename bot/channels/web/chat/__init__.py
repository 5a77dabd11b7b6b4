"""The web chat: page, socket, history and images. Entry point: ``endpoint.WebChat``."""
