"""Reminders to owners of articles: at their review dates, and when a file changed after a publication."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Post, Schedule, do, later, put
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.import_preview import file_changed
from dialogs.core.message import Message
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, Flow, find, find_all
from dialogs.core.texts import OSLO
from dialogs.editing.model import LIVE, ArticleHead, ArticleRevision
from dialogs.editing.target import revision_of
from knowledge.article.writing import digest_of

COMPARISON: Final = "article/compare"
# In Norway, when editors come to work.
MORNING: Final = 8


def reminder(key: str) -> str:
    """Return the key of the timer of an article's review date."""
    return f"article/{key}/review"


def remind(event: Event, content: Content) -> Flow:
    """Remind the owner, else the editors, to review an article again."""
    key, revision_id = event.rang.data.get("article", ""), event.rang.data.get("revision_id")
    head = yield from find(ArticleHead, key)
    live = yield from revision_of(head.live_id if head else None)
    if live is None or live.id != revision_id:
        return NOTHING
    posts = []
    for person in (yield from _responsible(content, live)):
        texts = content.texts[person.language]
        title = card.unmarked(live.heading(texts.language))
        line = texts("article.review_due", title=title, day=texts.day(live.review_by))
        shown = card.card([card.heading(texts("article.review_title")), card.paragraph(line)])
        posts.append(Post(to=person.id, slot=f"article/{key}/review", message=Message(text=line, card=shown)))
    return do(*posts)


def comparing(at: datetime) -> Schedule:
    """Return the timer of the next morning's comparison of publications with the files."""
    local = at.astimezone(OSLO)
    morning = local.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    due = morning if morning > local else morning + timedelta(days=1)
    return later(COMPARISON, due.astimezone(UTC), "article.compare")


def compare_files(event: Event, content: Content) -> Flow:
    """Notify the owner, else the editors, once of each publication with a file changed since."""
    decision = NOTHING
    live = yield from find_all(ArticleRevision, LIVE)
    for revision in live:
        digest = digest_of(content.files.texts_of(revision.article_id, revision.municipality_id))
        head = yield from find(ArticleHead, revision.key)
        counts = head is not None and head.live_id == revision.id and head.told_digest != digest
        if head is None or not counts or not file_changed(revision.file_digest, digest, or_gone=True):
            continue
        decision += put(replace(head, told_digest=digest))
        for person in (yield from _responsible(content, revision)):
            texts = content.texts[person.language]
            line = texts("article.file_told", title=card.unmarked(revision.heading(texts.language)))
            shown = card.card([card.heading(texts("article.file_changed")), card.paragraph(line)])
            message = Message(text=line, card=shown)
            decision += do(Post(to=person.id, slot=f"article/{revision.key}/file", message=message))
    return decision + do(comparing(event.at)) if live else decision


def _responsible(content: Content, live: ArticleRevision) -> Asking[tuple[Person, ...]]:
    owner = (yield from find(Person, live.owner_id)) if live.owner_id else None
    if owner is not None and owner.has(Role.EDITOR) and not owner.left:
        return (owner,)
    municipalities = content.organisation.municipalities
    provider = next(
        (municipality_id for municipality_id in municipalities if content.organisation.provides(municipality_id)),
        "",
    )
    return (yield from find_all(Person, f"role:{Role.EDITOR}@{live.municipality_id or provider}"))


TIMERS: Final[Verbs] = {"article.review": remind, "article.compare": compare_files}
