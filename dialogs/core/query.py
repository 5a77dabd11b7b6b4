"""What a flow asks while it decides.

A flow is a generator: it yields queries and is sent their answers, so it stays pure while the runtime reads the store,
off the event loop where that is slow. Asked the same and answered the same, it decides the same; the runtime may
therefore run it again when somebody else's commit came first.
"""

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from dialogs.core.decision import Decision
from dialogs.core.record import Record
from knowledge.matching.matcher import Match

R = TypeVar("R", bound=Record)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Get:
    """The record of this kind and id, or None."""

    kind: type[Record]
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GetEach:
    """The records of this kind that have one of these ids, by id, looked up all at once."""

    kind: type[Record]
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """Records of this kind that carry ``term``, ordered by id, after the id ``after``, at most ``limit``."""

    kind: type[Record]
    term: str
    after: str = ""
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindAny:
    """Records of this kind that carry one of ``terms``, ordered by id, looked up all at once."""

    kind: type[Record]
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many records of this kind carry ``term``."""

    kind: type[Record]
    term: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many posts of a group stand in each delivery state."""

    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPosts:
    """Recipients of a group's posts with their delivery state, ordered by recipient, after ``after``."""

    group: str
    after: str = ""
    limit: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchUtterance:
    """How well the articles answer an utterance of somebody of this municipality, where that is known."""

    utterance: str
    previous_article_id: str | None = None
    municipality_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewId:
    """A fresh id nobody can guess, with a readable prefix."""

    prefix: str


Query = Get | GetEach | Find | FindAny | Count | Tally | GroupPosts | MatchUtterance | NewId
Asking = Generator[Query, Any, T]
Flow = Asking[Decision]


def find(kind: type[R], id: str) -> Asking[R | None]:
    """Ask for one record; None where there is none."""
    found: R | None = yield Get(kind=kind, id=id)
    return found


def find_each(kind: type[R], ids: Iterable[str]) -> Asking[Mapping[str, R]]:
    """Ask for many records at once; those that are not there are left out."""
    found: Mapping[str, R] = yield GetEach(kind=kind, ids=tuple(ids))
    return found


def find_all(kind: type[R], term: str, *, after: str = "", limit: int | None = None) -> Asking[tuple[R, ...]]:
    """Ask for the records that carry ``term``, ordered by id."""
    found: tuple[R, ...] = yield Find(kind=kind, term=term, after=after, limit=limit)
    return found


def find_any(kind: type[R], terms: Iterable[str]) -> Asking[tuple[R, ...]]:
    """Ask at once for the records that carry one of ``terms``, ordered by id. For terms that few carry."""
    found: tuple[R, ...] = yield FindAny(kind=kind, terms=tuple(terms))
    return found


def count(kind: type[Record], term: str) -> Asking[int]:
    """Ask how many records carry ``term``."""
    number: int = yield Count(kind=kind, term=term)
    return number


def tally(group: str) -> Asking[Mapping[str, int]]:
    """Ask how a group's posts stand: delivery state to number."""
    counts: Mapping[str, int] = yield Tally(group=group)
    return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class PostState:
    """Where one post of a group stands. ``landed``: it, or what was in its slot before, stands in the chat."""

    recipient: str
    slot: str
    status: str
    possibly_twice: bool
    landed: bool
    settled_at: str | None = None


def group_posts(group: str, *, after: str = "", limit: int = 500) -> Asking[tuple[PostState, ...]]:
    """Ask for a group's posts, ordered by recipient."""
    posts: tuple[PostState, ...] = yield GroupPosts(group=group, after=after, limit=limit)
    return posts


def match(
    utterance: str, *, previous_article_id: str | None = None, municipality_id: str | None = None
) -> Asking[Match]:
    """Ask what an utterance means to somebody of this municipality, where that is known."""
    matched: Match = yield MatchUtterance(
        utterance=utterance, previous_article_id=previous_article_id, municipality_id=municipality_id
    )
    return matched


def new_id(prefix: str) -> Asking[str]:
    """Ask for a fresh id."""
    fresh: str = yield NewId(prefix=prefix)
    return fresh
