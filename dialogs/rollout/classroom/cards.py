"""Cards of classroom courses."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from dialogs.core import card
from dialogs.core.card import unmarked
from dialogs.core.message import Message
from dialogs.core.texts import OSLO, Texts
from dialogs.rollout.classroom.model import ACTIVE, PRESENTABLE, ClassSession, ClassState, Enrolment, EnrolmentState
from dialogs.rollout.classroom.roster import Roster
from dialogs.rollout.learn.cards import facts_of, module_buttons, title_of
from dialogs.rollout.learn.learner import Learner
from knowledge.learning.module import LearningModule

MAX_LISTED: Final = 8
# States of a session that is over: nothing belongs in a calendar any more.
_OVER: Final = frozenset({EnrolmentState.ATTENDED, EnrolmentState.ABSENT})
_STYLES: Final = {
    EnrolmentState.BOOKED: "good",
    EnrolmentState.ATTENDED: "good",
    EnrolmentState.OFFERED: "accent",
    EnrolmentState.WAITING: "warning",
    EnrolmentState.CALLED_OFF: "attention",
}


def when(texts: Texts, session: ClassSession) -> str:
    """Return day and times in the session's zone, which is named when it is not Norway's."""
    start, end = session.starts_at.astimezone(session.tz), session.ends_at.astimezone(session.tz)
    day = f"{texts.weekday(start)} {texts.day(start.date())}"
    span = texts("classroom.when", day=day, start=f"{start:%H:%M}", end=f"{end:%H:%M}")
    # Zones with another name and the same time, such as that of Svalbard, need no mention.
    same = start.utcoffset() == start.astimezone(OSLO).utcoffset()
    return span if same else texts("classroom.when_zone", when=span, zone=session.zone)


def seats_left(texts: Texts, roster: Roster) -> str:
    if roster.free > 0:
        return texts.plural("classroom.free", roster.free)
    waiting = len(roster.waiting)
    return texts.plural("classroom.full_waiting", waiting) if waiting else texts("classroom.full")


def class_facts(texts: Texts, session: ClassSession) -> list[tuple[str, str]]:
    """Return time, place and language of a session, as names and values."""
    # Without the teacher's name: it would stay in many chats when the teacher's data is erased.
    return [
        (texts("classroom.time"), when(texts, session)),
        (texts("classroom.place"), session.venue),
        (texts("classroom.language"), texts(f"classroom.in.{session.language}")),
    ]


def listing(
    texts: Texts,
    listed: Sequence[Roster],
    own: Mapping[str, Enrolment],
    modules: Sequence[LearningModule],
    *,
    more: int,
    none_then: bool = False,
) -> Message:
    """Return the sessions to sign up for.

    Args:
        own: the reader's enrolments by session id.
        more: number of sessions left out.
        none_then: none of them is at the time asked for.
    """
    if not listed:
        line = texts("classroom.none")
        return Message.plain(line, [_online(texts), _mine(texts)])
    title = texts("classroom.title")
    lead = card.paragraph(texts("classroom.none_then")) if none_then else card.small(texts("classroom.lead"))
    body: list[card.Element] = [card.heading(title), lead]
    for roster in listed:
        body += _listed_class(texts, roster, own.get(roster.session.id), modules)
    if more:
        body.append(card.small(texts.plural("classroom.more", more)))
    lines = [f"- {roster.session.title(texts.language)}: {when(texts, roster.session)}" for roster in listed]
    return Message(text="\n".join([title, *lines]), card=card.card(body, [_mine(texts), _online(texts)]))


def _listed_class(
    texts: Texts, roster: Roster, own: Enrolment | None, modules: Sequence[LearningModule]
) -> tuple[card.Element, ...]:
    session = roster.session
    line = " · ".join((when(texts, session), unmarked(session.venue), texts(f"classroom.in.{session.language}")))
    active = own is not None and own.state in ACTIVE
    standing = standing_of(texts, roster, own) if own is not None and active else seats_left(texts, roster)
    needed, about = needed_titles(texts, session, modules), session.description(texts.language)
    rule = "classroom.first" if roster.free > 0 else "classroom.first_waiting"
    return (
        card.paragraph(f"**{unmarked(session.title(texts.language))}**"),
        *([card.paragraph(unmarked(about))] if about else ()),
        card.small(line),
        card.small(standing),
        *([card.small(texts(rule, modules=needed))] if needed else ()),
        card.buttons(*_own_buttons(texts, own, session.title(texts.language), listed="yes"))
        if own is not None and active
        else card.buttons(_join(texts, roster)),
    )


def _join(texts: Texts, roster: Roster) -> card.Element:
    label = texts("classroom.sign_up" if roster.free > 0 else "classroom.wait")
    title = roster.session.title(texts.language)
    return card.press(label, "classroom.sign_up", about=title, session_id=roster.session.id, listed="yes")


def needed_titles(texts: Texts, session: ClassSession, modules: Sequence[LearningModule]) -> str:
    """Return the titles of the modules to complete before a session."""
    return ", ".join(title_of(module, texts) for module in modules if module.id in session.prerequisites)


def waiting_rule(texts: Texts, session: ClassSession, own: Enrolment, modules: Sequence[LearningModule]) -> str:
    """Return what to complete before a seat is accepted; empty when nothing is, or there is nothing to accept."""
    needed = needed_titles(texts, session, modules)
    keys = {EnrolmentState.WAITING: "classroom.first_waiting", EnrolmentState.OFFERED: "classroom.first"}
    key = keys.get(own.state)
    return texts(key, modules=needed) if needed and key else ""


def own_enrolment(
    texts: Texts, roster: Roster, own: Enrolment, modules: Sequence[LearningModule], news: str = ""
) -> Message:
    """Return the person's card of one session, with the ``news`` about it."""
    session = roster.session
    title = session.title(texts.language)
    # The card stays as it is when others leave the list, so it has no place number.
    standing = (
        texts("classroom.state.on_list") if own.state is EnrolmentState.WAITING else standing_of(texts, roster, own)
    )
    notes = [texts("classroom.yields")] if own.yields and own.state is EnrolmentState.WAITING else []
    rule = waiting_rule(texts, session, own, modules)
    notes += [rule] if rule else []
    notes += [texts("classroom.absent_next")] if own.state is EnrolmentState.ABSENT else []
    about = session.description(texts.language) if own.state in ACTIVE else ""
    again = [card.press(texts("classroom.show"), "classroom.show")]
    banner = card.status(standing, style=_STYLES.get(own.state, "default"))
    said = [(news, card.paragraph(unmarked(news))), (standing, banner)] if news else [(standing, banner)]
    if own.state is EnrolmentState.CALLED_OFF:  # the reason comes last
        said.reverse()
    return Message(
        text=" ".join((f"{title}, {when(texts, session)}:", *(words for words, _ in said))),
        card=card.card(
            [
                card.heading(unmarked(title)),
                *(element for _, element in said),
                *([card.paragraph(unmarked(about))] if about else ()),
                card.facts(class_facts(texts, session)),
                *(card.small(note) for note in notes),
            ],
            _own_buttons(texts, own, title) if own.state in ACTIVE else again,
        ),
        calendar_of=session.id if own.sequence and own.state not in _OVER else None,
        calendar_ends=own.sequence > 0 and own.state not in PRESENTABLE,
    )


