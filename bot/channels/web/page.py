"""The page and its static files, held in memory, and the language of its texts."""

import gzip
import hashlib
import html
import json
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from types import MappingProxyType
from typing import Any, Final

from aiohttp import web

from bot.channels.locale import ALIASES, preferred
from dialogs.core.person import Person
from dialogs.core.texts import Texts
from knowledge.article.article import Language

# Language of the texts: the person's setting, or before sign-in the browser's.


# The texts of the person whose request it is, kept for a page of a fault.
READER_TEXTS: Final = web.RequestKey("reader_texts", Texts)
# Statuses of faults with a page of their own, and its text.
FAULTS: Final[Mapping[int, str]] = {
    404: "desk.fault.unknown",
    413: "desk.fault.too_large",
    500: "desk.fault.failed",
    503: "desk.fault.away",
}


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

    def of_reader(self, request: web.Request) -> Texts:
        """Return the texts in the language of the signed-in reader, if one was found, else of the browser."""
        return request.get(READER_TEXTS) or self.of_request(request)

    def of_query(self, request: web.Request) -> Texts:
        """Return the texts in the language of ``?lang=``, or without a known one in that of the browser."""
        wanted = ALIASES.get(request.query.get("lang", ""))
        return self.of_request(request) if wanted is None else self.texts[wanted]


def page_texts(texts: Texts) -> dict[str, str]:
    """Return the sentences for the page's own scripts."""
    return {**texts.starting("web."), **texts.starting("profile.role.")}


# Keys of what the page's scripts write into a message, beside what the bot wrote.
IN_MESSAGES: Final = ("web.card.", "web.calendar.", "web.data.", "web.image.", "web.report.")


def message_texts(texts: Mapping[Language, Texts]) -> dict[str, dict[str, str]]:
    """Return the sentences that stand in a message, in every language a message may have."""
    return {
        language: {key: sentence for prefix in IN_MESSAGES for key, sentence in own.starting(prefix).items()}
        for language, own in texts.items()
    }


HERE: Final = Path(__file__).parent
COMPRESSED_ABOVE_BYTES: Final = 2000
TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".txt": "text/plain"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFile:
    """One static file, ready to send."""

    body: bytes
    compressed: bytes | None
    media_type: str
    tag: str


