"""A stage for flows: the real runtime over the memory store, with a clock, a channel and people moved by the test."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar

import structlog

from bot.app.maintenance import Maintenance
from bot.audit.verification import audit_verdict, trusted
from bot.content.catalogue import load_catalogue
from bot.ports import Delivery, DeliveryStatus, Incoming, Key, Sender, Settled, Timer, Turn, TurnFailed
from bot.records.query_answering import QueryAnswering
from bot.signin.former import FormerMarks
from bot.turn.identity import Directory
from bot.turn.job import forget_timer
from bot.turn.runtime import Runtime
from dialogs import router
from dialogs.announce.teams.flow import rearranged
from dialogs.ask.attached import attached
from dialogs.ask.flow import ask
from dialogs.core.audit import AuditEntry
from dialogs.core.content import Content, Holidays
from dialogs.core.decision import (
    NOTHING,
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
    Schedule,
)
from dialogs.core.event import (
    CLOCK,
    Arrived,
    Attachment,
    Event,
    Left,
    Pressed,
    Rang,
    Rearranged,
    Said,
    Scope,
    TeamNews,
    What,
)
from dialogs.core.message import Message
from dialogs.core.person import Address, Person
from dialogs.core.query import Asking, Flow, find
from dialogs.core.record import Record
from dialogs.core.refusal import catch_refusal
from dialogs.core.session import Session
from dialogs.core.texts import Texts
from dialogs.handoff.talking import talk
from dialogs.handoff.unit_of_work import UnitOfWork
from dialogs.welcome.flow import arrive, left
from knowledge.article.article import Article, ArticleBook, Language
from knowledge.matching.match import Asked, Candidate, Match
from knowledge.matching.passages import rate_quotes
from knowledge.matching.policy import Policy
from knowledge.organisation.organisation import Organisation
from tests.channels import CHANNELS, TEAMS, WEB
from tests.timers import due_timers
from tests.unit.at_once import run, until
from tests.unit.read_cards import actions_of, words_of
from tests.unit.stage_store import AT_THE_GATE, StageStore

T = TypeVar("T")
Verbs = Mapping[str, Callable[[Event, Content], Flow]]
CATALOGUE: Mapping[Language, Texts] = load_catalogue()
TUESDAY = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
"""Nine o'clock in Norway on an ordinary Tuesday."""
FORMER: Final = FormerMarks(b"l" * 32)
SILENT: Final = structlog.wrap_logger(
    structlog.ReturnLogger(), wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL)
)
JOBS: Final = "runtime."
"""Prefix of the verbs of maintenance jobs, which no flow answers."""
UNSEEN: Final = frozenset({"turn", "audit"})
"""Prefixes of ids that no flow asks for and no card shows; numbered apart."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What one event led to."""

    decision: Decision
    notice: str = ""
    """The short text the pressed card was answered with; empty when there was none."""

    @property
    def notices(self) -> list[str]:
        """Every notice of the decision, shown or not."""
        return [effect.text for effect in self.decision.effects if isinstance(effect, Notice)]

    @property
    def audits(self) -> list[Audit]:
        """What the decision adds to the audit log."""
        return [effect for effect in self.decision.effects if isinstance(effect, Audit)]

    @property
    def posts(self) -> list[Post]:
        """What is owed to each person, one by one."""
        return [post for effect in self.decision.effects for post in _each(effect)]

    @property
    def changed(self) -> bool:
        """Whether any record was written."""
        return bool(self.decision.writes)


