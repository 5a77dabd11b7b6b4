"""Actions on a sent announcement: correct, update, recall, resend, remind."""

from collections.abc import Sequence
from dataclasses import replace

from dialogs.announce import cards
from dialogs.announce.access import HandledAnnouncement, announcement_of_card, needs_approval, refuse
from dialogs.announce.approve.approval import approvers, requests, withdraw_requests
from dialogs.announce.card_slots import answer_slot, new_card_slot, remove_old_cards, with_author_card
from dialogs.announce.chasing import chases_done, next_chase_at
from dialogs.announce.compose import form_card
from dialogs.announce.compose.form import read_enclosures, read_wordings
from dialogs.announce.compose.image import chosen_image, dropped_image, latest_upload, replaced_image
from dialogs.announce.deliver import progress_card
from dialogs.announce.deliver.launching import refresh_progress_cards, task_timers
from dialogs.announce.deliver.revising import restarted, revise
from dialogs.announce.many import failed, recipients, unconfirmed
from dialogs.announce.model import MAX_CHASES, OUT, Announcement, AnnouncementState, Pending, Reached, Task, TaskKind
from dialogs.announce.report.figures import figures_of
from dialogs.announce.sure import is_sure, question_before
from dialogs.announce.trial_copy import updated_trials
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Audit, Decision, Reply, do, put
from dialogs.core.event import Event
from dialogs.core.query import Asking, Flow
from dialogs.core.refusal import EventRefused


def correct(event: Event, content: Content) -> Flow:
    """Show the form for a correction."""
    handled = yield from _sent_announcement(event, content)
    # Not in the progress card: a refresh would overwrite the text being written.
    uploaded = yield from latest_upload(handled.person.id)
    message = form_card.correction(handled.texts, handled.announcement, uploaded)
    return do(Reply(slot=new_card_slot(event, handled.announcement), message=message))


def corrected(event: Event, content: Content) -> Flow:
    """Apply a correction or an incident update, or request approval for it."""
    handled = yield from _sent_announcement(event, content)
    old, texts = handled.announcement, handled.texts
    wordings, faults = read_wordings(event.pressed, texts)
    enclosures, more = read_enclosures(event, old.enclosures, texts)
    if faults or more:
        return (yield from _refused_correction(event, handled, (*faults, *more)))
    image_id, attached = yield from chosen_image(event, handled)
    enclosures = replace(enclosures, image_id=image_id, image_alt=enclosures.image_alt if image_id else {})
    if wordings == old.wordings and enclosures == old.enclosures:
        return refuse(event, texts("announce.refuse.unchanged"))
    asked = Pending(
        wordings=wordings,
        confirm_again=event.pressed.text("confirm_again").lower() == "true",
        by=handled.person.id,
        enclosures=enclosures,
    )
    if not needs_approval(old, content):
        if not is_sure(event):
            yield from _ask_about_correction(event, handled)
        new = revise(old, asked, event.at)
        gone = yield from replaced_image(old, image_id)
        gone += yield from updated_trials(new, content)
        return attached + gone + (yield from _start_task(event, content, handled, new, new.history[-1].act))
    return (yield from _request_approval(event, content, handled, asked, attached))


def _ask_about_correction(event: Event, handled: HandledAnnouncement) -> Asking[None]:
    """Ask before the correction reaches everyone, with the form as it was sent. Raises EventRefused."""
    texts, announcement = handled.texts, handled.announcement
    question = question_before(texts, announcement, event.pressed.verb, (yield from recipients(announcement)))
    uploaded = yield from latest_upload(handled.person.id)
    form = form_card.correction(texts, announcement, uploaded, sure=True)
    shown = form_card.as_sent(form, event, question=question)
    # More than a card holds cannot be shown again, and would be lost.
    if shown is not None:
        slot = _form_slot(event, announcement) or new_card_slot(event, announcement)
        raise EventRefused(do(Reply(slot=slot, message=shown)))


