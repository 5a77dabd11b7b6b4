"""A program of the register, with the assessment of each list."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Final, Self

from knowledge.article.article import FALLBACK, Language
from knowledge.organisation.unit import Sector

# Maximum characters of a name, an alias, a vendor, and any other text.
LONGEST_NAME: Final = 80
LONGEST_TEXT: Final = 500
MAX_ALIASES: Final = 20


class ProgramStatus(StrEnum):
    """Outcome of an assessment; ``EXPIRED`` also follows from a date."""

    APPROVED = "approved"
    CONDITIONS = "conditions"
    REVIEW = "review"
    REJECTED = "rejected"
    EXPIRED = "expired"


class ProgramUse(StrEnum):
    """User group of an assessment."""

    STAFF = "staff"
    PUPILS = "pupils"


class PersonalData(StrEnum):
    """Whether a program processes personal data."""

    UNKNOWN = "unknown"
    NO = "no"
    YES = "yes"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListKey:
    """One list of the register: of a sector or of all, for staff or pupils, of one municipality or of all."""

    sector: Sector | None = None
    use: ProgramUse = ProgramUse.STAFF
    municipality_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """The status of a program on one list.

    Attributes:
        sector: the sector of the list; None: the list for all sectors.
        municipality_id: None: for all municipalities.
        note: conditions, or the reason of a rejection.
        alternative: id of a program to use instead.
        assessed: day of the decision.
        review_by: day of the next assessment.
        expires: last day of an approval.
    """

    status: ProgramStatus
    sector: Sector | None = None
    use: ProgramUse = ProgramUse.STAFF
    municipality_id: str | None = None
    note: Mapping[Language, str] = field(default_factory=dict)
    alternative: str = ""
    assessed: date | None = None
    review_by: date | None = None
    expires: date | None = None

    @property
    def list_key(self) -> ListKey:
        """The list that it stands on."""
        return ListKey(sector=self.sector, use=self.use, municipality_id=self.municipality_id)

    def status_on(self, day: date) -> ProgramStatus:
        """Return the status on a day: an approval ends with its date."""
        approved = self.status in {ProgramStatus.APPROVED, ProgramStatus.CONDITIONS}
        return ProgramStatus.EXPIRED if approved and self.expires is not None and self.expires < day else self.status

    def is_due(self, day: date) -> bool:
        """Return whether it must be assessed again by ``day``."""
        return any(end is not None and end <= day for end in (self.review_by, self.expires))


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program of the register.

    Attributes:
        municipality_id: the only municipality that knows it; None: all.
        where: where to get it, in words or as an address.
        sample: invented, and shown as an example.
    """

    id: str
    name: str
    vendor: str = ""
    aliases: tuple[str, ...] = ()
    purpose: Mapping[Language, str] = field(default_factory=dict)
    where: Mapping[Language, str] = field(default_factory=dict)
    personal_data: PersonalData = PersonalData.UNKNOWN
    assessments: tuple[Assessment, ...] = ()
    municipality_id: str | None = None
    sample: bool = False

    def on_list(self, key: ListKey) -> Assessment | None:
        """Return the assessment on exactly this list."""
        return next((assessment for assessment in self.assessments if assessment.list_key == key), None)

    def with_assessment(self, assessment: Assessment) -> Self:
        """Return the program with an assessment in place of the one on the same list."""
        others = tuple(earlier for earlier in self.assessments if earlier.list_key != assessment.list_key)
        return replace(self, assessments=(*others, assessment))


def program_digest(program: Program | None) -> str:
    """Return a digest of everything that a program says; empty without one."""
    return hashlib.sha256(repr(program).encode()).hexdigest()[:16] if program else ""


def text_in(texts: Mapping[Language, str], language: Language) -> str:
    """Return a text in a language, else in the first that has one, else an empty string."""
    return next((texts[fallback] for fallback in FALLBACK[language] if texts.get(fallback)), "")


def purposes_of(program: Program) -> list[str]:
    """Return the sentences about the purpose of a program, each once."""
    return list(dict.fromkeys(sentence for text in program.purpose.values() for sentence in text.split(". ")))
