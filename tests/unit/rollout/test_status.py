from dataclasses import replace

import pytest

from dialogs.announce.following import TOPICS, Following
from dialogs.core.event import Scope
from dialogs.core.milestone import Certainty, Milestone, date_in_words
from dialogs.core.person import Person
from knowledge.article.article import Language
from tests.unit.announce.town import TEXTS, Town
from tests.unit.driver import CATALOGUE


@pytest.fixture
def town() -> Town:
    town = Town()
    milestones = tuple(
        Milestone(date=f"20{year}", what={Language.NB: f"Noe i {year}", Language.EN: f"Something in {year}"})
        for year in (18, 19, 20, 21, 22)
    )
    town.content = replace(town.content, milestones=milestones)
    return town


def status_of(town: Town, who: str) -> str:
    town.press(who, "status.show")
    return town.shown(who, town.slots(who, "status/")[-1])


def test_the_latest_comes_first_and_the_earlier_is_folded_away(town: Town) -> None:
    shown = status_of(town, "nils")
    assert shown.index("Noe i 22") < shown.index("Noe i 21") < shown.index("Noe i 20") < shown.index("Noe i 19")
    [(_, slot)] = [key for key in town.posts if key[0] == "nils"]
    assert "Noe i 18" not in town.posts["nils", slot].text
    assert "Something in 22" in status_of(town, "sven")


def test_only_where_there_is_nothing_at_all_it_says_so(town: Town) -> None:
    nothing = town.texts("nils")("status.none")
    assert nothing not in status_of(town, "nils"), "there is a timeline"
    town.content = replace(town.content, milestones=())
    assert nothing in status_of(town, "nils")
    town.send()
    assert nothing not in status_of(town, "nils"), "there is news"


def test_everybody_sees_the_timeline_of_their_own_municipality(town: Town) -> None:
    only = Milestone(date="2023", what={Language.NB: "Storvik først"}, municipalities=frozenset({"storvik"}))
    town.content = replace(town.content, milestones=(*town.content.milestones, only))
    assert "Storvik først" in status_of(town, "bo")
    for who in ("nils", "guest-1"):
        shown = status_of(town, who)
        assert "Storvik først" not in shown
        assert "Noe i 22" in shown


def test_what_is_planned_comes_first_with_its_certainty_its_date_before_and_the_day_it_is_said(town: Town) -> None:
    planned = Milestone(
        date="2027-03",
        was="2027-01",
        what={Language.NB: "Teams til helse"},
        units=frozenset({"helse"}),
        certainty=Certainty.LIKELY,
    )
    late = replace(planned, date="2026-10", was="", what={Language.NB: "Nye telefoner"})
    town.content = replace(town.content, milestones=(*town.content.milestones, planned, late))
    shown = status_of(town, "nils")
    assert shown.index("Nye telefoner") < shown.index("Teams til helse") < shown.index("Noe i 22")
    assert "mars 2027" in shown
    for words in ("sannsynlig", "tidligere plan: januar 2027", "ikke meldt ferdig", "Per 24. november 2026"):
        assert words in shown
    assert "Teams til helse" not in status_of(town, "siri"), "of another unit"


def test_outside_visitors_see_only_what_is_public(town: Town) -> None:
    inside = Milestone(date="2027", what={Language.NB: "Bare internt"}, public=False, certainty=Certainty.LIKELY)
    town.content = replace(town.content, milestones=(*town.content.milestones, inside))
    assert "Bare internt" in status_of(town, "nils")
    for who in ("guest-1", ""):
        assert "Bare internt" not in status_of(town, who)


def test_it_shows_what_applies_to_oneself_now_and_nothing_of_others(town: Town) -> None:
    here = town.send(units="nord")
    town.send("berit", title_nb="Kaia er stengt")
    assert "Teams er nede" in status_of(town, "nils")
    assert "Kaia er stengt" not in status_of(town, "nils")
    assert "Teams er nede" not in status_of(town, "siri")
    assert "Teams er nede" not in status_of(town, "bo")
    town.act("announce.recalled", here)
    assert "Teams er nede" not in status_of(town, "nils")


def test_an_expired_announcement_is_gone_and_a_corrected_one_shows_the_new_text(town: Town) -> None:
    sent = town.send(expires="2026-11-24")
    town.act("announce.corrected", sent, **{**TEXTS, "body_nb": "Alt virker."})
    shown = status_of(town, "nils")
    assert "Alt virker." in shown
    assert "Vi jobber" not in shown
    town.ring_until(town.now.replace(day=25))
    assert "Teams er nede" not in status_of(town, "nils")


def test_a_stranger_sees_the_timeline_only(town: Town) -> None:
    town.send("drude", municipalities="")
    shown = status_of(town, "")
    assert "Noe i 22" in shown
    assert "Teams er nede" not in shown


def test_in_a_channel_the_status_goes_to_the_asker_alone(town: Town) -> None:
    town.send(roles="ambassador", units="nord")
    town.press("nora", "status.show", scope=Scope.TEAM)
    for_all = [message for (to, _), message in town.posts.items() if to.startswith("conversation:")]
    assert [message.text for message in for_all] == [town.texts("nora")("common.sent_privately")]
    assert any("Teams er nede" in town.shown("nora", slot) for slot in town.slots("nora", "status/"))


def test_following_and_leaving_twice_is_fine(town: Town) -> None:
    for _ in range(2):
        town.press("nils", "status.follow.teams")
    assert town.get(Following, "nils").topics == {"teams"}
    for _ in range(2):
        town.press("nils", "status.leave.teams")
    assert town.get(Following, "nils").topics == frozenset()


def test_what_is_chosen_on_the_card_is_kept_and_shown_again(town: Town) -> None:
    town.press("nils", "status.save", slot="status/notices", topics="teams,outlook", muted="true", quiet="true")
    person = town.get(Person, "nils")
    assert (person.muted, person.quiet) == (True, True)
    assert town.get(Following, "nils").topics == {"teams", "outlook"}
    town.press("nils", "status.follow")
    assert "teams,outlook" in town.shown("nils", "status/notices")


def test_unknown_topics_and_strangers_change_nothing(town: Town) -> None:
    for who, topics in (("nils", "kaffe"), ("", "teams")):
        outcome = town.press(who, "status.save", slot="status/notices", topics=topics)
        assert outcome.notices
        assert not outcome.changed


@pytest.mark.parametrize(
    ("language", "written", "read"),
    [
        ("nb", "2019", "2019"),
        ("nb", "2020-01", "januar 2020"),
        ("nb", "2018-autumn", "høsten 2018"),
        ("nn", "2018-autumn", "hausten 2018"),
        ("nb", "2020-10-21", "21. oktober 2020"),
        ("en", "2020-10-21", "21 October 2020"),
    ],
)
def test_dates_are_as_exact_as_they_are_written(language: str, written: str, read: str) -> None:
    assert date_in_words(CATALOGUE[Language(language)], written) == read


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_can_be_followed_by_saying_so_in_every_language(topic: str) -> None:
    for texts in CATALOGUE.values():
        assert texts.phrases(f"command.status.follow.{topic}")
        assert texts.phrases(f"command.status.leave.{topic}")
