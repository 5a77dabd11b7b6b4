from dataclasses import replace
from datetime import timedelta

import pytest

from bot.channels.teams.setup import teams_spec
from bot.channels.web.spec import WEB_SPEC
from bot.delivery.sender import BackoffPolicy
from bot.ports import DeliveryStatus, Faulted, Landed, Missing, Outcome, Throttled, Unreachable
from dialogs.core.channel import Channels
from dialogs.core.person import Address
from tests.channels import TEAMS, WEB
from tests.unit.delivery.scene import NOON, TENANT, Scene, in_teams, owed


@pytest.fixture
def scene() -> Scene:
    scene = Scene()
    scene.people.people["p1"] = in_teams("p1")
    return scene


async def test_a_new_message_is_sent_where_the_person_wrote_last(scene: Scene) -> None:
    settled = await scene.sender.deliver(owed())
    assert settled.status is DeliveryStatus.SENT
    assert settled.channel == TEAMS
    assert settled.reference == {"conversation_id": "c-p1", "tenant_id": TENANT, "activity_id": "m1"}
    assert (settled.delivery_id, settled.lease_token, settled.version) == ("d-p1-announcement/1", "lease-1", 1)
    assert scene.teams.done == [("send", "p1", "Hei")]


async def test_a_pinned_address_needs_no_person(scene: Scene) -> None:
    pinned = Address(channel=WEB, data={"line": "7"})
    settled = await scene.sender.deliver(owed("conversation:x", address=pinned))
    assert settled.channel == WEB
    assert scene.web.places == [{"line": "7"}]


async def test_a_message_that_landed_is_changed_in_place_on_its_own_channel(scene: Scene) -> None:
    landed = owed(reference={"activity_id": "m9"}, channel=WEB, text="Nytt")
    settled = await scene.sender.deliver(landed)
    assert scene.web.done == [("update", "p1", "Nytt")]
    assert settled.status is DeliveryStatus.SENT


async def test_a_message_that_is_gone_is_sent_anew(scene: Scene) -> None:
    scene.teams.script = [Missing()]
    settled = await scene.sender.deliver(owed(reference={"activity_id": "m9"}, channel=TEAMS, text="Nytt"))
    assert scene.teams.done == [("update", "p1", "Nytt"), ("send", "p1", "Nytt")]
    assert settled.status is DeliveryStatus.SENT


@pytest.mark.parametrize("answer", [Landed(reference={}), Missing()])
async def test_taking_away_what_is_there_or_no_longer_there_settles_as_deleted(scene: Scene, answer: Outcome) -> None:
    scene.teams.script = [answer]
    settled = await scene.sender.deliver(owed(text=None, reference={"activity_id": "m9"}, channel=TEAMS))
    assert scene.teams.done == [("delete", "p1", "")]
    assert settled.status is DeliveryStatus.DELETED


async def test_taking_away_what_never_landed_sends_nothing(scene: Scene) -> None:
    settled = await scene.sender.deliver(owed(text=None))
    assert settled.status is DeliveryStatus.DELETED
    assert scene.teams.done == []


async def test_a_throttled_send_waits_as_long_as_asked_and_is_no_failed_attempt(scene: Scene) -> None:
    scene.teams.script = [Throttled(retry_after_seconds=17, tenant_id=TENANT)]
    settled = await scene.sender.deliver(owed(attempts=13))
    assert settled.status is DeliveryStatus.WAITING
    assert settled.due_at == NOON + timedelta(seconds=17)
    assert not settled.counts_as_attempt
    assert scene.limiter.paused_until(TENANT, now=NOON) == NOON + timedelta(seconds=17)


async def test_a_conversation_that_is_throttled_pauses_no_tenant(scene: Scene) -> None:
    scene.teams.script = [Throttled(retry_after_seconds=17)]
    settled = await scene.sender.deliver(owed())
    assert settled.due_at == NOON + timedelta(seconds=17)
    assert scene.limiter.paused_until(TENANT, now=NOON) is None


async def test_throttling_without_a_time_backs_off_a_bounded_number_of_times(scene: Scene) -> None:
    scene.teams.script = [Throttled(retry_after_seconds=None), Throttled(retry_after_seconds=None)]
    first = await scene.sender.deliver(owed())
    last = await scene.sender.deliver(owed(attempts=13))
    assert (first.status, first.counts_as_attempt) == (DeliveryStatus.WAITING, True)
    assert last.status is DeliveryStatus.DEAD


async def test_a_passing_fault_is_tried_again_later_and_later(scene: Scene) -> None:
    scene.teams.script = [Faulted(reason="http_503", again=True)] * 3
    scene.dice.drawn = 0.5
    pauses = []
    for attempts in range(3):
        settled = await scene.sender.deliver(owed(attempts=attempts))
        assert settled.status is DeliveryStatus.WAITING
        assert settled.reason == "http_503"
        assert settled.due_at is not None
        pauses.append((settled.due_at - NOON).total_seconds())
    assert pauses == [1.5, 3.0, 6.0]


