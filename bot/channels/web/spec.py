"""Declaration of the web chat as a channel."""

from typing import Final

from dialogs.core.channel import ChannelSpec
from dialogs.core.event import ChannelName

WEB: Final = ChannelName("web")
WEB_SPEC: Final = ChannelSpec(name=WEB, keeps=True, downloads=True)
