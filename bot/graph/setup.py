"""Builds the loop that reads directories from the settings."""

from collections.abc import Callable

import aiohttp
from structlog.typing import FilteringBoundLogger

from bot.graph.config import NAME, GraphConfig, load_graph
from bot.graph.loop import GraphLoop
from bot.ports import Clock, RandomSource, Store
from bot.scim.change import Parts
from bot.scim.config import load_config
from bot.settings.model import BadSettings, Settings
from bot.signin.former import FormerMarks
from bot.support.dependencies import Dependencies
from dialogs.core.content import Content
from knowledge.organisation.organisation import Organisation


def configured_graph(settings: Settings, organisation: Organisation) -> GraphConfig:
    """Return the directories to read. Raises BadSettings, also for a municipality that sends by SCIM, too."""
    config = load_graph(settings.graph_file, organisation)
    if settings.scim_file is not None and config.source:
        pushing = load_config(settings.scim_file, organisation)
        if both := sorted(source.municipality for source in config.source if pushing.of(source.municipality)):
            raise BadSettings(tuple(f"{NAME}: {id_} is in HEIA_SCIM_FILE, too; use one of them" for id_ in both))
    return config


def graph_loop(
    settings: Settings,
    *,
    store: Store,
    content: Callable[[], Content],
    former: FormerMarks,
    session: aiohttp.ClientSession,
    clock: Clock,
    rng: RandomSource,
    dependencies: Dependencies,
    refused: Callable[[str], None],
    rest_share: float,
    log: FilteringBoundLogger,
) -> GraphLoop:
    """Return the loop; without ``HEIA_GRAPH_FILE`` it does nothing. Raises BadSettings."""

    def parts() -> Parts:
        return Parts(store=store, rng=rng, former=former, content=content())

    return GraphLoop(
        config=configured_graph(settings, content().organisation),
        store=store,
        parts=parts,
        session=session,
        clock=clock,
        dependencies=dependencies,
        refused=refused,
        name=rng.new_id("graph"),
        rest_share=rest_share,
        log=log,
    )
