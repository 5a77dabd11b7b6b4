"""The words the data inventory is written in: what is held, why, on what legal ground, how long and about whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from dialogs.core.record import Record


class Purpose(StrEnum):
    """What a field is there for. Each has a sentence in the catalogue, ``privacy.purpose.…``."""

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
    """The legal ground, an article of the GDPR. Each has a sentence in the catalogue, ``privacy.ground.…``."""

    PUBLIC_TASK = "public_task"
    LEGAL_OBLIGATION = "legal_obligation"


class Whose(StrEnum):
    """Whom a record is about. Each has a word in the catalogue, ``privacy.whose.…``."""

    SPEAKER = "speaker"
    STAFF = "staff"
    HELPER = "helper"
    ANNOUNCER = "announcer"
    ACTOR = "actor"
    NOBODY = "nobody"
    FORMER = "former"


class Erasing(StrEnum):
    """What becomes of a record when the person deletes their data."""

    REMOVED = "removed"
    KEPT_REGISTERED = "kept_registered"
    KEPT = "kept"
    KEPT_FORMER = "kept_former"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One kind of stored data.

    Attributes:
        kind: the record's KIND, or the name of what the store itself keeps.
        record: the class to find it by; None for what the store itself keeps.
        purposes: every stored field and what it is there for.
        months: kept at most so long; None for as long as somebody wants or the registry says so.
        longer_in_use: kept beyond ``months`` as long as the bot answers by it.
        dated: the field whose month decides the age.
        terms: what a person's own ones are found by; ``{id}`` stands for the person's id.
        by_id: a person's one has the person's id.
        erasing: what deleting one's data does to it.
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
        """Return the terms a person's records of this kind are found by."""
        return tuple(term.format(id=person_id) for term in self.terms)


def fields(**names: str) -> Mapping[str, Purpose]:
    """Return fields by purpose: ``fields(order="id", answer="utterance language")``."""
    return {name: Purpose(purpose) for purpose, listed in names.items() for name in listed.split()}
