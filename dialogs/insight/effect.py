"""The meaning of the numbers, in sentences for a leader's slide."""

from dataclasses import dataclass
from typing import Final

from dialogs.core.texts import Texts
from dialogs.insight.cells import QUESTIONS, CountedOutcome, Helpfulness
from dialogs.insight.figures import Amount, Figures
from dialogs.insight.model import percentile
from dialogs.insight.table import shown_cell

# Stated on the page: an assumption, not a measurement.
MINUTES_PER_QUESTION: Final = 10
_HOUR: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Sentences, and the assumption behind them."""

    sentences: tuple[str, ...] = ()
    note: str = ""


def effect_of(texts: Texts, figures: Figures, earlier: Amount) -> Effect:
    """Return the sentences about a span; none when all is hidden. ``earlier``: questions of the span before."""
    asked, answered = figures.amount(QUESTIONS), figures.amount(CountedOutcome.ANSWER)
    helped, missed = figures.amount(Helpfulness.HELPED), figures.amount(Helpfulness.NOT_HELPED)
    if not asked.number:
        return Effect()
    said = [texts("insight.effect.asked", number=shown_cell(texts, asked))]
    if answered.number:
        share = texts.number(round(100 * answered.number / asked.number))
        key = "insight.effect.answered_some" if asked.partial or answered.partial else "insight.effect.answered"
        said.append(texts(key, number=shown_cell(texts, answered), share=share))
    if helped.number and (helped.partial or missed.partial):
        # No share: the hidden number of one side would make it too large.
        said.append(texts("insight.effect.helped_some", number=shown_cell(texts, helped)))
    elif helped.number + missed.number:
        share = texts.number(round(100 * helped.number / (helped.number + missed.number)))
        said.append(texts("insight.effect.helped", share=share))
    if answered.number > missed.number:
        hours = round((answered.number - missed.number) * MINUTES_PER_QUESTION / _HOUR)
        said.append(texts("insight.effect.hours", hours=texts.number(hours)))
    work = figures.handoffs
    half = percentile(work.resolve_minutes, 0.5)
    if work.resolved and half is not None:
        said.append(texts("insight.effect.resolved", number=texts.number(work.resolved), time=duration(texts, half)))
    if earlier.number and not earlier.partial and not asked.partial:
        change = round(100 * (asked.number - earlier.number) / earlier.number)
        key = "insight.effect.same" if not change else f"insight.effect.{'more' if change > 0 else 'fewer'}"
        said.append(texts(key, share=texts.number(abs(change))) if change else texts(key))
    return Effect(
        sentences=tuple(f"{sentence[0].upper()}{sentence[1:]}" for sentence in said),
        note=texts("insight.effect.note", minutes=texts.number(MINUTES_PER_QUESTION)),
    )


def duration(texts: Texts, minutes: int) -> str:
    """Return a duration as minutes, hours or days."""
    hours = minutes / _HOUR
    if hours < 2:
        return texts.plural("insight.minutes", minutes)
    if hours < 48:
        return texts.plural("insight.hours", round(hours))
    return texts.plural("insight.days", round(hours / 24))
