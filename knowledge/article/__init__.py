"""Articles, approved programs, and the rule for a fair share of questions.

Entry points: `article.ArticleBook`, `software.find_program` and `share.spared`. May import `knowledge.language` and
`knowledge.yaml_fault`.
"""
