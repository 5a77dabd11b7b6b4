"""An approved suggestion as part of the knowledge, until an editor undoes it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Self

from dialogs.core.data_rules import DataRules, Erasing, Purpose, Whose, month_term
from dialogs.core.word_runs import words_terms
from knowledge.article.article import Language
from knowledge.organisation.unit import PersonId

EVERY = "all"
LIVE = "live"
LONGEST_HEADING: Final = 80


class AdditionResult(StrEnum):
    """What an approved phrasing leads to, as checked shortly after the approval."""

    PENDING = "pending"
    ANSWERS = "answers"
    BEATEN = "beaten"  # another article still answers it
    UNSURE = "unsure"  # Heia still asks back, or finds no answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """A new phrasing of an article, or the draft of a new article.

    All text is masked.

    ``id`` is the id of the suggestion. With ``article_id``, ``question`` is matched to that article. Without it,
    question and answer are a draft; the bot does not use a draft until an editor has written an article from it.

    ``result`` is that of a phrasing, ``winner_id`` the other article that still wins. Older records were not checked.

    Retention counts from ``suggested_at``, so a phrasing is kept no longer than its suggestion. Older records have no
    ``suggested_at``; for them ``added_at`` counts.

    ``words_of`` are the authors of its words; empty in records of earlier versions.
    """

    KIND: ClassVar[str] = "addition"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="one for each suggestion an editor approved",
        whose=Whose.ACTOR,
        months=12,
        longer_in_use=True,
        dated="suggested_at",
        terms=("editor:{id}",),
        erasing=Erasing.KEPT,
    )

    id: Annotated[str, Purpose.ORDER]
    municipality_id: Annotated[str, Purpose.PLACE]
    handoff_id: Annotated[str, Purpose.ORDER]
    language: Annotated[Language, Purpose.IMPROVE]
    article_id: Annotated[str | None, Purpose.IMPROVE] = None
    question: Annotated[str, Purpose.IMPROVE]
    answer: Annotated[str, Purpose.IMPROVE]
    added_by: Annotated[PersonId, Purpose.EVIDENCE]
    added_at: Annotated[datetime, Purpose.TIME]
    suggested_at: Annotated[datetime | None, Purpose.TIME] = None
    result: Annotated[AdditionResult, Purpose.IMPROVE] = AdditionResult.ANSWERS
    winner_id: Annotated[str | None, Purpose.IMPROVE] = None
    words_of: Annotated[tuple[PersonId, ...], Purpose.EVIDENCE] = ()
    undone_by: Annotated[PersonId | None, Purpose.EVIDENCE] = None
    undone_at: Annotated[datetime | None, Purpose.TIME] = None

    def terms(self) -> Iterable[str]:
        yield EVERY
        if self.handoff_id:
            yield f"handoff:{self.handoff_id}"
        yield f"editor:{self.added_by}"
        yield from words_terms(self.words_of)
        yield LIVE if self.live else month_term(self.suggested_at or self.added_at)

    @property
    def heading(self) -> str:
        """The first line of the question, as the title of an article."""
        return next(iter(self.question.strip().splitlines()), "")[:LONGEST_HEADING]

    @property
    def live(self) -> bool:
        """Whether the matcher uses this addition now."""
        return self.article_id is not None and self.undone_at is None

    def undo(self, *, by: str, at: datetime) -> Self:
        """Return the addition undone, without its text; a second undo has no effect."""
        return self if self.undone_at is not None else replace(self, question="", answer="", undone_by=by, undone_at=at)
