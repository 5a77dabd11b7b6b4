"""Text processing: words, language identification, small talk, masking, word tables.

Entry points: `text`, `identify`, `smalltalk`, and the packages `masking`, `concerns` and `lexicon`. Imports no other
Heia package.
"""
