"""Roles with an address, such as digitalisation officer; outsiders see the public address.

Entry points: ``answer`` (in place of an article) and ``flow.FEATURE``. Addresses are those of the organisation file.
"""
