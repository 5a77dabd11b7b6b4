"""While a service puts messages off for long, the announcer sees that it goes on."""

from datetime import timedelta

import pytest

from dialogs.announce.model import Announcement
from tests.unit.announce.town import Town


@pytest.fixture
def town() -> Town:
    return Town()


def sending(town: Town, status: str) -> Announcement:
    draft = town.draft(units="helse")
    town.act("announce.send", draft)
    town.ring("announce.expand", id=draft.id)
    town.statuses["nils", draft.slot] = status
    town.wait()
    return draft


@pytest.mark.parametrize("hours", [0, 2])
@pytest.mark.full
def test_the_card_moves_each_minute_while_messages_are_put_off(town: Town, hours: int) -> None:
    draft = sending(town, "throttled")
    town.wait(hours * 3600 + 60)
    for _ in range(5):
        town.wait(65)
        texts = town.texts("anja")
        shown = town.shown("anja", draft.desk)
        clocks = [texts.clock(town.now - timedelta(seconds=ago)) for ago in range(70)]
        assert any(texts("announce.as_of", clock=clock) in shown for clock in clocks)
        assert f"{texts('announce.number.throttled')} 1" in shown


def test_the_card_is_left_alone_while_messages_only_wait(town: Town) -> None:
    draft = sending(town, "waiting")
    before = town.shown("anja", draft.desk)
    town.wait(600)
    assert town.shown("anja", draft.desk) == before
