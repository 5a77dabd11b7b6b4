"""Step-up: acts that need a recent sign-in, where the operator demands it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from dialogs.core.content import Content
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.person import is_guest_id
from dialogs.core.query import Asking, Flow
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import answer, speaker_of
from dialogs.core.texts import Texts


def check_fresh_proof(event: Event, content: Content, texts: Texts) -> None:
    """Refuse the event unless its person signed in recently enough.

    In Teams there is no sign-in to Heia, so the act continues on the web. A guest has nothing to sign in with. Raises
    EventRefused.
    """
    rule = content.step_up
    if rule is None or is_guest_id(event.person_id):
        return
    # A sign-in a little ahead of our clock is a recent one; without a time, none is known.
    if event.proved_at is not None and event.at - event.proved_at <= rule.max_age:
        return
    hours = texts.number(round(rule.max_age / timedelta(hours=1), 2))
    message = Message(text=texts("signin.step_up", hours=hours, address=rule.address))
    raise EventRefused(answer(event, "step_up", message, texts), needs_proof=True)


# Whether an event concerns so much that it needs a recent sign-in.
Condition = Callable[[Event, Content], Asking[bool]]


@dataclass(frozen=True, slots=True)
class WithFreshProof:
    """A flow that needs a recent sign-in: always, or only ``when`` a condition holds."""

    flow: Callable[[Event, Content], Flow]
    when: Condition | None = None

    def __call__(self, event: Event, content: Content) -> Flow:
        if content.step_up is not None and (self.when is None or (yield from self.when(event, content))):
            speaker = yield from speaker_of(event, content)
            check_fresh_proof(event, content, speaker.texts)
        return (yield from self.flow(event, content))
