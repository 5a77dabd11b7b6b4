"""Read labelled sets from JSON values."""

from collections.abc import Mapping
from typing import Any

from knowledge.matching.evaluate import EvaluationSet, LabelledQuestion
from knowledge.matching.match import Phrasing


def labelled_set(data: Mapping[str, Any]) -> EvaluationSet:
    """Read ``{"name", "lang", "entries": [{"id", "variants"}], "queries": [{"text", "gold", "sub"}]}``."""
    phrasings = tuple(
        Phrasing(article_id=str(entry["id"]), language=str(data["lang"]), text=text)
        for entry in data["entries"]
        for text in entry["variants"]
    )
    questions = tuple(
        LabelledQuestion(
            text=str(query["text"]),
            gold=_gold(query["gold"]),
            sub=str(query.get("sub", "")),
            previous=query.get("previous"),
        )
        for query in data["queries"]
    )
    return EvaluationSet(name=str(data["name"]), phrasings=phrasings, questions=questions)


def _gold(value: Any) -> frozenset[str]:
    if value is None:
        return frozenset()
    return frozenset({value}) if isinstance(value, str) else frozenset(map(str, value))
