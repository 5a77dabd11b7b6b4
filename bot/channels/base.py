"""What each channel provides: its declaration, and how it opens with the parts it is given."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass

import aiohttp
from aiohttp import web
from structlog.typing import FilteringBoundLogger

from bot.budget import TurnBudget
from bot.channels.locale import preferred
from bot.content.rehearsals import Rehearsals
from bot.export.bundle import Downloads
from bot.images.intake import Intake
from bot.ports import Channel, Clock, Examination, Inbox, RandomSource, Sender, SendingChannel, Store
from bot.report.files import Reports
from bot.settings.model import Settings
from bot.signin.former import FormerMarks
from bot.signin.links import Links
from bot.signin.sessions import Sessions
from bot.support.dependencies import Dependencies
from bot.turn.identity import Directory
from bot.turn.viewing import Viewing
from dialogs.core.channel import ChannelSpec
from dialogs.core.content import Content
from dialogs.core.texts import Texts
from knowledge.article.article import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelParts:
    """The parts of the process that a channel may use.

    ``dev``: developer mode, without authentication. ``session`` is for outbound calls. ``content`` returns the
    published content. ``turns`` is None without a budget. ``views`` reads for pages, ``examine`` the installation,
    ``rehearsals`` tries drafts of articles. ``refused`` counts refusals by reason, ``turn_failed`` turns by cause.
    """

    settings: Settings
    dev: bool
    session: aiohttp.ClientSession
    store: Store
    directory: Directory
    sessions: Sessions
    links: Links
    former: FormerMarks
    intake: Intake
    reports: Reports
    downloads: Downloads
    turns: TurnBudget | None
    views: Viewing
    examine: Examination
    rehearsals: Rehearsals
    content: Callable[[], Content]
    refused: Callable[[str], None]
    turn_failed: Callable[[str], None]
    dependencies: Dependencies
    clock: Clock
    rng: RandomSource
    log: FilteringBoundLogger

    async def texts_of(self, person_id: str) -> Texts:
        """Return the texts in a recipient's language; Bokmål for one that is no person."""
        person = await self.directory.get(person_id)
        return self.content().texts[person.language if person else Language.NB]

    async def texts_of_sender(self, sender: Sender, locale: str) -> Texts:
        """Return the texts in a sender's language, for a stranger in the language of the client."""
        person = await self.directory.get(await self.directory.id_of(sender))
        return self.content().texts[person.language] if person else self.texts_for(locale)

    def texts_for(self, locale: str) -> Texts:
        """Return the texts for the language of a client."""
        return self.content().texts[preferred(locale)]


async def _nobody(_: web.Request) -> str | None:
    return None


def _too_many(_: web.Request) -> str:
    return "Too many requests. Try again in a minute."


def _no_page(_: web.Request, __: int) -> web.Response | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitors:
    """Senders of HTTP requests, for the budgets of the HTTP edge.

    ``signed_in`` returns the id of the person; ``explain`` the sentence that refuses a request; ``fault_page`` the page
    of a fault with this status, or None if the request asks for no page.
    """

    signed_in: Callable[[web.Request], Awaitable[str | None]] = _nobody
    explain: Callable[[web.Request], str] = _too_many
    fault_page: Callable[[web.Request, int], web.Response | None] = _no_page


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelService:
    """What a channel adds to a process that serves people.

    ``running`` runs beside the HTTP server; ``stop`` ends its open HTTP connections, and
    ``open_pages`` returns their number.
    """

    routes: Sequence[web.RouteDef] = ()
    visitors: Visitors | None = None
    running: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
    stop: Callable[[web.Application], Awaitable[None]] | None = None
    open_pages: Callable[[], int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenChannel:
    """An opened channel.

    ``channel`` sends; it is None while the settings keep the channel closed. ``serve`` starts to receive.
    """

    channel: Channel | SendingChannel | None
    serve: Callable[[Inbox], ChannelService]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPlugin:
    """A channel's entry in the table of channels.

    ``spec`` returns the declaration under these settings, and whether in developer mode.
    """

    spec: Callable[[Settings, bool], ChannelSpec]
    open: Callable[[ChannelParts], AbstractAsyncContextManager[OpenChannel]]
