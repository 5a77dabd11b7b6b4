"""Checks of the stored data and the audit log."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from bot.app.doctor.finding import Finding, fail, ok, warn
from bot.app.maintenance import completed_runs
from bot.app.wiring import audit_heads, audit_publics, known_marks
from bot.audit.signer import is_in_chain
from bot.audit.statements import KEY_FILE, PUBLIC_FILE, BadKey, SignedStatement, key_id
from bot.delivery.in_flight import COURIER
from bot.directory.coverage_report import read_coverage
from bot.directory.current import Known
from bot.ports import DeliveryStatus, Key, Store
from bot.records.codec import decode
from bot.settings.model import Settings
from bot.stores.memory.state import Table
from dialogs.core.channel import Channels
from dialogs.core.content import Content
from dialogs.core.nightly_run import NIGHTLY_JOBS
from dialogs.core.person import Role
from dialogs.handoff.model import Handoff
from dialogs.signin.model import FormerIdentity, FormerKey
from knowledge.organisation.coverage import GapKind, MunicipalityCoverage
from knowledge.organisation.nearest import Network

MANY_ROWS: Final = 300_000
MANY_BYTES: Final = 500_000_000
# Measured by ``make bench`` at 72,000 rows on two busy cores: ready after 2.4 s, with 107 MB more memory.
ROWS_PER_SECOND: Final = 30_000
BYTES_PER_ROW: Final = 1_500
# A night and some hours, for a process that was stopped at the time.
LATE_NIGHT: Final = timedelta(hours=30)
_LEAVERS: Final = "Set HEIA_LEAVER_KEY as on the first machine, or restore leaver.key from the backup."
_MOVE: Final = "Move to PostgreSQL: docs/operating.md, heia db copy."


@runtime_checkable
class Counting(Protocol):
    """A store that can count its rows."""

    async def count_rows(self, table: Table) -> int:
        """Return the number of rows of a table."""
        ...


@runtime_checkable
class Staffed(Protocol):
    """A store shared by several processes that knows which are alive."""

    async def workers(self) -> Sequence[str]:
        """Return the names of the workers alive now."""
        ...


def file_findings(folder: Path) -> Iterator[Finding]:
    """Check the files of the tiny store, which is possible while the server runs."""
    snapshots, journals = sorted(folder.glob("store-*.snapshot")), sorted(folder.glob("store-*.journal"))
    if not snapshots and not journals:
        yield ok("store", f"{folder} holds no data yet")
        return
    sizes = [sum(file.stat().st_size for file in files) for files in (snapshots, journals)]
    text = f"{folder}: snapshot {sizes[0] / 1e6:.1f} MB, journal {sizes[1] / 1e6:.1f} MB"
    yield warn("store", text, _MOVE).explained("store_large") if sum(sizes) > MANY_BYTES else ok("store", text)


async def store_findings(store: Store, *, database: bool) -> AsyncIterator[Finding]:
    """Count stored rows and failed deliveries. ``database``: the store is PostgreSQL, without a size limit."""
    if isinstance(store, Counting):
        names = {"records": Table.RECORD, "deliveries": Table.DELIVERY, "timers": Table.TIMER}
        rows = {name: await store.count_rows(table) for name, table in names.items()}
        total = sum(rows.values())
        text = ", ".join(f"{number:,} {name}" for name, number in rows.items())
        if total > MANY_ROWS and not database:
            cost = f"about {total / ROWS_PER_SECOND:.0f} s to start and {total * BYTES_PER_ROW / 1e6:.0f} MB of memory"
            yield warn("store", f"{text}: {cost}", _MOVE).explained("store_large")
        else:
            yield ok("store", text)
    dead = len(await store.deliveries_in_state(DeliveryStatus.DEAD, limit=500))
    if dead:
        many = "500 or more" if dead >= 500 else str(dead)
        yield warn(
            "delivery", f"{many} messages were given up", "heia announce report shows why; resend from the card."
        ).explained("given_up", number=dead)


async def leaver_findings(store: Store, settings: Settings) -> AsyncIterator[Finding]:
    """Check that this machine's key matches the marks of former members in the store."""
    key = Key(kind=FormerKey.KIND, id=FormerKey.ID)
    stored = (await store.get([key])).get(key)
    marks = known_marks(settings)
    if stored is None:
        return
    if marks is None or decode(FormerKey, stored).fingerprint != marks.fingerprint:
        yield fail(
            "leavers", "the key is not the one this store was used with: heia serve refuses to start", _LEAVERS
        ).explained("other_key")
        return
    number, own = [await store.count(FormerIdentity.KIND, term) for term in ("all", f"key:{marks.fingerprint}")]
    if number != own:
        yield fail(
            "leavers", f"{number - own} marks of people who left were made with another key", _LEAVERS
        ).explained("other_key")
    else:
        yield ok("leavers", f"{number} marks keep people who left from choosing a municipality")


