"""What reaches several people is asked about before it happens."""

from typing import Any, Final

import pytest

from dialogs.announce.feature import VERBS
from dialogs.announce.many import ToMany
from dialogs.announce.model import Announcement
from dialogs.core.fresh_proof import WithFreshProof
from tests.unit.announce.test_form_errors import card_in
from tests.unit.announce.town import ASKED_ABOUT, TEXTS, Town
from tests.unit.read_cards import actions_of

CORRECTED: Final = {
    **TEXTS,
    "body_nb": "Teams virker igjen.",
    "link1_nb": "Status",
    "link1_url": "https://nes.example/s",
}
# Pressed on a card that shows text and number of recipients, or as the answer to the question on one.
AFTER_A_CARD: Final = frozenset({"announce.send", "announce.schedule", "announce.approve", "announce.recalled"})


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.fixture
def sent(town: Town) -> Announcement:
    sent = town.send(units="helse", confirm="true")
    town.statuses["nils", sent.slot] = "dead"
    return sent


def pressed(town: Town, verb: str, announcement: Announcement, slot: str = "", **fields: Any) -> Any:
    """Press without an answer to any question."""
    held = {"announcement_id": announcement.id, "edition": announcement.edition, **fields}
    return town.press("anja", verb, slot=slot or announcement.desk, **held)


def test_every_act_on_several_people_is_asked_about() -> None:
    to_many = {
        verb for verb, flow in VERBS.items() if isinstance(flow, WithFreshProof) and isinstance(flow.when, ToMany)
    }
    assert to_many - AFTER_A_CARD == ASKED_ABOUT


@pytest.mark.parametrize("verb", sorted(ASKED_ABOUT))
def test_the_button_of_the_question_repeats_the_press(town: Town, sent: Announcement, verb: str) -> None:
    before = town.now_is(sent)
    asked = pressed(town, verb, sent, **CORRECTED)
    assert not asked.changed
    assert town.now_is(sent) == before
    slot = town.slots("anja")[-1]
    assert "?" in town.shown("anja", slot)
    [again] = [dict(each["data"]) for each in actions_of(card_in(town, slot)) if each["verb"] == verb]
    outcome = town.press("anja", verb, slot=slot, **{**CORRECTED, **again})
    assert not outcome.notices
    assert town.now_is(sent) != before


def test_the_question_counts_those_concerned(town: Town, sent: Announcement) -> None:
    texts = town.texts("anja")
    for verb, people in (("corrected", len(town.readers(sent))), ("resend", 1), ("chase", len(town.readers(sent)) - 1)):
        pressed(town, f"announce.{verb}", sent, **CORRECTED)
        assert texts.plural(f"announce.sure.{verb}", people) in town.shown("anja", town.slots("anja")[-1])


def test_the_question_keeps_the_form_as_it_was_written(town: Town, sent: Announcement) -> None:
    town.act("announce.correct", sent)
    form = town.slots("anja")[-1]
    pressed(town, "announce.corrected", sent, slot=form, **CORRECTED, confirm_again="true")
    assert town.slots("anja")[-1] == form
    shown = repr(card_in(town, form))
    for written in ("Teams virker igjen.", "https://nes.example/s", "'value': 'true'"):
        assert written in shown


def test_faults_come_before_the_question(town: Town, sent: Announcement) -> None:
    outcome = pressed(town, "announce.corrected", sent, **{**CORRECTED, "body_nb": ""})
    assert outcome.notices
    assert town.slots("anja") == [sent.desk]


def test_nobody_is_asked_about_what_goes_to_an_approver_first() -> None:
    town = Town(approval=True)
    asked = town.draft(units="helse")
    town.act("announce.send", asked)
    town.act("announce.approve", town.now_is(asked), "gro")
    town.wait()
    assert pressed(town, "announce.corrected", town.now_is(asked), **CORRECTED).changed
    assert town.now_is(asked).pending is not None
