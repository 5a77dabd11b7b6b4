"""The audit log as the data protection officer reads it, with names of acts, actors and subjects."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from operator import itemgetter
from typing import Final

from dialogs.announce.model import EDITABLE, Announcement
from dialogs.core.audit import OPERATOR, AuditEntry
from dialogs.core.data_rules import month_term
from dialogs.core.event import CLOCK
from dialogs.core.paging import PAGE_SIZE, Paged, paged
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, find, find_all, find_any, find_each
from dialogs.core.speaker import Viewer
from dialogs.core.texts import OSLO, Texts
from dialogs.privacy.views import OFFICERS, FoundPeople, found_people

# Names of acts, actors, subjects and details of the audit log in the reader's language.

_ISO: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\+\d\d:\d\d")
_by_name: Final = itemgetter(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActArea:
    """Acts that belong together, as pairs of the act and its name. ``key`` is how the acts begin."""

    key: str
    name: str
    acts: tuple[tuple[str, str], ...]


def act_choices(texts: Texts) -> tuple[ActArea, ...]:
    """Return every area with its acts, by name."""
    acts = texts.starting("audit.act.")
    areas = texts.starting("audit.area.")
    rows = []
    for key, name in areas.items():
        area = key.removeprefix("audit.area.")
        within = f"audit.act.{area}."
        area_acts = [(act.removeprefix("audit.act."), label) for act, label in acts.items() if act.startswith(within)]
        rows.append(ActArea(key=area, name=name, acts=tuple(sorted(area_acts, key=_by_name))))
    return tuple(sorted(rows, key=lambda area: area.name))


def act_name(texts: Texts, act: str) -> str:
    """Return the name of an act; the act itself if an earlier version wrote it."""
    return texts.starting("audit.act.").get(f"audit.act.{act}", act)


def actor_name(viewer: Viewer, actor: str, people: Mapping[str, Person]) -> str:
    """Return the actor: a person, Heia itself, or an account's command."""
    if actor == CLOCK:
        return viewer.texts("desk.audit.clock")
    program, _, account = actor.partition(":")
    if program == OPERATOR:
        return viewer.texts("desk.audit.operator", account=account or "?")
    return person_name(viewer, actor, people)


def subject_name(
    viewer: Viewer, entry: AuditEntry, people: Mapping[str, Person], announcements: Mapping[str, Announcement]
) -> str:
    """Return the name of the act's subject, or else its id."""
    if entry.about_person:
        return person_name(viewer, entry.subject, people)
    if title := _announcement_title(viewer, announcements.get(entry.subject)):
        return title
    municipality = viewer.content.organisation.municipalities.get(entry.subject)
    if municipality is not None:
        return municipality.names.text(viewer.texts.language)
    kind = viewer.texts.starting("privacy.kind.").get(f"privacy.kind.{entry.subject}")
    return kind or viewer.texts.starting("officer.run.").get(f"officer.run.{entry.subject}", entry.subject)


def _announcement_title(viewer: Viewer, announcement: Announcement | None) -> str:
    # Drafts are for announcers only, and announcements of another municipality are for its own officer.
    own = announcement is not None and announcement.municipality_id == viewer.person.municipality_id
    if announcement is None or not own or announcement.state in EDITABLE:
        return ""
    return viewer.texts("desk.audit.announcement", title=announcement.wording(viewer.texts.language).title)


def person_name(viewer: Viewer, id_: str, people: Mapping[str, Person]) -> str:
    """Return the name of a person of the reader's municipality; of another one, only that it is another."""
    person = people.get(id_)
    if person is None:
        return id_
    own = person.municipality_id == viewer.person.municipality_id
    return (person.name or person.id) if own else viewer.texts("desk.audit.elsewhere")


def detail_texts(viewer: Viewer, entry: AuditEntry) -> tuple[str, ...]:
    """Return the details as "name: value"."""
    names = viewer.texts.starting("audit.detail.")
    return tuple(
        f"{names.get(f'audit.detail.{name}', name)}: {_detail_value(viewer, name, value)}"
        for name, value in entry.details
    )


def _detail_value(viewer: Viewer, name: str, value: str) -> str:
    texts = viewer.texts
    match name, value:
        case _, "true":
            return texts("audit.yes")
        case _, "false":
            return texts("audit.no")
        case _, _ if _ISO.fullmatch(value):
            return texts.dated(datetime.fromisoformat(value))
        case "municipality", _ if value in viewer.content.organisation.municipalities:
            return viewer.content.organisation.municipalities[value].names.text(texts.language)
        case "kind", _:
            return texts.starting("officer.request.kind.").get(f"officer.request.kind.{value}", value)
        case "status", _:
            return texts.starting("software.status.").get(f"software.status.{value}", value).rstrip(".")
        case "roles", _:
            known = {role.value for role in Role}
            return ", ".join(texts(f"profile.role.{role}") if role in known else role for role in value.split(","))
        case _:
            return value


