"""The unit or municipality that a question about ambassadors names."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz

from dialogs.core.content import Content
from knowledge.article.article import Language
from knowledge.language.lexicon.known import is_known
from knowledge.language.text import clean, fold, words
from knowledge.organisation.unit import Unit

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
