"""Acts that wait some seconds for who pressed to undo them, where the channel says so.

The press runs as always. Only when it would act, its inputs are kept in place of what it decided, and run again when
the time is over. What was refused, asked again or warned about is shown at once.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, ClassVar, Final

from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.data_rules import DataRules, Purpose, month_term
from dialogs.core.decision import NOTHING, Decision, Effect, Notice, Post, Put, Reply, do, later, never, put
from dialogs.core.event import Event, Pressed
from dialogs.core.message import Message
from dialogs.core.query import Asking, Flow, find, find_all
from dialogs.core.refusal import catch_refusal
from dialogs.handoff import asking, cards, offering, passing, resolving
from dialogs.handoff.model import Handoff
from dialogs.handoff.projection import closing_slot, masked_notes, reply_or_post
from dialogs.handoff.unit_of_work import UnitOfWork
from dialogs.handoff.views import asker_view
from dialogs.provisioning.model import awaits_removal
from knowledge.language.masking import cut
from knowledge.organisation.unit import PersonId

_RATE: Final = "handoff.rate"
_FLOWS: Final[Mapping[str, Callable[[Event, Content], Flow]]] = {
    "handoff.resolve": resolving.resolve,
    "handoff.pass": passing.pass_on,
    "handoff.decline": offering.decline,
    _RATE: asking.rate,
}
# Who opens this form has thought better of an act that waits.
_TURNS_TO_ANOTHER: Final = "handoff.pass_card"
# Inputs that people write.
_WRITTEN: Final = ("answer", "note")
# The inputs that the flow of an act reads, with the characters kept of each; others are not stored.
_ID: Final = 500
INPUTS: Final[Mapping[str, Mapping[str, int]]] = {
    "handoff.resolve": {"handoff_id": _ID, "answer": cards.MAX_LETTERS, "share": 5},
    "handoff.pass": {
        "handoff_id": _ID,
        "step": 10,
        "colleague_id": _ID,
        "topic": _ID,
        "note": passing.LONGEST_NOTE,
        "warned": passing.LONGEST_NOTE,
    },
    "handoff.decline": {"handoff_id": _ID},
    _RATE: {"handoff_id": _ID, "rating": 1},
}
DUE: Final = "handoff.held"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAct:
    """A press that waits to be undone or done.

    Attributes:
        data: the inputs that the flow reads, masked and cut to what it uses.
        slot: the slot of the pressed card.
        pressed_in: event of the press; names the slot of a message about it.
        changed_before: when the hand-off had last changed.
    """

    KIND: ClassVar[str] = "held_act"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(most="one for each question, a minute at most", months=1, dated="due_at")

    id: Annotated[str, Purpose.ORDER]
    person_id: Annotated[PersonId, Purpose.ORDER]
    handoff_id: Annotated[str, Purpose.ORDER]
    verb: Annotated[str, Purpose.HELP]
    data: Annotated[Mapping[str, str], Purpose.HELP]
    slot: Annotated[str | None, Purpose.ORDER] = None
    pressed_in: Annotated[str, Purpose.ORDER]
    changed_before: Annotated[datetime, Purpose.ORDER]
    due_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        yield f"person:{self.person_id}"
        yield f"handoff:{self.handoff_id}"
        yield month_term(self.due_at)

    @property
    def timer(self) -> str:
        return f"held/{self.id}"

    @property
    def own_slot(self) -> str:
        """The slot of a message about it, the last of the chat."""
        return f"handoff/held/{self.pressed_in}"


def held(event: Event, content: Content, flow: Flow) -> Flow:
    """Run the flow of a press; hold the act that it decides, if it can be undone."""
    decision = yield from flow
    pressed, undo_for = event.pressed, content.channels.of(event.channel).undo_for
    if pressed.verb == _TURNS_TO_ANOTHER:
        return decision + (yield from _stopped(event, content, decision))
    if pressed.verb not in _FLOWS or not undo_for or event.from_page:
        return decision
    before = yield from find(Handoff, str(pressed.text("handoff_id")))
    if before is None or all(record == before for record in _handoffs(decision, before.id)):
        return decision
    act = HeldAct(
        id=f"{before.id}/{event.person_id}",
        person_id=event.person_id,
        handoff_id=before.id,
        verb=pressed.verb,
        data={name: str(cut(pressed.text(name), most)) for name, most in INPUTS[pressed.verb].items()},
        slot=pressed.slot,
        pressed_in=event.id,
        changed_before=before.changed_at,
        due_at=event.at + undo_for,
    )
    work = UnitOfWork(event, content)
    texts = yield from work.actor_texts()
    replaced = yield from work.get(HeldAct, act.id)
    if replaced is not None:
        work.do(Post(to=act.person_id, slot=replaced.own_slot, message=None, only_update=True))
    work.put(act)
    work.do(later(act.timer, act.due_at, DUE, held_id=act.id))
    work.do(*masked_notes(event, texts, *(pressed.text(name) for name in _WRITTEN)))
    chosen = texts(f"handoff.rating.{pressed.text('rating')}") if act.verb == _RATE else ""
    waits = texts.plural(f"handoff.held.{act.verb}", round(undo_for.total_seconds()), chosen=chosen)
    undo_button = card.press(texts("handoff.held.undo"), "handoff.undo", checks=False, held_id=act.id)
    reply_or_post(work, act.person_id, *(yield from _shown_about(work, act, before, waits, undo_button)))
    return work.decision()


def _stopped(event: Event, content: Content, decision: Decision) -> Asking[Decision]:
    """Return what, beside a decision, drops the act that the actor holds for its question and gives its words back."""
    work = UnitOfWork(event, content)
    handoff_id = str(event.pressed.text("handoff_id"))
    act = yield from work.get(HeldAct, f"{handoff_id}/{event.person_id}")
    if act is None:
        return NOTHING
    handoff = yield from work.get(Handoff, handoff_id)
    work.remove(HeldAct, act.id)
    work.do(never(act.timer))
    texts = yield from work.actor_texts()
    read = any(_handoffs(decision, handoff_id))
    yield from _tell(work, act, handoff, texts(f"handoff.undone.{act.verb}"), read=read)
    return work.decision()


def undo_held(event: Event, content: Content) -> Flow:
    """Drop the held act; nothing was done yet."""
    work = UnitOfWork(event, content)
    act = yield from work.get(HeldAct, str(event.pressed.text("held_id")))
    texts = yield from work.actor_texts()
    if act is None or act.person_id != event.person_id:
        return do(Notice(text=texts("handoff.held.too_late")))
    handoff = yield from work.get(Handoff, act.handoff_id)
    work.remove(HeldAct, act.id)
    work.do(never(act.timer))
    undone = texts(f"handoff.undone.{act.verb}")
    reply_or_post(work, act.person_id, *(yield from _shown_about(work, act, handoff, undone)))
    return work.decision()


def do_held(event: Event, content: Content) -> Flow:
    """Do the held act once its time is over; drop it, and say so, if something changed meanwhile."""
    work = UnitOfWork(event, content)
    act = yield from work.get(HeldAct, event.rang.data.get("held_id", ""))
    if act is None or event.at < act.due_at:
        return NOTHING
    work.remove(HeldAct, act.id)
    person = yield from work.person(act.person_id)
    handoff = yield from work.get(Handoff, act.handoff_id)
    if person is None:
        return work.decision()
    closed = person.left or (yield from awaits_removal(person))
    if closed or handoff is None or handoff.changed_at != act.changed_before:
        yield from _tell(work, act, handoff, content.texts[person.language]("handoff.held.dropped"))
        return work.decision()
    pressed = Pressed(verb=act.verb, data=act.data, slot=act.slot)
    acting = replace(event, person_id=act.person_id, what=pressed)
    decision = yield from catch_refusal(_FLOWS[act.verb](acting, content))
    refused = [effect.text for effect in decision.effects if isinstance(effect, Notice)]
    if refused:
        yield from _tell(work, act, handoff, refused[-1])
    else:
        work.do(Post(to=act.person_id, slot=act.own_slot, message=None, only_update=True))
    return replace(decision, effects=tuple(_posted(decision.effects, act))) + work.decision()


def words_taken_away(handoffs: Iterable[Handoff]) -> Asking[Decision]:
    """Return the decision that empties the acts held for questions of a person that is erased; they are dropped."""
    decision = NOTHING
    for handoff in handoffs:
        acts = yield from find_all(HeldAct, f"handoff:{handoff.id}")
        decision += put(*(replace(act, data={}) for act in acts))
    return decision


def _tell(work: UnitOfWork, act: HeldAct, handoff: Handoff | None, text: str, *, read: bool = False) -> Asking[None]:
    """Notify the actor that the act was not done, with its words; ``read``: the turn fails if the hand-off changed."""
    words = next((act.data[name] for name in _WRITTEN if act.data.get(name)), "")
    if handoff is None or not words:
        reply_or_post(work, act.person_id, *(yield from _shown_about(work, act, handoff, text)))
        return
    # In a slot of the question, with which the words are erased.
    if not read:
        work.require_unchanged(handoff)
    texts = yield from work.texts(act.person_id)
    body = [card.paragraph(text), card.small(texts("handoff.held.written")), card.quote(words)]
    work.do(Post(to=act.person_id, slot=act.own_slot, message=None, only_update=True))
    slot = f"handoff/{handoff.id}/held/{act.pressed_in}"
    work.do(Post(to=act.person_id, slot=slot, message=Message(text=f"{text}\n\n{words}", card=card.card(body))))


def _handoffs(decision: Decision, id_: str) -> Iterable[Handoff]:
    """Yield what a decision writes of one hand-off."""
    for write in decision.writes:
        if isinstance(write, Put) and isinstance(write.record, Handoff) and write.record.id == id_:
            yield write.record


def _posted(effects: Iterable[Effect], act: HeldAct) -> Iterable[Effect]:
    """Yield the effects as a timer may have them: nobody waits for a reply."""
    for effect in effects:
        if isinstance(effect, Reply):
            yield Post(to=act.person_id, slot=effect.slot, message=effect.message)
        elif not isinstance(effect, Notice):
            yield effect


def _shown_about(
    work: UnitOfWork, act: HeldAct, handoff: Handoff | None, text: str, *actions: card.Element
) -> Asking[tuple[str, Message]]:
    """Return where the actor reads about the act: of a rating below its buttons, so that they do not move."""
    if act.verb != _RATE or handoff is None or act.slot != closing_slot(handoff):
        return act.own_slot, Message.plain(text, actions)
    texts = yield from work.texts(act.person_id)
    view = yield from asker_view(work, handoff, texts)
    beside = [card.small(text), *([card.buttons(*actions)] if actions else [])]
    return act.slot, cards.closing(texts, handoff, view, beside=beside)
