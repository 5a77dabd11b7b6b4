"""Data of released versions, which every later one must open, use and empty: a folder for each, made by ``make``."""
