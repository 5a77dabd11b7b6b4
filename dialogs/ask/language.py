"""The language of an answer, and when a person's own language changes."""

from dataclasses import replace
from typing import Any, Final

from dialogs.ask.readings import Meaning
from dialogs.core.decision import Decision, Put, Reply
from dialogs.core.event import Event
from dialogs.core.person import Person
from dialogs.core.query import Flow, find
from dialogs.core.session import session_of, with_fields
from dialogs.profile.flow import CHOOSE_LANGUAGE, named_language
from knowledge.article.article import Language
from knowledge.language.identify import identify, language_evidence, written_variety
from knowledge.language.smalltalk import small_talk_languages
from knowledge.language.text import clean, words

# Words from which English, or Norwegian after English, is clear: "citrix treg" is too short.
ENOUGH_WORDS: Final = 3
# Words of a first message that is enough by itself, because nothing else is known of the person yet.
MANY_WORDS: Final = 6
# Lead of English over Norwegian, or the reverse: a function word, or two words of one dictionary alone.
LEAD: Final = 1.0
# Lead of English where no Norwegian was heard, with at least twice the evidence of Norwegian: "printer jam again".
GUESSED_LEAD: Final = 0.5
# Lead for each of the words that are read: a pasted log or table has little of any language.
LEAST_SHARE: Final = 0.15
READ: Final = 50


def clear_language(utterance: str, usual: Language) -> Language | None:
    """Return the language that an utterance clearly has, seen from the usual one; None if it could be several.

    A form of one Norwegian variety alone is enough.
    """
    text = clean(utterance)
    long = len(words(text)) >= ENOUGH_WORDS
    if identify(text) == Language.EN:
        return Language.EN if long and _leads(text) else None
    variety = written_variety(text)
    if variety is not None:
        return Language(variety)
    return Language.NB if usual is Language.EN and long and _leads(text) else None


def answer_language(utterance: str, *, usual: Language, heard: Language | None) -> Language:
    """Return the language of the answer to an utterance of a person without a chosen language.

    Args:
        usual: the person's language.
        heard: of the person's last clear message.
    """
    spoken = heard or usual
    clear = clear_language(utterance, spoken)
    if clear is not None:
        return clear
    # "Shared mailbox" is English where no Norwegian was heard; Norwegians say it, too.
    return Language.EN if heard in (None, Language.EN) and _may_be_english(clean(utterance)) else spoken


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
    """Run the flow of a typed command in the language of the message.

    The session keeps a clear language, for the replies to the next messages.
    """
    person = yield from find(Person, event.person_id)
    if person is None or person.language_chosen:
        return (yield from flow)
    session = yield from session_of(event.person_id, event.at)
    spoken = answer_language(event.said.utterance, usual=person.language, heard=session.heard)
    decision = yield from speaking_as(person, spoken, flow)
    clear = clear_language(event.said.utterance, session.heard or person.language)
    return decision if clear in (None, session.heard) else with_fields(decision, session, heard=clear)


def language_wished(meaning: Meaning) -> Language | None:
    """Return the language that one of several questions asks for: "byt til nynorsk, og når kjem Teams"."""
    wishes = (part for part in meaning.parts if part.action is not None and part.action.verb == CHOOSE_LANGUAGE)
    return next(filter(None, (named_language(part.match.utterance) for part in wishes)), None)


def speaking_as(person: Person | None, language: Language, flow: Flow) -> Flow:
    """Run a flow in the language of an answer."""
    return flow if person is None or person.language is language else in_language(flow, person, language)


def in_this_language(decision: Decision, language: Language) -> Decision:
    """Return the decision with the language of every reply that has none."""
    effects = tuple(
        replace(effect, message=replace(effect.message, language=language))
        if isinstance(effect, Reply) and effect.message.language is None
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
        if isinstance(answer, Person) and answer.id == person.id:
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


def _may_be_english(text: str) -> bool:
    """Return whether two words or more are English, and no name such as "Obsidian Sync"."""
    weight = language_evidence(text)
    norwegian = weight["nb"] + weight["nn"]
    leads = _leads(text) or (weight["en"] >= 2 * norwegian and _leads(text, GUESSED_LEAD))
    return len(words(text)) > 1 and weight["en"] > norwegian and leads and not text.istitle()


def _leads(text: str, least: float = LEAD) -> bool:
    """Return whether English leads enough over Norwegian, or the reverse."""
    weight = language_evidence(text)
    lead = abs(weight["en"] - weight["nb"] - weight["nn"])
    return lead >= max(least, LEAST_SHARE * min(len(words(text)), READ))
