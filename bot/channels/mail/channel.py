"""Send alerts to an SMTP server, over verified TLS alone."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import aiosmtplib

from bot.channels.mail.letter import domain_of, letter
from bot.ports import Clock, Delivery, Faulted, Landed, Outcome, Throttled
from bot.settings.rules import MAIL_ADDRESS
from dialogs.core.alert import alert_slot, wants_alerts
from dialogs.core.message import Message
from dialogs.core.person import Address, Person
from dialogs.core.texts import Texts

# The whole conversation with the server, from connecting to its last answer.
MOST_SECONDS: Final = 20.0
# Connections at once. Further alerts wait in the outbox, so that a slow server holds up nothing else.
MOST_CONNECTIONS: Final = 4
WAIT_SECONDS: Final = 15.0
# For the goodbye; the e-mail is taken by then.
QUIT_SECONDS: Final = 2.0
# Replies of SMTP from which on nothing was taken: now, and for good. Source: RFC 5321, 4.2.1.
REFUSED: Final = 400
REFUSED_FOR_GOOD: Final = 500
FAULTS: Final = (aiosmtplib.SMTPException, TimeoutError, OSError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """The operator's server. ``tls``: from the first byte, or by STARTTLS; never none."""

    host: str
    port: int
    tls: Literal["starttls", "tls"]
    trust: ssl.SSLContext
    sender: str
    user: str = ""
    password: str = ""

    def client(self, *, seconds: float) -> aiosmtplib.SMTP:
        """Return a client that sends nothing before TLS, and gives up where the server offers none."""
        return aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            use_tls=self.tls == "tls",
            start_tls=self.tls == "starttls",
            tls_context=self.trust,
            # The name of the machine is not for others.
            local_hostname=domain_of(self.sender),
            username=self.user or None,
            password=self.password or None,
            timeout=seconds,
        )


class MailChannel:
    """Sends alerts. The recipient is looked up at the moment of sending; addresses are never logged.

    ``opens_at`` returns when a person may get an alert from a time on; ``seconds``: the longest conversation with the
    server.
    """

    def __init__(
        self,
        *,
        server: MailServer,
        find_person: Callable[[str], Awaitable[Person | None]],
        texts_of: Callable[[str], Awaitable[Texts]],
        opens_at: Callable[[Person, datetime], datetime],
        origin: str,
        clock: Clock,
        seconds: float = MOST_SECONDS,
    ) -> None:
        self._server = server
        self._find_person = find_person
        self._texts_of = texts_of
        self._opens_at = opens_at
        self._origin = origin
        self._clock = clock
        self._seconds = seconds
        self._connections = 0
        # By person, the slot of the time at which their last e-mail was taken: it speaks for all alerts up to then.
        self._told_up_to: dict[str, str] = {}

    async def send(self, delivery: Delivery, address: Address, message: Message) -> Outcome:
        """Send the alert at most once: never again where the server may have taken it."""
        if delivery.possibly_twice:
            return Faulted(reason="unsure", again=False)
        person = await self._find_person(delivery.recipient)
        if person is None or not wants_alerts(person):
            # Not "unreachable": that would be stored with the person and concern other channels.
            return Faulted(reason="not_wanted", again=False)
        if not MAIL_ADDRESS.fullmatch(person.email or ""):
            return Faulted(reason="bad_address", again=False)
        if delivery.slot <= self._told_up_to.get(person.id, ""):
            return Faulted(reason="told_since", again=False)
        now = self._clock.now()
        # One that waited for the server, or for Heia to start, would come at night.
        if (opening := self._opens_at(person, now)) > now:
            return Throttled(retry_after_seconds=(opening - now).total_seconds())
        if self._connections >= MOST_CONNECTIONS:
            return Throttled(retry_after_seconds=WAIT_SECONDS)
        self._connections += 1
        try:
            outcome = await self._hand_over(delivery, str(person.email), await self._texts_of(person.id))
        finally:
            self._connections -= 1
        if isinstance(outcome, Landed):
            self._told_up_to[person.id] = alert_slot(self._clock.now())
        return outcome

    async def _hand_over(self, delivery: Delivery, to: str, texts: Texts) -> Outcome:
        mail = letter(
            texts,
            sender=self._server.sender,
            to=to,
            origin=self._origin,
            delivery_id=delivery.id,
            at=self._clock.now(),
        )
        client = self._server.client(seconds=self._seconds)
        handed_over = False
        try:
            async with asyncio.timeout(self._seconds):
                await client.connect()
                await client.mail(self._server.sender)
                await client.rcpt(to)
                handed_over = True
                await client.data(mail.as_bytes())
            with suppress(aiosmtplib.SMTPException, TimeoutError, OSError):
                await client.quit(timeout=QUIT_SECONDS)
        except FAULTS as fault:
            again, unsure = not handed_over, handed_over
            if isinstance(fault, aiosmtplib.SMTPAuthenticationError):
                again, unsure = True, False
            elif isinstance(fault, aiosmtplib.SMTPResponseException) and fault.code >= REFUSED:
                again, unsure = fault.code < REFUSED_FOR_GOOD, False
            return Faulted(reason=reason_of(fault), again=again, unsure=unsure)
        finally:
            client.close()
        return Landed(reference={})


async def lack_of(server: MailServer, *, seconds: float) -> str:
    """Return why the server would take no alert now, empty if it would. Sends none, and names no recipient."""
    client = server.client(seconds=seconds)
    try:
        async with asyncio.timeout(seconds):
            await client.connect()
            await client.mail(server.sender)
        with suppress(aiosmtplib.SMTPException, TimeoutError, OSError):
            await client.quit(timeout=QUIT_SECONDS)
    except FAULTS as fault:
        return reason_of(fault)
    finally:
        client.close()
    return ""


def reason_of(fault: Exception) -> str:
    """Return a word or number of our own: the server's sentences may quote an address."""
    if isinstance(fault, aiosmtplib.SMTPAuthenticationError):
        return "smtp_sign_in"
    if isinstance(fault, aiosmtplib.SMTPResponseException) and fault.code >= REFUSED:
        return f"smtp_{fault.code}"
    if isinstance(fault, TimeoutError):
        return "smtp_slow"
    if isinstance(fault.__cause__ or fault, ssl.SSLError):
        return "smtp_tls"
    if isinstance(fault, aiosmtplib.SMTPConnectError | OSError):
        return "smtp_no_connection"
    return "smtp_broken_off"
