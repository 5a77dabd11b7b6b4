"""Messages with attachments: text is answered, images can reach a colleague."""

from collections.abc import Callable
from dataclasses import replace

from dialogs.announce.compose.image import offers
from dialogs.ask import cards
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Decision, Put, Reply, do
from dialogs.core.event import Event, Scope
from dialogs.core.image import refused_files, why_refused
from dialogs.core.message import Message
from dialogs.core.query import Flow
from dialogs.core.question import Question
from dialogs.core.refusal import catch_refusal
from dialogs.core.session import session_of
from dialogs.core.speaker import speaker_of
from dialogs.handoff.talking import talk

Answering = Callable[[Event, Content], Flow]


def attached(event: Event, content: Content, answering: Answering) -> Flow:
    """Handle a message with attachments.

    In a conversation with a colleague everything goes there. Else the text is answered; its card keeps the images for
    a handoff. Images without a question get a separate card.
    """
    if event.scope is Scope.PERSONAL:
        session = yield from session_of(event.person_id, event.at)
        if session.talking_in:
            return (yield from talk(event, content, session))
    speaker = yield from speaker_of(event, content)
    refusal = why_refused(speaker.texts, event.said.attachments)
    refused = _say(event, "refused", Message(text=refusal)) + refused_files(event) if refusal else NOTHING
    taken = tuple(attachment for attachment in event.said.attachments if attachment.refused is None)
    answer = NOTHING
    if event.said.utterance.strip():
        # A refused command must not swallow the card of the images.
        answer = yield from catch_refusal(
            answering(replace(event, what=replace(event.said, attachments=taken)), content)
        )
    # The card of a stored question keeps the images for a hand-off; they need no second card.
    carried = any(isinstance(write, Put) and isinstance(write.record, Question) for write in answer.writes)
    if not taken or carried:
        return answer + refused
    uses = (yield from offers(speaker.texts, event.person_id, taken[0].id, event.at)) if len(taken) == 1 else ()
    return (
        answer
        + refused
        + _say(event, "image", cards.image_unread(speaker.texts, [attachment.id for attachment in taken], uses))
    )


def _say(event: Event, place: str, message: Message) -> Decision:
    return do(Reply(slot=f"ask/{event.id}/{place}", message=message))
