"""What a decision becomes: one commit, and each effect what it should be in it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.ports import Key, PostWrite, TimerWrite
from bot.turn.effect_writes import turn_id
from bot.turn.job import FORGET_VERB
from bot.turn.runtime import REPLY_LEASE
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import (
    Audit,
    Decision,
    EndSessions,
    Forget,
    MarkFormer,
    Multicast,
    Notice,
    Post,
    Remove,
    Reply,
    Schedule,
    Urgency,
    do,
    put,
)
from dialogs.core.event import CLOCK, Event, Rang, Scope
from dialogs.core.message import Message
from dialogs.core.person import Address
from dialogs.core.query import Flow, find
from dialogs.core.question import Question
from dialogs.core.session import Session
from dialogs.signin.model import FormerIdentity
from knowledge.article.article import Language
from knowledge.matching.policy import OutcomeKind
from tests.channels import TEAMS, WEB
from tests.unit.runtime.scene import ADDRESS, FORMER, HELLO, NOON, Bench, decides, timer

LATER = NOON + timedelta(hours=2)
EARLIER = NOON - timedelta(hours=2)
TURN = turn_id("web:1")


async def committed(decision: Decision, **press: object) -> Bench:
    """Return the bench after one press that was decided so."""
    bench = Bench(flow=decides(decision))
    await bench.known()
    await bench.press(**press)  # type: ignore[arg-type]
    return bench


async def test_a_turn_commits_once_and_under_the_id_of_its_event() -> None:
    bench = await committed(put(Session(id="kari", changed_at=NOON)) + do(Reply(slot="s", message=HELLO)))
    [commit] = bench.store.commits
    assert (commit.at, commit.event_id, commit.timer_rang) == (NOON, "web:1", None)
    assert [write.key for write in commit.records] == [Key(kind="session", id="kari")]
    assert [post.slot for post in commit.posts] == ["s"]
    assert (commit.multicasts, commit.timers, commit.ended) == ((), (), ())


async def test_a_question_is_counted_by_its_outcome_when_it_is_stored_first_and_not_when_it_changes() -> None:
    question = Question(
        id="q1",
        person_id="kari",
        municipality_id=None,
        utterance="Hva er Teams?",
        language=Language.NB,
        outcome=OutcomeKind.CLARIFY,
        asked_at=NOON,
    )

    def flow(event: Event) -> Flow:
        stored = yield from find(Question, "q1")
        return put(question if stored is None else replace(stored, outcome=OutcomeKind.ANSWER))

    bench = Bench(flow=flow)
    await bench.known()
    await bench.press("1")
    await bench.press("2")
    assert (await bench.store.read(Question, "q1")).outcome is OutcomeKind.ANSWER
    assert bench.asked == [OutcomeKind.CLARIFY]


async def test_the_event_is_what_was_received_now_from_whom() -> None:
    bench = Bench(flow=decides(Decision()))
    await bench.known()
    await bench.press(slot="s", scope=Scope.GROUP)
    [event] = bench.events
    assert (event.id, event.at, event.channel, event.person_id) == ("web:1", NOON, WEB, "kari")
    assert (event.conversation_id, event.scope, event.pressed.slot) == ("c-kari", Scope.GROUP, "s")


async def test_an_event_of_nobody_is_decided_for_nobody() -> None:
    bench = Bench(flow=decides(Decision()))
    await bench.press(who="")
    assert [event.person_id for event in bench.events] == [""]


async def test_a_turn_that_changes_nothing_commits_nothing() -> None:
    bench = await committed(do(Notice(text="Nei")))
    assert bench.store.commits == []
    assert [stage for stage, _ in bench.stages] == ["decide", "commit", "reply"]


async def test_a_turn_that_only_ends_sessions_ends_them() -> None:
    bench = await committed(do(EndSessions(person_id="ola"), EndSessions(person_id="bo")))
    assert [commit.ended for commit in bench.store.commits] == [("ola", "bo")]


async def test_a_record_is_written_on_the_version_it_was_read_in() -> None:
    def flow(event: Event) -> Flow:
        read = yield from find(Session, "kari")
        assert read is not None
        return put(replace(read, article_id="teams"), Session(id="new", changed_at=NOON))

    bench = Bench(flow=flow)
    await bench.known()
    for _ in range(3):
        await bench.store.put(Session(id="kari", changed_at=NOON))
    await bench.press()
    [commit] = bench.store.commits
    assert {write.key.id: write.expected for write in commit.records} == {"kari": 3, "new": 0}
    assert (await bench.store.read(Session, "kari")).article_id == "teams"


async def test_a_record_is_removed() -> None:
    bench = Bench(flow=decides(Decision(writes=(Remove(kind=Session, id="kari"),))))
    await bench.known()
    await bench.store.put(Session(id="kari", changed_at=NOON))
    await bench.press()
    assert await bench.store.read(Session, "kari") is None


async def test_a_reply_goes_where_the_event_came_from_and_is_leased_by_the_turn() -> None:
    bench = await committed(do(Reply(slot="s", message=HELLO)))
    [post] = bench.store.commits[0].posts
    assert post == PostWrite(
        recipient="kari",
        slot="s",
        message=HELLO,
        due_at=NOON,
        address=ADDRESS,
        lease_token="turn-1",
        lease_until=NOON + REPLY_LEASE,
        turn=TURN,
    )


@pytest.mark.parametrize("scope", [Scope.GROUP, Scope.TEAM])
async def test_a_reply_in_a_group_goes_to_the_group(scope: Scope) -> None:
    bench = await committed(do(Reply(slot="s", message=HELLO)), scope=scope)
    assert [post.recipient for post in bench.store.commits[0].posts] == ["conversation:c-kari"]


async def test_a_post_keeps_everything_it_says() -> None:
    address = Address(channel=TEAMS, data={"channel_id": "x"})
    post = Post(
        to="ola",
        slot="s",
        message=HELLO,
        group="g",
        urgency=Urgency.CRITICAL,
        not_before=LATER,
        expires_at=LATER + timedelta(days=1),
        only_update=True,
        address=address,
    )
    bench = await committed(do(post))
    assert bench.store.commits[0].posts == (
        PostWrite(
            recipient="ola",
            slot="s",
            message=HELLO,
            group="g",
            urgency=Urgency.CRITICAL,
            due_at=LATER,
            expires_at=LATER + timedelta(days=1),
            only_update=True,
            address=address,
            turn=TURN,
        ),
    )


async def test_a_multicast_keeps_everything_it_says() -> None:
    multicast = Multicast(
        to=("ola", "bo"),
        slot="s",
        message=HELLO,
        group="g",
        urgency=Urgency.QUIET,
        not_before=LATER,
        expires_at=LATER + timedelta(days=1),
    )
    bench = await committed(do(multicast))
    [write] = bench.store.commits[0].multicasts
    assert (write.recipients, write.slot, write.message, write.group) == (("ola", "bo"), "s", HELLO, "g")
    assert (write.urgency, write.due_at, write.expires_at) == (Urgency.QUIET, LATER, LATER + timedelta(days=1))
    assert write.turn == TURN
    assert (await bench.delivery("bo", "s")).message == HELLO


@pytest.mark.parametrize(("not_before", "due_at"), [(None, NOON), (EARLIER, NOON), (LATER, LATER)])
async def test_a_post_is_due_now_or_when_it_says_but_never_before_now(not_before: object, due_at: object) -> None:
    post = Post(to="ola", slot="s", message=HELLO, not_before=not_before)  # type: ignore[arg-type]
    many = Multicast(to=("bo",), slot="s", message=HELLO, not_before=not_before)  # type: ignore[arg-type]
    bench = await committed(do(post, many))
    [commit] = bench.store.commits
    assert [write.due_at for write in (*commit.posts, *commit.multicasts)] == [due_at, due_at]


@pytest.mark.parametrize(
    ("to", "slot", "leased"), [("kari", "pressed", True), ("kari", "another", False), ("ola", "pressed", False)]
)
async def test_only_a_post_into_the_pressed_card_itself_is_sent_by_the_turn(to: str, slot: str, leased: bool) -> None:
    bench = await committed(do(Post(to=to, slot=slot, message=HELLO)), slot="pressed")
    [post] = bench.store.commits[0].posts
    assert (post.lease_token, post.lease_until) == (("turn-1", NOON + REPLY_LEASE) if leased else (None, None))


async def test_a_timer_is_set_moved_and_cancelled() -> None:
    ring = Rang(verb="test.ring", data={"a": "b"})
    bench = Bench(
        flow=decides(
            do(Schedule(key="t", at=LATER, what=ring)),
            do(Schedule(key="t", at=LATER + timedelta(hours=1), what=ring)),
            do(Schedule(key="t", at=None)),
        )
    )
    await bench.known()
    await bench.press("1")
    assert bench.store.commits[0].timers == (TimerWrite(key="t", at=LATER, verb="test.ring", data={"a": "b"}),)
    await bench.press("2")
    assert await bench.store.next_timer_at() == LATER + timedelta(hours=1)
    await bench.press("3")
    assert await bench.store.next_timer_at() is None


async def test_an_act_is_in_the_audit_log_with_the_time_of_its_event() -> None:
    act = Audit(act="x.done", subject="s", by="kari", details=(("a", "b"),))
    bench = await committed(do(act))
    entry = await bench.store.read(AuditEntry, "audit-2")
    assert entry == AuditEntry.from_act(act, id="audit-2", at=NOON)


async def test_a_repeatable_act_is_recorded_once_and_then_counted() -> None:
    act = Audit(act="x.refused", subject="s", by="kari", repeatable=True)
    bench = Bench(flow=decides(do(act)))
    await bench.known()
    for number in range(3):
        await bench.press(str(number))
    assert len(await bench.store.find(AuditEntry.KIND, "act:x.refused")) == 1


async def test_an_act_that_is_not_repeatable_is_recorded_each_time() -> None:
    bench = Bench(flow=decides(do(Audit(act="x.done", subject="s", by="kari"))))
    await bench.known()
    for number in range(3):
        await bench.press(str(number))
    assert len(await bench.store.find(AuditEntry.KIND, "act:x.done")) == 3


async def test_forgetting_a_person_is_a_timer_that_is_due_at_once() -> None:
    bench = await committed(do(Forget(person_id="ola")))
    [timer] = bench.store.commits[0].timers
    assert (timer.at, timer.verb, timer.data) == (NOON, FORGET_VERB, {"person_id": "ola"})
    assert "ola" not in timer.key


async def test_a_leaver_who_deletes_is_marked_in_the_same_commit() -> None:
    bench = Bench(flow=decides(Decision()))
    kari = await bench.known()
    bench.flow = decides(do(MarkFormer(person=kari)))
    await bench.press()
    [commit] = bench.store.commits
    assert {write.key.id for write in commit.records} == set(FORMER.marks_of(kari))
    assert {write.key.kind for write in commit.records} == {FormerIdentity.KIND}


async def test_a_timer_is_gone_when_it_has_rung() -> None:
    bench = Bench(flow=decides(do(Reply(slot="s", message=Message(text="Det er tid")))))
    await bench.set_timer(timer("t", a="b"))
    await bench.runtime.ring(timer("t", a="b"))
    [event] = bench.events
    assert (event.id, event.channel, event.person_id) == (f"clock:t:{NOON.isoformat()}", CLOCK, "")
    assert event.rang == Rang(verb="test.ring", data={"a": "b"}, due_at=NOON)
    assert bench.store.commits[-1].timer_rang == timer("t", a="b")
    assert await bench.store.next_timer_at() is None
