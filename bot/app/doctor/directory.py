"""Checks of the directories that send people by SCIM, and of removals that wait and people without a unit of any."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from typing import Final

from bot.app.doctor.finding import Finding, fail, ok, warn
from bot.ports import Store
from bot.records.codec import decode
from bot.scim.config import ScimConfig, load_config
from bot.scim.waiting import pending_people
from bot.settings.model import BadSettings, Settings
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
