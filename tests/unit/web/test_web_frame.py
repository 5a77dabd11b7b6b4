"""Frames: what is not exactly right is refused, and says whose turn it was when that can be known."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.web.chat.frame import MAX_BYTES, MAX_CHARACTERS, FrameRefused, Press, Say, parse

ID = "0f0b2a5c-7d0e-4c53-9a53-6f1d3c1b9f11"


def say(**more: Any) -> str:
    return json.dumps({"type": "say", "id": ID, "text": "hei", **more})


def press(**more: Any) -> str:
    return json.dumps({"type": "press", "id": ID, "verb": "ask.helped", "data": {}, "slot": "s", **more})


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "null",
        "[]",
        "7",
        "{",
        '{"type":"say"}',
        json.dumps({"type": "shout", "id": ID, "text": "hei"}),
        say(id="7"),
        say(id=7),
        say(id=None),
        say(text=""),
        say(text="  \n\t "),
        say(text="\x00\x01"),
        say(text=7),
        say(text=None),
        say(person_id="somebody-else"),
        press(verb=""),
        press(verb="ask helped"),
        press(verb="a" * 101),
        press(verb=7),
        press(data=[]),
        press(data=None),
        press(data={str(n): n for n in range(201)}),
        press(slot=7),
        press(slot="s" * 501),
        "[" * 60_000,
        press(data={"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": 1}}}}}}}}),
    ],
)
def test_bad_frames_are_refused(raw: str) -> None:
    with pytest.raises(FrameRefused) as refused:
        parse(raw)
    assert refused.value.key == "web.fault.unreadable"


def test_what_is_too_long_is_refused_by_name() -> None:
    assert isinstance(parse(say(text="a" * MAX_CHARACTERS)), Say)
    assert isinstance(parse(press(data={"body_nb": "a" * 100_000})), Press)
    for raw, key in (
        (say(text="a" * (MAX_CHARACTERS + 1)), "web.fault.too_long"),
        (press(data={"a": "å" * (MAX_BYTES // 2)}), "web.fault.too_much"),
    ):
        with pytest.raises(FrameRefused) as refused:
            parse(raw)
        assert (refused.value.key, refused.value.id) == (key, ID)


def test_a_refusal_names_the_turn_it_refuses() -> None:
    with pytest.raises(FrameRefused) as refused:
        parse(say(text=""))
    assert refused.value.id == ID


def test_control_characters_are_taken_out_and_lines_kept() -> None:
    said = parse(say(text="a\x00b\u2028c\td\ne"))
    assert isinstance(said, Say)
    assert said.text == "ab\nc\td\ne"
    pressed = parse(press(data={"a\x00": ["b\x00", {"c": "\x1bd"}], "n": 1, "on": True, "no": None}, slot="s\x00"))
    assert isinstance(pressed, Press)
    assert (pressed.data, pressed.slot) == ({"a": ["b", {"c": "d"}], "n": 1, "on": True, "no": None}, "s")


@given(st.text(max_size=300))
def test_any_text_parses_or_is_refused(text: str) -> None:
    for raw in (text, f'{{"type":"say","id":"{ID}","text":{json.dumps(text)}}}'):
        try:
            parse(raw)
        except FrameRefused:
            continue


def test_half_characters_do_not_get_in() -> None:
    with pytest.raises(FrameRefused):
        parse(f'{{"type":"say","id":"{ID}","text":"\\ud800"}}')
