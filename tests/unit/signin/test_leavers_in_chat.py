"""What a person who has left the registry is told and shown in the chat: general answers, and nothing of colleagues."""

from dataclasses import replace

import pytest

from bot.content.catalogue import commands_of
from dialogs.announce.audience import Audience
from dialogs.announce.card_slots import progress_card_holders
from dialogs.announce.model import Announcement
from dialogs.availability.profile import AmbassadorProfile
from dialogs.core.event import Event
from dialogs.core.person import Person, Role
from dialogs.core.query import Flow
from dialogs.core.session import Session
from dialogs.handoff.draft import Draft
from dialogs.handoff.transitions import Status
from dialogs.provisioning.model import ScimUser
from dialogs.router import CLOSED_TO_LEAVERS, TIMERS, VERBS, route
from dialogs.signin.flow import loses_rights
from dialogs.signin.model import SignInLink, SignInMethod, WebSession
from tests.unit.driver import CATALOGUE, TUESDAY, Stage
from tests.unit.handoff.scene import accepted, asked, enlist, handoff, organisation, person
from tests.unit.handoff.scene import ambassador as helper


class Town(Stage):
    """A stage on which the router itself decides what an event is."""

    def _route(self, event: Event) -> Flow:
        return route(event, self.content)


@pytest.fixture
def town() -> Stage:
    scene = Town(organisation(), verbs=VERBS, timers=TIMERS)
    scene.content = replace(scene.content, commands=commands_of(CATALOGUE))
    scene.put(person("kari", "nord"), person("boss", "skole", Role.ADMIN), person("kim", "skole", Role.CONTACT))
    enlist(scene, helper("ana", "nord"))
    return scene


def leaves(scene: Stage, who: str = "kari") -> None:
    """Let the registry lose somebody, as an import does."""
    scene.put(
        replace(scene.get(Person, who), municipality_id=None, unit_id=None, object_id="o", tenant_id="t", left=True)
    )


@pytest.mark.parametrize("verb", sorted(verb for verb in VERBS if verb.startswith(CLOSED_TO_LEAVERS)))
def test_nothing_that_concerns_colleagues_is_done_for_a_leaver(town: Stage, verb: str) -> None:
    leaves(town)
    outcome = town.press("kari", verb, handoff_id="h1", announcement_id="a1", person_id="ana")
    [slot] = town.slots("kari")
    assert town.texts("kari")("profile.left") in town.shown("kari", slot)
    assert "Ana" not in town.shown("kari", slot)
    assert not outcome.changed


def suspended(scene: Stage, who: str, *, waiting: bool = True) -> None:
    """Let a directory deactivate an account while too many leave, or activate it again."""
    account = ScimUser(
        id=f"account-{who}",
        person_id=who,
        municipality_id="storvik",
        user_name=who,
        resource={},
        active=not waiting,
        waiting=waiting,
        created_at=TUESDAY,
        changed_at=TUESDAY,
    )
    scene.put(account, replace(scene.get(Person, who), registered=True))


# About oneself: what is stored, one's place and language, questions and answers, courses.
ONES_OWN = (
    "ask.",
    "contacts.",
    "learn.",
    "privacy.",
    "profile.",
    "signin.",
    "status.show",
    "status.follow",
    "status.leave",
    "timeline.when",
)


@pytest.mark.parametrize("verb", sorted(verb for verb in VERBS if not verb.startswith(ONES_OWN)))
def test_nothing_is_done_for_one_whose_removal_waits(town: Stage, verb: str) -> None:
    suspended(town, "boss")
    outcome = town.press("boss", verb, handoff_id="h1", announcement_id="a1", person_id="ana", municipality="storvik")
    [slot] = town.slots("boss")
    assert town.texts("boss")("profile.suspended") in town.shown("boss", slot)
    assert "Ana" not in town.shown("boss", slot)
    assert not outcome.changed


def test_own_data_stay_within_reach_and_activation_lifts_it(town: Stage) -> None:
    suspended(town, "kari")
    town.press("kari", "privacy.show")
    [shown] = town.slots("kari")
    assert town.texts("kari")("profile.suspended") not in town.shown("kari", shown)
    suspended(town, "kari", waiting=False)
    town.say("kari", "min ambassadør")
    assert "Ana" in " ".join(town.shown("kari", slot) for slot in town.slots("kari"))


@pytest.mark.parametrize("words", ["min ambassadør", "hvem er min ambassadr", "mine spørsmål"])
def test_the_same_holds_for_what_is_typed(town: Stage, words: str) -> None:
    leaves(town)
    town.say("kari", words)
    assert "Ana" not in " ".join(town.shown("kari", slot) for slot in town.slots("kari"))


