"""Declaration of stored data, made once, beside each record.

A record has ``RULES`` for the whole, and on each field a purpose:

    RULES: ClassVar[DataRules] = DataRules(most="5 a week", whose=Whose.HELPER, months=12, dated="created_at")

    id: Annotated[str, Purpose.ORDER]
    by: Annotated[PersonId, Purpose.NETWORK]
    muted: Annotated[bool, Purpose.CHOICE, FieldSource.SETTING] = False

The data inventory, retention, export, erasure, the registry import and the settings form are derived from it.
"""

from dataclasses import dataclass
from enum import StrEnum


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
