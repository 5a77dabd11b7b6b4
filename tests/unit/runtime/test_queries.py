"""Each query of a flow is answered from the store, or by the one who understands or draws ids."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.ports import THROTTLED, Commit, DeliveryStatus, MulticastWrite, PostWrite, Settled
from bot.records.query_answering import FlowRun, QueryAnswering
from dialogs.core.data_rules import month_term
from dialogs.core.decision import NOTHING, Decision
from dialogs.core.query import (
    Asking,
    Flow,
    PostState,
    ReceivedMessage,
    count,
    find_all,
    find_any,
    find_each,
    group_posts,
    match_each,
    new_id,
    received,
    tally,
)
from dialogs.core.refusal import EventRefused
from dialogs.core.session import Session
from knowledge.matching.match import Asked as Before
from knowledge.matching.match import Match
from tests.channels import TEAMS
from tests.unit.runtime.scene import HELLO, NOON, RuntimeStore

MONTH = month_term(NOON)
MEANT = Match(utterance="", language="nb", small_talk=None, candidates=(), precision=0.0)


class Asked:
    """Understands everything alike, draws ids in order, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Any] = []

    async def match_each(
        self,
        utterances: Sequence[str],
        *,
        previous_article_ids: Sequence[str],
        asked_before: Before,
        municipality_id: str | None,
        independent: bool,
    ) -> tuple[Match, ...]:
        self.asked.append((utterances, previous_article_ids, asked_before, municipality_id, independent))
        return (MEANT,) * len(utterances)

    def new_id(self, prefix: str) -> str:
        self.asked.append(prefix)
        return f"{prefix}-{len(self.asked)}"

    def uniform(self) -> float:
        return 0.0


@pytest.fixture
async def store() -> RuntimeStore:
    store = RuntimeStore()
    for id_ in ("ana", "bo", "cy"):
        await store.put(session(id_))
    return store


def session(id_: str) -> Session:
    return Session(id=id_, article_id="mfa", changed_at=NOON)


async def answer_to(store: RuntimeStore, asking: Asking[Any], asked: Asked | None = None) -> Any:
    found: list[Any] = []

    def flow() -> Flow:
        found.append((yield from asking))
        return NOTHING

    about = asked or Asked()
    await QueryAnswering(store=store, understanding=about, rng=about).run(flow())
    return found[0]


async def test_records_are_found_by_term_page_by_page(store: RuntimeStore) -> None:
    assert await answer_to(store, find_all(Session, MONTH)) == (session("ana"), session("bo"), session("cy"))
    assert await answer_to(store, find_all(Session, MONTH, limit=2)) == (session("ana"), session("bo"))
    assert await answer_to(store, find_all(Session, MONTH, after="ana", limit=1)) == (session("bo"),)
    assert await answer_to(store, find_all(Session, "month:1999-01")) == ()
    assert await answer_to(store, count(Session, MONTH)) == 3


async def test_records_are_found_by_any_of_several_terms_and_none_by_no_term(store: RuntimeStore) -> None:
    assert await answer_to(store, find_any(Session, ["no", MONTH])) == (session("ana"), session("bo"), session("cy"))
    assert await answer_to(store, find_any(Session, [])) == ()


async def test_records_are_found_by_id_all_at_once_without_those_that_are_not_there(store: RuntimeStore) -> None:
    assert await answer_to(store, find_each(Session, ["bo", "no", "ana"])) == {
        "bo": session("bo"),
        "ana": session("ana"),
    }


async def test_hundreds_of_records_are_read_whole_and_in_order(store: RuntimeStore) -> None:
    ids = [f"p{number:03d}" for number in range(250)]
    for id_ in ids:
        await store.put(session(id_))
    found = await answer_to(store, find_all(Session, MONTH))
    assert [each.id for each in found] == ["ana", "bo", "cy", *ids]


async def owe(store: RuntimeStore) -> None:
    people = ("ana", "bo", "cy", "di")
    many = MulticastWrite(recipients=people, slot="s", message=HELLO, group="g", due_at=NOON)
    await store.commit(Commit(at=NOON, multicasts=(many,)))
    claimed = {
        each.recipient: each
        for each in await store.claim(now=NOON, lease_for=timedelta(minutes=1), limit=9, token="w/1")
    }

    def outcome(who: str, status: DeliveryStatus, **more: Any) -> Settled:
        return Settled(delivery_id=claimed[who].id, lease_token="w/1", version=1, status=status, at=NOON, **more)

    await store.settle(
        [
            outcome("ana", DeliveryStatus.SENT, reference={"id": "m1"}),
            outcome("bo", DeliveryStatus.DEAD, possibly_twice=True),
            outcome("cy", DeliveryStatus.WAITING, due_at=NOON + timedelta(hours=1), reason=THROTTLED),
        ]
    )


