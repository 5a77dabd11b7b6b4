"""Language of a client that a person has not chosen a language for."""

from collections.abc import Mapping

from knowledge.article.article import Language

ALIASES: Mapping[str, Language] = {"no": Language.NB, "nb": Language.NB, "nn": Language.NN, "en": Language.EN}


def preferred(accepted: str) -> Language:
    """Return the supported language that an Accept-Language header, or a locale such as nn-NO, ranks highest."""
    ranked: list[tuple[float, Language]] = []
    for part in accepted.split(","):
        name, _, quality = part.partition(";q=")
        language = ALIASES.get(name.strip().lower().split("-")[0])
        if language is not None:
            ranked.append((_number(quality), language))
    return max(ranked, key=lambda pair: pair[0], default=(0.0, Language.NB))[1]


def _number(text: str) -> float:
    try:
        return float(text) if text.strip() else 1.0
    except ValueError:
        return 0.0
