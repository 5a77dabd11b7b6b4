"""What an editor's form says: a draft made from the fields of a press."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Final

from dialogs.core.event import Pressed
from dialogs.editing.model import ArticleRevision, ArticleText
from knowledge.article.article import Language

MAX_TITLE: Final = 200
MAX_ANSWER: Final = 4000
MAX_PHRASINGS: Final = 200
MAX_PHRASING: Final = 300
MAX_LISTED: Final = 20
MAX_REASON: Final = 300


def filled_in(draft: ArticleRevision, pressed: Pressed) -> ArticleRevision:
    """Return the draft with the fields that the form has; a field it lacks stays as it is."""
    texts = tuple(_text(draft.text_in(language), pressed) for language in Language)
    named = {name: pressed.text(name) for name in pressed.data}
    changes: dict[str, object] = {}
    for name, most in (("source_url", 500), ("button_action", 80)):
        if name in named:
            changes[name] = str(named[name])[:most]
    for name in ("topics", "related"):
        if name in named:
            changes[name] = tuple(_items(str(named[name])))[:MAX_LISTED]
    for name in ("review_by", "source_day"):
        day = _day(str(named.get(name, "")))
        if day is not None or (name == "source_day" and name in named):
            changes[name] = day
    if "owner_id" in named:
        changes["owner_id"] = str(named["owner_id"]) or None
    for name in ("sample", "new"):
        if name in named:
            changes[name] = "true" in named[name]
    if "reason" in named:
        changes["reason"] = str(named["reason"])[:MAX_REASON]
    return replace(draft, texts=tuple(text for text in texts if text.written or text.phrasings), **changes)  # type: ignore[arg-type]


def phrasings_of(text: str) -> tuple[str, ...]:
    """Return the phrasings of a field with one a line."""
    lines = (" ".join(line.split()).removeprefix("- ").strip() for line in text.splitlines())
    return tuple(dict.fromkeys(line[:MAX_PHRASING] for line in lines if line))[:MAX_PHRASINGS]


def _text(text: ArticleText, pressed: Pressed) -> ArticleText:
    changes: dict[str, object] = {}
    for name, most in (
        ("title", MAX_TITLE),
        ("answer", MAX_ANSWER),
        ("source_title", MAX_TITLE),
        ("button_title", MAX_TITLE),
    ):
        field = f"{name}_{text.language}"
        if field in pressed.data:
            changes[name] = str(pressed.text(field)).replace("\r\n", "\n").strip()[:most]
    if (field := f"phrasings_{text.language}") in pressed.data:
        changes["phrasings"] = phrasings_of(str(pressed.text(field)))
    if pressed.text(f"current_{text.language}"):
        changes["behind"] = False
    return replace(text, **changes)  # type: ignore[arg-type]


def _items(text: str) -> Iterable[str]:
    return dict.fromkeys(filter(None, re.split(r"[\s,;]+", text)))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
