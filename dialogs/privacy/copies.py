"""Copies of a person's words in suggestions, additions, test questions and articles."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from dialogs.core.decision import Decision, Post, do, put, remove
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, find, find_all
from dialogs.core.record import Record
from dialogs.editing.model import LIVE, ArticleRevision, KnowledgeEdition
from dialogs.editing.taken import without_person
from dialogs.editing.unsaved import UnsavedArticle
from dialogs.handoff.addition import Addition
from dialogs.handoff.suggestion import Suggestion
from dialogs.rehearsal.model import TestQuestion

COPIES: Final[tuple[type[Record], ...]] = (Suggestion, Addition, TestQuestion, ArticleRevision, UnsavedArticle)


def copies_of(person_id: str) -> Asking[dict[str, tuple[Record, ...]]]:
    """Return the copies with a person's words, by kind, without other authors."""
    copies = {}
    for kind in COPIES:
        records = yield from find_all(kind, f"words:{person_id}")
        copies[kind.KIND] = tuple(_only_own(record, person_id) for record in records)
    return copies


def _only_own(record: Record, person_id: str) -> Record:
    if not isinstance(record, ArticleRevision):
        return record
    return replace(record, taken=tuple(taken for taken in record.taken if taken.of == person_id))


def copies_taken_away(person_id: str, *, at: datetime) -> Asking[Decision]:
    """Return the decision that takes the person's words out of what editors made of them."""
    term = f"words:{person_id}"
    decision = yield from suggestions_removed((yield from find_all(Suggestion, term)))
    for kind in (Addition, TestQuestion, UnsavedArticle):
        records = yield from find_all(kind, term)
        decision += remove(kind, *(record.id for record in records))
    revisions = yield from find_all(ArticleRevision, term)
    if any(LIVE in revision.terms() for revision in revisions):
        edition = (yield from find(KnowledgeEdition, KnowledgeEdition.ID)) or KnowledgeEdition()
        decision += put(edition.next_at(at))
    return decision + put(*(without_person(revision, person_id) for revision in revisions))


def suggestions_removed(suggestions: Sequence[Suggestion]) -> Asking[Decision]:
    """Return the decision that removes suggestions, also from the chats of editors and of those that made them."""
    decision = remove(Suggestion, *(suggestion.id for suggestion in suggestions))
    for suggestion in suggestions:
        editors = yield from find_all(Person, f"role:{Role.EDITOR}@{suggestion.municipality_id}")
        told = [(editor.id, f"suggestion/{suggestion.id}") for editor in editors]
        told.append((suggestion.by, f"suggestion/{suggestion.id}/thanks"))
        decision += do(*(Post(to=to, slot=slot, message=None, only_update=True) for to, slot in told))
    return decision
