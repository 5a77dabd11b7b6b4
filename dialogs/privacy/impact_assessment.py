"""Annex for the data protection impact assessment (GDPR articles 35 and 36).

Likelihood and severity are proposals; the controller fills in the fields marked by ``to_fill_in``.
"""

from collections.abc import Iterator
from typing import Final

from dialogs.core.texts import Texts
from dialogs.privacy.chapter import Chapter, columns, to_fill_in

_REQUIREMENTS: Final = ("purpose", "minimal", "storage", "accuracy", "informed", "rights", "alternative")
# Risk, likelihood and severity after the measures.
_RISKS: Final = (
    ("sensitive", "medium", "high"),
    ("colleague", "low", "medium"),
    ("leaver", "low", "medium"),
    ("operator", "low", "high"),
    ("backup", "low", "high"),
    ("control", "low", "medium"),
    ("transfer", "medium", "medium"),
)


def impact_assessment(texts: Texts) -> Iterator[Chapter]:
    """Yield the chapters of the annex."""
    yield Chapter(
        heading=texts("record.annex.necessity"),
        paragraphs=(texts("record.annex.necessity.text"),),
        columns=columns(texts, "principle", "met", "assessed"),
        rows=tuple(
            (
                texts(f"record.necessity.{requirement}"),
                texts(f"record.necessity.{requirement}.met"),
                texts("record.fill", what="…"),
            )
            for requirement in _REQUIREMENTS
        ),
    )
    yield Chapter(
        heading=texts("record.annex.risks"),
        paragraphs=(texts("record.annex.risks.text"),),
        columns=columns(texts, "risk", "likelihood", "severity", "measure", "remains"),
        rows=tuple(
            (
                texts(f"record.risk.{risk}"),
                texts(f"record.level.{likelihood}"),
                texts(f"record.level.{severity}"),
                texts(f"record.risk.{risk}.measure", words=texts("words.title")),
                texts(f"record.risk.{risk}.remains"),
            )
            for risk, likelihood, severity in _RISKS
        ),
    )
    for name in ("views", "advice"):
        yield Chapter(heading=texts(f"record.annex.{name}"), paragraphs=(to_fill_in(texts, f"record.annex.{name}"),))
    yield Chapter(
        heading=texts("record.annex.consultation"),
        paragraphs=(texts("record.annex.consultation.text"), to_fill_in(texts, "record.annex.consultation")),
    )
    yield Chapter(heading=texts("record.annex.decision"), paragraphs=(to_fill_in(texts, "record.annex.decision"),))
