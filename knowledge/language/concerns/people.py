"""Find people in a text: health and care, pupils, and third persons.

Colleagues in their role are excluded.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Final

from knowledge.language.concerns.tokens import MAX_PLACES, TokenizedText
from knowledge.language.lexicon.known import speakers

# Maximum number of tokens between a health word and the person.
HEALTH_FAR: Final = 25
MILD_FAR: Final = 5
MAX_NAMES: Final = 3
# Maximum number of tokens between a pupil and "he is called".
CALLED_FAR: Final = 12
SHORTEST_LOWER: Final = 3
_CLASS: Final = re.compile(
    r"\b(?:i|fra|frå|in|på|klasse)\s+(?:1[0-3]|[1-9])\s?[A-Ha-h]\b|\((?:1[0-3]|[1-9])\s?[A-Ha-h]\)"
    r"|\b(?:1[0-3]|[1-9])\.?\s?(?:trinn|klasse|klassen|trinnet)\b|\b(?:year|grade)\s\d{1,2}\b"
    r"|\bvg[123]\b|\b(?:1[0-3]|[1-9])\.?-?\s?klassing|\((?:1[0-8]|[1-9])(?: år)?\)|\b(?:1[0-7]|[1-9]) år\b"
)
# A pupil described by class: "elev i 10. klasse (han …)", "jenta i 3C som heter …", even with an unknown name.
_DESCRIBED: Final = re.compile(
    r"\b(?:elev|eleven|gutt|gutten|guten|jente|jenta|jenten)\s(?:i|på|fra|frå)\s(?:1[0-3]|[1-9])\.?\s?"
    r"(?:klasse|klassen|trinn|trinnet|[a-h]\b)\s?(?:\((?:han|hun|ho|hen)\b|som hei?ter\b)",
    re.IGNORECASE,
)
_CHILD_OF: Final = re.compile(r"\b(?:[Bb]arnet|[Bb]arna|[Uu]ngen) (?:til|åt) [A-ZÆØÅ][a-zæøå]+ [A-ZÆØÅ][a-zæøå]+")
_CLASS_LABEL: Final = re.compile(r"(?:1[0-3]|[1-9])[A-H]")
_TITLE: Final = re.compile(r"\b(?:Mr|Mrs|Ms|Hr|Fru|Herr)\.?\s+[A-ZÆØÅ][a-zæøå]+")
_BORN: Final = re.compile(r"\bf(?:\.|ødt)\s?(?:\d{1,2}\.\d{1,2}\.)?(?:19|20)\d\d")
_ADDRESS: Final = re.compile(r"[^\W_][\w.+-]{0,63}@[^\W_][\w.-]{2,80}")
# A Norwegian family name by its ending; it counts only after a first name.
_FAMILY: Final = re.compile(
    r"[^\W\d_]{2,20}(?:sen|sson|mann|stad|rud|berg|land|vik|nes|dahl?|seth?|heim|haug|moen|lund|hagen|eide|rød|gård|gaard"
    r"|vold|bakken|bråten)"
)
_CALLED: Final = frozenset({"heter", "heiter", "hete", "heite", "hette", "het"})
_AFTER_TOPIC: Final = frozenset({"om", "about", "for", "mot", "ved", "på", "kurs", "kurset", "tema", "med_tema"})


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """Token range of a person's name. ``full``: with a surname."""

    first: int
    last: int
    full: bool


