"""What every group of routes of the web channel uses."""

from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import hdrs, web

from bot.channels.web.chat.channel import WebChannel
from bot.channels.web.chat.host import FindPerson
from bot.channels.web.page import FAULTS, LocaleChooser, Pages
from bot.channels.web.signin.signer import OriginRule
from bot.ports import Clock, RandomSource
from bot.signin.sessions import Sessions
from knowledge.organisation.organisation import Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class WebParts:
    """Shared parts of the routes.

    Attributes:
        channel: the channel that the courier uses, made before the inbox.
        locale: chooses the language of a page.
        origin: knows our own public origins behind a proxy.
        find_person: returns the person with an id, or None.
        organisation: returns the organisation in force.
    """

    channel: WebChannel
    sessions: Sessions
    locale: LocaleChooser
    origin: OriginRule
    clock: Clock
    rng: RandomSource
    find_person: FindPerson
    organisation: Callable[[], Organisation]
    pages: Pages = field(default_factory=Pages)

    def fault_page(self, request: web.Request, status: int) -> web.Response | None:
        """Return the page of a fault in the reader's language; None for a request that wants no page."""
        # Scripts and machines accept anything, or JSON; a browser names HTML where it shows the answer.
        if status not in FAULTS or "text/html" not in request.headers.get(hdrs.ACCEPT, ""):
            return None
        return self.pages.fault_page(self.locale.of_reader(request), status)
