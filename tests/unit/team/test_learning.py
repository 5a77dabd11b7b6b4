"""What is learned of teams, and whose they are: certain, or left to people who may say so."""

from dataclasses import replace
from typing import Any

import pytest

from dialogs.announce.teams.flow import VERBS as TEAM_VERBS
from dialogs.core.decision import Audit
from dialogs.core.event import ChannelNews, Scope, TeamNews
from dialogs.core.person import Person, Role
from dialogs.teams_membership.model import Team
from tests.unit.announce.town import PEOPLE, organisation, person
from tests.unit.driver import Stage


@pytest.fixture
def town() -> Stage:
    town = Stage(organisation(), verbs=TEAM_VERBS, timers={})
    town.put(*(replace(one, registered=True) for one in PEOPLE))
    return town


def news(*channels: tuple[str, str], **more: Any) -> TeamNews:
    told = tuple(ChannelNews(id=id_, name=name, data={"channel_id": id_}) for id_, name in channels)
    return TeamNews(**{"id": "team", "tenant_id": "t", "name": "Lag", "channels": told, **more})


def names(town: Stage) -> dict[str, str]:
    found: Team = town.get(Team, "team")
    return {channel.id: channel.name for channel in found.channels}


def test_a_team_and_its_channels_are_known_from_when_the_bot_is_added(town: Stage) -> None:
    town.add_to(news(("c1", ""), ("c2", "Drift"), whole=True), by="anja")
    assert names(town) == {"c1": "", "c2": "Drift"}
    assert town.get(Team, "team").name == "Lag"


def test_channels_come_get_other_names_and_go(town: Stage) -> None:
    town.add_to(news(("c1", ""), whole=True), by="anja")
    town.tell_of(news(("c2", "Drift"), name=""))
    town.tell_of(news(("c2", "Drift og vedlikehold")))
    assert names(town) == {"c1": "", "c2": "Drift og vedlikehold"}
    town.tell_of(news(gone=frozenset({"c2"})))
    assert names(town) == {"c1": ""}
    town.tell_of(news(name="Laget"))
    assert town.get(Team, "team").name == "Laget"


def test_the_whole_list_replaces_what_was_known_and_keeps_names_it_does_not_tell(town: Stage) -> None:
    town.add_to(news(("c1", "En"), ("c2", "To"), whole=True), by="anja")
    town.tell_of(news(("c2", ""), ("c3", "Tre"), whole=True))
    assert names(town) == {"c2": "To", "c3": "Tre"}


def test_a_team_the_bot_left_is_forgotten(town: Stage) -> None:
    town.add_to(news(("c1", "")), by="anja")
    town.remove_from(news())
    assert not town.all(Team)
    assert not town.remove_from(news()).changed


def test_a_team_of_another_tenant_is_not_believed_to_be_the_same(town: Stage) -> None:
    town.add_to(news(("c1", "En")), by="anja")
    before = town.get(Team, "team")
    assert not town.tell_of(news(("c9", "Ni"), tenant_id="u")).changed
    assert not town.remove_from(news(tenant_id="u")).changed
    assert town.get(Team, "team") == before


def test_news_that_change_nothing_write_nothing(town: Stage) -> None:
    town.add_to(news(("c1", "En"), whole=True), by="anja")
    assert not town.tell_of(news(("c1", "En"))).changed


@pytest.mark.parametrize(
    ("by", "homes", "owner"),
    [
        pytest.param("anja", {}, "lillevik", id="whom the registry knows"),
        pytest.param("berit", {}, "storvik", id="of another municipality"),
        pytest.param("drude", {}, None, id="of those who run the rollout"),
        pytest.param("ukjent", {}, None, id="a stranger"),
        pytest.param("", {}, None, id="nobody named"),
        pytest.param("ukjent", {"t": {"storvik"}}, "storvik", id="a tenant with one home"),
        pytest.param("drude", {"t": {"storvik"}}, "storvik", id="a provider in a tenant with one home"),
        pytest.param("anja", {"t": {"storvik"}}, "storvik", id="somebody of elsewhere in a tenant with one home"),
        pytest.param("anja", {"t": {"storvik", "samdrift"}}, None, id="somebody of none of the tenant's homes"),
        pytest.param("berit", {"t": {"storvik", "lillevik"}}, "storvik", id="one of the tenant's homes"),
    ],
)
def test_a_team_is_given_to_a_municipality_only_when_it_is_certain(
    town: Stage, by: str, homes: dict[str, set[str]], owner: str | None
) -> None:
    town.content = replace(town.content, homes={tenant: frozenset(home) for tenant, home in homes.items()})
    town.put(Person(id="ukjent", name="", created_at=town.now))
    town.add_to(news(("c1", "")), by=by)
    assert town.get(Team, "team").municipality_id == owner
    acts = [audit for audit in town.audits if audit.act == "team.placed"]
    assert [dict(audit.details)["municipality"] for audit in acts] == ([owner] if owner else [])


