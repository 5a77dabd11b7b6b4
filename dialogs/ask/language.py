"""The language of an answer, and when a person's own language changes."""

from dataclasses import replace
from typing import Any, Final

from dialogs.core.decision import Decision, Put, Reply
from dialogs.core.event import Event
from dialogs.core.person import Person
from dialogs.core.query import Flow, Get, find
from dialogs.core.session import session_of
from knowledge.article.article import Language
from knowledge.language.identify import favours_one_variety, identify, language_evidence
from knowledge.language.smalltalk import small_talk_languages
from knowledge.language.text import clean, words

# "Teams" and "citrix treg" are too short, and many phrases are the same in Bokmål and Nynorsk.
ENOUGH_WORDS: Final = 3
# Words of a first message that is enough by itself, because nothing else is known of the person yet.
MANY_WORDS: Final = 6
# Lead of English over Norwegian, or the reverse: a function word, or two words of one dictionary alone.
LEAD: Final = 1.0
# Lead for each of the words that are read: a pasted log or table has little of any language.
LEAST_SHARE: Final = 0.2
READ: Final = 50


def clear_language(utterance: str, usual: Language) -> Language | None:
    """Return the language that an utterance clearly has, seen from the usual one; None if it is short or could be both.

    Norwegian that could be both varieties has the usual one.
    """
    text = clean(utterance)
    if len(words(text)) < ENOUGH_WORDS:
        return None
    identified = Language.from_code(identify(text))
    if Language.EN in (identified, usual):
        return identified if _leads(text) else None
    return identified if favours_one_variety(text) else None


def answer_language(utterance: str, *, usual: Language, heard: Language | None) -> Language:
    """Return the language of the answer to an utterance of a person without a chosen language.

    Args:
        usual: the person's language.
        heard: of the person's last clear message.
    """
    clear = clear_language(utterance, usual)
    if clear is not None:
        return clear
    text = clean(utterance)
    # "Shared mailbox" is English where no Norwegian was heard; Norwegians say it, too.
    if len(words(text)) > 1 and heard in (None, Language.EN) and identify(text) == Language.EN and _leads(text):
        return Language.EN
    # Before a person's first clear message, the usual language is a guess.
    identified = Language.from_code(identify(text))
    guessed = heard is None and Language.EN not in (identified, usual) and len(words(text)) >= ENOUGH_WORDS
    return identified if guessed and favours_one_variety(text, clearly=False) else usual


def small_talk_language(utterance: str, language: Language) -> Language:
    """Return the language of the reply to small talk: its own where it has one, else ``language``."""
    spoken = small_talk_languages(clean(utterance))
    if not spoken or language in spoken:
        return language
    identified = Language.from_code(identify(clean(utterance)))
    return identified if identified in spoken else next(candidate for candidate in Language if candidate in spoken)


def changes_language(utterance: str, *, clear: Language, usual: Language, heard: Language | None) -> bool:
    """Return whether a clear message changes the person's language: the second in a row, or a long first one."""
    if clear is usual:
        return False
    return heard is clear or (heard is None and len(words(clean(utterance))) >= MANY_WORDS)


def speaking(event: Event, flow: Flow) -> Flow:
    """Run the flow of a typed command in the language of the message."""
    person = yield from find(Person, event.person_id)
    if person is None or person.language_chosen:
        return (yield from flow)
    session = yield from session_of(event.person_id, event.at)
    spoken = answer_language(event.said.utterance, usual=person.language, heard=session.heard)
    return (yield from (flow if spoken is person.language else in_language(flow, person, spoken)))


def in_this_language(decision: Decision, language: Language) -> Decision:
    """Return the decision with the language of every reply that has none."""
    effects = tuple(
        replace(effect, message=replace(effect.message, language=language))
        if isinstance(effect, Reply) and effect.message is not None and effect.message.language is None
        else effect
        for effect in decision.effects
    )
    return replace(decision, effects=effects)


def in_language(flow: Flow, person: Person, language: Language) -> Flow:
    """Run a flow as if the person read ``language``, and leave the stored language alone."""
    answer: Any = None
    while True:
        try:
            query = flow.send(answer)
        except StopIteration as stop:
            decided: Decision = stop.value
            break
        answer = yield query
        if isinstance(query, Get) and isinstance(answer, Person) and answer.id == person.id:
            answer = replace(answer, language=language)
    writes = tuple(
        Put(record=replace(write.record, language=person.language))
        if isinstance(write, Put)
        and isinstance(write.record, Person)
        and write.record.id == person.id
        and not write.record.language_chosen
        else write
        for write in decided.writes
    )
    return in_this_language(replace(decided, writes=writes), language)


def _leads(text: str) -> bool:
    """Return whether English leads enough over Norwegian, or the reverse."""
    weight = language_evidence(text)
    lead = abs(weight["en"] - weight["nb"] - weight["nn"])
    return lead >= max(LEAD, LEAST_SHARE * min(len(words(text)), READ))
