"""Classroom courses as pages show them to teachers and administrators: lists, participants, the form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dialogs.core.paging import Paged, paged
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, find_all, find_each
from dialogs.core.speaker import Viewer
from dialogs.core.texts import Texts
from dialogs.core.waiting import WaitingItem
from dialogs.profile.cards import unit_name
from dialogs.profile.place import unit_choices
from dialogs.rollout.classroom import cards
from dialogs.rollout.classroom.model import MAX_SEATS, ClassSession, ClassState, Enrolment, EnrolmentState
from dialogs.rollout.classroom.roster import Roster, roster_of, rosters_of
from dialogs.rollout.classroom.teaching import (
    ATTENDANCE_FOR,
    MAX_ABOUT,
    MAX_PLACE,
    MAX_TITLE,
    STAFF,
    is_open_to_walk_ins,
    may_handle,
    zone_of,
)
from dialogs.rollout.classroom.views import teacher_name, teachers_of
from dialogs.rollout.learn.cards import title_of
from knowledge.article.article import Language

LISTED_AT_ONCE: Final = 25


class ClassPhase(StrEnum):
    """What a page may do with a session, by its state and the time."""

    AHEAD = "ahead"
    NOTING = "noting"
    OVER = "over"
    CALLED_OFF = "called_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaughtRow:
    """One session in a list of staff. ``taken`` and ``waiting`` are numbers in words."""

    id: str
    title: str
    when: str
    venue: str
    teacher: str
    taken: str
    waiting: str
    phase: ClassPhase
    phase_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeachingPage:
    """The sessions that the reader handles. ``past``: those that are over or called off."""

    rows: Paged[TaughtRow]
    past: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantRow:
    """One person of a session. ``number`` is the one that attendance is noted by."""

    number: int
    name: str
    unit: str
    standing: str
    came: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFormPage:
    """The form of a session: its values by field, and the choices as pairs of value and name.

    ``may_choose``: the reader is an administrator, and chooses among the teachers.
    """

    values: Mapping[str, str]
    teachers: tuple[tuple[str, str], ...]
    languages: tuple[tuple[str, str], ...]
    modules: tuple[tuple[str, str], ...]
    units: tuple[tuple[str, str], ...]
    zone: str
    may_choose: bool
    most_seats: int = MAX_SEATS
    longest_title: int = MAX_TITLE
    longest_about: int = MAX_ABOUT
    longest_place: int = MAX_PLACE


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassPage:
    """One session with its people. ``form`` is None once it has begun or is called off.

    ``walk_in``: a person who came without a seat may be registered. ``over``: who is not ticked is absent.
    """

    row: TaughtRow
    about: str
    language: str
    needed: tuple[str, ...]
    unit: str
    participants: tuple[ParticipantRow, ...]
    waiting: tuple[ParticipantRow, ...]
    form: ClassFormPage | None
    walk_in: bool
    over: bool


def teaching_page(viewer: Viewer, *, past: bool = False, number: int = 1) -> Asking[TeachingPage]:
    """Return the reader's sessions, for an administrator all of the municipality. Raises EventRefused."""
    handled = yield from _handled_by(viewer)
    wanted = [
        session for session in handled if (_phase(viewer, session) in {ClassPhase.OVER, ClassPhase.CALLED_OFF}) is past
    ]
    wanted.sort(key=lambda session: (session.starts_at, session.id), reverse=past)
    page = paged(wanted, number, size=LISTED_AT_ONCE)
    rosters = yield from rosters_of(page.items)
    teachers = yield from teachers_of(rosters)
    return TeachingPage(rows=page.showing(_taught(viewer, roster, teachers) for roster in rosters), past=past)


def waiting_attendance(viewer: Viewer) -> Asking[tuple[WaitingItem, ...]]:
    """Return the reader's sessions that are over, with people whose attendance is not noted."""
    if viewer.person.is_outsider or not viewer.person.has(*STAFF) or not viewer.municipality_ids:
        return ()
    sessions = [
        session
        for session in (yield from _handled_by(viewer))
        if _phase(viewer, session) is ClassPhase.NOTING and session.ends_at <= viewer.at
    ]
    return tuple(
        WaitingItem(
            title=roster.session.title(viewer.texts.language),
            path=f"/desk/teaching/{roster.session.id}",
            since=roster.session.ends_at,
            due_at=roster.session.ends_at + ATTENDANCE_FOR,
            by_day=True,
        )
        for roster in (yield from rosters_of(sessions))
        if any(participant.state is EnrolmentState.BOOKED for participant in roster.participants)
    )


def class_page(viewer: Viewer, session_id: str) -> Asking[ClassPage]:
    """Return one session with participants and waiting list. Raises EventRefused."""
    viewer.require(*STAFF)
    roster = yield from roster_of(session_id, viewer.content)
    if roster is None or not may_handle(viewer.person, roster.session):
        raise viewer.not_found("classroom.refused.unknown")
    session, texts = roster.session, viewer.texts
    teachers = yield from teachers_of([roster])
    people = yield from find_each(Person, sorted(roster.enrolments))
    offered = [enrolment for enrolment in roster.active if enrolment.state is EnrolmentState.OFFERED]
    modules = (viewer.content.curriculum.module(module_id) for module_id in session.prerequisites)
    unit = viewer.content.organisation.find_unit(session.unit_id or "")
    row = _taught(viewer, roster, teachers)
    form = (yield from _form_of(viewer, session)) if row.phase is ClassPhase.AHEAD else None
    return ClassPage(
        row=row,
        about=session.description(texts.language),
        language=texts(f"classroom.in.{session.language}"),
        needed=tuple(title_of(module, texts) for module in modules if module is not None),
        unit=unit.names.text(texts.language) if unit else "",
        participants=tuple(_participant(viewer, enrolment, people) for enrolment in roster.signed_up),
        waiting=tuple(_participant(viewer, enrolment, people) for enrolment in (*offered, *roster.waiting)),
        form=form,
        walk_in=is_open_to_walk_ins(session, viewer.at),
        over=viewer.at >= session.ends_at,
    )


