"""Matching of utterances to articles.

Entry point: ``matcher.Matcher``; ``policy.Policy`` decides between answer, clarification and handoff. May import
`knowledge.article` and `knowledge.language`.
"""
