"""A person's data as files: JSON, a readable page and the images.

Entry points: ``bundle.files_of`` and ``bundle.page_of``. May import ``bot.ports`` and the dialogs.
"""
