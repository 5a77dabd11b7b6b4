"""The house style of answers: openings, terms and screen texts, from ``house_style.yaml``."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

# Signs before the first word of an answer: emphasis, quotes, list marks.
_LEAD: Final = r"[\s*_>«“\"'(–-]*"
_QUOTED: Final = re.compile(r"[«“]([^«»“”\n]{2,80})[»”]")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongTerm:
    """A word found in a text, and the term to write instead."""

    word: str
    say: str


def opens_with_yes_or_no(answer: str, language: str) -> str | None:
    """Return the words that make the answer a reply to a question, or None if it is true alone."""
    match = _openings()[language].match(answer)
    return match["said"] if match else None


def wrong_terms(text: str, language: str) -> Iterator[WrongTerm]:
    """Yield words that have a better term, each once. Quotes are left out: they are what the screen shows."""
    own = _QUOTED.sub(" ", text)
    for say, allowed, wrong in _terms()[language]:
        for word in dict.fromkeys(match.group().lower() for match in wrong.finditer(allowed.sub(" ", own))):
            yield WrongTerm(word=word, say=say)


def screen_text(quoted: str) -> str | None:
    """Return what a Bokmål screen shows for Nynorsk words, if it is known."""
    known: Mapping[str, str] = _style()["screen"]
    return known.get(quoted)


def menu_names(answer: str) -> tuple[str, ...]:
    """Return the quoted names of menus and buttons."""
    # Commands to Heia begin with a small letter; questions are examples of what people say.
    return tuple(
        quote for quote in _QUOTED.findall(answer) if quote[0].isupper() and not quote.endswith(("?", "!", "."))
    )


@cache
def _style() -> Mapping[str, Any]:
    text = (files("knowledge.article") / "house_style.yaml").read_text(encoding="utf-8")
    loaded: Mapping[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return loaded


@cache
def _openings() -> Mapping[str, re.Pattern[str]]:
    patterns = {}
    for language, words in _style()["openings"].items():
        reply, interjection, refusal, rest = (
            _any_of(words[name]) for name in ("replies", "interjections", "refusals", "remainder")
        )
        said = rf"{reply}(?!\w)|{interjection}(?=\s*[,.:;!?–*])|{refusal}\s+{rest}(?!\w)"
        patterns[language] = re.compile(rf"{_LEAD}(?P<said>{said})", re.IGNORECASE)
    return patterns


@cache
def _terms() -> Mapping[str, Sequence[tuple[str, re.Pattern[str], re.Pattern[str]]]]:
    """Return by language: the term, texts that are right whatever they contain, and words to replace."""
    by_language: dict[str, list[tuple[str, re.Pattern[str], re.Pattern[str]]]] = defaultdict(list)
    for term in _style()["terms"]:
        for language, words in term["not"].items():
            say = term["say"][language]
            right = _any_of([*term.get("keep", ()), f"{say}*"])
            allowed = re.compile(rf"(?<!\w){right}(?!\w)", re.IGNORECASE)
            wrong = re.compile(rf"(?<![\w-]){_any_of(words)}(?!\w)", re.IGNORECASE)
            by_language[language].append((say, allowed, wrong))
    return by_language


def _any_of(words: Sequence[str]) -> str:
    """Return a pattern for any of the words; ``*`` stands for any ending."""
    longest_first = sorted(words, key=len, reverse=True)
    return "(?:" + "|".join(re.escape(word).replace(r"\*", r"\w*") for word in longest_first) + ")"
