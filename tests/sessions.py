"""List and end the web sessions of a person, as a later turn finds them."""

from collections.abc import Sequence
from datetime import datetime

from bot.ports import Commit
from bot.records.codec import decode, write_of
from bot.records.query_answering import FlowRun
from bot.signin.sessions import Sessions
from dialogs.core.decision import Decision
from dialogs.core.query import Flow
from dialogs.signin.flow import end_sessions
from dialogs.signin.model import WebSession


async def sessions_of_person(sessions: Sessions, person_id: str, *, now: datetime) -> Sequence[WebSession]:
    """Return the person's open sessions, newest first."""
    stored = await sessions.store.find(WebSession.KIND, f"person:{person_id}")
    found = [decode(WebSession, each) for each in stored]
    opened = [each for each in found if not sessions.is_over(each, now=now)]
    return sorted(opened, key=lambda each: each.created_at, reverse=True)


async def end_all_sessions(sessions: Sessions, person_id: str, *, at: datetime) -> int:
    """End every session and unused link of a person in a commit of a flow; return their number."""

    def flow() -> Flow:
        decision: Decision = yield from end_sessions(person_id)
        return decision

    reading = FlowRun(store=sessions.store)
    decision = await reading.run(flow())
    writes = tuple(write_of(write, reading.versions) for write in decision.writes)
    await sessions.store.commit(Commit(at=at, records=writes, ended=(person_id,)))
    return len(writes)
