"""What happens to one slot, rule by rule: posted, claimed, settled, given back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.ports import Delivery, DeliveryStatus, PostWrite, Settled
from bot.stores import slot
from dialogs.core.decision import Urgency
from dialogs.core.message import Message
from dialogs.core.person import Address
from tests.channels import TEAMS, WEB
from tests.unit.delivery.scene import NOON

SOON, LATER, LAST = (NOON + timedelta(minutes=n) for n in (1, 30, 60))
OLD, NEW = Message(text="Først"), Message(text="Så")
REFERENCE = {"activity_id": "m1"}
IN_TEAMS = Address(channel=TEAMS, data={"conversation_id": "c"})


def write(**more: Any) -> PostWrite:
    return PostWrite(**{"recipient": "kari", "slot": "s", "message": NEW, "due_at": NOON, **more})


def delivery(**more: Any) -> Delivery:
    fields: dict[str, Any] = {
        "id": "d000000000007",
        "recipient": "kari",
        "slot": "s",
        "version": 3,
        "message": OLD,
        "status": DeliveryStatus.WAITING,
        "sequence": 7,
        "posted_at": NOON - timedelta(hours=2),
        "due_at": NOON - timedelta(hours=1),
    }
    return Delivery(**{**fields, **more})


def leased(**more: Any) -> Delivery:
    held = {"status": DeliveryStatus.LEASED, "lease_token": "w/1", "lease_until": SOON}
    return delivery(**{**held, **more})


def settled_as(status: DeliveryStatus, **more: Any) -> Delivery:
    return delivery(**{"status": status, "settled_at": NOON - timedelta(minutes=5), "attempts": 1, **more})


def posted(old: Delivery | None, wanted: PostWrite) -> Delivery:
    new = slot.posted(old, wanted, at=NOON, sequence=8)
    assert new is not None
    return new


# Names and places


def test_ids_sort_as_sequences_do_and_name_them() -> None:
    ids = [slot.delivery_id(number) for number in (1, 9, 10, 912_345_678_901)]
    assert ids == sorted(ids)
    assert [slot.sequence_of(id_) for id_ in ids] == [1, 9, 10, 912_345_678_901]
    assert slot.worker_of("w/1/2") == "w"
    assert slot.worker_of("") == ""


def test_a_slot_about_a_person_who_is_forgotten_names_the_delivery_instead() -> None:
    assert slot.without_person("handoff/kari/chat", "kari", "d7") == "handoff/d7/chat"
    assert slot.without_person("handoff/kari-2/kari", "kari", "d7") == "handoff/kari-2/d7"
    assert slot.without_person("handoff/karin", "kari", "d7") == "handoff/karin"


@pytest.mark.parametrize("status", [DeliveryStatus.WAITING, DeliveryStatus.DEAD, DeliveryStatus.SENT])
def test_the_reason_of_an_outcome_stands_until_the_next(status: DeliveryStatus) -> None:
    ended = Settled(delivery_id="d000000000007", lease_token="w/1", version=3, status=status, at=NOON, reason="why")
    assert slot.settled(leased(reason="before"), ended).reason == "why"
    assert slot.settled(leased(reason="before"), replace(ended, reason="")).reason == ""


@pytest.mark.parametrize(
    ("urgency", "group", "lane"),
    [
        (Urgency.CRITICAL, None, 0),
        (Urgency.CRITICAL, "g", 0),
        (Urgency.NORMAL, None, 1),
        (Urgency.QUIET, None, 1),
        (Urgency.NORMAL, "g", 2),
    ],
)
def test_what_is_critical_goes_first_and_what_goes_to_many_last(urgency: Urgency, group: str | None, lane: int) -> None:
    assert slot.lane(delivery(urgency=urgency, group=group)) == lane
    assert slot.LAST_LANE == 2


def test_a_worker_is_needed_when_it_is_due_or_ends_and_no_lease_holds_it() -> None:
    assert slot.wake_at(delivery(due_at=SOON)) == SOON
    assert slot.wake_at(delivery(due_at=LATER, expires_at=SOON)) == SOON
    assert slot.wake_at(delivery(due_at=SOON, expires_at=LATER)) == SOON
    assert slot.wake_at(leased(due_at=NOON, lease_until=LATER)) == LATER
    assert slot.wake_at(leased(due_at=LATER, lease_until=SOON)) == LATER
    assert slot.ready_at(delivery(ready_at=SOON)) == SOON
    assert slot.ready_at(delivery(due_at=SOON)) == SOON


@pytest.mark.parametrize("status", list(DeliveryStatus))
def test_only_what_waits_or_is_leased_is_owed(status: DeliveryStatus) -> None:
    assert slot.is_pending(delivery(status=status)) is (status in {DeliveryStatus.WAITING, DeliveryStatus.LEASED})


# Posted


def test_a_first_message_is_owed_with_everything_its_post_says() -> None:
    wanted = write(
        group="g", urgency=Urgency.QUIET, due_at=LATER, expires_at=LAST, address=IN_TEAMS, message=OLD, turn="t1"
    )
    new = posted(None, wanted)
    expected = delivery(
        id="d000000000008",
        version=1,
        sequence=8,
        posted_at=NOON,
        due_at=LATER,
        ready_at=LATER,
        group="g",
        urgency=Urgency.QUIET,
        expires_at=LAST,
        address=IN_TEAMS,
        turn="t1",
    )
    assert new == expected


def test_what_ends_before_it_is_due_stands_in_line_where_it_ends() -> None:
    assert posted(None, write(due_at=LAST, expires_at=SOON)).ready_at == SOON


@pytest.mark.parametrize(
    "wanted", [write(message=None), write(only_update=True), write(message=None, only_update=True)]
)
def test_an_empty_slot_is_neither_emptied_nor_only_updated(wanted: PostWrite) -> None:
    assert slot.posted(None, wanted, at=NOON, sequence=8) is None


def test_a_reply_is_leased_by_its_turn() -> None:
    new = posted(None, write(lease_token="turn", lease_until=SOON))
    assert (new.status, new.lease_token, new.lease_until) == (DeliveryStatus.LEASED, "turn", SOON)
    new = posted(None, write(lease_until=SOON))
    assert (new.status, new.lease_token, new.lease_until) == (DeliveryStatus.WAITING, None, None)


def test_a_newer_message_takes_the_place_of_one_that_is_owed() -> None:
    old = delivery(
        attempts=4, reason="throttled", group="g", address=IN_TEAMS, expires_at=LATER, urgency=Urgency.CRITICAL
    )
    new = posted(old, write())
    assert (new.version, new.message, new.attempts, new.reason) == (4, NEW, 0, "")
    assert (new.group, new.address, new.expires_at, new.urgency) == ("g", IN_TEAMS, None, Urgency.NORMAL)
    assert (new.id, new.sequence, new.posted_at) == (old.id, old.sequence, old.posted_at)
    assert new.ready_at == old.due_at, "it keeps its place in the line"
    assert new.due_at == NOON
    other = posted(old, write(group="h", address=replace(IN_TEAMS, data={})))
    assert (other.group, other.address) == ("h", replace(IN_TEAMS, data={}))


def test_what_is_owed_is_updated_although_nothing_has_landed_yet() -> None:
    new = posted(delivery(attempts=4), write(only_update=True, due_at=SOON))
    assert (new.status, new.version, new.message, new.due_at) == (DeliveryStatus.WAITING, 4, NEW, SOON)
    assert new.attempts == 0


@pytest.mark.parametrize(
    ("old", "due_at", "place"),
    [
        (delivery(ready_at=NOON - timedelta(days=1)), NOON, NOON - timedelta(days=1)),
        (delivery(due_at=LATER, ready_at=LATER), NOON, NOON),
        (delivery(), SOON, SOON),
        (settled_as(DeliveryStatus.SENT, reference=REFERENCE), NOON, NOON),
    ],
)
def test_only_what_is_owed_and_due_keeps_its_place(old: Delivery, due_at: Any, place: Any) -> None:
    assert posted(old, write(due_at=due_at)).ready_at == place


@pytest.mark.parametrize("only_update", [True, False])
def test_a_message_that_landed_is_owed_again_when_it_changes(only_update: bool) -> None:
    old = settled_as(DeliveryStatus.SENT, reference=REFERENCE, channel=TEAMS)
    new = posted(old, write(only_update=only_update))
    assert (new.status, new.version, new.reference, new.settled_at) == (DeliveryStatus.WAITING, 4, REFERENCE, None)
    gone = posted(old, write(message=None, only_update=only_update))
    assert (gone.status, gone.message, gone.reference) == (DeliveryStatus.WAITING, None, REFERENCE)


def test_taking_away_what_never_landed_is_done_at_once() -> None:
    gone = posted(delivery(reason="throttled"), write(message=None))
    assert (gone.status, gone.settled_at, gone.message, gone.reason) == (DeliveryStatus.DELETED, NOON, None, "")
    assert (gone.lease_token, gone.lease_until) == (None, None)


def test_what_failed_keeps_the_newest_text_and_is_owed_only_when_wanted_anew() -> None:
    failed = settled_as(DeliveryStatus.DEAD)
    updated = posted(failed, write(only_update=True))
    assert (updated.status, updated.version, updated.message) == (DeliveryStatus.DEAD, 4, NEW)
    assert updated.settled_at == failed.settled_at
    gone = posted(failed, write(message=None, only_update=True))
    assert (gone.status, gone.version, gone.settled_at) == (DeliveryStatus.DELETED, 4, NOON)
    assert posted(failed, write()).status is DeliveryStatus.WAITING


def test_a_message_that_was_taken_away_is_not_updated_and_may_be_posted_anew() -> None:
    gone = settled_as(DeliveryStatus.DELETED, message=None)
    assert slot.posted(gone, write(only_update=True), at=NOON, sequence=8) is None
    again = posted(gone, write())
    assert (again.status, again.version, again.sequence) == (DeliveryStatus.WAITING, 4, 7)


@pytest.mark.parametrize("wanted", [write(), write(message=None), write(lease_token="turn", lease_until=LAST)])
def test_a_send_under_way_keeps_its_lease_and_what_is_wanted_waits_behind_it(wanted: PostWrite) -> None:
    new = posted(leased(), wanted)
    assert (new.status, new.lease_token, new.lease_until) == (DeliveryStatus.LEASED, "w/1", SOON)
    assert (new.version, new.message, new.possibly_twice) == (4, wanted.message, False)


@pytest.mark.parametrize("ran_out", [NOON, NOON - timedelta(minutes=1)])
def test_a_send_whose_lease_ran_out_may_have_landed(ran_out: Any) -> None:
    new = posted(leased(lease_until=ran_out), write())
    assert (new.status, new.lease_token, new.possibly_twice) == (DeliveryStatus.WAITING, None, True)
    taken = posted(leased(lease_until=ran_out), write(lease_token="turn", lease_until=LAST))
    assert (taken.status, taken.lease_token, taken.possibly_twice) == (DeliveryStatus.LEASED, "turn", True)


def test_that_it_may_have_come_twice_stays() -> None:
    assert posted(delivery(possibly_twice=True), write()).possibly_twice
    assert not posted(delivery(), write()).possibly_twice


# Claimed


def claimed(owed: Delivery) -> Delivery:
    return slot.claimed(owed, now=NOON, lease_for=timedelta(minutes=2), token="w/2")


def test_a_claim_is_a_lease() -> None:
    new = claimed(delivery(reason="throttled"))
    assert new == delivery(
        reason="throttled", status=DeliveryStatus.LEASED, lease_token="w/2", lease_until=NOON + timedelta(minutes=2)
    )


def test_a_lease_that_ran_out_is_claimed_with_the_mark() -> None:
    assert claimed(leased()).possibly_twice
    assert claimed(delivery(possibly_twice=True)).possibly_twice


@pytest.mark.parametrize(
    ("expires_at", "ended"), [(NOON, True), (NOON - timedelta(1), True), (SOON, False), (None, False)]
)
def test_what_has_ended_is_not_sent_any_more(expires_at: Any, ended: bool) -> None:
    new = claimed(leased(expires_at=expires_at))
    assert (new.status is DeliveryStatus.EXPIRED) is ended
    if ended:
        assert (new.settled_at, new.lease_token, new.lease_until, new.possibly_twice) == (NOON, None, None, True)
        assert not claimed(delivery(expires_at=expires_at)).possibly_twice


def test_nothing_where_nothing_is_wanted_is_settled_without_sending() -> None:
    new = claimed(leased(message=None, expires_at=NOON))
    assert (new.status, new.settled_at, new.lease_token, new.possibly_twice) == (
        DeliveryStatus.DELETED,
        NOON,
        None,
        True,
    )
    assert claimed(delivery(message=None, reference=REFERENCE)).status is DeliveryStatus.LEASED


# Settled


def outcome(status: DeliveryStatus, **more: Any) -> Settled:
    fields: dict[str, Any] = {"delivery_id": "d000000000007", "lease_token": "w/1", "version": 3, "at": NOON}
    return Settled(**{**fields, "status": status, **more})


@pytest.mark.parametrize(
    ("held", "told", "holds"),
    [
        (leased(), {}, True),
        (leased(version=4), {}, True),
        (leased(), {"version": 4}, False),
        (leased(lease_token="w/2"), {}, False),
        (leased(lease_token=None), {}, False),
        (delivery(lease_token="w/1"), {}, False),
        (settled_as(DeliveryStatus.SENT, lease_token="w/1"), {}, False),
        (None, {}, False),
    ],
)
def test_only_the_holder_of_the_lease_settles(held: Delivery | None, told: dict[str, Any], holds: bool) -> None:
    assert slot.holds(held, outcome(DeliveryStatus.SENT, **told)) is holds


def test_what_landed_is_kept_with_where() -> None:
    new = slot.settled(leased(attempts=2), outcome(DeliveryStatus.SENT, reference=REFERENCE, channel=WEB))
    assert new == delivery(
        attempts=3, status=DeliveryStatus.SENT, reference=REFERENCE, channel=WEB, settled_at=NOON, first_sent_at=NOON
    )
    again = slot.settled(replace(leased(), reference={"a": "b"}, channel=WEB), outcome(DeliveryStatus.DEAD))
    assert (again.reference, again.channel) == ({"a": "b"}, WEB), "what stands there stands on"
    same = slot.settled(leased(channel=WEB), outcome(DeliveryStatus.SENT, reference=REFERENCE))
    assert same.channel == WEB


def test_what_was_taken_away_stands_nowhere() -> None:
    held = leased(reference=REFERENCE, channel=TEAMS, message=None)
    gone = slot.settled(held, outcome(DeliveryStatus.DELETED))
    assert (gone.status, gone.reference, gone.channel) == (DeliveryStatus.DELETED, None, None)


@pytest.mark.parametrize("counts", [True, False])
def test_what_is_to_be_tried_again_waits_and_keeps_its_place(counts: bool) -> None:
    held = leased(attempts=1, ready_at=NOON - timedelta(days=1))
    new = slot.settled(
        held, outcome(DeliveryStatus.WAITING, due_at=LATER, reason="throttled", counts_as_attempt=counts)
    )
    assert (new.status, new.due_at, new.ready_at, new.reason) == (
        DeliveryStatus.WAITING,
        LATER,
        NOON - timedelta(days=1),
        "throttled",
    )
    assert (new.attempts, new.lease_token, new.lease_until, new.settled_at) == (1 + counts, None, None, None)
    assert slot.settled(leased(), outcome(DeliveryStatus.WAITING)).due_at == NOON
    sooner = slot.settled(leased(ready_at=LAST), outcome(DeliveryStatus.WAITING, due_at=SOON))
    assert sooner.ready_at == SOON


@pytest.mark.parametrize(("before", "told", "after"), [(False, False, False), (True, False, True), (False, True, True)])
def test_that_it_may_come_twice_is_kept(before: bool, told: bool, after: bool) -> None:
    held = leased(possibly_twice=before)
    assert slot.settled(held, outcome(DeliveryStatus.SENT, possibly_twice=told)).possibly_twice is after


def test_when_a_message_first_arrived_stays_through_later_versions() -> None:
    later = NOON + timedelta(hours=1)
    first = slot.settled(leased(), outcome(DeliveryStatus.SENT, reference=REFERENCE))
    corrected = slot.posted(first, write(due_at=later), at=later, sequence=9)
    assert corrected is not None
    assert (corrected.settled_at, corrected.delivered_at) == (None, NOON)
    held = slot.claimed(corrected, now=later, lease_for=timedelta(minutes=1), token="w/1")
    again = slot.settled(held, outcome(DeliveryStatus.SENT, version=corrected.version, at=later))
    assert (again.settled_at, again.first_sent_at) == (later, NOON)
    older = slot.settled(leased(version=4), outcome(DeliveryStatus.SENT, reference=REFERENCE))
    assert older.first_sent_at == NOON, "also of a version that another one replaced on its way"
    assert slot.settled(leased(), outcome(DeliveryStatus.DEAD)).delivered_at is None
    assert settled_as(DeliveryStatus.SENT).delivered_at == NOON - timedelta(minutes=5), "kept by an earlier program"


def test_when_another_version_is_wanted_meanwhile_what_landed_is_known_and_the_rest_is_owed() -> None:
    held = leased(version=4, message=NEW, attempts=0)
    landed = slot.settled(held, outcome(DeliveryStatus.SENT, reference=REFERENCE, channel=WEB))
    assert (landed.status, landed.reference, landed.channel) == (DeliveryStatus.WAITING, REFERENCE, WEB)
    assert (landed.attempts, landed.settled_at, landed.lease_token) == (0, None, None)
    failed = slot.settled(leased(version=4, message=None), outcome(DeliveryStatus.DEAD))
    assert (failed.status, failed.settled_at) == (DeliveryStatus.DELETED, NOON), "nothing landed, and nothing is wanted"
    shown = slot.settled(leased(version=4, message=None), outcome(DeliveryStatus.SENT, reference=REFERENCE))
    assert shown.status is DeliveryStatus.WAITING


# Given back


def test_a_lease_given_back_leaves_no_mark_and_one_given_up_does() -> None:
    assert slot.released(leased()) == delivery()
    assert slot.given_up(leased()) == delivery(possibly_twice=True)
