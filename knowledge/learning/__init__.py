"""E-learning: modules of short steps and questions, themes that order them, and plans by role and sector.

Entry points: `module.LearningModule` and `curriculum.Curriculum`. May import `knowledge.organisation`,
`knowledge.article`, `knowledge.language` and `knowledge.yaml_fault`.
"""
