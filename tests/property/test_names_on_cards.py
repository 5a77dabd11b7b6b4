"""A name is shown as a name on every card, whatever Markdown or mark-up a directory or a token put into it."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import pytest

from dialogs.availability.profile import AmbassadorProfile
from dialogs.core.message import Message
from dialogs.core.person import Person, Role
from dialogs.core.record import Record
from dialogs.router import VERBS
from knowledge.article.article import Language
from knowledge.organisation.nearest import Absence
from tests.snapshot import test_cards
from tests.snapshot.seen import Watched
from tests.snapshot.stages import reading
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff import scene

MARKS: Final = ("[Klikk](https://evil.example)", "**fet**", "<at>Alle</at>", "```kode```", "_skrå_")
"""What no text of Heia's own has."""
SCENES: Final = [
    each
    for name, each in vars(test_cards).items()
    if name.startswith("test_") and {"stages", "snapshot"} >= {*inspect.signature(each).parameters} - {"monkeypatch"}
]


class Anything:
    """A snapshot that every outline is equal to."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


def rendered_texts(node: Any) -> Iterator[str]:
    """Yield the texts that clients render as Markdown. Source: Adaptive Cards 1.5, "Text features" (2026-11-26)."""
    if isinstance(node, Mapping):
        if node.get("type") == "TextBlock":
            yield str(node["text"])
        elif node.get("type") == "FactSet":
            yield from (f"{each['title']}\n{each['value']}" for each in node["facts"])
        for value in node.values():
            yield from rendered_texts(value)
    elif isinstance(node, list | tuple):
        for each in node:
            yield from rendered_texts(each)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is rendered of everything shown from now on, where everyone has a name full of marks."""
    seen: list[str] = []
    put, show = Stage.put, Stage._show

    def put_named(self: Stage, *records: Record) -> None:
        put(self, *map(named, records))

    def show_and_read(self: Stage, to: str, slot: str, message: Message | None) -> None:
        if message is not None and message.card is not None:
            seen.extend(rendered_texts(message.card))
        if message is not None:
            before, _, fenced = message.text.partition("```json")
            _, _, after = fenced.partition("```")
            seen.extend((before, after))
        show(self, to, slot, message)

    monkeypatch.setattr(Stage, "put", put_named)
    monkeypatch.setattr(Stage, "_show", show_and_read)
    return seen


def named(record: Record) -> Record:
    """Return a person or ambassador with every mark in the name."""
    if isinstance(record, Person):
        return replace(record, name=f"{record.id} {' '.join(MARKS)}")
    if isinstance(record, AmbassadorProfile):
        name = f"{record.id} {' '.join(MARKS)}"
        return replace(record, ambassador=replace(record.ambassador, name=name))
    return record


@pytest.mark.parametrize("cards", SCENES, ids=lambda cards: cards.__name__)
def test_no_name_is_rendered(cards: Callable[..., None], shown: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "stages": Watched({Language.NB: reading(Language.NB)}),
        "snapshot": Anything(),
        "monkeypatch": monkeypatch,
    }
    cards(**{name: given[name] for name in inspect.signature(cards).parameters})
    assert not [text for text in shown if any(mark in text for mark in MARKS)]


def test_no_name_is_rendered_to_an_administrator_either(shown: list[str]) -> None:
    town = reading(Language.NB)
    league = replace(town.content.organisation.municipalities["lillevik"], league_table=True)
    organisation = town.content.organisation
    municipalities = {**organisation.municipalities, "lillevik": league}
    town.content = replace(town.content, organisation=replace(organisation, municipalities=municipalities))
    town.put(scene.person("boss", "skole", Role.ADMIN))
    handoff_id = scene.accepted(town)
    town.press("ana", "handoff.resolve", handoff_id=handoff_id)
    scene.alter(town, "bo", absences=(Absence(first_day=TUESDAY.date(), last_day=TUESDAY.date()),))
    for verb in sorted(verb for verb in VERBS if verb.startswith(("ambassador.", "software.", "editor."))):
        town.press("boss", verb, person_id="ana")
    texts = " ".join(shown)
    assert "ana Klikkhttps" in texts
    assert "bo Klikkhttps" in texts
    assert not [text for text in shown if any(mark in text for mark in MARKS)]
