"""Records of classroom courses: a session, and one person's enrolment in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Self
from zoneinfo import ZoneInfo

from dialogs.core.data_rules import DataRules, Erasing, Purpose, Whose, month_term
from knowledge.article.article import FALLBACK, Language
from knowledge.organisation.unit import PersonId

MAX_SEATS: Final = 200
# People on one waiting list.
MAX_WAITING: Final = 100
# Sessions one person may be enrolled in at a time.
MAX_UPCOMING: Final = 10


class ClassState(StrEnum):
    """State of a session. Whether it is over follows from the time."""

    OPEN = "open"
    CALLED_OFF = "called_off"


class EnrolmentState(StrEnum):
    """State of one person's enrolment.

    ``OFFERED`` holds a seat until the deadline. ``LAPSED``: the offer was not accepted in time, or the session began
    without a free seat.
    """

    WAITING = "waiting"
    OFFERED = "offered"
    BOOKED = "booked"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    CALLED_OFF = "called_off"
    ATTENDED = "attended"
    ABSENT = "absent"


# States that hold a seat.
SEATED: Final = frozenset({EnrolmentState.BOOKED, EnrolmentState.OFFERED})
# States of people that the session still concerns before it begins.
ACTIVE: Final = SEATED | {EnrolmentState.WAITING}
# States of people that had a seat when the session began.
PRESENTABLE: Final = frozenset({EnrolmentState.BOOKED, EnrolmentState.ATTENDED, EnrolmentState.ABSENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassSession:
    """One classroom session, for people of one municipality.

    Attributes:
        names: by language; Bokmål is always there.
        about: description by language; may be empty.
        venue: masked text.
        zone: IANA name of the zone of the local times that people read.
        unit_id: only people in this unit's branch may sign up; None for the whole municipality.
        prerequisites: ids of e-learning modules to complete before signing up.
        teacher_id: empty after the teacher has left.
        edition: number of edits, by which outdated forms are recognised.
        sequence: revision of the calendar entry; raised when time, place, title, language or teacher change.
        revision: raised by every change of an enrolment, so that two at a time conflict in the store.
        numbers: numbers given to enrolments so far.
        reminders_at: until when reminders have been sent; None before the first.
        asked_attendance: the teacher was asked to note attendance.
    """

    KIND: ClassVar[str] = "class_session"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="300 planned ones in a municipality",
        whose=Whose.TEACHER,
        months=12,
        dated="changed_at",
        terms=("teacher:{id}",),
        erasing=Erasing.KEPT,
    )

    id: Annotated[str, Purpose.ORDER]
    municipality_id: Annotated[str, Purpose.PLACE]
    unit_id: Annotated[str | None, Purpose.PLACE] = None
    names: Annotated[Mapping[Language, str], Purpose.LEARN] = field(default_factory=dict)
    about: Annotated[Mapping[Language, str], Purpose.LEARN] = field(default_factory=dict)
    venue: Annotated[str, Purpose.LEARN] = ""
    starts_at: Annotated[datetime, Purpose.LEARN]
    ends_at: Annotated[datetime, Purpose.LEARN]
    zone: Annotated[str, Purpose.LEARN] = "Europe/Oslo"
    seats: Annotated[int, Purpose.LEARN] = 1
    language: Annotated[Language, Purpose.LEARN] = Language.NB
    prerequisites: Annotated[tuple[str, ...], Purpose.LEARN] = ()
    teacher_id: Annotated[PersonId, Purpose.LEARN] = ""
    state: Annotated[ClassState, Purpose.LEARN] = ClassState.OPEN
    edition: Annotated[int, Purpose.ORDER] = 0
    sequence: Annotated[int, Purpose.ORDER] = 0
    revision: Annotated[int, Purpose.ORDER] = 0
    numbers: Annotated[int, Purpose.ORDER] = 0
    reminders_at: Annotated[datetime | None, Purpose.TIME] = None
    asked_attendance: Annotated[bool, Purpose.ORDER] = False
    created_at: Annotated[datetime, Purpose.TIME]
    changed_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        yield f"municipality:{self.municipality_id}"
        if self.asked_attendance or self.state is ClassState.CALLED_OFF:
            yield f"over@{self.municipality_id}"
        else:
            yield f"planned@{self.municipality_id}"
        if self.teacher_id:
            yield f"teacher:{self.teacher_id}"
        yield month_term(self.changed_at)

    def title(self, language: Language) -> str:
        """Return the title in the reader's language, else in the nearest one."""
        return next((self.names[fallback] for fallback in FALLBACK[language] if self.names.get(fallback)), "")

    def description(self, language: Language) -> str:
        """Return the description in the reader's language, else in the nearest one; empty without any."""
        return next((self.about[fallback] for fallback in FALLBACK[language] if self.about.get(fallback)), "")

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def open_at(self, at: datetime) -> bool:
        """Return whether people may sign up: not called off and not begun."""
        return self.state is ClassState.OPEN and at < self.starts_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """One person's enrolment in one session.

    Attributes:
        number: place in the order of sign-up; a later sign-up has a higher number.
        yields: others on the waiting list come first, because the person did not show up twice.
        offered_until: deadline of an offered seat.
        sequence: revision of the person's calendar entry.
        card: number of cards posted; the latest is in the slot ``classroom/SESSION/CARD``.
    """

    KIND: ClassVar[str] = "enrolment"
    SCHEMA: ClassVar[int] = 1
    # Long enough to remember two no-shows, and short: nothing is known of a course half a year later.
    RULES: ClassVar[DataRules] = DataRules(
        most="10 upcoming; past ones for six months after the course", months=6, dated="ends_at"
    )

    session_id: Annotated[str, Purpose.LEARN]
    person_id: Annotated[PersonId, Purpose.ORDER]
    state: Annotated[EnrolmentState, Purpose.LEARN]
    number: Annotated[int, Purpose.ORDER]
    yields: Annotated[bool, Purpose.LEARN] = False
    offered_until: Annotated[datetime | None, Purpose.LEARN] = None
    reminded: Annotated[bool, Purpose.ORDER] = False
    sequence: Annotated[int, Purpose.ORDER] = 0
    card: Annotated[int, Purpose.ORDER] = 0
    starts_at: Annotated[datetime, Purpose.LEARN]
    ends_at: Annotated[datetime, Purpose.LEARN]
    created_at: Annotated[datetime, Purpose.TIME]

    @staticmethod
    def enrolment_id(session_id: str, person_id: str) -> str:
        return f"{session_id}:{person_id}"

    @property
    def id(self) -> str:
        """Unique per session and person."""
        return self.enrolment_id(self.session_id, self.person_id)

    @property
    def walked_in(self) -> bool:
        """Whether the person came without a seat, and was registered after the start."""
        return self.created_at >= self.starts_at

    def terms(self) -> Iterable[str]:
        yield f"session:{self.session_id}"
        yield f"person:{self.person_id}"
        yield month_term(self.ends_at)

    def to(self, state: EnrolmentState, *, until: datetime | None = None) -> Self:
        """Return the enrolment in another state; ``until`` is the deadline of an offer."""
        return replace(self, state=state, offered_until=until)