@pytest.mark.parametrize("verb", ["profile.place", "profile.show", "software.apply"])
def test_a_leaver_is_told_and_offered_no_municipality(town: Stage, verb: str) -> None:
    leaves(town)
    town.press("kari", verb, program="zoom")
    [slot] = town.slots("kari")
    assert town.texts("kari")("profile.left_why") in town.shown("kari", slot)
    assert not {"profile.municipality", "profile.unit", "profile.place"} & set(town.buttons("kari", slot))


@pytest.mark.parametrize(
    ("verb", "data"), [("profile.municipality", {"municipality": "storvik"}), ("profile.unit", {"unit": "bryggen"})]
)
def test_a_forged_choice_changes_nothing(town: Stage, verb: str, data: dict[str, str]) -> None:
    leaves(town)
    outcome = town.press("kari", verb, **data)
    assert (outcome.changed, town.get(Person, "kari").municipality_id) == (False, None)
    assert outcome.notice == town.texts("kari")("profile.left")


def test_open_questions_are_withdrawn_and_drafts_dropped(town: Stage) -> None:
    talked = accepted(town)
    town.press("kari", "handoff.start")
    assert town.all(Draft)
    assert town.get(Session, "kari").talking_in == talked
    leaves(town)
    town.ring("handoff.left", person_id="kari")
    assert handoff(town, talked).status is Status.WITHDRAWN
    assert town.all(Draft) == []
    before = town.slots("ana")
    town.say("kari", "Er du der fortsatt?")
    assert town.slots("ana") == before


def test_words_reach_no_colleague_also_before_the_questions_are_withdrawn(town: Stage) -> None:
    accepted(town)
    leaves(town)
    before = town.slots("ana")
    town.say("kari", "Er du der fortsatt?")
    assert town.slots("ana") == before


def test_a_question_stays_with_nobody_in_a_municipality_that_its_asker_has_left(town: Stage) -> None:
    waiting = asked(town)
    town.put(replace(town.get(Person, "kari"), municipality_id="storvik", unit_id="bryggen"))
    town.ring("handoff.left", person_id="kari")
    assert handoff(town, waiting).status is Status.WITHDRAWN


def test_nothing_is_withdrawn_for_those_who_are_back_by_then(town: Stage) -> None:
    waiting = asked(town)
    town.ring("handoff.left", person_id="kari")
    town.ring("handoff.left", person_id="nobody")
    assert handoff(town, waiting).status is not Status.WITHDRAWN


def test_a_leaver_is_in_no_audience() -> None:
    left = replace(person("kari", "nord", object_id="o", tenant_id="t"), left=True)
    assert not Audience().includes(left, organisation())
    assert not Audience().reaches(left, organisation())
    assert Audience().includes(replace(left, left=False), organisation())


def test_an_author_who_has_left_is_not_shown_how_the_announcement_goes(town: Stage) -> None:
    announcement = Announcement(
        id="a1",
        author_id="kari",
        municipality_id="lillevik",
        desk="announce/desk/1",
        created_at=TUESDAY,
        changed_at=TUESDAY,
    )
    shown = town.answer_to("boss", lambda work: progress_card_holders(announcement, town.content))
    assert [person.id for person, _ in shown] == ["kari"]
    leaves(town)
    assert town.answer_to("boss", lambda work: progress_card_holders(announcement, town.content)) == []


def test_an_ambassador_taken_out_by_an_admin_is_signed_out_and_one_who_leaves_is_not(town: Stage) -> None:
    at = {"created_at": TUESDAY, "expires_at": TUESDAY}
    town.put(
        WebSession(id="s", person_id="ana", way=SignInMethod.LINK, seen_at=TUESDAY, **at),
        SignInLink(id="l", person_id="ana", **at),
    )
    town.press("ana", "ambassador.leave")
    assert (town.signed_out, len(town.all(WebSession))) == ([], 1)
    profile = town.get(AmbassadorProfile, "ana")
    town.put(replace(profile, ambassador=replace(profile.ambassador, active=True)))
    town.press("boss", "ambassador.leave", person_id="ana")
    assert town.signed_out == ["ana"]
    assert (town.all(WebSession), town.all(SignInLink)) == ([], [])


def test_only_what_takes_something_away_counts_as_a_loss() -> None:
    before = replace(person("kari", "nord", Role.EDITOR, object_id="o", tenant_id="t"), registered=True)
    assert not loses_rights(before, replace(before, name="K", unit_id="sor", roles=before.roles | {Role.ADMIN}))
    assert not loses_rights(replace(before, tenant_id="T"), before)
    assert not loses_rights(person("ola", "nord", object_id=None), replace(before, id="ola"))
    for after in (
        None,
        replace(before, registered=False),
        replace(before, roles=frozenset({Role.EMPLOYEE})),
        replace(before, municipality_id="storvik"),
        replace(before, object_id="p"),
        replace(before, object_id=None),
    ):
        assert loses_rights(before, after), after
