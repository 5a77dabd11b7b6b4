"""A real SMTP server with TLS on this machine, that answers as told."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any, Final

from aiosmtpd.smtp import SMTP, AuthResult
from cryptography.hazmat.primitives.asymmetric import ec

from tests.fakes.certificate import pem_of

HOST: Final = "localhost"
PASSWORD: Final = "hemmelig-passord"


@cache
def identity(*names: str) -> bytes:
    """Return a certificate for the names, and its key, as one PEM file."""
    return pem_of(ec.generate_private_key(ec.SECP256R1()), at=datetime.now(UTC), names=names)


@dataclass
class Mailbox:
    """Handler of the server: keeps what it takes. A reply other than none goes in place of the server's own."""

    to_sender: str | None = None
    to_recipient: str | None = None
    to_data: str | None = None
    before_answer: Callable[[], Awaitable[Any]] | None = None
    taken: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    attempts: int = 0

    async def handle_MAIL(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        """Answer MAIL FROM."""
        if self.to_sender is not None:
            return self.to_sender.replace("ADDRESS", address)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        """Answer RCPT TO."""
        self.attempts += 1
        if self.to_recipient is not None:
            return self.to_recipient.replace("ADDRESS", address)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        """Answer the end of the message."""
        if self.to_data is not None:
            return self.to_data
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append((list(envelope.rcpt_tos), message))
        if self.before_answer is not None:
            await self.before_answer()
        return "250 OK"


@asynccontextmanager
async def smtp_server(
    handler: Mailbox,
    folder: Path,
    *,
    starttls: bool = True,
    tls: bool = False,
    names: tuple[str, ...] = (HOST,),
    sign_in: bool = False,
) -> AsyncIterator[int]:
    """Run the server and yield its port. Its certificate is in ``folder``, as server.pem.

    ``tls``: from the first byte, in place of STARTTLS.
    """
    pem = folder / "server.pem"
    pem.write_bytes(identity(*names))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)

    def authenticate(server: SMTP, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == PASSWORD.encode(), handled=False)

    def protocol() -> SMTP:
        return SMTP(
            handler,
            tls_context=context if starttls and not tls else None,
            require_starttls=starttls and not tls,
            auth_required=sign_in,
            authenticator=authenticate if sign_in else None,
            loop=asyncio.get_running_loop(),
        )

    server = await asyncio.get_running_loop().create_server(protocol, HOST, 0, family=2, ssl=context if tls else None)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def raw_server(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """Run a server that is no SMTP server and yield its port."""
    connections: list[asyncio.Task[Any] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(asyncio.current_task())
        try:
            await answer(reader, writer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(serve, HOST, 0, family=2)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.gather(*filter(None, connections))