async def test_a_groups_posts_stand_as_they_do(store: RuntimeStore) -> None:
    await owe(store)
    at = NOON.isoformat()

    def state(who: str, status: str, **more: Any) -> PostState:
        fields: dict[str, Any] = {"possibly_twice": False, "landed": False, "delivered_at": None}
        return PostState(recipient=who, slot="s", status=status, **{**fields, **more})

    everybody = (
        state("ana", "sent", landed=True, delivered_at=at),
        state("bo", "dead", possibly_twice=True),
        state("cy", "throttled"),
        state("di", "leased"),
    )
    assert await answer_to(store, group_posts("g")) == everybody
    assert await answer_to(store, group_posts("g", after="ana", limit=2)) == everybody[1:3]
    assert await answer_to(store, group_posts("h")) == ()
    assert await answer_to(store, tally("g")) == {"sent": 1, "dead": 1, "throttled": 1, "leased": 1}


async def test_all_messages_to_a_person_are_read_with_their_times_and_what_became_of_them(store: RuntimeStore) -> None:
    later = NOON + timedelta(hours=1)
    for number in range(501):
        await store.commit(Commit(at=NOON, posts=(post("ana", f"s{number:03d}", due_at=NOON + timedelta(hours=2)),)))
    await store.commit(Commit(at=NOON, posts=(post("ana", "first", due_at=NOON), post("bo", "other", due_at=NOON))))
    await store.claim(now=NOON, lease_for=timedelta(minutes=1), limit=9, token="w/1")
    [leased] = await store.deliveries_of_recipient("ana", after=501)
    sent = {"status": DeliveryStatus.SENT, "channel": TEAMS, "reference": {"id": "m1"}, "possibly_twice": True}
    await store.settle([Settled(delivery_id=leased.id, lease_token="w/1", version=1, at=later, **sent)])
    found = await answer_to(store, received("ana"))
    assert [each.slot for each in found] == [*(f"s{number:03d}" for number in range(501)), "first"]
    assert found[-1] == ReceivedMessage(
        slot="first",
        message=HELLO,
        status="sent",
        channel=TEAMS,
        posted_at=NOON,
        due_at=NOON,
        settled_at=later,
        possibly_twice=True,
    )
    assert (found[0].status, found[0].due_at, found[0].settled_at) == ("waiting", NOON + timedelta(hours=2), None)


def post(recipient: str, slot: str, *, due_at: datetime) -> PostWrite:
    return PostWrite(recipient=recipient, slot=slot, message=HELLO, due_at=due_at)


async def test_what_words_mean_is_asked_with_all_that_is_known(store: RuntimeStore) -> None:
    asked = Asked()
    question = match_each(
        ["når?", "hvor?"], previous_article_ids=("mfa",), asked_before=Before(text="kode?"), municipality_id="lillevik"
    )
    assert await answer_to(store, question, asked) == (MEANT, MEANT)
    assert asked.asked == [(("når?", "hvor?"), ("mfa",), Before(text="kode?"), "lillevik", False)]


async def test_texts_that_are_no_clauses_of_one_message_are_matched_independently(store: RuntimeStore) -> None:
    asked = Asked()
    assert await answer_to(store, match_each(["når?", "hvor?"], independent=True), asked) == (MEANT, MEANT)
    assert asked.asked == [(("når?", "hvor?"), (), Before(), None, True)]


async def test_a_fresh_id_is_drawn_with_its_prefix(store: RuntimeStore) -> None:
    asked = Asked()
    assert await answer_to(store, new_id("handoff"), asked) == "handoff-1"
    assert asked.asked == ["handoff"]


async def test_a_refusal_is_the_decision(store: RuntimeStore) -> None:
    refused = Decision(effects=())

    def flow() -> Flow:
        yield from find_each(Session, ["ana"])
        raise EventRefused(refused)

    about = Asked()
    assert await QueryAnswering(store=store, understanding=about, rng=about).run(flow()) is refused


@pytest.mark.parametrize("asking", [match_each(["når?"]), new_id("x")])
async def test_where_only_records_are_read_nothing_is_understood_and_no_id_drawn(
    store: RuntimeStore, asking: Asking[Any]
) -> None:
    def flow() -> Flow:
        yield from asking
        return NOTHING

    with pytest.raises(TypeError):
        await FlowRun(store=store).run(flow())
