"""Checks of SCIM, Microsoft Graph, exports and the mapping of their columns."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Final

from bot.app.doctor.finding import Finding, expiry_findings, fail, ok, warn
from bot.directory.last_run import all_runs
from bot.directory.mapping import load_mapping, mapping_in_use
from bot.graph.config import ADVICE, GraphConfig, GraphSource
from bot.graph.credential import configured_end
from bot.graph.loop import configured_graph
from bot.graph.sync import all_states
from bot.ports import Store
from bot.records.codec import decode
from bot.scim.config import ScimConfig, load_config
from bot.scim.jobs import pending_people
from bot.settings.model import BadSettings, Settings
from bot.settings.toml_file import open_files
from dialogs.provisioning.graph import GraphState
from dialogs.provisioning.model import ScimToken
from knowledge.organisation.organisation import Organisation

SOON: Final = timedelta(days=30)
URGENT: Final = timedelta(days=7)
_FILE: Final = "docs/directory.md describes the file; heia serve does not start with it."


def directory_findings(settings: Settings, organisation: Organisation) -> Iterator[Finding]:
    """Check the file of directories, its units and its roles."""
    if settings.scim_file is None:
        return
    try:
        config = load_config(settings.scim_file, organisation)
    except BadSettings as bad:
        for fault in bad.faults:
            yield fail("directory", fault, _FILE)
        return
    number = len(config.source)
    if not number:
        yield warn(
            "directory", f"{settings.scim_file} has no [[source]]", "Every request is refused: docs/directory.md"
        )
    else:
        yield ok("directory", f"{number} {'directory' if number == 1 else 'directories'}")
    if not settings.public_url:
        yield warn("directory", "HEIA_PUBLIC_URL is not set", "Directories reach Heia at that address.")


async def directory_store_findings(
    store: Store, settings: Settings, organisation: Organisation, *, now: datetime
) -> AsyncIterator[Finding]:
    """Check tokens, removals that wait, and people without a unit."""
    for finding in [finding async for finding in _tokens(store, _readable(settings, organisation), now=now)]:
        yield finding
    for id_, people in (await pending_people(store, organisation.municipalities)).items():
        if people.waiting:
            advice = f"heia directory waiting {id_}, then heia directory approve {id_}, or activate the accounts again."
            yield fail("directory", f"{id_}: {people.waiting} removals wait for an administrator", advice).explained(
                "removals_wait", at=id_, number=people.waiting
            )
        if people.unplaced:
            advice = f"heia directory unplaced {id_} names their departments; add them to [source.units]."
            yield warn("directory", f"{id_}: {people.unplaced} people have no unit", advice).explained(
                "directory_unitless", at=id_, number=people.unplaced
            )


async def _tokens(store: Store, config: ScimConfig, *, now: datetime) -> AsyncIterator[Finding]:
    for id_ in (source.municipality for source in config.source):
        tokens = [decode(ScimToken, stored) for stored in await store.find(ScimToken.KIND, f"municipality:{id_}")]
        advice = f"heia scim token new {id_}, and enter it in the directory."
        last = max((token.expires_at for token in tokens), default=None)
        if last is None:
            yield fail("directory", f"{id_}: there is no token", advice).explained("no_token", at=id_)
        elif last <= now:
            yield fail("directory", f"{id_}: the token ended {last:%Y-%m-%d}", advice).explained(
                "token_ended", at=id_, day=f"{last:%Y-%m-%d}"
            )
        elif last - now <= SOON:
            level = fail if last - now <= URGENT else warn
            yield level("directory", f"{id_}: the token ends {last:%Y-%m-%d}", advice).explained(
                "token_ends", at=id_, day=f"{last:%Y-%m-%d}"
            )


def _readable(settings: Settings, organisation: Organisation) -> ScimConfig:
    """Return the directories of a sound file, else none: its faults are reported without the store."""
    if settings.scim_file is None:
        return ScimConfig()
    try:
        return load_config(settings.scim_file, organisation)
    except BadSettings:
        return ScimConfig()


# Checks of the directories that are read through Microsoft Graph. Microsoft is not contacted.

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


MAPPING_ADVICE: Final = "docs/directory.md describes the file."
# A nightly timer that has not run for so long is stopped, or its file is refused.
LATE: Final = timedelta(days=8)


def mapping_findings(settings: Settings, organisation: Organisation) -> Iterator[Finding]:
    """Check the mapping that ``heia directory import`` would use."""
    file = mapping_in_use(settings.directory_file)
    if file is None:
        return
    try:
        load_mapping(file, organisation)
    except BadSettings as bad:
        for fault in bad.faults:
            yield fail("export", fault, MAPPING_ADVICE)
        return
    yield ok("export", f"{file} maps to units that there are")


async def import_findings(store: Store, *, now: datetime) -> AsyncIterator[Finding]:
    """Check what the last imports could not place, and when they were."""
    for run in await all_runs(store):
        if run.unknown:
            people = sum(unknown.people for unknown in run.unknown)
            text = f"{len(run.unknown)} unknown values of {people} people in the import of {run.id}"
            yield warn("export", text, "heia directory unknown lists them; add them to the mapping.").explained(
                "export_unknown", number=people
            )
        if now - run.ran_at > LATE:
            text = f"the last import of {run.id} was on {run.ran_at:%Y-%m-%d}"
            yield warn("export", text, "Is the timer running, and what does its journal say?").explained("export_late")
