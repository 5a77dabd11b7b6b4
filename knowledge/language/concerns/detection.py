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
    concerns = set(signs_in(tokenized))
    if shows_password(tokenized):
        concerns.add(Concern.PASSWORD)
    if shows_health(tokenized):
        concerns.add(Concern.HEALTH)
    if shows_pupil(tokenized):
        concerns.add(Concern.PUPIL)
    if Concern.PUPIL in concerns:
        concerns.discard(Concern.THIRD_PERSON)
    elif shows_third_person(tokenized):
        concerns.add(Concern.THIRD_PERSON)
    if shows_bad_identity_number(text):
        concerns.add(Concern.BAD_IDENTITY_NUMBER)
    return frozenset(concerns)


def is_sensitive_term(term: str) -> bool:
    """Return whether a term of a few words names a protected class, even without a person: "kreft", "fagforening"."""
    return not _SENSITIVE_KINDS.isdisjoint(kinds_of(term))
