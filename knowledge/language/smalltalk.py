"""Distinguish small talk and noise from questions."""

from __future__ import annotations

import re
from enum import StrEnum
from itertools import pairwise

from knowledge.language.lexicon.known import is_known
from knowledge.language.lexicon.spelling import BY_TALK, FILLER, SAID_IN
from knowledge.language.lexicon.tables import sections
from knowledge.language.text import clean, fold, words


class SmallTalk(StrEnum):
    """Kinds of utterance that need no article."""

    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    OK = "ok"
    NOISE = "noise"
    EMPTY = "empty"


_TABLE = {phrase: SmallTalk(talk) for talk, phrases in BY_TALK.items() for phrase in phrases}
# A longer message that begins with thanks goes on to something else.
_LONGEST_THANKS = 10
_LONGEST = max(len(phrase.split()) for phrase in _TABLE)
# "Takk, men det hjalp ikke" is no thanks.
_NOT = frozenset(
    fold(word)
    for title, lines in sections("clauses.txt")
    if title[0] == "negation"
    for line in lines
    for word in line.split()
)
# Digits of an error code, such as 53003 or 0x80070005: people type it alone.
_ERROR_CODE = 4
_ROWS = ("qwertyuiopå", "asdfghjkløæ", "zxcvbnm")
_VOWEL = re.compile("[aeiouyæøå0-9]")


def small_talk(text: str) -> SmallTalk | None:
    """Return the kind of small talk of a cleaned text, or None if it may be a question.

    The whole text must be small talk: "hei" is, "hei, når kommer Teams?" is not.
    """
    if not text.strip():
        return SmallTalk.EMPTY
    message_words = words(text)
    said = any(any(map(str.isalpha, word)) or (len(word) >= _ERROR_CODE and word.isdigit()) for word in message_words)
    if not said or len("".join(message_words)) < 2:
        return SmallTalk.NOISE
    if len(message_words) <= _LONGEST + 3:
        talk = _all_small([fold(word) for word in message_words])
        if talk is not None:
            return talk
    if all(_mashed(word) for word in message_words):
        return SmallTalk.NOISE
    return None


def thanks(text: str) -> bool:
    """Return whether a short message begins with thanks and asks nothing: "takk, nå fikk jeg det til"."""
    said = [fold(word) for word in words(clean(text))]
    if not 0 < len(said) <= _LONGEST_THANKS or "?" in text or _NOT & set(said):
        return False
    openings = (" ".join(said[:size]) for size in range(1, _LONGEST + 1))
    return any(_TABLE.get(opening) is SmallTalk.THANKS for opening in openings)


def small_talk_languages(text: str) -> frozenset[str]:
    """Return the languages of a cleaned small-talk text.

    Empty if it is none or gives no evidence.

    One word is enough here: "printer" fits any language, but "takk" is Norwegian.
    """
    covered = _covered([fold(word) for word in words(text)])
    languages = [SAID_IN[phrase] for phrase in covered or ()]
    return frozenset.intersection(*languages) if languages else frozenset()


def _all_small(folded: list[str]) -> SmallTalk | None:
    """Return the kind of small talk if phrases and filler words cover the whole text."""
    said = {_TABLE[phrase] for phrase in _covered(folded) or ()}
    rank = (SmallTalk.THANKS, SmallTalk.GOODBYE, SmallTalk.GREETING, SmallTalk.OK)
    return next((talk for talk in rank if talk in said), None)


def _covered(folded: list[str]) -> list[str] | None:
    """Return the phrases that cover all words except filler, or None."""
    said: list[str] = []
    at = 0
    while at < len(folded):
        for size in range(min(_LONGEST, len(folded) - at), 0, -1):
            phrase = " ".join(folded[at : at + size])
            if phrase in _TABLE:
                said.append(phrase)
                at += size
                break
        else:
            if folded[at] not in FILLER:
                return None
            at += 1
    return said


def _mashed(word: str) -> bool:
    """Return whether a word looks like random typing on a keyboard row.

    One or two letters repeat, five letters have no vowel, or letters of one row with few vowels are in no dictionary.
    """
    if len(set(word)) <= 2 and len(word) >= 4:
        return True
    if len(word) < 5 or not word.isalpha():
        return False
    vowels = len(_VOWEL.findall(word))
    return not vowels or _row_run(word) >= 4 or (vowels * 4 < len(word) and _on_one_row(word) and not is_known(word))


def _on_one_row(word: str) -> bool:
    return any(set(word) <= set(row) for row in _ROWS)


def _row_run(word: str) -> int:
    """Return the longest run of letters that are neighbours on a keyboard row, in either direction."""
    longest = run = 1
    for letter, following in pairwise(word):
        run = run + 1 if letter + following in _KEYBOARD_NEIGHBOURS else 1
        longest = max(longest, run)
    return longest


def _keyboard_neighbours() -> frozenset[str]:
    pairs = [letter + following for row in _ROWS for letter, following in pairwise(row)]
    return frozenset(pairs + [pair[::-1] for pair in pairs])


_KEYBOARD_NEIGHBOURS = _keyboard_neighbours()
