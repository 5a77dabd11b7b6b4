"""Reminders to owners of articles: at their review dates, and when a file changed after a publication."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Post, Schedule, later
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.file_change import file_changed
from dialogs.core.message import Message
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, Flow, find_all
from dialogs.core.texts import OSLO
from dialogs.editing.model import LIVE, ArticleHead, ArticleRevision
from dialogs.editing.target import revision_of
from dialogs.handoff.unit_of_work import UnitOfWork
from knowledge.article.writing import digest_of

COMPARISON: Final = "article/compare"
# In Norway, when editors come to work.
MORNING: Final = 8


def reminder(key: str) -> str:
    """Return the key of the timer of an article's review date."""
    return f"article/{key}/review"


def remind(event: Event, content: Content) -> Flow:
    """Remind the owner, else the editors, to review an article again."""
    work = UnitOfWork(event, content)
    key, revision_id = event.rang.data.get("article", ""), event.rang.data.get("revision_id")
    head = yield from work.get(ArticleHead, key)
    live = yield from revision_of(work, head.live_id if head else None)
    if live is None or live.id != revision_id:
        return NOTHING
    for person in (yield from _responsible(work, live)):
        texts = content.texts[person.language]
        title = card.unmarked(live.heading(texts.language))
        line = texts("article.review_due", title=title, day=texts.day(live.review_by))
        shown = card.card([card.heading(texts("article.review_title")), card.paragraph(line)])
        work.do(Post(to=person.id, slot=f"article/{key}/review", message=Message(text=line, card=shown)))
    return work.decision()


def comparing(at: datetime) -> Schedule:
    """Return the timer of the next morning's comparison of publications with the files."""
    local = at.astimezone(OSLO)
    morning = local.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    due = morning if morning > local else morning + timedelta(days=1)
    return later(COMPARISON, due.astimezone(UTC), "article.compare")


def compare_files(event: Event, content: Content) -> Flow:
    """Notify the owner, else the editors, once of each publication with a file changed since."""
    work = UnitOfWork(event, content)
    live = yield from find_all(ArticleRevision, LIVE)
    for revision in live:
        digest = digest_of(content.files.texts_of(revision.article_id, revision.municipality_id))
        head = yield from work.get(ArticleHead, revision.key)
        counts = head is not None and head.live_id == revision.id and head.told_digest != digest
        if head is None or not counts or not file_changed(revision.file_digest, digest, or_gone=True):
            continue
        work.put(replace(head, told_digest=digest))
        for person in (yield from _responsible(work, revision)):
            texts = content.texts[person.language]
            line = texts("article.file_told", title=card.unmarked(revision.heading(texts.language)))
            shown = card.card([card.heading(texts("article.file_changed")), card.paragraph(line)])
            work.do(Post(to=person.id, slot=f"article/{revision.key}/file", message=Message(text=line, card=shown)))
    if live:
        work.do(comparing(event.at))
    return work.decision()


def _responsible(work: UnitOfWork, live: ArticleRevision) -> Asking[tuple[Person, ...]]:
    owner = (yield from work.person(live.owner_id)) if live.owner_id else None
    if owner is not None and owner.has(Role.EDITOR) and not owner.left:
        return (owner,)
    municipalities = work.content.organisation.municipalities
    provider = next(
        (municipality_id for municipality_id in municipalities if work.content.organisation.provides(municipality_id)),
        "",
    )
    return (yield from find_all(Person, f"role:{Role.EDITOR}@{live.municipality_id or provider}"))


TIMERS: Final[Verbs] = {"article.review": remind, "article.compare": compare_files}
