"""Programs of the register that were changed on the desk, which count before the files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, ClassVar, Final, Self

from dialogs.core.data_rules import DataRules, Erasing, Purpose, Whose
from dialogs.core.edition import Edition
from knowledge.article.article import Language
from knowledge.organisation.unit import Sector
from knowledge.software.program import Assessment, PersonalData, Program, ProgramStatus, ProgramUse, program_digest
from knowledge.software.register import ProgramChange

EVERY_ENTRY: Final = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAssessment:
    """The status of a program on one list, as an ``Assessment`` in the store."""

    status: Annotated[ProgramStatus, Purpose.PROGRAM]
    sector: Annotated[Sector | None, Purpose.PROGRAM] = None
    use: Annotated[ProgramUse, Purpose.PROGRAM] = ProgramUse.STAFF
    note: Annotated[Mapping[Language, str], Purpose.PROGRAM]
    alternative: Annotated[str, Purpose.PROGRAM] = ""
    assessed: Annotated[date | None, Purpose.TIME] = None
    review_by: Annotated[date | None, Purpose.TIME] = None
    expires: Annotated[date | None, Purpose.TIME] = None

    @classmethod
    def from_assessment(cls, assessment: Assessment) -> Self:
        """Return the stored fields of an assessment; the entry has the municipality."""
        return cls(
            status=assessment.status,
            sector=assessment.sector,
            use=assessment.use,
            note=assessment.note,
            alternative=assessment.alternative,
            assessed=assessment.assessed,
            review_by=assessment.review_by,
            expires=assessment.expires,
        )

    def to_assessment(self, municipality_id: str | None) -> Assessment:
        return Assessment(
            status=self.status,
            sector=self.sector,
            use=self.use,
            municipality_id=municipality_id,
            note=self.note,
            alternative=self.alternative,
            assessed=self.assessed,
            review_by=self.review_by,
            expires=self.expires,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramEntry:
    """A program as the store has it, for everyone or for one municipality.

    It names no person: the decider is in the audit log.

    Attributes:
        id: ``entry_key``.
        municipality_id: None: the whole program, for everyone. Otherwise the assessments of a municipality, and the
            rest of the program only if the municipality alone has it.
        number: counts the changes; a form names the one that it was made of.
        edition: of the register when it was changed last.
        withdrawn: the files' program counts again.
        file_digest: of the files' program at the first change, for ``file_changed``; empty without one.
    """

    KIND: ClassVar[str] = "program_entry"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="none: one for each program and municipality", whose=Whose.NOBODY, terms=(), erasing=Erasing.KEPT
    )

    id: Annotated[str, Purpose.ORDER]
    program_id: Annotated[str, Purpose.PROGRAM]
    municipality_id: Annotated[str | None, Purpose.PLACE] = None
    number: Annotated[int, Purpose.ORDER] = 0
    edition: Annotated[int, Purpose.ORDER] = 0
    withdrawn: Annotated[bool, Purpose.ORDER] = False
    file_digest: Annotated[str, Purpose.ORDER] = ""
    name: Annotated[str, Purpose.PROGRAM] = ""
    vendor: Annotated[str, Purpose.PROGRAM] = ""
    aliases: Annotated[tuple[str, ...], Purpose.PROGRAM] = ()
    purpose: Annotated[Mapping[Language, str], Purpose.PROGRAM]
    where: Annotated[Mapping[Language, str], Purpose.PROGRAM]
    personal_data: Annotated[PersonalData, Purpose.PROGRAM] = PersonalData.UNKNOWN
    assessments: Annotated[tuple[ListedAssessment, ...], Purpose.PROGRAM] = ()
    changed_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        yield EVERY_ENTRY
        yield edition_term(self.edition)
        yield f"program:{self.program_id}"

    @property
    def program(self) -> Program:
        """The program with the assessments of this entry."""
        own = self.municipality_id if self.name else None
        return Program(
            id=self.program_id,
            name=self.name,
            vendor=self.vendor,
            aliases=self.aliases,
            purpose=self.purpose,
            where=self.where,
            personal_data=self.personal_data,
            assessments=tuple(assessment.to_assessment(self.municipality_id) for assessment in self.assessments),
            municipality_id=own,
        )

    def to_change(self) -> ProgramChange:
        """Return the change of the register."""
        return ProgramChange(
            program_id=self.program_id,
            municipality_id=self.municipality_id,
            number=self.number,
            program=None if self.withdrawn else self.program,
        )

    def with_program(self, program: Program) -> Self:
        """Return the entry with the fields of a program, and those of its assessments that belong here."""
        own = (assessment for assessment in program.assessments if assessment.municipality_id == self.municipality_id)
        whole = self.municipality_id is None or program.municipality_id is not None
        listed = replace(self, assessments=tuple(map(ListedAssessment.from_assessment, own)), withdrawn=False)
        if not whole:
            return listed
        return replace(
            listed,
            name=program.name,
            vendor=program.vendor,
            aliases=program.aliases,
            purpose=program.purpose,
            where=program.where,
            personal_data=program.personal_data,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterEdition(Edition):
    """Counts changes of the register: a process reads the entries of later editions."""

    KIND: ClassVar[str] = "register_edition"


def entry_key(program_id: str, municipality_id: str | None) -> str:
    """Return the id of a program's entry, for everyone or for a municipality."""
    return f"{program_id}@{municipality_id}" if municipality_id else program_id


def edition_term(number: int) -> str:
    """Return the search term of the entries that were changed last in an edition."""
    return f"edition:{number}"


def first_entry(program_id: str, municipality_id: str | None, file: Program | None, at: datetime) -> ProgramEntry:
    """Return the entry before its first change; ``file``: the files' program."""
    return ProgramEntry(
        id=entry_key(program_id, municipality_id),
        program_id=program_id,
        municipality_id=municipality_id,
        file_digest=program_digest(file),
        purpose={},
        where={},
        changed_at=at,
    )
