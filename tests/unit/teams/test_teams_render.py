"""Messages look in Teams as they were meant, within what Teams can carry."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.teams.render import MAX_MESSAGE_BYTES, Repeated, message_activity, with_slot
from bot.channels.teams.target import ConversationTarget
from dialogs.core.message import Message
from tests.unit.teams.conftest import CARD

PLACE = ConversationTarget(conversation_id="a:personal", user_id="29:ansatt", app_id="heia")


def shown(message: Message, **options: Any) -> dict[str, Any]:
    rendered = message_activity(message, target=PLACE, slot="s/1", alert=False, too_large_note="Kuttet.", **options)
    activity: dict[str, Any] = json.loads(rendered.body)
    return activity


def test_a_text_goes_as_markdown_and_a_tag_in_it_stays_text() -> None:
    """What a person wrote is passed on to another; it must not become a mention or an image there."""
    activity = shown(Message(text='**Hei** <at>Rådmannen</at> <img src="x"> 3 < 4 <!-- x'))
    assert activity["text"] == '**Hei** &lt;at>Rådmannen&lt;/at> &lt;img src="x"> 3 < 4 &lt;!-- x'
    assert activity["textFormat"] == "markdown"


def test_suggestions_are_offered_below_a_text_and_as_buttons_on_a_card() -> None:
    """Teams shows suggested actions with text alone."""
    text = shown(Message(text="Hei", suggestions=("Passord", "E-post")))
    assert [a["value"] for a in text["suggestedActions"]["actions"]] == ["Passord", "E-post"]
    assert text["suggestedActions"]["to"] == ["29:ansatt"]
    card = shown(Message(text="Hei", card=CARD, suggestions=("Passord", "E-post")))
    assert "suggestedActions" not in card
    said = [a["data"]["msteams"] for a in card["attachments"][0]["content"]["actions"][1:]]
    assert said == [{"type": "imBack", "value": "Passord"}, {"type": "imBack", "value": "E-post"}]


def test_a_card_never_gets_more_buttons_than_teams_shows() -> None:
    card = {**CARD, "actions": [CARD["actions"][0]] * 5}
    activity = shown(Message(text="Hei", card=card, suggestions=("en", "to", "tre")))
    assert len(activity["attachments"][0]["content"]["actions"]) == 6


def test_every_action_that_comes_back_carries_the_slot_wherever_it_stands() -> None:
    execute = {"type": "Action.Execute", "verb": "a.b"}
    card = {
        "type": "AdaptiveCard",
        "body": [
            {"type": "Container", "selectAction": {**execute, "data": {"id": 1}}, "items": []},
            {"type": "ActionSet", "actions": [{"type": "Action.Submit", "data": {"verb": "x"}}]},
            {"type": "Container", "items": ({"type": "TextBlock", "text": "Action.Execute"},)},
        ],
        "actions": [
            {"type": "Action.ShowCard", "card": {"type": "AdaptiveCard", "actions": [execute]}},
            {"type": "Action.OpenUrl", "url": "https://example.org"},
            {**execute, "data": "text"},
        ],
        "refresh": {"action": execute},
    }
    before = copy.deepcopy(card)
    slotted: Any = with_slot(card, "s/1")
    assert card == before
    assert slotted["body"][0]["selectAction"]["data"] == {"id": 1, "slot": "s/1"}
    assert slotted["body"][1]["actions"][0]["data"] == {"verb": "x", "slot": "s/1"}
    assert slotted["actions"][0]["card"]["actions"][0]["data"] == {"slot": "s/1"}
    assert slotted["refresh"]["action"]["data"] == {"slot": "s/1"}
    assert slotted["actions"][1] == {"type": "Action.OpenUrl", "url": "https://example.org"}
    assert slotted["actions"][2]["data"] == "text"


@given(st.text(max_size=60), st.integers(min_value=0, max_value=3_000), st.booleans())
@pytest.mark.full
def test_whatever_is_said_fits_and_short_texts_come_whole(piece: str, times: int, as_card: bool) -> None:
    text = piece * times
    card = {**CARD, "body": [{"type": "TextBlock", "text": text}]} if as_card else None
    rendered = message_activity(
        Message(text=text, card=card), target=PLACE, slot="s/1", alert=True, too_large_note="Kuttet.", max_bytes=20_000
    )
    assert len(rendered.body.decode().encode("utf-16-le")) <= 20_000
    assert rendered.shortened == (b"Kuttet." in rendered.body)


@pytest.mark.parametrize(("characters", "shortened"), [(39_000, False), (40_500, True)])
def test_the_limit_counts_two_bytes_a_letter(characters: int, shortened: bool) -> None:
    """Microsoft counts UTF-16: 80 KB is 40,000 letters."""
    text = "å" * characters
    card = {**CARD, "body": [{"type": "TextBlock", "text": text}]}
    rendered = message_activity(
        Message(text="Kort", card=card), target=PLACE, slot="s", alert=False, too_large_note="K", max_bytes=80_000
    )
    assert rendered.shortened is shortened
    assert MAX_MESSAGE_BYTES == 80_000


@pytest.mark.parametrize("message", [Message(text="Hei"), Message(text="Hei", card=CARD), Message(text="Å" * 60_000)])
@pytest.mark.parametrize("alert", [True, False])
def test_what_is_kept_for_the_next_reader_is_what_a_first_one_gets(message: Message, alert: bool) -> None:
    repeated = Repeated()
    for place in (PLACE, ConversationTarget(conversation_id="a:other", app_id="heia"), PLACE):
        first = message_activity(message, target=place, slot="s/1", alert=alert, too_large_note="Kuttet.")
        kept = message_activity(
            message, target=place, slot="s/1", alert=alert, too_large_note="Kuttet.", repeated=repeated
        )
        assert kept == first


def test_the_summary_of_a_notification_has_no_markup() -> None:
    text = "**Teams** er [nede](https://it.example/status) fra\n21. oktober:\n\n- Skriv *heller* en e-post.\n- Ring."
    assert shown(Message(text=text))["summary"] == "Teams er nede fra\n21. oktober:\nSkriv heller en e-post.\nRing."
    assert shown(Message(text="21. oktober <b>"))["summary"] == "21. oktober <b>"
    assert len(shown(Message(text="ord " * 5_000, card=CARD))["summary"]) == 300


def test_what_is_kept_is_never_shown_for_another_message_or_slot() -> None:
    repeated = Repeated(most=2)
    for n in range(50):
        activity = shown(Message(text=f"Hei {n % 7}", card=CARD), repeated=repeated)
        assert activity["summary"] == f"Hei {n % 7}"
