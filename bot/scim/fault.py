"""What a request cannot do, as the answer the directory gets."""


class ScimFault(Exception):
    """A refused request. ``kind``: SCIM's own word for it, such as ``uniqueness``; nothing was changed."""

    def __init__(self, status: int, detail: str, kind: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.kind = kind


class PupilRefused(ScimFault):
    """An account or a group of pupils. ``reason``: what marked it."""

    def __init__(self, reason: str) -> None:
        super().__init__(403, f"Pupils never enter the registry (marked by its {reason})")
        self.reason = reason


def of_another_municipality() -> ScimFault:
    """Return the refusal, without details, of another municipality's person."""
    # Until their municipality removes them: no directory takes a person of another one.
    return ScimFault(409, "This person cannot be added now; try again later", "uniqueness")
