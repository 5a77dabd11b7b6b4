"""The notice that follows a press: kept in a cookie until the next page shows it."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from aiohttp import web

from bot.channels.web.signin.cookie import Cookie
from bot.channels.web.signin.origin import OriginRule
from bot.channels.web.signin.signer import Signer

VALID_FOR: Final = timedelta(minutes=2)
# A cookie holds 4 kB; a character may take twelve bytes in it.
LONGEST_TEXT: Final = 240
_PURPOSE: Final = "desk.notice"


class Tone(StrEnum):
    """How a notice looks; the values are colours of the style sheet."""

    INFO = "info"
    SUCCESS = "success"
    DANGER = "danger"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageNotice:
    """A text above the page, and perhaps a link to go on."""

    text: str
    tone: Tone = Tone.INFO
    href: str = ""
    label: str = ""


class NoticeCookie:
    """Carries one notice over a redirect. It is signed, and for one person."""

    def __init__(self, *, signer: Signer, origin: OriginRule) -> None:
        self._signer = signer
        self._cookie = Cookie(name="heia-notice", origin=origin, valid_for=VALID_FOR)

    def keep_notice(
        self, request: web.Request, answer: web.Response, notice: PageNotice, *, person_id: str, at: datetime
    ) -> None:
        claims = {**asdict(notice), "text": notice.text[:LONGEST_TEXT], "person": person_id}
        self._cookie.set(request, answer, self._signer.sign(_PURPOSE, claims, at=at))

    def kept_notice(self, request: web.Request, *, person_id: str, now: datetime) -> PageNotice | None:
        """Return the notice for this person, if there is one."""
        token = self._cookie.value_of(request) or ""
        claims = self._signer.verify(_PURPOSE, token, now=now, valid_for=VALID_FOR)
        if claims is None or claims["person"] != person_id:
            return None
        return PageNotice(text=claims["text"], tone=Tone(claims["tone"]), href=claims["href"], label=claims["label"])

    def forget_notice(self, request: web.Request, answer: web.Response) -> None:
        """Let the browser forget a notice that was shown."""
        if self._cookie.value_of(request) is not None:
            self._cookie.drop(request, answer)
