"""Articles, and what editors may write in them.

Entry point: `article.ArticleBook`. May import `knowledge.language` and
`knowledge.yaml_fault`.
"""
