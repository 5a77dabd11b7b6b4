"""Flows of the profile: view it, change it, and read which language is wished."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from dialogs.announce.deliver.late_recipients import posts_for_changed_person
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Audit, Decision, Notice, do, put
from dialogs.core.event import Event
from dialogs.core.feature import Feature, Readers, Verbs
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Flow
from dialogs.core.review import Exempt, ReviewGround
from dialogs.core.speaker import Speaker, answer, speaker_of
from dialogs.profile import cards
from dialogs.profile.place import Choice, NextAction, choice_of
from knowledge.article.article import Language
from knowledge.language.identify import identify
from knowledge.language.masking import cut
from knowledge.language.text import clean, fold, words

FOLLOW: Final = "follow"
LONGEST_WORDS: Final = 80


def show_profile(event: Event, content: Content) -> Flow:
    speaker = yield from speaker_of(event, content)
    return answer(event, "profile", cards.profile(content, speaker.texts, speaker.person), speaker.texts)


def choose_workplace(event: Event, content: Content) -> Flow:
    """Ask for the workplace, or show the profile if it is fixed."""
    speaker = yield from speaker_of(event, content)
    if speaker.person.left:
        return answer(event, "profile", cards.has_left(speaker.texts), speaker.texts)
    if choice_of(speaker.person, content.organisation) is Choice.NOTHING:
        return answer(event, "profile", cards.profile(content, speaker.texts, speaker.person), speaker.texts)
    next_action = NextAction.from_pressed(event.pressed)
    card = cards.place_card(
        content, speaker.texts, person=speaker.person, then_verb=next_action.verb, then_data=next_action.data
    )
    return answer(event, "profile", card, speaker.texts)


def municipality(event: Event, content: Content) -> Flow:
    """Set the municipality, which is possible once, and ask for the unit."""
    speaker = yield from speaker_of(event, content)
    person, chosen = speaker.person, event.pressed.text("municipality")
    if chosen not in {municipality.id for municipality in content.choosable(person)}:
        return do(Notice(text=speaker.texts("profile.municipality_needed")))
    if choice_of(person, content.organisation) is not Choice.MUNICIPALITY and person.municipality_id != chosen:
        return _refused(speaker, content, "profile.municipality", chosen)
    changed = NOTHING
    if person.municipality_id != chosen:
        person = replace(person, municipality_id=chosen, unit_id=None)
        changed = _changed(person, "profile.municipality", chosen)
        changed += yield from posts_for_changed_person(speaker.person, person, event, content)
    card = cards.unit_card(
        content, speaker.texts, chosen, chosen=person.unit_id, next_action=NextAction.from_pressed(event.pressed)
    )
    return changed + answer(event, "profile", card, speaker.texts)


def unit(event: Event, content: Content) -> Flow:
    """Set the unit within the person's municipality."""
    speaker = yield from speaker_of(event, content)
    person, chosen = speaker.person, content.organisation.find_unit(event.pressed.text("unit"))
    if chosen is None:
        return do(Notice(text=speaker.texts("profile.unit_needed")))
    refused = choice_of(person, content.organisation) is not Choice.UNIT and person.unit_id != chosen.id
    if refused or chosen.municipality_id != person.municipality_id:
        return _refused(speaker, content, "profile.unit", chosen.id)
    changed = NOTHING
    if person.unit_id != chosen.id:
        person = replace(person, unit_id=chosen.id)
        changed = _changed(person, "profile.unit", chosen.id)
        changed += yield from posts_for_changed_person(speaker.person, person, event, content)
    card = cards.placed(content, speaker.texts, person, next_action=NextAction.from_pressed(event.pressed))
    return changed + answer(event, "profile", card, speaker.texts)


def search_units(event: Event, content: Content) -> Flow:
    """Search units of the person's municipality by name."""
    speaker = yield from speaker_of(event, content)
    municipality_id = speaker.person.municipality_id
    if municipality_id not in content.organisation.municipalities:
        return do(Notice(text=speaker.texts("profile.municipality_needed")))
    if choice_of(speaker.person, content.organisation) is Choice.NOTHING:
        return do(Notice(text=speaker.texts("profile.from_registry")))
    words = cut(event.pressed.text("words"), LONGEST_WORDS)
    if not words:
        return do(Notice(text=speaker.texts("profile.search_needed")))
    next_action = NextAction.from_pressed(event.pressed)
    card = cards.found_units(content, speaker.texts, str(municipality_id), words=words, next_action=next_action)
    return answer(event, "profile", card, speaker.texts)


