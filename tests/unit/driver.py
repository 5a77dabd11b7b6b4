"""A stage for flows: runs them on records, posts, timers and a clock held in memory, as the runtime would."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from bot.catalogue import load_catalogue
from bot.codec import decode, encode
from bot.ports import Key, Stored
from dialogs.ask.attached import attached
from dialogs.ask.flow import ask
from dialogs.decision import (
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
from dialogs.door import cleaned
from dialogs.event import (
    Arrived,
    Attachment,
    ChannelName,
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
from dialogs.handoff.flow import talk
from dialogs.handoff.work import Work
from dialogs.message import Message
from dialogs.person import Person
from dialogs.query import (
    Asking,
    Count,
    Find,
    FindAny,
    Flow,
    Get,
    GetEach,
    GroupPosts,
    MatchUtterance,
    NewId,
    PostState,
    Query,
    Tally,
)
from dialogs.record import Record
from dialogs.refusal import settled
from dialogs.session import Session
from dialogs.team.flow import rearranged
from dialogs.texts import Texts
from dialogs.welcome.flow import arrive, left
from dialogs.world import Holidays, World
from knowledge.article import ArticleBook, Language
from knowledge.matcher import Candidate, Match
from knowledge.organisation import Organisation
from knowledge.policy import Policy

T = TypeVar("T")
Verbs = Mapping[str, Callable[[Event, World], Flow]]
CATALOGUE: Mapping[Language, Texts] = load_catalogue()
TUESDAY = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
"""Nine o'clock in Norway on an ordinary Tuesday."""


class Stale(Exception):
    """A decision was made on a record that has been written since."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What one event led to."""

    decision: Decision
    notices: list[str] = field(default_factory=list)
    audits: list[Audit] = field(default_factory=list)

    @property
    def notice(self) -> str:
        """The short text the pressed card was answered with; empty when there was none."""
        return self.notices[-1] if self.notices else ""

    @property
    def posts(self) -> list[Post]:
        """What is owed to each person, one by one."""
        return [post for effect in self.decision.effects for post in _each(effect)]

    @property
    def changed(self) -> bool:
        """Whether any record was written."""
        return bool(self.decision.writes)


@dataclass(slots=True)
class _Run:
    event: Event
    decision: Decision
    versions: dict[Key, int]