def shows_health(tokenized: TokenizedText) -> bool:
    """Return whether a text mentions health or social care of a person, including its author."""
    grave, mild = tokenized.indexes_of("grave"), tokenized.indexes_of("mild")
    if not grave and not mild:
        return False
    names = [
        name.first
        for name in islice(names_in(tokenized, everywhere=bool(grave)), MAX_PLACES)
        if not _is_writer(tokenized, name)
    ]
    names += surnames_in(tokenized) if not names else []
    people, they = tokenized.indexes_of("person"), tokenized.indexes_of("they")
    subjects = subjects_in(tokenized)
    anyone = (*people, *they, *subjects, *tokenized.indexes_of("someone"))
    if any(_own(tokenized, index) for index in grave):
        return True
    for index in grave:
        about = names if _topic(tokenized, index) else (*names, *anyone)
        if any(abs(index - place) <= HEALTH_FAR for place in about):
            return True
    if any(abs(index - place) <= HEALTH_FAR for index in mild for place in names):
        return True
    if any(0 < index - place <= MILD_FAR for index in mild for place in (*they, *people)):
        return True
    if any(0 < index - place <= MILD_FAR for index in mild if not _topic(tokenized, index) for place in subjects):
        return True
    return len(mild) > 1 and any(abs(mild[0] - place) <= HEALTH_FAR for place in (*they, *people))


def shows_pupil(tokenized: TokenizedText) -> bool:
    """Return whether a text names a pupil or a child in a kindergarten."""
    if _DESCRIBED.search(tokenized.text) or _CHILD_OF.search(tokenized.text):
        return True
    classes = [match.start() for match in islice(_CLASS.finditer(tokenized.text), MAX_PLACES)]
    for name in islice(names_in(tokenized, everywhere=True), MAX_PLACES):
        if tokenized.near("staff", name.first, before=1, after=0):
            continue
        if tokenized.near("self", name.first, before=2, after=0):
            if _is_called_pupil(tokenized, name):
                return True
            continue
        if tokenized.near("pupil", name.first, before=6, after=6 + name.last - name.first):
            return True
        if name.full and _has_class_label(tokenized, name.last + 1):
            return True
        token = tokenized.tokens[name.first]
        if any(-40 <= start - token.start <= 60 for start in classes):
            return True
    return False


def _has_class_label(tokenized: TokenizedText, index: int) -> bool:
    """Return whether a token is a class after a name ("Ola Nordmann 6A"), not part of a company's name."""
    if index >= len(tokenized.tokens) or _CLASS_LABEL.fullmatch(tokenized.tokens[index].shown) is None:
        return False
    if index + 1 == len(tokenized.tokens) or tokenized.gap_before(index + 1) != " ":
        return True
    return not tokenized.tokens[index + 1].shown[0].isupper()


def _is_called_pupil(tokenized: TokenizedText, name: NamedPerson) -> bool:
    """Return whether "who is called" or "he is called" introduces a pupil, not the author or a colleague."""
    if name.first < 2 or tokenized.near("staff", name.first, before=CALLED_FAR, after=0):
        return False
    called, subject = tokenized.tokens[name.first - 1], tokenized.tokens[name.first - 2]
    if called.word not in _CALLED or not (subject.word in {"som", "who"} or "they" in subject.kinds):
        return False
    return (
        tokenized.near("enrolled", name.first, before=CALLED_FAR, after=0)
        or _CLASS.search(
            tokenized.text, max(0, tokenized.tokens[name.first].start - 40), tokenized.tokens[name.first].start
        )
        is not None
    )


def shows_third_person(tokenized: TokenizedText) -> bool:
    """Return whether a text names a person other than its author or a colleague in their role."""
    if _TITLE.search(tokenized.text):
        return True
    names = list(islice(names_in(tokenized), MAX_PLACES))
    if not names:
        return False
    about_health = shows_health(tokenized)
    born = _BORN.search(tokenized.text) is not None
    for name in names:
        if tokenized.near("self", name.first, before=2, after=0) and not _third(tokenized, name):
            continue
        if about_health or born:
            return True
        if not _in_role(tokenized, name) and tokenized.near("client", name.first, before=6, after=4):
            return True
        if tokenized.near("private", name.first, before=14, after=14):
            return True
        if name.full and not _in_role(tokenized, name):
            return True
    return False


