"""When credentials end, of Teams, identity providers and directories, and the messages about it before."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.directory.current import every
from bot.graph.config import GraphConfig, load_graph
from bot.graph.credential import configured_end
from bot.graph.sync import all_states
from bot.ports import Clock, Commit, PostWrite, Store
from bot.records.codec import decode
from bot.scim.config import ScimConfig, load_config
from bot.settings.model import BadSettings, Settings
from bot.signin.oidc.config import provider_credential_ends
from dialogs.core.content import Content
from dialogs.core.message import Message
from dialogs.core.person import Person, Role
from dialogs.provisioning.model import ScimToken
from knowledge.organisation.organisation import Organisation

SCIM = "scim"
GRAPH = "graph"


async def all_credential_ends(
    settings: Settings,
    store: Store,
    organisation: Organisation,
    *,
    of_channels: Callable[[Settings], Iterable[tuple[str, datetime]]] = lambda _: (),
) -> Sequence[tuple[str, datetime]]:
    """Return a name and the end of each credential with a known one. Files are read again each time.

    ``of_channels`` yields those of channels.

    Names begin with what the credential is for: a channel, ``signin/<provider>``, ``scim/<municipality>``,
    ``graph/<municipality>``.
    Raises StoreUnavailable.
    """
    configured = await asyncio.to_thread(lambda: [*of_channels(settings), *provider_credential_ends(settings)])
    tokens = await _token_ends(await asyncio.to_thread(_scim_config, settings, organisation), store)
    graph = await asyncio.to_thread(_graph_config, settings, organisation)
    return [*configured, *tokens.items(), *[named_end async for named_end in _graph_ends(graph, store)]]


async def _token_ends(config: ScimConfig, store: Store) -> Mapping[str, datetime]:
    """Return the end of each directory's last token; an older one may end without harm."""
    ends: dict[str, datetime] = {}
    for source in config.source:
        tokens = [
            decode(ScimToken, stored)
            for stored in await store.find(ScimToken.KIND, f"municipality:{source.municipality}")
        ]
        if tokens:
            ends[f"{SCIM}/{source.municipality}"] = max(token.expires_at for token in tokens)
    return ends


async def _graph_ends(config: GraphConfig, store: Store) -> AsyncIterator[tuple[str, datetime]]:
    """Yield the end of each credential: as the directory said at the last run, else as files say."""
    states = await all_states(store) if config.source else {}
    for source in config.source:
        state = states.get(source.municipality)
        ends = await asyncio.to_thread(configured_end, source)
        if state is not None and source.certificate is None and state.credential_ends is not None:
            ends = state.credential_ends
        if ends is not None:
            yield f"{GRAPH}/{source.municipality}", ends


def _graph_config(settings: Settings, organisation: Organisation) -> GraphConfig:
    try:
        return load_graph(settings.graph_file, organisation)
    except BadSettings:
        return GraphConfig()  # doctor reports it


def _scim_config(settings: Settings, organisation: Organisation) -> ScimConfig:
    try:
        return ScimConfig() if settings.scim_file is None else load_config(settings.scim_file, organisation)
    except BadSettings:
        return ScimConfig()  # doctor reports it


# Messages to the provider's administrators before a credential ends.

# Before the end; the last one that has begun counts.
STEPS: Final = (timedelta(days=30), timedelta(days=7), timedelta(days=1))
# The job runs at night; people read at work.
READ_AFTER: Final = timedelta(hours=5)

Credentials = Callable[[], Awaitable[Iterable[tuple[str, datetime]]]]
# What stops when a credential ends, by the beginning of its name; others are of Teams.
TEXTS: Final = {"signin": "credential.signin", "scim": "credential.scim", "graph": "credential.graph"}
# Kinds with the id of a municipality in their name.
DIRECTORIES: Final = frozenset({"scim", "graph"})


class ExpiryNotices:
    """Posts one message for each credential, step and administrator, however often it runs."""

    def __init__(self, *, store: Store, clock: Clock, content: Callable[[], Content], credentials: Credentials) -> None:
        self._store = store
        self._clock = clock
        self._content = content
        self._credentials = credentials

    async def post(self) -> int:
        """Post the messages that are due; return their number. Raises StoreUnavailable."""
        now = self._clock.now()
        due = list(_due(await self._credentials(), now))
        posts = [
            post
            for name, ends, slot in due
            for person in await self._administrators(name)
            if await self._store.find_delivery(person.id, slot) is None
            for post in [self._message_to(person, name, ends, slot, now)]
        ]
        if posts:
            await self._store.commit(Commit(at=now, posts=tuple(posts)))
        return len(posts)

    async def _administrators(self, name: str) -> Sequence[Person]:
        """Return administrators of the provider and of a directory credential's municipality."""
        organisation, (kind, _, of) = self._content().organisation, name.partition("/")
        places = [id_ for id_ in organisation.municipalities if organisation.provides(id_)]
        if kind in DIRECTORIES and of not in places:
            places.append(of)
        return [person for id_ in places async for person in every(self._store, Person, f"role:{Role.ADMIN}@{id_}")]

    def _message_to(self, person: Person, name: str, ends: datetime, slot: str, now: datetime) -> PostWrite:
        texts = self._content().texts[person.language]
        kind = TEXTS.get(name.partition("/")[0], "credential.ends")
        text = texts(kind, name=name, day=texts.day(ends))
        return PostWrite(
            recipient=person.id,
            slot=slot,
            message=Message(text=text, language=person.language),
            due_at=now + READ_AFTER,
        )


def _due(credentials: Iterable[tuple[str, datetime]], now: datetime) -> Iterator[tuple[str, datetime, str]]:
    """Yield name, end and slot of each message that is due."""
    for name, ends in credentials:
        begun = [step for step in STEPS if timedelta() < ends - now <= step]
        if begun:
            yield name, ends, f"credential/{name}/{ends:%Y-%m-%d}/{min(begun).days}"
