"""The audit log as the data protection officer reads it: entries about or by people of the own municipality."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dialogs.core.audit import OPERATOR, AuditEntry
from dialogs.core.event import CLOCK
from dialogs.core.month import latest_month_terms
from dialogs.core.paging import PAGE_SIZE, Paged, paged
from dialogs.core.person import Person
from dialogs.core.query import Asking, find, find_all, find_any, find_each
from dialogs.core.viewer import Viewer
from dialogs.privacy.views import OFFICERS

MONTHS: Final = 24
# People read in one look-up.
_PORTION: Final = 500
_TERM: Final = "month:"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRowShown:
    """One entry. ``by`` and ``subject`` are names of people of the own municipality, else ids of other things."""

    at: datetime
    act: str
    by: str
    subject: str
    details: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """A page of entries, newest first.

    Attributes:
        months: can be chosen.
        unknown: no such person here.
        person_id: of the person asked for; empty without one.
    """

    rows: Paged[AuditRowShown]
    months: tuple[str, ...]
    month: str
    unknown: bool
    person_id: str = ""


def audit_page(
    viewer: Viewer, *, number: int = 1, month: str = "", act: str = "", person: str = ""
) -> Asking[AuditPage]:
    """Return the entries of a month, or of one person in all months. Raises EventRefused.

    Args:
        act: beginning of the acts to show, such as ``announce``.
        person: id or e-mail address of a person of the own municipality.
    """
    viewer.require(*OFFICERS)
    viewer.require_municipality(viewer.person.municipality_id)
    months = tuple(term.removeprefix(_TERM) for term in latest_month_terms(viewer.at, months=MONTHS))
    chosen = month if month in months else months[0]
    about = (yield from _own_person(viewer, person)) if person else None
    if about is not None:
        entries: Sequence[AuditEntry] = yield from find_any(AuditEntry, (f"subject:{about.id}", f"by:{about.id}"))
    elif person:
        entries = ()
    else:
        entries = yield from find_all(AuditEntry, f"{_TERM}{chosen}")
    wanted = [each for each in entries if each.act.startswith(act)]
    people = yield from _people_in(wanted)
    seen = [each for each in wanted if _is_own(viewer, each, people)]
    page = paged(sorted(seen, key=lambda each: (each.at, each.id), reverse=True), number, size=PAGE_SIZE)
    return AuditPage(
        rows=Paged(
            items=tuple(_shown(viewer, each, people) for each in page.items),
            number=page.number,
            pages=page.pages,
            total=page.total,
        ),
        months=months,
        month=chosen,
        unknown=bool(person) and about is None,
        person_id=about.id if about is not None else "",
    )


def _own_person(viewer: Viewer, wanted: str) -> Asking[Person | None]:
    found = yield from find(Person, wanted)
    if found is None and "@" in wanted:
        found = next(iter((yield from find_all(Person, f"email:{wanted.lower()}", limit=1))), None)
    # A person of another municipality counts as unknown: the answer must not reveal that they exist.
    return found if found is not None and _belongs(viewer, found) else None


def _people_in(entries: Iterable[AuditEntry]) -> Asking[Mapping[str, Person]]:
    ids = sorted({id_ for each in entries for id_ in (each.by, each.subject if each.about_person else "") if id_})
    people: dict[str, Person] = {}
    for start in range(0, len(ids), _PORTION):
        people |= yield from find_each(Person, ids[start : start + _PORTION])
    return people


def _is_own(viewer: Viewer, entry: AuditEntry, people: Mapping[str, Person]) -> bool:
    """Return whether the entry is by or about a person of the own municipality, or by Heia about no person."""
    by, subject = people.get(entry.by), people.get(entry.subject) if entry.about_person else None
    if (by is not None and _belongs(viewer, by)) or (subject is not None and _belongs(viewer, subject)):
        return True
    system = entry.by == CLOCK or entry.by.partition(":")[0] == OPERATOR
    return system and not entry.about_person


def _shown(viewer: Viewer, entry: AuditEntry, people: Mapping[str, Person]) -> AuditRowShown:
    def named(id_: str) -> str:
        if id_ == CLOCK:
            return viewer.texts("desk.audit.clock")
        person = people.get(id_)
        if person is None:
            return id_
        return (person.name or person.id) if _belongs(viewer, person) else viewer.texts("desk.audit.elsewhere")

    return AuditRowShown(
        at=entry.at,
        act=entry.act,
        by=named(entry.by),
        subject=named(entry.subject) if entry.about_person else entry.subject,
        details=" ".join(f"{name}={value}" for name, value in entry.details),
    )


def _belongs(viewer: Viewer, person: Person) -> bool:
    return person.municipality_id == viewer.person.municipality_id
