"""The last import of each mapped file: date, unplaced people, later changes."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bot.directory.mapped_rows import MappedPeople
from bot.directory.mapping import EVERYWHERE, DirectoryMapping
from bot.ports import Commit, Key, RandomSource, Store
from bot.records.codec import decode, write_of
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Audit, Put
from dialogs.core.event import CLOCK
from dialogs.provisioning.model import DirectoryRun, UnknownWord
from knowledge.organisation.organisation import Organisation

# Acts that leave the registry as it is. After any other act an import compares everything again.
_HARMLESS: Final = ("announce.", "audit.", "directory.", "handoff.", "image.", "file.", "store.", "suggestion.")
# More entries than this since the last import cost more to read than comparing.
_MOST_ENTRIES: Final = 2_000
# Clocks of two machines may differ by a little.
_SKEW: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Origin of an import: run id, file date, digest of inputs."""

    run_id: str
    dated: datetime
    digest: str


def origin_of(
    file: Path, mapping_file: Path, mapping: DirectoryMapping, organisation: Organisation, chosen: tuple[str, ...] = ()
) -> Origin:
    """Return where an import of ``file`` comes from. Raises OSError, and ValueError for a name without a date."""
    covered = mapping.covered(organisation, chosen)
    everywhere = set(covered) == set(organisation.municipalities) and not mapping.municipality
    units = [
        (unit.id, unit.municipality_id, unit.parent_id, unit.names.nb, unit.sector, unit.site_id, *unit.former_ids)
        for unit in organisation.units()
    ]
    digest = hashlib.sha256(f"{version('heia')}\n{','.join(covered)}\n{units}\n".encode())
    for path in (file, mapping_file):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return Origin(
        run_id=EVERYWHERE if everywhere else ",".join(covered),
        dated=mapping.file.dated(file),
        digest=digest.hexdigest(),
    )


async def read_run(store: Store, run_id: str) -> DirectoryRun | None:
    """Return the last run, None before the first. Raises StoreUnavailable."""
    key = Key(kind=DirectoryRun.KIND, id=run_id)
    stored = (await store.get([key])).get(key)
    return decode(DirectoryRun, stored) if stored is not None else None


async def all_runs(store: Store) -> Sequence[DirectoryRun]:
    """Return the last run of every file. Raises StoreUnavailable."""
    return [decode(DirectoryRun, stored) for stored in await store.find(DirectoryRun.KIND, "all")]


async def last_imports(store: Store) -> Mapping[str, datetime]:
    """Return when each mapped file was last imported, by the id of its run. Raises StoreUnavailable."""
    return {run.id: run.ran_at for run in await all_runs(store)}


def age_fault(origin: Origin, last: DirectoryRun | None, mapping: DirectoryMapping, *, at: datetime) -> str:
    """Return why a file must not be imported because of its date; empty when it may be."""
    most = timedelta(days=mapping.file.max_age_days)
    if origin.dated > at + _SKEW:
        return f"The file is dated {_day(origin.dated)}, which is in the future."
    if last is not None and origin.dated < last.file_dated:
        newer = f"the one imported on {_day(last.ran_at)} is newer, of {_day(last.file_dated)}"
        return f"The file is of {_day(origin.dated)}; {newer}."
    if at - origin.dated > most:
        return f"The file is of {_day(origin.dated)}, more than {mapping.file.max_age_days} days old."
    return ""


async def is_unchanged(store: Store, origin: Origin, last: DirectoryRun | None) -> bool:
    """Return whether the same file was imported last, and no act has changed the registry since.

    Raises StoreUnavailable.
    """
    if last is None or last.digest != origin.digest or not last.audit_number:
        return False
    return await _only_harmless(store, last.audit_number, by=CLOCK)


async def _only_harmless(store: Store, after: int, *, by: str) -> bool:
    """Return whether all acts after a link of the audit log are by ``by``, or leave the registry as it is."""
    start = after
    while after - start <= _MOST_ENTRIES:
        rows = await store.audit_rows(after=after)
        if not rows:
            return True
        for row in rows:
            body = row.body or {}
            if body.get("by") not in {by, CLOCK} and not str(body.get("act", "")).startswith(_HARMLESS):
                return False
        after = rows[-1].number
    return False


async def keep_run(
    store: Store, origin: Origin, mapped: MappedPeople, *, begun: int, at: datetime, rng: RandomSource, by: str
) -> None:
    """Store a run and its unknown values; audit it and refused pupils.

    Args:
        begun: last link of the audit log before the registry was read.
    Raises:
        StoreUnavailable.
    """
    details = (
        ("of", origin.run_id),
        ("rows", str(len(mapped.rows))),
        ("skipped", str(mapped.skipped)),
        ("unplaced", str(mapped.unplaced)),
        ("unknown", str(len(mapped.unknown))),
    )
    acts = [Audit(act="directory.imported", subject="registry", by=by, details=details)]
    if mapped.pupils:
        marks = ",".join(sorted({pupil.reason for pupil in mapped.pupils}))
        acts.append(
            Audit(
                act="directory.pupil_refused",
                subject="registry",
                by=by,
                details=(("of", origin.run_id), ("rows", str(len(mapped.pupils))), ("marked_by", marks)),
            )
        )
    entries = [AuditEntry.from_act(act, id=rng.new_id("audit"), at=at) for act in acts]
    await store.commit(Commit(at=at, records=tuple(write_of(Put(record=entry), {}) for entry in entries)))
    # Another source may have changed the registry since it was read: then the next import compares everything.
    alone = await _only_harmless(store, begun, by=by)
    run = DirectoryRun(
        id=origin.run_id,
        file_dated=origin.dated,
        ran_at=at,
        rows=len(mapped.rows),
        unknown=tuple(_words(mapped)),
        digest=origin.digest,
        audit_number=(await store.audit_head()).number if alone else 0,
    )
    key = Key(kind=DirectoryRun.KIND, id=run.id)
    versions: Mapping[Key, int] = {run_key: stored.version for run_key, stored in (await store.get([key])).items()}
    await store.commit(Commit(at=at, records=(write_of(Put(record=run), versions),)))


def _words(mapped: MappedPeople) -> Iterable[UnknownWord]:
    for unknown, people in sorted(mapped.unknown.items(), key=lambda item: (-item[1], item[0].field, item[0].value)):
        yield UnknownWord(field=unknown.field, value=unknown.value, people=people)


def _day(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