def standing_of(texts: Texts, roster: Roster, own: Enrolment) -> str:
    """Return where an enrolment stands, in a sentence."""
    match own.state:
        case EnrolmentState.OFFERED if own.offered_until is not None:
            return texts("classroom.state.offered", moment=texts.moment(own.offered_until))
        case EnrolmentState.WAITING:
            return texts("classroom.state.waiting", place=texts.number(roster.position(own.person_id)))
        case EnrolmentState.WITHDRAWN if not own.sequence and not own.walked_in:
            return texts("classroom.state.off_list")
        case _:
            return texts(f"classroom.state.{own.state}")


def _own_buttons(texts: Texts, own: Enrolment, title: str, *, listed: str = "") -> list[card.Element]:
    """Return the buttons of an enrolment. ``listed``: the list they are in, "yes" or "mine", to show again."""
    data: dict[str, Any] = {"session_id": own.session_id, **({"listed": listed} if listed else {})}
    match own.state:
        case EnrolmentState.OFFERED:
            accept = card.press(texts("classroom.accept"), "classroom.accept", primary=True, about=title, **data)
            return [accept, card.press(texts("classroom.decline"), "classroom.cancel", about=title, **data)]
        case EnrolmentState.WAITING:
            return [_leave(texts, "classroom.leave_list", title, data)]
        case _:
            return [_leave(texts, "classroom.cancel", title, data)]


def _leave(texts: Texts, key: str, title: str, data: Mapping[str, Any]) -> card.Element:
    """Return the button that asks before a seat, or a place on the waiting list, is given up."""
    sure = card.press(texts(f"{key}.sure"), "classroom.cancel", about=title, **data)
    return card.reveal(texts(key), card.card([card.paragraph(texts(f"{key}.ask"))], [sure]), about=title)


def own_list(texts: Texts, enrolled: Sequence[tuple[Roster, Enrolment]]) -> Message:
    """Return the person's upcoming sessions, each with the way out of it."""
    if not enrolled:
        line = texts("classroom.mine_none")
        return Message.plain(line, [card.press(texts("classroom.show"), "classroom.show")])
    title = texts("classroom.mine")
    body: list[card.Element] = [card.heading(title)]
    lines = [title]
    for roster, own in enrolled:
        name, standing = roster.session.title(texts.language), standing_of(texts, roster, own)
        lines.append(f"- {name}: {standing} {when(texts, roster.session)}")
        body += [
            card.paragraph(f"**{unmarked(name)}**"),
            card.small(f"{when(texts, roster.session)} · {unmarked(roster.session.venue)}"),
            card.small(standing),
            card.buttons(*_own_buttons(texts, own, name, listed="mine"), *_to_calendar(texts, own, name)),
        ]
    return Message(text="\n".join(lines), card=card.card(body))


