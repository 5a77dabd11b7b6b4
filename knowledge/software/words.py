"""Words of names and purposes: keys of names, and one meaning for all forms, synonyms and translations of a word."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

import Stemmer

from knowledge.language.lexicon.bokmaal import in_bokmaal
from knowledge.language.lexicon.known import is_known, speakers
from knowledge.language.lexicon.spelling import MEANING
from knowledge.language.lexicon.tables import entries, lines
from knowledge.language.text import clean, fold, words

# Maximum words of a request that are read.
MAX_WORDS: Final = 40
_SIGNS: Final = str.maketrans({"+": " plus ", "#": " sharp ", "&": " og ", "°": " ", "·": " ", "μ": "u", "µ": "u"})
_PLUS: Final = frozenset({"pluss"})
# Endings that turn a verb into a noun: "redigering", "avlesning", "oversettelse".
_NOUN_ENDINGS: Final = ("ing", "ning", "else", "nad")
_SHORTEST_STEM: Final = 3
_SHORTEST_HEAD: Final = 4
# Letters of a compound, and minimum letters of each of its parts.
_COMPOUND: Final = 7
_LONGEST_COMPOUND: Final = 60
_PART: Final = 3
_SOUNDS: Final = (
    ("ph", "f"), ("sch", "sk"), ("ch", "k"), ("ck", "k"), ("qu", "kv"), ("wh", "v"), ("w", "v"), ("x", "ks"),
    ("z", "s"), ("c", "k"), ("q", "k"), ("th", "t"), ("y", "i"),
)  # fmt: skip
_ENGLISH: Final = Stemmer.Stemmer("english")
_NORWEGIAN: Final = Stemmer.Stemmer("norwegian")
# Words of a request that say nothing about a program.
_FRAME: Final = frozenset(word for line in lines("request_frame.txt") for word in line.split())
# The same, folded as words of names are.
FRAME: Final = frozenset(map(fold, _FRAME))


_PUPILS: Final = frozenset(
    (
        *("elev", "elever", "elevene", "elevar", "elevane", "elevan", "barna", "ungene", "ungane", "ungan"),
        *("klasse", "klassen", "klassa", "trinn", "trinnet"),
        *("pupil", "pupils", "student", "students", "children", "kids", "class", "grade"),
    )
)


def is_about_pupils(text: str) -> bool:
    """Return whether a request is about the use by pupils."""
    return not _PUPILS.isdisjoint(words(clean(text)))


def name_words(text: str) -> list[str]:
    """Return the folded words of a name or a request: "Notepad++" is ``notepad plus plus``."""
    return list(_folded_words(text)[:MAX_WORDS])


@lru_cache(maxsize=10_000)
def name_line(text: str) -> str:
    """Return all folded words of a text with a blank on both sides of each: a name stands in it as it does there."""
    return f" {' '.join(_folded_words(text))} "


# One turn asks for the same message several times.
@lru_cache(maxsize=16)
def _folded_words(text: str) -> tuple[str, ...]:
    spoken = words(clean(text.translate(_SIGNS)))
    parts = (part for word in spoken for part in re.split(r"[-.'’]", word) if part)
    return tuple("plus" if part in _PLUS else fold(part) for part in parts)


def name_key(text: str) -> str:
    """Return a name without case, accents, blanks and punctuation: ``7-Zip`` and ``7 zip`` are equal."""
    return "".join(name_words(text))


def content_words(text: str) -> list[str]:
    """Return the words of a request or a purpose without its frame, as they are written, in lower case."""
    spoken = words(clean(text.translate(_SIGNS)))
    parts = (part for word in spoken for part in re.split(r"[-.'’]", word) if part)
    return [part for part in parts if part not in _FRAME][:MAX_WORDS]


def meanings(text: str, vocabulary: frozenset[str] = frozenset()) -> Mapping[str, bool]:
    """Return the meanings of the content words; with True those of a part of a compound only.

    Args:
        vocabulary: meanings of the index, which parts of compounds may have.
    """
    spoken = content_words(text)
    pairs = (f"{first}-{second}" for first, second in pairwise(spoken))
    by_meaning = dict.fromkeys((_HEADS[pair] for pair in pairs if pair in _HEADS), False)
    for word in spoken:
        parts = parts_of(word, vocabulary)
        whole = meaning(word)
        # A compound that no purpose has says no more than its parts.
        if not parts or whole in vocabulary:
            by_meaning[whole] = False
        for part in parts:
            by_meaning.setdefault(part, True)
    return by_meaning


@lru_cache(maxsize=50_000)
def meaning(word: str) -> str:
    """Return one word for all forms, synonyms and translations of a lower-case word."""
    spoken = word if speakers(word) == {"en"} else in_bokmaal(word)
    for form in (word, spoken):
        head = _HEADS.get(form) or _HEADS_BY_STEM.get(stem_of(form))
        if head is not None:
            return head
    stem = stem_of(spoken)
    shared = MEANING.get(spoken)
    if shared is not None:
        return _HEADS.get(shared) or _HEADS_BY_STEM.get(stem_of(shared)) or f"={fold(shared)}"
    return stem


@lru_cache(maxsize=50_000)
def stem_of(word: str) -> str:
    """Return the folded stem of a lower-case word; nouns of verbs have the verb's stem."""
    if speakers(word) == {"en"}:
        return str(_ENGLISH.stemWord(fold(word)))
    stem = str(_NORWEGIAN.stemWord(word))
    bare = [stem.removesuffix(ending) for ending in _NOUN_ENDINGS if stem.endswith(ending)]
    long = [bare_stem for bare_stem in bare if len(bare_stem) >= _SHORTEST_STEM]
    # "tegning" is of "tegne", and "avlesning" of "avlese".
    return fold(next((bare_stem for bare_stem in long if is_known(f"{bare_stem}e")), min([stem, *long], key=len)))


