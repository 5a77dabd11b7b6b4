"""Privacy: show, export and delete personal data, and delete expired data automatically.

Entry points: `flow.VERBS` and `flow.TIMERS`; the data inventory is in `inventory.INVENTORY`. May import every package
of `dialogs` below `router`, except `welcome`.
"""
