"""Content folder, message catalogue, sentence encoder and the trained index, swapped while the bot runs.

Entry point: ``service.KnowledgeService``. May import ``bot.turn`` and the layers below it, ``dialogs`` and
``knowledge``.
"""
