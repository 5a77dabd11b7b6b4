"""The register of programs: what may be used, by which sector, for staff and for pupils, and the search in it.

Entry point: ``register.Register``. May import all other packages of the room.
"""
