"""Declaration of the web chat as a channel."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.settings.model import Settings
from dialogs.core.channel import ChannelSpec
from dialogs.core.event import ChannelName

WEB: Final = ChannelName("web")
WEB_SPEC: Final = ChannelSpec(name=WEB, keeps=True, downloads=True)


def web_spec(settings: Settings, dev: bool) -> ChannelSpec:
    """Return the declaration with the operator's time to undo."""
    return replace(WEB_SPEC, undo_for=timedelta(seconds=settings.undo_seconds))
