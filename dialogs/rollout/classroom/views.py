"""Classroom courses as pages show them to employees: sessions to sign up for, and the own ones."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from dialogs.core.paging import Paged, paged
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, find_each
from dialogs.core.speaker import Viewer
from dialogs.rollout.classroom import cards
from dialogs.rollout.classroom.enrolling import enrolled_in, named_first, own_enrolments, upcoming_for
from dialogs.rollout.classroom.model import ACTIVE, Enrolment, EnrolmentState
from dialogs.rollout.classroom.roster import Roster, rosters_of
from dialogs.rollout.learn.cards import title_of
from dialogs.rollout.learn.learner import taken_by

LISTED_AT_ONCE: Final = 20
_LEAVING: Final = {
    EnrolmentState.BOOKED: "classroom.cancel",
    EnrolmentState.OFFERED: "classroom.decline",
    EnrolmentState.WAITING: "classroom.leave_list",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleNeeded:
    """A module to complete before a session."""

    title: str
    taken: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """One session in words, as the reader sees it.

    Attributes:
        standing: where the reader stands, or how many seats are left.
        join: label of the button to sign up; empty when the reader cannot.
        leave: label of the button to give up the seat or the place on the waiting list; empty without one.
        asks: question before the reader leaves, ``sure`` being the label of its button; empty without one.
        calendar: the reader has a calendar file of it.
        rule: what the reader has yet to complete to accept a seat from the waiting list; empty without any.
    """

    id: str
    title: str
    about: str
    when: str
    venue: str
    language: str
    teacher: str
    standing: str
    needed: tuple[ModuleNeeded, ...] = ()
    join: str = ""
    offered: bool = False
    leave: str = ""
    asks: str = ""
    sure: str = ""
    calendar: bool = False
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassesPage:
    """The reader's own sessions, and those to sign up for. ``missing``: a module of one is not completed."""

    own: tuple[ClassRow, ...]
    rows: Paged[ClassRow]
    missing: bool


def classes_page(viewer: Viewer, *, words: str = "", number: int = 1) -> Asking[ClassesPage]:
    """Return the sessions ahead, those named in ``words`` first. Raises EventRefused."""
    viewer.require(*Role)
    person = viewer.person
    own = yield from own_enrolments(person.id)
    upcoming = yield from upcoming_for(person, viewer.content, viewer.at)
    others = [session for session in named_first(upcoming, words) if not _is_active(own.get(session.id))]
    page = paged(others, number, size=LISTED_AT_ONCE)
    rosters = yield from rosters_of(page.items)
    enrolled = yield from enrolled_in(person.id, viewer.at)
    taken = yield from taken_by(person.id)
    teachers = yield from teachers_of([*rosters, *(roster for roster, _ in enrolled)])
    rows = tuple(_class_row(viewer, roster, teachers, taken, None) for roster in rosters)
    return ClassesPage(
        own=tuple(_class_row(viewer, roster, teachers, taken, mine) for roster, mine in enrolled),
        rows=page.showing(rows),
        missing=any(not module.taken for row in rows for module in row.needed),
    )


def teachers_of(rosters: Collection[Roster]) -> Asking[Mapping[str, Person]]:
    """Return the teachers of sessions by id."""
    return (yield from find_each(Person, sorted({roster.session.teacher_id for roster in rosters} - {""})))


def teacher_name(teachers: Mapping[str, Person], teacher_id: str) -> str:
    return teachers[teacher_id].name if teacher_id in teachers else ""


def _is_active(enrolment: Enrolment | None) -> bool:
    return enrolment is not None and enrolment.state in ACTIVE


def _class_row(
    viewer: Viewer, roster: Roster, teachers: Mapping[str, Person], taken: Collection[str], own: Enrolment | None
) -> ClassRow:
    texts, session = viewer.texts, roster.session
    modules = (viewer.content.curriculum.module(module_id) for module_id in session.prerequisites)
    needed = tuple(
        ModuleNeeded(title=title_of(module, texts), taken=module.id in taken)
        for module in modules
        if module is not None
    )
    leave = _LEAVING[own.state] if own is not None else ""
    offered = own is not None and own.state is EnrolmentState.OFFERED
    asks = leave and not offered
    waits = roster.free <= 0 if own is None else own.state is EnrolmentState.WAITING
    untaken = ", ".join(module.title for module in needed if not module.taken)
    return ClassRow(
        id=session.id,
        title=session.title(texts.language),
        about=session.description(texts.language),
        when=cards.when(texts, session),
        venue=session.venue,
        language=texts(f"classroom.in.{session.language}"),
        teacher=teacher_name(teachers, session.teacher_id),
        standing=cards.standing_of(texts, roster, own) if own is not None else cards.seats_left(texts, roster),
        needed=needed,
        join="" if own is not None else texts("classroom.sign_up" if roster.free > 0 else "classroom.wait"),
        offered=offered,
        leave=texts(leave) if leave else "",
        asks=texts(f"{leave}.ask") if asks else "",
        sure=texts(f"{leave}.sure") if asks else "",
        calendar=own is not None and own.state is EnrolmentState.BOOKED,
        rule=texts("classroom.first_waiting", modules=untaken) if waits and untaken else "",
    )
