"""The program that a message names, listed or not, or the purpose that it asks a program for."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final

from dialogs.core.content import Content
from dialogs.core.texts import Texts
from knowledge.article.article import Language
from knowledge.language.concerns.people import listed_names
from knowledge.language.identify import identify
from knowledge.language.lexicon.known import is_known, speakers
from knowledge.language.text import WORD, fold
from knowledge.language.text import words as split
from knowledge.software.everyday import TaskGuess
from knowledge.software.index import LONGEST_REQUEST
from knowledge.software.program import ProgramUse
from knowledge.software.register import ProgramPlace
from knowledge.software.words import FRAME, is_about_pupils

_NORWEGIAN: Final = frozenset({"nb", "nn"})
_ENGLISH: Final = frozenset({"en"})
# Shorter ones are abbreviations, such as DPIA, unless written like a name.
_NAME_LETTERS: Final = 5
_SHORTEST: Final = 3
# More words are no name, but a sentence about what a program is used for: "kan vi bruke Teams til å ringe".
_MOST_NAME_WORDS: Final = 5
_MOST_NEW_WORDS: Final = 3
# Share of a purpose's words that a program must have, before words that name none are taken for a purpose.
_PURPOSE: Final = 0.6
# The same for the share of a guessed task times what a program covers of its phrases.
_GUESSED_PURPOSE: Final = 0.4
_DEFINITE: Final = ("en", "et", "ene", "ane")
_CAPITALS: Final = re.compile(r"\b[A-ZÆØÅ]\w{0,30}[a-zæøå]\w{0,30}(?: [A-ZÆØÅ]\w{0,30}[a-zæøå]\w{0,30}){1,5}")
_SENTENCES: Final = re.compile(r"[.;?!]")
# What stands between the names of several programs.
_JOINTS: Final = re.compile(r"\b(?:og|eller|and|or)\b|[,/]")
_MOST_BESIDE: Final = 2
_GREETING: Final = re.compile(r"(hei|heisann|hallo|hi|hello)[ ,!]+")


def named(words: str, content: Content, written: str = "", municipality_id: str | None = None) -> str:
    """Return the program a normalised utterance asks about, or an empty string.

    Args:
        words: the utterance in lower case.
        written: the utterance as it was written: "Miro" is a name, and "DPIA" an abbreviation.
        municipality_id: of the writer: questions about its programs are allowed, too.
    """
    # Sentences of ``software.asked_any`` ("sjekk program …") match any name. Those of ``software.asked_known`` ("er
    # zoom godkjent") match listed programs, and names that are no words: "er søknaden godkjent" is about no program.
    said = _GREETING.sub("", words, count=1)
    for texts in content.texts.values():
        for name in _matches(said, texts, "software.asked_any"):
            return name
        for name in _matches(said, texts, "software.asked_known"):
            if len(split(name)) > _MOST_NAME_WORDS:
                continue
            bare = _without_noun(name, texts)
            new = _is_a_name(bare, written, introduced=bare != name, foreign=texts.language is not Language.EN)
            if new or bare in name_in_capitals(written).lower() or is_listed(content, bare, municipality_id):
                return bare
        # "søk om photoshop", and not "søk om permisjon": English words are names in Norwegian sentences.
        for name in _matches(said, texts, "software.asked_apply"):
            new = not any(speakers(word) & _NORWEGIAN for word in split(name))
            if new or is_listed(content, name, municipality_id):
                return name
    bare = next((words.removesuffix(end) for end in _places(content) if words.endswith(end)), words)
    return bare if len(bare) >= _SHORTEST and content.register.called(bare, municipality_id) else ""


def _places(content: Content) -> tuple[str, ...]:
    """Return the ends of a request that say where a program is used, such as " for elever"."""
    return tuple(end for texts in content.texts.values() for end in _endings(texts.phrases("software.asked_where")))


def name_in_capitals(utterance: str) -> str:
    """Return the first words in a row that are written as a name is, "Blue Ocean Planner", or an empty string.

    A person's name is none, nor are words of Norwegian alone, "Gjerdrum Ungdomsskole".
    """
    for written in _CAPITALS.finditer(utterance):
        typed = written[0].split()
        name = typed[1:] if fold(typed[0].lower()) in FRAME else typed
        if 2 <= len(name) <= _MOST_NAME_WORDS and not any(
            word in listed_names() or (speakers(word) and speakers(word) <= _NORWEGIAN) for word in map(str.lower, name)
        ):
            return " ".join(name)
    return ""


def purpose_asked(words: str, content: Content, municipality_id: str | None = None) -> str:
    """Return what a normalised utterance asks a program for, if a listed one is for that; else an empty string.

    The task of everyday words is guessed by their letters.
    """
    said, place = _GREETING.sub("", words, count=1), ProgramPlace(municipality_id=municipality_id)
    for texts in content.texts.values():
        for purpose in _matches(said, texts, "software.asked_purpose"):
            if _has_purpose(content, purpose, place, content.tasks.guess(purpose)):
                return purpose
    return ""


def named_as_written(utterance: str, content: Content, municipality_id: str | None = None) -> str:
    """Return the program or purpose that a whole message asks about, as it is written there, or an empty string."""
    said = " ".join(utterance.lower().split()).strip(" ?!.")
    program = named(said, content, utterance, municipality_id) or purpose_asked(said, content, municipality_id)
    at = utterance.lower().find(program) if program else -1
    return utterance[at : at + len(program)] if at >= 0 else program


def asks_to_apply(utterance: str, content: Content) -> bool:
    """Return whether a whole message asks to apply for a program without a name."""
    said = _GREETING.sub("", " ".join(utterance.lower().split()).strip(" ?!."), count=1)
    return any(said == phrase for texts in content.texts.values() for phrase in texts.phrases("software.asked_new"))


def read_program(
    utterance: str, content: Content, municipality_id: str | None, guesses: Sequence[TaskGuess] = ()
) -> Mapping[str, str]:
    """Return the program or the purpose that the words name, as data of its look-up and application.

    Args:
        guesses: tasks that the words may be about.
    """
    listed = content.register.mentioned(utterance, municipality_id)
    program = listed[0].name if listed else named_as_written(utterance, content, municipality_id)
    if not program:
        place = ProgramPlace(municipality_id=municipality_id)
        purpose = utterance if _has_purpose(content, utterance, place, guesses) else ""
        new = _unlisted_name(utterance) or _only_word(utterance)
        program = name_in_capitals(utterance) or purpose or new
    return request_data(program, utterance, content, municipality_id)


def _unlisted_name(utterance: str) -> str:
    """Return what a request for a program asks for, if that can be only a name: "kan jeg få Notion?"."""
    spoken = [word for word in WORD.finditer(utterance) if fold(word[0].lower()) not in FRAME]
    if identify(utterance) == Language.EN:  # there, only a capital distinguishes "Notion" from a word
        spoken = [word for word in spoken if not is_known(word[0].lower()) or (word.start() and word[0][0].isupper())]
    if not 1 <= len(spoken) <= _MOST_NEW_WORDS or any(speakers(word[0].lower()) & _NORWEGIAN for word in spoken):
        return ""
    return utterance[spoken[0].start() : spoken[-1].end()]


def _only_word(utterance: str) -> str:
    """Return the only word that a request for a program is about, whatever it means: "er padlet lov å bruke"."""
    spoken = [word[0] for word in WORD.finditer(utterance) if fold(word[0].lower()) not in FRAME]
    return spoken[0] if len(spoken) == 1 and len(spoken[0]) >= _SHORTEST else ""


def _has_purpose(content: Content, words: str, place: ProgramPlace, guesses: Sequence[TaskGuess]) -> bool:
    """Return whether a listed program is for what the words describe, by them or by the task they are surely about."""
    hits = content.register.find_programs(words, place)
    if hits and hits[0].purpose >= _PURPOSE:
        return True
    hits = content.register.find_programs(words, place, guesses=guesses)
    return any(hit.cover > 0 and hit.purpose >= _GUESSED_PURPOSE for hit in hits)


def program_data(program: str, utterance: str, beside: Sequence[str] = ()) -> Mapping[str, str]:
    """Return the data of a look-up, with the programs that are named beside it; empty without a program."""
    if not program:
        return {}
    data = {"program": program, **({"beside": "\n".join(beside)} if beside else {})}
    return {**data, "use": ProgramUse.PUPILS} if is_about_pupils(utterance) else data


def request_data(program: str, utterance: str, content: Content, municipality_id: str | None) -> Mapping[str, str]:
    """Return the data of the look-up of a program, and of others that the message names beside it."""
    if not program:
        return {}
    first, *beside = names_apart(program, utterance, content, municipality_id)
    return program_data(first, utterance, beside)


def names_apart(program: str, utterance: str, content: Content, municipality_id: str | None) -> tuple[str, ...]:
    """Return the program that a message asks for, and others that it names beside it.

    "Trello eller Notion" is a name of its own only where it is listed.
    """
    names: list[str] = []
    for sentence in _SENTENCES.split(utterance[:LONGEST_REQUEST]):
        asks = program.lower() in sentence.lower() or _asks_for_a_program(sentence, content)
        for piece in _JOINTS.split(sentence):
            names += _name_in(piece, sentence, content, municipality_id, asks=asks)
    joined = [name for name in names if name.lower() in program.lower()]
    pieces = [piece for sentence in _SENTENCES.split(program) for piece in _JOINTS.split(sentence)]
    if 1 < len(joined) == len(pieces) and not content.register.called(program, municipality_id):
        program = joined[0]
    same = {entry.id for entry in content.register.mentioned(program, municipality_id, ordinary=True)}
    beside = [
        name
        for name in dict.fromkeys(names)
        if name.lower() not in program.lower()
        and program.lower() not in name.lower()
        and same.isdisjoint(entry.id for entry in content.register.called(name, municipality_id))
    ]
    return (program, *beside[:_MOST_BESIDE])


def _asks_for_a_program(sentence: str, content: Content) -> bool:
    said = " ".join(sentence.lower().split())
    return any(name for texts in content.texts.values() for name in _matches(said, texts, "software.asked_known"))


def _name_in(piece: str, sentence: str, content: Content, municipality_id: str | None, *, asks: bool) -> Iterator[str]:
    """Yield the name of a program that a part of a sentence is, but for the words of a request.

    Args:
        asks: the sentence asks for a program, so that a capital inside it is enough.
    """
    spoken = [word for word in WORD.finditer(piece) if fold(word[0].lower()) not in FRAME]
    if not 1 <= len(spoken) <= _MOST_NEW_WORDS:
        return
    name = piece[spoken[0].start() : spoken[-1].end()]
    capital = all(word[0][0].isupper() and word[0].lower() not in listed_names() for word in spoken)
    inside = not sentence.lstrip().startswith(name)
    listed = content.register.called(name, municipality_id)
    new = _is_a_name(name.lower(), sentence, introduced=False, foreign=True)
    if listed or (asks and ((capital and inside) or new)):
        yield name


def is_listed(content: Content, name: str, municipality_id: str | None) -> bool:
    """Return whether a name surely stands for one program of the register."""
    return content.register.look_up(name, ProgramPlace(municipality_id=municipality_id)).program is not None


def is_new_name(text: str) -> bool:
    """Return whether a text that was given as a name can be one: it has a word of no dictionary."""
    return _is_a_name(text.lower(), text, introduced=True, foreign=True)


def _is_a_name(text: str, written: str, *, introduced: bool, foreign: bool) -> bool:
    """Return whether a text looks like the name of a program: no word of a dictionary, and no abbreviation.

    With ``introduced``, a word such as "appen" stood before it. In a Norwegian sentence (``foreign``) the rest of the
    name may be English: "Minecraft Education".
    """
    parts = split(text)
    # "Padlet" is a name inside a sentence, and "padlet" a form of a verb.
    if (
        len(parts) == 1
        and speakers(text) <= _NORWEGIAN
        and re.search(rf"\w \W*{re.escape(text.capitalize())}\b", written)
    ):
        return True
    new = [
        word
        for word in parts
        if not is_known(word)
        and (introduced or word not in written or not _is_thing(word))
        and (len(word) >= _NAME_LETTERS or introduced or re.search(rf"\b{re.escape(word.capitalize())}\b", written))
    ]
    return bool(new) and all(word in new or (foreign and speakers(word) == _ENGLISH) for word in parts)


def _is_thing(word: str) -> bool:
    """Return whether a word is a definite noun put together of two: "tjenestebilen", "velferdsrommet"."""
    if not word.endswith(_DEFINITE):
        return False
    for at in range(_SHORTEST, len(word) - _SHORTEST):
        first, last = word[:at], word[at:]
        glued = (first, first[:-1]) if first[-1] in "se" and at > _SHORTEST else (first,)
        if speakers(last) & _NORWEGIAN and any(speakers(part) & _NORWEGIAN for part in glued):
            return True
    return False


def _without_noun(name: str, texts: Texts) -> str:
    """Return the name without a word such as "appen" before it."""
    nouns = (f"{noun.lower()} " for noun in texts.phrases("software.asked_noun"))
    return next((name.removeprefix(noun) for noun in nouns if name.startswith(noun)), name)


def _matches(words: str, texts: Texts, key: str) -> Iterator[str]:
    """Yield what stands for the program in the sentences of a text, with or without "hos oss" at the end."""
    places = _endings(texts.phrases("software.asked_where"))
    shorter = [words.removesuffix(place) for place in places if words.endswith(place)] if words.endswith(places) else []
    beginnings, patterns = _patterns(texts.phrases(key), texts.phrases("software.asked_users"))
    for said in (*shorter, words):
        if said.startswith(beginnings):
            for pattern in patterns:
                if matched := pattern.fullmatch(said):
                    yield matched[1].strip()


@cache
def _endings(places: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f" {place.lower()}" for place in places)


@cache
def _patterns(
    sentences: tuple[str, ...], users: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[re.Pattern[str], ...]]:
    """Return how sentences with ``{program}`` and maybe ``{users}`` in them begin, and their patterns."""
    anyone = "|".join(re.escape(user.lower()) for user in users)
    patterns = tuple(
        re.compile(
            re.escape(sentence.lower()).replace(r"\{program\}", "(.{1,80})").replace(r"\{users\}", f"(?:{anyone})")
        )
        for sentence in sentences
    )
    return tuple(sentence.lower().partition("{")[0] for sentence in sentences), patterns
