"""Send one delivery through the right channel, judge the outcome, and wait before the next try."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.delivery.limiter import Limiter
from bot.delivery.recipients import Recipients
from bot.ports import (
    THROTTLED,
    Channel,
    Clock,
    Delivery,
    DeliveryStatus,
    Faulted,
    Landed,
    Missing,
    Outcome,
    RandomSource,
    Settled,
    Throttled,
    Unreachable,
)
from dialogs.core.channel import Channels
from dialogs.core.event import ChannelName
from dialogs.core.person import Address, Person
from dialogs.teams_membership.model import CHANNEL

# Exponential backoff for failed sends.


@dataclass(frozen=True, slots=True, kw_only=True)
class BackoffPolicy:
    """Pauses that double from ``first_seconds`` up to ``longest_seconds``, for ``most_attempts`` sends in all.

    The defaults give up after about an hour and a half.
    """

    first_seconds: float = 2.0
    longest_seconds: float = 900.0
    most_attempts: int = 14

    def __post_init__(self) -> None:
        if not 0 < self.first_seconds <= self.longest_seconds:
            raise ValueError("first_seconds must be above 0 and at most longest_seconds")
        if self.most_attempts < 1:
            raise ValueError("most_attempts must be at least 1")


def retry_delay(policy: BackoffPolicy, *, attempt: int, jitter: float) -> float | None:
    """Return the pause before the next try, or ``None`` when no try is left.

    Args:
        policy: the backoff settings.
        attempt: sends already made, counting from 1.
        jitter: uniform draw in [0, 1), supplied by the caller to keep this pure.

    Returns:
        Seconds, between half of the full pause and the full pause, so that sends that failed together spread out.

    Raises:
        ValueError: ``attempt`` is below 1 or ``jitter`` is outside [0, 1).

    Source: Microsoft, "Optimize your bot: rate limiting", 2026-10-08: back off exponentially with jitter.
    """
    if attempt < 1:
        raise ValueError("attempt counts from 1")
    if not 0 <= jitter < 1:
        raise ValueError("jitter is in [0, 1)")
    if attempt >= policy.most_attempts:
        return None
    # 2 ** 60 is far beyond any longest pause and keeps the power finite.
    full = min(policy.first_seconds * 2.0 ** min(attempt - 1, 60), policy.longest_seconds)
    return full * (0.5 + jitter / 2)


# Choice of the channel and address for a delivery.


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


class DeliverySender:
    """Sends deliveries at once. The caller controls the pace; the limiter counts every send.

    ``channels`` are the open ones, ``specs`` the declarations of all.
    """

    def __init__(
        self,
        *,
        channels: Mapping[ChannelName, Channel],
        specs: Channels,
        recipients: Recipients,
        limiter: Limiter,
        backoff: BackoffPolicy,
        clock: Clock,
        rng: RandomSource,
    ) -> None:
        self._channels = channels
        self._recipients = recipients
        self._limiter = limiter
        self._backoff = backoff
        self._clock = clock
        self._rng = rng
        self._specs = specs.only(channels.keys())

    async def deliver(self, delivery: Delivery) -> Settled:
        """Send within a turn, ahead of all paced deliveries; the send counts against their limits.

        Returns:
            The outcome to settle. A channel's failure is returned, not raised; a temporary one leaves the delivery
            pending.
        """
        address = await self.address_of(delivery)
        if isinstance(address, Address):
            self._limiter.count_reply(
                self.lane_of(address), delivery.recipient, now=self._clock.now(), calls=self.calls_of(address)
            )
        return await self.send(delivery, address)

    async def address_of(
        self, delivery: Delivery, known: Mapping[str, Person] | None = None
    ) -> Address | Unreachable | None:
        """Return the address of the delivered message, or one for a new message.

        None when there is nothing to send.

        ``known`` saves the lookup of recipients that were read already.
        """
        # A correction goes to the message itself, wherever the person has moved since.
        if delivery.reference is not None and delivery.channel is not None and delivery.channel in self._channels:
            return Address(channel=delivery.channel, data=delivery.reference)
        if delivery.message is None:
            return None
        return await self._new_address(delivery, known)

    async def send(self, delivery: Delivery, address: Address | Unreachable | None) -> Settled:
        """Post, update or delete the message as ``delivery`` requires. ``address`` is the result of ``address_of``."""
        if address is None:
            return self._settled(delivery, DeliveryStatus.DELETED)
        if isinstance(address, Unreachable):
            return self._settled(delivery, DeliveryStatus.UNREACHABLE, reason=address.reason)
        channel = self._channels[address.channel]
        if delivery.message is None:
            return self._outcome_of(delivery, address, await channel.delete(delivery, address.data))
        if delivery.reference is not None:
            outcome = await channel.update(delivery, delivery.reference, delivery.message)
            if not isinstance(outcome, Missing):
                return self._outcome_of(delivery, address, outcome)
            # The old message is gone, so the new version is sent as a new message.
            new_address = await self._new_address(delivery, None)
            if isinstance(new_address, Unreachable):
                return self._settled(delivery, DeliveryStatus.UNREACHABLE, reason=new_address.reason)
            address = new_address
        outcome = await self._channels[address.channel].send(delivery, address, delivery.message)
        return self._outcome_of(delivery, address, outcome)

    async def _new_address(self, delivery: Delivery, known: Mapping[str, Person] | None) -> Address | Unreachable:
        if delivery.address is not None:
            return choose(delivery, None, self._specs)
        people = known if known is not None else await self._recipients.find([delivery.recipient])
        return choose(delivery, people.get(delivery.recipient), self._specs)

    def lane_of(self, address: Address) -> str:
        """Return the rate limit to count a send against; empty for no limit."""
        return self._specs.lane_of(address)

    def calls_of(self, address: Address) -> int:
        """Return the number of calls for a send to ``address``."""
        return self._specs.calls_of(address)

    def faulted(self, delivery: Delivery, reason: str) -> Settled:
        """Return the outcome of an unexpected error: try again later, or give up."""
        return self._retry(delivery, reason, unsure=True)

    def later(self, delivery: Delivery, at: datetime, reason: str) -> Settled:
        """Return the outcome of a delivery that was not sent and is due again at ``at``."""
        settled = self._settled(delivery, DeliveryStatus.WAITING, reason=reason, counts_as_attempt=False)
        return replace(settled, due_at=at)

    def _outcome_of(self, delivery: Delivery, address: Address, outcome: Outcome) -> Settled:
        lane = self.lane_of(address)
        match outcome:
            case Landed():
                self._limiter.succeeded(lane, now=self._clock.now())
                if delivery.message is None:
                    return self._settled(delivery, DeliveryStatus.DELETED)
                if outcome.address is not None and delivery.address is None and outcome.address != address:
                    self._recipients.note_address(delivery.recipient, outcome.address)
                return self._settled(
                    delivery, DeliveryStatus.SENT, channel=address.channel, reference=outcome.reference
                )
            case Missing():
                gone = delivery.message is None
                return self._settled(
                    delivery, DeliveryStatus.DELETED if gone else DeliveryStatus.DEAD, reason="" if gone else "missing"
                )
            case Throttled():
                return self._throttled(delivery, lane, outcome)
            case Unreachable():
                self._note_unreachable(delivery, address)
                return self._settled(delivery, DeliveryStatus.UNREACHABLE, reason=outcome.reason)
            case Faulted(again=True):
                # Repeating an update or a deletion shows nothing twice; only a repeated new message can.
                new = delivery.message is not None and delivery.reference is None
                return self._retry(delivery, outcome.reason, unsure=outcome.unsure and new)
            case Faulted():
                return self._settled(delivery, DeliveryStatus.DEAD, reason=outcome.reason)
            case _:
                assert_never(outcome)

    def _note_unreachable(self, delivery: Delivery, address: Address) -> None:
        """Note that this channel does not reach the person."""
        # Groups and Teams channels belong to no person.
        if not delivery.recipient.startswith(("conversation:", CHANNEL)):
            self._recipients.note_unreachable(delivery.recipient, address.channel)

    def _throttled(self, delivery: Delivery, lane: str, outcome: Throttled) -> Settled:
        if outcome.tenant_id is not None and lane:
            self._limiter.throttled(lane, now=self._clock.now(), retry_after_seconds=outcome.retry_after_seconds)
        if outcome.retry_after_seconds is None:
            return self._retry(delivery, THROTTLED)
        # The service named a time, so this is no failed attempt and does not use up the tries.
        return self._settled(
            delivery,
            DeliveryStatus.WAITING,
            reason=THROTTLED,
            due_in_seconds=outcome.retry_after_seconds,
            counts_as_attempt=False,
        )

    def _retry(self, delivery: Delivery, reason: str, *, unsure: bool = False) -> Settled:
        pause = retry_delay(self._backoff, attempt=delivery.attempts + 1, jitter=self._rng.uniform())
        if pause is None:
            return self._settled(delivery, DeliveryStatus.DEAD, reason=reason)
        return self._settled(delivery, DeliveryStatus.WAITING, reason=reason, due_in_seconds=pause, unsure=unsure)

    def _settled(
        self,
        delivery: Delivery,
        status: DeliveryStatus,
        *,
        channel: ChannelName | None = None,
        reference: Mapping[str, str] | None = None,
        reason: str = "",
        due_in_seconds: float | None = None,
        counts_as_attempt: bool = True,
        unsure: bool = False,
    ) -> Settled:
        now = self._clock.now()
        return Settled(
            delivery_id=delivery.id,
            lease_token=delivery.lease_token or "",
            version=delivery.version,
            status=status,
            at=now,
            channel=channel,
            reference=reference,
            due_at=None if due_in_seconds is None else now + timedelta(seconds=due_in_seconds),
            reason=reason,
            counts_as_attempt=counts_as_attempt,
            possibly_twice=unsure,
            news=self._shows_on_pages(status, channel),
        )

    def _shows_on_pages(self, status: DeliveryStatus, channel: ChannelName | None) -> bool:
        """Return whether an open page may have to change. A deleted message has no channel any more."""
        return status is DeliveryStatus.DELETED or (channel is not None and self._specs.of(channel).keeps)
