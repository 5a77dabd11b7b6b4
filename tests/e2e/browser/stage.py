"""A small real server: the web chat over the store in memory, with an inbox that answers from a script."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from aiohttp import web

from bot.app.clock import SystemClock, SystemRandomSource
from bot.channels.web.chat.channel import WebChannel, address_of
from bot.channels.web.chat.endpoint import WebChat
from bot.channels.web.page import LocaleChooser
from bot.channels.web.parts import WebParts
from bot.channels.web.signin.signer import OriginRule
from bot.channels.web.signin.ways import SamplePerson, SignInWays
from bot.channels.web.signin.web_sign_in import WebSignIn
from bot.content.catalogue import load_catalogue
from bot.edge.headers import add_security_headers, security_headers
from bot.export.bundle import Downloads
from bot.images.intake import Intake
from bot.ports import Clock, Commit, Delivery, DeliveryStatus, Images, Incoming, Landed, PostWrite, Settled, Store, Turn
from bot.records.codec import write_of
from bot.report.files import Reports
from bot.signin.former import FormerMarks
from bot.signin.links import Links
from bot.signin.oidc.flow import ProviderSignIn, ProviderSignOut
from bot.signin.sessions import Sessions
from bot.stores.memory.store import MemoryStore
from bot.turn.viewing import Viewing
from dialogs.core.decision import Put
from dialogs.core.event import Arrived, ChannelName, Pressed, Said
from dialogs.core.message import Message
from dialogs.core.person import Person, Role
from dialogs.signin.model import SignInMethod
from knowledge.article.article import Language
from knowledge.organisation.organisation import Organisation
from tests.channels import WEB

KEY = b"a key for tests, long enough to sign"

ORGANISATION, _ = Organisation.parse(
    "municipalities:\n"
    "  - id: lillevik\n"
    "    names: {nb: Lillevik kommune, en: Lillevik municipality}\n"
    "    contact: {role: {nb: Kontakten i Lillevik}, address: kontakt@lillevik.example}\n"
    "    controller: {role: {nb: 'Lillevik kommune, ved kommunedirektøren'}, address: post@lillevik.example}\n"
    "    data_protection_officer: {role: {nb: Ombudet i Lillevik}, address: ombud@lillevik.example}\n"
    "  - id: storvik\n"
    "    names: {nb: 'Storvik <b>kommune</b>'}\n"
    "    contact: {role: {nb: Kontakten i Storvik}, address: kontakt@storvik.example}\n"
)

SAMPLE = (
    SamplePerson(id="ansatt-1", name="Ansatt Skole Vest", detail="Vestby skole", roles=("employee",)),
    SamplePerson(id="ansatt-2", name="Tilsett Kultur", detail="Biblioteket", roles=("employee",)),
    SamplePerson(id="ambassador-1", name="Ambassadør Helse Nord", detail="Hjemmetjenesten", roles=("ambassador",)),
    SamplePerson(id="announcer-1", name="Kunngjører IT", detail="IT-avdelingen", roles=("employee", "announcer")),
)


@dataclass
class ScriptedInbox:
    """Remembers what it received and answers as scripted; what came before is a duplicate, as in the real bot."""

    received: list[Incoming] = field(default_factory=list)
    answer: Callable[[Incoming], Awaitable[Turn | None]] | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _seen: set[str] = field(default_factory=set)

    async def receive(self, incoming: Incoming) -> Turn:
        if incoming.id in self._seen:
            return Turn(duplicate=True)
        turn = await self.answer(incoming) if self.answer else None
        self._seen.add(incoming.id)
        self.received.append(incoming)
        self.changed.set()
        return turn or Turn()

    def said(self) -> list[str]:
        return [one.what.utterance for one in self.received if isinstance(one.what, Said)]

    def pressed(self) -> list[Pressed]:
        return [one.what for one in self.received if isinstance(one.what, Pressed)]

    def arrived(self) -> list[str]:
        return [one.sender.person_id or "" for one in self.received if isinstance(one.what, Arrived)]


class Stage:
    """The server under test. ``post`` does what the runtime and the courier do for one message."""

    def __init__(
        self,
        *,
        dev: bool = True,
        clock: Clock | None = None,
        images: Images | None = None,
        reports: Callable[[Store], Reports] | None = None,
        downloads: Callable[[Store], Downloads] | None = None,
        views: Callable[[Store], Viewing] | None = None,
        frame_ancestors: tuple[str, ...] = (),
        session_for: timedelta = timedelta(hours=12),
        link_for: timedelta = timedelta(hours=24),
        providers: Callable[["Stage"], ProviderSignIn] | None = None,
        idle_for: timedelta | None = None,
        **settings: Any,
    ) -> None:
        self.clock = clock or SystemClock()
        self.store = MemoryStore()
        self.intake = (
            Intake(
                images=images,
                store=self.store,
                clock=self.clock,
                rng=SystemRandomSource(),
                log=structlog.get_logger(),
            )
            if images is not None
            else None
        )
        self.reports = reports(self.store) if reports is not None else None
        self.downloads = downloads(self.store) if downloads is not None else None
        self.chat_views = views(self.store) if views is not None else None
        self.inbox = ScriptedInbox()
        self.languages: dict[str, Language] = {}
        self.roles: dict[str, frozenset[Role]] = {}
        self.alerted: set[str] = set()
        self._people = self._sample_people if dev else None
        self._headers = security_headers(frame_ancestors=frame_ancestors)
        methods = (
            {SignInMethod.LINK}
            | ({SignInMethod.CHOSEN} if dev else set())
            | ({SignInMethod.GUEST} if settings.get("allow_guests") else set())
            | ({SignInMethod.PROVIDER} if providers is not None else set())
        )
        self.sessions = Sessions(
            store=self.store,
            rng=SystemRandomSource(),
            valid_for=session_for,
            methods=frozenset(methods),
            idle_for=idle_for,
        )
        self.links = Links(
            store=self.store, rng=SystemRandomSource(), sessions=self.sessions, valid_for=link_for, origin=""
        )
        self._settings: Mapping[str, Any] = settings
        self._providers = providers
        self._runner: web.AppRunner | None = None
        self.port = 0
        self._posted = 0

    async def start(self) -> None:
        """Serve on the same port as before, or on any when it is the first time."""
        await self._put_people()
        self.channel = WebChannel(clock=self.clock, key=KEY)
        parts = WebParts(
            channel=self.channel,
            sessions=self.sessions,
            locale=LocaleChooser(texts=load_catalogue()),
            origin=OriginRule(allowed=self._settings.get("origins", frozenset())),
            clock=self.clock,
            rng=SystemRandomSource(),
            find_person=self.find_person,
            organisation=lambda: ORGANISATION,
        )
        settings = {name: value for name, value in self._settings.items() if name != "origins"}
        ways = {name: settings.pop(name) for name in ("allow_guests", "public_origin", "refused") if name in settings}
        sign_in = WebSignIn(parts, self._ways(**ways))
        self.chat = WebChat(
            parts=parts,
            sign_in=sign_in,
            store=self.store,
            inbox=self.inbox,
            key=KEY,
            texts=load_catalogue(),
            intake=self.intake,
            reports=self.reports,
            downloads=self.downloads,
            views=self.chat_views,
            **settings,
        )
        app = web.Application()
        app.add_routes([*self.chat.routes(), *self.more_routes(parts, sign_in)])
        app.on_response_prepare.append(add_security_headers(self._headers))
        app.on_shutdown.append(self.chat.disconnect_pages)
        self.store.on_news(self.channel.connections.wake)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    def more_routes(self, parts: WebParts, sign_in: WebSignIn) -> Sequence[web.RouteDef]:
        """Return what a stage serves besides the chat."""
        return ()

    def _ways(self, *, public_origin: str = "https://heia.example.no", **more: Any) -> SignInWays:
        sign_out = ProviderSignOut(
            sessions=self.sessions, former=FormerMarks(b"k" * 32), store=self.store, clock=self.clock
        )
        return SignInWays(
            links=self.links,
            public_origin=public_origin,
            people=self._people,
            providers=self._providers(self) if self._providers is not None else None,
            sign_out=sign_out if self._providers is not None else None,
            **more,
        )

    async def stop(self) -> None:
        """Stop serving; the store keeps what it has."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/chat"

    async def link(self, person_id: str, *, by: str | None = "operator") -> str:
        """Return the path and query of a new sign-in link."""
        return await self.links.make(person_id, at=self.clock.now(), by=by)

    async def _put_people(self) -> None:
        now = self.clock.now()
        people = [await self.find_person(one.id) for one in SAMPLE]
        known = await self.store.find(Person.KIND, "all")
        if not known:
            writes = tuple(write_of(Put(record=person), {}) for person in people if person is not None)
            await self.store.commit(Commit(at=now, records=writes))

    async def find_person(self, person_id: str) -> Person | None:
        name = next((one.name for one in SAMPLE if one.id == person_id), None)
        if name is None:
            return None
        language = self.languages.get(person_id, Language.NB)
        roles = self.roles.get(person_id, frozenset({Role.EMPLOYEE}))
        alerted = person_id in self.alerted
        return Person(
            id=person_id,
            name=name,
            language=language,
            roles=roles,
            mail_alerts=alerted,
            created_at=self.clock.now(),
        )

    async def post(
        self,
        person_id: str,
        slot: str,
        message: Message | None,
        *,
        channel: ChannelName = WEB,
        settle: bool = True,
        push: bool = True,
    ) -> None:
        """Commit a message (None: its removal), send it and settle it.

        ``push`` off: another replica sends it. ``settle`` off: the worker stands still after sending.
        """
        now = self.clock.now()
        self._posted += 1
        token = f"turn-{self._posted}"
        write = PostWrite(
            recipient=person_id,
            slot=slot,
            message=message,
            due_at=now,
            address=address_of(person_id),
            lease_token=token,
            lease_until=now + timedelta(seconds=30),
        )
        for delivery in await self.store.commit(Commit(at=now, posts=(write,))):
            if delivery.status is not DeliveryStatus.LEASED:
                continue
            reference = await self._send(delivery, message) if push else {"landed_at": now.isoformat()}
            settled = Settled(
                delivery_id=delivery.id,
                lease_token=token,
                version=delivery.version,
                status=DeliveryStatus.SENT if message else DeliveryStatus.DELETED,
                at=self.clock.now(),
                channel=channel,
                reference=reference if message else None,
            )
            if settle:
                await self.store.settle([settled])

    async def _send(self, delivery: Delivery, message: Message | None) -> Mapping[str, str]:
        if message is None:
            outcome = await self.channel.delete(delivery, delivery.reference or {})
        elif delivery.reference is None:
            outcome = await self.channel.send(delivery, address_of(delivery.recipient), message)
        else:
            outcome = await self.channel.update(delivery, delivery.reference, message)
        assert isinstance(outcome, Landed)
        return outcome.reference

    async def wait_for(self, claim: Callable[[], bool]) -> None:
        """Return when ``claim`` about what the inbox received holds; fail when it does not within five seconds."""
        async with asyncio.timeout(5):
            while not claim():
                self.inbox.changed.clear()
                await self.inbox.changed.wait()

    async def _sample_people(self) -> tuple[SamplePerson, ...]:
        return SAMPLE
