"""Queries of a flow.

A flow is a generator: it yields queries and receives their results. So it stays pure, while the runtime reads the
store, off the event loop if that is slow. Equal results lead to equal decisions; the runtime may therefore run a flow
again after a conflict with another commit.
"""

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from dialogs.core.audit import AuditVerdict
from dialogs.core.decision import Decision
from dialogs.core.message import Message
from dialogs.core.record import Record
from knowledge.article.article import Article
from knowledge.language.excerpt import excerpt
from knowledge.matching.match import NOTHING_ASKED, Asked, Match

R = TypeVar("R", bound=Record)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Get:
    """The record of this kind and id, or None."""

    kind: type[Record]
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GetEach:
    """The existing records of this kind with these ids, by id, in one look-up."""

    kind: type[Record]
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """Records of this kind with ``term``, ordered by id, after the id ``after``, at most ``limit``."""

    kind: type[Record]
    term: str
    after: str = ""
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindAny:
    """Records of this kind with any of ``terms``, ordered by id, in one look-up."""

    kind: type[Record]
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Number of records of this kind with ``term``."""

    kind: type[Record]
    term: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Number of posts of a group in each delivery state."""

    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPosts:
    """Recipients of a group's posts with the delivery state, ordered by recipient, after ``after``."""

    group: str
    after: str = ""
    limit: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """All messages to a person's own chat, oldest first. For rare acts only: there may be many."""

    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsWith:
    """The rows of the store that contain any of ``words``, of ``tables`` or of all. Slow: reads the whole store."""

    words: tuple[str, ...]
    tables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchEach:
    """Articles that match each utterance, for a person of this municipality if known.

    ``previous_article_ids``: of the last turns, latest first; ``asked_before``: the question before. Only the first
    utterance may follow them. ``independent``: the utterances are no clauses of one message, so that none follows the
    one before.
    """

    utterances: tuple[str, ...]
    previous_article_ids: tuple[str, ...] = ()
    asked_before: Asked = NOTHING_ASKED
    municipality_id: str | None = None
    independent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RateQuotes:
    """Probability for each of the ``quotes`` of each article that it answers a follow-up.

    ``asked_before``: the question before, with those that it continues. ``vector``: of the follow-up.
    """

    utterance: str
    asked_before: Asked
    vector: bytes
    articles: tuple[Article, ...]


