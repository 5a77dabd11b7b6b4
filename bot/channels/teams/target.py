"""Typed form of an Address's ``data`` for Teams."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

from dialogs.core.event import ChannelName
from dialogs.core.person import Address

TEAMS: Final = ChannelName("teams")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationTarget:
    """A conversation in Teams, or a person or channel without a conversation yet.

    Known is either ``conversation_id``, or ``object_id`` with ``tenant_id``, or ``channel_id``, where each message
    starts a new conversation. Unknown fields are empty.
    """

    service_url: str = ""
    conversation_id: str = ""
    tenant_id: str = ""
    user_id: str = ""
    app_id: str = ""
    object_id: str = ""
    channel_id: str = ""

    @classmethod
    def from_data(cls, data: Mapping[str, str]) -> Self:
        """Read it from an address's data or a delivered message's reference; other names are ignored."""
        return cls(**{name: data.get(name, "") for name in cls.__dataclass_fields__})

    @property
    def data(self) -> Mapping[str, str]:
        """The known fields by name."""
        return {name: value for name in self.__dataclass_fields__ if (value := getattr(self, name))}

    @property
    def address(self) -> Address:
        """The address to store."""
        return Address(channel=TEAMS, data=self.data)

    @property
    def bot_id(self) -> str:
        """The bot's own account id in Teams."""
        return f"28:{self.app_id}"

    def at(self, conversation_id: str) -> Self:
        """Return this place with a known conversation."""
        return replace(self, conversation_id=conversation_id)
