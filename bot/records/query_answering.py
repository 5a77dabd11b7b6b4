"""Answers to a flow's queries, with the record versions used."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, Protocol, TypeVar, assert_never

from bot.ports import Key, RandomSource, Store, Stored
from bot.records.audit_access import AuditVerification, ReceiptSigner, unsigned, without_audit_keys
from bot.records.codec import decode
from dialogs.core.decision import Decision
from dialogs.core.query import (
    Asking,
    Count,
    Find,
    FindAny,
    Flow,
    Get,
    GetEach,
    GroupPosts,
    KeptWords,
    MatchEach,
    NearQuestions,
    NewId,
    PostState,
    Query,
    RateQuotes,
    Received,
    ReceivedMessage,
    RowsWith,
    SignReceipt,
    StoredRow,
    Tally,
    VerifyAudit,
)
from dialogs.core.record import Record
from dialogs.core.refusal import EventRefused
from knowledge.article.article import Article
from knowledge.matching.match import Asked, Match

T = TypeVar("T")
R = TypeVar("R", bound=Record)
_YIELD_EVERY: Final = 100


@dataclass(frozen=True, slots=True)
class _Result(Generic[T]):
    value: T


def _step(part: Asking[T], answer: Any) -> Query | _Result[T]:
    """Return the next query of a part of a flow, or its result."""
    try:
        return part.send(answer)
    except StopIteration as stop:  # a thread cannot hand it on
        return _Result(stop.value)


class Understanding(Protocol):
    """Matches utterances without blocking the event loop."""

    async def match_each(
        self,
        utterances: Sequence[str],
        *,
        previous_article_ids: Sequence[str],
        asked_before: Asked,
        municipality_id: str | None,
        independent: bool,
    ) -> tuple[Match, ...]:
        """Return how well the articles answer each utterance; the asker's municipality is optional.

        ``previous_article_ids``: of the last turns, latest first; ``asked_before``: the question before. Only the first
        utterance may follow them. ``independent``: no utterance follows the one before.
        """
        ...

    async def rate_quotes(
        self, utterance: str, *, asked_before: Asked, vector: bytes, articles: Sequence[Article]
    ) -> tuple[tuple[float, ...], ...]:
        """Return for each article how well each of its quotes answers a follow-up, 0 to 1."""
        ...

    async def near_questions(self, asked: Sequence[KeptWords], anchors: Sequence[KeptWords]) -> tuple[int, ...]:
        """Return for each question the position of the nearest anchor, or -1 if none is near."""
        ...


class FlowRun:
    """One run of a flow that queries only stored data.

    Create a new one for each run. A record requested by id is read once. ``versions`` contains the version of every
    record at its first read, so a record that changes between two reads causes a conflict. ``refusal`` is the
    one that ended the flow, if any.
    """

    def __init__(self, *, store: Store) -> None:
        self._store = store
        self._records: dict[Key, Record | None] = {}
        self.versions: dict[Key, int] = {}
        self.finds: dict[tuple[str, str], frozenset[str]] = {}
        self.named: set[Key] = set()
        self.refusal: EventRefused | None = None

    def preload(self, record: Record, version: int) -> None:
        """Add a record that was just read, to avoid another read."""
        self._remember(Key(kind=record.KIND, id=record.id), record, version)

    def seen(self, kind: type[R], id_: str) -> R | None:
        """Return a record that was read already, without a query."""
        record = self._records.get(Key(kind=kind.KIND, id=id_))
        return record if isinstance(record, kind) else None

    async def run(self, flow: Flow, *, in_thread: bool = False) -> Decision:
        """Run the flow to its decision. A refusal also counts as a decision.

        Args:
            in_thread: the flow reads so much that its steps would hold the event loop too long.
        """
        try:
            return await self.result_of(flow, in_thread=in_thread)
        except EventRefused as refusal:
            self.refusal = refusal
            return refusal.decision

    async def result_of(self, part: Asking[T], *, in_thread: bool = False) -> T:
        """Run a part of a flow to its result."""
        answer: Any = None
        while True:
            step = await asyncio.to_thread(_step, part, answer) if in_thread else _step(part, answer)
            if isinstance(step, _Result):
                return step.value
            answer = await self._answer(step)

    async def _answer(self, query: Query) -> Any:
        match query:
            case Get():
                return (await self._get(query.kind, [query.id])).get(query.id)
            case GetEach():
                return await self._get(query.kind, query.ids)
            case Find():
                records = await self._store.find(query.kind.KIND, query.term, after=query.after, limit=query.limit)
                if not query.after and query.limit is None:
                    ids = frozenset(stored.key.id for stored in records)
                    self.finds.setdefault((query.kind.KIND, query.term), ids)
                return tuple(await self._decode(query.kind, records))
            case FindAny():
                matching = await self._store.find_any(query.kind.KIND, query.terms) if query.terms else ()
                return tuple(await self._decode(query.kind, matching))
            case Count():
                return await self._store.count(query.kind.KIND, query.term)
            case Tally():
                return await self._store.tally(query.group)
            case GroupPosts():
                return await self._group_posts(query)
            case Received():
                return await self._received(query.person_id)
            case RowsWith():
                rows = await self._store.rows_with(query.words, tables=query.tables)
                return tuple(StoredRow(table=row.table, id=row.id, document=row.document) for row in rows)
            case MatchEach() | RateQuotes() | NearQuestions() | VerifyAudit() | SignReceipt() | NewId():
                raise TypeError(f"decided from records alone, without {type(query).__name__}")
            case _:
                assert_never(query)

    async def _get(self, kind: type[Record], ids: Sequence[str]) -> Mapping[str, Record]:
        keys = [Key(kind=kind.KIND, id=id_) for id_ in ids]
        self.named.update(keys)
        if unread := [key for key in keys if key not in self._records]:
            held = await self._store.get(unread)
            await self._decode(kind, list(held.values()))
            for key in unread:
                if key not in held:
                    self._remember(key, None, 0)
        return {key.id: record for key in keys if (record := self._records[key]) is not None}

    async def _decode(self, kind: type[Record], records: Sequence[Stored]) -> list[Record]:
        """Decode records in chunks, so that other turns can run in between."""
        read: list[Record] = []
        for start in range(0, len(records), _YIELD_EVERY):
            if start:
                await asyncio.sleep(0)
            read += self._seen(kind, records[start : start + _YIELD_EVERY])
        return read

    def _seen(self, kind: type[Record], records: Sequence[Stored]) -> tuple[Record, ...]:
        seen = tuple(decode(kind, stored) for stored in records)
        for record, stored in zip(seen, records, strict=True):
            self._remember(stored.key, record, stored.version)
        return seen

    def _remember(self, key: Key, record: Record | None, version: int) -> None:
        self._records.setdefault(key, record)
        # The first version counts: if a later read sees another one, the commit must conflict.
        self.versions.setdefault(key, version)

    async def _group_posts(self, query: GroupPosts) -> tuple[PostState, ...]:
        deliveries = await self._store.deliveries_of_group(query.group, after=query.after, limit=query.limit)
        return tuple(
            PostState(
                recipient=d.recipient,
                slot=d.slot,
                status=d.standing,
                possibly_twice=d.possibly_twice,
                landed=d.reference is not None,
                delivered_at=d.delivered_at.isoformat() if d.delivered_at else None,
            )
            for d in deliveries
        )

    async def _received(self, person_id: str) -> tuple[ReceivedMessage, ...]:
        received: list[ReceivedMessage] = []
        after = 0
        while page := await self._store.deliveries_of_recipient(person_id, after=after):
            received += [
                ReceivedMessage(
                    slot=d.slot,
                    message=d.message,
                    status=d.standing,
                    channel=d.channel,
                    posted_at=d.posted_at,
                    due_at=d.due_at,
                    settled_at=d.settled_at,
                    possibly_twice=d.possibly_twice,
                )
                for d in page
            ]
            after = page[-1].sequence
        return tuple(received)


class QueryAnswering(FlowRun):
    """One run of any flow."""

    def __init__(
        self,
        *,
        store: Store,
        understanding: Understanding,
        rng: RandomSource,
        verify_audit: AuditVerification = without_audit_keys,
        sign_receipt: ReceiptSigner = unsigned,
    ) -> None:
        super().__init__(store=store)
        self._understanding = understanding
        self._rng = rng
        self._verify_audit = verify_audit
        self._sign_receipt = sign_receipt

    async def _answer(self, query: Query) -> Any:
        match query:
            case MatchEach():
                return await self._understanding.match_each(
                    query.utterances,
                    previous_article_ids=query.previous_article_ids,
                    asked_before=query.asked_before,
                    municipality_id=query.municipality_id,
                    independent=query.independent,
                )
            case RateQuotes():
                return await self._understanding.rate_quotes(
                    query.utterance, asked_before=query.asked_before, vector=query.vector, articles=query.articles
                )
            case NearQuestions():
                return await self._understanding.near_questions(query.asked, query.anchors)
            case VerifyAudit():
                return await self._verify_audit()
            case SignReceipt():
                return self._sign_receipt(query.number, query.at)
            case NewId():
                return self._rng.new_id(query.prefix)
            case _:
                return await super()._answer(query)