def new_class_page(viewer: Viewer) -> Asking[ClassFormPage]:
    """Return the empty form of a session. Raises EventRefused."""
    viewer.require(*STAFF)
    viewer.require_municipality(viewer.person.municipality_id)
    return (yield from _form_of(viewer, None))


def _handled_by(viewer: Viewer) -> Asking[Sequence[ClassSession]]:
    viewer.require(*STAFF)
    here = viewer.require_municipality(viewer.person.municipality_id)
    term = f"municipality:{here}" if viewer.person.has(Role.ADMIN) else f"teacher:{viewer.person.id}"
    sessions = yield from find_all(ClassSession, term)
    return [session for session in sessions if may_handle(viewer.person, session)]


def _phase(viewer: Viewer, session: ClassSession) -> ClassPhase:
    if session.state is ClassState.CALLED_OFF:
        return ClassPhase.CALLED_OFF
    if viewer.at < session.starts_at:
        return ClassPhase.AHEAD
    return ClassPhase.NOTING if viewer.at <= session.ends_at + ATTENDANCE_FOR else ClassPhase.OVER


def _taught(viewer: Viewer, roster: Roster, teachers: Mapping[str, Person]) -> TaughtRow:
    texts, session = viewer.texts, roster.session
    phase = _phase(viewer, session)
    people = roster.participants
    noted = (
        phase is ClassPhase.NOTING
        and people
        and all(participant.state is not EnrolmentState.BOOKED for participant in people)
    )
    return TaughtRow(
        id=session.id,
        title=session.title(texts.language),
        when=cards.when(texts, session),
        venue=session.venue,
        teacher=teacher_name(teachers, session.teacher_id),
        taken=_taken(texts, roster),
        waiting=texts.number(len(roster.waiting)),
        phase=phase,
        phase_name=texts(f"desk.teaching.phase.{'noted' if noted else phase}"),
    )


def _taken(texts: Texts, roster: Roster) -> str:
    people = texts.number(len(roster.signed_up))
    if roster.session.state is ClassState.CALLED_OFF:
        return people
    return texts("desk.teaching.of", taken=people, seats=texts.number(roster.session.seats))


def _participant(viewer: Viewer, enrolment: Enrolment, people: Mapping[str, Person]) -> ParticipantRow:
    texts, person = viewer.texts, people.get(enrolment.person_id)
    came = enrolment.state is EnrolmentState.ATTENDED
    return ParticipantRow(
        number=enrolment.number,
        name=person.name if person is not None and person.name else "–",
        unit=unit_name(viewer.content, texts, person) if person is not None else "–",
        standing=texts(f"desk.teaching.state.{'walked_in' if came and enrolment.walked_in else enrolment.state}"),
        came=came,
    )


def _form_of(viewer: Viewer, session: ClassSession | None) -> Asking[ClassFormPage]:
    texts, person, content = viewer.texts, viewer.person, viewer.content
    here = session.municipality_id if session is not None else str(person.municipality_id)
    teachers = (yield from find_all(Person, f"role:{Role.TEACHER}@{here}")) if person.has(Role.ADMIN) else (person,)
    names = sorted((teacher.name, teacher.id) for teacher in teachers)
    return ClassFormPage(
        values=_values_of(session) if session is not None else {**_BLANK, "language": texts.language.value},
        teachers=tuple((id_, name) for name, id_ in names),
        languages=tuple((language.value, texts(f"announce.language.{language}")) for language in Language),
        modules=tuple((module.id, title_of(module, texts)) for module in content.curriculum.modules),
        units=tuple((id_, title) for title, id_ in unit_choices(content.organisation, here, texts.language)),
        zone=session.zone if session is not None else zone_of(content, here),
        may_choose=person.has(Role.ADMIN),
    )


_BLANK: Final[Mapping[str, str]] = {
    **{f"{name}_{language}": "" for name in ("title", "about") for language in Language},
    **dict.fromkeys(
        ("place", "day", "start", "end", "seats", "language", "teacher_id", "prerequisites", "unit_id", "edition"), ""
    ),
}


def _values_of(session: ClassSession) -> Mapping[str, str]:
    start, end = session.starts_at.astimezone(session.tz), session.ends_at.astimezone(session.tz)
    return {
        **_BLANK,
        **{f"title_{language}": name for language, name in session.names.items()},
        **{f"about_{language}": about for language, about in session.about.items()},
        "place": session.venue,
        "day": start.date().isoformat(),
        "start": f"{start:%H:%M}",
        "end": f"{end:%H:%M}",
        "seats": str(session.seats),
        "language": session.language.value,
        "teacher_id": session.teacher_id,
        "prerequisites": ",".join(session.prerequisites),
        "unit_id": session.unit_id or "",
        "edition": str(session.edition),
    }
