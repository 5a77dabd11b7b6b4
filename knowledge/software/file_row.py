"""The fields of a program as the content folder has them: with one status for all, or with a list for each sector."""

from collections.abc import Mapping
from typing import Any, Final

from knowledge.software.program import (
    LONGEST_NAME,
    LONGEST_TEXT,
    MAX_ALIASES,
    Assessment,
    PersonalData,
    Program,
    ProgramStatus,
)

# Fields of the assessment for all, which stand beside those of the program itself.
_SHARED: Final = ("status", "note", "alternative", "assessed", "review_by", "expires")
# A status of earlier versions.
_FORMER: Final = {"denied": ProgramStatus.REJECTED}


def program_fields(row: Any) -> Any:
    """Return the fields of a ``Program``; values that are not a list are returned unchanged."""
    if not isinstance(row, Mapping):
        return row
    lists = row.get("lists") or []
    shared = {name: row[name] for name in _SHARED if name in row}
    assessments = [shared] if shared else []
    assessments += lists if isinstance(lists, list) else [lists]
    fields = {name: value for name, value in row.items() if name not in {*_SHARED, "lists"}}
    # YAML reads yes and no as true and false.
    personal = fields.get("personal_data")
    if isinstance(personal, bool):
        fields["personal_data"] = PersonalData.YES if personal else PersonalData.NO
    return {**fields, "assessments": [_with_status(assessment) for assessment in assessments]}


def contradiction(program: Program) -> str:
    """Return the reason why a program cannot be used, empty if it can."""
    texts = [
        *program.purpose.values(),
        *program.where.values(),
        *(t for a in program.assessments for t in a.note.values()),
    ]
    if not program.name.strip():
        return "name: is empty"
    if len(program.aliases) > MAX_ALIASES:
        return f"aliases: more than {MAX_ALIASES}"
    if any(len(name) > LONGEST_NAME for name in (program.id, program.name, program.vendor, *program.aliases)):
        return f"name: longer than {LONGEST_NAME} characters"
    if any(len(text) > LONGEST_TEXT for text in texts):
        return f"note: longer than {LONGEST_TEXT} characters"
    if len({assessment.list_key for assessment in program.assessments}) < len(program.assessments):
        return "lists: two assessments of one list"
    return next(filter(None, map(impossible_dates, program.assessments)), "")


def impossible_dates(assessment: Assessment) -> str:
    """Return the fault in the dates of an assessment, or an empty text."""
    if assessment.assessed is None:
        return ""
    ends = {"review_by": assessment.review_by, "expires": assessment.expires}
    return next(
        (f"{name}: before the assessment" for name, end in ends.items() if end and end < assessment.assessed), ""
    )


def _with_status(fields: Any) -> Any:
    if not isinstance(fields, Mapping):
        return fields
    status = fields.get("status")
    return {**fields, "status": _FORMER.get(status, status) if isinstance(status, str) else status}
