"""Every card the announcer and readers meet is a sound Adaptive Card 1.5 of a size Teams takes."""

import json
from typing import Any

import pytest

from dialogs.core.event import ChannelNews, TeamNews
from knowledge.article.article import Language
from tests.sound import faults_of
from tests.unit.announce.town import TEXTS, Town

LONG = {
    "title_nb": "T" * 120, "body_nb": "x" * 4000, "title_nn": "T" * 120, "body_nn": "x" * 4000,
    "title_en": "T" * 120, "body_en": "x" * 4000,
}  # fmt: skip
LAG = TeamNews(id="lag", tenant_id="t", name="Lag", channels=(ChannelNews(id="rom", data={"channel_id": "rom"}),))


def check(town: Town) -> int:
    """Check every card there is and return how many there were."""
    for (_, slot), message in town.posts.items():
        if message.card is not None:
            assert not faults_of(message.card), slot
            actions: list[Any] = list(message.card.get("actions", ()))
            assert len(actions) <= 6, slot
    return len(town.posts)


@pytest.mark.parametrize("language", Language)
@pytest.mark.full
def test_all_cards_are_sound_in_every_language(language: Language) -> None:
    town = Town(approval=True)
    for who in ("anja", "gro"):
        town.change(who, language=language)
    links = "a | https://a.example\nb | https://b.example\nc | https://c.example"
    town.change("anja", registered=True)
    town.add_to(LAG, by="anja")
    town.draft(channels="rom", channels_only="true")
    town.draft(units="sor", roles="ambassador", channels="rom")
    draft = town.draft(
        units="helse", confirm="true", links=links, expires="2026-12-01", incident="true", channels="rom"
    )
    checked = check(town)
    town.act("announce.edit", draft)
    town.act("announce.test", draft)
    checked += check(town)
    town.act("announce.schedule", draft, day="2026-11-24", time="12:00")
    checked += check(town)
    town.act("announce.approve", town.now_is(draft), "gro")
    checked += check(town)
    town.ring_until(town.now.replace(hour=11, minute=5))
    town.statuses["nils", draft.slot] = "dead"
    town.act("announce.refresh", town.now_is(draft))
    town.press("nora", "announce.confirm", slot=draft.slot, announcement_id=draft.id)
    town.act("announce.report", draft)
    town.press("anja", "team.show")
    town.press("anja", "team.open", team_id="lag")
    checked += check(town)
    town.act("announce.correct", town.now_is(draft))
    checked += check(town)
    town.act("announce.corrected", town.now_is(draft), **{**TEXTS, "body_nb": "Nytt."})
    town.wait()
    town.act("announce.chase", town.now_is(draft))
    town.wait()
    town.press("anja", "announce.mine")
    town.act("announce.recall", town.now_is(draft))
    checked += check(town)
    for who in ("anja", "gro"):
        town.press(who, "status.show")
        town.press(who, "status.follow")
    assert checked + check(town) > 30


def test_the_longest_announcement_fits_into_one_message() -> None:
    town = Town()
    sent = town.send(units="nord", **LONG)
    message = town.posts["nils", sent.slot]
    # Teams counts UTF-16: two bytes a character, 100 KB in all, and asks to stay below 80 KB.
    assert 2 * len(json.dumps(message.card) + message.text) < 40_000


def test_the_longest_announcement_for_a_channel_and_its_preview_fit_into_one_message_each() -> None:
    town = Town()
    town.change("anja", registered=True)
    town.add_to(LAG, by="anja")
    draft = town.draft(units="nord", channels="rom", **LONG)
    assert 2 * len(json.dumps(town.posts["anja", draft.desk].card)) < 80_000
    town.act("announce.send", draft)
    town.wait()
    assert 2 * len(json.dumps(town.posts["channel:rom", draft.slot].card)) < 40_000