def language(event: Event, content: Content) -> Flow:
    """Ask for the language, or set it.

    ``follow`` makes it follow the language the person writes.
    """
    speaker = yield from speaker_of(event, content)
    chosen = event.pressed.text("language")
    if chosen == FOLLOW:
        person, news = replace(speaker.person, language_chosen=False), "profile.following_now"
    elif chosen in {language.value for language in Language}:
        person, news = replace(speaker.person, language=Language(chosen), language_chosen=True), "profile.language_now"
    else:
        return answer(event, "profile", cards.language(speaker.texts), speaker.texts)
    texts = content.texts[person.language]
    late_posts = yield from posts_for_changed_person(speaker.person, person, event, content)
    chosen_language = person.language if person.language_chosen else None
    if event.from_page:
        # A page says what changed on it; the chat follows.
        return put(person) + do(Notice(text=texts("profile.language_page"))) + late_posts
    message = cards.language_set(texts, news, chosen=chosen_language)
    return put(person) + answer(event, "profile", message, texts) + late_posts


def turn_alerts_off(event: Event, content: Content) -> Flow:
    """Send no e-mail any more when something waits."""
    speaker = yield from speaker_of(event, content)
    message = Message.plain(speaker.texts("alert.off.done"))
    return put(replace(speaker.person, mail_alerts=False)) + answer(event, "profile", message, speaker.texts)


def _changed(person: Person, act: str, subject: str) -> Decision:
    return put(person) + do(Audit(act=act, subject=subject, by=person.id, repeatable=True))


def _refused(speaker: Speaker, content: Content, act: str, subject: str) -> Decision:
    """Return the refusal, audited as a refused attempt."""
    fixed = choice_of(speaker.person, content.organisation) is Choice.NOTHING
    key = "profile.from_registry" if fixed else "profile.municipality_fixed"
    key = "profile.left" if speaker.person.left else key
    refusal = Audit(act=act, subject=subject, by=speaker.person.id, details=(("refused", "true"),), repeatable=True)
    return do(refusal, Notice(text=speaker.texts(key)))


CHOOSE_LANGUAGE: Final = "profile.language"
_NAMES: Final = {
    fold(word): language
    for language, names in {
        Language.NB: "bokmål norsk norwegian",
        Language.NN: "nynorsk",
        Language.EN: "engelsk english",
    }.items()
    for word in names.split()
}
# Not the name of one variety: the answer has the variety of the words.
_EITHER: Final = frozenset({fold("norsk"), fold("norwegian")})
_NO_WISH: Final = frozenset(map(fold, ["hvorfor", "kvifor", "koffor", "why"]))
_NOT: Final = frozenset(map(fold, ["ikke", "ikkje", "itj", "not", "don't", "dont", "never", "aldri"]))


def named_language(utterance: str) -> Language | None:
    """Return the only language that a request names: "svar på nynorsk", not "hvorfor svarer du på engelsk".

    A language after "ikke" is not wished for: "jeg skjønner ikke engelsk, bytt til norsk".
    """
    text = clean(utterance)
    said = [fold(word) for word in words(text)]
    wished, refused, denied = set[Language](), set[Language](), False
    for word in said:
        denied = denied or word in _NOT
        language = _NAMES.get(word)
        if language is not None:
            if word in _EITHER and identify(text) == Language.NN:
                language = Language.NN
            (refused if denied else wished).add(language)
            denied = False
    if not _NO_WISH.isdisjoint(said) or len(wished) > 1:
        return None
    if wished or not refused:
        return next(iter(wished), None)
    # "I don't understand Norwegian" asks for the language it is written in.
    written = Language.from_code(identify(text))
    return written if len(refused) == 1 and (written is Language.EN) is not (Language.EN in refused) else None


def read_language(utterance: str, _content: Content, _municipality_id: str | None) -> Mapping[str, str]:
    """Return the language that the words ask for, as data of its choice."""
    language = named_language(utterance)
    return {"language": language.value} if language is not None else {}


READERS: Final[Readers] = {CHOOSE_LANGUAGE: read_language}

VERBS: Final[Verbs] = {
    "profile.show": show_profile,
    "profile.place": choose_workplace,
    "profile.municipality": municipality,
    "profile.unit": unit,
    "profile.find": search_units,
    CHOOSE_LANGUAGE: language,
    "profile.alerts_off": turn_alerts_off,
}
FEATURE: Final = Feature(
    verbs=VERBS,
    answers=("profile",),
    open_until_removal=("profile.",),
    exempt={"profile.find": Exempt(ReviewGround.SEARCH)},
)
