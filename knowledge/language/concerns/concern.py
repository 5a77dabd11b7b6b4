"""Kinds of concerns, and their detection."""

from enum import StrEnum

from knowledge.language.concerns.numbers import shows_bad_identity_number
from knowledge.language.concerns.passwords import shows_password
from knowledge.language.concerns.people import shows_health, shows_own_health, shows_pupil, shows_third_person
from knowledge.language.concerns.tokens import TokenizedText


class Concern(StrEnum):
    """Reason to review a text before it is sent."""

    PASSWORD = "password"  # noqa: S105 - a kind, not a password
    HEALTH = "health"
    PUPIL = "pupil"
    THIRD_PERSON = "third_person"
    BAD_IDENTITY_NUMBER = "bad_identity_number"


def concerns_in_advice(text: str) -> frozenset[Concern]:
    """Return the concerns about what a helper writes: health, also the helper's own.

    The rest is up to helpers: they name people and explain passwords as part of the help.
    """
    tokenized = TokenizedText.tokenize(text)
    shown = shows_health(tokenized) or shows_own_health(tokenized)
    return frozenset({Concern.HEALTH}) if shown else frozenset()


def concerns_in(text: str) -> frozenset[Concern]:
    """Return the concerns about a text.

    A pupil is not reported as a third person as well.
    """
    tokenized = TokenizedText.tokenize(text)
    found: set[Concern] = set()
    if shows_password(tokenized):
        found.add(Concern.PASSWORD)
    if shows_health(tokenized):
        found.add(Concern.HEALTH)
    if shows_pupil(tokenized):
        found.add(Concern.PUPIL)
    elif shows_third_person(tokenized):
        found.add(Concern.THIRD_PERSON)
    if shows_bad_identity_number(text):
        found.add(Concern.BAD_IDENTITY_NUMBER)
    return frozenset(found)
