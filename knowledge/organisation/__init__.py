"""The organisation: municipalities, units, office hours, ambassadors, coverage, and file importers.

Entry points: `organisation.Organisation`, `nearest.Network`, `coverage.coverage` and the package `importers`. May
import `knowledge.article`, `knowledge.language` and `knowledge.yaml_fault`.
"""
