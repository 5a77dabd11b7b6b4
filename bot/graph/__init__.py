"""Microsoft Graph: municipalities' directories in Entra ID, read by delta queries and applied to the registry.

Entry points: ``sync.GraphSync`` and ``loop.GraphLoop``. May import ``bot.scim``, ``bot.directory`` and the layers below
them, no channel.
"""
