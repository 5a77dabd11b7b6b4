"""From draft to sending: at once, scheduled, or after approval."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from dialogs.announce import cards
from dialogs.announce.access import HandledAnnouncement, announcement_of_card, needs_approval, refuse
from dialogs.announce.approve.approval import approvers, requests, withdraw_requests
from dialogs.announce.approve.authority import lost_right, responsible_id, stop_sending
from dialogs.announce.card_slots import answer_slot, remove_old_cards, with_author_card
from dialogs.announce.compose.channels import chosen
from dialogs.announce.compose.counting import counted_again, preview
from dialogs.announce.deliver import progress_card
from dialogs.announce.deliver.launching import (
    launch,
    refresh_progress_cards,
    schedule_or_launch,
    sending_time,
    start_key,
    written_time,
)
from dialogs.announce.model import Announcement, AnnouncementState
from dialogs.announce.office_hours import ask_outside_hours
from dialogs.announce.report.figures import DeliveryFigures
from dialogs.announce.subjects import has_choice, with_chosen_subjects
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Audit, Reply, do, never, put
from dialogs.core.event import Event
from dialogs.core.query import Asking, Flow, find
from dialogs.core.refusal import EventRefused
from knowledge.article.article import Language

# Longest time ahead for scheduling.
LONGEST_AHEAD: Final = timedelta(days=366)


def send_announcement(event: Event, content: Content) -> Flow:
    """Start sending the previewed edition, or request approval."""
    handled = yield from _ready(event, content)
    return (yield from _send_or_request(event, content, handled, at=None))


def schedule(event: Event, content: Content) -> Flow:
    """Schedule the previewed edition, or move its scheduled time."""
    handled = yield from _ready(event, content, also=AnnouncementState.SCHEDULED)
    try:
        at = written_time(event.pressed.text("day"), event.pressed.text("time"))
    except ValueError:
        return refuse(event, handled.texts("announce.fault.date"))
    if at is None:
        return refuse(event, handled.texts("announce.fault.gap"))
    if at <= event.at:
        return refuse(event, handled.texts("announce.fault.past", moment=handled.texts.moment(at)))
    if at > event.at + LONGEST_AHEAD:
        return refuse(event, handled.texts("announce.fault.far"))
    expires_at = handled.announcement.expires_at
    if expires_at is not None and at >= expires_at:
        return refuse(event, handled.texts("announce.fault.expired"))
    return (yield from _send_or_request(event, content, handled, at=at))


def unschedule(event: Event, content: Content) -> Flow:
    """Turn a scheduled announcement, or one awaiting approval, back into a draft."""
    handled = yield from announcement_of_card(event, content, edition=True)
    if handled.announcement.state not in {AnnouncementState.SCHEDULED, AnnouncementState.AWAITING}:
        return refuse(event, handled.texts(f"announce.refuse.{handled.announcement.state}"))
    draft = replace(
        handled.announcement.to(AnnouncementState.DRAFT).noted("cancelled", handled.person.id, event.at),
        scheduled_at=None,
        approved_by=None,
        # Buttons of the earlier preview no longer apply.
        edition=handled.announcement.edition + 1,
        counted=counted_again(handled.announcement),
    )
    message = yield from preview(handled.texts, content, draft, event.at)
    asked = yield from withdraw_requests(draft)
    audit = Audit(act="announce.cancel", subject=draft.id, by=handled.person.id)
    return (
        put(draft) + asked + do(never(start_key(draft)), Reply(slot=answer_slot(event, draft), message=message), audit)
    )


def start_scheduled(event: Event, content: Content) -> Flow:
    """Start a scheduled announcement, unless requester or approver lost the right."""
    announcement = yield from find(Announcement, event.rang.data.get("id", ""))
    if announcement is None or announcement.state is not AnnouncementState.SCHEDULED:
        return NOTHING
    # An earlier timer can still fire after the time was moved.
    if announcement.scheduled_at is None or announcement.scheduled_at > event.at:
        return NOTHING
    lost = yield from lost_right(announcement, content)
    if lost is not None:
        return (yield from stop_sending(announcement, lost, event, content))
    by = responsible_id(announcement)
    started, effects = launch(announcement, event.at, by=by, content=content)
    shown = yield from refresh_progress_cards(started, content)
    audit = Audit(act="announce.send", subject=started.id, by=by, details=(("planned", "true"),))
    return put(started) + do(*effects, *shown, audit)


def _ready(
    event: Event, content: Content, also: AnnouncementState = AnnouncementState.DRAFT
) -> Asking[HandledAnnouncement]:
    """Return the announcement in hand if it may be sent, else refuse."""
    handled = yield from announcement_of_card(event, content, edition=True)
    announcement, texts = handled.announcement, handled.texts
    if announcement.state not in {AnnouncementState.DRAFT, also}:
        raise EventRefused(refuse(event, texts(f"announce.refuse.{announcement.state}")))
    if Language.NB not in announcement.wordings:
        raise EventRefused(refuse(event, texts("announce.fault.no_bokmal")))
    faults = announcement.audience.faults(content.organisation, own_municipality_id=handled.announcer.municipality_id)
    if faults:
        raise EventRefused(refuse(event, *(texts(key) for key in faults)))
    if announcement.counts is None:
        raise EventRefused(refuse(event, texts("announce.refuse.counting")))
    if announcement.counts.people == 0:
        if not announcement.channels:
            raise EventRefused(refuse(event, texts("announce.fault.empty")))
        ids = [target.channel_id for target in announcement.channels]
        # Without personal recipients an unsuitable channel would leave nothing to send.
        if (yield from chosen(ids, announcement.audience, content)) is None:
            raise EventRefused(refuse(event, texts("announce.fault.channel")))
    if announcement.expires_at is not None and announcement.expires_at <= event.at:
        raise EventRefused(refuse(event, texts("announce.fault.expired")))
    return handled


def _send_or_request(event: Event, content: Content, handled: HandledAnnouncement, *, at: datetime | None) -> Flow:
    announcement = with_author_card(handled.announcement, handled.person, answer_slot(event, handled.announcement))
    texts, by = handled.texts, handled.person.id
    if has_choice(event):
        announcement = yield from with_chosen_subjects(event, announcement, content, texts)
    waits = needs_approval(announcement, content) and announcement.approved_by is None
    # What only goes to an approver now is asked about when they approve it.
    if at is not None or not waits:
        ask_outside_hours(event, content, texts, announcement, at=at)
    details = sending_time(at)
    if waits:
        others = yield from approvers(announcement, but=by)
        if not others:
            return refuse(event, texts("announce.refuse.no_approver"))
        asked = replace(announcement.to(AnnouncementState.AWAITING).noted("submitted", by, event.at), scheduled_at=at)
        message = cards.waiting(texts, content, asked)
        audit = Audit(act="announce.submit", subject=announcement.id, by=by, details=details)
        return put(asked) + do(
            Reply(slot=asked.desk, message=message),
            *remove_old_cards(handled.announcement, asked),
            *requests(asked, others, handled.person, content),
            audit,
        )
    ready, effects = schedule_or_launch(announcement, event, at, by=by, content=content)
    moved = announcement.state is AnnouncementState.SCHEDULED
    audit = Audit(
        act="announce.send" if at is None else "announce.reschedule" if moved else "announce.schedule",
        subject=announcement.id,
        by=by,
        details=details,
    )
    figures = DeliveryFigures.expected(ready)
    message = (
        cards.waiting(texts, content, ready)
        if ready.state is AnnouncementState.SCHEDULED
        else progress_card.progress(texts, content, ready, figures, at=event.at)
    )
    behind = remove_old_cards(handled.announcement, ready)
    return put(ready) + do(*effects, Reply(slot=ready.desk, message=message), *behind, audit)