def _form_slot(event: Event, announcement: Announcement) -> str | None:
    """Return the slot of the pressed form; None if the press came from anywhere else."""
    slot = None if event.from_page else event.pressed.slot
    return slot if slot is not None and slot.startswith(f"announce/desk/{announcement.id}/") else None


def _ask_before_repeating(event: Event, handled: HandledAnnouncement, people: Asking[int]) -> Asking[None]:
    """Ask before people are sent something again, unless the press says so. Raises EventRefused."""
    if is_sure(event):
        return
    texts, announcement = handled.texts, handled.announcement
    message = cards.ask_before(texts, announcement, event.pressed.verb, (yield from people))
    raise EventRefused(do(Reply(slot=new_card_slot(event, announcement), message=message)))


def _refused_correction(event: Event, handled: HandledAnnouncement, faults: Sequence[str]) -> Flow:
    """Refuse the form, and show it in the chat again with its faults."""
    refused = refuse(event, *faults)
    slot = _form_slot(event, handled.announcement)
    # A correction sent from anywhere but its form has no place to stand.
    if slot is None:
        return refused
    uploaded = yield from latest_upload(handled.person.id)
    form = form_card.correction(handled.texts, handled.announcement, uploaded)
    shown = form_card.as_sent(form, event, faults=faults)
    return refused if shown is None else refused + do(Reply(slot=slot, message=shown))


def _request_approval(
    event: Event, content: Content, handled: HandledAnnouncement, asked: Pending, attached: Decision
) -> Flow:
    """Ask for approval of the correction. ``attached`` attaches its image."""
    old, texts = handled.announcement, handled.texts
    others = yield from approvers(old, but=handled.person.id)
    if not others:
        return refuse(event, texts("announce.refuse.no_approver"))
    waits = with_author_card(
        replace(old, pending=asked, edition=old.edition + 1), handled.person, answer_slot(event, old)
    )
    waits = waits.noted("submitted", handled.person.id, event.at)
    figures = yield from figures_of(waits)
    message = progress_card.progress(texts, content, waits, figures, at=event.at)
    audit = Audit(act="announce.submit", subject=waits.id, by=handled.person.id)
    asking = requests(waits, others, handled.person, content)
    superseded = yield from _withdraw_approval_requests(old)
    others_shown = [
        post for post in (yield from refresh_progress_cards(waits, content)) if post.to != handled.person.id
    ]
    shown = do(Reply(slot=waits.desk, message=message), *others_shown, *remove_old_cards(old, waits))
    dropped = yield from dropped_image(old)
    return attached + put(waits) + superseded + dropped + do(*asking, audit) + shown


def recall(event: Event, content: Content) -> Flow:
    """Ask for confirmation before recalling."""
    handled = yield from _sent_announcement(event, content)
    message = cards.ask_recall(handled.texts, handled.announcement)
    return do(Reply(slot=new_card_slot(event, handled.announcement), message=message))


def recalled(event: Event, content: Content) -> Flow:
    """Recall the announcement from all recipients and cancel pending deliveries."""
    handled = yield from _sent_announcement(event, content)
    figures = yield from figures_of(handled.announcement)
    gone = replace(
        handled.announcement.to(AnnouncementState.RECALLED).noted("recalled", handled.person.id, event.at),
        # Replaces all other tasks: nothing more may be delivered.
        tasks=(Task(kind=TaskKind.RECALL),),
        before_recall=Reached(people=figures.sent, confirmed=figures.confirmed),
        pending=None,
        edition=handled.announcement.edition + 1,
        started_at=event.at,
    )
    unasked = yield from _withdraw_approval_requests(handled.announcement)
    unasked += yield from dropped_image(handled.announcement)
    unasked += yield from updated_trials(handled.announcement, content, gone=True)
    return (yield from _start_task(event, content, handled, gone, "recalled", restart=False)) + unasked


