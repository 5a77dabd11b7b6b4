"""Maintenance jobs of the store: erase chats of former members, old rows, audit entries and unused images."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.audit.retention import AuditRetention
from bot.images.keeping import ImageRetention
from bot.ports import Clock, Commit, Store, Timer, TimerWrite
from bot.signin.sessions import remove_expired
from bot.turn.job import FORGET_VERB, Job
from dialogs.core.decision import Schedule
from dialogs.core.event import ChannelName
from dialogs.privacy.retention import first, next_night

CLEAN_VERB: Final = "runtime.clean"
IMAGES_VERB: Final = "runtime.images"
AUDIT_VERB: Final = "runtime.audit"
AFTER_RETENTION: Final = timedelta(hours=1)
EVENTS_KEPT: Final = timedelta(days=2)
DELIVERIES_KEPT: Final = timedelta(days=365)
"""As stated in the data inventory. Messages between people can be removed from a chat this long."""
ANSWERING: Final = (
    "profile",
    "status",
    "privacy",
    "learn",
    "software",
    "notice",
    "handoff",
    "handoff/mine",
    "handoff/masked",
    "ambassador/apply",
    "ambassador/nominate",
    "ambassador/tip",
    "ambassador/settings",
    "ambassador/mine",
    "ambassador/league",
    "ambassador/coverage",
    "announce/refused",
    "announce/ask",
    "announce/list",
)
"""Flows that answer in a slot named after the event, such as ``status/web:…``."""
ANSWERS: Final = (
    "ask/",
    *(f"{flow}/{channel}:" for flow in ANSWERING for channel in (ChannelName.WEB, ChannelName.TEAMS)),
)
ANSWERS_KEPT: Final = timedelta(days=31)
"""Heia's own answers appear only in the asker's chat, and are most of all messages."""


class Maintenance:
    """Jobs started by timers. All are idempotent."""

    def __init__(
        self, *, store: Store, clock: Clock, images: ImageRetention | None = None, audit: AuditRetention | None = None
    ) -> None:
        self._store = store
        self._audit = audit
        self._images = images
        self._clock = clock

    @property
    def jobs(self) -> Mapping[str, Job]:
        """The job of each verb."""
        return {
            FORGET_VERB: self._forget_person,
            CLEAN_VERB: self._clean,
            IMAGES_VERB: self._clear_images,
            AUDIT_VERB: self._expire_audit,
        }

    async def begin(self) -> None:
        """Set the nightly timers; each start moves them to the coming night, and the one of the audit log to now."""
        now = self._clock.now()
        timers = (
            _timer(first(now)),
            TimerWrite(key="clean", at=next_night(now), verb=CLEAN_VERB),
            _images_timer(now),
            TimerWrite(key="audit", at=now, verb=AUDIT_VERB),
        )
        await self._store.commit(Commit(at=now, timers=timers))

    async def _forget_person(self, timer: Timer) -> None:
        await self._store.forget_recipient(timer.data["person_id"])
        if self._images is not None:
            await self._images.sweep()

    async def _clean(self, timer: Timer) -> None:
        now = self._clock.now()
        await self._store.forget(
            events_before=now - EVENTS_KEPT,
            deliveries_before=now - DELIVERIES_KEPT,
            prefixes=ANSWERS,
            prefix_before=now - ANSWERS_KEPT,
        )
        await remove_expired(self._store, now=now)
        await self._store.commit(Commit(at=now, timers=(TimerWrite(key="clean", at=next_night(now), verb=CLEAN_VERB),)))

    async def _expire_audit(self, timer: Timer) -> None:
        if self._audit is not None:
            await self._audit.expire()
        now = self._clock.now()
        await self._store.commit(Commit(at=now, timers=(TimerWrite(key="audit", at=next_night(now), verb=AUDIT_VERB),)))

    async def _clear_images(self, timer: Timer) -> None:
        if self._images is not None:
            await self._images.expire()
            await self._images.sweep()
        now = self._clock.now()
        await self._store.commit(Commit(at=now, timers=(_images_timer(now),)))


def _images_timer(now: datetime) -> TimerWrite:
    """Return the timer for clearing images, an hour after the nightly retention job."""
    return TimerWrite(key="images", at=next_night(now) + AFTER_RETENTION, verb=IMAGES_VERB)


def _timer(schedule: Schedule) -> TimerWrite:
    what = schedule.what
    return TimerWrite(key=schedule.key, at=schedule.at, verb=what.verb if what else "", data=what.data if what else {})
