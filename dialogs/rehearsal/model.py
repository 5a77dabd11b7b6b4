"""Test questions: judged by a person, and asked again at every rehearsal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Final

from dialogs.core.data_rules import DataRules, Erasing, Purpose, Whose
from dialogs.core.month import month_term
from knowledge.article.article import Language
from knowledge.organisation.person_id import PersonId

EVERY: Final = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestQuestion:
    """A masked question with the article or action that should answer it; ``expected_id`` None: none should.

    Its words come from a theme of many people, or were shown with consent.
    """

    # pytest collects classes with such names.
    __test__ = False

    KIND: ClassVar[str] = "test_question"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="one for each verdict of an editor",
        whose=Whose.ACTOR,
        months=24,
        dated="at",
        terms=("editor:{id}",),
        erasing=Erasing.KEPT,
    )

    id: Annotated[str, Purpose.ORDER]
    municipality_id: Annotated[str, Purpose.PLACE]
    utterance: Annotated[str, Purpose.IMPROVE]
    language: Annotated[Language, Purpose.IMPROVE]
    expected_id: Annotated[str | None, Purpose.IMPROVE] = None
    vector: Annotated[str, Purpose.IMPROVE] = ""
    by: Annotated[PersonId, Purpose.EVIDENCE]
    at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        yield EVERY
        yield f"editor:{self.by}"
        yield month_term(self.at)
