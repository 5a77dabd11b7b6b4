"""Publication: at once or at a time, back to an earlier text, retirement, and the files' text again."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Decision, Notice, do, later, never, put
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.fresh_proof import WithFreshProof
from dialogs.core.query import Asking, Flow, find
from dialogs.core.refusal import EventRefused
from dialogs.core.texts import OSLO
from dialogs.editing.model import WAS_PUBLIC, ArticleHead, ArticleRevision, ArticleText, RevisionState
from dialogs.editing.reminding import comparing, reminder
from dialogs.editing.target import (
    EditTarget,
    audit,
    count_edition,
    end_use,
    found_target,
    next_revision,
    pressed_by_editor,
    revision_of,
    target_of,
)
from dialogs.editing.validation import ArticleProblem, problems_of
from dialogs.handoff.addition import Addition
from dialogs.handoff.suggesting import close_published
from knowledge.article.article import Article
from knowledge.article.writing import digest_of

FURTHEST: Final = timedelta(days=366)
# Faults listed in a notice; the page of the article lists all.
MAX_LISTED: Final = 5


class ScheduledChoice(StrEnum):
    """What becomes of a planned publication when another text is published before it."""

    KEEP = "keep"
    CANCEL = "cancel"


def publish(event: Event, content: Content) -> Flow:
    """Publish the draft, at once or at the time the press names."""
    target = yield from target_of(event, content)
    draft = yield from _revision_at(target, target.head.draft_id, "article.no_draft")
    base_id = str(event.pressed.text("base_id"))
    if base_id and base_id != draft.id:
        # The editor has not seen what would be published.
        raise EventRefused(do(Notice(text=target.texts("article.draft_changed", number=draft.number))))
    reason = str(event.pressed.text("reason"))[:300] or draft.reason
    if asked := str(event.pressed.text("publish_at")):
        return (yield from _plan(target, draft, _asked_time(target, asked, event.at), reason))
    choice = _choice_about_plan(target, str(event.pressed.text("planned")))
    _require_sound(target, draft)
    cancels = choice is ScheduledChoice.CANCEL
    made, published = yield from publish_revision(target, draft, reason=reason, cancels=cancels)
    return published + _told(target, "article.published", title=_heading(made, target), cancels=cancels)


def publish_revision(
    target: EditTarget,
    revision: ArticleRevision,
    *,
    reason: str = "",
    cancels: bool = False,
    addition: Addition | None = None,
) -> Asking[tuple[ArticleRevision, Decision]]:
    """Publish the texts of a revision; return it as published, and the decision.

    Args:
        cancels: a planned publication of another text does not come.
        addition: what the editor makes of the suggestion; None: as it is stored.
    """
    texts = left_behind(revision, target.content.articles.texts_of(target.article_id, target.municipality_id))
    dated = replace(revision, state=RevisionState.PUBLISHED, texts=texts, changed=target.today, redirect=None)
    made, live = yield from _put_live(target, dated, reason, cancels=cancels)
    if addition is None and made.suggestion_id:
        addition = yield from find(Addition, made.suggestion_id)
    closed = yield from close_published(target.event, target.content, addition, made.article_id)
    return made, live + do(audit(target, "published", made)) + closed


def left_behind(revision: ArticleRevision, before: Iterable[Article]) -> tuple[ArticleText, ...]:
    """Return the texts with a mark on those that stay as they were while another language changes."""
    old = {article.language: (article.title, article.answer) for article in before}
    changed = {text.language for text in revision.texts if old.get(text.language) != (text.title, text.answer)}
    if not changed or not old:
        return revision.texts
    return tuple(replace(text, behind=text.language not in changed) for text in revision.texts)


def unschedule(event: Event, content: Content) -> Flow:
    """Cancel a planned publication; its text becomes the draft again, if there is none."""
    target = yield from target_of(event, content)
    waiting = yield from _revision_at(target, target.head.scheduled_id, "article.not_scheduled")
    head = replace(target.head, scheduled_id=None, scheduled_at=None)
    kept, decision = head.draft_id is not None, NOTHING
    if not kept:
        made = yield from next_revision(target, replace(waiting, state=RevisionState.DRAFT, publish_at=None))
        head = replace(head, draft_id=made.id, number=made.number)
        decision = put(made)
    decision += (yield from end_use(waiting.id)) + put(head)
    told = target.texts("article.unscheduled_beside" if kept else "article.unscheduled")
    return decision + do(audit(target, "unscheduled"), never(_publish_timer(target)), Notice(text=told))


def roll_back(event: Event, content: Content) -> Flow:
    """Publish an earlier revision again."""
    target = yield from target_of(event, content)
    earlier = yield from _revision_at(target, str(event.pressed.text("revision_id")), "article.no_revision")
    if earlier.state not in WAS_PUBLIC:
        raise EventRefused(do(Notice(text=target.texts("article.never_published"))))
    if earlier.state is RevisionState.RETIRED:
        earlier = replace(earlier, state=RevisionState.PUBLISHED)
    _require_sound(target, earlier)
    reason = target.texts("article.rolled", number=earlier.number)
    made, published = yield from publish_revision(target, earlier, reason=reason)
    return published + _told(target, "article.rolled_back", number=earlier.number, title=_heading(made, target))


def retire(event: Event, content: Content) -> Flow:
    """Retire the article; its questions lead to another one, if the editor names one."""
    target = yield from target_of(event, content)
    redirect = str(event.pressed.text("redirect")) or None
    if redirect is not None and (redirect == target.article_id or redirect not in content.articles.ids()):
        return do(Notice(text=target.texts("article.no_redirect", id=redirect)))
    live = yield from revision_of(target.head.live_id)
    texts = content.articles.texts_of(target.article_id, target.municipality_id)
    if not texts and (live is None or live.state is RevisionState.RETIRED):
        return do(Notice(text=target.texts("article.not_published")))
    base = ArticleRevision.from_articles(texts, id="", number=0, by="", at=event.at) if texts else live
    assert base is not None  # noqa: S101  one of the two is there
    reason = str(event.pressed.text("reason"))[:300]
    retired = replace(base, id=live.id if live else "", state=RevisionState.RETIRED, redirect=redirect)
    made, decision = yield from _put_live(target, retired, reason, cancels=True)
    decision += do(never(reminder(target.head.id)), audit(target, "retired", made))
    return decision + _told(target, "article.retired", title=_heading(made, target), cancels=True)


def withdraw_article(event: Event, content: Content) -> Flow:
    """End what editors published: readers get the files' text again, or for a municipality the one for everyone."""
    target = yield from target_of(event, content)
    live = yield from _revision_at(target, target.head.live_id, "article.not_published")
    told = target.texts("article.withdrawn" if target.file_texts else "article.withdrawn_none")
    return (yield from withdraw_live(target, live)) + do(Notice(text=told))


