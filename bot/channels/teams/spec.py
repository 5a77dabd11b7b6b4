"""Declaration of the Teams channel."""

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote

from bot.channels.teams.target import TEAMS
from dialogs.core.channel import ChannelSpec
from dialogs.core.person import Person

# Opens a one-to-one chat. Source: Microsoft Learn, "Deep link to a Teams chat", 2026.
CHAT_URL: Final = "https://teams.microsoft.com/l/chat/0/0?users="
# Of text in one message, below Teams' limit in bytes whatever the characters are.
MAX_CHARACTERS: Final = 20_000


def teams_spec(serves: Callable[[str], bool]) -> ChannelSpec:
    """Return the declaration. ``serves`` returns whether the bot may start conversations with people of a tenant."""

    def opening(person: Person) -> Mapping[str, str] | None:
        if not (person.object_id and person.tenant_id and serves(person.tenant_id)):
            return None
        return {"object_id": person.object_id, "tenant_id": person.tenant_id}

    return ChannelSpec(
        name=TEAMS,
        longest_text=MAX_CHARACTERS,
        by_account=True,
        opening=opening,
        is_open=is_open,
        lane=lane,
        direct_chat=direct_chat,
    )


def is_open(target: Mapping[str, str]) -> bool:
    """Return whether the conversation exists. A thread in a channel is created with its first message."""
    return bool(target.get("conversation_id") or target.get("channel_id"))


def lane(target: Mapping[str, str]) -> str:
    """Return the tenant: Microsoft counts per app and tenant, and a tenant is served by one registration."""
    return target.get("tenant_id", "-")


def direct_chat(email: str) -> str:
    """Return the link to a one-to-one chat."""
    return CHAT_URL + quote(email, safe="@")
