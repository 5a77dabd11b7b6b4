"""The table of channels: one line for each."""

from collections.abc import Sequence
from typing import Final

from bot.channels.base import ChannelPlugin
from bot.channels.teams.setup import TEAMS_PLUGIN
from bot.channels.web.setup import WEB_PLUGIN
from bot.settings.model import Settings
from dialogs.core.channel import Channels

# In order of preference for a person that has written from none of them.
PLUGINS: Final[tuple[ChannelPlugin, ...]] = (
    TEAMS_PLUGIN,
    WEB_PLUGIN,
)


def declared(settings: Settings, *, dev: bool = False, plugins: Sequence[ChannelPlugin] = PLUGINS) -> Channels:
    """Return the declarations of all channels under these settings."""
    return Channels(tuple(plugin.spec(settings, dev) for plugin in plugins))