class Stage:
    """People press, write and wait; the runtime, its store, directory, reading and codec are the real ones."""

    def __init__(
        self,
        organisation: Organisation,
        *,
        verbs: Verbs,
        timers: Verbs,
        at: datetime = TUESDAY,
        articles: ArticleBook | None = None,
        holidays: Holidays | None = None,
    ) -> None:
        self.now = at
        self.content = Content(
            articles=articles or ArticleBook(),
            organisation=organisation,
            texts=CATALOGUE,
            policy=Policy(),
            holidays=holidays or Holidays(),
            channels=CHANNELS,
        )
        self._verbs = verbs
        self._timer_verbs = timers
        self.store = StageStore(self._clear_chat)
        self.statuses = self.store.statuses
        self.twice = self.store.twice
        self.asked_before = ""  # with the last message
        self.independent = False  # whether the texts matched last were
        self.posts: dict[tuple[str, str], Message] = {}
        self.news: list[tuple[str, str]] = []
        self.signed_out: list[str] = []
        self.marked: list[str] = []
        self.proved_at: datetime | None = None
        """When the people on the stage last signed in; None where nobody says."""
        self.queries = 0
        self.matches: Callable[[str], tuple[Candidate, ...]] = lambda _: ()
        self._decided: dict[str, Decision] = {}
        self._ids_given = {True: 0, False: 0}
        self._surroundings = _Surroundings(self)
        self._runtime = self._new_runtime()

    # What the store holds

    def put(self, *records: Record) -> None:
        """Store records as if they had always been there."""
        self.store.put(*records)

    def forget(self, kind: type[Record], id: str) -> None:
        """Let a record never have been."""
        self.store.remove(Key(kind=kind.KIND, id=id))

    def get(self, kind: type[Any], id: str) -> Any:
        """Return a record that must be there."""
        found = self.find(kind, id)
        if found is None:
            raise KeyError(id)
        return found

    def find(self, kind: type[Any], id: str) -> Any:
        """Return a record, or None."""
        return self.store.record(kind, id)

    def all(self, kind: type[Any]) -> list[Any]:
        """Return every record of a kind, ordered by id."""
        return self.store.every(kind)

    def schedule(self, schedule: Schedule) -> None:
        """Set a timer."""
        self.store.schedule(schedule)

    @property
    def timers(self) -> Mapping[str, tuple[datetime, Rang]]:
        """Every timer that is set, by its key."""
        return {each.key: (each.at, Rang(verb=each.verb, data=each.data)) for each in self.store.timers()}

    @property
    def audits(self) -> list[Audit]:
        """The audit log, the oldest first."""
        entries: list[AuditEntry] = self.all(AuditEntry)
        return [Audit(act=each.act, subject=each.subject, by=each.by, details=each.details) for each in entries]

    def texts(self, person_id: str) -> Texts:
        """Return the sentences in the person's language."""
        person = self.find(Person, person_id)
        return CATALOGUE[person.language if person else Language.NB]

    # What people do

    def press(
        self, person_id: str, verb: str, /, *, slot: str | None = None, scope: Scope = Scope.PERSONAL, **data: Any
    ) -> Outcome:
        """Press a button."""
        return self._happen(self.pressing(person_id, verb, slot=slot, scope=scope, **data))

    def press_on_page(self, person_id: str, verb: str, /, **data: Any) -> Outcome:
        """Press a button of a page of the desk."""
        return self._happen(replace(self.pressing(person_id, verb, **data), from_page=True))

    def pressing(
        self, person_id: str, verb: str, /, *, slot: str | None = None, scope: Scope = Scope.PERSONAL, **data: Any
    ) -> Event:
        """Return the event of a button pressed now, for ``race``."""
        return self._event(person_id, Pressed(verb=verb, data=data, slot=slot), scope)

    def say(
        self, person_id: str, utterance: str, attachments: Iterable[Attachment] = (), scope: Scope = Scope.PERSONAL
    ) -> Outcome:
        """Write something."""
        said = Said(utterance=utterance, attachments=tuple(attachments))
        return self._happen(self._event(person_id, said, scope))

    def remove(self, person_id: str) -> Outcome:
        """Remove the bot from the person's chat."""
        return self._happen(self._event(person_id, Left()))

    def race(self, *events: Event) -> list[Outcome]:
        """Let each event be decided in a process of its own on the same records; then they commit in turn."""
        turns = [self._new_runtime().receive(self._incoming(event)) for event in events]
        self.store.holding = True
        ended = [until(AT_THE_GATE, turn) for turn in turns]
        self.store.holding = False
        both = zip(events, turns, ended, strict=True)
        return [self._after(event, run(turn) if early is None else early) for event, turn, early in both]

    def ring_until(self, at: datetime) -> None:
        """Let time pass, and every timer ring that is due by then, the earliest first."""
        while due := run(due_timers(self.store, now=at, limit=1)):
            self.now = max(self.now, due[0].at)
            self._ring(due[0])
        self.now = max(self.now, at)

    def ring(self, verb: str, **data: str) -> Outcome:
        """Let a timer ring now."""
        return self._ring(Timer(key=self._next("e"), at=self.now, verb=verb, data=data))

    def answer_to(self, person_id: str, question: Callable[[UnitOfWork], Asking[T]]) -> T:
        """Return what a part of a flow would make of the records now, for ``person_id`` acting; nothing is changed."""
        event = self._event(person_id, Pressed(verb="test.look"))
        about = self._surroundings
        reading: Any = QueryAnswering(store=self.store, understanding=about, rng=about)
        found: T = run(reading.run(question(UnitOfWork(event, self.content))))
        return found

    def add_to(self, team: TeamNews, by: str = "") -> Outcome:
        """Add the bot to a team."""
        return self._happen(self._event(by, Arrived(team=team), Scope.TEAM))

    def remove_from(self, team: TeamNews, by: str = "") -> Outcome:
        """Remove the bot from a team."""
        return self._happen(self._event(by, Left(team=team), Scope.TEAM))

    def tell_of(self, team: TeamNews) -> Outcome:
        """Tell the bot of a change to a team."""
        return self._happen(self._event("", Rearranged(team=team), Scope.TEAM))

    # What they see

    def shown(self, person_id: str, slot: str) -> str:
        """Return everything readable in a slot: text and card, as one text. Empty when nothing is there."""
        message = self.posts.get((person_id, slot))
        return " ".join((message.text, *words_of(message.card))) if message else ""

    def buttons(self, person_id: str, slot: str) -> list[str]:
        """Return the verbs that can be pressed in a slot."""
        message = self.posts.get((person_id, slot))
        return [action["verb"] for action in actions_of(message.card)] if message else []

    def presses(self) -> list[tuple[str, str, Mapping[str, Any]]]:
        """Return every button on every card: whose, in which slot, and the action."""
        return [(to, slot, action) for (to, slot), message in self.posts.items() for action in actions_of(message.card)]

    def slots(self, person_id: str, start: str = "") -> list[str]:
        """Return a person's slots, in the order they were first filled."""
        return [slot for to, slot in self.posts if to == person_id and slot.startswith(start)]

    # What a test may replace

    def _route(self, event: Event) -> Flow:
        what = event.what
        if isinstance(what, Pressed):
            return self._verbs[what.verb](event, self.content)
        if isinstance(what, Rang):
            return self._timer_verbs[what.verb](event, self.content)
        if isinstance(what, Left):
            return left(event, self.content)
        if isinstance(what, Arrived):
            return arrive(event, self.content)
        if isinstance(what, Rearranged):
            return rearranged(event, self.content)
        return attached(event, self.content, _asked) if what.attachments else _said(event, self.content)

    def _understand(self, utterance: str, previous: Sequence[str]) -> Match:
        candidates = self.matches(utterance)
        return Match(utterance=utterance, language="nb", small_talk=None, candidates=candidates, precision=0.0)

    def _show(self, to: str, slot: str, message: Message | None) -> None:
        if message is None:
            self.posts.pop((to, slot), None)
            return
        self.news.append((to, slot))
        self.posts[(to, slot)] = message

    # How it runs

    def _new_runtime(self) -> Runtime:
        about = self._surroundings
        return Runtime(
            store=self.store,
            directory=Directory(store=self.store, former=FORMER),
            understanding=about,
            route=self._recorded,
            content=lambda: self.content,
            sender=about,
            jobs=Maintenance(store=self.store, clock=about).jobs,
            former=FORMER,
            clock=about,
            rng=about,
            stages=about,
            log=SILENT,
            verify_audit=partial(audit_verdict, self.store, partial(trusted, ())),
        )

    def _event(self, person_id: str, what: What, scope: Scope = Scope.PERSONAL) -> Event:
        person: Person | None = self.find(Person, person_id)
        return Event(
            id=self._next("e"),
            at=self.now,
            channel=TEAMS if person and person.left else WEB,
            person_id=person_id,
            conversation_id=f"c-{person_id}",
            scope=scope,
            what=what,
        )

    def _incoming(self, event: Event) -> Incoming:
        """Return what the channel hands in: a person of the web session, or one who left and is known by account."""
        person: Person | None = self.find(Person, event.person_id)
        sender = Sender(name="", person_id=event.person_id or None, proved_at=self.proved_at)
        if person and person.left:
            sender = Sender(name="", object_id=person.object_id, tenant_id=person.tenant_id)
        return Incoming(
            id=event.id,
            channel=event.channel,
            sender=sender,
            address=Address(channel=event.channel),
            conversation_id=event.conversation_id,
            scope=event.scope,
            what=event.what,
            from_page=event.from_page,
        )

    def _happen(self, event: Event) -> Outcome:
        try:
            turn = run(self._runtime.receive(self._incoming(event)))
        except TurnFailed as failed:  # a test wants to see what went wrong
            raise failed.__cause__ or failed from None
        return self._after(event, turn)

    def _ring(self, timer: Timer) -> Outcome:
        run(self._runtime.ring(timer))
        return self._outcome(f"{CLOCK}:{timer.key}:{timer.at.isoformat()}", Turn())

    def _after(self, event: Event, turn: Turn) -> Outcome:
        return self._outcome(f"{event.channel}:{event.id}", turn)

    def _recorded(self, event: Event, content: Content) -> Flow:
        """Run the event's flow, counting its queries and keeping its decision."""
        forgets = isinstance(event.what, Rang) and event.what.verb.startswith(JOBS)
        flow = catch_refusal(_nothing() if forgets else self._route(event))
        answer: Any = None
        while True:
            try:
                query = flow.send(answer)
            except StopIteration as stop:
                decision: Decision = stop.value
                break
            self.queries += 1
            answer = yield query
        for effect in decision.effects:
            if isinstance(effect, Schedule) and effect.what is not None:
                known = effect.what.verb in self._timer_verbs or effect.what.verb.startswith(JOBS)
                assert known, f"nothing answers when {effect.what.verb} rings"
        self._decided[event.id] = decision
        return decision

    def _outcome(self, event_id: str, turn: Turn) -> Outcome:
        """Do what couriers and clocks do after a turn, and return what it led to."""
        decision = self._decided.pop(event_id)
        self.signed_out += [effect.person_id for effect in decision.effects if isinstance(effect, EndSessions)]
        self.marked += [effect.person.id for effect in decision.effects if isinstance(effect, MarkFormer)]
        for write in decision.writes:
            if isinstance(write, Put):
                self._check(write.record)
        while claimed := run(self.store.claim(now=self.now, lease_for=timedelta(hours=1), limit=1000, token="courier")):
            run(self.store.settle([self._land(each) for each in claimed]))
        for effect in decision.effects:
            if isinstance(effect, Forget):
                self._ring(self.store.timer(forget_timer(effect.person_id, self.now).key))
        return Outcome(decision=decision, notice=turn.notice or "")

    def _check(self, record: Record) -> None:
        self.store.check(record)

    def _land(self, delivery: Delivery) -> Settled:
        self._show(delivery.recipient, delivery.slot, delivery.message)
        return Settled(
            delivery_id=delivery.id,
            lease_token=delivery.lease_token or "",
            version=delivery.version,
            status=DeliveryStatus.DELETED if delivery.message is None else DeliveryStatus.SENT,
            at=self.now,
            reference={} if delivery.message is None else {"slot": delivery.slot},
        )

    def _clear_chat(self, person_id: str) -> None:
        self.posts = {place: kept for place, kept in self.posts.items() if place[0] != person_id}

    def _next(self, prefix: str) -> str:
        self._ids_given[prefix in UNSEEN] += 1
        number = self._ids_given[prefix in UNSEEN]
        return f"e{number}" if prefix == "e" else f"{prefix}-{number:04d}"


