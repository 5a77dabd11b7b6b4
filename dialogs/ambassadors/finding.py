"""The nearest ambassadors of a person or of a place that a question names, with the reasons for them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz

from dialogs.availability.registry import registry_of, state_at
from dialogs.availability.topic import topic_names
from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.event import Event
from dialogs.core.feature import Readers
from dialogs.core.message import Message
from dialogs.core.names import name_for
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, find
from dialogs.core.session import Topic, TopicKind, keep_topic
from dialogs.core.speaker import answer, speaker_of
from dialogs.core.texts import Texts
from dialogs.handoff.views import unit_name
from dialogs.profile.cards import place_card
from knowledge.article.article import Language
from knowledge.language.lexicon.known import is_known
from knowledge.language.masking import cut
from knowledge.language.text import clean, fold, words
from knowledge.organisation.nearest import Asker, Ranked, Reason, Why
from knowledge.organisation.unit import Unit

# The unit or municipality that a question about ambassadors names.

PLACE: Final = "place"
"""Card data: the id of a unit, which may be a municipality."""
UNKNOWN: Final = "unknown_place"
"""Card data: words for a place that is no unit."""
LONGEST_PLACE: Final = 60
# Similarity in percent of two words: "langtidsavdelingen" and "langtidsavdeling".
_ALIKE: Final = 88
_LONG: Final = 6
_MUNICIPALITY: Final = frozenset(map(fold, ["kommune", "kommunen", "kommuna", "municipality", "the", "of"]))
# "Skolen" of the unit called "Skole".
_ENDINGS: Final = ("n", "en", "et", "a")
# Between the parts of a name: "Vann og avløp".
_SMALL: Final = frozenset(map(fold, ["og", "and", "ved", "at", "i", "in", "på"]))
# Not "I": "which ambassador do I belong to".
_AFTER: Final = re.compile(r"\b(?:[Pp]å|i|[Vv]ed|[Hh]os|[Hh]jå|[Aa]t|[Ii]n)\s+(?P<place>.+)$")
# "På skolen min", "i kommunen", "in our department": the writer's own workplace; or a topic instead of a place.
_OWN: Final = frozenset(
    map(
        fold,
        [
            *("min", "mi", "mitt", "mine", "vår", "vårt", "våre", "oss", "meg", "deg", "her", "nå", "no", "dag"),
            *("jobb", "jobben", "kommunen", "kommuna", "avdeling", "avdelingen", "avdelinga", "enheten", "eining"),
            *("eininga", "nærheten", "nærleiken", "team", "teamet", "my", "our", "us", "me", "here", "now", "today"),
            *("work", "municipality", "department", "unit", "office", "heia", "word", "excel", "outlook"),
            *("onedrive", "sharepoint", "citrix"),
        ],
    )
)


@dataclass(frozen=True)
class _Said:
    """The words of a message, and which parts of names they hold: units share most of theirs."""

    words: tuple[str, ...]
    _found: dict[str, bool] = field(default_factory=dict)

    def has(self, part: str) -> bool:
        known = self._found.get(part)
        if known is None:
            known = self._found[part] = any(_alike(part, word) for word in self.words)
        return known


def read_place(utterance: str, content: Content, municipality_id: str | None) -> Mapping[str, str]:
    """Return the unit that the words name, preferably of one municipality, or the words for one that is not known."""
    said = _Said(words=tuple(fold(word) for word in words(clean(utterance))))
    named = [id_ for id_ in content.organisation.municipalities if _names_municipality(content, id_, said)]
    places = [*named, *({municipality_id} - {*named, None}), *content.organisation.municipalities]
    asked_unit = next((unit for id_ in places if id_ and (unit := _unit_among(content, id_, said)) is not None), None)
    if asked_unit is not None and (not named or asked_unit.municipality_id in named):
        return {PLACE: asked_unit.id}
    if named:
        return {PLACE: named[0]}
    after = _AFTER.search(utterance.strip(" ?!."))
    place = " ".join(after["place"].split()) if after else ""
    own = not _OWN.isdisjoint(fold(word) for word in words(clean(place)))
    return {} if own or not place else {UNKNOWN: place[:LONGEST_PLACE]}


def _names_municipality(content: Content, id_: str, said: "_Said") -> bool:
    names = content.organisation.municipalities[id_].names
    return any(_letters(_parts(names.text(language)) - _MUNICIPALITY, said) for language in Language)


def _unit_among(content: Content, municipality_id: str, said: "_Said") -> Unit | None:
    """Return the unit with the longest name among the words, else the uppermost with a proper name from them."""
    units = content.organisation.units(municipality_id)[1:]
    names = {unit.id: {_parts(unit.names.text(language)) for language in Language} for unit in units}
    whole = max(((_most(names[unit.id], said), -n) for n, unit in enumerate(units)), default=(0, 0))
    if whole[0]:
        return units[-whole[1]]
    proper = {word for word in said.words if len(word) >= _LONG and not is_known(word)}
    return next((unit for unit in units if any(proper & parts for parts in names[unit.id])), None)


def _most(names: Iterable[frozenset[str]], said: "_Said") -> int:
    return max((_letters(parts, said) for parts in names), default=0)


def _letters(parts: frozenset[str], said: "_Said") -> int:
    """Return the letters of a name if the words hold all its parts, else 0."""
    if not parts or not all(map(said.has, parts)):
        return 0
    return sum(map(len, parts))


def _alike(part: str, word: str) -> bool:
    if part == word or word in {f"{part}{ending}" for ending in _ENDINGS}:
        return True
    return min(len(part), len(word)) >= _LONG and fuzz.ratio(part, word) >= _ALIKE


@lru_cache(maxsize=50_000)
def _parts(name: str) -> frozenset[str]:
    return frozenset(fold(word) for word in words(clean(name))) - _SMALL


MINE: Final = "ambassador.mine"
SHOWN = 3
# Relative to the person, so wrong about another unit.
_ABOUT_PLACE: Final = frozenset({Reason.SAME_UNIT, Reason.SAME_DEPARTMENT, Reason.SAME_SITE, Reason.SAME_MUNICIPALITY})
READERS: Final[Readers] = {MINE: read_place}


def show_nearest(event: Event, content: Content) -> Flow:
    """Show the ambassadors of the person's own municipality that are nearest to the person, or to a named unit."""
    speaker = yield from speaker_of(event, content)
    person, texts = speaker.person, speaker.texts
    place, note = _place(event, content, person, texts)
    if person.municipality_id is None or (person.unit_id is None and place is None):
        asked = {name: value for name in (PLACE, UNKNOWN) if (value := event.pressed.text(name))}
        card_ = place_card(content, texts, person=person, then_verb=MINE, then_data=asked)
        return answer(event, "profile", card_, texts)
    registry = yield from registry_of(person.municipality_id, content)
    asker = Asker(
        person_id=person.id,
        municipality_id=person.municipality_id,
        unit_id=place.id if place is not None else str(person.unit_id),
        language=person.language,
    )
    # More than shown: the ranking also contains ambassadors of sharing municipalities.
    ranked = registry.nearest(asker, content, event.at, free_only=False, limit=SHOWN * 5)
    nearest = [candidate for candidate in ranked if candidate.ambassador.municipality_id == person.municipality_id][
        :SHOWN
    ]
    message = yield from _card(content, person, texts, nearest, at=event.at, place=place, note=note)
    topic = Topic(kind=TopicKind.AMBASSADORS, offered=place.id if place is not None else "")
    return (yield from keep_topic(event, topic)) + answer(event, "ambassador/mine", message, texts)


