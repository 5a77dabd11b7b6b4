"""What stands in the form of an article and was not saved: kept for its author alone, for 14 days."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Final

from dialogs.core.content import Content
from dialogs.core.data_rules import DataRules, Purpose, month_term
from dialogs.core.decision import NOTHING, Decision, do, later, never, put, remove
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.person import Role
from dialogs.core.query import Asking, Flow, find
from dialogs.core.speaker import Viewer
from dialogs.core.word_runs import words_terms
from dialogs.editing.model import ArticleRevision
from dialogs.editing.taken import taken_in
from dialogs.editing.target import EditTarget
from knowledge.organisation.unit import PersonId

KEPT: Final = timedelta(days=14)
# Of all fields together; a form has room for about 250,000.
MOST_CHARACTERS: Final = 250_000
OVER: Final = "article.unsaved_over"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsavedArticle:
    """The fields of a form that its editor has neither saved nor dropped.

    Attributes:
        data: the fields, masked.
        words_of: people with words of theirs in it.
    """

    KIND: ClassVar[str] = "unsaved_article"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(most="one for each article, 14 days at most", months=1, dated="at")

    id: Annotated[str, Purpose.ORDER]
    person_id: Annotated[PersonId, Purpose.ORDER]
    data: Annotated[Mapping[str, str], Purpose.IMPROVE]
    words_of: Annotated[tuple[PersonId, ...], Purpose.EVIDENCE] = ()
    at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        yield f"person:{self.person_id}"
        yield from words_terms(self.words_of)
        yield month_term(self.at)

    @property
    def timer(self) -> str:
        return f"article/{self.id}/unsaved"


def unsaved_id(key: str, person_id: str) -> str:
    """Return the id of what a person has not saved of an article."""
    return f"{key}/{person_id}"


def kept_unsaved(target: EditTarget, filled: ArticleRevision) -> Asking[Decision]:
    """Return the decision that keeps the fields of the form; ``filled`` is the text they make."""
    event, editor = target.event, target.editor
    data = {name: str(event.pressed.text(name)) for name in event.pressed.data}
    if editor is None or sum(map(len, data.values())) > MOST_CHARACTERS:
        return NOTHING
    taken = yield from taken_in(filled, editor.municipality_id)
    unsaved = UnsavedArticle(
        id=unsaved_id(target.head.id, editor.id),
        person_id=editor.id,
        data=data,
        words_of=tuple(dict.fromkeys(words.of for words in taken if words.of)),
        at=event.at,
    )
    yield from find(UnsavedArticle, unsaved.id)  # what was written later takes the place of what was before
    return put(unsaved) + do(later(unsaved.timer, event.at + KEPT, OVER, unsaved_id=unsaved.id))


def unsaved_dropped(target: EditTarget) -> Asking[Decision]:
    """Return the decision that removes what the editor had not saved of the article."""
    unsaved = yield from find(UnsavedArticle, unsaved_id(target.head.id, target.editor.id if target.editor else ""))
    return NOTHING if unsaved is None else remove(UnsavedArticle, unsaved.id) + do(never(unsaved.timer))


def unsaved_over(event: Event, content: Content) -> Flow:
    """Remove what was not saved for 14 days."""
    unsaved = yield from find(UnsavedArticle, event.rang.data.get("unsaved_id", ""))
    if unsaved is None or event.at - unsaved.at < KEPT:
        return NOTHING
    return remove(UnsavedArticle, unsaved.id)


def unsaved_of(viewer: Viewer, key: str) -> Asking[UnsavedArticle | None]:
    """Return what the reader has not saved of an article."""
    viewer.require(Role.EDITOR)
    return (yield from find(UnsavedArticle, unsaved_id(key, viewer.person.id)))


TIMERS: Final[Verbs] = {OVER: unsaved_over}
