"""The numbers to call in an emergency: below what goes to a colleague, and again after "ja"."""

from dialogs.ask.meaning import alarmed, meaning_of
from dialogs.ask.own_answer import own_question, presser
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Decision, Reply, do
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.query import Flow, match
from dialogs.core.speaker import speaker_of
from dialogs.core.texts import Texts
from knowledge.article.action import Action
from knowledge.language.emergency import emergency_in


def show_numbers(event: Event, content: Content) -> Flow:
    """Show what to do if words that go to a colleague are about an emergency; that colleague may not read them soon."""
    matched = alarmed((yield from match(event.said.utterance)), event.said.utterance, content)
    action = meaning_of(matched, content).action
    # In a conversation a remote resemblance is no emergency: it must be the likeliest entry.
    if action is None or not action.urgent or matched.candidates[0].article_id != action.id:
        return NOTHING
    speaker = yield from speaker_of(event, content)
    return _reply(event, speaker.texts, action)


def repeat_numbers(event: Event, content: Content) -> Flow:
    """Show it again, after "ja" to it."""
    question = yield from own_question(event)
    asker = yield from presser(event, content, question)
    action = content.actions.get(question.candidates[0]) if question is not None and question.candidates else None
    if question is None or action is None:
        return NOTHING
    return _reply(event, asker.texts, action.for_emergency(emergency_in(question.utterance)))


def _reply(event: Event, texts: Texts, action: Action) -> Decision:
    line = action.reply(texts.language) or action.title(texts.language)
    message = Message.plain(line, language=texts.language)
    return do(Reply(slot=f"ask/{event.id}", message=message))
