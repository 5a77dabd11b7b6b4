"""Additions that editors approved in the chat, for the command line."""

from datetime import datetime, timedelta
from typing import Final

import frontmatter

from bot.ports import Commit, Key, RandomSource, Store
from bot.records.codec import decode, write_of
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Audit, Put
from dialogs.handoff.addition import LIVE, Addition

LOOKED_AT_AGAIN: Final = timedelta(days=180)


async def live_additions(store: Store) -> tuple[Addition, ...]:
    """Return the approved additions in use. Raises StoreUnavailable."""
    return tuple([decode(Addition, stored) for stored in await store.find(Addition.KIND, LIVE)])


async def undo_addition(store: Store, id_: str, *, by: str, at: datetime, rng: RandomSource) -> None:
    """Undo an addition, with an audit entry. Raises KeyError for an unknown id, Conflict, StoreUnavailable."""
    key = Key(kind=Addition.KIND, id=id_)
    stored = (await store.get([key]))[key]
    undone = decode(Addition, stored).undo(by=by, at=at)
    entry = AuditEntry.from_act(Audit(act="suggestion.undone", subject=id_, by=by), id=rng.new_id("audit"), at=at)
    writes = (write_of(Put(record=undone), {key: stored.version}), write_of(Put(record=entry), {}))
    await store.commit(Commit(at=at, records=writes))


def article_file(addition: Addition) -> str:
    """Return an addition as a draft article file; ``heia kb check`` lists the missing parts."""
    added = addition.added_at.date()
    first = next(iter(addition.question.splitlines()), "")
    post = frontmatter.Post(
        addition.answer,
        title=first[:80],
        changed=added,
        review_by=added + LOOKED_AT_AGAIN,
        phrasings=[" ".join(addition.question.split())],
    )
    return f"{frontmatter.dumps(post, allow_unicode=True, sort_keys=False)}\n"