# A masked question and its packed vector, which may be empty.
KeptWords = tuple[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class NearQuestions:
    """For each question the position of the nearest anchor, or -1. Slow: up to seconds."""

    asked: tuple[KeptWords, ...]
    anchors: tuple[KeptWords, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyAudit:
    """Verification of the whole audit log. Slow: reads all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignReceipt:
    """The signed receipt of an erasure, by number and time; empty where there is no key."""

    number: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewId:
    """A new unguessable id with a readable prefix."""

    prefix: str


Query = (
    Get
    | GetEach
    | Find
    | FindAny
    | Count
    | Tally
    | GroupPosts
    | Received
    | RowsWith
    | MatchEach
    | RateQuotes
    | NearQuestions
    | VerifyAudit
    | SignReceipt
    | NewId
)
Asking = Generator[Query, Any, T]
Flow = Asking[Decision]


def find(kind: type[R], id: str) -> Asking[R | None]:
    """Return one record, or None."""
    record: R | None = yield Get(kind=kind, id=id)
    return record


def find_each(kind: type[R], ids: Iterable[str]) -> Asking[Mapping[str, R]]:
    """Return the existing records with these ids, in one look-up."""
    records: Mapping[str, R] = yield GetEach(kind=kind, ids=tuple(ids))
    return records


def find_all(kind: type[R], term: str, *, after: str = "", limit: int | None = None) -> Asking[tuple[R, ...]]:
    """Return the records with ``term``, ordered by id."""
    records: tuple[R, ...] = yield Find(kind=kind, term=term, after=after, limit=limit)
    return records


def find_any(kind: type[R], terms: Iterable[str]) -> Asking[tuple[R, ...]]:
    """Return the records with any of ``terms``, ordered by id, in one look-up."""
    # For rare terms only: all that is found is read at once, without pages.
    records: tuple[R, ...] = yield FindAny(kind=kind, terms=tuple(terms))
    return records


def count(kind: type[Record], term: str) -> Asking[int]:
    number: int = yield Count(kind=kind, term=term)
    return number


def tally(group: str) -> Asking[Mapping[str, int]]:
    """Return the number of a group's posts by delivery state."""
    counts: Mapping[str, int] = yield Tally(group=group)
    return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class PostState:
    """Delivery state of one post of a group.

    ``landed``: this version, or an earlier one of the slot, is visible in the chat. ``delivered_at``: when the first
    one arrived.
    """

    recipient: str
    slot: str
    status: str
    possibly_twice: bool
    landed: bool
    delivered_at: str | None = None


def group_posts(group: str, *, after: str = "", limit: int = 500) -> Asking[tuple[PostState, ...]]:
    """Return a group's posts, ordered by recipient."""
    posts: tuple[PostState, ...] = yield GroupPosts(group=group, after=after, limit=limit)
    return posts


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedMessage:
    """A message to a person's chat; ``message`` is None when it was withdrawn."""

    slot: str
    message: Message | None
    status: str
    channel: str | None
    posted_at: datetime
    due_at: datetime
    settled_at: datetime | None
    possibly_twice: bool


def received(person_id: str) -> Asking[tuple[ReceivedMessage, ...]]:
    """Return all messages to a person's own chat, oldest first."""
    messages: tuple[ReceivedMessage, ...] = yield Received(person_id=person_id)
    return messages


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRow:
    """One row of the store: table, id in the table, and the row as a document."""

    table: str
    id: str
    document: Mapping[str, Any]


def rows_with(words: Iterable[str], *, tables: Iterable[str] = ()) -> Asking[tuple[StoredRow, ...]]:
    """Return the rows that contain any of ``words`` as a whole word."""
    rows: tuple[StoredRow, ...] = yield RowsWith(words=tuple(words), tables=tuple(tables))
    return rows


def sign_receipt(number: str, at: datetime) -> Asking[str]:
    signed: str = yield SignReceipt(number=number, at=at)
    return signed


def verify_audit() -> Asking[AuditVerdict]:
    """Verify the audit log against its chain and its signed heads."""
    verdict: AuditVerdict = yield VerifyAudit()
    return verdict


def match(utterance: str, *, municipality_id: str | None = None) -> Asking[Match]:
    """Match one utterance, outside any conversation."""
    (matched,) = yield from match_each((utterance,), municipality_id=municipality_id)
    return matched


def match_each(
    utterances: Iterable[str],
    *,
    previous_article_ids: tuple[str, ...] = (),
    asked_before: Asked = NOTHING_ASKED,
    municipality_id: str | None = None,
    independent: bool = False,
) -> Asking[tuple[Match, ...]]:
    """Match utterances, of long ones an excerpt, for a person of this municipality, if known, in one step.

    They are a message and its clauses, or ``independent`` texts, none of which says anything about the next.
    """
    matched: tuple[Match, ...] = yield MatchEach(
        utterances=tuple(map(excerpt, utterances)),
        previous_article_ids=previous_article_ids,
        asked_before=replace(asked_before, text=excerpt(asked_before.text)),
        municipality_id=municipality_id,
        independent=independent,
    )
    return matched


def rate_quotes(
    utterance: str, *, asked_before: Asked, vector: bytes, articles: Iterable[Article]
) -> Asking[tuple[tuple[float, ...], ...]]:
    """Return for each article the probability of each of its ``quotes`` to answer a follow-up."""
    rated: tuple[tuple[float, ...], ...] = yield RateQuotes(
        utterance=excerpt(utterance),
        asked_before=replace(asked_before, text=excerpt(asked_before.text)),
        vector=vector,
        articles=tuple(articles),
    )
    return rated


def near_questions(asked: Iterable[KeptWords], anchors: Iterable[KeptWords]) -> Asking[tuple[int, ...]]:
    """Return for each question the position of the nearest anchor, or -1 if none is near."""
    nearest: tuple[int, ...] = yield NearQuestions(asked=tuple(asked), anchors=tuple(anchors))
    return nearest


def new_id(prefix: str) -> Asking[str]:
    fresh: str = yield NewId(prefix=prefix)
    return fresh
