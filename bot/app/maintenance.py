"""Maintenance jobs of the store: erase chats of former members, old rows, audit entries and unused images."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.app.credentials import ExpiryNotices
from bot.app.erasure import shipped_texts
from bot.app.program_reminders import ProgramReminders
from bot.audit.retention import AuditRetention
from bot.erasure.redaction import Redaction, drop_shared_runs
from bot.images.intake import ImageRetention
from bot.ports import Clock, Commit, Key, Store, Timer, TimerWrite
from bot.records.codec import decode, write_of
from bot.records.origins import find_origins
from bot.report.closing import StatisticsClosing
from bot.scim.jobs import PLACE_VERB, DirectoryJobs
from bot.signin.sessions import remove_expired
from bot.turn.job import FORGET_VERB, Job
from dialogs.core.alert import ALERT_SLOT
from dialogs.core.content import Content
from dialogs.core.decision import Put
from dialogs.core.event import ChannelName
from dialogs.core.nightly_run import (
    AUDIT,
    CLEAN,
    CREDENTIALS,
    IMAGES,
    NIGHTLY_JOBS,
    PROGRAMS,
    RETENTION,
    STATISTICS,
    NightlyJob,
    NightlyRun,
)
from dialogs.privacy.retention import due, next_night
from dialogs.provisioning.flow import APPROVED_VERB
from dialogs.router import FEATURES

PURGE_VERB: Final = "runtime.purge"
ORIGINS_VERB: Final = "runtime.origins"
# Says that what earlier versions stored has been looked through.
ORIGINS_FOUND: Final = Key(kind=NightlyRun.KIND, id="origins")
# The last backup by `heia backup`, which no timer runs.
BACKUP: Final = Key(kind=NightlyRun.KIND, id="backup")
PURGE_AFTER: Final = timedelta(seconds=1)
# Between two checks that retention has removed the records of images to delete.
RETENTION_AWAITED: Final = timedelta(minutes=5)
EVENTS_KEPT: Final = timedelta(days=2)
# As stated in the data inventory. Messages between people can be removed from a chat this long.
DELIVERIES_KEPT: Final = timedelta(days=365)
# Heia's own answers appear only in the asker's chat, and are most of all messages.
ANSWERS_KEPT: Final = timedelta(days=31)


# Verbs of all jobs, for timers and for tests that press them as a stranger.
JOB_VERBS: Final = (
    FORGET_VERB, CLEAN.verb, IMAGES.verb, AUDIT.verb, CREDENTIALS.verb, STATISTICS.verb, PROGRAMS.verb, PURGE_VERB,
    APPROVED_VERB, PLACE_VERB, ORIGINS_VERB,
)  # fmt: skip


def answer_slots(channels: Iterable[ChannelName]) -> tuple[str, ...]:
    """Return the prefixes of answers' slots, which are named after the event, such as ``status/web:…``."""
    answers = [slot for feature in FEATURES for slot in feature.answers]
    return ("ask/", ALERT_SLOT, *(f"{slot}/{channel}:" for channel in channels for slot in answers))


