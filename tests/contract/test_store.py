"""What every store promises, run over each of them with real parts."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.ports import (
    THROTTLED,
    Commit,
    Conflict,
    Delivery,
    DeliveryStatus,
    Duplicate,
    FindRead,
    Key,
    LeaseLost,
    MulticastWrite,
    PostWrite,
    RecordRead,
    RecordWrite,
    Settled,
    Share,
    Store,
    Timer,
    TimerWrite,
)
from dialogs.core.decision import Urgency
from dialogs.core.message import Message
from dialogs.core.person import Address
from knowledge.article.article import Language
from tests.channels import TEAMS, WEB
from tests.timers import due_timers

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=30)
HELLO = Message(text="Hei", card={"type": "AdaptiveCard", "body": [{"type": "TextBlock", "text": "Hei"}]})
NEWER = Message(
    text="Rettet",
    suggestions=("Status", "Hjelp"),
    image_id="image-1",
    report_id="announcement-1",
    data_of="p1",
    to_keep=True,
    language=Language.NN,
)
W1 = "w1"
ANA = Key(kind="person", id="ana")


def person(id_: str = "ana", *terms: str, expected: int | None = None, **body: Any) -> RecordWrite:
    key = Key(kind="person", id=id_)
    return RecordWrite(key=key, body=body or {"name": id_}, terms=frozenset(terms), expected=expected)


def post(recipient: str = "ana", slot: str = "welcome", message: Message | None = HELLO, **changes: Any) -> PostWrite:
    return replace(PostWrite(recipient=recipient, slot=slot, message=message, due_at=NOON), **changes)


def multicast(*recipients: str, slot: str = "news", **changes: Any) -> MulticastWrite:
    return replace(MulticastWrite(recipients=recipients, slot=slot, message=HELLO, due_at=NOON), **changes)


async def owe(store: Store, *posts: PostWrite, at: datetime = NOON) -> Sequence[Delivery]:
    return await store.commit(Commit(at=at, posts=posts))


async def claim(store: Store, at: datetime = NOON, *, limit: int = 10, token: str = W1) -> Sequence[Delivery]:
    return await store.claim(now=at, lease_for=LEASE, limit=limit, token=token)


def outcome(delivery: Delivery, status: DeliveryStatus = DeliveryStatus.SENT, **changes: Any) -> Settled:
    landed = {"activity_id": f"a-{delivery.id}"} if status is DeliveryStatus.SENT else None
    assert delivery.lease_token is not None
    settled = Settled(
        delivery_id=delivery.id,
        lease_token=delivery.lease_token,
        version=delivery.version,
        status=status,
        at=NOON + SECOND,
        channel=TEAMS if landed else None,
        reference=landed,
    )
    return replace(settled, **changes)


async def send_all(store: Store, at: datetime = NOON) -> Sequence[Delivery]:
    sent: list[Delivery] = []
    while leased := await claim(store, at):
        await store.settle([outcome(delivery) for delivery in leased])
        sent.extend(leased)
    return sent


async def slot_of(store: Store, recipient: str = "ana", slot: str = "welcome") -> Delivery:
    delivery = await store.find_delivery(recipient, slot)
    assert delivery is not None
    return delivery


class TestRecords:
    async def test_a_record_is_read_back_as_it_was_written(self, store: Store) -> None:
        body = {"name": "Ana Å", "roles": ["ambassador"], "n": 3, "nested": {"a": [1, None, True, 0.5]}}
        await store.commit(Commit(at=NOON, records=(RecordWrite(key=ANA, body=body, schema=4, terms=frozenset("xy")),)))
        stored = (await store.get([ANA, Key(kind="person", id="nobody")]))[ANA]
        assert (stored.body, stored.schema, stored.version) == (body, 4, 1)

    async def test_only_records_that_exist_are_returned(self, store: Store) -> None:
        assert await store.get([ANA]) == {}

    async def test_each_write_raises_the_version(self, store: Store) -> None:
        await store.commit(Commit(at=NOON, records=(person(expected=0),)))
        await store.commit(Commit(at=NOON, records=(person(expected=1, name="Ana B"),)))
        stored = (await store.get([ANA]))[ANA]
        assert (stored.version, stored.body) == (2, {"name": "Ana B"})

    @pytest.mark.parametrize("expected", [0, 2, 7])
    async def test_a_write_on_another_version_is_a_conflict(self, store: Store, expected: int) -> None:
        await store.commit(Commit(at=NOON, records=(person(),)))
        with pytest.raises(Conflict) as conflict:
            await store.commit(Commit(at=NOON, records=(person(expected=expected),)))
        assert conflict.value.key == ANA

    async def test_a_write_on_a_version_of_a_record_that_is_gone_is_a_conflict(self, store: Store) -> None:
        with pytest.raises(Conflict):
            await store.commit(Commit(at=NOON, records=(person(expected=1),)))

    async def test_a_removal_on_another_version_is_a_conflict(self, store: Store) -> None:
        await store.commit(Commit(at=NOON, records=(person(),)))
        with pytest.raises(Conflict):
            await store.commit(Commit(at=NOON, records=(RecordWrite(key=ANA, body=None, expected=2),)))
        assert ANA in await store.get([ANA])

    async def test_a_removed_record_is_gone_and_begins_again_at_version_one(self, store: Store) -> None:
        await store.commit(Commit(at=NOON, records=(person("ana", "all"),)))
        await store.commit(Commit(at=NOON, records=(RecordWrite(key=ANA, body=None, expected=1),)))
        assert await store.get([ANA]) == {}
        assert await store.count("person", "all") == 0
        await store.commit(Commit(at=NOON, records=(person(expected=0),)))
        assert (await store.get([ANA]))[ANA].version == 1

    async def test_removing_what_is_not_there_is_no_fault(self, store: Store) -> None:
        await store.commit(Commit(at=NOON, records=(RecordWrite(key=ANA, body=None),)))

    async def test_imports_write_whatever_is_there(self, store: Store) -> None:
        for _ in range(2):
            await store.commit(Commit(at=NOON, records=(person(expected=None),)))
        assert (await store.get([ANA]))[ANA].version == 2

    async def test_of_two_writes_of_one_record_the_last_counts(self, store: Store) -> None:
        await store.commit(Commit(at=NOON, records=(person(expected=0, n=1), person(expected=0, n=2))))
        stored = (await store.get([ANA]))[ANA]
        assert (stored.version, stored.body) == (1, {"n": 2})

    async def test_one_of_many_commits_on_the_same_version_wins(self, store: Store) -> None:
        await store.commit(Commit(at=NOON, records=(person(),)))
        commits = [store.commit(Commit(at=NOON, records=(person(expected=1, n=n),))) for n in range(8)]
        results = await asyncio.gather(*commits, return_exceptions=True)
        assert sum(isinstance(result, Conflict) for result in results) == 7
        assert (await store.get([ANA]))[ANA].version == 2

    async def test_what_a_reader_does_to_a_body_stays_with_the_reader(self, store: Store) -> None:
        body: dict[str, Any] = {"names": ["Ana"]}
        await store.commit(Commit(at=NOON, records=(RecordWrite(key=ANA, body=body),)))
        body["names"].append("Bo")
        (await store.get([ANA]))[ANA].body["names"].append("Cy")
        assert (await store.get([ANA]))[ANA].body == {"names": ["Ana"]}

    async def test_any_text_survives(self, store: Store) -> None:
        strange = 'NUL \x00, half a pair \ud83d, "quotes", æøå, 🙂,   and \\u0041'
        await store.commit(
            Commit(at=NOON, records=(person(text=strange),), posts=(post(message=Message(text=strange)),))
        )
        assert (await store.get([ANA]))[ANA].body == {"text": strange}
        [leased] = await claim(store)
        assert leased.message == Message(text=strange)

    async def test_any_text_may_be_an_id(self, store: Store) -> None:
        """People send what they like where an id belongs: it is found again or not at all."""
        strange = "x\x00\ud83d\uffff/\n'"
        key = Key(kind="person", id=strange)
        assert await store.get([key]) == {}
        assert await store.find_delivery(strange, strange) is None
        assert await store.find("person", strange, after=strange) == []
        assert await store.deliveries_of_group(strange) == await store.deliveries_of_recipient(strange) == []
        address = Address(channel=WEB, data={strange: strange})
        write = RecordWrite(key=key, body={}, terms=frozenset({strange}), expected=0)
        posts = (post(strange, strange, group=strange, address=address),)
        timers = (TimerWrite(key=strange, at=NOON, verb=strange, data={strange: strange}),)
        await store.commit(Commit(at=NOON, event_id=strange, records=(write,), posts=posts, timers=timers))
        with pytest.raises(Duplicate):
            await store.commit(Commit(at=NOON, event_id=strange))
        assert len(await store.get([key])) == await store.count("person", strange) == 1
        [leased] = await claim(store)
        await store.settle([outcome(leased, DeliveryStatus.DEAD, reason=strange)])
        assert await store.tally(strange) == {DeliveryStatus.DEAD: 1}
        [rang] = await due_timers(store, now=NOON, limit=1)
        await store.commit(Commit(at=NOON, timer_rang=rang))
        assert await store.next_timer_at() is None

    @pytest.mark.parametrize("body", [{"n": float("nan")}, {"at": NOON}, {"s": {1, 2}}])
    async def test_a_body_that_is_not_json_is_refused_and_changes_nothing(self, store: Store, body: Any) -> None:
        bad = RecordWrite(key=Key(kind="person", id="bo"), body=body)
        with pytest.raises((TypeError, ValueError)):
            await store.commit(Commit(at=NOON, event_id="e1", records=(person(), bad), posts=(post(),)))
        assert await store.get([ANA]) == {}
        assert await store.next_due_at() is None
        await store.commit(Commit(at=NOON, event_id="e1"))


class TestTerms:
    async def test_records_are_found_by_each_of_their_terms_ordered_by_id(self, store: Store) -> None:
        writes = (person("cy", "all", "unit:1"), person("ana", "all"), person("bo", "all", "unit:1"))
        await store.commit(Commit(at=NOON, records=writes))
        assert [s.key.id for s in await store.find("person", "all")] == ["ana", "bo", "cy"]
        assert [s.key.id for s in await store.find("person", "unit:1")] == ["bo", "cy"]
        assert await store.find("person", "unit:2") == []
        assert await store.find("handoff", "all") == []

    async def test_many_are_found_at_once_each_of_them_once(self, store: Store) -> None:
        people = (person("bo", "email:bo", "all"), person("ana", "email:ana", "email:bo"), person("cy", "email:cy"))
        course = RecordWrite(key=Key(kind="course", id="ana"), body={}, terms=frozenset({"email:ana"}))
        await store.commit(Commit(at=NOON, records=(*people, course)))
        found = await store.find_any("person", ["email:bo", "email:ana", "email:nobody"])
        assert [each.key for each in found] == [ANA, Key(kind="person", id="bo")]
        assert await store.find_any("person", []) == []

    async def test_pages_follow_each_other_without_gap_or_overlap(self, store: Store) -> None:
        ids = sorted({f"p{n * 7919 % 1000}" for n in range(57)} | {"Æ", "Z", "a b", "p-1", "p_1", "P1"})
        await store.commit(Commit(at=NOON, records=tuple(person(id_, "all") for id_ in reversed(ids))))
        seen: list[str] = []
        while page := await store.find("person", "all", after=seen[-1] if seen else "", limit=10):
            assert len(page) <= 10
            seen += [stored.key.id for stored in page]
        assert seen == ids

    async def test_pages_are_the_same_however_many_carry_the_term(self, store: Store) -> None:
        ids = [f"p{n:03}" for n in range(260)]
        await store.commit(Commit(at=NOON, records=tuple(person(id_, "all", f"n{int(id_[1:]) % 2}") for id_ in ids)))
        for term, wanted in (("all", ids), ("n1", ids[1::2]), ("none", [])):
            seen: list[str] = []
            while page := await store.find("person", term, after=seen[-1] if seen else "", limit=7):
                seen += [stored.key.id for stored in page]
            assert seen == wanted

    async def test_a_count_is_the_length_of_what_is_found(self, store: Store) -> None:
        await store.commit(Commit(at=NOON, records=tuple(person(f"p{n}", "all", f"unit:{n % 3}") for n in range(20))))
        assert await store.count("person", "unit:1") == len(await store.find("person", "unit:1")) == 7
        assert await store.count("person", "none") == 0

    async def test_a_record_is_no_longer_found_by_a_term_it_lost(self, store: Store) -> None:
        await store.commit(Commit(at=NOON, records=(person("ana", "open", "all"),)))
        await store.commit(Commit(at=NOON, records=(person("ana", "done", "all"),)))
        assert await store.find("person", "open") == []
        assert len(await store.find("person", "done")) == len(await store.find("person", "all")) == 1


class TestCommits:
    async def test_an_event_commits_once(self, store: Store) -> None:
        await store.commit(Commit(at=NOON, event_id="e1", records=(person(n=1),), posts=(post(),)))
        with pytest.raises(Duplicate) as duplicate:
            await store.commit(Commit(at=NOON, event_id="e1", records=(person(n=2),), posts=(post(slot="two"),)))
        assert duplicate.value.event_id == "e1"
        assert (await store.get([ANA]))[ANA].body == {"n": 1}
        assert await store.find_delivery("ana", "two") is None

    async def test_one_of_many_simultaneous_commits_of_an_event_wins(self, store: Store) -> None:
        commits = [store.commit(Commit(at=NOON, event_id="e1", records=(person(n=n),))) for n in range(8)]
        results = await asyncio.gather(*commits, return_exceptions=True)
        assert sum(isinstance(result, Duplicate) for result in results) == 7
        assert (await store.get([ANA]))[ANA].version == 1

    async def test_a_commit_that_conflicts_changes_nothing(self, store: Store) -> None:
        await store.commit(
            Commit(at=NOON, records=(person("bo"),), timers=(TimerWrite(key="t0", at=NOON, verb="x.y"),))
        )
        [rang] = await due_timers(store, now=NOON, limit=1)
        with pytest.raises(Conflict):
            await store.commit(
                Commit(
                    at=NOON,
                    event_id="e1",
                    records=(person("ana", "all"), person("bo", "all", expected=9)),
                    posts=(post(),),
                    timers=(TimerWrite(key="t1", at=NOON, verb="x.y"),),
                    timer_rang=rang,
                )
            )
        assert await store.get([ANA]) == {}
        assert await store.count("person", "all") == 0
        assert await store.find_delivery("ana", "welcome") is None
        assert await due_timers(store, now=NOON, limit=9) == [rang]
        await store.commit(Commit(at=NOON, event_id="e1"))

    async def test_a_naive_time_is_refused(self, store: Store) -> None:
        with pytest.raises(ValueError, match="aware"):
            await owe(store, post(due_at=NOON.replace(tzinfo=None)))
        assert await store.find_delivery("ana", "welcome") is None

    async def test_a_commit_returns_its_deliveries_in_order_without_dropped_ones(self, store: Store) -> None:
        made = await owe(
            store, post(slot="b"), post(slot="x", only_update=True), post(slot="a"), post(slot="y", message=None)
        )
        assert [delivery.slot for delivery in made] == ["b", "a"]

    async def test_a_multicast_owes_each_what_a_post_would(self, store: Store) -> None:
        """Some have had something in the slot before, some get another message in the same commit."""
        await owe(store, post("p003", "news", NEWER), post("p007", "news", NEWER))
        [sent] = await claim(store, limit=1)
        await store.settle([outcome(sent)])
        names = tuple(f"p{n:03}" for n in range(120))
        many = multicast(*names, group="g", due_at=NOON + SECOND, expires_at=NOON + LEASE)
        others = (post("p005", "news", NEWER), post("q", "news", NEWER, group="g"), post("r", "news", None))
        deliveries = await store.commit(Commit(at=NOON + SECOND, multicasts=(many,), posts=others))
        assert [d.recipient for d in deliveries] == ["p005", "q"]
        found = {d.recipient: d for d in await store.deliveries_of_group("g")}
        assert found.keys() == {*names, "q"}
        assert {d.recipient: d for d in deliveries} == {name: found[name] for name in ("p005", "q")}
        assert [found[name].version for name in ("p003", "p005", "p007", "p009", "q")] == [2, 2, 2, 1, 1]
        assert found["p003"].reference is not None
        assert found["p005"].message == NEWER
        await owe(store, many.post_to("alone"), at=NOON + SECOND)
        alone = await slot_of(store, "alone", "news")
        assert replace(found["p009"], id=alone.id, sequence=alone.sequence, recipient="alone") == alone
        assert await store.tally("g") == {DeliveryStatus.WAITING: 122}
        assert len(await claim(store, NOON + SECOND, limit=500)) == 122

    async def test_a_critical_multicast_lifts_what_stands_before_it(self, store: Store) -> None:
        await owe(store, *(post(f"p{n:03}", "old", group="g") for n in range(3)), post("x", "old"))
        many = multicast(*(f"p{n:03}" for n in range(1, 80)), group="h", urgency=Urgency.CRITICAL)
        await store.commit(Commit(at=NOON, multicasts=(many,)))
        first = await claim(store, limit=2)
        assert [(d.recipient, d.slot) for d in first] == [("p001", "old"), ("p002", "old")]

    async def test_a_courier_hears_of_a_multicast(self, store: Store) -> None:
        await store.wait_for_post(0.5)
        waiting = asyncio.create_task(store.wait_for_post(20))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        await store.commit(Commit(at=NOON, multicasts=(multicast("ana", "bo"),)))
        async with asyncio.timeout(10):
            await waiting

    async def test_a_naive_time_of_a_multicast_is_refused(self, store: Store) -> None:
        with pytest.raises(ValueError, match="aware"):
            await store.commit(Commit(at=NOON, multicasts=(multicast("ana", due_at=NOON.replace(tzinfo=None)),)))
        assert await store.find_delivery("ana", "news") is None

    async def test_two_posts_into_one_slot_are_one_delivery_with_the_newest(self, store: Store) -> None:
        [made] = await owe(store, post(), post(message=NEWER))
        assert (made.message, made.version) == (NEWER, 2)


class TestReads:
    """What a decision has read, and what its commit demands of it."""

    async def test_a_record_that_changed_or_went_since_it_was_read_is_a_conflict(self, store: Store) -> None:
        await store.commit(Commit(at=NOON, records=(person("ana", "t"),)))
        key = Key(kind="person", id="ana")
        for version, fits in ((1, True), (2, False), (0, False)):
            commit = Commit(at=NOON, records=(person(f"bo{version}"),), reads=(RecordRead(key=key, version=version),))
            if fits:
                await store.commit(commit)
            else:
                with pytest.raises(Conflict) as refused:
                    await store.commit(commit)
                assert refused.value.key == key
        kept = await store.get([Key(kind="person", id=f"bo{version}") for version in range(3)])
        assert {each.id for each in kept} == {"bo1"}

    async def test_a_record_that_is_found_besides_those_read_is_a_conflict(self, store: Store) -> None:
        await store.commit(Commit(at=NOON, records=(person("ana", "t"), person("cy", "t"))))
        find = FindRead(kind="person", term="t", ids=frozenset({"ana", "cy", "gone"}))
        await store.commit(Commit(at=NOON, records=(person("bo", "t"),), finds=(find,)))
        with pytest.raises(Conflict) as refused:
            await store.commit(Commit(at=NOON, records=(person("dag"),), finds=(find,)))
        assert refused.value.key == Key(kind="person", id="bo")
        other = replace(find, kind="other", ids=frozenset())
        await store.commit(Commit(at=NOON, records=(person("dag"),), finds=(other,)))

    async def test_an_erasure_and_a_writer_at_the_same_time_never_both_miss_each_other(self, store: Store) -> None:
        for number in range(20):
            id_, key = f"p{number}", Key(kind="person", id=f"p{number}")
            await store.commit(Commit(at=NOON, records=(person(id_),)))
            words = RecordWrite(key=Key(kind="word", id=id_), body={}, terms=frozenset({f"of:{id_}"}))
            find = FindRead(kind="word", term=f"of:{id_}", ids=frozenset())
            erasure = Commit(at=NOON, records=(RecordWrite(key=key, body=None, expected=1),), finds=(find,))
            writer = Commit(at=NOON, records=(words,), reads=(RecordRead(key=key, version=1),))
            both = (erasure, writer) if number % 2 else (writer, erasure)
            ended = await asyncio.gather(*map(store.commit, both), return_exceptions=True)
            assert sum(isinstance(each, Conflict) for each in ended) == 1, ended


class TestPosts:
    async def test_what_is_owed_carries_all_that_was_posted(self, store: Store) -> None:
        address = Address(channel=TEAMS, data={"conversation_id": "c1"})
        expires_at = NOON + timedelta(hours=1)
        await owe(store, post(group="g1", urgency=Urgency.CRITICAL, address=address, expires_at=expires_at))
        [leased] = await claim(store, NOON + SECOND)
        assert leased == Delivery(
            id=leased.id,
            recipient="ana",
            slot="welcome",
            version=1,
            message=HELLO,
            status=DeliveryStatus.LEASED,
            sequence=leased.sequence,
            posted_at=NOON,
            due_at=NOON,
            ready_at=NOON,
            group="g1",
            urgency=Urgency.CRITICAL,
            expires_at=expires_at,
            address=address,
            lease_token="w1",
            lease_until=NOON + SECOND + LEASE,
        )
        assert await slot_of(store) == leased

    async def test_what_landed_is_remembered(self, store: Store) -> None:
        await owe(store, post())
        [leased] = await send_all(store)
        sent = await slot_of(store)
        assert (sent.status, sent.channel, sent.reference, sent.attempts, sent.settled_at, sent.lease_token) == (
            DeliveryStatus.SENT,
            TEAMS,
            {"activity_id": f"a-{leased.id}"},
            1,
            NOON + SECOND,
            None,
        )
        assert await claim(store, NOON + 2 * LEASE) == []

    async def test_a_new_version_of_an_unsent_slot_is_all_that_is_sent(self, store: Store) -> None:
        [first] = await owe(store, post())
        await owe(store, post(message=NEWER), at=NOON + SECOND)
        [sent] = await send_all(store)
        assert (sent.id, sent.message, sent.version, sent.reference) == (first.id, NEWER, 2, None)
        assert (sent.sequence, sent.posted_at) == (first.sequence, NOON)

    async def test_a_new_version_of_a_sent_slot_is_owed_with_the_reference_to_update(self, store: Store) -> None:
        await owe(store, post())
        [first] = await send_all(store)
        await owe(store, post(message=NEWER))
        [again] = await claim(store)
        assert (again.id, again.message, again.version, again.attempts) == (first.id, NEWER, 2, 0)
        assert again.reference == {"activity_id": f"a-{first.id}"}
        assert again.channel == TEAMS

    async def test_a_version_posted_while_the_older_is_being_sent_is_owed_afterwards(self, store: Store) -> None:
        await owe(store, post())
        [slow] = await claim(store)
        await owe(store, post(message=NEWER), at=NOON + SECOND)
        assert await claim(store, NOON + SECOND) == []
        await store.settle([outcome(slow)])
        [again] = await claim(store, NOON + SECOND)
        assert (again.message, again.version, again.attempts) == (NEWER, 2, 0)
        assert again.reference == {"activity_id": f"a-{slow.id}"}
        await store.settle([outcome(again)])
        assert (await slot_of(store)).status is DeliveryStatus.SENT

    async def test_when_a_message_first_arrived_is_kept_through_corrections(self, store: Store) -> None:
        later = NOON + timedelta(hours=1)
        await owe(store, post(), post("bo"))
        await send_all(store)
        [_, kept] = await owe(store, post(message=NEWER), post("bo", message=NEWER), at=later)
        assert (kept.settled_at, kept.delivered_at) == (None, NOON + SECOND)
        [slow, other] = await claim(store, later)
        await owe(store, post(message=HELLO), at=later)
        await store.settle([outcome(slow, at=later), outcome(other, at=later)])
        for recipient in ("ana", "bo"):
            assert (await slot_of(store, recipient)).first_sent_at == NOON + SECOND
        [last] = await claim(store, later)
        await store.settle([outcome(last, at=later)])
        sent = await slot_of(store)
        assert (sent.status, sent.settled_at, sent.first_sent_at) == (DeliveryStatus.SENT, later, NOON + SECOND)

    async def test_an_older_version_that_failed_leaves_the_newer_owed(self, store: Store) -> None:
        await owe(store, post())
        [slow] = await claim(store)
        await owe(store, post(message=NEWER))
        await store.settle([outcome(slow, DeliveryStatus.DEAD, reason="no")])
        [again] = await claim(store)
        assert (again.message, again.attempts, again.reference) == (NEWER, 0, None)

    async def test_a_slot_deleted_before_it_was_sent_settles_without_a_send(self, store: Store) -> None:
        await owe(store, post(group="g"))
        [gone] = await owe(store, post(message=None), at=NOON + SECOND)
        assert (gone.status, gone.settled_at) == (DeliveryStatus.DELETED, NOON + SECOND)
        assert await claim(store) == []
        assert await store.tally("g") == {DeliveryStatus.DELETED: 1}

    async def test_a_slot_deleted_while_it_is_sent_is_taken_away_afterwards(self, store: Store) -> None:
        await owe(store, post())
        [slow] = await claim(store)
        await owe(store, post(message=None))
        await store.settle([outcome(slow)])
        [away] = await claim(store)
        assert (away.message, away.reference) == (None, {"activity_id": f"a-{slow.id}"})
        await store.settle([outcome(away, DeliveryStatus.DELETED)])
        gone = await slot_of(store)
        assert (gone.status, gone.reference, gone.channel) == (DeliveryStatus.DELETED, None, None)

    async def test_a_slot_deleted_while_a_send_fails_settles_without_another(self, store: Store) -> None:
        await owe(store, post())
        [slow] = await claim(store)
        await owe(store, post(message=None))
        await store.settle([outcome(slow, DeliveryStatus.WAITING, due_at=NOON + SECOND)])
        assert (await slot_of(store)).status is DeliveryStatus.DELETED
        assert await claim(store, NOON + LEASE) == []

    async def test_a_correction_goes_where_the_message_was_pinned(self, store: Store) -> None:
        address = Address(channel=WEB, data={"conversation_id": "c1"})
        await owe(store, post(address=address))
        await owe(store, post(message=NEWER))
        [leased] = await claim(store)
        assert leased.address == address

    async def test_a_deleted_slot_can_be_filled_again(self, store: Store) -> None:
        await owe(store, post())
        await send_all(store)
        await owe(store, post(message=None))
        [away] = await claim(store)
        await store.settle([outcome(away, DeliveryStatus.DELETED)])
        await owe(store, post(message=NEWER))
        [again] = await claim(store)
        assert (again.message, again.reference, again.version) == (NEWER, None, 3)

    async def test_an_update_of_a_slot_that_was_never_filled_is_dropped(self, store: Store) -> None:
        assert await owe(store, post(only_update=True), post(slot="two", message=None, only_update=True)) == []
        assert await store.find_delivery("ana", "welcome") is None

    async def test_an_update_reaches_those_who_have_it_and_those_who_will(self, store: Store) -> None:
        await owe(store, post("ana"))
        await send_all(store)
        await owe(store, post("bo"))
        await owe(store, post("ana", message=NEWER, only_update=True), post("bo", message=NEWER, only_update=True))
        assert {d.recipient: d.message for d in await claim(store)} == {"ana": NEWER, "bo": NEWER}

    async def test_an_update_of_a_recalled_slot_is_dropped(self, store: Store) -> None:
        await owe(store, post())
        await owe(store, post(message=None))
        assert await owe(store, post(message=NEWER, only_update=True)) == []
        assert await claim(store) == []

    async def test_a_correction_of_what_could_not_be_sent_is_kept_and_owed_to_nobody(self, store: Store) -> None:
        await owe(store, post(group="g"))
        [leased] = await claim(store)
        await store.settle([outcome(leased, DeliveryStatus.UNREACHABLE)])
        await owe(store, post(group="g", message=NEWER, only_update=True))
        assert await claim(store) == []
        assert (await slot_of(store, "ana")).message == NEWER
        await owe(store, post(group="g", message=NEWER))
        [again] = await claim(store)
        assert (again.message, again.attempts, again.reason) == (NEWER, 0, "")

    async def test_a_recall_of_what_could_not_be_sent_takes_it_away(self, store: Store) -> None:
        await owe(store, post(group="g"))
        [leased] = await claim(store)
        await store.settle([outcome(leased, DeliveryStatus.DEAD)])
        await owe(store, post(group="g", message=None, only_update=True))
        assert await claim(store) == []
        assert await store.tally("g") == {DeliveryStatus.DELETED: 1}


class TestOrder:
    async def test_a_recipient_is_sent_one_message_at_a_time_in_order(self, store: Store) -> None:
        for slot in ("c", "a", "b"):
            await owe(store, post(slot=slot))
        seen = []
        for _ in range(3):
            [leased] = await claim(store)
            assert await claim(store, token="w2") == []
            await store.settle([outcome(leased)])
            seen.append(leased.slot)
        assert seen == ["c", "a", "b"]

    async def test_a_retry_keeps_its_place_before_what_came_later(self, store: Store) -> None:
        await owe(store, post(slot="a"), post(slot="b"))
        [leased] = await claim(store)
        await store.settle([outcome(leased, DeliveryStatus.WAITING, due_at=NOON + LEASE)])
        assert await claim(store, NOON + SECOND) == []
        assert await store.next_due_at() == NOON + LEASE
        [again] = await claim(store, NOON + LEASE)
        assert (again.slot, again.attempts) == ("a", 1)

    async def test_an_update_that_failed_does_not_hold_back_new_messages(self, store: Store) -> None:
        await owe(store, post(slot="a"))
        await send_all(store)
        await owe(store, post(slot="a", message=NEWER))
        [update] = await claim(store)
        await store.settle([outcome(update, DeliveryStatus.WAITING, due_at=NOON + LEASE)])
        await owe(store, post(slot="b"), at=NOON + SECOND)
        assert [d.slot for d in await send_all(store, NOON + SECOND)] == ["b"]
        assert await store.next_due_at() == NOON + LEASE
        [again] = await claim(store, NOON + LEASE)
        assert (again.slot, again.message, again.attempts) == ("a", NEWER, 1)

    async def test_a_correction_of_an_unsent_message_keeps_its_place(self, store: Store) -> None:
        await owe(store, post(slot="a"), post(slot="b"))
        await owe(store, post(slot="a", message=NEWER, due_at=NOON + SECOND), at=NOON + SECOND)
        assert [d.slot for d in await send_all(store, NOON + SECOND)] == ["a", "b"]

    async def test_what_is_kept_for_later_does_not_hold_back_what_is_due_now(self, store: Store) -> None:
        await owe(store, post(slot="morning", due_at=NOON + LEASE))
        await owe(store, post(slot="now"))
        assert [d.slot for d in await send_all(store)] == ["now"]
        assert await store.next_due_at() == NOON + LEASE
        assert [d.slot for d in await send_all(store, NOON + LEASE)] == ["morning"]

    async def test_the_oldest_goes_first(self, store: Store) -> None:
        for minute, recipient in ((3, "ana"), (1, "bo"), (2, "cy")):
            await owe(store, post(recipient, due_at=NOON + minute * SECOND))
        assert [d.recipient for d in await claim(store, NOON + LEASE, limit=2)] == ["bo", "cy"]

    async def test_people_do_not_wait_for_an_announcement_and_nobody_for_the_critical(self, store: Store) -> None:
        await owe(store, *(post(f"p{n}", "news", group="g") for n in range(5)))
        await owe(store, post("ana"))
        await owe(store, post("bo", "alarm", group="g2", urgency=Urgency.CRITICAL))
        assert [d.recipient for d in await claim(store, limit=3)] == ["bo", "ana", "p0"]

    async def test_what_stands_before_something_urgent_is_lifted_with_it(self, store: Store) -> None:
        await owe(store, *(post(f"p{n}", "news", group="g") for n in range(5)))
        await owe(store, post("p4", "talk"))
        [first] = await claim(store, limit=1)
        assert (first.recipient, first.slot) == ("p4", "news")
        await store.settle([outcome(first)])
        [second] = await claim(store, limit=1)
        assert (second.recipient, second.slot) == ("p4", "talk")

    async def test_the_oldest_pending_delivery_is_known_by_lane_until_it_is_sent(self, store: Store) -> None:
        assert await store.oldest_pending() == {}
        await owe(store, *(post(f"p{n}", "news", group="g", due_at=NOON + n * SECOND) for n in range(3)))
        await owe(store, post("ana", due_at=NOON + LEASE))
        await owe(store, post("bo", "before", group="g", due_at=NOON - SECOND))
        await owe(store, post("bo", "alarm", group="g2", urgency=Urgency.CRITICAL))
        oldest = {"critical": NOON - SECOND, "personal": NOON + LEASE, "group": NOON}
        assert await store.oldest_pending() == oldest
        await claim(store)
        assert await store.oldest_pending() == oldest, "leased is not sent"
        await send_all(store, NOON + 2 * LEASE)
        assert await store.oldest_pending() == {}

    async def test_nothing_is_claimed_before_it_is_due_nor_beyond_the_limit(self, store: Store) -> None:
        await owe(store, *(post(f"p{n}", due_at=NOON + n * SECOND) for n in range(5)))
        assert len(await claim(store, NOON + 2 * SECOND, limit=2)) == 2
        assert await store.next_due_at() == NOON + 2 * SECOND, "one more is due by now"
        assert len(await claim(store, NOON + 2 * SECOND)) == 1
        assert await claim(store, NOON + 2 * SECOND) == []

    async def test_simultaneous_claims_never_share_a_delivery(self, store: Store) -> None:
        await owe(store, *(post(f"p{n}") for n in range(60)))
        claims = await asyncio.gather(*(claim(store, limit=10, token=f"w{n}") for n in range(6)))
        ids = [delivery.id for leased in claims for delivery in leased]
        assert len(ids) == len(set(ids))
        assert len(ids) + len(await claim(store, limit=99)) == 60


class TestLeases:
    async def test_a_lease_that_ran_out_is_claimed_again_and_marked(self, store: Store) -> None:
        await owe(store, post())
        [slow] = await claim(store)
        assert not slow.possibly_twice
        assert await claim(store, NOON + LEASE - SECOND, token="w2") == []
        assert await store.next_due_at() == NOON + LEASE
        [fast] = await claim(store, NOON + LEASE, token="w2")
        assert (fast.id, fast.possibly_twice, fast.lease_token) == (slow.id, True, "w2")
        await store.settle([outcome(fast)])
        assert (await slot_of(store)).possibly_twice

    async def test_a_worker_that_outlives_its_lease_cannot_settle(self, store: Store) -> None:
        await owe(store, post("ana"), post("bo"))
        slow = await claim(store)
        [fast] = await claim(store, NOON + LEASE, limit=1, token="w2")
        with pytest.raises(LeaseLost) as lost:
            await store.settle([outcome(delivery) for delivery in slow])
        assert lost.value.delivery_ids == (fast.id,)
        assert (await slot_of(store, fast.recipient)).status is DeliveryStatus.LEASED
        other = "bo" if fast.recipient == "ana" else "ana"
        assert (await slot_of(store, other)).status is DeliveryStatus.SENT

    async def test_settling_twice_is_refused(self, store: Store) -> None:
        await owe(store, post())
        [leased] = await claim(store)
        await store.settle([outcome(leased)])
        with pytest.raises(LeaseLost):
            await store.settle([outcome(leased, DeliveryStatus.DEAD)])
        assert (await slot_of(store)).status is DeliveryStatus.SENT

    @pytest.mark.parametrize("delivery_id", ["", "nonsense", "d999999999999", "d-1"])
    async def test_settling_what_is_not_there_is_refused(self, store: Store, delivery_id: str) -> None:
        await owe(store, post())
        [leased] = await claim(store)
        with pytest.raises(LeaseLost):
            await store.settle([outcome(leased, delivery_id=delivery_id)])

    async def test_settling_a_version_that_was_never_posted_is_refused(self, store: Store) -> None:
        await owe(store, post())
        [leased] = await claim(store)
        with pytest.raises(LeaseLost):
            await store.settle([outcome(leased, version=2)])

    async def test_a_worker_that_finishes_late_but_unrivalled_may_settle(self, store: Store) -> None:
        await owe(store, post())
        [leased] = await claim(store)
        await store.settle([outcome(leased, at=NOON + 2 * LEASE)])
        assert (await slot_of(store)).status is DeliveryStatus.SENT

    async def test_a_stopping_worker_gives_back_what_it_holds(self, store: Store) -> None:
        await owe(store, post("ana"), post("bo"), post("cy"))
        await claim(store, limit=2, token="w1")
        await claim(store, limit=1, token="w2")
        assert await store.release("w1") == 2
        assert await store.release("w1") == 0
        back = await claim(store, token="w3")
        assert [d.recipient for d in back] == ["ana", "bo"]
        assert not any(d.possibly_twice for d in back)

    async def test_only_what_a_worker_had_begun_is_possibly_twice_when_it_is_gone(self, store: Store) -> None:
        await store.register_worker("w")
        await store.register_worker("other")
        await owe(store, *(post(name) for name in ("ana", "bo", "cy", "di")))
        ana, bo, *_ = await claim(store, limit=3, token="w/1")
        [di] = await claim(store, token="other/1")
        await store.heartbeat("w", in_flight=[ana.id])
        await store.heartbeat("w", in_flight=[ana.id, bo.id])
        await store.heartbeat("other", in_flight=[di.id])
        await store.settle([outcome(ana)])
        await store.heartbeat("w", in_flight=[bo.id])
        await store.unregister_worker("w")
        back = await claim(store, token="other/2")
        assert [(d.recipient, d.possibly_twice) for d in back] == [("bo", True), ("cy", False)]
        with pytest.raises(LeaseLost):
            await store.settle([outcome(bo)])
        await store.settle([outcome(di)])

    async def test_a_worker_nobody_knows_may_not_begin(self, store: Store) -> None:
        await store.register_worker("w")
        await store.unregister_worker("w")
        await store.unregister_worker("w")
        with pytest.raises(LeaseLost):
            await store.heartbeat("w", in_flight=[])

    async def test_a_worker_that_is_alone_has_the_whole_of_each_lane(self, store: Store) -> None:
        await store.register_worker("w")
        assert await store.heartbeat("w", in_flight=[], lanes=["a", "b"]) == {"a": Share(), "b": Share()}
        assert await store.heartbeat("w", in_flight=[]) == {}

    async def test_a_turn_sends_its_reply_itself(self, store: Store) -> None:
        [mine] = await owe(store, post(lease_token="turn", lease_until=NOON + LEASE))
        assert (mine.status, mine.lease_token, mine.lease_until) == (DeliveryStatus.LEASED, "turn", NOON + LEASE)
        assert await claim(store) == []
        await store.settle([outcome(mine)])
        assert (await slot_of(store)).status is DeliveryStatus.SENT
        assert await claim(store, NOON + 2 * LEASE) == []

    async def test_a_reply_whose_turn_died_is_sent_by_the_courier(self, store: Store) -> None:
        [mine] = await owe(store, post(lease_token="turn", lease_until=NOON + LEASE))
        [theirs] = await claim(store, NOON + LEASE)
        assert (theirs.id, theirs.possibly_twice) == (mine.id, True)
        with pytest.raises(LeaseLost):
            await store.settle([outcome(mine)])

    async def test_several_replies_of_a_turn_are_sent_in_their_order_when_it_died(self, store: Store) -> None:
        await owe(store, *(post(slot=s, lease_token="turn", lease_until=NOON + LEASE) for s in "cab"))
        assert [d.slot for d in await send_all(store, NOON + LEASE)] == ["c", "a", "b"]

    async def test_nothing_else_is_sent_to_a_recipient_during_a_reply(self, store: Store) -> None:
        await owe(store, post(slot="news"))
        [mine] = await owe(store, post(slot="reply", lease_token="turn", lease_until=NOON + LEASE))
        assert await claim(store) == []
        await store.settle([outcome(mine)])
        assert [d.slot for d in await claim(store)] == ["news"]

    async def test_a_turn_does_not_take_a_send_in_flight_from_its_worker(self, store: Store) -> None:
        await owe(store, post())
        [slow] = await claim(store)
        [mine] = await owe(store, post(message=NEWER, lease_token="turn", lease_until=NOON + LEASE))
        assert mine.lease_token == slow.lease_token
        await store.settle([outcome(slow)])
        [again] = await claim(store)
        assert (again.message, again.reference) == (NEWER, {"activity_id": f"a-{slow.id}"})

    async def test_a_turn_takes_over_from_a_dead_worker(self, store: Store) -> None:
        await owe(store, post())
        await claim(store)
        later = NOON + LEASE
        [mine] = await owe(store, post(message=NEWER, lease_token="turn", lease_until=later + LEASE), at=later)
        assert (mine.lease_token, mine.possibly_twice) == ("turn", True)

    async def test_a_version_for_later_is_not_sent_early_when_a_worker_died(self, store: Store) -> None:
        await owe(store, post())
        await claim(store)
        later = NOON + 2 * LEASE
        await owe(store, post(message=NEWER, due_at=later))
        assert await claim(store, NOON + LEASE) == []
        assert await store.next_due_at() == later
        [again] = await claim(store, later)
        assert (again.message, again.possibly_twice) == (NEWER, True)

    async def test_a_deletion_after_a_worker_died_sending_settles_and_says_possibly_twice(self, store: Store) -> None:
        await owe(store, post())
        await claim(store)
        await owe(store, post(message=None), at=NOON + SECOND)
        assert await claim(store, NOON + LEASE) == []
        gone = await slot_of(store)
        assert (gone.status, gone.possibly_twice) == (DeliveryStatus.DELETED, True)


class TestOutcomes:
    async def test_a_pause_that_is_not_an_attempt_does_not_count(self, store: Store) -> None:
        await owe(store, post())
        [leased] = await claim(store)
        await store.settle(
            [outcome(leased, DeliveryStatus.WAITING, due_at=NOON + SECOND, counts_as_attempt=False, reason="429")]
        )
        [again] = await claim(store, NOON + SECOND)
        assert (again.attempts, again.due_at, again.reason) == (0, NOON + SECOND, "429")

    async def test_a_send_whose_answer_was_lost_is_marked_and_stays_so(self, store: Store) -> None:
        await owe(store, post())
        [leased] = await claim(store)
        await store.settle([outcome(leased, DeliveryStatus.WAITING, due_at=NOON + SECOND, possibly_twice=True)])
        [again] = await claim(store, NOON + SECOND)
        assert again.possibly_twice
        await store.settle([outcome(again)])
        assert (await slot_of(store)).possibly_twice

    @pytest.mark.parametrize("status", [DeliveryStatus.DEAD, DeliveryStatus.UNREACHABLE])
    async def test_what_is_given_up_is_visible_with_its_reason(self, store: Store, status: DeliveryStatus) -> None:
        await owe(store, post())
        [leased] = await claim(store)
        await store.settle([outcome(leased, status, reason="blocked")])
        [seen] = await store.deliveries_in_state(status)
        assert (seen.reason, seen.attempts, seen.settled_at) == ("blocked", 1, NOON + SECOND)
        assert await claim(store, NOON + LEASE) == []

    async def test_what_expired_is_settled_and_never_leased(self, store: Store) -> None:
        await owe(store, post(expires_at=NOON + SECOND, group="g"), post(slot="next"))
        assert [d.slot for d in await claim(store, NOON + SECOND)] == ["next"]
        gone = await slot_of(store)
        assert (gone.status, gone.settled_at) == (DeliveryStatus.EXPIRED, NOON + SECOND)
        assert await store.tally("g") == {DeliveryStatus.EXPIRED: 1}

    async def test_what_expires_before_it_is_due_expires_then(self, store: Store) -> None:
        await owe(store, post(due_at=NOON + LEASE, expires_at=NOON + SECOND))
        assert await store.next_due_at() == NOON + SECOND
        assert await claim(store, NOON + SECOND) == []
        assert (await slot_of(store)).status is DeliveryStatus.EXPIRED
        assert await store.next_due_at() is None

    async def test_a_retry_that_would_come_after_its_expiry_expires_in_time(self, store: Store) -> None:
        await owe(store, post(expires_at=NOON + 2 * SECOND), post(slot="next"))
        [leased] = await claim(store)
        await store.settle([outcome(leased, DeliveryStatus.WAITING, due_at=NOON + LEASE)])
        assert await store.next_due_at() == NOON + 2 * SECOND
        assert [d.slot for d in await claim(store, NOON + 2 * SECOND)] == ["next"]

    async def test_a_tally_counts_each_state_of_the_group_only(self, store: Store) -> None:
        await owe(store, *(post(f"p{n}", group="g") for n in range(6)), post("ana", group="other"), post("bo"))
        leased = [d for d in await claim(store, limit=99) if d.group == "g"]
        states = (DeliveryStatus.SENT, DeliveryStatus.SENT, DeliveryStatus.DEAD, DeliveryStatus.UNREACHABLE)
        await store.settle([outcome(d, s) for d, s in zip(leased, states, strict=False)])
        await store.settle([outcome(leased[4], DeliveryStatus.WAITING)])
        assert await store.tally("g") == {
            DeliveryStatus.SENT: 2,
            DeliveryStatus.DEAD: 1,
            DeliveryStatus.UNREACHABLE: 1,
            DeliveryStatus.WAITING: 1,
            DeliveryStatus.LEASED: 1,
        }
        assert await store.tally("nothing") == {}

    async def test_a_tally_counts_apart_what_is_put_off_until_it_is_sent(self, store: Store) -> None:
        await owe(store, *(post(f"p{n}", group="g") for n in range(4)))
        claimed = await claim(store)
        put_off = {"reason": THROTTLED, "due_at": NOON + 5 * SECOND, "counts_as_attempt": False}
        await store.settle([outcome(d, DeliveryStatus.WAITING, **put_off) for d in claimed[:3]])
        await store.settle([outcome(claimed[3], DeliveryStatus.WAITING, reason="http_503", due_at=NOON + LEASE)])
        assert await store.tally("g") == {THROTTLED: 3, DeliveryStatus.WAITING: 1}
        assert [d.standing for d in await store.deliveries_of_group("g")] == [THROTTLED] * 3 + ["waiting"]
        again = await claim(store, NOON + 5 * SECOND)
        assert len(again) == 3
        assert await store.tally("g") == {THROTTLED: 3, DeliveryStatus.WAITING: 1}
        await store.release(W1)
        again = await claim(store, NOON + 5 * SECOND)
        await store.settle([outcome(again[0]), outcome(again[1], DeliveryStatus.DEAD, reason=THROTTLED)])
        assert await store.tally("g") == {THROTTLED: 1, "sent": 1, "dead": 1, "waiting": 1}
        await store.settle([outcome(again[2], DeliveryStatus.WAITING, **put_off)])
        await owe(store, post(again[2].recipient, message=NEWER, group="g"))
        assert await store.tally("g") == {"sent": 1, "dead": 1, "waiting": 2}

    async def test_what_is_put_off_is_counted_no_more_once_it_is_forgotten(self, store: Store) -> None:
        await owe(store, post("ana", group="g"), post("bo", group="g"))
        for delivery in await claim(store):
            await store.settle([outcome(delivery, DeliveryStatus.WAITING, reason=THROTTLED)])
        await store.forget_recipient("ana")
        assert await store.tally("g") == {THROTTLED: 1}


class TestLists:
    async def test_a_groups_pages_hold_whole_recipients_ordered(self, store: Store) -> None:
        names = [f"p{n:02}" for n in range(7)]
        for slot in ("a", "b"):
            await owe(store, *(post(name, slot, group="g") for name in reversed(names)))
        await owe(store, post("p03", "c"))
        seen: list[tuple[str, str]] = []
        while page := await store.deliveries_of_group("g", after=seen[-1][0] if seen else "", limit=3):
            assert len(page) in (2, 4)
            seen += [(d.recipient, d.slot) for d in page]
        assert seen == [(name, slot) for name in names for slot in ("a", "b")]

    async def test_a_groups_page_that_is_full_takes_no_other_recipient(self, store: Store) -> None:
        for slot in ("a", "b"):
            await owe(store, *(post(name, slot, group="g") for name in ("ana", "bo", "cy")))
        page = await store.deliveries_of_group("g", limit=4)
        assert [d.recipient for d in page] == ["ana", "ana", "bo", "bo"]

    async def test_a_groups_list_can_be_limited_to_one_state(self, store: Store) -> None:
        await owe(store, *(post(f"p{n}", group="g") for n in range(4)))
        first, *_, last = await claim(store)
        await store.settle([outcome(first, DeliveryStatus.DEAD), outcome(last, DeliveryStatus.DEAD)])
        dead = await store.deliveries_of_group("g", status=DeliveryStatus.DEAD)
        assert [d.recipient for d in dead] == ["p0", "p3"]

    async def test_a_recipients_list_is_ordered_by_sequence_and_paged(self, store: Store) -> None:
        await owe(store, *(post(slot=s) for s in "zyxw"), post("bo"))
        first = await store.deliveries_of_recipient("ana", limit=3)
        rest = await store.deliveries_of_recipient("ana", after=first[-1].sequence, limit=3)
        assert [d.slot for d in [*first, *rest]] == ["z", "y", "x", "w"]

    async def test_the_latest_are_the_newest_still_in_order(self, store: Store) -> None:
        await owe(store, *(post(slot=s) for s in "zyxw"))
        latest = await store.latest_deliveries("ana", limit=2)
        assert [d.slot for d in latest] == ["x", "w"]

    async def test_a_recipients_list_can_be_limited_to_a_group(self, store: Store) -> None:
        await owe(store, post(slot="a"), post(slot="b", group="g"), post(slot="c", group="g"))
        assert [d.slot for d in await store.deliveries_of_recipient("ana", group="g", limit=1)] == ["b"]
        assert [d.slot for d in await store.deliveries_of_recipient("ana", group="g")] == ["b", "c"]
        assert [d.slot for d in await store.deliveries_of_recipient("ana")] == ["a", "b", "c"]

    async def test_deliveries_in_a_state_are_paged_by_id(self, store: Store) -> None:
        made = await owe(store, *(post(f"p{n}") for n in range(5)))
        seen: list[str] = []
        while page := await store.deliveries_in_state(DeliveryStatus.WAITING, after=seen[-1] if seen else "", limit=2):
            seen += [d.id for d in page]
        assert seen == [d.id for d in made]


class TestTimers:
    async def test_timers_ring_in_order_when_due(self, store: Store) -> None:
        await store.commit(
            Commit(
                at=NOON,
                timers=(
                    TimerWrite(key="b", at=NOON + SECOND, verb="x.y", data={"id": "1"}),
                    TimerWrite(key="a", at=NOON, verb="x.z"),
                    TimerWrite(key="c", at=NOON + LEASE, verb="x.z"),
                ),
            )
        )
        assert await store.next_timer_at() == NOON
        due = await due_timers(store, now=NOON + SECOND, limit=9)
        assert due == [
            Timer(key="a", at=NOON, verb="x.z", data={}),
            Timer(key="b", at=NOON + SECOND, verb="x.y", data={"id": "1"}),
        ]
        assert len(await due_timers(store, now=NOON + SECOND, limit=1)) == 1

    async def test_timers_are_taken_as_they_are_due_but_for_those_left_out(self, store: Store) -> None:
        writes = (TimerWrite(key=key, at=NOON + n * SECOND, verb="x.y") for n, key in enumerate("bac"))
        await store.commit(Commit(at=NOON, timers=tuple(writes)))
        taken = await store.take_timers(now=NOON + SECOND, hold_for=LEASE, limit=9, but=["b"])
        assert [timer.key for timer in taken] == ["a"]
        assert [t.key for t in await store.take_timers(now=NOON + SECOND, hold_for=LEASE, limit=9, but=["a"])] == ["b"]
        assert await store.take_timers(now=NOON - SECOND, hold_for=LEASE, limit=9) == []

    async def test_a_timer_whose_turn_failed_is_let_go_of_before_its_hold_ends(self, store: Store) -> None:
        await store.commit(Commit(at=NOON, timers=(TimerWrite(key="a", at=NOON, verb="x.y"),)))
        [timer] = await store.take_timers(now=NOON, hold_for=LEASE, limit=9)
        await store.release_timer(timer, at=NOON + SECOND)
        assert [each.key for each in await store.take_timers(now=NOON + SECOND, hold_for=LEASE, limit=9)] == ["a"]

    async def test_a_timer_set_again_moves(self, store: Store) -> None:
        for at in (NOON, NOON + LEASE):
            await store.commit(Commit(at=NOON, timers=(TimerWrite(key="a", at=at, verb="x.y"),)))
        assert await due_timers(store, now=NOON, limit=9) == []
        assert await store.next_timer_at() == NOON + LEASE

    async def test_a_cancelled_timer_does_not_ring(self, store: Store) -> None:
        await store.commit(Commit(at=NOON, timers=(TimerWrite(key="a", at=NOON, verb="x.y"),)))
        await store.commit(Commit(at=NOON, timers=(TimerWrite(key="a", at=None), TimerWrite(key="b", at=None))))
        assert await store.next_timer_at() is None

    async def test_a_timer_that_rang_is_removed_with_its_commit(self, store: Store) -> None:
        await store.commit(Commit(at=NOON, timers=(TimerWrite(key="a", at=NOON, verb="x.y"),)))
        [rang] = await due_timers(store, now=NOON, limit=9)
        assert await due_timers(store, now=NOON, limit=9) == [rang]
        await store.commit(Commit(at=NOON, timer_rang=rang))
        assert await store.next_timer_at() is None

    async def test_a_timer_moved_while_it_was_ringing_stays(self, store: Store) -> None:
        await store.commit(Commit(at=NOON, timers=(TimerWrite(key="a", at=NOON, verb="x.y"),)))
        [rang] = await due_timers(store, now=NOON, limit=9)
        await store.commit(Commit(at=NOON, timers=(TimerWrite(key="a", at=NOON + LEASE, verb="x.y"),)))
        await store.commit(Commit(at=NOON, timer_rang=rang))
        assert await store.next_timer_at() == NOON + LEASE

    async def test_a_timer_can_set_itself_again_as_it_rings(self, store: Store) -> None:
        await store.commit(Commit(at=NOON, timers=(TimerWrite(key="a", at=NOON, verb="x.y"),)))
        [rang] = await due_timers(store, now=NOON, limit=9)
        again = TimerWrite(key="a", at=NOON + LEASE, verb="x.y")
        await store.commit(Commit(at=NOON, timer_rang=rang, timers=(again,)))
        assert await store.next_timer_at() == NOON + LEASE


class TestForgetting:
    async def test_old_events_and_settled_deliveries_go_and_owed_ones_stay(self, store: Store) -> None:
        await store.commit(Commit(at=NOON, event_id="old"))
        await store.commit(Commit(at=NOON + LEASE, event_id="new"))
        await owe(store, post("ana", group="g"), post("bo", group="g"), post("cy", due_at=NOON + LEASE))
        ana, bo = await claim(store)
        await store.settle([outcome(ana, at=NOON), outcome(bo, at=NOON + LEASE)])
        cutoff = NOON + LEASE
        assert (
            await store.forget(events_before=cutoff, deliveries_before=cutoff, prefixes=["x/"], prefix_before=cutoff)
            == 2
        )
        assert await store.find_delivery("ana", "welcome") is None
        assert await store.find_delivery("bo", "welcome") is not None
        assert await store.find_delivery("cy", "welcome") is not None
        assert await store.tally("g") == {DeliveryStatus.SENT: 1}
        await store.commit(Commit(at=NOON, event_id="old"))
        with pytest.raises(Duplicate):
            await store.commit(Commit(at=NOON, event_id="new"))

    async def test_what_a_prefix_names_goes_sooner(self, store: Store) -> None:
        await owe(store, post("ana", "ask/q-1"), post("ana", "handoff/1/said/1"), post("bo", "ask/q-2"))
        leased = {delivery.slot: delivery for delivery in await claim(store)}
        await store.settle([outcome(leased["ask/q-1"], at=NOON)])
        for _ in range(2):
            await store.settle([outcome(delivery, at=NOON + LEASE) for delivery in await claim(store)])
        before = NOON + SECOND
        assert (
            await store.forget(
                events_before=NOON, deliveries_before=NOON, prefixes=["none/", "ask/"], prefix_before=before
            )
            == 1
        )
        assert await store.find_delivery("ana", "ask/q-1") is None
        assert await store.find_delivery("ana", "handoff/1/said/1") is not None
        late = NOON + 2 * LEASE
        assert (
            await store.forget(
                events_before=NOON, deliveries_before=late, prefixes=["none/", "ask/"], prefix_before=NOON
            )
            >= 1
        )
        assert await store.find_delivery("ana", "handoff/1/said/1") is None

    async def test_what_a_prefix_names_goes_days_sooner_and_the_rest_stays(self, store: Store) -> None:
        await owe(store, post("ana", "ask/q-1"), post("bo", "handoff/1/said/1"), post("cy", "ask/q-2"))
        first = await claim(store)
        await store.settle([outcome(each, at=NOON) for each in first if each.recipient != "cy"])
        await store.forget(
            events_before=NOON,
            deliveries_before=NOON - timedelta(days=30),
            prefixes=["ask/"],
            prefix_before=NOON + timedelta(days=3),
        )
        assert await store.find_delivery("ana", "ask/q-1") is None
        assert await store.find_delivery("bo", "handoff/1/said/1") is not None
        assert await store.find_delivery("cy", "ask/q-2") is not None, "a pending delivery stays"

    async def test_a_forgotten_recipient_has_nothing_left_and_nothing_coming(self, store: Store) -> None:
        await owe(store, post("ana", group="g"), post("ana", "two"), post("bo", group="g"))
        leased = await claim(store)
        assert await store.forget_recipient("ana") == 2
        assert await store.deliveries_of_recipient("ana") == []
        assert await store.tally("g") == {DeliveryStatus.LEASED: 1}
        assert [d.recipient for d in await store.deliveries_of_group("g")] == ["bo"]
        with pytest.raises(LeaseLost):
            await store.settle([outcome(d) for d in leased])
        assert await store.forget_recipient("ana") == 0

    async def test_forgetting_leaves_the_id_in_no_slot_and_no_event(self, store: Store) -> None:
        await owe(store, post("bo", "apply/ana/1"), post("bo", "apply/ana-li/1"), post("bo", "seen/web:ana:7"))
        for event in ("web:ana:1", "web:anabel:1", "clock:forget/ana:now"):
            await store.commit(Commit(at=NOON, event_id=event))
        await store.forget_recipient("ana")
        slots = [each.slot for each in await store.deliveries_of_recipient("bo")]
        assert [slot for slot in slots if re.search(r"(?<![\w-])ana(?![\w-])", slot)] == []
        assert len(set(slots)) == 3
        await store.commit(Commit(at=NOON, event_id="web:ana:1"))
        with pytest.raises(Duplicate):
            await store.commit(Commit(at=NOON, event_id="web:anabel:1"))

    async def test_a_renamed_slot_is_found_claimed_and_settled(self, store: Store) -> None:
        await owe(store, post("bo", "apply/ana/1", group="g"))
        await store.forget_recipient("ana")
        [delivery] = await claim(store)
        assert "ana" not in delivery.slot
        await store.settle([outcome(delivery)])
        found = await store.find_delivery("bo", delivery.slot)
        assert found is not None
        assert found.status is DeliveryStatus.SENT
        assert await store.tally("g") == {DeliveryStatus.SENT: 1}
        assert await store.find_delivery("bo", "apply/ana/1") is None

    async def test_a_slot_after_forgetting_is_a_new_delivery(self, store: Store) -> None:
        [before] = await owe(store, post())
        await store.forget_recipient("ana")
        [after] = await owe(store, post())
        assert after.version == 1
        assert after.sequence > before.sequence


class TestWaiting:
    async def test_a_waiting_courier_hears_of_a_post(self, store: Store) -> None:
        waiting = asyncio.create_task(store.wait_for_post(20))
        await asyncio.sleep(0)
        await owe(store, post())
        async with asyncio.timeout(10):
            await waiting

    async def test_a_post_just_before_the_wait_is_not_missed(self, store: Store) -> None:
        await owe(store, post())
        async with asyncio.timeout(10):
            await store.wait_for_post(20)

    async def test_a_post_is_heard_of_once(self, store: Store) -> None:
        await owe(store, post())
        for _ in range(3):  # by oneself and, in a database, from it
            await store.wait_for_post(0.2)
        waiting = asyncio.create_task(store.wait_for_post(20))
        done, _ = await asyncio.wait({waiting}, timeout=0.05)
        assert not done
        waiting.cancel()

    async def test_a_courier_hears_when_the_next_delivery_of_a_recipient_is_free(self, store: Store) -> None:
        await owe(store, post(slot="first"), post(slot="second"))
        [first] = await claim(store)
        for _ in range(3):
            await store.wait_for_post(0.2)
        waiting = asyncio.create_task(store.wait_for_post(20))
        await asyncio.sleep(0.01)
        await store.settle([outcome(first)])
        async with asyncio.timeout(10):
            await waiting

    async def test_a_wait_ends_by_itself(self, store: Store) -> None:
        async with asyncio.timeout(10):
            await store.wait_for_post(0.01)

    async def test_nothing_is_due_when_nothing_is_owed(self, store: Store) -> None:
        assert await store.next_due_at() is None
        await owe(store, post())
        assert await store.next_due_at() == NOON
        await send_all(store)
        assert await store.next_due_at() is None

    async def test_closing_twice_is_a_no_op(self, store: Store) -> None:
        await store.ping()
        await store.close()
        await store.close()


async def test_the_channels_among_a_groups_recipients_are_found_by_their_prefix(store: Store) -> None:
    """An announcement's card looks up how it stands in channels without reading through all its people."""
    pinned = Address(channel=TEAMS, data={"channel_id": "19:rom@thread.tacv2", "tenant_id": "t"})
    channel = "channel:19:rom@thread.tacv2"
    await owe(store, *(post(to, group="g") for to in ("ana", "chan", "zed")), post(channel, group="g", address=pinned))
    first, *others = await store.deliveries_of_group("g", after="channel:", limit=2)
    assert (first.recipient, first.address) == (channel, pinned)
    assert [each.recipient for each in others] == ["zed"]
    await send_all(store)
    await owe(store, post(channel, group="g", message=NEWER, only_update=True))
    [corrected] = await claim(store)
    assert (corrected.recipient, corrected.address, corrected.reference is not None) == (channel, pinned, True)
