"""SCIM 2.0 server: municipalities' directories send accounts and groups, which are applied at once.

Entry points: ``endpoint.scim_routes`` and ``tokens.DirectoryTokens``. May import ``bot.directory`` and the layers
below it, no channel.
"""