def parts_of(word: str, vocabulary: frozenset[str]) -> tuple[str, ...]:
    """Return the meanings of the two parts of a compound, empty if it is none."""
    if not _COMPOUND <= len(word) <= _LONGEST_COMPOUND:
        return ()
    for at in range(len(word) - _PART, _PART - 1, -1):
        last = word[at:]
        for glue in ("", "s", "e"):
            first = word[:at]
            if glue and not first.endswith(glue):
                continue
            first = first.removesuffix(glue) if glue else first
            parts = [part for part in (first, last) if part not in _FRAME and meaning(part) in vocabulary]
            if parts and _is_part(first) and _is_part(last):
                return tuple(map(meaning, parts))
    return ()


def _is_part(word: str) -> bool:
    return len(word) >= _PART and (is_known(word) or word in _HEADS)


@lru_cache(maxsize=50_000)
def sound_of(key: str) -> str:
    """Return a key of a name as it sounds, so that "fotoshop" and "photoshop" are equal."""
    for written, spoken in _SOUNDS:
        key = key.replace(written, spoken)
    return re.sub(r"(.)\1+", r"\1", key)


def _meaning_table() -> dict[str, str]:
    heads: dict[str, str] = {}
    for head, others in entries("purposes.txt"):
        for word in (head, *others):
            heads.setdefault(word, head)
    return heads


def _by_stem(heads: dict[str, str]) -> dict[str, str]:
    by_stem: dict[str, str] = {}
    for word, head in heads.items():
        # Short stems are of too many words: "timen" is none of "timer".
        if "-" not in word and len(stem_of(word)) >= _SHORTEST_HEAD:
            by_stem.setdefault(stem_of(word), head)
    return by_stem


# Word, or two words with a hyphen between → the word for its meaning.
_HEADS: Final = _meaning_table()
_HEADS_BY_STEM: Final = _by_stem(_HEADS)


def windows(spoken: Sequence[str], longest: int) -> Iterable[tuple[int, int]]:
    """Yield start and end of all runs of at most ``longest`` words, longest first."""
    for size in range(min(longest, len(spoken)), 0, -1):
        for start in range(len(spoken) - size + 1):
            yield start, start + size
