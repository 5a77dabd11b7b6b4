"""Language of a decision's messages."""

from dataclasses import replace

from bot.records.query_answering import FlowRun
from dialogs.core.decision import Decision, Effect, Post, Put, Reply
from dialogs.core.message import Message
from dialogs.core.person import Person
from knowledge.article.article import Language


def in_readers_language(decision: Decision, reading: FlowRun, actor_id: str) -> Decision:
    """Return the decision with a language for every message that has none: its reader's, as the flow knew it.

    Flows write in the reader's language. A reader unknown to the flow leaves the language open.
    """
    written = [write.record for write in decision.writes if isinstance(write, Put)]
    people = {record.id: record for record in written if isinstance(record, Person)}

    def language_of(person_id: str) -> Language | None:
        person = people.get(person_id) or reading.seen(Person, person_id)
        return person.language if person is not None else None

    def spoken(effect: Effect) -> Effect:
        if not isinstance(effect, Reply | Post) or effect.message is None or effect.message.language is not None:
            return effect
        reader = actor_id if isinstance(effect, Reply) else effect.to
        return replace(effect, message=_in(effect.message, language_of(reader)))

    return replace(decision, effects=tuple(spoken(effect) for effect in decision.effects))


def _in(message: Message, language: Language | None) -> Message:
    return message if language is None else replace(message, language=language)
