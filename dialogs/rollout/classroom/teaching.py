"""Flows of teachers and administrators: create, edit and call off sessions, note attendance."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import Audit, Notice, do
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, Flow, count, find_all, new_id
from dialogs.core.speaker import Speaker, speaker_of
from dialogs.rollout.classroom.cards import when
from dialogs.rollout.classroom.commit import RosterChange, commit_roster
from dialogs.rollout.classroom.finding import class_refusal
from dialogs.rollout.classroom.form import ClassForm, SubmittedClass
from dialogs.rollout.classroom.model import ClassSession, ClassState
from dialogs.rollout.classroom.roster import Roster, announces, roster_of

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


def note_attendance(event: Event, content: Content) -> Flow:
    """Store attendance: participants with the submitted numbers came, the others did not."""
    speaker, roster = yield from _handled(event, content)
    session, texts = roster.session, speaker.texts
    if session.state is ClassState.CALLED_OFF:
        raise class_refusal(texts("classroom.refused.called_off"))
    if event.at < session.starts_at:
        raise class_refusal(texts("classroom.refused.not_begun"))
    if event.at > session.ends_at + ATTENDANCE_FOR:
        raise class_refusal(texts("classroom.refused.late"))
    came = _numbers(event.pressed.text("came"))
    if came is None or not came <= {participant.number for participant in roster.participants}:
        raise class_refusal(texts("classroom.refused.list"))
    over = event.at >= session.ends_at
    after = roster.note_attendance(came, over=over)
    if after == roster:
        return do(Notice(text=texts("classroom.unchanged")))
    decision = yield from commit_roster(
        RosterChange(before=roster, after=after, at=event.at, by=speaker.person.id), content
    )
    absent = len(roster.participants) - len(came) if over else 0
    counts = (("came", str(len(came))), ("absent", str(absent)))
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
    "classroom.attendance": note_attendance,
}
