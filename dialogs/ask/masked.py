"""Notes below a reply: on masked numbers, passwords and people in a message, and on what of it was not read."""

from typing import Final

from dialogs.ask.cards import masking
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Decision, Reply, do
from dialogs.core.event import Event, Scope
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Flow, find
from dialogs.core.session import session_of
from dialogs.core.texts import Texts
from knowledge.article.article import Language
from knowledge.language.concerns import Concern, concerns_in
from knowledge.language.emergency import emergency_in
from knowledge.language.excerpt import FIRST, LAST, is_too_long

# A name alone may be that of a colleague.
_WARNED: Final = (Concern.PASSWORD, Concern.BAD_IDENTITY_NUMBER, Concern.HEALTH, Concern.PUPIL)


def told_what_was_masked(event: Event, texts: Texts) -> Decision:
    """Return the message about the masked numbers of a typed message, if it had any."""
    secrets = event.said.utterance.found
    return do(Reply(slot=f"ask/{event.id}/masked", message=masking(texts, secrets))) if secrets else NOTHING


def told_what_is_private(event: Event, content: Content) -> Flow:
    """Return the advice about a password, a patient or a pupil in a message, if it has any."""
    concerns = concerns_in(event.said.utterance) if emergency_in(event.said.utterance) is None else ()
    warned = next((concern for concern in _WARNED if concern in concerns), None)
    if warned is None or event.scope is not Scope.PERSONAL:
        return NOTHING
    person = yield from find(Person, event.person_id)
    session = yield from session_of(event.person_id, event.at)
    usual = person.language if person is not None else Language.NB
    texts = content.texts[usual if person is not None and person.language_chosen else session.heard or usual]
    message = Message(text=texts(f"ask.private.{warned}"), language=texts.language)
    return do(Reply(slot=f"ask/{event.id}/warned", message=message))


def told_what_was_unread(event: Event, content: Content, replied: Decision) -> Decision:
    """Return that the middle of a long message was not read for the reply, in the language of the reply."""
    if not is_too_long(event.said.utterance):
        return NOTHING
    messages = (
        effect.message for effect in replied.effects if isinstance(effect, Reply) and effect.message is not None
    )
    texts = content.texts[next((message.language for message in messages if message.language), Language.NB)]
    line = texts("ask.middle_unread", first=FIRST, last=LAST)
    return do(Reply(slot=f"ask/{event.id}/unread", message=Message(text=line, language=texts.language)))
