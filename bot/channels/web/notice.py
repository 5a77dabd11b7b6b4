"""The public page with the privacy notice, readable without a sign-in."""

from collections.abc import Callable
from html import escape
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from bot.channels.web.page import LocaleChooser, Pages
from dialogs.core.texts import Texts
from dialogs.privacy.notice import Section, notice
from knowledge.article.article import Language
from knowledge.organisation.organisation import Organisation

PATH: Final = "/privacy"
NAMES: Final = {Language.NB: "Bokmål", Language.NN: "Nynorsk", Language.EN: "English"}


class NoticePage:
    """Serves ``/privacy``.

    ``?lang=nb|nn|en`` overrides the browser's language, and ``?municipality=ID`` shows one municipality's contacts.

    Args:
        organisation: returns the organisation in force.
    """

    def __init__(self, *, pages: Pages, locale: LocaleChooser, organisation: Callable[[], Organisation]) -> None:
        self._pages = pages
        self._locale = locale
        self._organisation = organisation

    def routes(self) -> list[web.RouteDef]:
        return [web.get(PATH, self.page)]

    async def page(self, request: web.Request) -> web.Response:
        """Return the notice. An unknown municipality or language is ignored."""
        texts = self._locale.of_query(request)
        organisation = self._organisation()
        chosen = request.query.get("municipality", "")
        municipality_id = chosen if chosen in organisation.municipalities else None
        return self._pages.notice(
            texts,
            languages=_languages(texts.language, municipality_id),
            municipalities=_municipalities(texts, organisation, municipality_id),
            sections="\n".join(map(_section, notice(texts, organisation, municipality_id))),
        )


def _section(section: Section) -> str:
    paragraphs = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in section.paragraphs)
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in section.pairs
    )
    table = f"<table><tbody>{rows}</tbody></table>" if rows else ""
    return f"<section><h2>{escape(section.heading)}</h2>{paragraphs}{table}</section>"


def _languages(current: Language, municipality_id: str | None) -> str:
    return " ".join(
        _link(_address(language, municipality_id), name, current=language is current, lang=language)
        for language, name in NAMES.items()
    )


def _municipalities(texts: Texts, organisation: Organisation, chosen: str | None) -> str:
    links = [
        _link(
            _address(texts.language, municipality.id),
            municipality.names.text(texts.language),
            current=municipality.id == chosen,
        )
        for municipality in organisation.municipalities.values()
    ]
    if chosen is not None:
        links.append(_link(_address(texts.language, None), texts("notice.all")))
    return " ".join(links)


def _link(address: str, name: str, *, current: bool = False, lang: str = "") -> str:
    marked = ' aria-current="true"' if current else ""
    spoken = f' lang="{lang}" hreflang="{lang}"' if lang else ""
    return f'<a href="{escape(address)}"{spoken}{marked}>{escape(name)}</a>'


def _address(language: Language, municipality_id: str | None) -> str:
    return f"{PATH}?{urlencode({'lang': language} | ({'municipality': municipality_id} if municipality_id else {}))}"