def names_in(tokenized: TokenizedText, *, everywhere: bool = False) -> Iterator[NamedPerson]:
    """Yield the names of people.

    A name that is also a word counts within a sentence or with a surname only.

    Args:
        everywhere: count such a name at the start of a sentence too.
    """
    tokens, done = tokenized.tokens, 0
    for index, token in enumerate(tokens):
        if index < done or not (_is_first_name(token.shown) or _is_lower_name(tokenized, index)):
            continue
        last = index
        while last + 1 < len(tokens) and last - index < MAX_NAMES and _goes_on(tokenized, last + 1):
            last += 1
        # Two first names are one: "Tor Arne".
        full = last > index + 1 or (last > index and not _is_first_name(tokens[last].shown))
        done = last + 1
        if full or everywhere or not (tokenized.begins_sentence(index) and speakers(token.word)):
            yield NamedPerson(index, last, full)


def _goes_on(tokenized: TokenizedText, index: int) -> bool:
    token = tokenized.tokens[index]
    if token.shown.islower() and tokenized.tokens[index - 1].shown.islower():
        return (
            tokenized.gap_before(index) == " "
            and len(token.word) > 2
            and token.word.isalpha()
            and not speakers(token.word)
            and not token.kinds
        )
    if tokenized.gap_before(index) not in {" ", ". "} or not token.shown[0].isupper() or "brand" in token.kinds:
        return False
    if len(token.shown) == 1:  # an initial, but not the "I" of "May I"
        return token.shown != "I"
    return (
        not token.shown.isupper() and token.shown.replace("-", "").replace("'", "").isalpha() and token.shown[1] != "-"
    )


def surnames_in(tokenized: TokenizedText) -> list[int]:
    """Return the positions of surnames that imply a person in a text about health, as in "Hansen on room 3"."""
    return [
        index
        for index, token in enumerate(tokenized.tokens)
        if token.shown[0].isupper() and token.word in _surnames() and not tokenized.begins_sentence(index)
    ]


def subjects_in(tokenized: TokenizedText) -> list[int]:
    """Return the positions of listed names, in any case, that something is said of: "odd hansen har", "er kari".

    Most names are words as well, so a verb of being or having must stand beside them. A word in no dictionary needs
    none. An address counts as the name in it.
    """
    places = _addressed(tokenized)
    for index, token in enumerate(tokenized.tokens):
        if token.word not in listed_names() or _is_no_name(tokenized, index):
            continue
        family = index + 1 < len(tokenized.tokens) and _may_follow(tokenized, index + 1)
        if _is_said_of(tokenized, index, index + int(family)) or not (speakers(token.word) or token.kinds):
            places.append(index + int(family))
    return sorted({*places})[:MAX_PLACES]


def _is_no_name(tokenized: TokenizedText, index: int) -> bool:
    """Return whether the word before makes a name an ordinary word or a place: "hver dag", "på Berg"."""
    return index > 0 and "article" in tokenized.tokens[index - 1].kinds and not tokenized.begins_sentence(index)


def _may_follow(tokenized: TokenizedText, index: int) -> bool:
    """Return whether a word, directly after a name, is a second name."""
    word = tokenized.tokens[index].word
    if tokenized.gap_before(index) not in {" ", ". "} or tokenized.tokens[index].kinds:
        return False
    return word in listed_names() or _FAMILY.fullmatch(word) is not None


def _is_said_of(tokenized: TokenizedText, first: int, last: int) -> bool:
    """Return whether a verb of being or having stands directly after a name, or before it as in a question."""
    if tokenized.near("predicate", last, before=0, after=1):
        return not tokenized.begins_sentence(last + 1)
    inverted = tokenized.near("predicate", first, before=1, after=0) and not tokenized.begins_sentence(first)
    return inverted and tokenized.near("grave", last, before=0, after=2)