class Pages:
    """The chat page, the sign-in page and the static files, read once."""

    def __init__(self) -> None:
        base = Template(_read_page("base"))
        self._templates = {name: Template(frame.around(base, _read_page(name))) for name, frame in FRAMES.items()}
        self._templates["chat"] = Template(_read_page("chat"))
        root = HERE / "static"
        self._files = {
            path.relative_to(root).as_posix(): _read_file(path) for path in sorted(root.rglob("*")) if path.is_file()
        }

    def chat(self, texts: Texts, settings: Mapping[str, Any]) -> web.Response:
        """Return the chat page, with ``texts`` in use until sign-in."""
        data = json.dumps({**settings, "language": texts.language, "texts": page_texts(texts)})
        return self._page(
            "chat", texts, {"data": data, "noscript": texts("web.noscript"), "privacy": texts("web.privacy")}
        )

    def enter(self, texts: Texts, *, token: str, name: str) -> web.Response:
        """Return the page for using a sign-in link."""
        # The button must be pressed, so that no link scanner uses up the link.
        words = texts("web.enter.as", name=name) if name else texts("web.enter.text")
        return self._page("enter", texts, {"token": token, "words": words, "button": texts("web.enter.button")})

    def closed(self, texts: Texts, *, status: int = 403) -> web.Response:
        """Return the page for a sign-in link that is no longer valid."""
        return self._page(
            "closed", texts, {"words": texts("web.enter.closed"), "back": texts("web.enter.back")}, status=status
        )

    def signin(self, texts: Texts, *, lead: str, **markup: str) -> web.Response:
        """Return the entrance page. ``markup`` is HTML: alert, buttons, search, guest and languages."""
        words = {
            "heading": texts("signin.title"),
            "lead": lead,
            "link": texts("signin.link"),
            "privacy": texts("web.privacy"),
        }
        return self._page("signin", texts, words, markup=markup)

    def sessions(self, texts: Texts, *, rows: str, others: str) -> web.Response:
        """Return the page with a person's sign-ins. ``rows`` and ``others`` are HTML."""
        words = {
            "heading": texts("signin.sessions.title"),
            "lead": texts("signin.sessions.lead"),
            "back": texts("web.enter.back"),
        }
        return self._page("sessions", texts, words, markup={"rows": rows, "others": others})

    def fault_page(self, texts: Texts, status: int) -> web.Response:
        """Return the page of a fault outside the desk's frame; its status is one of ``FAULTS``."""
        words = {"words": texts(FAULTS[status]), "back": texts("web.enter.back")}
        return self._page("closed", texts, words, status=status)

    def alerts(self, texts: Texts, *, lead: str, button: str) -> web.Response:
        """Return the page that turns e-mails off. ``button`` is HTML."""
        words = {"heading": texts("alert.off.title"), "lead": lead, "back": texts("web.enter.back")}
        return self._page("alerts", texts, words, markup={"button": button})

    def again(self, texts: Texts) -> web.Response:
        """Return the page for a person with a sign-in link that must sign in again."""
        return self._page("closed", texts, {"words": texts("signin.again.link"), "back": texts("web.enter.back")})

    def notice(self, texts: Texts, *, languages: str, municipalities: str, sections: str) -> web.Response:
        """Return the privacy notice. The three parts are HTML."""
        markup = {"languages": languages, "municipalities": municipalities, "sections": sections}
        words = {
            "heading": texts("notice.title"),
            "lead": texts("notice.lead"),
            "back": texts("web.enter.back"),
            "where": texts("notice.where"),
        }
        return self._page("privacy", texts, words, markup=markup)

    def static(self, request: web.Request) -> web.Response:
        file = self._files.get(request.match_info["path"])
        if file is None:
            raise web.HTTPNotFound
        headers = {"ETag": file.tag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if request.headers.get("If-None-Match") == file.tag:
            return web.Response(status=304, headers=headers)
        body = file.body
        if file.compressed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
            body = file.compressed
            headers["Content-Encoding"] = "gzip"
        return web.Response(body=body, content_type=file.media_type, charset="utf-8", headers=headers)

    def json(self, data: Any, *, status: int = 200) -> web.Response:
        """Return data for the page's own scripts."""
        return web.json_response(data, status=status, headers={"Cache-Control": "no-store"})

    def image(self, body: bytes, media_type: str) -> web.Response:
        headers = {"Cache-Control": "no-store"}  # many people share a machine
        return web.Response(body=body, content_type=media_type, headers=headers)

    def attachment(self, name: str, media_type: str) -> Mapping[str, str]:
        """Return the headers for downloading a file."""
        return {
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Type": media_type,
        }

    def _page(
        self,
        name: str,
        texts: Texts,
        values: Mapping[str, str],
        *,
        status: int = 200,
        markup: Mapping[str, str] = MappingProxyType({}),
    ) -> web.Response:
        escaped = {key: html.escape(value, quote=True) for key, value in values.items()} | dict(markup)
        body = self._templates[name].substitute(escaped, lang=texts.language, title=html.escape(texts("web.title")))
        headers = {"Cache-Control": "no-store"}
        return web.Response(text=body, status=status, content_type="text/html", headers=headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFrame:
    """What a page says in the frame that all pages but the chat share.

    ``style`` is the page's own style sheet and the class of its body; ``tab`` the placeholder of the title in the tab.
    ``listed``: search engines may list it.
    """

    style: str = ""
    tab: str = "$heading"
    listed: bool = False

    def around(self, base: Template, body: str) -> str:
        """Return the template of a whole page."""
        sheet = f'<link rel="stylesheet" href="/chat/static/{self.style}.css">' if self.style else ""
        robots = "" if self.listed else '<meta name="robots" content="noindex">'
        return base.safe_substitute(robots=robots, style=sheet, kind=self.style, tab=self.tab, body=body.rstrip())


FRAMES: Final[Mapping[str, PageFrame]] = {
    "enter": PageFrame(tab="$title"),
    "closed": PageFrame(tab="$title"),
    "privacy": PageFrame(style="notice", listed=True),
    "signin": PageFrame(style="signin"),
    "sessions": PageFrame(style="signin"),
    "alerts": PageFrame(style="signin"),
}


def _read_page(name: str) -> str:
    return (HERE / "pages" / f"{name}.html").read_text("utf-8")


@cache  # packaged files do not change while the program runs
def _read_file(path: Path) -> StaticFile:
    body = path.read_bytes()
    guessed = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return StaticFile(
        body=body,
        compressed=gzip.compress(body, mtime=0) if len(body) > COMPRESSED_ABOVE_BYTES else None,
        media_type=guessed,
        tag=f'"{hashlib.sha256(body).hexdigest()[:32]}"',
    )
