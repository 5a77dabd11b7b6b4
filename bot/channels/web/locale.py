"""Language of the texts: the person's setting, or before sign-in the browser's."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from dialogs.core.person import Person
from dialogs.core.texts import Texts
from knowledge.article.article import Language

ALIASES: Mapping[str, Language] = {"no": Language.NB, "nb": Language.NB, "nn": Language.NN, "en": Language.EN}


@dataclass(frozen=True, slots=True, kw_only=True)
class LocaleChooser:
    """Chooses among ``texts``."""

    texts: Mapping[Language, Texts]

    def of_person(self, person: Person | None) -> Texts:
        """Return the texts in the person's language."""
        return self.texts[person.language if person else Language.NB]

    def of_request(self, request: web.Request) -> Texts:
        """Return the texts in the browser's preferred supported language, else Bokmål."""
        return self.texts[preferred(request.headers.get("Accept-Language", ""))]


def page_texts(texts: Texts) -> dict[str, str]:
    """Return the sentences for the page's own scripts."""
    return {**texts.starting("web."), **texts.starting("profile.role.")}


def preferred(accepted: str) -> Language:
    """Return the supported language that an Accept-Language header ranks highest."""
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