async def nightly_findings(store: Store, *, now: datetime) -> AsyncIterator[Finding]:
    """Check that each nightly job completed a run lately."""
    done = await completed_runs(store)
    missing = [nightly.name for nightly in NIGHTLY_JOBS if nightly.name not in done]
    late = [f"{name} last on {last:%Y-%m-%d}" for name, last in done.items() if now - last > LATE_NIGHT]
    if late:
        advice = "Is a process running, and what does its log say about timers? A start runs what was missed."
        yield fail("retention", f"overdue: {', '.join(sorted(late))}", advice).explained("overdue")
    if missing:
        yield warn(
            "retention", f"not run yet: {', '.join(missing)}", "heia serve or heia work runs it when it starts."
        ).explained("not_run")
    if not late and not missing:
        yield ok("retention", f"last run {min(done.values()):%Y-%m-%d %H:%M} UTC")


async def work_findings(store: Store) -> AsyncIterator[Finding]:
    """Check that a process delivers, in a store shared by several."""
    if not isinstance(store, Staffed):
        return
    workers = await store.workers()
    couriers = sum(name.startswith(COURIER) for name in workers)
    if couriers:
        yield ok("delivery", f"processes that deliver: {couriers}")
    elif workers:
        yield fail("delivery", "people are answered, but no process delivers to others", "Start heia work.").explained(
            "no_delivery"
        )
    else:
        yield warn(
            "delivery", "no process is running", "Start heia serve, and heia work with HEIA_WORK_APART."
        ).explained("no_process")
    reaches = {frozenset(name.partition("-")[0].split(".")[1:]) for name in workers}
    if len(reaches) > 1:
        advice = "Give heia serve and heia work the same settings of channels, on every machine."
        lacking = sorted(frozenset[str]().union(*reaches).difference(frozenset.intersection(*reaches)))
        yield fail(
            "delivery", f"not every process can write to {', '.join(lacking)}, so that messages go astray", advice
        ).explained("astray")


async def registry_findings(store: Store, content: Content, *, now: datetime) -> AsyncIterator[Finding]:
    """Check for units without an ambassador, municipalities without a contact, and people in unknown units."""
    covered = await read_coverage(store, content, at=now)
    known = covered.known
    if not known.people:
        yield warn("registry", "it is empty", "heia registry import people.csv --dry-run").explained("registry_empty")
        return
    yield ok("registry", f"{len(known.people)} people, {len(known.ambassadors())} ambassadors")
    for municipality in covered.municipalities:
        for finding in _municipality(municipality, known, content.channels):
            yield finding
        adrift = await store.count(Handoff.KIND, f"adrift@{municipality.municipality_id}")
        if adrift:
            advice = "Give a person there the role contact, and check that they have opened Heia once."
            yield fail(
                "registry", f"{municipality.municipality_id}: {adrift} questions reach no one", advice
            ).explained("adrift", at=municipality.municipality_id, number=adrift)
    organisation = content.organisation
    homeless = {person.id for person in known.people.values() if not person.unit_id}
    if homeless:
        advice = "heia directory unplaced lists them. Map their departments, or let them choose where they work."
        yield warn("registry", f"{len(homeless)} people have no unit", advice).explained(
            "unitless", number=len(homeless)
        )
    lost = [
        person.id
        for person in known.people.values()
        if person.unit_id and organisation.find_unit(person.unit_id) is None
    ]
    lost += Network.from_ambassadors(organisation, known.ambassadors()).unplaced
    if lost:
        advice = "Add the unit's old id under formerly in organisation.yaml, or import them again."
        yield warn("registry", f"{len(set(lost))} people work in a unit that is gone", advice).explained(
            "unit_gone", number=len(set(lost))
        )


