"""Contents of a helper's worklist, and its card."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from dialogs.availability.registry import today
from dialogs.availability.worklist import Worklist
from dialogs.core import card
from dialogs.core.message import Message
from dialogs.core.names import name_of
from dialogs.core.query import Asking, count
from dialogs.core.texts import Texts
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import Status
from dialogs.handoff.unit_of_work import UnitOfWork
from dialogs.handoff.views import unit_name

MAX_QUEUED: Final = 5
SHORT: Final = 120
_OWN_VERBS: Final = ("handoff.focus", "handoff.resolve_card", "handoff.pass_card", "handoff.release")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorklistRow:
    """One handoff of a worklist; ``about`` names the asker or the unit."""

    handoff: Handoff
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorklistContents:
    """Contents of a worklist by waiting side.

    Args:
        offered: offers without an answer.
        for_me: handoffs waiting for the helper.
        for_asker: handoffs waiting for the asker.
        queue: handoffs without a helper.
        done: number of all handoffs the helper solved.
        recent: the last solved ones, newest first.
    """

    offered: Sequence[WorklistRow]
    for_me: Sequence[WorklistRow]
    for_asker: Sequence[WorklistRow]
    queue: Sequence[WorklistRow]
    done: int
    recent: Sequence[WorklistRow]


def refresh_card(work: UnitOfWork, worklist: Worklist, texts: Texts) -> Asking[Message]:
    """Return the worklist card and record the queue it shows."""
    now = yield from read_worklist(work, worklist.id, texts)
    work.put(replace(worklist, queue=queue_ids(now)))
    return contents_card(texts, now)


def queue_ids(contents: WorklistContents) -> tuple[str, ...]:
    """Return the ids of the handoffs in the shown queue."""
    return tuple(row.handoff.id for row in contents.queue)


def read_worklist(work: UnitOfWork, person_id: str, texts: Texts) -> Asking[WorklistContents]:
    """Read the contents of a helper's worklist."""
    worklist = yield from work.get(Worklist, person_id)
    offered: list[WorklistRow] = []
    for_me: list[WorklistRow] = []
    for_asker: list[WorklistRow] = []
    for id_ in (*worklist.offered, *worklist.open) if worklist else ():
        handoff = yield from work.get(Handoff, id_)
        if handoff is None or handoff.helper_id != person_id:
            continue
        unit = unit_name(work.content, handoff.unit_id, texts) or texts("handoff.the_municipality")
        if handoff.status is Status.OFFERED:
            offered.append(WorklistRow(handoff=handoff, about=unit))
            continue
        asker = yield from work.person(handoff.asker_id)
        about = f"{name_of(asker, texts)}, {unit}"
        (for_asker if handoff.waits_for_asker else for_me).append(WorklistRow(handoff=handoff, about=about))
    recent = []
    for id_ in worklist.done if worklist else ():
        handoff = yield from work.get(Handoff, id_)
        if handoff is not None and handoff.status is Status.RESOLVED and handoff.assignment.owner_id == person_id:
            recent.append(WorklistRow(handoff=handoff, about=_solved(work, handoff, texts)))
    queue = yield from _queue(work, person_id, texts, worklist)
    done = yield from count(Handoff, f"done:{person_id}")
    return WorklistContents(offered=offered, for_me=for_me, for_asker=for_asker, queue=queue, done=done, recent=recent)


def _solved(work: UnitOfWork, handoff: Handoff, texts: Texts) -> str:
    """Return local day and unit of a solved handoff."""
    day = texts.day(today(work.content, handoff.municipality_id, handoff.solved_at or handoff.changed_at))
    return ", ".join(part for part in (day, unit_name(work.content, handoff.unit_id, texts)) if part)


def _queue(work: UnitOfWork, person_id: str, texts: Texts, worklist: Worklist | None) -> Asking[list[WorklistRow]]:
    """Return handoffs without a helper in the municipality, nearest first."""
    person = yield from work.person(person_id)
    municipality_id = worklist.municipality_id if worklist else person.municipality_id if person else None
    if municipality_id is None:
        return []
    organisation = work.content.organisation
    home = organisation.find_unit((person.unit_id if person else None) or municipality_id)
    elsewhere = texts("handoff.the_municipality")
    rows: list[tuple[int, WorklistRow]] = []
    for status in (Status.WAITING, Status.ESCALATED):
        for handoff in (yield from work.find(Handoff, f"status:{status}@{municipality_id}")):
            # Helpers must not be offered their own questions.
            if handoff.asker_id == person_id:
                continue
            unit = organisation.find_unit(handoff.unit_id)
            steps = organisation.distance(home.id, unit.id) if home and unit else 99
            about = unit_name(work.content, handoff.unit_id, texts) or elsewhere
            rows.append((steps, WorklistRow(handoff=handoff, about=about)))
    return [row for _, row in sorted(rows, key=lambda pair: (pair[0], pair[1].handoff.created_at))[:MAX_QUEUED]]


def contents_card(texts: Texts, contents: WorklistContents) -> Message:
    body: list[card.Element] = [card.heading(texts("ambassador.desk.title"))]
    parts = (
        ("offered", contents.offered, ("handoff.accept", "handoff.decline", "handoff.pass_card")),
        ("for_me", contents.for_me, _OWN_VERBS),
        ("for_asker", contents.for_asker, _OWN_VERBS),
        ("queue", contents.queue, ("handoff.accept",)),
    )
    lines = [texts("ambassador.desk.title")]
    for key, rows, verbs in parts:
        if not rows:
            continue
        title = texts(f"ambassador.desk.{key}", number=len(rows))
        lines.append(title)
        body.append(card.paragraph(f"**{title}**"))
        for row in rows:
            lines.append(f"- {row.about}: {row.handoff.question[:SHORT]}")
            body += [card.small(row.about), card.quote(row.handoff.question[:SHORT])]
            body.append(
                card.buttons(
                    *(card.press(texts(f"ambassador.desk.{verb}"), verb, handoff_id=row.handoff.id) for verb in verbs)
                )
            )
    if len(lines) == 1:
        lines.append(texts("ambassador.desk.empty"))
        body.append(card.paragraph(texts("ambassador.desk.empty")))
    done = texts.plural("ambassador.desk.done", contents.done) if contents.done else texts("ambassador.desk.none_done")
    lines.append(done)
    body.append(card.small(done))
    for row in contents.recent:
        lines.append(f"- {row.about}: {row.handoff.question[:SHORT]}")
        body += [card.small(row.about), card.quote(row.handoff.question[:SHORT])]
    return Message(
        text="\n".join(lines),
        card=card.card(
            body,
            [
                card.press(texts("ambassador.settings.open"), "ambassador.settings"),
                card.press(texts("ambassador.desk.refresh"), "ambassador.desk"),
            ],
        ),
    )
