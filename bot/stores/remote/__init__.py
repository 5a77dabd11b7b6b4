"""The tiny store of a running bot, reached by commands through a local socket.

Entry points: ``store.RemoteStore`` for commands, ``server.StoreServer`` for the bot, ``address`` for the place of the
socket. May import ``bot.ports``, ``bot.support`` and the other stores but PostgreSQL's.
"""
