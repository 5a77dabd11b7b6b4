"""Tables of words: what tells languages apart, and spellings that mean the same."""
