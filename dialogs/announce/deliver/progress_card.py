"""The announcer's card during and after sending, with the possible actions."""

from datetime import datetime

from dialogs.announce.cards import facts, handle, subject_choice
from dialogs.announce.chasing import chases_done, may_chase, next_chase_at
from dialogs.announce.deliver.message_builder import last_day
from dialogs.announce.model import MAX_CHASES, OUT, Announcement, AnnouncementState, TaskKind
from dialogs.announce.report.figures import DeliveryFigures
from dialogs.core import card
from dialogs.core.card import Element
from dialogs.core.content import Content
from dialogs.core.message import Message
from dialogs.core.texts import Texts


def progress(
    texts: Texts, content: Content, announcement: Announcement, figures: DeliveryFigures, *, at: datetime
) -> Message:
    """Return the progress card with the possible actions."""
    title = announcement.wording(texts.language).title
    banner = texts(f"announce.state.{announcement.state}")
    if announcement.state is AnnouncementState.SENT and announcement.version > 1:
        banner = texts("announce.state.updated" if announcement.incident else "announce.state.corrected")
    if announcement.state is AnnouncementState.RECALLED and (announcement.tasks or figures.pending):
        banner = texts("announce.state.recalling")
    if announcement.pending is not None:
        banner = texts("announce.waiting.correction")
    body: list[Element] = [
        card.status(banner, style="good" if announcement.state is AnnouncementState.SENT else "accent"),
        card.heading(title),
        card.facts([*facts(texts, content, announcement), *standing(texts, announcement, figures)]),
        *_validity(texts, announcement, at),
        *pace(texts, announcement, figures, at=at),
    ]
    if announcement.started_at is not None:
        show = card.press(texts("announce.report"), "announce.report", checks=False, announcement_id=announcement.id)
        body.append(card.buttons(show))
    if announcement.incident and announcement.live(at):
        body += subject_choice(texts, content, announcement)
    return Message(text=f"{banner}: {title}", card=card.card(body, _actions(texts, announcement, figures, at)))


def standing(texts: Texts, announcement: Announcement, figures: DeliveryFigures) -> list[tuple[str, str]]:
    """Return figures for people, reminders sent, and the state of each channel."""
    people = [(texts(f"announce.number.{name}"), texts.number(value)) for name, value in figures.rows(announcement)]
    if announcement.state in OUT and (earliest := next_chase_at(announcement)) is not None:
        people.append((texts("announce.number.next_chase"), texts.moment(earliest)))
    if done := chases_done(announcement):
        text = texts("announce.number.chases_of", number=done, most=MAX_CHASES)
        people.append((texts("announce.number.chases"), text))
    sending = any(task.kind is TaskKind.SEND for task in announcement.tasks)
    missing = "waiting" if sending or announcement.started_at is None else "gone"
    channels = [
        (target.display_name(texts), texts(f"announce.channel.{figures.channels.get(target.recipient, missing)}"))
        for target in announcement.channels
    ]
    return people + channels


def pace(texts: Texts, announcement: Announcement, figures: DeliveryFigures, *, at: datetime) -> list[Element]:
    """Return rate, estimated time left, and the time of the figures.

    The estimate is left out when unreliable.
    """
    body = [card.small(texts("announce.as_of", clock=texts.clock(at)))]
    if (left := figures.seconds_left(announcement, at)) is not None:
        rate = texts.number(round(figures.per_second(announcement, at), 1))
        body.insert(0, card.small(texts.plural("announce.pace", max(1, round(left / 60)), rate=rate)))
    if (resting := figures.resting(announcement, at)) and announcement.resting_until is not None:
        until = texts.moment(announcement.resting_until)
        body.insert(0, card.small(texts.plural("announce.resting", resting, until=until)))
    return body


def _validity(texts: Texts, announcement: Announcement, at: datetime) -> list[Element]:
    """Return the end of validity, or that it has passed."""
    if announcement.state not in OUT or announcement.expires_at is None:
        return []
    if not announcement.live(at):
        return [card.status(texts("announce.refuse.over"), style="warning")]
    return [card.small(texts("announce.valid_until", day=texts.day(last_day(announcement.expires_at))))]


def _actions(texts: Texts, announcement: Announcement, figures: DeliveryFigures, at: datetime) -> list[Element]:
    data = handle(announcement)
    actions = [card.press(texts("announce.refresh"), "announce.refresh", **data)]
    if announcement.state in OUT:
        key = "announce.update" if announcement.incident else "announce.correct"
        actions.append(card.press(texts(key), "announce.correct", **data))
        actions.append(card.press(texts("announce.recall"), "announce.recall", **data))
    may_try = announcement.live(at) or announcement.state is AnnouncementState.RECALLED
    if may_try and figures.failed and not announcement.tasks:
        actions.append(card.press(texts.plural("announce.resend", figures.failed), "announce.resend", **data))
    if may_chase(announcement, at) and figures.sent > figures.confirmed:
        actions.append(card.press(texts("announce.chase_now"), "announce.chase", **data))
    actions.append(card.press(texts("announce.duplicate"), "announce.duplicate", **data))
    return actions
