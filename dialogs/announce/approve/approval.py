"""Approval by a second person, where a municipality requires it."""

from collections.abc import Sequence
from dataclasses import replace

from dialogs.announce import cards
from dialogs.announce.access import deny, refuse
from dialogs.announce.approve.authority import is_approver, lost_right, responsible_id
from dialogs.announce.card_slots import progress_card_holders
from dialogs.announce.compose.counting import counted_again, preview
from dialogs.announce.compose.image import dropped_image, replaced_image
from dialogs.announce.deliver.launching import (
    refresh_progress_cards,
    schedule_or_launch,
    sending_time,
    sent_on_approval,
    task_timers,
)
from dialogs.announce.deliver.revising import revise
from dialogs.announce.model import Announcement, AnnouncementState, Pending
from dialogs.announce.office_hours import ANSWERED, needs_answer, question
from dialogs.announce.report.figures import figures_of
from dialogs.announce.trial_copy import updated_trials
from dialogs.core import card
from dialogs.core.card import unmarked
from dialogs.core.content import Content
from dialogs.core.decision import Audit, Decision, Effect, Post, Reply, do, put
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, Flow, find, find_all
from dialogs.core.refusal import EventRefused
from dialogs.core.texts import Texts
from knowledge.article.article import Language
from knowledge.language.masking import cut


def approve(event: Event, content: Content) -> Flow:
    """Approve the announcement or correction as shown on the pressed card; with a remark, ask first."""
    request = yield from _pending_request(event, content)
    approver, announcement = request
    texts = content.texts[approver.language]
    if (yield from lost_right(announcement, content)) is not None:
        return refuse(event, texts("announce.refuse.author_gone"))
    off_hours = _off_hours(event, content, texts, announcement)
    if off_hours or (_remark(event) and event.pressed.text("sure").lower() != "true"):
        return (yield from _ask_first(event, content, approver, announcement, off_hours))
    if announcement.pending is not None:
        return (yield from _approve_correction(event, content, approver, announcement, announcement.pending))
    approved = replace(announcement.noted("approved", approver.id, event.at), approved_by=approver.id)
    # Approved after its scheduled time, it is sent at once.
    later = sent_on_approval(approved, event.at)
    released = schedule_or_launch(approved, event, later, by=approver.id, content=content)
    message = Message(text=texts("announce.approval.given", title=approved.wording(approver.language).title))
    audit = Audit(act="announce.approve", subject=announcement.id, by=approver.id, details=sending_time(later))
    others = yield from withdraw_requests(announcement, but=approver.id)
    shown = yield from _notify_holders(announcement, released[0], content, _remark(event))
    return (
        put(released[0])
        + do(*released[1], Reply(slot=request_slot(announcement), message=message), audit, *shown)
        + others
    )


def reject(event: Event, content: Content) -> Flow:
    """Return the announcement to its author with a reason."""
    request = yield from _pending_request(event, content)
    approver, announcement = request
    texts = content.texts[approver.language]
    if announcement.pending is not None:
        return (yield from _reject_correction(event, content, approver, announcement))
    draft = replace(
        announcement.to(AnnouncementState.DRAFT).noted("rejected", approver.id, event.at),
        scheduled_at=None,
        edition=announcement.edition + 1,
        counted=counted_again(announcement),
    )
    effects: list[Effect] = [
        Reply(slot=request_slot(draft), message=_returned(texts, draft)),
        Audit(act="announce.reject", subject=draft.id, by=approver.id),
    ]
    for person, slot in (yield from progress_card_holders(draft, content)):
        words = content.texts[person.language]
        shown = yield from preview(words, content, draft, event.at)
        effects.append(Post(to=person.id, slot=slot, message=shown))
        effects.append(_rejection_notice(event, words, person, draft))
    others = yield from withdraw_requests(announcement, but=approver.id)
    return put(draft) + do(*effects) + others


def _approve_correction(
    event: Event, content: Content, approver: Person, announcement: Announcement, correction: Pending
) -> Flow:
    texts = content.texts[approver.language]
    new = revise(announcement.noted("approved", approver.id, event.at), correction, event.at)
    figures = yield from figures_of(new)
    new = replace(new, settled_before=figures.final_before(new))
    gone = yield from replaced_image(announcement, new.image_id)
    gone += yield from updated_trials(new, content)
    message = Message(text=texts("announce.approval.given", title=new.wording(approver.language).title))
    shown = yield from _notify_holders(announcement, new, content, _remark(event))
    others = yield from withdraw_requests(announcement, but=approver.id)
    audit = Audit(act="announce.approve", subject=announcement.id, by=approver.id)
    reply = Reply(slot=request_slot(announcement), message=message)
    return put(new) + gone + do(*task_timers(new, event.at), reply, audit, *shown) + others


def _remark(event: Event) -> str:
    """Return what the approver wrote beside the buttons."""
    return unmarked(cut(event.pressed.text("why"), 500))


def _off_hours(event: Event, content: Content, texts: Texts, announcement: Announcement) -> str:
    """Return the question about an approval that would send it at once, outside office hours; empty without one."""
    at_once = announcement.pending is None and sent_on_approval(announcement, event.at) is None
    asks = at_once and needs_answer(event, announcement, event.at, content)
    return question(texts, event.at) if asks else ""