async def test_the_last_attempt_that_fails_leaves_it_dead_with_its_reason(scene: Scene) -> None:
    scene.teams.script = [Faulted(reason="http_503", again=True)]
    settled = await scene.sender.deliver(owed(attempts=BackoffPolicy().most_attempts - 1))
    assert (settled.status, settled.reason) == (DeliveryStatus.DEAD, "http_503")


@pytest.mark.parametrize(("unsure", "reference"), [(True, None), (False, None), (True, {"activity_id": "m1"})])
async def test_only_a_new_message_whose_answer_was_lost_may_come_twice(
    scene: Scene, unsure: bool, reference: dict[str, str] | None
) -> None:
    scene.teams.script = [Faulted(reason="timeout", again=True, unsure=unsure)]
    settled = await scene.sender.deliver(owed(reference=reference, channel=TEAMS if reference else None))
    assert settled.possibly_twice == (unsure and reference is None)


async def test_no_conversation_is_opened_in_teams_where_the_bot_cannot(scene: Scene) -> None:
    scene.people.people["p1"] = replace(in_teams("p1"), addresses={}, last_channel=None)
    scene.specs = Channels((teams_spec(lambda _: False), WEB_SPEC))
    settled = await scene.sender.deliver(owed())
    assert settled.channel == WEB


async def test_a_lasting_fault_is_not_tried_again(scene: Scene) -> None:
    scene.teams.script = [Faulted(reason="MessageSizeTooBig", again=False)]
    settled = await scene.sender.deliver(owed())
    assert (settled.status, settled.reason) == (DeliveryStatus.DEAD, "MessageSizeTooBig")


async def test_somebody_who_blocked_the_bot_is_noted_and_left_in_peace(scene: Scene) -> None:
    scene.teams.script = [Unreachable(reason="ConversationBlockedByUser")]
    settled = await scene.sender.deliver(owed())
    assert settled.status is DeliveryStatus.UNREACHABLE
    assert scene.people.notes == {("p1", TEAMS): None}

    person = scene.people.people["p1"]
    closed = replace(person.addresses[TEAMS], reachable=False)
    scene.people.people["p1"] = replace(person, addresses={TEAMS: closed})
    again = await scene.sender.deliver(owed())
    assert (again.status, again.reason) == (DeliveryStatus.UNREACHABLE, "closed_by_person")
    assert len(scene.teams.done) == 1


async def test_the_conversation_that_had_to_be_created_is_noted(scene: Scene) -> None:
    scene.people.people["p1"] = replace(in_teams("p1"), addresses={}, last_channel=None)
    made = Address(channel=TEAMS, data={"conversation_id": "made"})
    scene.teams.script = [Landed(reference={"activity_id": "m1"}, address=made)]
    await scene.sender.deliver(owed())
    assert scene.teams.places == [{"object_id": "o-p1", "tenant_id": TENANT}]
    assert scene.people.notes == {("p1", TEAMS): made}


async def test_somebody_without_teams_is_reached_on_the_web_page(scene: Scene) -> None:
    scene.people.people["p1"] = replace(in_teams("p1"), addresses={}, last_channel=None, object_id=None)
    settled = await scene.sender.deliver(owed())
    assert (settled.status, settled.channel) == (DeliveryStatus.SENT, WEB)


async def test_somebody_who_is_no_longer_known_is_unreachable(scene: Scene) -> None:
    settled = await scene.sender.deliver(owed("p-gone"))
    assert (settled.status, settled.reason) == (DeliveryStatus.UNREACHABLE, "unknown_person")


async def test_a_channel_that_cannot_be_reached_is_nobodys_closed_door(scene: Scene) -> None:
    scene.teams.script = [Unreachable(reason="BotNotInConversationRoster")]
    pinned = Address(channel=TEAMS, data={"channel_id": "c", "tenant_id": TENANT})
    settled = await scene.sender.deliver(owed("channel:c", address=pinned))
    assert settled.status is DeliveryStatus.UNREACHABLE
    assert scene.people.notes == {}


async def test_a_message_that_is_gone_from_a_channel_is_posted_there_anew(scene: Scene) -> None:
    scene.teams.script = [Missing()]
    pinned = Address(channel=TEAMS, data={"channel_id": "c", "tenant_id": TENANT})
    there = owed("channel:c", address=pinned, reference={"activity_id": "m9"}, channel=TEAMS)
    assert (await scene.sender.deliver(there)).status is DeliveryStatus.SENT
    assert scene.teams.places[-1] == pinned.data
