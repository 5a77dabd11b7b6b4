"""Faults in files, as values, so that all faults are reported together."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """Reason for rejecting a line.

    The value, with its first hyphen as a dot, is its message key.
    """

    # Any file
    UNREADABLE = "fault-unreadable"  # not YAML or CSV; value: the parser's message
    WRONG_TYPE = "fault-wrong-type"  # for example a list instead of a text
    MISSING = "fault-missing"  # a required field is empty
    UNKNOWN_FIELD = "fault-unknown-field"  # probably a typing error in the field's name
    BAD_VALUE = "fault-bad-value"  # not one of the allowed values, or not in the allowed form
    BAD_ID = "fault-bad-id"  # ids are lower-case letters a–z, digits and hyphens
    DUPLICATE_ID = "fault-duplicate-id"
    # Organisation
    UNKNOWN_PARENT = "fault-unknown-parent"
    CYCLE = "fault-cycle"  # the unit is its own ancestor
    PARENT_LEFT_OUT = "fault-parent-left-out"  # correct itself, but its parent unit was left out
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
    PUPIL = "fault-pupil"  # pupils must not be registered
    BAD_DATE = "fault-bad-date"
    DATES_REVERSED = "fault-dates-reversed"
    BAD_SUBSTITUTE = "fault-bad-substitute"  # the same person, not an ambassador, or of another municipality
    NOT_AMBASSADOR = "fault-not-ambassador"  # the person lacks the role
    RESERVED_ID = "fault-reserved-id"  # a word that the bot uses in its own keys
    OTHER_PERSON = "fault-other-person"  # the id belonged to another person, and their data is still stored


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFault:
    """One fault at one position of a file.

    Attributes:
        line: counted from 1, as in a text editor.
        column: name of the field or column; empty for the whole line.
        value: the rejected value, cut to 80 characters. It may be personal data, so it is shown only to the person that
            uploaded the file, and never logged.
    """

    line: int
    kind: FaultKind
    column: str = ""
    value: str = ""


def fault(line: int, kind: FaultKind, column: str = "", value: object = "") -> ImportFault:
    """Return a fault with ``value`` as text of at most 80 characters."""
    return ImportFault(line=line, kind=kind, column=column, value=str(value)[:80])


def unreported(reported: Iterable[ImportFault], more: Iterable[ImportFault]) -> tuple[ImportFault, ...]:
    """Return the faults of ``more`` that do not follow from a fault in ``reported``.

    A rejected cell, and every cell of a missing column, is read as empty. That it is empty must not be reported as a
    second fault.
    """
    known = tuple(reported)
    cells = {(import_fault.line, import_fault.column) for import_fault in known}
    columns = {import_fault.column for import_fault in known if import_fault.kind is FaultKind.MISSING_COLUMN}
    return tuple(
        import_fault
        for import_fault in more
        if (import_fault.line, import_fault.column) not in cells and import_fault.column not in columns
    )
