"""Checks of the directories that are read through Microsoft Graph. Microsoft is not contacted."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Final

from bot.app.doctor.finding import Finding, expiry_findings, fail, ok, warn
from bot.graph.config import GraphConfig, GraphSource
from bot.graph.credential import configured_end
from bot.graph.fault import ADVICE
from bot.graph.setup import configured_graph
from bot.graph.state import all_states
from bot.ports import Store
from bot.settings.model import BadSettings, Settings
from bot.settings.toml_file import open_files
from dialogs.provisioning.graph import GraphState
from knowledge.organisation.organisation import Organisation

# Missed runs before doctor fails.
_LATE_RUNS: Final = 4
_LATE_AT_LEAST: Final = timedelta(hours=1)
_RENEW: Final = "Add a second one in Entra, set it (and secret_expires), and restart."


def graph_findings(settings: Settings, organisation: Organisation, now: datetime) -> Iterator[Finding]:
    """Check the file: its form, units and groups, and whether the credentials can be read and are kept apart."""
    if settings.graph_file is None:
        return
    try:
        config = configured_graph(settings, organisation)
    except BadSettings as bad:
        for fault in bad.faults:
            yield fail("graph", fault, "docs/directory.md describes the file; heia serve does not start with it.")
        return
    yield ok("graph", f"{len(config.source)} {'directory' if len(config.source) == 1 else 'directories'}")
    for source in config.source:
        yield from _credential(source, now)
    files = [file for source in config.source for file in (source.secret_file, source.certificate) if file is not None]
    if any(source.secret is not None for source in config.source):
        files.append(settings.graph_file)
    for file in open_files(files):
        yield fail("graph", f"{file} holds a secret and others can read it", f"chmod 600 {file}")


async def graph_store_findings(
    store: Store, settings: Settings, organisation: Organisation, *, now: datetime
) -> AsyncIterator[Finding]:
    """Check the last run of each directory."""
    try:
        config = configured_graph(settings, organisation)
    except BadSettings:
        return  # reported without the store
    states = await all_states(store) if config.source else {}
    for source in config.source:
        yield _last_run(config, source.municipality, states.get(source.municipality), now)
        state = states.get(source.municipality)
        if state is not None and source.certificate is None and source.secret_expires is None:
            name = f"{source.municipality}: the client secret"
            for finding in expiry_findings("graph", name, state.credential_ends, _RENEW, now):
                yield finding


def _last_run(config: GraphConfig, id_: str, state: GraphState | None, now: datetime) -> Finding:
    if state is None or state.done_at is None:
        failed = f", {state.fault}" if state is not None and state.fault else ""
        return warn("graph", f"{id_}: not read yet{failed}", f"heia directory graph {id_} --dry-run")
    last = f"{id_}: last read {state.done_at:%Y-%m-%d %H:%M} UTC"
    if state.fault:
        return fail(
            "graph", f"{last}, then {state.fault}", ADVICE.get(state.fault, "See the log and docs/directory.md.")
        ).explained("graph_late", at=id_)
    if now - state.done_at > max(_LATE_AT_LEAST, _LATE_RUNS * config.every):
        return fail("graph", last, "Is heia serve, or heia work, running?").explained("graph_late", at=id_)
    return ok("graph", last)


def _credential(source: GraphSource, now: datetime) -> Iterator[Finding]:
    try:
        if source.certificate is not None:
            source.certificate.read_bytes()
        else:
            source.read_secret()
    except (OSError, ValueError) as fault:
        advice = "Give the service's user the secret or the certificate."
        yield fail("graph", f"{source.municipality}: no credential ({type(fault).__name__})", advice)
        return
    yield from expiry_findings("graph", f"{source.municipality}: the credential", configured_end(source), _RENEW, now)
