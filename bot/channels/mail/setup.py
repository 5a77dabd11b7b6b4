"""E-mail: its entry in the table of channels, assembled from the settings."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from bot.channels.base import ChannelParts, ChannelPlugin, ChannelService, OpenChannel
from bot.channels.mail.channel import MailChannel, MailServer
from bot.channels.mail.spec import mail_spec
from bot.ports import Inbox
from bot.settings.model import BadSettings, Settings


def mail_server(settings: Settings) -> MailServer:
    """Return the configured server. Raises BadSettings if the file of certificates is unreadable."""
    try:
        trust = ssl.create_default_context(cafile=settings.smtp_ca_file)
    except (OSError, ssl.SSLError) as fault:
        raise BadSettings(("HEIA_SMTP_CA_FILE: cannot be read as PEM certificates",)) from fault
    password = settings.smtp_password
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        tls=settings.smtp_tls,
        trust=trust,
        sender=settings.smtp_sender,
        user=settings.smtp_user,
        password=password.get_secret_value() if password is not None else "",
    )


@asynccontextmanager
async def open_mail(parts: ChannelParts) -> AsyncIterator[OpenChannel]:
    """Open the channel. It receives nothing, and without a server it is closed."""

    def receive_nothing(_: Inbox) -> ChannelService:
        return ChannelService()

    if not parts.settings.smtp_host:
        yield OpenChannel(channel=None, serve=receive_nothing)
        return
    channel = MailChannel(
        server=mail_server(parts.settings),
        find_person=parts.directory.get,
        texts_of=parts.texts_of,
        opens_at=lambda person, at: parts.content().opening(person, at),
        origin=parts.content().origin,
        clock=parts.clock,
    )
    yield OpenChannel(channel=channel, serve=receive_nothing)


MAIL_PLUGIN: Final = ChannelPlugin(spec=mail_spec, open=open_mail)
