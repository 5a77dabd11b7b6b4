"""Checks of the mapping for exports, and of what the last imports could not place."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Final

from bot.app.doctor.finding import Finding, fail, ok, warn
from bot.directory.last_run import all_runs
from bot.directory.mapping import load_mapping, mapping_in_use
from bot.ports import Store
from bot.settings.model import BadSettings, Settings
from knowledge.organisation.organisation import Organisation

ADVICE: Final = "docs/directory.md describes the file."
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
            yield fail("export", fault, ADVICE)
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
