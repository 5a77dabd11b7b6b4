"""Records of municipalities' directories: accounts, groups, tokens and counts of SCIM, and imports of files.

Removals that wait for an administrator are approved on a card. Entry points: `model`, `flow.FEATURE`. May import
`core` only.
"""
