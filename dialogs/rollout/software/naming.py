"""The program that a message names, listed or not."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from dialogs.core.content import Content
from dialogs.core.texts import Texts
from knowledge.article.software import ProgramMatch, find_program
from knowledge.language.lexicon.known import is_known, speakers
from knowledge.language.text import words as split

_NORWEGIAN: Final = frozenset({"nb", "nn"})
# Shorter ones are abbreviations, such as DPIA, unless written like a name.
_NAME_LETTERS: Final = 5
_GREETING: Final = re.compile(r"(hei|heisann|hallo|hi|hello)[ ,!]+")


def named(words: str, content: Content, written: str = "") -> str:
    """Return the program a normalised utterance asks about, or an empty string.

    Args:
        words: the utterance in lower case.
        written: the utterance as it was written: "Miro" is a name, and "DPIA" an abbreviation.
    """
    # Sentences of ``software.asked_any`` ("sjekk program …") match any name. Those of ``software.asked_known`` ("er
    # zoom godkjent") match listed programs, and names that are no words: "er søknaden godkjent" is about no program.
    said = _GREETING.sub("", words, count=1)
    for texts in content.texts.values():
        for name in _matches(said, texts, "software.asked_any"):
            return name
        for name in _matches(said, texts, "software.asked_known"):
            bare = _without_noun(name, texts)
            if look_up(content, bare).id or _is_a_name(bare, written, introduced=bare != name):
                return bare
        # "søk om photoshop", and not "søk om permisjon": English words are names in Norwegian sentences.
        for name in _matches(said, texts, "software.asked_apply"):
            if look_up(content, name).id or not any(speakers(word) & _NORWEGIAN for word in split(name)):
                return name
    exactly = {alias.lower() for program in content.programs for alias in (program.name, *program.aliases)}
    return words if words in exactly else ""


def mentioned(utterance: str, content: Content) -> str:
    """Return the listed program with the longest name that a whole message mentions, or an empty string."""
    said = f" {' '.join(utterance.lower().split())} "
    found = [
        (len(alias), program.name)
        for program in content.programs
        for alias in (program.name, *program.aliases)
        if re.search(rf"(?<!\w){re.escape(alias.lower())}(?!\w)", said)
    ]
    return max(found, default=(0, ""))[1]


def named_as_written(utterance: str, content: Content) -> str:
    """Return the program that a whole message asks about, as it is written there, or an empty string."""
    program = named(" ".join(utterance.lower().split()).strip(" ?!."), content, utterance)
    at = utterance.lower().find(program) if program else -1
    return utterance[at : at + len(program)] if at >= 0 else program


def read_program(utterance: str, content: Content, _municipality_id: str | None) -> Mapping[str, str]:
    """Return the program that the words name, as data of its look-up and application."""
    program = mentioned(utterance, content) or named_as_written(utterance, content)
    return {"program": program} if program else {}


def look_up(content: Content, name: str) -> ProgramMatch:
    """Return the listed program with this name."""
    return find_program(name, {program.id: (program.name, *program.aliases) for program in content.programs})


def _is_a_name(text: str, written: str, *, introduced: bool) -> bool:
    """Return whether a text looks like the name of a program: no word of a dictionary, and no abbreviation.

    With ``introduced``, a word such as "appen" stood before it.
    """
    return all(
        not is_known(word)
        and (len(word) >= _NAME_LETTERS or introduced or re.search(rf"\b{re.escape(word.capitalize())}\b", written))
        for word in split(text)
    )


def _without_noun(name: str, texts: Texts) -> str:
    """Return the name without a word such as "appen" before it."""
    nouns = (f"{noun.lower()} " for noun in texts.phrases("software.asked_noun"))
    return next((name.removeprefix(noun) for noun in nouns if name.startswith(noun)), name)


def _matches(words: str, texts: Texts, key: str) -> Iterator[str]:
    """Yield what stands for the program in the sentences of a text, with or without "hos oss" at the end."""
    places = (f" {place.lower()}" for place in texts.phrases("software.asked_where"))
    shorter = [words.removesuffix(place) for place in places if words.endswith(place)]
    patterns = [re.escape(phrase.lower()).replace(r"\{program\}", "(.{1,80})") for phrase in texts.phrases(key)]
    for said in (*shorter, words):
        for pattern in patterns:
            if found := re.fullmatch(pattern, said):
                yield found[1].strip()
