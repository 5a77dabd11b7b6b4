"""Choice of the channel and address for a delivery."""

from collections.abc import Collection

from bot.ports import Delivery, Unreachable
from dialogs.core.event import ChannelName
from dialogs.core.person import Address, Person


def choose(
    delivery: Delivery, person: Person | None, channels: Collection[ChannelName], *, opens_teams: bool = True
) -> Address | Unreachable:
    """Return the address for a new message, or the reason why there is none.

    Order: a pinned address; the channel the person wrote from last; Teams, where the conversation may have to be
    created from the Entra identity; the web page, which keeps messages until the person opens it. A person with Teams
    closed to the bot gets the message on the web page only after an earlier visit there; otherwise it would stay
    unread. ``opens_teams`` off: the bot cannot start a conversation in Teams, only continue one.
    """
    if delivery.address is not None:
        pinned = delivery.address
        return pinned if pinned.channel in channels else Unreachable(reason=f"no_channel_{pinned.channel}")
    if person is None:
        return Unreachable(reason="unknown_person")
    last = person.addresses.get(person.last_channel) if person.last_channel else None
    if last is not None and last.reachable and last.channel in channels:
        return last
    in_teams = _in_teams(person, opens=opens_teams) if ChannelName.TEAMS in channels else None
    if in_teams is not None and in_teams.reachable:
        return in_teams
    on_web = person.addresses.get(ChannelName.WEB)
    if ChannelName.WEB in channels and (in_teams is None or (on_web is not None and on_web.reachable)):
        return on_web or Address(channel=ChannelName.WEB)
    return Unreachable(reason="closed_by_person" if in_teams is not None else "no_channel")


def _in_teams(person: Person, *, opens: bool) -> Address | None:
    known = person.addresses.get(ChannelName.TEAMS)
    if known is not None:
        return known
    if opens and person.object_id and person.tenant_id:
        return Address(channel=ChannelName.TEAMS, data={"object_id": person.object_id, "tenant_id": person.tenant_id})
    return None


def lane_of(address: Address) -> str:
    """Return the tenant to count a send against; empty means no limit.

    Microsoft counts per app and tenant; a tenant is served by one registration.
    """
    return address.data.get("tenant_id", "-") if address.channel is ChannelName.TEAMS else ""


def calls_of(address: Address) -> int:
    """Return the number of calls for a send to ``address``.

    An unknown conversation is created first.

    A thread in a channel is created together with its first message.
    """
    known = address.data.get("conversation_id") or address.data.get("channel_id")
    return 2 if address.channel is ChannelName.TEAMS and not known else 1
