"""Two colleagues who write to each other through the bot, as records."""

from dataclasses import replace
from datetime import timedelta

from bot.ports import Commit
from bot.records.codec import write_of
from dialogs.core.decision import Put
from dialogs.core.person import Person
from dialogs.core.session import Session
from dialogs.core.web_utterance import WebUtterance
from dialogs.handoff.model import Handoff
from knowledge.article.article import Language
from tests.e2e.browser.stage import Stage

ASKER = "ansatt-1"
HELPER = "ambassador-1"


async def store(stage: Stage, *records: Session | Handoff | WebUtterance | Person) -> None:
    """Store records, whatever was there before."""
    now = stage.clock.now()
    await stage.store.commit(
        Commit(at=now, records=tuple(replace(write_of(Put(record=each), {}), expected=None) for each in records))
    )


async def talking(stage: Stage) -> Handoff:
    """Let the asker write to the helper."""
    now = stage.clock.now()
    handoff = (
        Handoff(
            id="h1",
            asker_id=ASKER,
            municipality_id="lillevik",
            unit_id="u",
            language=Language.NB,
            question="Hvorfor?",
            created_at=now,
            changed_at=now,
        )
        .offer(HELPER, now, until=now)
        .accept(HELPER, now, until=now + timedelta(days=1))
    )
    await store(stage, handoff, Session(id=ASKER, talking_in="h1", changed_at=now))
    return handoff
