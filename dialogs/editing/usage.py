"""How much articles were used, from the published statistics."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from dialogs.core.data_rules import latest_month_terms
from dialogs.core.query import Asking, find_each
from dialogs.core.speaker import Viewer
from dialogs.core.texts import Texts
from dialogs.insight.model import ClosedPeriod, period_id
from dialogs.insight.suppression import CountedOutcome, Helpfulness, part

MONTHS: Final = 12
# Shares of fewer answers say little.
LEAST_ANSWERS: Final = 10
UNHELPFUL_SHARE: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleUsage:
    """Answers of the closed months of the last year, as far as they are published.

    ``used``: articles that answered at all. ``hidden``: those with an unpublished number in a month. ``known``:
    whether a month is closed.
    """

    answers: Mapping[str, int] = field(default_factory=dict)
    not_helped: Mapping[str, int] = field(default_factory=dict)
    used: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    known: bool = False

    def is_unhelpful(self, article_id: str) -> bool:
        """Return whether many readers of the answer say that it did not help."""
        answers = self.answers.get(article_id, 0)
        return answers >= LEAST_ANSWERS and self.not_helped.get(article_id, 0) >= UNHELPFUL_SHARE * answers

    def is_unused(self, article_id: str) -> bool:
        return self.known and article_id not in self.used

    def answers_told(self, article_id: str, texts: Texts) -> str:
        """Return the number of answers in words, as the overview says it."""
        number = self.answers.get(article_id, 0)
        if not self.known:
            return texts("article.unknown")
        if article_id not in self.hidden:
            return texts.number(number)
        return texts("insight.at_least", number=texts.number(number)) if number else texts("insight.hidden")


def usage_for(viewer: Viewer, municipality_ids: tuple[str, ...]) -> Asking[ArticleUsage]:
    """Return the usage in these municipalities."""
    months = [term.removeprefix("month:") for term in latest_month_terms(viewer.at, months=MONTHS + 1)]
    ids = [period_id(municipality_id, month) for municipality_id in municipality_ids for month in months]
    periods = (yield from find_each(ClosedPeriod, ids)).values()
    answers: Counter[str] = Counter()
    not_helped: Counter[str] = Counter()
    used: set[str] = set()
    hidden: set[str] = set()
    for closed in periods:
        for cell, number in closed.cells.items():
            above, _, article_id = cell.partition("#")
            if not article_id:
                continue
            if cell == part(CountedOutcome.ANSWER, article_id):
                used.add(article_id)
                answers[article_id] += number or 0
                if number is None:
                    hidden.add(article_id)
            elif above == Helpfulness.NOT_HELPED:
                not_helped[article_id] += number or 0
    return ArticleUsage(
        answers=answers,
        not_helped=not_helped,
        used=frozenset(used),
        hidden=frozenset(hidden),
        known=bool(periods),
    )
