"""The services and equipment that words name: Teams, e-mail, Windows."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from dialogs.core.milestone import Milestone
from dialogs.core.texts import Texts
from knowledge.article.article import Language

# What Microsoft 365 consists of. A question about the whole is also about a part, and the other way round.
SUITE: Final = "office-365"
PARTS: Final = frozenset({SUITE, "teams", "outlook", "onedrive", "sharepoint", "planner", "copilot"})
THINGS: Final = (*sorted(PARTS), "windows", "pc", "phone", "printing", "courses", "sign-in")
# Of the definite and the plural form: "telefonene", "PC-ane".
_ENDING: Final = r"[a-zæøå]{0,4}"


def things_in(words: str, catalogue: Mapping[Language, Texts]) -> frozenset[str]:
    """Return the things that the words name, in any language."""
    said = " ".join(words.lower().split())
    return frozenset(
        thing
        for texts in catalogue.values()
        for thing in THINGS
        if _anywhere(texts.phrases(f"timeline.thing.{thing}"), _ENDING).search(said)
    )


def things_of(milestone: Milestone, catalogue: Mapping[Language, Texts]) -> frozenset[str]:
    """Return the things that a milestone is about."""
    return things_in(" ".join(milestone.what.values()), catalogue)


def answers(asked: frozenset[str], about: frozenset[str]) -> bool:
    """Return whether a milestone answers a question.

    Args:
        asked: things that the question names; empty means the rollout as a whole.
        about: things of the milestone; empty means that its text names none.
    """
    if asked & about:
        return True
    if not asked:
        return not about or bool(about & PARTS)
    return (SUITE in asked and bool(about & PARTS)) or (SUITE in about and bool(asked & PARTS))


def asks_when(words: str, catalogue: Mapping[Language, Texts]) -> bool:
    """Return whether the words ask for a time."""
    said = " ".join(words.lower().split())
    return any(_anywhere(texts.phrases("timeline.asked_when")).search(said) for texts in catalogue.values())


@cache
def _anywhere(phrases: tuple[str, ...], ending: str = "") -> re.Pattern[str]:
    """Return the pattern of one of the phrases as whole words, each with an ``ending``."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(phrase.lower()) for phrase in phrases)}){ending}(?!\w)")
