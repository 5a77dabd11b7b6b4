"""Declaration of stored data, made once, beside each record, and the month it expires by.

A record has ``RULES`` for the whole, and on each field a purpose:

    RULES: ClassVar[DataRules] = DataRules(most="5 a week", whose=Whose.HELPER, months=12, dated="created_at")

    id: Annotated[str, Purpose.ORDER]
    by: Annotated[PersonId, Purpose.NETWORK]
    muted: Annotated[bool, Purpose.CHOICE, FieldSource.SETTING] = False

The data inventory, retention, export, erasure, the registry import and the settings form are derived from it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final


class Purpose(StrEnum):
    """Purpose of a field, in display order. Each has a catalogue text, ``privacy.purpose.…``."""

    ORDER = "order"
    IDENTITY = "identity"
    ANSWER = "answer"
    HELP = "help"
    NETWORK = "network"
    INFORM = "inform"
    PROGRAM = "program"
    LEARN = "learn"
    IMPROVE = "improve"
    CHOICE = "choice"
    REACH = "reach"
    PLACE = "place"
    EVIDENCE = "evidence"
    TIME = "time"
    KEEP_OUT = "keep_out"


class FieldSource(StrEnum):
    """Origin of a field of a person.

    REGISTRY: the registry; an import overwrites it, and a deletion request leaves it to people of the registry.
    SETTING: the person, in the settings form. USE: use of the bot. An import keeps both, and a deletion request resets
    them.
    """

    REGISTRY = "registry"
    SETTING = "setting"
    USE = "use"


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
    TEACHER = "teacher"
    ACTOR = "actor"
    NOBODY = "nobody"
    FORMER = "former"


class Erasing(StrEnum):
    """Effect on a record when its data subject asks for deletion."""

    REMOVED = "removed"
    KEPT_REGISTERED = "kept_registered"
    KEPT = "kept"
    KEPT_FORMER = "kept_former"
    KEPT_PROOF = "kept_proof"


@dataclass(frozen=True, slots=True, kw_only=True)
class DataRules:
    """Rules for all records of one kind.

    Attributes:
        most: how much of it one person can have, for operators; something in the code must bound every kind.
        whose: the data subject.
        ground: legal ground of storing it.
        months: maximum retention; None as long as the person wishes or the registry requires. The catalogues then have
            a text ``privacy.until.…``.
        longer_in_use: retained beyond ``months`` while the bot uses it for answers.
        dated: the field with the date that counts for retention; ``terms`` of the record then contain its month term.
        terms: search terms of a person's records, for export and erasure; ``{id}`` stands for the person id.
        by_id: the record id is the person id.
        erasing: effect of a person's deletion request.
    """

    most: str
    whose: Whose = Whose.SPEAKER
    ground: Ground = Ground.PUBLIC_TASK
    months: int | None = None
    longer_in_use: bool = False
    dated: str = ""
    terms: tuple[str, ...] = ("person:{id}",)
    by_id: bool = False
    erasing: Erasing = Erasing.REMOVED

    def terms_of(self, person_id: str) -> tuple[str, ...]:
        """Return the search terms of a person's records of this kind."""
        return tuple(term.format(id=person_id) for term in self.terms)


# Month terms: the coarse date by which expired records are found.

# Additional months before the last expired one that are searched, in case the bot was not running.
LOOK_BACK: Final = 60


def month_term(at: datetime) -> str:
    """Return the term of the month of ``at``, in UTC: ``month:2026-11``."""
    return f"month:{at.astimezone(UTC):%Y-%m}"


def latest_month_terms(at: datetime, *, months: int) -> Iterator[str]:
    """Yield the terms of the month of ``at`` and the months before it, ``months`` in total, newest first."""
    now = at.astimezone(UTC)
    last = now.year * 12 + now.month - 1
    for month in range(last, last - months, -1):
        yield f"month:{month // 12:04d}-{month % 12 + 1:02d}"


def expired_month_terms(at: datetime, *, months: int) -> Iterator[str]:
    """Yield the terms of months that began at least ``months`` months ago, oldest first.

    Records removed by these terms are kept at most ``months`` months, and at least one month less.
    """
    now = at.astimezone(UTC)
    last = now.year * 12 + now.month - 1 - months
    for month in range(last - LOOK_BACK, last + 1):
        yield f"month:{month // 12:04d}-{month % 12 + 1:02d}"


def is_expired(at: datetime, *, now: datetime, months: int) -> bool:
    """Return whether the month of ``at`` is one of ``expired_month_terms``, or earlier."""
    born, today = at.astimezone(UTC), now.astimezone(UTC)
    return (today.year - born.year) * 12 + today.month - born.month >= months
