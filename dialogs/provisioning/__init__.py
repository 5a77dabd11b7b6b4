"""Records of the directory a municipality sends by SCIM: accounts, groups, tokens and counts.

Entry point: `model`. May import `core` only.
"""
