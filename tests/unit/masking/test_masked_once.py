"""What people send is masked once, where it comes in, whichever text it is part of."""

import pytest

from bot.ports import Incoming, Sender
from bot.turn.cleaning import cleaned_incoming, masked_message
from dialogs.core.cleaning import cleaned
from dialogs.core.event import (
    Arrived,
    Attachment,
    ChannelNews,
    Pressed,
    Rearranged,
    Refusal,
    Said,
    TeamNews,
    What,
)
from dialogs.core.person import Address
from knowledge.language.masking import Secret, mask
from tests.channels import WEB

ID = "01017050040"
FILE = Attachment(id="", name=f"{ID}.pdf", media_type="", size_bytes=1, refused=Refusal.NOT_IMAGE)
TEAM = TeamNews(id="t", tenant_id="t", name=f"Team {ID}", channels=(ChannelNews(id="c", name=f"Kanal {ID}"),))


@pytest.mark.parametrize(
    "what",
    [
        Said(utterance=f"fnr {ID}", attachments=(FILE,)),  # type: ignore[arg-type]
        Pressed(verb="handoff.send", data={"question": f"fnr {ID}", "handoff_id": ID, f"then_{ID}": "x"}),
        Arrived(team=TEAM),
        Rearranged(team=TEAM),
    ],
)
def test_no_text_of_what_happened_keeps_the_number(what: What) -> None:
    assert ID in str(what)
    assert ID not in str(cleaned(what))


async def test_a_message_loses_its_runs_of_blanks_and_a_form_keeps_them() -> None:
    typed = "det gjelder ikke" + " " * 9 + "x\n\n\n\ny"
    said = cleaned(Said(utterance=typed))  # type: ignore[arg-type]
    assert isinstance(said, Said)
    assert said.utterance == await masked_message(typed) == "det gjelder ikke x\n\ny"
    assert cleaned(Pressed(verb="v", data={"words": typed})) == Pressed(verb="v", data={"words": typed})


def test_ids_of_our_own_pass_unchanged() -> None:
    data = {"handoff_id": "handoff-0a01017050040bcdef0123456789abcd", "image_ids": "image-1 image-2"}
    assert cleaned(Pressed(verb="v", data=data)) == Pressed(verb="v", data=data)


@pytest.mark.parametrize("value", ["13097248022", 13097248022, 13097248022.0])
def test_an_input_that_did_not_come_through_the_door_is_masked_when_read(value: object) -> None:
    assert "48022" not in Pressed(verb="v", data={"words": value}).text("words")


async def test_a_sender_s_name_is_masked_and_a_long_text_too() -> None:
    said = Said(utterance=f"{ID} " * 500)  # type: ignore[arg-type]
    incoming = Incoming(
        id="1",
        channel=WEB,
        sender=Sender(name=f"Kari {ID}", person_id="kari"),
        address=Address(channel=WEB),
        conversation_id="c",
        what=said,
    )
    masked = await cleaned_incoming(incoming)
    assert ID not in str(masked)
    assert isinstance(masked.what, Said)
    assert masked.what.utterance.found == {Secret.NATIONAL_ID}


def test_a_text_masked_at_the_edge_is_the_one_that_arrives() -> None:
    text = mask(f"fnr {ID}")
    arrived = cleaned(Said(utterance=text))
    assert isinstance(arrived, Said)
    assert arrived.utterance is text
