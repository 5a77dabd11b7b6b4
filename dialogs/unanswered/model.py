"""Decisions of editors about themes of unanswered questions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final

from dialogs.core.data_rules import DataRules, Erasing, Purpose, Whose, month_term
from dialogs.unanswered.theme import Theme
from knowledge.organisation.unit import PersonId

EVERY: Final = "all"


class ThemeAct(StrEnum):
    """The act of an editor about a theme. Each has a catalogue text, ``unanswered.act.…``."""

    PHRASINGS = "phrasings"
    PROPOSED = "proposed"
    ARTICLE = "article"
    ACTION = "action"
    SERVICE_DESK = "service_desk"
    DISMISSED = "dismissed"


# They are done once the text is published.
WRITING_ACTS: Final = frozenset({ThemeAct.PHRASINGS, ThemeAct.ARTICLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeDecision:
    """An editor's act about a theme.

    Attributes:
        theme: as it was shown; None in records of versions before 0.9, which named it by a question.
        entry_id: the article or action that will answer it.
        reason: why it was dismissed, in the editor's words.
        waiting_ids: of versions before 0.9: questions that their askers showed to the editors.
    """

    KIND: ClassVar[str] = "theme_decision"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="one for each theme an editor acted on",
        whose=Whose.ACTOR,
        months=12,
        dated="at",
        terms=("editor:{id}",),
        erasing=Erasing.KEPT,
    )

    id: Annotated[str, Purpose.ORDER]
    municipality_id: Annotated[str, Purpose.PLACE]
    act: Annotated[ThemeAct, Purpose.IMPROVE]
    theme: Annotated[Theme | None, Purpose.IMPROVE] = None
    entry_id: Annotated[str | None, Purpose.IMPROVE] = None
    reason: Annotated[str, Purpose.EVIDENCE] = ""
    waiting_ids: Annotated[tuple[str, ...], Purpose.IMPROVE] = ()
    by: Annotated[PersonId, Purpose.EVIDENCE]
    at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        yield EVERY
        yield f"editor:{self.by}"
        yield month_term(self.at)
