"""The outline of a card misses nothing: whatever changes in a card changes its outline."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from dialogs.core import card
from dialogs.core.message import Message
from knowledge.article.article import Language
from tests.snapshot.outline import BUILDERS, lines_of_message, outline
from tests.sound import faults_of

CARD = card.card(
    [
        *(build(f"A {name}.") for name, build in BUILDERS.items()),
        {"type": "TextBlock", "text": "Set in bold", "wrap": True, "weight": "Bolder"},
        {"type": "TextBlock", "text": "Cut short"},
        card.facts([("From", "Kari"), ("To", "Ana")]),
        {"type": "Container", "separator": True, "items": [card.paragraph("One"), card.paragraph("Two")]},
        {"type": "Container", "id": "more", "isVisible": False, "items": [card.paragraph("Alone")]},
        card.columns([card.quote("Left")], [card.buttons(card.press("Open", "x.open", id="1"))]),
        card.write("question", "What?", multiline=True, required="Write it.", most=500, hint="Such as"),
        card.write("words", "Words", value="found", most=None),
        card.choose("unit", "Where?", [("None", ""), ("North", "nord"), ("3", "3")], expanded=True, several=True),
        card.toggle("share", "Share it", on=True),
        card.pick_date("day", "When?", required="Choose a day."),
        card.pick_time("time", "At what time?", value="09:00"),
    ],
    [
        card.press("Send", "x.send", primary=True, id="1", number=2, sure=True, words="two words"),
        card.press("Cancel", "x.cancel", checks=False),
        card.link("Read on", "https://help.example/"),
        card.reveal("Edit", card.card([card.paragraph("Inside")], [card.press("Save", "x.save")])),
        {"type": "Action.ToggleVisibility", "title": "More", "targetElements": ["more"]},
    ],
)
MESSAGE = Message(
    text="All\nof it", card=CARD, suggestions=("When?",), image_id="i1", report_id="r1", data_of="p1", to_keep=True
)

Way = tuple[str | int, ...]


def outlined(message: Message) -> str:
    return outline({Language.NB: list(lines_of_message(message))})


def places(node: Any, way: Way = ()) -> Iterator[tuple[Way, Any]]:
    """Yield everything in a card and the way to it."""
    if way:
        yield way, node
    named: Any = node.items() if isinstance(node, Mapping) else enumerate(node) if isinstance(node, list) else ()
    for name, value in named:
        yield from places(value, (*way, name))


def changed(way: Way, *value: Any) -> Message:
    """Return the message with something else there; without ``value``, with nothing."""
    node = whole = deepcopy(CARD)
    for step in way[:-1]:
        node = node[step]  # type: ignore[index]
    if value:
        node[way[-1]] = value[0]  # type: ignore[index]
    else:
        del node[way[-1]]  # type: ignore[attr-defined]
    return replace(MESSAGE, card=whole)


def other(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return value + "!"
        case list():
            return [*value, *value]
        case _:
            return {**value, "new": 1}


EVERY = dict(places(CARD))


def test_the_card_of_these_tests_has_every_element_and_keeps_to_the_schema() -> None:
    assert not faults_of(CARD)
    kinds = {value["type"] for value in EVERY.values() if isinstance(value, Mapping) and "type" in value}
    assert kinds >= {"ColumnSet", "FactSet", "Input.ChoiceSet", "Action.Execute", "Action.ShowCard", "TextRun"}
    assert len(EVERY) > 250


@pytest.mark.parametrize("change", ["another", "none", "moved"])
def test_whatever_changes_in_a_card_changes_its_outline(change: str) -> None:
    now = outlined(MESSAGE)
    missed = []
    for way, value in EVERY.items():
        match change:
            case "another":
                message = changed(way, other(value))
            case "none":
                message = changed(way)
            case _ if isinstance(value, list) and len(value) > 1:
                message = changed(way, value[1:] + value[:1])
            case _:
                continue
        if outlined(message) == now:
            missed.append(way)
    assert missed == []


@pytest.mark.parametrize("name", ["text", "suggestions", "image_id", "report_id", "data_of", "to_keep", "card"])
def test_whatever_changes_beside_a_card_changes_the_outline(name: str) -> None:
    empty = Message(text="Else")
    assert outlined(replace(MESSAGE, **{name: getattr(empty, name)})) != outlined(MESSAGE)


@pytest.mark.parametrize(("one", "two"), [("a\nb", "a\\nb"), ("a", "a "), ("", " "), ("a | b", "a  |  b")])
def test_texts_that_differ_are_written_differently(one: str, two: str) -> None:
    texts = [outlined(Message(text="x", card=card.card([card.paragraph(each)]))) for each in (one, two)]
    assert texts[0] != texts[1]


def test_texts_are_beside_each_other_or_below_each_other_when_they_are_long() -> None:
    def of(nb: str, nn: str, en: str) -> str:
        texts = {Language.NB: nb, Language.NN: nn, Language.EN: en}
        return outline({language: list(lines_of_message(Message(text=text))) for language, text in texts.items()})

    assert of("Ja", "Ja", "Ja") == "  text  Ja\n"
    assert of("Ja", "Ja", "Yes") == "  text  Ja | Ja | Yes\n"
    long = "x" * 150
    assert of("Ja", long, "Yes") == f"  text\n      nb Ja\n      nn {long}\n      en Yes\n"


def test_a_card_built_differently_in_one_language_is_refused() -> None:
    one, two = ([*lines_of_message(Message(text="x", suggestions=each))] for each in ((), ("y",)))
    with pytest.raises(AssertionError, match="built differently"):
        outline({Language.NB: one, Language.EN: two})
