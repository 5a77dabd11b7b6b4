"""Detect the concerns about a text."""

from typing import Final

from knowledge.language.concerns.concern import Concern
from knowledge.language.concerns.numbers import shows_bad_identity_number
from knowledge.language.concerns.passwords import shows_password
from knowledge.language.concerns.people import shows_health, shows_pupil, shows_third_person
from knowledge.language.concerns.tokens import TokenizedText, kinds_of
from knowledge.language.concerns.traits import signs_in

# Kinds of words that belong to a protected class wherever they stand.
_SENSITIVE_KINDS: Final = frozenset(
    {
        "grave",
        "organised",
        "union",
        "unionmark",
        "convicted",
        "convictionmark",
        "accused",
        "offence",
        "orientation",
        "orientationmark",
        "believer",
        "church",
        "faithmark",
        "ethnic",
        "ethnicmark",
        "people",
        "political",
        "politicsmark",
        "party",
    }
)


def concerns_in(text: str) -> frozenset[Concern]:
    """Return the concerns about a text: GDPR articles 9 and 10, clients, pupils, third persons, passwords.

    It is the same for every writer and every reader. A pupil is not reported as a third person as well.
    """
    tokenized = TokenizedText.tokenize(text)
    found = set(signs_in(tokenized))
    if shows_password(tokenized):
        found.add(Concern.PASSWORD)
    if shows_health(tokenized):
        found.add(Concern.HEALTH)
    if shows_pupil(tokenized):
        found.add(Concern.PUPIL)
    if Concern.PUPIL in found:
        found.discard(Concern.THIRD_PERSON)
    elif shows_third_person(tokenized):
        found.add(Concern.THIRD_PERSON)
    if shows_bad_identity_number(text):
        found.add(Concern.BAD_IDENTITY_NUMBER)
    return frozenset(found)


def is_sensitive_term(term: str) -> bool:
    """Return whether a term of a few words names a protected class, even without a person: "kreft", "fagforening"."""
    return not _SENSITIVE_KINDS.isdisjoint(kinds_of(term))
