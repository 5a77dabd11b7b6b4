"""The real declarations of the channels, as tests without settings need them."""

from typing import Final

from bot.channels.teams.setup import teams_spec
from bot.channels.teams.target import TEAMS
from bot.channels.web.spec import WEB, WEB_SPEC
from dialogs.core.channel import Channels

__all__ = ["CHANNELS", "TEAMS", "WEB"]

CHANNELS: Final = Channels((teams_spec(lambda _: True), WEB_SPEC))
"""The bot may start conversations in Teams with people of every tenant."""