class Stage:
    """People press, write and wait; the stage keeps what a store would keep and checks what a runtime would."""

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
        self.world = World(
            articles=articles or ArticleBook(),
            organisation=organisation,
            texts=CATALOGUE,
            policy=Policy(),
            holidays=holidays or Holidays(),
        )
        self._verbs = verbs
        self._timer_verbs = timers
        self._stored: dict[Key, tuple[int, Record]] = {}
        self._terms: dict[Key, frozenset[str]] = {}
        self.posts: dict[tuple[str, str], Message] = {}
        self.groups: dict[tuple[str, str], str] = {}
        self.statuses: dict[tuple[str, str], str] = {}
        self.queries = 0
        self.twice: set[tuple[str, str]] = set()
        self.news: list[tuple[str, str]] = []
        self.timers: dict[str, tuple[datetime, Rang]] = {}
        self.audits: list[Audit] = []
        self.signed_out: list[str] = []
        self.marked: list[str] = []
        self.matches: Callable[[str], tuple[Candidate, ...]] = lambda _: ()
        self._number = 0

    # What the store holds

    def put(self, *records: Record) -> None:
        """Store records as if they had always been there."""
        for record in records:
            key = Key(kind=record.KIND, id=record.id)
            version = self._stored[key][0] if key in self._stored else 0
            self._stored[key] = (version + 1, _through_json(record))
            self._terms[key] = frozenset(record.terms())

    def forget(self, kind: type[Record], id: str) -> None:
        """Let a record never have been."""
        del self._stored[Key(kind=kind.KIND, id=id)]

    def get(self, kind: type[Any], id: str) -> Any:
        """Return a record that must be there."""
        return self._stored[Key(kind=kind.KIND, id=id)][1]

    def find(self, kind: type[Any], id: str) -> Any:
        """Return a record, or None."""
        return self._stored.get(Key(kind=kind.KIND, id=id), (0, None))[1]

    def all(self, kind: type[Any]) -> list[Any]:
        """Return every record of a kind, ordered by id."""
        return [record for key, (_, record) in sorted(self._stored.items(), key=_by_id) if key.kind == kind.KIND]

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

    def pressing(
        self, person_id: str, verb: str, /, *, slot: str | None = None, scope: Scope = Scope.PERSONAL, **data: Any
    ) -> Event:
        """Return the event of a button pressed now, for ``race``."""
        return self._event(person_id, Pressed(verb=verb, data=data, slot=slot), scope)

    def say(self, person_id: str, utterance: str, attachments: Iterable[Attachment] = ()) -> Outcome:
        """Write something."""
        return self._happen(self._event(person_id, Said(utterance=utterance, attachments=tuple(attachments))))

    def remove(self, person_id: str) -> Outcome:
        """Remove the bot from one's chat."""
        return self._happen(self._event(person_id, Left()))

    def race(self, *events: Event) -> list[Outcome]:
        """Let several events be decided on the same records; a later one whose records changed is decided again."""
        runs = [self._run(event) for event in events]
        return [self._commit_or_again(run) for run in runs]

    def ring_until(self, at: datetime) -> None:
        """Let time pass, and every timer ring that is due by then, the earliest first."""
        while self.timers:
            key, (due, rang) = min(self.timers.items(), key=lambda item: (item[1][0], item[0]))
            if due > at:
                break
            self.now = max(self.now, due)
            del self.timers[key]
            self._happen(self._event("", rang))
        self.now = max(self.now, at)

    def ring(self, verb: str, **data: str) -> Outcome:
        """Let a timer ring now."""
        return self._happen(self._event("", Rang(verb=verb, data=data)))

    def answer_to(self, person_id: str, question: Callable[[Work], Asking[T]]) -> T:
        """Return what a part of a flow would make of the records now, for ``person_id`` acting; nothing is changed."""
        event = self._event(person_id, Pressed(verb="test.look"))
        asking = question(Work(event, self.world))
        answer: Any = None
        while True:
            try:
                answer = self._answer(asking.send(answer), {})
            except StopIteration as stop:
                found: T = stop.value
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
        return " ".join((message.text, *_words(message.card))) if message else ""

    def buttons(self, person_id: str, slot: str) -> list[str]:
        """Return the verbs that can be pressed in a slot."""
        message = self.posts.get((person_id, slot))
        return [action["verb"] for action in _actions(message.card)] if message else []

    def presses(self) -> list[tuple[str, str, Mapping[str, Any]]]:
        """Return every button on every card: whose, in which slot, and the action."""
        return [(to, slot, action) for (to, slot), message in self.posts.items() for action in _actions(message.card)]

    def slots(self, person_id: str, start: str = "") -> list[str]:
        """Return a person's slots, in the order they were first filled."""
        return [slot for to, slot in self.posts if to == person_id and slot.startswith(start)]

    # How it runs

    def _event(self, person_id: str, what: What, scope: Scope = Scope.PERSONAL) -> Event:
        self._number += 1
        return Event(
            id=f"e{self._number}",
            at=self.now,
            channel=ChannelName.CLOCK if isinstance(what, Rang) else ChannelName.WEB,
            person_id=person_id,
            conversation_id=f"c-{person_id}",
            scope=scope,
            what=cleaned(what),
        )

    def _happen(self, event: Event) -> Outcome:
        return self._commit_or_again(self._run(event))

    def _run(self, event: Event) -> _Run:
        versions: dict[Key, int] = {}
        flow = settled(self._route(event))
        answer: Any = None
        while True:
            try:
                answer = self._answer(flow.send(answer), versions)
            except StopIteration as stop:
                return _Run(event=event, decision=stop.value, versions=versions)

    def _route(self, event: Event) -> Flow:
        what = event.what
        if isinstance(what, Pressed):
            return self._verbs[what.verb](event, self.world)
        if isinstance(what, Rang):
            return self._timer_verbs[what.verb](event, self.world)
        if isinstance(what, Left):
            return left(event, self.world)
        if isinstance(what, Arrived):
            return arrive(event, self.world)
        if isinstance(what, Rearranged):
            return rearranged(event, self.world)
        if what.attachments:
            return attached(event, self.world, ask)
        session = self.find(Session, event.person_id)
        if session and session.talking_in:
            return talk(event, self.world, session)
        return ask(event, self.world)

    def _answer(self, query: Query, versions: dict[Key, int]) -> Any:
        self.queries += 1
        match query:
            case Get():
                return self._look_up(Key(kind=query.kind.KIND, id=query.id), versions)
            case GetEach():
                found = {id_: self._look_up(Key(kind=query.kind.KIND, id=id_), versions) for id_ in query.ids}
                return {id_: record for id_, record in found.items() if record is not None}
            case Find():
                later = (key for key in self._bearing(query.kind, query.term) if key.id > query.after)
                found = sorted(later, key=lambda key: key.id)[: query.limit]
                for key in found:
                    versions.setdefault(key, self._stored[key][0])
                return tuple(self._stored[key][1] for key in found)
            case FindAny():
                bearing = {key for term in query.terms for key in self._bearing(query.kind, term)}
                for key in bearing:
                    versions.setdefault(key, self._stored[key][0])
                return tuple(self._stored[key][1] for key in sorted(bearing, key=lambda key: key.id))
            case Count():
                return sum(1 for _ in self._bearing(query.kind, query.term))
            case NewId():
                self._number += 1
                return f"{query.prefix}-{self._number:04d}"
            case MatchUtterance():
                return Match(
                    utterance=query.utterance,
                    language="nb",
                    small_talk=None,
                    candidates=self.matches(query.utterance),
                    precision=0.0,
                )
            case Tally():
                return dict(Counter(post.status for post in self._group(query.group)))
            case GroupPosts():
                return tuple(post for post in self._group(query.group) if post.recipient > query.after)[: query.limit]

    def _look_up(self, key: Key, versions: dict[Key, int]) -> Any:
        version, record = self._stored.get(key, (0, None))
        versions.setdefault(key, version)
        return record

    def _bearing(self, kind: type[Record], term: str) -> Iterator[Key]:
        """Yield the key of every record of a kind that has a term."""
        return (key for key in self._stored if key.kind == kind.KIND and term in self._terms[key])

    def _group(self, group: str) -> list[PostState]:
        """Return the group's posts: landed unless ``statuses`` says otherwise, deleted once taken away."""
        return [
            PostState(
                recipient=to,
                slot=slot,
                status=self.statuses.get((to, slot), "sent" if (to, slot) in self.posts else "deleted"),
                possibly_twice=(to, slot) in self.twice,
                landed=(to, slot) in self.posts and self.statuses.get((to, slot), "sent") == "sent",
                settled_at=self.now.isoformat(),
            )
            for (to, slot), of in sorted(self.groups.items())
            if of == group
        ]

    def _commit_or_again(self, run: _Run) -> Outcome:
        for _ in range(8):
            for key in _written(run.decision):
                assert key in run.versions or key not in self._stored, f"{key} is written without having been read"
            if all(self._stored.get(key, (0, None))[0] == run.versions.get(key, 0) for key in _written(run.decision)):
                return self._commit(run)
            run = self._run(run.event)
        raise Stale

    def _commit(self, run: _Run) -> Outcome:
        keys = list(_written(run.decision))
        assert len(keys) == len(set(keys)), "a record is written twice in one decision"
        for write in run.decision.writes:
            if isinstance(write, Put):
                self.put(write.record)
            else:
                self._stored.pop(Key(kind=write.kind.KIND, id=write.id), None)
        outcome = Outcome(decision=run.decision)
        for effect in run.decision.effects:
            self._carry_out(run.event, effect, outcome)
        return outcome

    def _carry_out(self, event: Event, effect: Effect, outcome: Outcome) -> None:
        match effect:
            case Reply():
                personal = event.scope is Scope.PERSONAL
                here = event.person_id if personal else f"conversation:{event.conversation_id}"
                self._show(here, effect.slot, effect.message)
            case Multicast():
                for post in _each(effect):
                    self._carry_out(event, post, outcome)
            case Post():
                if not effect.only_update or (effect.to, effect.slot) in self.posts:
                    if effect.group:
                        self.groups[effect.to, effect.slot] = effect.group
                    self._show(effect.to, effect.slot, effect.message)
            case Notice():
                outcome.notices.append(effect.text)
            case Schedule():
                self._schedule(effect)
            case Audit():
                outcome.audits.append(effect)
                self.audits.append(effect)
            case EndSessions():
                self.signed_out.append(effect.person_id)
            case MarkFormer():
                self.marked.append(effect.person.id)
            case Forget():
                self.posts = {place: kept for place, kept in self.posts.items() if place[0] != effect.person_id}

    def _schedule(self, schedule: Schedule) -> None:
        if schedule.what is None or schedule.at is None:
            self.timers.pop(schedule.key, None)
            return
        assert schedule.what.verb in self._timer_verbs, f"nobody answers when {schedule.what.verb} rings"
        self.timers[schedule.key] = (schedule.at, schedule.what)

    def _show(self, to: str, slot: str, message: Message | None) -> None:
        if message is None:
            self.posts.pop((to, slot), None)
            return
        json.dumps(message.card)
        assert message.text.strip(), f"{slot} has no text"
        self.news.append((to, slot))
        self.posts[(to, slot)] = message