class _Surroundings:
    """The runtime's clock, chance, understanding, sender and measure of stages, as the stage has them."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def now(self) -> datetime:
        return self._stage.now

    async def sleep(self, seconds: float) -> None:
        self._stage.now += timedelta(seconds=seconds)

    def new_id(self, prefix: str) -> str:
        return self._stage._next(prefix)

    def uniform(self) -> float:
        return 0.5

    async def match_each(
        self,
        utterances: Sequence[str],
        *,
        previous_article_ids: Sequence[str],
        asked_before: Asked,
        municipality_id: str | None,
        independent: bool,
    ) -> tuple[Match, ...]:
        self._stage.asked_before = asked_before.text
        self._stage.independent = independent
        return tuple(
            self._stage._understand(utterance, () if number else previous_article_ids)
            for number, utterance in enumerate(utterances)
        )

    async def rate_quotes(
        self, utterance: str, *, asked_before: Asked, vector: bytes, articles: Sequence[Article]
    ) -> tuple[tuple[float, ...], ...]:
        return rate_quotes(articles, utterance, asked_before=asked_before)

    async def near_questions(
        self, asked: Sequence[tuple[str, bytes]], anchors: Sequence[tuple[str, bytes]]
    ) -> tuple[int, ...]:
        first = {words.split()[0]: at for at, (words, _) in enumerate(anchors)}
        return tuple(first.get(words.split()[0], -1) for words, _ in asked)

    async def deliver(self, delivery: Delivery) -> Settled:
        return self._stage._land(delivery)

    def observe(self, stage: str, seconds: float) -> None:
        pass


def _said(event: Event, content: Content) -> Flow:
    session = yield from find(Session, event.person_id)
    if session is not None and session.talking_in:
        return (yield from talk(event, content, session))
    return (yield from _asked(event, content))


def _asked(event: Event, content: Content) -> Flow:
    return ask(event, content, router.press)


def _nothing() -> Flow:
    yield from ()
    return NOTHING


def _each(effect: Effect) -> Iterable[Post]:
    match effect:
        case Post():
            return [effect]
        case Multicast():
            return [
                Post(
                    to=to,
                    slot=effect.slot,
                    message=effect.message,
                    group=effect.group,
                    urgency=effect.urgency,
                    not_before=effect.not_before,
                    expires_at=effect.expires_at,
                )
                for to in effect.to
            ]
        case _:
            return []


def speaking(person: Person, language: Language) -> Person:
    """Return the person reading another language."""
    return replace(person, language=language)
