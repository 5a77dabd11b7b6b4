"""Choice of the channel and address for a delivery."""

from bot.ports import Delivery, Unreachable
from dialogs.core.channel import Channels
from dialogs.core.person import Address, Person


def choose(delivery: Delivery, person: Person | None, channels: Channels) -> Address | Unreachable:
    """Return the address for a new message, or the reason why there is none.

    Order: a pinned address; the channel the person wrote from last; the first channel that reaches out to them, where
    the conversation may have to be created; a channel that keeps messages until the person looks. A person that closed
    the others gets the message there only after an earlier visit; otherwise it would stay unread.

    Args:
        channels: the open channels.
    """
    if delivery.address is not None:
        pinned = delivery.address
        return pinned if pinned.channel in channels else Unreachable(reason=f"no_channel_{pinned.channel}")
    if person is None:
        return Unreachable(reason="unknown_person")
    last = person.addresses.get(person.last_channel) if person.last_channel else None
    if last is not None and last.reachable and last.channel in channels:
        return last
    reaching = [address for spec in channels if not spec.keeps and (address := spec.address_of(person)) is not None]
    keeping = [person.addresses.get(spec.name) or Address(channel=spec.name) for spec in channels if spec.keeps]
    open_ = [address for address in reaching if address.reachable]
    if open_:
        return open_[0]
    for address in keeping:
        visited = address.channel in person.addresses and address.reachable
        if visited or not reaching:
            return address
    return Unreachable(reason="closed_by_person" if reaching else "no_channel")