def _each(effect: Effect) -> Iterable[Post]:
    match effect:
        case Post():
            return [effect]
        case Multicast():
            return map(effect.post_to, effect.to)
        case _:
            return []


def _through_json(record: Record) -> Record:
    """Return the record as a store gives it back."""
    body = json.loads(json.dumps(encode(record)))
    stored = Stored(key=Key(kind=record.KIND, id=record.id), version=1, schema=record.SCHEMA, body=body)
    back = decode(type(record), stored)
    assert back == record, f"{record} does not survive the store: {back}"
    return back


def _written(decision: Decision) -> Iterator[Key]:
    for write in decision.writes:
        if isinstance(write, Put):
            yield Key(kind=write.record.KIND, id=write.record.id)
        else:
            yield Key(kind=write.kind.KIND, id=write.id)


def _by_id(item: tuple[Key, tuple[int, Record]]) -> tuple[str, str]:
    return item[0].kind, item[0].id


def _words(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        for name, value in node.items():
            if name in {"text", "title", "label", "value", "url"} and isinstance(value, str):
                yield value
            else:
                yield from _words(value)
    elif isinstance(node, list | tuple):
        for each in node:
            yield from _words(each)


def _actions(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping):
        if node.get("type") == "Action.Execute":
            yield node
        for value in node.values():
            yield from _actions(value)
    elif isinstance(node, list | tuple):
        for each in node:
            yield from _actions(each)


def speaking(person: Person, language: Language) -> Person:
    """Return the person reading another language."""
    return replace(person, language=language)
