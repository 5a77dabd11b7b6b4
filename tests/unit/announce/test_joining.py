from dataclasses import replace
from typing import Any

import pytest

from dialogs.announce.deliver.late_recipients import posts_for_changed_person
from dialogs.core.decision import Decision, Post
from dialogs.core.person import Person
from tests.unit.announce.town import TEXTS, Town, person


@pytest.fixture
def town() -> Town:
    return Town()


def owed(town: Town, before: Person | None, after: Person) -> list[str]:
    """Return the slots of what somebody is owed."""
    decision: Decision = town.answer_to(
        after.id, lambda work: posts_for_changed_person(before, after, work.event, work.content)
    )
    return [effect.slot for effect in decision.effects if isinstance(effect, Post)]


NEW = person("ny", "nord")


@pytest.mark.parametrize(
    ("fields", "after", "gets"),
    [
        ({"joiners": "true"}, NEW, True),
        ({}, NEW, False),
        ({"joiners": "true", "units": "skole"}, NEW, False),
        ({"joiners": "true"}, person("ny", "brygge", of="storvik"), False),
        ({"joiners": "true"}, person("ny", "nord", muted=True), False),
        ({"joiners": "true", "severity": "critical"}, person("ny", "nord", muted=True), True),
        ({"joiners": "true", "topic": "teams"}, NEW, False),
    ],
)
def test_newcomers_get_what_is_for_them_and_was_asked_for(
    town: Town, fields: dict[str, Any], after: Person, gets: bool
) -> None:
    town.press("nils", "status.follow.teams")
    sent = town.send(**fields)
    assert owed(town, None, after) == ([sent.slot] if gets else [])


def test_somebody_who_moves_into_the_audience_gets_it_and_who_was_in_it_does_not_again(town: Town) -> None:
    sent = town.send(joiners="true", units="nord")
    assert owed(town, person("siri", "skole"), person("siri", "nord")) == [sent.slot]
    assert owed(town, person("nils", "nord"), person("nils", "gamlenord")) == []


def test_what_is_over_or_recalled_is_not_sent_to_newcomers(town: Town) -> None:
    expiring = town.send(joiners="true", expires="2026-11-24")
    recalled = town.send(joiners="true")
    town.act("announce.recalled", recalled)
    assert owed(town, None, NEW) == [expiring.slot]
    town.ring_until(town.now.replace(day=25))
    assert owed(town, None, NEW) == []


def test_newcomers_get_the_corrected_text(town: Town) -> None:
    sent = town.send(joiners="true")
    town.act("announce.corrected", sent, **{**TEXTS, "body_nb": "Rettet."})
    decision: Decision = town.answer_to(
        "ny", lambda work: posts_for_changed_person(None, NEW, work.event, work.content)
    )
    [post] = [effect for effect in decision.effects if isinstance(effect, Post)]
    assert post.message is not None
    assert "Rettet." in post.message.text


def test_whoever_tells_where_they_work_gets_what_applies_there(town: Town) -> None:
    here = town.send(joiners="true", units="nord")
    everywhere = town.send(joiners="true")
    newcomer = person("ny", "", of="lillevik", object_id="ny")
    town.put(replace(newcomer, unit_id=None, municipality_id=None))
    town.press("ny", "profile.municipality", slot="profile", municipality="lillevik")
    assert town.slots("ny", "announce/") == [everywhere.slot]
    town.press("ny", "profile.unit", slot="profile", unit="nord")
    assert sorted(town.slots("ny", "announce/")) == sorted([everywhere.slot, here.slot])


def test_whoever_chooses_a_language_gets_what_is_for_its_readers(town: Town) -> None:
    sent = town.send(joiners="true", languages="nn")
    town.press("nils", "profile.language", slot="profile", language="nn")
    town.press("siri", "profile.language", slot="profile", language="en")
    assert town.readers(sent) == {"nora", "nils"}
    assert "Teams er nede no" in town.shown("nils", sent.slot)


def test_whoever_begins_to_follow_a_topic_gets_what_still_applies_to_its_followers(town: Town) -> None:
    town.press("nora", "status.follow.teams")
    sent = town.send(joiners="true", topic="teams", units="helse")
    town.send(topic="teams", title_nb="Bare til dem som fulgte da")
    town.change("sven", muted=True)
    for who in ("nils", "siri", "bo", "sven"):
        town.press(who, "status.follow.teams")
    assert town.readers(sent) == {"nora", "nils"}
    town.press("gro", "status.save", topics="teams")
    town.change("gro", unit_id="nord")
    town.press("gro", "status.save", topics="teams")
    assert town.slots("gro", "announce/") == []
    town.press("gro", "status.save", topics="")
    town.press("gro", "status.save", topics="teams,outlook")
    assert town.slots("gro", "announce/") == [sent.slot]


def test_quiet_hours_hold_for_newcomers_too(town: Town) -> None:
    town.send(joiners="true")
    evening = town.now.replace(hour=20)
    town.ring_until(evening)
    quiet = person("ny", "nord", quiet=True)
    decision: Decision = town.answer_to(
        "ny", lambda work: posts_for_changed_person(None, quiet, work.event, work.content)
    )
    [post] = [effect for effect in decision.effects if isinstance(effect, Post)]
    assert post.not_before == evening.replace(day=25, hour=7, minute=0)
