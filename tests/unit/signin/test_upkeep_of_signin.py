"""The nightly chore removes sign-ins that ran out."""

from datetime import timedelta

from bot.app.clock import SystemRandomSource
from bot.app.maintenance import Maintenance
from bot.ports import Timer
from bot.signin.sessions import Sessions
from bot.stores.memory.store import MemoryStore
from dialogs.core.nightly_run import CLEAN
from dialogs.signin.model import SignInMethod, WebSession
from tests.unit.web.conftest import NOON, HeldClock


async def test_the_nightly_clean_removes_sessions_that_ran_out() -> None:
    store, clock = MemoryStore(), HeldClock()
    sessions = Sessions(
        store=store, rng=SystemRandomSource(), valid_for=timedelta(hours=1), methods=frozenset(SignInMethod)
    )
    await sessions.start("guest-1", SignInMethod.GUEST, at=NOON)
    chore = Maintenance(store=store, clock=clock).jobs[CLEAN.verb]
    for hours, left in ((1, 1), (24, 0)):
        clock.at = NOON + timedelta(hours=hours)
        await chore(Timer(key="clean", at=clock.at, verb=CLEAN.verb, data={}))
        assert len(await store.find(WebSession.KIND, "person:guest-1")) == left
