"""Commits that no flow decides: of an import, a directory's request, a sign-in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.ports import Commit, Key, PostWrite, RandomSource, RecordWrite, TimerWrite
from bot.records.codec import write_of
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Audit, Put, Remove
from dialogs.core.record import Record


class Writes(Protocol):
    """Part of a commit."""

    @property
    def records(self) -> Sequence[RecordWrite]: ...

    @property
    def posts(self) -> Sequence[PostWrite]: ...

    @property
    def timers(self) -> Sequence[TimerWrite]: ...


@dataclass(slots=True, kw_only=True)
class CommitDraft:
    """Collects writes into one commit. Nothing is written before that.

    Attributes:
        by: the actor in the audit log.
        versions: of the records that were read; one that is written meanwhile is a conflict.
        ended: the people with ended sessions.
    """

    at: datetime
    rng: RandomSource
    by: str
    versions: dict[Key, int] = field(default_factory=dict)
    records: list[RecordWrite] = field(default_factory=list)
    posts: list[PostWrite] = field(default_factory=list)
    timers: list[TimerWrite] = field(default_factory=list)
    ended: set[str] = field(default_factory=set)

    def put(self, record: Record) -> None:
        self.records.append(write_of(Put(record=record), self.versions))

    def delete_record(self, kind: type[Record], id: str) -> None:
        self.records.append(write_of(Remove(kind=kind, id=id), self.versions))

    def note(self, act: str, subject: str, *details: tuple[str, str], about_person: bool = False) -> None:
        """Add an entry to the audit log."""
        audit = Audit(act=act, subject=subject, by=self.by, details=details, about_person=about_person)
        self.put(AuditEntry.from_act(audit, id=self.rng.new_id("audit"), at=self.at))

    def include(self, writes: Writes) -> None:
        self.records += writes.records
        self.posts += writes.posts
        self.timers += writes.timers

    def to_commit(self) -> Commit:
        return Commit(
            at=self.at,
            records=tuple(self.records),
            posts=tuple(self.posts),
            timers=tuple(self.timers),
            ended=tuple(sorted(self.ended)),
        )
