"""Tell small talk and noise from questions."""

from __future__ import annotations

import re
from enum import StrEnum
from itertools import pairwise

from knowledge.lexicon.courtesy import BY_TALK, FILLER
from knowledge.text import fold, words


class SmallTalk(StrEnum):
    """Kinds of utterance that ask for no article."""

    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    OK = "ok"
    BOT = "bot"
    HELP = "help"
    NOISE = "noise"
    EMPTY = "empty"


_TABLE = {phrase: SmallTalk(talk) for talk, phrases in BY_TALK.items() for phrase in phrases}
_LONGEST = max(len(phrase.split()) for phrase in _TABLE)
_VOWEL = re.compile("[aeiouyæøå0-9]")


def small_talk(text: str) -> SmallTalk | None:
    """Return the kind of small talk a cleaned text is, or None when it may be a question.

    A text is small talk when all of it is: "hei" is, "hei, når kommer Teams?" is not.
    """
    if not text.strip():
        return SmallTalk.EMPTY
    found = words(text)
    if not any(word for word in found if any(map(str.isalpha, word))) or len("".join(found)) < 2:
        return SmallTalk.NOISE
    if len(found) <= _LONGEST + 3:
        talk = _all_small([fold(word) for word in found])
        if talk is not None:
            return talk
    if all(_mashed(word) for word in found):
        return SmallTalk.NOISE
    return None


def _all_small(found: list[str]) -> SmallTalk | None:
    """Return the last kind said when phrases of the table and filler words cover the whole text."""
    said: list[SmallTalk] = []
    at = 0
    while at < len(found):
        for size in range(min(_LONGEST, len(found) - at), 0, -1):
            talk = _TABLE.get(" ".join(found[at : at + size]))
            if talk is not None:
                said.append(talk)
                at += size
                break
        else:
            if found[at] not in FILLER:
                return None
            at += 1
    rank = (SmallTalk.BOT, SmallTalk.HELP, SmallTalk.THANKS, SmallTalk.GOODBYE, SmallTalk.GREETING, SmallTalk.OK)
    return next((talk for talk in rank if talk in said), None)


def _mashed(word: str) -> bool:
    """Say whether a word looks like fingers on a keyboard row: one letter over and over, or five without a vowel."""
    if len(set(word)) <= 2 and len(word) >= 4:
        return True
    return len(word) >= 5 and word.isalpha() and (not _VOWEL.search(word) or _row_run(word) >= 4)


def _row_run(word: str) -> int:
    """Return the longest run of letters that lie side by side on a keyboard row, either way."""
    longest = run = 1
    for one, two in pairwise(word):
        run = run + 1 if one + two in _BESIDE else 1
        longest = max(longest, run)
    return longest


def _beside() -> frozenset[str]:
    rows = ("qwertyuiopå", "asdfghjkløæ", "zxcvbnm")
    pairs = [one + two for row in rows for one, two in pairwise(row)]
    return frozenset(pairs + [pair[::-1] for pair in pairs])


_BESIDE = _beside()
