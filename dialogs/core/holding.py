"""Vocabulary of the data inventory: purpose, legal ground, data subject, retention and erasure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dialogs.core.record import Record


class Purpose(StrEnum):
    """Purpose of a field. Each has a catalogue text, ``privacy.purpose.…``."""

    ORDER = "order"
    IDENTITY = "identity"
    ANSWER = "answer"
    IMPROVE = "improve"
    PLACE = "place"
    REACH = "reach"
    CHOICE = "choice"
    HELP = "help"
    NETWORK = "network"
    INFORM = "inform"
    PROGRAM = "program"
    LEARN = "learn"
    EVIDENCE = "evidence"
    TIME = "time"
    KEEP_OUT = "keep_out"


class Ground(StrEnum):
    """Legal ground, an article of the GDPR. Each has a catalogue text, ``privacy.ground.…``."""

    PUBLIC_TASK = "public_task"
    LEGAL_OBLIGATION = "legal_obligation"


class Whose(StrEnum):
    """Data subject of a record. Each has a catalogue text, ``privacy.whose.…``."""

    SPEAKER = "speaker"
    STAFF = "staff"
    HELPER = "helper"
    ANNOUNCER = "announcer"
    ACTOR = "actor"
    NOBODY = "nobody"
    FORMER = "former"


class Erasing(StrEnum):
    """Effect on a record when its data subject asks for deletion."""

    REMOVED = "removed"
    KEPT_REGISTERED = "kept_registered"
    KEPT = "kept"
    KEPT_FORMER = "kept_former"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One kind of stored data.

    Attributes:
        kind: the record's KIND, or the name of data that the store itself keeps.
        record: the record class; None for data that the store itself keeps.
        purposes: every stored field with its purpose.
        months: maximum retention; None as long as the person wishes or the registry requires.
        longer_in_use: retained beyond ``months`` while the bot uses it for answers.
        dated: the field with the date that counts for retention.
        terms: search terms of a person's records; ``{id}`` stands for the person id.
        by_id: the record id is the person id.
        erasing: effect of a person's deletion request.
    """

    kind: str
    record: type[Record] | None
    purposes: Mapping[str, Purpose]
    ground: Ground = Ground.PUBLIC_TASK
    whose: Whose = Whose.SPEAKER
    months: int | None = None
    longer_in_use: bool = False
    dated: str = ""
    terms: tuple[str, ...] = ("person:{id}",)
    by_id: bool = False
    erasing: Erasing = Erasing.REMOVED

    def terms_of(self, person_id: str) -> tuple[str, ...]:
        """Return the search terms of a person's records of this kind."""
        return tuple(term.format(id=person_id) for term in self.terms)


def fields(**names: str) -> Mapping[str, Purpose]:
    """Return fields by purpose: ``fields(order="id", answer="utterance language")``."""
    return {name: Purpose(purpose) for purpose, listed in names.items() for name in listed.split()}