def _place(event: Event, content: Content, person: Person, texts: Texts) -> tuple[Unit | None, str]:
    """Return the unit asked about, if the person may see its ambassadors, and a note if it is not shown."""
    unknown = cut(event.pressed.text(UNKNOWN), LONGEST_PLACE)
    named = content.organisation.find_unit(event.pressed.text(PLACE))
    if named is None:
        return None, texts("ambassador.mine.unknown_place", place=card.unmarked(unknown)) if unknown else ""
    # Only of the own municipality: the id comes from the client.
    if person.municipality_id is not None and named.municipality_id != person.municipality_id:
        municipality = content.organisation.municipalities[named.municipality_id].names.text(texts.language)
        return None, texts("ambassador.mine.elsewhere", municipality=municipality)
    return named, ""


def why(viewer: Person, texts: Texts, reasons: tuple[Why, ...]) -> Asking[str]:
    """Return the reasons as one sentence for ``viewer``."""
    parts: list[str] = []
    for reason in reasons:
        match reason.reason:
            case Reason.KNOWS:
                about = topic_names(texts, reason.subjects)
            case Reason.SPEAKS:
                about = texts(f"ambassador.language.{reason.subjects[0]}")
            case Reason.STANDS_IN:
                absent = yield from find(Person, reason.subjects[0])
                about = name_for(viewer, absent, texts)
            case _:
                about = ""
        parts.append(texts(f"ambassador.why.{reason.reason}", what=about, number=reason.number))
    line = ", ".join(parts)
    return f"{line[:1].upper()}{line[1:]}." if line else ""


def _card(
    content: Content,
    viewer: Person,
    texts: Texts,
    nearest: list[Ranked],
    *,
    at: datetime,
    place: Unit | None,
    note: str,
) -> Asking[Message]:
    if not nearest:
        if viewer.is_guest:
            return Message.plain(texts("ambassador.mine.none_for_guests"))
        none = texts("ambassador.mine.none")
        apply = card.press(texts("ambassador.apply.open"), "ambassador.apply")
        return Message.plain(none, [apply])
    title = texts("ambassador.mine.title")
    if place is not None:
        title = texts("ambassador.mine.title_of", place=card.unmarked(place.names.text(texts.language)))
    body: list[card.Element] = [card.heading(title), *([card.paragraph(note)] if note else ())]
    lines = [*([note] if note else ()), title]
    for candidate in nearest:
        person: Person | None = yield from find(Person, candidate.ambassador.person_id)
        name = (
            name_for(viewer, person, texts) if person or viewer.is_guest else card.unmarked(candidate.ambassador.name)
        )
        name = f"{name[:1].upper()}{name[1:]}"
        unit = unit_name(content, candidate.ambassador.unit_id, texts) or texts("handoff.the_municipality")
        state = state_at(texts, candidate.availability, candidate.ambassador, content, at)
        shown = (
            candidate.why
            if place is None
            else tuple(reason for reason in candidate.why if reason.reason not in _ABOUT_PLACE)
        )
        reasons = yield from why(viewer, texts, shown)
        knows = topic_names(texts, candidate.ambassador.topics)
        facts = [(texts("ambassador.mine.now"), state)]
        if knows:
            facts.append((texts("ambassador.mine.knows"), knows))
        body += [card.paragraph(f"**{name}**, {unit}"), card.facts(facts), *([card.small(reasons)] if reasons else ())]
        lines.append(f"- {name}, {unit}. {state}. {reasons}".rstrip())
    if viewer.is_guest:
        lines.append(texts("ambassador.mine.guest"))
        body.append(card.small(lines[-1]))
    return Message(
        text="\n".join(lines),
        card=card.card(body, [card.press(texts("ambassador.mine.ask"), "handoff.start", primary=True)]),
    )