def _addressed(tokenized: TokenizedText) -> list[int]:
    """Return the last tokens of e-mail addresses with a name that a verb follows: "odd.hansen@nes.no har"."""
    places: list[int] = []
    begins = [token.start for token in tokenized.tokens]
    for address in islice(_ADDRESS.finditer(tokenized.text), MAX_PLACES):
        last = bisect_left(begins, address.end()) - 1
        parts = address.group().partition("@")[0].lower().replace("_", ".").replace("-", ".").split(".")
        if not listed_names().isdisjoint(parts) and tokenized.near("predicate", last, before=0, after=1):
            places.append(last)
    return places


def _is_first_name(shown: str) -> bool:
    if not shown[0].isupper() or (shown.isupper() and len(shown) > 1):
        return False
    word = shown.lower()
    return word in _first_names() or ("-" in word and word.split("-")[0] in _first_names())


def _is_lower_name(tokenized: TokenizedText, index: int) -> bool:
    """Return whether a name is written in lower case, as in chats.

    It must not be a word in any dictionary, or must follow a word for pupil or client: "eleven ola".
    """
    word = tokenized.tokens[index].shown
    if not word.islower() or len(word) < SHORTEST_LOWER or word not in _first_names():
        return False
    before = tokenized.tokens[index - 1].kinds if index else frozenset()
    return not speakers(word) or bool(before & {"pupil", "client"})


def _own(tokenized: TokenizedText, index: int) -> bool:
    """Return whether a health word is about the author: "I have asthma"."""
    first = max(0, index - 8)
    said = [tokenized.tokens[place] for place in range(first, index)]
    if _topic(tokenized, index):
        return False
    mine = [number for number, token in enumerate(said) if "i" in token.kinds]
    has = [number for number, token in enumerate(said) if "have" in token.kinds]
    if mine and said and any("cause" in token.kinds for token in said[-3:]):
        return True
    return bool(mine and has) and min(mine) < max(has) and not any(token.word in _AFTER_TOPIC for token in said[-2:])


def _topic(tokenized: TokenizedText, index: int) -> bool:
    """Return whether a health word is the topic of a course, document or team, not "is on" or "treated for"."""
    if index == 0 or tokenized.tokens[index - 1].word not in _AFTER_TOPIC:
        return False
    return index == 1 or "onto" not in tokenized.tokens[index - 2].kinds


def _third(tokenized: TokenizedText, name: NamedPerson) -> bool:
    """Return whether "is called" refers to another person: "the one concerned is called …"."""
    return tokenized.near("client", name.first, before=4, after=0)


def _in_role(tokenized: TokenizedText, name: NamedPerson) -> bool:
    """Return whether a person is named as a colleague: with a role, as sender or in a signature."""
    if tokenized.near("staff", name.first, before=4, after=0):
        return True
    after = range(name.last + 1, min(name.last + 4, len(tokenized.tokens)))
    if any("staff" in tokenized.tokens[place].kinds for place in after):
        return True
    return _is_writer(tokenized, name)


def _is_writer(tokenized: TokenizedText, name: NamedPerson) -> bool:
    """Return whether a name is the author's: after "my name is" or a greeting, or on the last line."""
    if tokenized.near("self", name.first, before=3, after=0) and not _third(tokenized, name):
        return True
    begins_line = name.first > 0 and "\n" in tokenized.gap_before(name.first)
    return begins_line and not tokenized.text[tokenized.tokens[name.last].end :].strip()


@cache
def _surnames() -> frozenset[str]:
    names = files("knowledge.language") / "concerns" / "data" / "surnames.txt"
    return frozenset(names.read_text(encoding="utf-8").split())


@cache
def _first_names() -> frozenset[str]:
    data = files("knowledge.language") / "concerns" / "data" / "first_names.txt"
    return frozenset(data.read_text(encoding="utf-8").split())


@cache
def listed_names() -> frozenset[str]:
    """Return all listed given and family names, in lower case."""
    return _first_names() | _surnames()
