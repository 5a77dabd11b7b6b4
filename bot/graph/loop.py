"""Loop that reads the directories at an interval, in one process at a time, built from the settings."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import aiohttp
from structlog.typing import FilteringBoundLogger

from bot.graph.config import NAME, GraphConfig, GraphFault, GraphSource, load_graph
from bot.graph.sync import STOPPED, GraphSync, PlannedRun, all_states
from bot.ports import Clock, RandomSource, Store, StoreUnavailable
from bot.scim.change import Parts
from bot.scim.config import load_config
from bot.settings.model import BadSettings, Settings
from bot.signin.former import FormerMarks
from bot.support.dependencies import Dependencies
from bot.support.supervision import wait_or_stop
from dialogs.core.content import Content
from dialogs.provisioning.graph import GraphState
from knowledge.organisation.organisation import Organisation

GRAPH: Final = "graph"
_LONGEST_PAUSE: Final = timedelta(seconds=30)
_SHORTEST_PAUSE: Final = timedelta(milliseconds=200)


class GraphLoop:
    """Runs each directory every ``config.every``, from its first run on, which an operator starts.

    ``parts`` returns store, content and keys as they are now. ``rest_share``: pause after a portion, as a share of the
    time it took.
    """

    def __init__(
        self,
        *,
        config: GraphConfig,
        store: Store,
        parts: Callable[[], Parts],
        session: aiohttp.ClientSession,
        clock: Clock,
        dependencies: Dependencies,
        refused: Callable[[str], None],
        name: str,
        rest_share: float,
        log: FilteringBoundLogger,
    ) -> None:
        self._config = config
        self._store = store
        self._parts = parts
        self._session = session
        self._clock = clock
        self._dependencies = dependencies
        self._refused = refused
        self._name = name
        self._rest_share = rest_share
        self._log = log
        self._not_before: dict[str, datetime] = {}
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Run until ``stop``; a running portion is finished."""
        while not self._stop.is_set():
            pause = await self.tick() if self._config.source else _LONGEST_PAUSE
            await wait_or_stop(self._clock.sleep(pause.total_seconds()), self._stop)

    async def stop(self) -> None:
        """Make ``run`` return."""
        self._stop.set()

    async def tick(self) -> timedelta:
        """Run every due directory, and return how long to wait."""
        try:
            states = await all_states(self._store)
            for source in self._config.source:
                state = states.get(source.municipality)
                if state is not None and state.done_at is not None and self._due(state) <= self._clock.now():
                    await self._run_source(source)
            states = await all_states(self._store)
        except StoreUnavailable:
            return timedelta(seconds=1)  # the store reports its own failure
        now = self._clock.now()
        here = {source.municipality for source in self._config.source}
        waits = [self._due(state) - now for id_, state in states.items() if id_ in here and state.done_at is not None]
        return min(_LONGEST_PAUSE, max(_SHORTEST_PAUSE, min(waits, default=self._config.every)))

    def _due(self, state: GraphState) -> datetime:
        last = max(moment for moment in (state.done_at, state.failed_at) if moment is not None)
        return max(last + self._config.every, self._not_before.get(state.id, last))

    async def _run_source(self, source: GraphSource) -> None:
        name = f"{GRAPH}/{source.municipality}"
        sync = GraphSync(
            parts=self._parts(),
            source=source,
            session=self._session,
            clock=self._clock,
            log=self._log,
            name=self._name,
            refused=self._refused,
            stopping=self._stop.is_set,
            rest=self._rest,
        )
        try:
            await sync.begin()
            await sync.apply_run(await self._prepared(sync))
        except GraphFault as fault:
            await sync.fail(fault)
            if fault.reason == "running":
                # Another process has it; it is due again when that one is done.
                self._not_before[source.municipality] = self._clock.now() + _LONGEST_PAUSE
                return
            if fault.retry_after is not None:
                self._not_before[source.municipality] = self._clock.now() + fault.retry_after
            if not self._stop.is_set():
                self._dependencies.failed(name, fault.reason)
        except StoreUnavailable:
            raise
        except Exception:
            # A strange answer of one directory must not end the bot.
            self._log.exception("graph_failed", municipality=source.municipality)
            await sync.fail(GraphFault("internal"))
            self._dependencies.failed(name, "internal")
        else:
            self._dependencies.healed(name)

    async def _prepared(self, sync: GraphSync) -> PlannedRun:
        """Read and plan; a stop ends it at once, also while Microsoft lets Heia wait. Raises GraphFault."""
        prepared: list[PlannedRun] = []

        async def prepare() -> None:
            prepared.append(await sync.prepare())

        await wait_or_stop(prepare(), self._stop)
        if not prepared:
            raise GraphFault(STOPPED)
        return prepared[0]

    async def _rest(self, took: timedelta) -> None:
        await self._clock.sleep(took.total_seconds() * self._rest_share)


# Builds the loop that reads directories from the settings.


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