def _municipality(report: MunicipalityCoverage, known: Known, channels: Channels) -> Iterator[Finding]:
    id_ = report.municipality_id
    contacts = [
        person for person in known.people.values() if person.municipality_id == id_ and person.has(Role.CONTACT)
    ]
    if report.ambassadors == 0 and report.units:
        yield warn("registry", f"{id_}: there is no ambassador", "Every question goes to the contact.").explained(
            "no_ambassador", at=id_
        )
    elif report.covered < report.units:
        text = f"{id_}: {report.units - report.covered} of {report.units} units have no ambassador"
        finding = warn("registry", text, f"heia registry coverage --municipality {id_}")
        missing = report.units - report.covered
        yield finding.explained("units_without", at=id_, number=missing, units=report.units)
    if not any(channels.reaches(person) for person in contacts):
        text = f"{id_}: {'no contact can be reached' if contacts else 'there is no contact'}"
        yield warn(
            "registry", text, "A question no ambassador takes would wait; give the role, or open Heia once."
        ).explained("contact_unreached" if contacts else "no_contact", at=id_)
    for kind, condition, key in (
        (GapKind.ABSENT, "away without a substitute", "absent"),
        (GapKind.OVERLOADED, "with all they want", "overloaded"),
    ):
        if number := len({gap.person_id for gap in report.of_kind(kind) if gap.since is None}):
            finding = warn(
                "registry", f"{id_}: {number} ambassadors {condition}", "Ask for a substitute, or for more hands."
            )
            yield finding.explained(key, at=id_, number=number)


# Checks of the audit log: its key, its signed heads, and whether the log is as it was signed.

_RESTORE = "Restore both files from the backup; with a new key, keep the old lines of audit.pub."
_VERIFY = "heia audit verify names the rows. After a restored backup, see docs/audit.md."


def audit_findings(settings: Settings) -> Iterator[Finding]:
    """Check the keys, the newest signed head and where heads go, also while the server runs."""
    try:
        keys = {key_id(public): public for public in audit_publics(settings)}
        last = audit_heads(settings).last_head()
    except BadKey as fault:
        yield fail("audit", f"{KEY_FILE} or {PUBLIC_FILE}: {fault}", _RESTORE)
        return
    except OSError as fault:
        yield fail("audit", f"{fault.filename}: {fault.strerror}", "Give the service's user the file.")
        return
    if last is None:
        yield ok("audit", "no head is signed yet")
    elif not last.is_signed_by(keys):
        text = f"the newest signed head (row {last.point.number:,}) is not signed by a known key"
        yield fail("audit", text, _RESTORE)
    else:
        yield ok("audit", f"the newest signed head covers row {last.point.number:,}, signed at {last.at}")
    if settings.database_url is not None and settings.audit_key is None:
        advice = "Set HEIA_AUDIT_KEY to the same secret on every machine."
        yield warn("audit", "each machine signs heads with a key of its own", advice)
    if settings.audit_heads_url is None:
        advice = "Set HEIA_AUDIT_HEADS_URL, or copy the file of heads to another owner daily: docs/audit.md."
        yield warn("audit", "heads stay on this machine: removed newest entries cannot be noticed", advice).explained(
            "heads_here"
        )


async def audit_store_findings(store: Store, settings: Settings) -> AsyncIterator[Finding]:
    """Compare the log with its newest signed head; ``heia audit verify`` checks all of it."""
    strays = await store.audit_strays(limit=100)
    if strays:
        many = "100 or more" if len(strays) == 100 else str(len(strays))
        yield fail("audit", f"{many} entries are not in the chain", _VERIFY).explained("log_changed")
    last: SignedStatement | None = None
    with suppress(OSError):
        last = audit_heads(settings).last_head()
    if last is not None and not await is_in_chain(store, last.point):
        yield fail("audit", f"the log is not as it was signed at {last.at}: shortened or rewritten", _VERIFY).explained(
            "log_changed"
        )
