"""An announcement to many needs a recent sign-in of whoever sends, schedules, approves or corrects it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dialogs.announce.model import AnnouncementState
from dialogs.core.content import StepUp
from tests.unit.announce.town import TEXTS, Town

ADDRESS = "https://heia.example.no/signin/again"


def demand(town: Town, max_people: int) -> None:
    rule = StepUp(max_age=timedelta(hours=8), address=ADDRESS, max_people=max_people)
    town.content = replace(town.content, step_up=rule)


@pytest.mark.parametrize("verb", ["announce.send", "announce.schedule"])
def test_a_large_one_is_not_sent_or_scheduled_and_a_small_one_is(verb: str) -> None:
    town = Town()
    draft = town.draft(units="helse")
    assert draft.counts is not None
    demand(town, draft.counts.people - 1)
    day = (town.now + timedelta(days=2)).date().isoformat()
    outcome = town.act(verb, draft, day=day, time="10:00")
    assert ADDRESS in repr(outcome.decision)
    assert town.now_is(draft).state is AnnouncementState.DRAFT
    demand(town, draft.counts.people)
    town.act(verb, draft, day=day, time="10:00")
    assert town.now_is(draft).state is not AnnouncementState.DRAFT


def test_the_approver_of_a_large_one_needs_it_too() -> None:
    town = Town(approval=True)
    draft = town.draft(units="helse")
    town.act("announce.send", draft)
    asked = town.now_is(draft)
    assert asked.state is AnnouncementState.AWAITING
    demand(town, 0)
    outcome = town.act("announce.approve", asked, "gro")
    assert ADDRESS in repr(outcome.decision)
    assert town.now_is(asked).state is AnnouncementState.AWAITING


def test_so_does_the_correction_of_a_large_one() -> None:
    town = Town()
    sent = town.send(units="helse")
    demand(town, 0)
    corrected = {**TEXTS, "body_nb": "Rettet tekst."}
    assert ADDRESS in repr(town.act("announce.corrected", sent, **corrected).decision)
    assert town.now_is(sent).wordings == sent.wordings
