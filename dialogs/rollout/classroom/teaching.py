"""Flows of teachers and administrators: sessions created by a form, edited and called off."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dialogs.core.content import Content
from dialogs.core.decision import Audit, Notice, do
from dialogs.core.event import Event, Pressed
from dialogs.core.feature import Verbs
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, Flow, count, find, find_all, new_id
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import Speaker, speaker_of
from dialogs.core.texts import Texts, in_zone
from dialogs.rollout.classroom.cards import when
from dialogs.rollout.classroom.commit import RosterChange, commit_roster
from dialogs.rollout.classroom.enrolling import class_refusal, is_for
from dialogs.rollout.classroom.model import MAX_SEATS, ClassSession, ClassState, EnrolmentState
from dialogs.rollout.classroom.roster import Roster, announces, roster_of
from knowledge.article.article import Language
from knowledge.organisation.office_hours import OfficeHours

# The form of a session as submitted: read, checked, turned into a session.

MAX_TITLE: Final = 120
MAX_ABOUT: Final = 600
MAX_PLACE: Final = 200
LONGEST: Final = timedelta(hours=10)
# Shorter than the time sessions are kept after their last change.
LONGEST_AHEAD: Final = timedelta(days=300)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassForm:
    """A submitted form with all values valid."""

    names: Mapping[Language, str]
    about: Mapping[Language, str]
    venue: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    seats: int
    language: Language
    prerequisites: tuple[str, ...]
    unit_id: str | None
    teacher_id: str

    def fill(self, session: ClassSession) -> ClassSession:
        """Return the session with the form's values."""
        return replace(
            session,
            names=self.names,
            about=self.about,
            venue=self.venue,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            zone=self.zone,
            seats=self.seats,
            language=self.language,
            prerequisites=self.prerequisites,
            unit_id=self.unit_id,
            teacher_id=self.teacher_id,
            edition=session.edition + 1,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedClass:
    """A submitted form with facts for its checks. ``by``: its submitter."""

    pressed: Pressed
    content: Content
    texts: Texts
    by: Person
    municipality_id: str
    at: datetime

    def checked(self) -> Asking[tuple[ClassForm | None, tuple[str, ...]]]:
        """Return the values, or None and all faults as sentences. Nothing is cut or guessed."""
        texts, read = self.texts, self.pressed.text
        faults = [*_text_faults(self.pressed, texts)]
        seats = _whole_number(read("seats"))
        if not 1 <= seats <= MAX_SEATS:
            faults.append(texts("classroom.fault.seats", most=texts.number(MAX_SEATS)))
        language = next((language for language in Language if language.value == read("language")), None)
        if language is None:
            faults.append(texts("classroom.fault.language"))
        prerequisites = tuple(filter(None, read("prerequisites").split(",")))
        if not set(prerequisites) <= {module.id for module in self.content.curriculum.modules}:
            faults.append(texts("classroom.fault.module"))
        unit_id = str(read("unit_id")) or None
        if not _is_here(unit_id, self.content, self.municipality_id):
            faults.append(texts("classroom.fault.unit"))
        teacher_id = yield from _teacher_among(str(read("teacher_id")) or self.by.id, self.by, self.municipality_id)
        if teacher_id is None:
            faults.append(texts("classroom.fault.teacher"))
        span, fault = self._span()
        if fault or faults or span is None or language is None or teacher_id is None:
            return None, (*faults, *filter(None, (fault,)))
        form = ClassForm(
            names={language: str(title) for language in Language if (title := read(f"title_{language}"))},
            about={language: str(about) for language in Language if (about := read(f"about_{language}"))},
            venue=str(read("place")),
            starts_at=span[0],
            ends_at=span[1],
            zone=zone_of(self.content, self.municipality_id),
            seats=seats,
            language=language,
            prerequisites=prerequisites,
            unit_id=None if unit_id == self.municipality_id else unit_id,
            teacher_id=teacher_id,
        )
        return form, ()

    def _span(self) -> tuple[tuple[datetime, datetime] | None, str]:
        """Return start and end in UTC, or a fault. The times are local in the municipality's zone."""
        texts, zone = self.texts, zone_of(self.content, self.municipality_id)
        if self.pressed.text("zone") not in {"", zone}:
            return None, texts("classroom.fault.zone", zone=zone)
        try:
            day = date.fromisoformat(self.pressed.text("day"))
            clocks = [time.fromisoformat(self.pressed.text(name)) for name in ("start", "end")]
        except ValueError:
            return None, texts("classroom.fault.date")
        if any(clock.tzinfo is not None for clock in clocks):
            return None, texts("classroom.fault.zone", zone=zone)
        ahead = day - self.at.astimezone(ZoneInfo(zone)).date()
        if not timedelta() <= ahead <= LONGEST_AHEAD:
            return None, texts("classroom.fault.past" if ahead < timedelta() else "classroom.fault.far")
        start, end = (in_zone(day, clock.replace(second=0, microsecond=0), ZoneInfo(zone)) for clock in clocks)
        if start is None or end is None:
            return None, texts("classroom.fault.gap")
        if end <= start:
            return None, texts("classroom.fault.end")
        if end - start > LONGEST:
            return None, texts("classroom.fault.long", hours=texts.number(LONGEST // timedelta(hours=1)))
        return ((start, end), "") if start > self.at else (None, texts("classroom.fault.past"))


def zone_of(content: Content, municipality_id: str) -> str:
    """Return the zone of the municipality's clocks."""
    municipality = content.organisation.municipalities.get(municipality_id)
    return (municipality.office_hours if municipality else OfficeHours()).timezone


def _text_faults(pressed: Pressed, texts: Texts) -> Iterator[str]:
    if not pressed.text(f"title_{Language.NB}"):
        yield texts("classroom.fault.title")
    if not pressed.text("place"):
        yield texts("classroom.fault.place")
    written = [pressed.text(f"title_{language}") for language in Language]
    if any(len(title) > MAX_TITLE for title in written):
        yield texts("classroom.fault.title_long", most=texts.number(MAX_TITLE))
    described = [pressed.text(f"about_{language}") for language in Language]
    if any(len(about) > MAX_ABOUT for about in described):
        yield texts("classroom.fault.about_long", most=texts.number(MAX_ABOUT))
    if len(pressed.text("place")) > MAX_PLACE:
        yield texts("classroom.fault.place_long", most=texts.number(MAX_PLACE))
    if any(text.found for text in (*written, *described, pressed.text("place"))):
        yield texts("classroom.fault.masked")


def _teacher_among(wanted: str, by: Person, municipality_id: str) -> Asking[str | None]:
    """Return the id if it is a teacher's of this municipality, else None. Only administrators choose another one."""
    if wanted != by.id and not by.has(Role.ADMIN):
        return None
    teacher = yield from find(Person, wanted)
    if teacher is None or teacher.is_outsider or not teacher.has(Role.TEACHER):
        return None
    return teacher.id if teacher.municipality_id == municipality_id else None


def _is_here(unit_id: str | None, content: Content, municipality_id: str) -> bool:
    unit = content.organisation.find_unit(unit_id) if unit_id is not None else None
    return unit_id is None or (unit is not None and unit.municipality_id == municipality_id)


def _whole_number(text: str) -> int:
    """Return the number, or -1 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else -1


STAFF: Final = (Role.TEACHER, Role.ADMIN)
MAX_PLANNED: Final = 300
MAX_REASON: Final = 200
# Attendance can be noted and corrected this long.
ATTENDANCE_FOR: Final = timedelta(days=14)


def may_handle(person: Person, session: ClassSession) -> bool:
    """Return whether the person may edit the session and see its participants.

    The session's teacher, and administrators of its municipality.
    """
    if person.is_outsider or person.municipality_id != session.municipality_id:
        return False
    return person.has(Role.ADMIN) or (person.has(Role.TEACHER) and session.teacher_id == person.id)


def create_class(event: Event, content: Content) -> Flow:
    """Publish a new session."""
    speaker = yield from _staff(event, content)
    person, texts = speaker.person, speaker.texts
    here = str(person.municipality_id)
    if (yield from count(ClassSession, f"planned@{here}")) >= MAX_PLANNED:
        raise class_refusal(texts("classroom.refused.enough", number=texts.number(MAX_PLANNED)))
    form = yield from _valid_form(event, content, speaker, here)
    blank = ClassSession(
        id=(yield from new_id("class")),
        municipality_id=here,
        starts_at=form.starts_at,
        ends_at=form.ends_at,
        created_at=event.at,
        changed_at=event.at,
    )
    roster = Roster(session=form.fill(blank), enrolments={})
    change = RosterChange(before=None, after=roster, at=event.at, by=person.id)
    decision = yield from commit_roster(change, content)
    audit = Audit(act="classroom.created", subject=blank.id, by=person.id)
    said = [texts("classroom.created"), *(yield from _clashes(speaker, roster.session, here))]
    return decision + do(audit, Notice(text=" ".join(said)))


def change_class(event: Event, content: Content) -> Flow:
    """Edit a session before it begins; notify participants of ``ANNOUNCED`` changes."""
    speaker, roster = yield from _handled(event, content)
    session, texts = roster.session, speaker.texts
    _refuse_closed(speaker, session, event)
    if event.pressed.text("edition") != str(session.edition):
        raise class_refusal(texts("classroom.refused.edited"))
    form = yield from _valid_form(event, content, speaker, session.municipality_id)
    if form.seats < roster.taken:
        raise class_refusal(texts("classroom.refused.seats", number=texts.number(roster.taken)))
    edited = form.fill(session)
    if replace(edited, edition=session.edition) == session:
        return do(Notice(text=texts("classroom.unchanged")))
    after = roster.edited(edited, event.at)
    change = RosterChange(before=roster, after=after, at=event.at, by=speaker.person.id)
    decision = yield from commit_roster(change, content)
    moved = announces(session, edited)
    audit = Audit(
        act="classroom.moved" if moved else "classroom.changed",
        subject=session.id,
        by=speaker.person.id,
        details=(("notified", str(len(roster.active) if moved else 0)),),
    )
    said = [texts("classroom.moved" if moved else "classroom.saved")]
    if moved:
        said += yield from _clashes(speaker, edited, session.municipality_id)
    return decision + do(audit, Notice(text=" ".join(said)))


def call_off_class(event: Event, content: Content) -> Flow:
    """Call off a session that has not begun, and notify everyone in it."""
    speaker, roster = yield from _handled(event, content)
    _refuse_closed(speaker, roster.session, event)
    reason = event.pressed.text("reason")
    if len(reason) > MAX_REASON:
        most = speaker.texts.number(MAX_REASON)
        raise class_refusal(speaker.texts("classroom.fault.reason_long", most=most))
    change = RosterChange(before=roster, after=roster.call_off(), at=event.at, by=speaker.person.id, reason=str(reason))
    decision = yield from commit_roster(change, content)
    audit = Audit(
        act="classroom.called_off",
        subject=roster.session.id,
        by=speaker.person.id,
        details=(("notified", str(len(roster.active))),),
    )
    return decision + do(audit, Notice(text=speaker.texts("classroom.called_off")))


def remove_participant(event: Event, content: Content) -> Flow:
    """Take a person off a session that has not begun, and notify them; the seat goes to the waiting list."""
    speaker, roster = yield from _handled(event, content)
    _refuse_closed(speaker, roster.session, event)
    number = str(event.pressed.text("number"))
    enrolment = next((enrolment for enrolment in roster.active if str(enrolment.number) == number), None)
    if enrolment is None:
        raise class_refusal(speaker.texts("classroom.refused.list"))
    after = roster.sign_off(enrolment.person_id, event.at)
    change = RosterChange(before=roster, after=after, at=event.at, by=speaker.person.id)
    decision = yield from commit_roster(change, content)
    audit = Audit(
        act="classroom.removed", subject=roster.session.id, by=speaker.person.id, details=(("number", number),)
    )
    return decision + do(audit, Notice(text=speaker.texts("classroom.removed")))


def is_open_to_walk_ins(session: ClassSession, at: datetime) -> bool:
    """Return whether a person without a seat may be registered: from the start, and on that day only."""
    if session.state is not ClassState.OPEN or at < session.starts_at:
        return False
    return at.astimezone(session.tz).date() <= session.ends_at.astimezone(session.tz).date()


def register_walk_in(event: Event, content: Content) -> Flow:
    """Register a person who came without a seat, named by their whole e-mail address, and notify them.

    No list of people is searched or shown. An unknown address, and one of a person whom the session is not for, get
    the same answer.
    """
    speaker, roster = yield from _handled(event, content)
    session, texts = roster.session, speaker.texts
    if not is_open_to_walk_ins(session, event.at):
        raise class_refusal(texts("classroom.refused.not_today"))
    named = yield from find_all(Person, f"email:{event.pressed.text('email').strip().lower()}")
    person = next((person for person in named if person.mailable and is_for(person, session, content)), None)
    if person is None or person.id == session.teacher_id:
        refused = Audit(act="classroom.not_walked_in", subject=session.id, by=speaker.person.id, repeatable=True)
        raise EventRefused(do(refused, Notice(text=texts("classroom.refused.address"))))
    after = roster.walk_in(person.id, event.at)
    if after == roster:
        return do(Notice(text=texts("classroom.unchanged")))
    if len(after.participants) > MAX_SEATS:
        raise class_refusal(texts("classroom.refused.crowded", most=texts.number(MAX_SEATS)))
    decision = yield from commit_roster(
        RosterChange(before=roster, after=after, at=event.at, by=speaker.person.id), content
    )
    number = str(after.enrolments[person.id].number)
    audit = Audit(act="classroom.walked_in", subject=session.id, by=speaker.person.id, details=(("number", number),))
    return decision + do(audit, Notice(text=texts("classroom.walked_in")))


def note_attendance(event: Event, content: Content) -> Flow:
    """Store attendance: what was ticked and unticked in the list, as it was shown, is changed.

    That nobody came, which all of them are told, is ticked as well.
    """
    speaker, roster = yield from _handled(event, content)
    session, texts = roster.session, speaker.texts
    if session.state is ClassState.CALLED_OFF:
        raise class_refusal(texts("classroom.refused.called_off"))
    if event.at < session.starts_at:
        raise class_refusal(texts("classroom.refused.not_begun"))
    if event.at > session.ends_at + ATTENDANCE_FOR:
        raise class_refusal(texts("classroom.refused.late"))
    came, shown = (_numbers(event.pressed.text(name)) for name in ("came", "ticked"))
    known = {participant.number for participant in roster.participants}
    if came is None or shown is None or not came - shown <= known:
        raise class_refusal(texts("classroom.refused.list"))
    over = event.at >= session.ends_at
    after = roster.note_attendance(came, shown=shown, over=over)
    if after == roster:
        return do(Notice(text=texts("classroom.unchanged")))
    nobody = not any(participant.state is EnrolmentState.ATTENDED for participant in after.participants)
    if over and nobody and event.pressed.text("nobody") != "true":
        raise class_refusal(texts("classroom.refused.nobody", box=texts("desk.teaching.nobody")))
    decision = yield from commit_roster(
        RosterChange(before=roster, after=after, at=event.at, by=speaker.person.id), content
    )
    states = [participant.state for participant in after.participants]
    counts = (
        ("came", str(states.count(EnrolmentState.ATTENDED))),
        ("absent", str(states.count(EnrolmentState.ABSENT))),
    )
    audit = Audit(act="classroom.attendance", subject=session.id, by=speaker.person.id, details=counts)
    said = texts("classroom.attendance_saved" if over else "classroom.attendance_so_far")
    return decision + do(audit, Notice(text=said))


def _clashes(speaker: Speaker, session: ClassSession, municipality_id: str) -> Asking[list[str]]:
    """Return a warning about another session at the same time with the same teacher or in the same place."""
    planned = yield from find_all(ClassSession, f"planned@{municipality_id}")
    texts, place = speaker.texts, session.venue.casefold()
    for planned_session in planned:
        if (
            planned_session.id == session.id
            or planned_session.ends_at <= session.starts_at
            or session.ends_at <= planned_session.starts_at
        ):
            continue
        known = {"title": planned_session.title(texts.language), "when": when(texts, planned_session)}
        if planned_session.teacher_id and planned_session.teacher_id == session.teacher_id:
            return [texts("classroom.clash.teacher", **known)]
        if planned_session.venue.casefold() == place:
            return [texts("classroom.clash.place", **known)]
    return []


def _numbers(given: str) -> frozenset[int] | None:
    """Return the numbers of a list such as "1,3"; None for anything else."""
    parts = [part.strip() for part in given.split(",") if part.strip()]
    if any(not part.isascii() or not part.isdigit() or len(part) > 6 for part in parts):
        return None
    return frozenset(map(int, parts))


def _staff(event: Event, content: Content) -> Asking[Speaker]:
    speaker = yield from speaker_of(event, content)
    person = speaker.person
    placed = person.municipality_id in content.organisation.municipalities
    if person.is_outsider or not person.has(*STAFF) or not placed:
        raise class_refusal(speaker.texts("desk.refused.role"))
    return speaker


def _handled(event: Event, content: Content) -> Asking[tuple[Speaker, Roster]]:
    """Return the pressed session's roster, if the speaker may handle it."""
    speaker = yield from _staff(event, content)
    roster = yield from roster_of(event.pressed.text("session_id"), content)
    # One answer for both, so that no one learns which sessions others have.
    if roster is None or not may_handle(speaker.person, roster.session):
        raise class_refusal(speaker.texts("classroom.refused.unknown"))
    return speaker, roster


def _refuse_closed(speaker: Speaker, session: ClassSession, event: Event) -> None:
    if session.state is ClassState.CALLED_OFF:
        raise class_refusal(speaker.texts("classroom.refused.called_off"))
    if event.at >= session.starts_at:
        raise class_refusal(speaker.texts("classroom.refused.begun"))


def _valid_form(event: Event, content: Content, speaker: Speaker, municipality_id: str) -> Asking[ClassForm]:
    submitted = SubmittedClass(
        pressed=event.pressed,
        content=content,
        texts=speaker.texts,
        by=speaker.person,
        municipality_id=municipality_id,
        at=event.at,
    )
    form, faults = yield from submitted.checked()
    if form is None:
        raise class_refusal(" ".join(dict.fromkeys(faults)))
    return form


VERBS: Final[Verbs] = {
    "classroom.create": create_class,
    "classroom.change": change_class,
    "classroom.call_off": call_off_class,
    "classroom.remove": remove_participant,
    "classroom.attendance": note_attendance,
    "classroom.walk_in": register_walk_in,
}
