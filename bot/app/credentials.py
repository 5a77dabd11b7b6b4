"""When credentials end: of Teams, of identity providers, of directories."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import datetime

from bot.graph.config import GraphConfig, load_graph
from bot.graph.credential import configured_end
from bot.graph.state import all_states
from bot.ports import Store
from bot.records.codec import decode
from bot.scim.config import ScimConfig, load_config
from bot.settings.model import BadSettings, Settings
from bot.signin.oidc.credentials import provider_credential_ends
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
