"""Roles with an address: the digitalisation officer and others of one's municipality; for outsiders the public address.

Entry points: ``answer`` (in place of an article) and ``flow.FEATURE``. Addresses are those of the organisation file.
"""
