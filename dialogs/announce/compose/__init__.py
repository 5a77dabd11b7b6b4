"""Writing an announcement: form, audience, channels, image, exact count."""
