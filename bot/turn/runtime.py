"""The runtime of a turn: identify the sender, let a flow decide, commit, send the replies."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Final, Protocol, assert_never

from structlog.contextvars import bound_contextvars
from structlog.typing import FilteringBoundLogger

from bot.ports import (
    Clock,
    Commit,
    Conflict,
    Delivery,
    Duplicate,
    Incoming,
    Key,
    LeaseLost,
    MulticastWrite,
    Overloaded,
    PostWrite,
    RandomSource,
    Settled,
    Store,
    StoreUnavailable,
    Timer,
    TimerWrite,
    Turn,
    TurnFailed,
)
from bot.records.audit_access import AuditVerification, ReceiptSigner, unsigned, without_audit_keys
from bot.records.codec import write_of
from bot.records.conflict import retry_on_conflict
from bot.records.query_answering import FlowRun, QueryAnswering, Understanding
from bot.signin.former import FormerMarks
from bot.turn.cleaning import cleaned_incoming
from bot.turn.dependence import ErasedMeanwhile, dropped_turn, is_erased, read_sender, reads_of
from bot.turn.effect_writes import due_at, multicast_write, timer_write, turn_id
from bot.turn.identity import Directory, UnknownPerson
from bot.turn.job import Job, forget_timer
from bot.turn.repeated_acts import RepeatCounter, TurnRepeats
from dialogs.core.audit import AuditEntry
from dialogs.core.cleaning import texts_of
from dialogs.core.content import Content
from dialogs.core.decision import (
    Audit,
    Decision,
    Effect,
    EndSessions,
    Forget,
    MarkFormer,
    Multicast,
    Notice,
    Post,
    Put,
    Reply,
    Schedule,
)
from dialogs.core.event import CLOCK, Event, Pressed, Rang, Scope
from dialogs.core.message import Message
from dialogs.core.person import Address, Person
from dialogs.core.query import Flow
from dialogs.core.question import Question
from dialogs.core.refusal import EventRefused
from knowledge.article.article import Language
from knowledge.language.excerpt import is_too_long
from knowledge.matching.policy import OutcomeKind

# Protocols of what a runtime is given: what sends its replies, and what measures it.


class ReplySender(Protocol):
    """Sends one delivery and returns its outcome."""

    async def deliver(self, delivery: Delivery) -> Settled:
        """Send the delivery.

        Failures of the channel are returned, not raised; the delivery then stays pending.
        """
        ...


class StageTimer(Protocol):
    """Measures how long the stages of a turn take."""

    def observe(self, stage: str, seconds: float) -> None:
        """Count one duration."""
        ...


# Language of a decision's messages.


def in_readers_language(decision: Decision, reading: FlowRun, actor_id: str) -> Decision:
    """Return the decision with a language for every message that has none: its reader's, as the flow knew it.

    Flows write in the reader's language. A reader unknown to the flow leaves the language open.
    """
    written = [write.record for write in decision.writes if isinstance(write, Put)]
    people = {record.id: record for record in written if isinstance(record, Person)}

    def language_of(person_id: str) -> Language | None:
        person = people.get(person_id) or reading.seen(Person, person_id)
        return person.language if person is not None else None

    def spoken(effect: Effect) -> Effect:
        if not isinstance(effect, Reply | Post) or effect.message is None or effect.message.language is not None:
            return effect
        reader = actor_id if isinstance(effect, Reply) else effect.to
        return replace(effect, message=_in(effect.message, language_of(reader)))

    return replace(decision, effects=tuple(spoken(effect) for effect in decision.effects))


def _in(message: Message, language: Language | None) -> Message:
    return message if language is None else replace(message, language=language)


REPLY_LEASE: Final = timedelta(seconds=30)
# Longest time for one reply. A reply not started this long before the lease ends is left to the courier.
REPLY_MARGIN: Final = timedelta(seconds=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Origin:
    """The event, its return address and lease, and its timer.

    ``sender`` includes the record's version.
    """

    event: Event
    address: Address | None
    lease_token: str
    sender: tuple[Person, int] | None = None
    timer: Timer | None = None

    @property
    def recipient(self) -> str:
        if self.event.scope is Scope.PERSONAL:
            return self.event.person_id
        return f"conversation:{self.event.conversation_id}"

    @property
    def pressed_slot(self) -> str | None:
        return self.event.what.slot if isinstance(self.event.what, Pressed) else None


# The decision, the messages of its commit, and the refusal that led to it.
_Decided = tuple[Decision, tuple[Delivery, ...], EventRefused | None]


class Runtime:
    """Runs events to completion.

    Turns run concurrently; turns of one person run one after the other. ``asked`` is called for each question that was
    stored, with its outcome.
    """

    def __init__(
        self,
        *,
        store: Store,
        directory: Directory,
        understanding: Understanding,
        route: Callable[[Event, Content], Flow],
        content: Callable[[], Content],
        sender: ReplySender,
        jobs: Mapping[str, Job],
        former: FormerMarks,
        clock: Clock,
        rng: RandomSource,
        stages: StageTimer,
        asked: Callable[[OutcomeKind], None] = lambda _: None,
        log: FilteringBoundLogger,
        repeats: RepeatCounter | None = None,
        verify_audit: AuditVerification = without_audit_keys,
        sign_receipt: ReceiptSigner = unsigned,
    ) -> None:
        self._store = store
        self._directory = directory
        self._understanding = understanding
        self._route = route
        self._content = content
        self._sender = sender
        self._jobs = jobs
        self._former = former
        self._clock = clock
        self._rng = rng
        self._stages = stages
        self._asked = asked
        self._log = log
        self._repeats = repeats if repeats is not None else RepeatCounter()
        self._verify_audit = verify_audit
        self._sign_receipt = sign_receipt
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._waiting: dict[str, int] = defaultdict(int)

    async def receive(self, incoming: Incoming) -> Turn:
        """Handle an activity from a channel.

        Raises UnknownPerson; StoreUnavailable or Overloaded: try again; TurnFailed: a bug, which is already logged.
        """
        with bound_contextvars(turn=turn_id(f"{incoming.channel}:{incoming.id}")):
            try:
                return await self._receive(incoming)
            except (UnknownPerson, StoreUnavailable, Overloaded):
                raise
            except Exception as fault:
                self._log.exception("turn_failed", channel=incoming.channel)
                raise TurnFailed from fault

    async def _receive(self, incoming: Incoming) -> Turn:
        at = self._clock.now()
        # First of all: nothing behind this line sees an unmasked number.
        incoming = await cleaned_incoming(incoming)
        # A person's second message must be decided on the session that the first one left.
        async with self._one_turn_at_a_time(incoming.sender.person_id or incoming.sender.object_id or incoming.id):
            sender = await self._directory.recognise(incoming, at) if incoming.sender.is_identified else None
            event = Event(
                id=f"{incoming.channel}:{incoming.id}",
                at=at,
                channel=incoming.channel,
                person_id=sender[0].id if sender else "",
                conversation_id=incoming.conversation_id,
                scope=incoming.scope,
                what=incoming.what,
                proved_at=incoming.sender.proved_at,
                from_page=incoming.from_page,
            )
            origin = _Origin(
                event=event,
                address=incoming.address,
                lease_token=self._rng.new_id("turn"),
                sender=sender,
            )
            return await self._handle(origin)

    async def ring(self, timer: Timer) -> None:
        """Handle a due timer. A timer that already rang is ignored."""
        if timer.verb in self._jobs:
            # Before the commit that removes the timer: after a crash the job runs again, which does no harm.
            await self._jobs[timer.verb](timer)
        event = Event(
            id=f"clock:{timer.key}:{timer.at.isoformat()}",
            at=self._clock.now(),
            channel=CLOCK,
            person_id="",
            conversation_id="",
            what=Rang(verb=timer.verb, data=timer.data, due_at=timer.at),
        )
        turn = await self._handle(_Origin(event=event, address=None, lease_token=self._rng.new_id("turn"), timer=timer))
        if turn.duplicate:  # re-armed for the instant it fired at: if kept, it would fire forever
            await self._store.commit(Commit(at=event.at, timer_rang=timer))

    async def _handle(self, origin: _Origin) -> Turn:
        with bound_contextvars(turn=turn_id(origin.event.id)):
            return await self._run(origin)

    async def _run(self, origin: _Origin) -> Turn:
        try:
            decision, deliveries, refusal = await self._decide_and_commit(origin)
        except Duplicate:
            return Turn(duplicate=True)
        except ErasedMeanwhile:
            self._log.info("turn_of_erased_person_dropped", channel=origin.event.channel)
            return dropped_turn(self._content(), origin.sender)
        committed = self._clock.now()
        self._log.debug(
            "turn_committed", channel=origin.event.channel, deliveries=[delivery.id for delivery in deliveries]
        )
        # After the commit only: no reply may promise what a crash then undoes.
        await self._reply(deliveries, origin.lease_token)
        self._stages.observe("reply", (self._clock.now() - committed).total_seconds())
        return _turn(origin, decision, deliveries, refusal)

    async def _decide_and_commit(self, origin: _Origin) -> _Decided:
        repeats = TurnRepeats(self._repeats, at=origin.event.at)
        try:
            return await self._try_to_commit(origin, repeats)
        # Also on cancellation: the counted acts did not happen.
        except BaseException:
            repeats.undo()
            raise

    async def _try_to_commit(self, origin: _Origin, repeats: TurnRepeats) -> _Decided:
        tries = count(1)

        async def decide_once() -> _Decided:
            tried, started = next(tries), self._clock.now()
            reading = QueryAnswering(
                store=self._store,
                understanding=self._understanding,
                rng=self._rng,
                verify_audit=self._verify_audit,
                sign_receipt=self._sign_receipt,
            )
            # Only at first: after a conflict the person may be the changed record and must be read again.
            if tried == 1 and origin.sender is not None:
                reading.preload(*origin.sender)
            await read_sender(origin.event, reading)
            long = any(map(is_too_long, texts_of(origin.event.what)))
            decided = await reading.run(self._route(origin.event, self._content()), in_thread=long)
            decision = in_readers_language(decided, reading, origin.event.person_id)
            decided_at = self._clock.now()
            self._stages.observe("decide", (decided_at - started).total_seconds())
            commit = self._commit(origin, decision, reading, repeats)
            try:
                # A turn that changes nothing needs no write: repeating it would change nothing either.
                deliveries = tuple(await self._store.commit(commit)) if commit.changes else ()
                self._stages.observe("commit", (self._clock.now() - decided_at).total_seconds())
                self._count_questions(decision, reading)
                return decision, deliveries, reading.refusal
            except Conflict as conflict:
                if await is_erased(self._store, origin.event, conflict.key):
                    raise ErasedMeanwhile from conflict
                self._log.info("conflicted", kind=conflict.key.kind, attempt=tried)
                raise

        return await retry_on_conflict(self._store, decide_once)

    def _commit(self, origin: _Origin, decision: Decision, reading: QueryAnswering, repeats: TurnRepeats) -> Commit:
        event = origin.event
        writes = [write_of(write, reading.versions) for write in decision.writes]
        posts: list[PostWrite] = []
        multicasts: list[MulticastWrite] = []
        timers: list[TimerWrite] = []
        ended: list[str] = []
        for effect in decision.effects:
            match effect:
                case Reply():
                    posts += self._replies_of(origin, effect, event.at)
                case Post():
                    posts.append(self._post_of(origin, effect, event.at))
                case Multicast():
                    multicasts.append(multicast_write(effect, event.at, turn_id(event.id)))
                case Schedule():
                    timers.append(timer_write(effect))
                case Audit() if effect.repeatable and not repeats.must_record(effect):
                    pass
                case Audit():
                    entry = AuditEntry.from_act(effect, id=self._rng.new_id("audit"), at=event.at)
                    writes.append(write_of(Put(record=entry), {}))
                case Forget():
                    timers.append(forget_timer(effect.person_id, event.at))
                case EndSessions():
                    ended.append(effect.person_id)
                case MarkFormer():
                    writes += self._former.puts((*self._former.marks_of(effect.person), *effect.accounts), at=event.at)
                case Notice():
                    pass
                case _:
                    assert_never(effect)
        reads, finds = reads_of(event, decision, reading, {write.key for write in writes})
        return Commit(
            at=event.at,
            event_id=event.id,
            records=tuple(writes),
            multicasts=tuple(multicasts),
            posts=tuple(posts),
            timers=tuple(timers),
            # The timer leaves in the same commit as its effects: it fires again only if they were lost.
            timer_rang=origin.timer,
            ended=tuple(ended),
            reads=reads,
            finds=finds,
        )

    def _count_questions(self, decision: Decision, reading: QueryAnswering) -> None:
        """Count the questions that the decision stored first."""
        for write in decision.writes:
            if isinstance(write, Put) and isinstance(write.record, Question):
                key = Key(kind=Question.KIND, id=write.record.id)
                if not reading.versions.get(key):
                    self._asked(write.record.outcome)

    def _replies_of(self, origin: _Origin, reply: Reply, at: datetime) -> tuple[PostWrite, ...]:
        if origin.event.from_page:
            return ()  # the page shows it
        write = PostWrite(
            recipient=origin.recipient,
            slot=reply.slot,
            message=reply.message,
            due_at=at,
            address=origin.address,
            # Leased to this turn, so that no courier sends the reply as well.
            lease_token=origin.lease_token,
            lease_until=at + REPLY_LEASE,
            turn=turn_id(origin.event.id),
        )
        return (write,)

    def _post_of(self, origin: _Origin, post: Post, at: datetime) -> PostWrite:
        answers_press = post.to == origin.recipient and post.slot == origin.pressed_slot
        return PostWrite(
            recipient=post.to,
            slot=post.slot,
            message=post.message,
            group=post.group,
            urgency=post.urgency,
            due_at=due_at(post.not_before, at),
            expires_at=post.expires_at,
            only_update=post.only_update,
            address=post.address,
            lease_token=origin.lease_token if answers_press else None,
            lease_until=at + REPLY_LEASE if answers_press else None,
            turn=turn_id(origin.event.id),
        )

    async def _reply(self, deliveries: tuple[Delivery, ...], lease_token: str) -> None:
        """Send the deliveries leased by this turn, in order.

        Failed ones stay pending for the courier. If an older version of a slot is being sent at the moment, the courier
        holds the lease and this turn skips the slot.
        """
        outcomes: list[Settled] = []
        for delivery in deliveries:
            if delivery.lease_token != lease_token:
                continue
            if delivery.lease_until is not None and self._clock.now() > delivery.lease_until - REPLY_MARGIN:
                break  # earlier replies took so long that the courier will claim this one
            outcomes.append(await self._sender.deliver(delivery))
        try:
            if outcomes:
                await self._store.settle(outcomes, later=True)
        except LeaseLost as lost:  # deleted meanwhile (for example by "delete my data"), or claimed by the courier
            self._log.info("reply_lease_lost", deliveries=len(lost.delivery_ids))
        except StoreUnavailable:  # the turn is committed and did not fail; its expired leases mark possible duplicates
            self._log.debug("reply_not_settled", deliveries=len(outcomes))

    @asynccontextmanager
    async def _one_turn_at_a_time(self, who: str) -> AsyncIterator[None]:
        # Counts the waiting turns, so that a lock can be removed as soon as no turn needs it.
        self._waiting[who] += 1
        try:
            async with self._turns[who]:
                yield
        finally:
            self._waiting[who] -= 1
            if not self._waiting[who]:
                del self._waiting[who], self._turns[who]


def _turn(origin: _Origin, decision: Decision, deliveries: tuple[Delivery, ...], refusal: EventRefused | None) -> Turn:
    notice = next((effect.text for effect in reversed(decision.effects) if isinstance(effect, Notice)), None)
    if origin.event.from_page:
        return Turn(
            notice=notice,
            replies=tuple(effect.message for effect in decision.effects if isinstance(effect, Reply)),
            changed=bool(decision.writes),
            refused=refusal is not None,
            needs_proof=refusal is not None and refusal.needs_proof,
        )
    pressed: Mapping[str, Delivery] = {d.slot: d for d in deliveries if d.recipient == origin.recipient}
    shown = pressed.get(origin.pressed_slot or "")
    return Turn(card=shown.message if shown else None, notice=notice)
