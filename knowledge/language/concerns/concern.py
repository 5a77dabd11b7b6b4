"""Kinds of concerns."""

from enum import StrEnum


class Concern(StrEnum):
    """Reason to review a text before it reaches another person."""

    PASSWORD = "password"  # noqa: S105 - a kind, not a password
    HEALTH = "health"
    UNION = "union"
    CONVICTION = "conviction"
    ORIENTATION = "orientation"
    FAITH = "faith"
    ETHNICITY = "ethnicity"
    POLITICS = "politics"
    CLIENT = "client"
    PUPIL = "pupil"
    THIRD_PERSON = "third_person"
    BAD_IDENTITY_NUMBER = "bad_identity_number"
