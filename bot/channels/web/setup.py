"""The web chat: its entry in the table of channels, assembled from the settings."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from bot.channels.base import ChannelParts, ChannelPlugin, ChannelService, OpenChannel, Visitors
from bot.channels.web.chat.channel import WebChannel
from bot.channels.web.chat.endpoint import WebChat
from bot.channels.web.signin.login import SamplePerson
from bot.channels.web.spec import WEB_SPEC
from bot.ports import Inbox
from bot.records.codec import decode
from bot.settings.model import Settings
from bot.support.kept_key import kept_key
from dialogs.core.content import Content
from dialogs.core.person import Person
from knowledge.article.article import Language


def web_key(settings: Settings) -> bytes:
    """Return the key that signs image and report addresses."""
    return kept_key(settings.web_key, settings.data_dir, "web.key")


@asynccontextmanager
async def open_web(parts: ChannelParts) -> AsyncIterator[OpenChannel]:
    """Open the channel. Messages wait in the store; ``serve`` adds the pages."""
    channel = WebChannel(clock=parts.clock, key=web_key(parts.settings))

    def serve(inbox: Inbox) -> ChannelService:
        chat = _chat(parts, channel, inbox)
        parts.store.on_news(channel.connections.wake)
        visitors = Visitors(signed_in=chat.signed_in, explain=chat.explain_refusal)
        return ChannelService(routes=chat.routes(), visitors=visitors, stop=chat.disconnect_pages)

    yield OpenChannel(channel=channel, serve=serve)


WEB_PLUGIN: Final = ChannelPlugin(spec=lambda settings, dev: WEB_SPEC, open=open_web)


def _chat(parts: ChannelParts, channel: WebChannel, inbox: Inbox) -> WebChat:
    async def sample_people() -> Sequence[SamplePerson]:
        stored = await parts.store.find(Person.KIND, "registered")
        return tuple(_sample(decode(Person, each), parts.content()) for each in stored)

    settings = parts.settings
    return WebChat(
        store=parts.store,
        inbox=inbox,
        clock=parts.clock,
        rng=parts.rng,
        channel=channel,
        sessions=parts.sessions,
        links=parts.links,
        key=web_key(settings),
        texts=parts.content().texts,
        find_person=parts.directory.get,
        organisation=lambda: parts.content().organisation,
        intake=parts.intake,
        reports=parts.reports,
        downloads=parts.downloads,
        people=sample_people if parts.dev else None,
        allow_guests=settings.web_guests,
        origins=frozenset({settings.public_url.rstrip("/")} - {""}),
        turns=parts.turns,
        failed=parts.counters.turn_failed,
    )


def _sample(person: Person, content: Content) -> SamplePerson:
    unit = content.organisation.find_unit(person.unit_id or "")
    municipality = content.organisation.municipalities.get(person.municipality_id or "")
    places = (place.names.text(Language.NB) for place in (unit, municipality) if place)
    return SamplePerson(id=person.id, name=person.name, detail=", ".join(places), roles=tuple(sorted(person.roles)))
