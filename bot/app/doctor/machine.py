"""Checks of the machine: settings, files, disk and clock."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.app.doctor.finding import Finding, fail, ok, warn
from bot.settings.model import FILE, Settings
from bot.settings.rules import unknown_names
from bot.settings.toml_file import open_files
from bot.support.disk import DISK_ADVICE, disk_fault

# A commit waits for one sync; the store promises commits within 10 ms at the first customer's size.
SLOW_SYNC_SECONDS: Final = 0.010
VERY_SLOW_SYNC_SECONDS: Final = 0.100
SYNCS: Final = 20
SYNC_BYTES: Final = 2_000
LITTLE_SPACE_BYTES: Final = 1_000_000_000
TELEMETRY: Final = "Microsoft/DeveloperTools/.onnxruntime"
TIMESYNC: Final = Path("/run/systemd/timesync")
FIRST_RELEASE: Final = datetime(2026, 11, 1, tzinfo=UTC)


def settings_findings(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Check for unknown setting names and for secrets readable by others."""
    unknown = unknown_names(Settings.model_fields, environment=environment, file=FILE)
    if unknown:
        yield warn("settings", f"nothing reads {', '.join(unknown)}", "Correct the name, or remove it.").explained(
            "settings_unknown", number=len(unknown)
        )
    else:
        yield ok("settings", "all are known")
    secrets = [FILE] if FILE.is_file() else []
    secrets += [settings.data_dir / name for name in ("web.key", "leaver.key", "audit.key")]
    secrets += [
        registration.certificate for registration in settings.registrations() if registration.certificate is not None
    ]
    for file in open_files(secrets):
        yield warn("settings", f"others on this machine can read {file}", f"chmod 600 {file}").explained("secret_open")


def disk_findings(settings: Settings) -> Iterator[Finding]:
    """Measure how fast the data folder's disk makes a commit durable, and its free space."""
    folder = settings.data_dir
    if settings.database_url is not None:
        return
    if not folder.is_dir():
        yield ok("disk", f"{folder} is made at the first start")
        return
    try:
        seconds = sync_seconds(folder)
    except OSError as error:
        sentence, advice = DISK_ADVICE[disk_fault(error)]
        yield fail("disk", f"{folder} cannot be written: {sentence} ({error.strerror})", advice).explained(
            "disk_closed"
        )
        return
    text = f"a sync in {folder} takes {seconds * 1000:.1f} ms"
    if seconds >= VERY_SLOW_SYNC_SECONDS:
        yield fail("disk", text, "Put HEIA_DATA_DIR on a local disk, or use PostgreSQL.").explained("disk_slow")
    elif seconds >= SLOW_SYNC_SECONDS:
        yield warn(
            "disk", f"{text}; every commit waits for one", "A local SSD is faster; or use PostgreSQL."
        ).explained("disk_slow")
    else:
        yield ok("disk", text)
    free = shutil.disk_usage(folder).free
    if free < LITTLE_SPACE_BYTES:
        yield fail(
            "disk", f"{free // 1_000_000:,} MB are free at {folder}", "Make room; the store needs twice its size."
        ).explained("disk_full")


def telemetry_findings(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Check for the identifier that onnxruntime left in the home folder under Heia 0.1."""
    cache = environment.get("XDG_CACHE_HOME") or f"{environment.get('HOME', '')}/.cache"
    folder = Path(cache) / TELEMETRY
    if folder.exists():
        text = f"{folder} holds an identifier of this machine that onnxruntime made and sent to Microsoft"
        yield warn("privacy", text, f"rm -r {folder}, here and in backups; it does not come back.")


def sync_seconds(folder: Path) -> float:
    """Return the median seconds until a small write is durable. Raises OSError."""
    times: list[float] = []
    with tempfile.NamedTemporaryFile(dir=folder, prefix="doctor-") as file:
        for _ in range(SYNCS):
            started = time.perf_counter()
            file.write(b"\0" * SYNC_BYTES)
            file.flush()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - started)
    return median(times)


def clock_findings(
    settings: Settings, now: datetime, *, timesync: Path = TIMESYNC, zone: Callable[[str], object] = ZoneInfo
) -> Iterator[Finding]:
    """Check the clock (went back, never set) and the time zone of office hours."""
    try:
        zone("Europe/Oslo")
    except ZoneInfoNotFoundError:
        yield fail("clock", "the time zone Europe/Oslo is unknown", "Install the package tzdata.")
    stores = list(settings.data_dir.glob("store-*")) if settings.data_dir.is_dir() else []
    newest = max((datetime.fromtimestamp(file.stat().st_mtime, UTC) for file in stores), default=now)
    if now < FIRST_RELEASE or newest - now > timedelta(minutes=2):
        advice = "Set the clock; timers, tokens and sign-in links depend on it."
        yield fail("clock", f"the clock says {now:%Y-%m-%d %H:%M} UTC, which has been before", advice).explained(
            "clock_wrong"
        )
    elif timesync.is_dir() and not (timesync / "synchronized").exists():
        yield warn("clock", "the clock is not synchronised", "timedatectl set-ntp true").explained("clock_loose")
    else:
        yield ok("clock", f"{now:%Y-%m-%d %H:%M} UTC")