def _to_calendar(texts: Texts, own: Enrolment, title: str) -> list[card.Element]:
    """Return the button to the calendar file of a booked seat."""
    label = texts("classroom.to_calendar")
    button = card.press(label, "classroom.calendar", about=title, session_id=own.session_id)
    return [button] if own.state is EnrolmentState.BOOKED else []


def calendar_card(texts: Texts, session: ClassSession) -> Message:
    """Return the message with the calendar file of a session."""
    title = session.title(texts.language)
    body = [card.heading(unmarked(title)), card.paragraph(when(texts, session))]
    return Message(
        text=f"{title}, {when(texts, session)}", card=card.card(body, [_mine(texts)]), calendar_of=session.id
    )


def missing(
    learner: Learner, session: ClassSession, modules: Sequence[LearningModule], *, until: datetime | None = None
) -> Message:
    """Return the modules to take before the session, each with the buttons that start it.

    ``until``: deadline of a seat that is offered to the person.
    """
    texts = learner.texts
    title = texts("classroom.missing", title=session.title(texts.language))
    how = texts("classroom.missing_how")
    if until is not None:
        how = texts("classroom.missing_how_offered", moment=texts.moment(until))
    body: list[card.Element] = [card.heading(unmarked(title)), card.paragraph(how)]
    for module in modules:
        body += [
            card.paragraph(f"**{title_of(module, texts)}**"),
            card.small(" · ".join(facts_of(texts, module))),
            card.buttons(*module_buttons(learner, module)),
        ]
    if until is not None:
        again = card.press(texts("classroom.try_accept"), "classroom.accept", session_id=session.id, again="yes")
    else:
        label = texts("classroom.try_again")
        again = card.press(label, "classroom.sign_up", session_id=session.id, listed="yes", again="yes")
    names = ", ".join(title_of(module, texts) for module in modules)
    return Message(text=f"{title} {names}", card=card.card(body, [again]))


def reminder_card(texts: Texts, session: ClassSession) -> Message:
    """Return the reminder before the session."""
    line, title = texts("classroom.reminder"), session.title(texts.language)
    return Message(
        text=f"{line}: {title}, {when(texts, session)}, {session.venue}",
        card=card.card(
            [card.paragraph(line), card.heading(unmarked(title)), card.facts(class_facts(texts, session))],
            [_leave(texts, "classroom.cancel", title, {"session_id": session.id})],
        ),
        calendar_of=session.id,
    )


def for_teacher(texts: Texts, roster: Roster, news: str) -> Message:
    """Return a notice to the teacher: counts only, the list is on the desk."""
    session = roster.session
    title = session.title(texts.language)
    pairs = class_facts(texts, session)
    if session.state is ClassState.OPEN:
        pairs.append((texts("classroom.signed_up"), texts.number(len(roster.participants))))
        pairs.append((texts("classroom.waiting"), texts.number(len(roster.waiting))))
    return Message(
        text=f"{title}, {when(texts, session)}: {news}",
        card=card.card(
            [
                card.heading(unmarked(title)),
                card.paragraph(news),
                card.facts(pairs),
                card.small(texts("classroom.list_on_desk")),
            ]
        ),
        calendar_of=session.id,
        calendar_ends=session.state is ClassState.CALLED_OFF,
    )


def no_longer_teacher(texts: Texts, session: ClassSession) -> Message:
    """Return the notice to a teacher that another one holds the session."""
    line = texts("classroom.teacher.replaced", title=session.title(texts.language), when=when(texts, session))
    return Message(text=line, card=card.card([card.paragraph(unmarked(line))]))


def teacher_missing(texts: Texts, session: ClassSession) -> Message:
    """Return the notice to administrators that a session has lost its teacher."""
    line = texts("classroom.teacher_gone", title=session.title(texts.language), when=when(texts, session))
    return Message(text=line, card=card.card([card.paragraph(unmarked(line))]))


def for_guests(texts: Texts) -> Message:
    line = texts("classroom.guest")
    return Message.plain(line)


def changes(texts: Texts, before: ClassSession, after: ClassSession) -> str:
    """Return the news of an edit for participants, with the old time and place."""
    if after.state is ClassState.CALLED_OFF:
        return texts("classroom.news.called_off")
    said = []
    if (before.starts_at, before.ends_at, before.zone) != (after.starts_at, after.ends_at, after.zone):
        said.append(texts("classroom.news.moved", before=when(texts, before), now=when(texts, after)))
    if before.venue != after.venue:
        said.append(texts("classroom.news.place", before=before.venue, now=after.venue))
    return " ".join(said) or texts("classroom.news.changed")


def _mine(texts: Texts) -> card.Element:
    return card.press(texts("classroom.mine"), "classroom.mine")


def _online(texts: Texts) -> card.Element:
    return card.press(texts("classroom.online"), "learn.show")
