"""Text: words, language, small talk, masking, word tables. Imports nothing of the rooms."""
