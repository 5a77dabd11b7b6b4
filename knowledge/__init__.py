"""Knowledge: content, language processing, matching and the organisation.

No I/O.

Entry points are in the sub-packages `matching`, `article`, `organisation` and `language`. Must not import `dialogs` or
`bot`.
"""