class Maintenance:
    """Jobs started by timers. All are idempotent.

    ``channels`` are those with answers to clean up; a channel that is closed now may have left some.
    """

    def __init__(
        self,
        *,
        store: Store,
        clock: Clock,
        images: ImageRetention | None = None,
        audit: AuditRetention | None = None,
        expiries: ExpiryNotices | None = None,
        channels: Iterable[ChannelName] = (),
        directories: DirectoryJobs | None = None,
        statistics: StatisticsClosing | None = None,
        programs: ProgramReminders | None = None,
        content: Callable[[], Content] | None = None,
    ) -> None:
        self._content = content
        self._programs = programs
        self._directories = directories
        self._statistics = statistics
        self._expiries = expiries
        self._answers = answer_slots(channels)
        self._store = store
        self._audit = audit
        self._images = images
        self._clock = clock

    @property
    def jobs(self) -> Mapping[str, Job]:
        """The job of each verb."""
        return {
            FORGET_VERB: self._forget_person,
            CLEAN.verb: self._clean,
            IMAGES.verb: self._clear_images,
            AUDIT.verb: self._expire_audit,
            CREDENTIALS.verb: self._post_expiries,
            STATISTICS.verb: self._close_statistics,
            PROGRAMS.verb: self._post_program_reminders,
            PURGE_VERB: self._purge,
            ORIGINS_VERB: self._find_origins,
            APPROVED_VERB: self._remove_waiting,
            PLACE_VERB: self._place_people,
        }

    async def schedule(self) -> None:
        """Set the timers of the nightly jobs and of the directories. A job that missed its last night runs now."""
        now = self._clock.now()
        done = await completed_runs(self._store)
        nights = {nightly: due(done.get(nightly.name), now) for nightly in NIGHTLY_JOBS}
        # A missed job waits for nothing: each start would put it off again, and frequent starts for ever.
        timers = tuple(
            _timer(nightly, night) if night > now else TimerWrite(key=nightly.key, at=now, verb=nightly.verb)
            for nightly, night in nights.items()
        )
        await self._store.commit(Commit(at=now, timers=timers))
        if self._directories is not None:
            await self._directories.schedule()

    async def schedule_origins(self) -> None:
        """Let what an earlier version stored get the origin of its words, unless that was done."""
        now = self._clock.now()
        if not await self._store.get([ORIGINS_FOUND]):
            timer = TimerWrite(key=ORIGINS_FOUND.id, at=now, verb=ORIGINS_VERB)
            await self._store.commit(Commit(at=now, timers=(timer,)))

    async def _forget_person(self, timer: Timer) -> None:
        person_id = timer.data["person_id"]
        await self._store.forget_recipient(person_id)
        await Redaction(store=self._store).remove(person_id, erased_at=timer.at, spare=timer.key)
        shipped = shipped_texts(self._content()) if self._content is not None else ()
        await drop_shared_runs(self._store, person_id, shipped=shipped, at=self._clock.now())
        if self._images is not None:
            await self._images.sweep()
        # Later, when this timer, which names the person, is gone too.
        purge = TimerWrite(key="purge", at=self._clock.now() + PURGE_AFTER, verb=PURGE_VERB)
        await self._store.commit(Commit(at=self._clock.now(), timers=(purge,)))

    async def _purge(self, timer: Timer) -> None:
        await self._store.purge()

    async def _find_origins(self, timer: Timer) -> None:
        now = self._clock.now()
        shipped = self._content().files.phrasings() if self._content is not None else ()
        await find_origins(self._store, shipped=shipped, at=now)
        run = write_of(Put(record=NightlyRun(id=ORIGINS_FOUND.id, done_at=now)), {})
        await self._store.commit(Commit(at=now, records=(replace(run, expected=None),)))

    async def _remove_waiting(self, timer: Timer) -> None:
        if self._directories is not None:
            await self._directories.approve(timer.data["municipality"], timer.data["by"])

    async def _place_people(self, timer: Timer) -> None:
        if self._directories is not None:
            await self._directories.place(timer.data["municipality"], timer.data["after"])

    async def _clean(self, timer: Timer) -> None:
        now = self._clock.now()
        await self._store.forget(
            events_before=now - EVENTS_KEPT,
            deliveries_before=now - DELIVERIES_KEPT,
            prefixes=self._answers,
            prefix_before=now - ANSWERS_KEPT,
        )
        await remove_expired(self._store, now=now)
        await self._complete(CLEAN)

    async def _expire_audit(self, timer: Timer) -> None:
        if self._audit is not None:
            await self._audit.expire()
        await self._complete(AUDIT)

    async def _post_expiries(self, timer: Timer) -> None:
        if self._expiries is not None:
            await self._expiries.post()
        await self._complete(CREDENTIALS)

    async def _close_statistics(self, timer: Timer) -> None:
        if self._statistics is not None:
            await self._statistics.close()
        await self._complete(STATISTICS)

    async def _post_program_reminders(self, timer: Timer) -> None:
        if self._programs is not None:
            await self._programs.remind((await completed_runs(self._store)).get(PROGRAMS.name))
        await self._complete(PROGRAMS)

    async def _clear_images(self, timer: Timer) -> None:
        if self._images is not None:
            await self._images.expire()
            await self._images.sweep()
        now = self._clock.now()
        done = await completed_runs(self._store)
        if due(done.get(RETENTION.name), now) > now:
            await self._complete(IMAGES)
            return
        # After a time of standstill retention takes many pages: records yet to be removed may have images.
        again = TimerWrite(key=IMAGES.key, at=now + RETENTION_AWAITED, verb=IMAGES.verb)
        await self._store.commit(Commit(at=now, timers=(again,)))

    async def _complete(self, nightly: NightlyJob) -> None:
        """Record the run and set the timer of the next one."""
        now = self._clock.now()
        run = write_of(Put(record=NightlyRun(id=nightly.name, done_at=now)), {})
        timer = _timer(nightly, next_night(now))
        await self._store.commit(Commit(at=now, records=(replace(run, expected=None),), timers=(timer,)))


def _timer(nightly: NightlyJob, night: datetime) -> TimerWrite:
    """Return the timer for a run of the night that begins at ``night``."""
    return TimerWrite(key=nightly.key, at=night + nightly.delay, verb=nightly.verb)


async def keep_backup(store: Store, *, at: datetime) -> None:
    """Record that a backup was made. Raises StoreUnavailable."""
    run = write_of(Put(record=NightlyRun(id=BACKUP.id, done_at=at)), {})
    await store.commit(Commit(at=at, records=(replace(run, expected=None),)))


async def completed_tasks(store: Store) -> Mapping[str, datetime]:
    """Return the last completed run of each nightly job, and the last backup. Raises StoreUnavailable."""
    stored = (await store.get([BACKUP])).get(BACKUP)
    backup = {} if stored is None else {BACKUP.id: decode(NightlyRun, stored).done_at}
    return {**await completed_runs(store), **backup}


async def completed_runs(store: Store) -> Mapping[str, datetime]:
    """Return the time of each nightly job's last completed run; a job that never ran is missing."""
    keys = [Key(kind=NightlyRun.KIND, id=nightly.name) for nightly in NIGHTLY_JOBS]
    return {key.id: decode(NightlyRun, stored).done_at for key, stored in (await store.get(keys)).items()}
