"""State that a page shows around the conversation: recipient, delivery, and menu."""

from dataclasses import dataclass, field
from typing import Final

from bot.channels.web.chat.connection import PageConnection, Push
from bot.channels.web.chat.host import Host
from bot.ports import Commit, DeliveryStatus, StoreUnavailable
from bot.records.query_answering import FlowRun
from dialogs.ask.menu import menu_of
from dialogs.core.names import name_for
from dialogs.core.person import Person
from dialogs.core.query import Asking, find
from dialogs.core.texts import Texts
from dialogs.core.web_utterance import WebUtterance
from dialogs.handoff.talking import SelectedConversation, conversation_of, relayed_to
from knowledge.article.article import Language

LOOK_AGAIN_SECONDS: Final = 300.0
# A relayed message is on its way for a moment, or for as long as the other channel takes.
FIRST_LOOK_SECONDS: Final = 0.25
_TRY_AGAIN_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PageState:
    """The state; ``on_its_way``: the newest words are relayed and not yet delivered. ``desk``: has pages there."""

    menu: tuple[str, ...]
    conversation: SelectedConversation = field(default_factory=SelectedConversation)
    delivered_id: str | None = None
    delivered_to: str = ""
    on_its_way: bool = False
    desk: bool = False

    def push(self) -> Push:
        """Return the frame for the page."""
        delivered = {"id": self.delivered_id, "to": self.delivered_to} if self.delivered_id else None
        actions = [
            {"title": action.title, "verb": action.verb, "data": {"handoff_id": action.handoff_id}}
            for action in self.conversation.actions
        ]
        return {
            "type": "state",
            "to": self.to,
            "actions": actions,
            "menu": list(self.menu),
            "delivered": delivered,
            "desk": self.desk,
        }

    @property
    def to(self) -> str:
        """The name of the recipient; empty when the bot reads what is written."""
        return self.conversation.recipient


class StateReader:
    """Reads the state of a person's pages. ``language``: for a new person."""

    def __init__(self, host: Host, person_id: str, language: Language) -> None:
        self._host = host
        self._person_id = person_id
        self._language = language

    async def current(self, said_id: str | None) -> PageState:
        """Return the state now; ``said_id`` is the newest of the person's own messages. Raises StoreUnavailable."""
        person = await self._host.find_person(self._person_id)
        texts = self._host.texts[person.language if person else self._language]
        if person is None:  # a guest before the first message
            return PageState(menu=menu_of(texts, ()))
        reading = FlowRun(store=self._host.store)
        talk = await reading.result_of(conversation_of(person, texts))
        menu = menu_of(texts, person.roles)
        desk = not person.is_outsider and person.has(*self._host.desk_roles)
        recipient, slot, name = await reading.result_of(_newest(person, said_id, texts))
        if recipient is None:
            return PageState(conversation=talk, menu=menu, desk=desk)
        delivery = await self._host.store.find_delivery(recipient.id, slot)
        if delivery is None or delivery.status is not DeliveryStatus.SENT:
            return PageState(conversation=talk, menu=menu, on_its_way=delivery is not None, desk=desk)
        return PageState(conversation=talk, menu=menu, delivered_id=said_id, delivered_to=name, desk=desk)

    async def follow(self, connection: PageConnection, known: PageState) -> None:
        """Push every change of the state to the page, until cancelled."""
        pause = FIRST_LOOK_SECONDS
        while True:
            await connection.wait_for_change(pause if known.on_its_way else LOOK_AGAIN_SECONDS)
            pause = min(2 * pause, LOOK_AGAIN_SECONDS)
            try:
                state = await self.current(connection.said_id)
                if state.to != known.to:  # pages of other processes learn of it from the store
                    await self._host.store.commit(Commit(at=self._host.clock.now(), news=(self._person_id,)))
            except StoreUnavailable:
                await self._host.clock.sleep(_TRY_AGAIN_SECONDS)
                connection.nudge()
                continue
            if state != known:
                pause = FIRST_LOOK_SECONDS
                connection.push(state.push())
            known = state


def _newest(person: Person, said_id: str | None, texts: Texts) -> Asking[tuple[Person | None, str, str]]:
    """Return recipient, slot and author name of the newest relayed words."""
    if said_id is None:
        return None, "", ""
    utterance = yield from find(WebUtterance, f"{person.id}:{said_id}")
    recipient = (yield from relayed_to(utterance)) if utterance is not None else None
    if utterance is None or recipient is None:
        return None, "", ""
    return recipient, utterance.slot or "", name_for(person, recipient, texts)