def test_what_somebody_says_of_their_own_workplace_is_not_enough(town: Stage) -> None:
    town.put(person("selv", "skole"))
    town.add_to(news(("c1", "")), by="selv")
    assert town.get(Team, "team").municipality_id is None


def test_who_wrote_in_a_team_did_not_add_the_bot_to_it(town: Stage) -> None:
    town.tell_of(news(("c1", "")))
    assert town.get(Team, "team").municipality_id is None


def test_whose_a_team_is_stays_what_people_said(town: Stage) -> None:
    town.add_to(news(("c1", "")), by="anja")
    town.add_to(news(("c1", "")), by="berit")
    assert town.get(Team, "team").municipality_id == "lillevik"


def place(town: Stage, who: str, municipality: str, team_id: str = "team") -> Any:
    return town.press(who, "team.place", slot="team/1", team_id=team_id, municipality=municipality)


def test_the_providers_administrator_says_whose_a_team_is(town: Stage) -> None:
    town.add_to(news(("c1", "")), by="drude")
    town.press("drude", "team.show")
    [slot] = town.slots("drude", "team/")
    assert "Lag" in town.shown("drude", slot)
    assert town.texts("drude")("team.nobody") in town.shown("drude", slot)
    town.press("drude", "team.open", slot=slot, team_id="team")
    assert "Storvik kommune" in town.shown("drude", slot)
    outcome = place(town, "drude", "storvik")
    assert town.get(Team, "team").municipality_id == "storvik"
    assert outcome.audits == [
        Audit(act="team.placed", subject="team", by="drude", details=(("municipality", "storvik"),))
    ]


def test_an_announcer_sees_own_teams_only_and_may_only_say_that_one_is_not_theirs(town: Stage) -> None:
    town.add_to(news(("c1", "")), by="anja")
    town.press("berit", "team.show")
    assert "Lag" not in town.shown("berit", town.slots("berit", "team/")[-1])
    assert place(town, "berit", "storvik").notice == town.texts("berit")("team.refuse.unknown")
    assert place(town, "anja", "storvik").notice == town.texts("anja")("team.refuse.municipality")
    assert town.get(Team, "team").municipality_id == "lillevik"
    assert not place(town, "anja", "-").notices
    assert town.get(Team, "team").municipality_id is None
    assert place(town, "anja", "lillevik").notice == town.texts("anja")("team.refuse.unknown")


def test_a_team_is_given_to_none_but_the_homes_of_its_tenant(town: Stage) -> None:
    town.content = replace(town.content, homes={"t": frozenset({"lillevik", "samdrift"})})
    town.add_to(news(("c1", "")))
    for wrong in ("storvik", "atlantis", ""):
        assert place(town, "drude", wrong).notice == town.texts("drude")("team.refuse.municipality")
    assert town.get(Team, "team").municipality_id is None


@pytest.mark.parametrize("verb", ["team.show", "team.open", "team.place"])
def test_others_see_and_change_no_teams(town: Stage, verb: str) -> None:
    town.put(person("sjef", "skole", Role.ADMIN))
    town.add_to(news(("c1", "")), by="anja")
    for who in ("nils", "sjef", ""):
        outcome = town.press(who, verb, slot="team/1", team_id="team", municipality="-")
        assert outcome.notices
        assert not outcome.changed
    outcome = town.press("anja", verb, slot="team/1", scope=Scope.TEAM, team_id="team", municipality="-")
    assert outcome.notice == town.texts("anja")("announce.refuse.in_private")


def test_nothing_of_who_changed_a_team_is_kept(town: Stage) -> None:
    town.add_to(news(("c1", "")), by="anja")
    assert "anja" not in repr(town.get(Team, "team"))
