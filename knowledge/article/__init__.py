"""Articles, and the rule for a fair share of questions.

Entry points: `article.ArticleBook` and `share.spared`. May import `knowledge.language` and
`knowledge.yaml_fault`.
"""
