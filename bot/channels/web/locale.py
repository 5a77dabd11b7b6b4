"""Language of the texts: the person's setting, or before sign-in the browser's."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from bot.channels.locale import preferred
from dialogs.core.person import Person
from dialogs.core.texts import Texts
from knowledge.article.article import Language


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
