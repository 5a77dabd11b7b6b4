"""Sign-in by OpenID Connect: authorization code flow with PKCE at several providers.

Entry points: ``config.load_providers`` and ``flow.ProviderSignIn``. ``exchange`` talks to a provider, ``metadata``
checks its tokens, ``people`` finds the person. May import what ``bot.signin`` may; no channel.
"""
