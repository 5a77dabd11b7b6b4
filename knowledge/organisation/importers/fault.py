"""What is wrong with a file, and where: a value, so that every fault is reported at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """Why a line was refused. The value, its first hyphen a dot, is the key of its sentence in the catalogues."""

    # Any file
    UNREADABLE = "fault-unreadable"  # not YAML or CSV at all; value: what the parser said
    WRONG_TYPE = "fault-wrong-type"  # a list where a text belongs, and the like
    MISSING = "fault-missing"  # a required field is empty
    UNKNOWN_FIELD = "fault-unknown-field"  # probably a typing error in the field's name
    BAD_VALUE = "fault-bad-value"  # not one of the allowed values, or not in the allowed form
    BAD_ID = "fault-bad-id"  # ids are lower-case letters a–z, digits and hyphens
    DUPLICATE_ID = "fault-duplicate-id"
    # Organisation
    UNKNOWN_PARENT = "fault-unknown-parent"
    CYCLE = "fault-cycle"  # the unit stands, through others, under itself
    PARENT_LEFT_OUT = "fault-parent-left-out"  # sound itself, but hangs from a unit that is not
    UNKNOWN_SITE = "fault-unknown-site"
    UNKNOWN_MUNICIPALITY = "fault-unknown-municipality"
    # Registry
    MISSING_COLUMN = "fault-missing-column"
    UNKNOWN_COLUMN = "fault-unknown-column"
    DUPLICATE_COLUMN = "fault-duplicate-column"
    TOO_MANY_CELLS = "fault-too-many-cells"
    FORMULA = "fault-formula"  # a cell that a spreadsheet would calculate
    UNKNOWN_UNIT = "fault-unknown-unit"
    AMBIGUOUS_UNIT = "fault-ambiguous-unit"  # several units of the municipality have this name
    UNKNOWN_PERSON = "fault-unknown-person"
    PUPIL = "fault-pupil"  # pupils are in no register
    BAD_DATE = "fault-bad-date"
    DATES_REVERSED = "fault-dates-reversed"
    BAD_SUBSTITUTE = "fault-bad-substitute"  # oneself, not an ambassador, or of another municipality
    NOT_AMBASSADOR = "fault-not-ambassador"  # the person lacks the role


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFault:
    """One thing wrong at one place of a file.

    Attributes:
        line: counted from 1, as an editor shows it.
        column: name of the field or column, empty when the whole line is meant.
        value: what stood there, shortened to 80 characters; may be personal data, so it is shown to
            the person who brought the file and never logged.
    """

    line: int
    kind: FaultKind
    column: str = ""
    value: str = ""


def fault(line: int, kind: FaultKind, column: str = "", value: object = "") -> ImportFault:
    """Return a fault with ``value`` as text of at most 80 characters."""
    return ImportFault(line=line, kind=kind, column=column, value=str(value)[:80])


def not_told_yet(told: Iterable[ImportFault], more: Iterable[ImportFault]) -> tuple[ImportFault, ...]:
    """Return those of ``more`` that are not there only because of one that is told.

    A cell that was refused reads as empty, and so does every cell of a column that is missing: that it is empty is no
    second fault.
    """
    known = tuple(told)
    cells = {(each.line, each.column) for each in known}
    columns = {each.column for each in known if each.kind is FaultKind.MISSING_COLUMN}
    return tuple(each for each in more if (each.line, each.column) not in cells and each.column not in columns)
