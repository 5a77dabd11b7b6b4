"""What every group of routes of the web channel uses."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.channels.web.chat.channel import WebChannel
from bot.channels.web.chat.host import FindPerson
from bot.channels.web.page import LocaleChooser, Pages
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
