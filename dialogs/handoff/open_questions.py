"""Open questions of a municipality and their possible recipients, for its contacts and administrators.

Without the words of a question, which only its helpers see.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dialogs.core.names import name_of
from dialogs.core.paging import Paged, paged
from dialogs.core.query import Asking
from dialogs.core.speaker import Viewer
from dialogs.core.waiting import WaitingItem
from dialogs.handoff.model import Handoff
from dialogs.handoff.offering import reason_against
from dialogs.handoff.oversight import OVERSEERS, may_assign, may_oversee
from dialogs.handoff.passing import MAX_FOUND
from dialogs.handoff.recipients import found_by, recipients_of
from dialogs.handoff.transitions import Status, Transition
from dialogs.handoff.unit_of_work import UnitOfWork, work_for
from dialogs.handoff.views import features, overseer_row

# A helper is reminded of one question so seldom.
REMINDED_FOR: Final = timedelta(hours=4)
_OPEN: Final = (Status.WAITING, Status.OFFERED, Status.ACCEPTED, Status.ESCALATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    """One question: unit and topics, its state with times, and the reader's possible actions.

    Attributes:
        assignable: the reader may assign it.
        takeable: the reader may take it, and answers it in the chat.
        mine: the reader has taken it.
        own: the reader asked it.
        holder: name of the other person that has it; empty without one.
        chat_url: link to a chat with the holder; empty if there is none.
        remindable: the reader may remind the holder.
    """

    id: str
    about: str
    state: str
    overdue: bool
    assignable: bool
    takeable: bool
    mine: bool
    own: bool
    holder: str
    chat_url: str
    remindable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestionsPage:
    """A page of questions, and the numbers of all that are open and overdue."""

    questions: Paged[OpenQuestion]
    open: int
    overdue: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignee:
    """A person to assign a question to. ``why_not``: the reason why they cannot get it now; empty if they can."""

    person_id: str
    title: str
    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentPage:
    """A question and its possible recipients, nearest first or best match first.

    ``step`` goes along with the choice, so that an old page undoes nothing.
    """

    question: OpenQuestion
    step: str
    words: str
    people: tuple[Assignee, ...]


def may_remind(handoff: Handoff, person_id: str, at: datetime) -> bool:
    """Return whether an overseer may remind the helper: of an overdue question that another person has taken."""
    taken = handoff.status is Status.ACCEPTED and not handoff.is_with(person_id)
    return taken and handoff.asker_id != person_id and handoff.is_overdue(at)


def reminded_lately(handoff: Handoff, at: datetime) -> bool:
    """Return whether the helper was reminded within ``REMINDED_FOR``."""
    times = [entry.at for entry in handoff.history if entry.what is Transition.REMINDED]
    return bool(times) and at - max(times) < REMINDED_FOR


def open_questions(work: UnitOfWork, municipality_id: str) -> Asking[list[Handoff]]:
    """Return the open questions of a municipality: overdue ones first, then the oldest."""
    handoffs: list[Handoff] = []
    for status in _OPEN:
        handoffs += yield from work.find(Handoff, f"status:{status}@{municipality_id}")
    handoffs.sort(key=lambda handoff: (not handoff.is_overdue(work.at), handoff.created_at, handoff.id))
    return handoffs


def open_questions_view(viewer: Viewer, *, only_overdue: bool = False, number: int = 1) -> Asking[OpenQuestionsPage]:
    """Return a page of the open questions of the reader's own municipality."""
    work = work_for(viewer)
    handoffs = yield from open_questions(work, _overseen(viewer))
    late = [handoff for handoff in handoffs if handoff.is_overdue(work.at)]
    page = paged(late if only_overdue else handoffs, number)
    rows = []
    for handoff in page.items:
        rows.append((yield from _row(work, viewer, handoff)))
    return OpenQuestionsPage(questions=page.showing(rows), open=len(handoffs), overdue=len(late))


def waiting_questions(viewer: Viewer) -> Asking[tuple[WaitingItem, ...]]:
    """Return the questions that the reader may assign, has taken, or may remind the helper of."""
    own = viewer.person.municipality_id
    if own is None or viewer.person.is_outsider or not may_oversee(viewer.person, own):
        return ()
    work, items = work_for(viewer), []
    for handoff in (yield from open_questions(work, own)):
        path = _path_to_act(viewer, handoff)
        if path:
            about = features(viewer.content, handoff, viewer.texts)
            due_at = handoff.assignment.expected_at
            items.append(WaitingItem(title=about, path=path, since=handoff.created_at, due_at=due_at))
    return tuple(items)


def _path_to_act(viewer: Viewer, handoff: Handoff) -> str:
    """Return the page with the reader's buttons for a question; empty if it waits for another person."""
    # While somebody else has an offer in time, nothing waits for the reader.
    offered = handoff.status is Status.OFFERED and not handoff.is_overdue(viewer.at)
    if may_assign(handoff, viewer.person.id) and (not offered or handoff.is_with(viewer.person.id)):
        return f"/desk/questions/{handoff.id}"
    mine = handoff.status is Status.ACCEPTED and handoff.is_with(viewer.person.id)
    late = may_remind(handoff, viewer.person.id, viewer.at) and not reminded_lately(handoff, viewer.at)
    return f"/desk/questions#{handoff.id}" if mine or late else ""


def assignment_view(viewer: Viewer, handoff_id: str, words: str = "") -> Asking[AssignmentPage]:
    """Return the people a question of the reader's municipality can be assigned to."""
    work = work_for(viewer)
    municipality_id = _overseen(viewer)
    handoff = yield from work.get(Handoff, handoff_id)
    if handoff is None or handoff.municipality_id != municipality_id or not may_assign(handoff, viewer.person.id):
        raise viewer.not_found("desk.questions.gone")
    recipients = yield from recipients_of(work, handoff, viewer.texts)
    shown = found_by(recipients, words) if words else [recipient for recipient in recipients if recipient.free]
    people = tuple(
        Assignee(
            person_id=recipient.person_id,
            title=recipient.title,
            why_not="" if recipient.free else recipient.why_not(viewer.texts),
        )
        for recipient in shown[:MAX_FOUND]
    )
    question = yield from _row(work, viewer, handoff)
    return AssignmentPage(question=question, step=str(handoff.moves), words=words, people=people)


def _overseen(viewer: Viewer) -> str:
    viewer.require(*OVERSEERS)
    municipality_id = viewer.person.municipality_id
    if municipality_id is None or not may_oversee(viewer.person, municipality_id):
        raise viewer.refusal("desk.refused.municipality")
    return municipality_id


def _row(work: UnitOfWork, viewer: Viewer, handoff: Handoff) -> Asking[OpenQuestion]:
    about, state = yield from overseer_row(work, handoff, viewer.texts)
    accepted = handoff.status is Status.ACCEPTED
    mine = accepted and handoff.is_with(viewer.person.id)
    holder = (yield from work.person(handoff.helper_id or "")) if accepted and not mine else None
    channels = viewer.content.channels
    return OpenQuestion(
        id=handoff.id,
        about=about,
        state=state,
        overdue=handoff.is_overdue(work.at),
        assignable=may_assign(handoff, viewer.person.id),
        takeable=not accepted and not (yield from reason_against(work, handoff)),
        mine=mine,
        own=handoff.asker_id == viewer.person.id,
        holder=name_of(holder, viewer.texts) if holder is not None else "",
        chat_url=channels.direct_chat(viewer.person, holder.email) if holder is not None and holder.email else "",
        remindable=may_remind(handoff, viewer.person.id, work.at) and not reminded_lately(handoff, work.at),
    )
