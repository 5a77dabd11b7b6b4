"""Declaration of a channel: everything the rest of Heia may know about it."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Self

from dialogs.core.event import ChannelName
from dialogs.core.person import Address, Person

# The ``data`` of an address. Only its channel knows the fields.
AddressData = Mapping[str, str]


class Ability(StrEnum):
    """Something most channels can do. Delivery replaces a missing one by an ordinary message."""

    UPDATE = "update"
    RECALL = "recall"
    CARDS = "cards"
    IMAGES = "images"


def _never(_: Person) -> AddressData | None:
    return None


def _always(_: AddressData) -> bool:
    return True


def _unlimited(_: AddressData) -> str:
    return ""


def _no_link(_: str) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSpec:
    """One channel, declared in its own package.

    Attributes:
        name: as stored in addresses, deliveries, event ids and slots; never renamed.
        keeps: messages wait in the store until the person looks, so that every process can send to everyone.
        missing: abilities the channel lacks.
        longest_text: maximum number of characters in one message; None for no limit.
        downloads: a person's data can be downloaded as a file.
        by_account: an address belongs to the person's account at their employer and is dropped when that changes.
        opening: where the bot could start a conversation with a person that never used the channel; None if it cannot.
        is_open: whether the conversation at a place exists; starting one costs a call more.
        lane: the rate limit that sends to a place count against, unique among all channels; empty for no limit.
        direct_chat: address that opens a chat between two people without the bot, given an e-mail address; empty if
            the channel has no such thing.
        alerts: the channel carries alerts alone (`dialogs/core/alert.py`), under these settings.
        undo_for: how long acts wait that can be undone; zero where they happen at once.
    """

    name: ChannelName
    keeps: bool = False
    missing: frozenset[Ability] = frozenset()
    longest_text: int | None = None
    downloads: bool = False
    by_account: bool = False
    opening: Callable[[Person], AddressData | None] = _never
    is_open: Callable[[AddressData], bool] = _always
    lane: Callable[[AddressData], str] = _unlimited
    direct_chat: Callable[[str], str] = _no_link
    alerts: bool = False
    undo_for: timedelta = timedelta(0)

    def can(self, ability: Ability) -> bool:
        """Return whether the channel has the ability."""
        return ability not in self.missing

    def address_of(self, person: Person) -> Address | None:
        """Return the person's address, known or to be opened; None without one. It may be unreachable."""
        known = person.addresses.get(self.name)
        if known is not None:
            return known
        place = self.opening(person)
        return None if place is None else Address(channel=self.name, data=place)


@dataclass(frozen=True, slots=True)
class Channels:
    """The declared channels; the first one that reaches a person is preferred."""

    specs: tuple[ChannelSpec, ...] = ()
    _by_name: Mapping[ChannelName, ChannelSpec] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_name = {spec.name: spec for spec in self.specs}
        if len(by_name) != len(self.specs):
            raise ValueError("two channels have the same name")
        object.__setattr__(self, "_by_name", by_name)

    def __iter__(self) -> Iterator[ChannelSpec]:
        return iter(self.specs)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def of(self, name: ChannelName) -> ChannelSpec:
        """Return a channel's declaration; for one that is no longer used, a declaration without limits."""
        return self._by_name.get(name) or ChannelSpec(name=name)

    @property
    def for_alerts(self) -> ChannelSpec | None:
        """The channel of alerts; None if the operator has set up none."""
        return next((spec for spec in self.specs if spec.alerts), None)

    def only(self, names: Collection[ChannelName]) -> Self:
        """Return the table of these channels alone."""
        return type(self)(tuple(spec for spec in self.specs if spec.name in names))

    def lane_of(self, address: Address) -> str:
        """Return the rate limit to count a send against; empty for no limit."""
        return self.of(address.channel).lane(address.data)

    def calls_of(self, address: Address) -> int:
        """Return the number of calls for a send to ``address``."""
        return 1 if self.of(address.channel).is_open(address.data) else 2

    def reaches(self, person: Person) -> bool:
        """Return whether a channel takes messages for the person, also where the bot would start the conversation."""
        if any(address.reachable for address in person.addresses.values()):
            return True
        # A stored but unreachable address means that the person closed the channel to the bot.
        return any(spec.name not in person.addresses and spec.opening(person) is not None for spec in self.specs)

    def updates(self, person: Person) -> bool:
        """Return whether the channel the person used last can change a message in place."""
        return person.last_channel is None or self.of(person.last_channel).can(Ability.UPDATE)

    def direct_chat(self, owner: Person, email: str) -> str:
        """Return the link to a chat with ``email`` in a channel that ``owner`` uses; empty if there is none."""
        links = (spec.direct_chat(email) for spec in self.specs if spec.name in owner.addresses)
        return next(filter(None, links), "")

    def with_openings(self, person: Person) -> Person:
        """Return the person with an address in each channel where the bot may start the conversation."""
        addresses = dict(person.addresses)
        for spec in self.specs:
            known = addresses.get(spec.name)
            if known is not None and (spec.is_open(known.data) or not known.reachable):
                continue
            place = spec.opening(person)
            if place is not None:
                addresses[spec.name] = Address(channel=spec.name, data=place)
        return replace(person, addresses=addresses)

    def without_account(self, person: Person) -> Person:
        """Return the person without the addresses that belong to their former account."""
        for spec in self.specs:
            if spec.by_account:
                person = person.without_address(spec.name)
        return person

    def waiting_places(self) -> Mapping[ChannelName, Address]:
        """Return an address in each channel that keeps messages, for a person that has not been there."""
        return {spec.name: Address(channel=spec.name) for spec in self.specs if spec.keeps}