def withdraw_live(target: EditTarget, live: ArticleRevision) -> Flow:
    """End the use of a live revision."""
    ended_live = replace(live, state=RevisionState.WITHDRAWN, in_use=False)
    made = yield from next_revision(target, ended_live, reason=target.texts("article.withdrew"))
    ended = yield from end_use(live.id)
    head = replace(target.head, live_id=None, number=made.number)
    edition = yield from count_edition(target.event.at)
    effects = do(never(reminder(target.head.id)), audit(target, "withdrawn", made))
    return put(made) + ended + put(head) + edition + effects


def keep(event: Event, content: Content) -> Flow:
    """Publish the store's text again although the files changed after it."""
    target = yield from target_of(event, content)
    live = yield from _revision_at(target, target.head.live_id, "article.not_published")
    _require_sound(target, live)
    made, published = yield from publish_revision(target, live, reason=target.texts("article.kept_reason"))
    return published + _told(target, "article.published", title=_heading(made, target))


def publish_due(event: Event, content: Content) -> Flow:
    """Publish the revision due now."""
    data = event.rang.data
    head = yield from find(ArticleHead, data.get("article", ""))
    waiting = yield from revision_of(head.scheduled_id if head else None)
    if head is None or waiting is None or waiting.id != data.get("revision_id"):
        return NOTHING
    target = yield from found_target(event, content, head.article_id, head.municipality_id, editor=None)
    _, published = yield from publish_revision(target, waiting)
    return published


def _plan(target: EditTarget, draft: ArticleRevision, at: datetime, reason: str) -> Flow:
    _require_sound(target, draft)
    scheduled = replace(draft, state=RevisionState.SCHEDULED, base_id=draft.id, publish_at=at)
    made = yield from next_revision(target, scheduled, reason=reason)
    ended = (yield from end_use(draft.id)) + (yield from end_use(target.head.scheduled_id))
    head = replace(target.head, number=made.number, draft_id=None, scheduled_id=made.id, scheduled_at=at)
    due = later(_publish_timer(target), at, "article.due", article=target.head.id, revision_id=made.id)
    told = _told(target, "article.scheduled", moment=target.texts.moment(at), cancels=True)
    return put(made) + ended + put(head) + do(due, audit(target, "scheduled", made)) + told


def _choice_about_plan(target: EditTarget, chosen: str) -> ScheduledChoice:
    """Return what the editor wants with the planned publication; refuse without a choice if there is one."""
    if chosen in set(ScheduledChoice):
        return ScheduledChoice(chosen)
    if target.head.scheduled_at is None:
        return ScheduledChoice.KEEP
    told = target.texts("article.planned_choose", moment=target.texts.moment(target.head.scheduled_at))
    raise EventRefused(do(Notice(text=told)))