def resend(event: Event, content: Content) -> Flow:
    """Repeat failed deliveries; if recalled, retry the failed removals."""
    handled = yield from _sent_announcement(event, content, also=AnnouncementState.RECALLED)
    kind = TaskKind.RESEND if handled.announcement.state in OUT else TaskKind.RECALL
    if kind is TaskKind.RESEND and not handled.announcement.live(event.at):
        return refuse(event, handled.texts("announce.refuse.over"))
    figures = yield from figures_of(handled.announcement)
    if figures.failed == 0:
        return refuse(event, handled.texts("announce.refuse.none_failed"))
    if any(task.kind is kind for task in handled.announcement.tasks):
        return refuse(event, handled.texts("announce.refuse.under_way"))
    yield from _ask_before_repeating(event, handled, failed(handled.announcement))
    again = replace(handled.announcement, tasks=(*handled.announcement.tasks, Task(kind=kind)))
    if kind is TaskKind.RECALL:
        again = replace(again.noted("recalled", handled.person.id, event.at), started_at=event.at)
        return (yield from _start_task(event, content, handled, again, "recalled", restart=False))
    return (
        yield from _start_task(event, content, handled, again.noted("resent", handled.person.id, event.at), "resent")
    )


def chase(event: Event, content: Content) -> Flow:
    """Remind recipients without a confirmation, at most ``MAX_CHASES`` times."""
    handled = yield from _sent_announcement(event, content)
    old, texts = handled.announcement, handled.texts
    if not old.live(event.at):
        return refuse(event, texts("announce.refuse.over"))
    if not old.confirm:
        return refuse(event, texts("announce.refuse.no_confirmation"))
    if chases_done(old) >= MAX_CHASES:
        return refuse(event, texts("announce.refuse.chased_enough", most=MAX_CHASES))
    earliest = next_chase_at(old)
    if earliest is not None and earliest > event.at:
        return refuse(event, texts("announce.refuse.chased_lately", moment=texts.moment(earliest)))
    if any(task.kind is TaskKind.CHASE for task in old.tasks):
        return refuse(event, texts("announce.refuse.under_way"))
    yield from _ask_before_repeating(event, handled, unconfirmed(old))
    again = replace(old, chases=old.chases + 1, tasks=(*old.tasks, Task(kind=TaskKind.CHASE)))
    return (
        yield from _start_task(event, content, handled, again.noted("chased", handled.person.id, event.at), "chased")
    )


def _sent_announcement(
    event: Event, content: Content, also: AnnouncementState = AnnouncementState.SENT
) -> Asking[HandledAnnouncement]:
    """Return the announcement if sent or in state ``also``, else refuse."""
    handled = yield from announcement_of_card(event, content, edition=True)
    if handled.announcement.state in OUT | {also}:
        return handled
    raise EventRefused(refuse(event, handled.texts(f"announce.refuse.{handled.announcement.state}")))


def _withdraw_approval_requests(announcement: Announcement) -> Asking[Decision]:
    """Return the decision that removes the approval requests of a pending correction."""
    return (yield from withdraw_requests(announcement)) if announcement.pending is not None else NOTHING


def _start_task(
    event: Event,
    content: Content,
    handled: HandledAnnouncement,
    announcement: Announcement,
    act: str,
    *,
    restart: bool = True,
) -> Flow:
    refreshed = with_author_card(announcement, handled.person, answer_slot(event, announcement))
    # A recalled announcement must stay RECALLED; a restart would make it SENDING.
    ready = restarted(refreshed, event.at) if restart else refreshed
    figures = yield from figures_of(ready)
    ready = replace(ready, settled_before=figures.final_before(ready))
    message = progress_card.progress(handled.texts, content, ready, figures, at=event.at)
    audit = Audit(act=f"announce.{act}", subject=ready.id, by=handled.person.id)
    behind = remove_old_cards(handled.announcement, ready)
    return put(ready) + do(Reply(slot=ready.desk, message=message), *behind, *task_timers(ready, event.at), audit)
