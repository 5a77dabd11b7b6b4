"""The command line's nouns, one module each."""
