"""Declaration of e-mail as a channel."""

from typing import Final

from bot.settings.model import Settings
from dialogs.core.channel import Ability, ChannelSpec
from dialogs.core.event import ChannelName

MAIL: Final = ChannelName("smtp")


def mail_spec(settings: Settings, dev: bool) -> ChannelSpec:
    """Return the declaration: alerts alone, and only with a server."""
    return ChannelSpec(name=MAIL, missing=frozenset(Ability), alerts=bool(settings.smtp_host))