def _told(target: EditTarget, key: str, *, cancels: bool = False, **values: object) -> Decision:
    """Give notice of an act and its effect on a planned publication."""
    told = [target.texts(key, **values)]
    if target.head.scheduled_at is not None:
        key = "article.plan_cancelled" if cancels else "article.plan_stands"
        told.append(target.texts(key, moment=target.texts.moment(target.head.scheduled_at)))
    return do(Notice(text=" ".join(told)))


def _put_live(
    target: EditTarget, revision: ArticleRevision, reason: str, *, cancels: bool = False
) -> Asking[tuple[ArticleRevision, Decision]]:
    """Return a new revision that readers get from now on, in place of the one before, and the decision.

    A draft and a planned text are done if they are this revision; ``cancels``: any planned text is done.
    """
    head = target.head
    plan_is_done = head.scheduled_id is not None and (cancels or revision.id == head.scheduled_id)
    draft_is_done = head.draft_id is not None and revision.id == head.draft_id
    digest = digest_of(target.file_texts)
    public = replace(revision, base_id=revision.id or None, in_use=True, publish_at=None, file_digest=digest)
    made = yield from next_revision(target, public, reason=reason)
    decision = put(made) + (yield from end_use(head.live_id))
    begins_here = head.published_at is None and head.live_id is None and not target.file_texts
    published_at = target.event.at if begins_here else head.published_at
    after = replace(head, number=made.number, live_id=made.id, published_at=published_at)
    if draft_is_done:
        decision += yield from end_use(head.draft_id)
        after = replace(after, draft_id=None)
    if plan_is_done:
        decision += (yield from end_use(head.scheduled_id)) + do(never(_publish_timer(target)))
        after = replace(after, scheduled_id=None, scheduled_at=None)
        if revision.id != head.scheduled_id:
            decision += do(audit(target, "unscheduled"))
    decision += put(after) + (yield from count_edition(target.event.at)) + do(comparing(target.event.at))
    if made.state is RevisionState.PUBLISHED:
        at = datetime(made.review_by.year, made.review_by.month, made.review_by.day, 8, tzinfo=OSLO)
        key, due = reminder(target.head.id), at.astimezone(UTC)
        decision += do(later(key, due, "article.review", article=target.head.id, revision_id=made.id))
    return made, decision


def _revision_at(target: EditTarget, id_: str | None, key: str) -> Asking[ArticleRevision]:
    """Return a revision of this article, or refuse with the text ``key``."""
    revision = yield from revision_of(id_)
    if revision is None or revision.key != target.head.id:
        raise EventRefused(do(Notice(text=target.texts(key))))
    return revision


def _require_sound(target: EditTarget, revision: ArticleRevision) -> None:
    """Refuse texts with a fault that ``heia kb check`` would find."""
    faults = [problem for problem in problems_of(revision, target.content, today=target.today) if not problem.notice]
    if faults:
        raise EventRefused(do(Notice(text=listed(target, faults))))


def listed(target: EditTarget, faults: list[ArticleProblem]) -> str:
    """Return the faults as a notice."""
    lines = [f"- {fault.told(target.texts)}" for fault in faults[:MAX_LISTED]]
    return "\n".join((target.texts.plural("article.faults", len(faults)), *lines))


def _asked_time(target: EditTarget, text: str, now: datetime) -> datetime:
    """Return the time of a form field, in Norway if it names no zone, or refuse."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise EventRefused(do(Notice(text=target.texts("article.no_time")))) from None
    at = (at if at.tzinfo is not None else at.replace(tzinfo=OSLO)).astimezone(UTC)
    if not now < at < now + FURTHEST:
        raise EventRefused(do(Notice(text=target.texts("article.no_time"))))
    return at


def _publish_timer(target: EditTarget) -> str:
    return f"article/{target.head.id}/publish"


def _heading(revision: ArticleRevision, target: EditTarget) -> str:
    return revision.heading(target.texts.language)


# What readers get changes: with a recent sign-in only, where the operator demands it.
VERBS: Final[Verbs] = {
    "article.publish": WithFreshProof(publish, pressed_by_editor),
    "article.unschedule": unschedule,
    "article.roll_back": WithFreshProof(roll_back, pressed_by_editor),
    "article.retire": WithFreshProof(retire, pressed_by_editor),
    "article.withdraw": WithFreshProof(withdraw_article, pressed_by_editor),
    "article.keep": WithFreshProof(keep, pressed_by_editor),
}
TIMERS: Final[Verbs] = {"article.due": publish_due}
