"""Word tables: evidence for languages, and spellings with the same meaning.

Each module offers its table as a constant; `known` offers `is_known` and `speakers`. May import
`knowledge.language.text` only.
"""
