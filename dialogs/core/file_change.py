"""Changed content files: what the desk wrote applies until its file changes again.

An article ends with its file, too; a milestone outlives its line; a program stays when its file changes.
"""


def file_changed(digest: str, now: str, *, or_gone: bool = False) -> bool:
    """Return whether a file has another digest ``now``, empty without a file; ``or_gone``: or was taken out."""
    return digest != now and (or_gone or bool(now))