# The log keeps entries so long.
KEPT: Final = timedelta(days=2 * 366)
# Without a person or a subject, whole months are read.
LONGEST_SPAN: Final = timedelta(days=92)
# People read in one look-up.
_PORTION: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """What the reader asked for, as written: everything is optional.

    Attributes:
        act: an act such as ``announce.send``, or an area such as ``announce``.
        person: id, e-mail address or name of a person of the own municipality.
        subject: id of the record acted on.
        first, last: days of the period, in ISO form.
    """

    act: str = ""
    person: str = ""
    subject: str = ""
    first: str = ""
    last: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRowShown:
    """One entry, in the reader's language. Of people elsewhere it says only that they are.

    ``subject_id``: the id of an announcement shown by its title, to search by.
    """

    at: datetime
    act: str
    by: str
    subject: str
    subject_id: str
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """A page of entries, newest first.

    Attributes:
        areas: every act that can be chosen.
        first, last: the period shown.
        shortened: the period asked for was too long without a person or a subject.
        candidates: the people that the words may mean, when they do not mean exactly one.
        person_id: of the person looked up; empty without one.
    """

    rows: Paged[AuditRowShown]
    areas: tuple[ActArea, ...]
    first: date
    last: date
    shortened: bool
    candidates: FoundPeople | None = None
    person_id: str = ""


def audit_page(viewer: Viewer, wanted: AuditFilter = AuditFilter(), *, number: int = 1) -> Asking[AuditPage]:
    """Return the entries that fit. Raises EventRefused."""
    viewer.require(*OFFICERS)
    viewer.require_municipality(viewer.person.municipality_id)
    named = (yield from _person_meant(viewer, wanted.person)) if wanted.person else None
    about = named if isinstance(named, Person) else None
    subject = yield from find(Person, wanted.subject)
    narrow = bool(wanted.person or wanted.subject)
    first, last, shortened = _period(viewer, wanted, narrow=narrow)
    looked_up = about or (subject if subject is not None and _belongs(viewer, subject) else None)
    entries = () if isinstance(named, FoundPeople) else (yield from _entries(wanted, about, first, last))
    fitting = [entry for entry in entries if _is_wanted(entry, wanted, about, first, last)]
    people = yield from _people_in(fitting)
    seen = [entry for entry in fitting if _is_own(viewer, entry, people)]
    page = paged(sorted(seen, key=lambda entry: (entry.at, entry.id), reverse=True), number, size=PAGE_SIZE)
    announcements = yield from find_each(Announcement, sorted({entry.subject for entry in page.items}))
    return AuditPage(
        rows=page.showing(_shown(viewer, entry, people, announcements) for entry in page.items),
        areas=act_choices(viewer.texts),
        first=first,
        last=last,
        shortened=shortened,
        candidates=named if isinstance(named, FoundPeople) else None,
        person_id=looked_up.id if looked_up is not None else "",
    )


def _person_meant(viewer: Viewer, words: str) -> Asking[Person | FoundPeople]:
    """Return the person that the words mean, or those they may mean."""
    # A person of another municipality counts as unknown: the answer must not reveal that they exist.
    matches = yield from found_people(viewer, words)
    if len(matches.people) == 1 and not matches.similar:
        person = yield from find(Person, matches.people[0].id)
        if person is not None:
            return person
    return matches


def _period(viewer: Viewer, wanted: AuditFilter, *, narrow: bool) -> tuple[date, date, bool]:
    """Return the first and last day to show, and whether the period was shortened."""
    today = viewer.at.astimezone(OSLO).date()
    last = min(_day_written(wanted.last) or today, today)
    usual = today - KEPT if narrow else last.replace(day=1)
    first = max(min(_day_written(wanted.first) or usual, last), today - KEPT)
    if not narrow and last - first > LONGEST_SPAN:
        return last - LONGEST_SPAN, last, True
    return first, last, False


def _day_written(written: str) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        return None


def _entries(wanted: AuditFilter, about: Person | None, first: date, last: date) -> Asking[Sequence[AuditEntry]]:
    if about is not None:
        return (yield from find_any(AuditEntry, (f"subject:{about.id}", f"by:{about.id}")))
    if wanted.subject:
        return (yield from find_any(AuditEntry, (f"subject:{wanted.subject}", f"about:{wanted.subject}")))
    entries: list[AuditEntry] = []
    for term in _month_terms(first, last):
        entries += yield from find_all(AuditEntry, term)
    return entries


def _month_terms(first: date, last: date) -> list[str]:
    """Return the terms of the months that the days are in, here and in UTC."""
    days = ((last - timedelta(days=back)) for back in range((last - first).days + 1))
    moments = (datetime.combine(day, at, tzinfo=OSLO) for day in days for at in (time.min, time.max))
    return sorted({month_term(moment) for moment in moments})


def _is_wanted(entry: AuditEntry, wanted: AuditFilter, about: Person | None, first: date, last: date) -> bool:
    if not first <= entry.at.astimezone(OSLO).date() <= last:
        return False
    if wanted.act and entry.act != wanted.act and not entry.act.startswith(f"{wanted.act}."):
        return False
    if about is not None and about.id not in (entry.by, entry.subject):
        return False
    return not wanted.subject or entry.subject == wanted.subject


def _people_in(entries: Iterable[AuditEntry]) -> Asking[Mapping[str, Person]]:
    ids = sorted({id_ for entry in entries for id_ in (entry.by, entry.subject if entry.about_person else "") if id_})
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


def _belongs(viewer: Viewer, person: Person) -> bool:
    return person.municipality_id == viewer.person.municipality_id


def _shown(
    viewer: Viewer, entry: AuditEntry, people: Mapping[str, Person], announcements: Mapping[str, Announcement]
) -> AuditRowShown:
    subject = subject_name(viewer, entry, people, announcements)
    return AuditRowShown(
        at=entry.at,
        act=act_name(viewer.texts, entry.act),
        by=actor_name(viewer, entry.by, people),
        subject=subject,
        subject_id=entry.subject if entry.subject in announcements and subject != entry.subject else "",
        details=detail_texts(viewer, entry),
    )