def _ask_first(event: Event, content: Content, approver: Person, announcement: Announcement, off_hours: str) -> Flow:
    """Ask whether to send it back or to approve it all the same."""
    shown = announcement.corrected_by(announcement.pending) if announcement.pending else announcement
    author = yield from find(Person, responsible_id(announcement))
    message = cards.approval(
        content.texts[approver.language],
        content,
        shown,
        author=author or approver,
        remark=_remark(event),
        off_hours=off_hours,
        answers={ANSWERED: "true"} if off_hours or event.pressed.text(ANSWERED) else {},
    )
    return do(Reply(slot=request_slot(announcement), message=message))


def _notify_holders(
    asked: Announcement, approved: Announcement, content: Content, remark: str
) -> Asking[tuple[Effect, ...]]:
    """Return the updated progress cards and a short notice below each, with the approver's remark."""
    effects: list[Effect] = list((yield from refresh_progress_cards(approved, content)))
    for person, slot in (yield from progress_card_holders(approved, content)):
        # The card may be far up in the chat, so a new message announces the approval.
        texts, title = content.texts[person.language], approved.wording(person.language).title
        text = texts("announce.approval.told", title=title)
        if remark:
            text = texts("announce.approval.told_remark", title=title, remark=remark)
        effects.append(Post(to=person.id, slot=f"{slot}/approved/{asked.edition}", message=Message(text=text)))
    return tuple(effects)


def _reject_correction(event: Event, content: Content, approver: Person, announcement: Announcement) -> Flow:
    """Reject a correction; the sent announcement stays as it is."""
    left = replace(announcement, pending=None, edition=announcement.edition + 1)
    left = left.noted("rejected", approver.id, event.at)
    effects: list[Effect] = [
        Reply(slot=request_slot(left), message=_returned(content.texts[approver.language], left)),
        Audit(act="announce.reject", subject=left.id, by=approver.id),
    ]
    effects += yield from refresh_progress_cards(left, content)
    for person, _ in (yield from progress_card_holders(left, content)):
        effects.append(_rejection_notice(event, content.texts[person.language], person, left))
    others = yield from withdraw_requests(announcement, but=approver.id)
    dropped = yield from dropped_image(announcement)
    return put(left) + dropped + do(*effects) + others


def _returned(texts: Texts, announcement: Announcement) -> Message:
    return Message(text=texts("announce.approval.returned", title=announcement.wording(texts.language).title))


def _rejection_notice(event: Event, texts: Texts, to: Person, announcement: Announcement) -> Post:
    """Return the reason for an announcer, with a button to the announcement."""
    why = _remark(event) or texts("announce.approval.no_reason")
    title = announcement.wording(to.language).title
    text = texts("announce.approval.rejected", title=title, why=why)
    opens = card.press(texts("announce.list.open"), "announce.open", announcement_id=announcement.id)
    message = Message.plain(text, [opens])
    return Post(to=to.id, slot=f"{announcement.desk}/why/{announcement.edition}", message=message)


def requests(asked: Announcement, approvers: Sequence[Person], author: Person, content: Content) -> tuple[Post, ...]:
    """Return the approval requests, showing the texts as readers will see them."""
    # Approvers judge the corrected announcement, not the one already sent.
    shown = asked.corrected_by(asked.pending) if asked.pending else asked
    return tuple(
        Post(
            to=person.id,
            slot=request_slot(asked),
            message=cards.approval(content.texts[person.language], content, shown, author=author),
            alerts=True,
        )
        for person in approvers
    )


def _pending_request(event: Event, content: Content) -> Asking[tuple[Person, Announcement]]:
    """Return the approver and the announcement that waits for approval.

    Raises:
        EventRefused: not an approver, own request, or changed since the request was shown.
    """
    person = yield from find(Person, event.person_id)
    texts = content.texts[person.language if person else Language.NB]
    announcement = yield from find(Announcement, event.pressed.text("announcement_id")[:100])
    own = person is not None and announcement is not None and is_approver(person, announcement)
    if person is None or announcement is None or not own:
        raise EventRefused(deny(event, texts, "unknown"))
    # Four eyes: neither author nor requester may approve.
    if person.id in {announcement.author_id, responsible_id(announcement)}:
        raise EventRefused(deny(event, texts, "own_approval"))
    awaits = announcement.state is AnnouncementState.AWAITING or announcement.pending is not None
    # Approval covers exactly the edition the approver was shown.
    if not awaits or event.pressed.text("edition") != str(announcement.edition):
        raise EventRefused(refuse(event, texts("announce.refuse.edited_meanwhile")))
    return person, announcement


def withdraw_requests(announcement: Announcement, *, but: str = "") -> Asking[Decision]:
    """Return the decision that removes the request from all approvers except ``but``."""
    people = yield from approvers(announcement, but=but)
    slot = request_slot(announcement)
    return do(*(Post(to=person.id, slot=slot, message=None, only_update=True) for person in people))


def approvers(announcement: Announcement, *, but: str) -> Asking[list[Person]]:
    """Return the possible approvers, without the author and ``but``."""
    candidates = yield from find_all(Person, f"role:{Role.APPROVER}@{announcement.municipality_id}", limit=20)
    return [person for person in candidates if person.id not in {but, announcement.author_id}]


def request_slot(announcement: Announcement) -> str:
    """Return the slot of the latest approval request in an approver's chat."""
    # A repeated request gets its own slot: an update in place would go unnoticed.
    times = sum(change.act == "submitted" for change in announcement.history)
    return f"announce/approve/{announcement.id}/{times}"
