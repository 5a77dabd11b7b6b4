"""The image of an announcement: add, remove, share with copies, delete."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from dialogs.announce.access import HandledAnnouncement, announcement_of_card, refuse
from dialogs.announce.card_slots import answer_slot, new_card_slot
from dialogs.announce.cards import handle
from dialogs.announce.compose.counting import continue_later, counted_again, preview
from dialogs.announce.compose.form import KEEP_IMAGE, REMOVE_IMAGE
from dialogs.announce.model import EDITABLE, Announcement, AnnouncementState
from dialogs.announce.trial_copy import updated_trials
from dialogs.core import card
from dialogs.core.card import Element
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Decision, Effect, Post, Reply, do, put, remove
from dialogs.core.event import Event
from dialogs.core.image import Image, loose_of
from dialogs.core.message import Message
from dialogs.core.query import Asking, Flow, find, find_all
from dialogs.core.refusal import EventRefused
from dialogs.core.texts import Texts

MAX_OFFERED: Final = 3
# Time after a change of a draft in which an image is taken for the one that its preview asked for.
ASKED_FOR: Final = timedelta(hours=1)


def offers(texts: Texts, person_id: str, image_id: str, at: datetime) -> Asking[Sequence[Element]]:
    """Return buttons that add a received image to a draft, or that correct what is out with it."""
    own = yield from find_all(Announcement, f"author:{person_id}")
    latest = sorted(own, key=lambda announcement: announcement.changed_at, reverse=True)
    drafts = [draft for draft in latest if draft.state is AnnouncementState.DRAFT and draft.wordings]
    buttons = [
        card.press(
            texts("announce.picture.add", title=draft.wording(texts.language).title),
            "announce.picture",
            # The preview asked for an image a moment ago.
            primary=draft is drafts[0] and draft.image_id is None and at - draft.changed_at <= ASKED_FOR,
            image_id=image_id,
            **handle(draft),
        )
        for draft in drafts[:MAX_OFFERED]
    ]
    # The form of a correction asks for an image, too, and offers the one sent last.
    out = next((announcement for announcement in latest if announcement.live(at)), None)
    if out is None:
        return buttons
    title = out.wording(texts.language).title
    return [*buttons, card.press(texts("announce.picture.correct", title=title), "announce.correct", **handle(out))]


def add_to_draft(event: Event, content: Content) -> Flow:
    """Add the image to the draft, and show it below."""
    handled = yield from _draft(event, content)
    image = yield from find(Image, event.pressed.text("image_id")[:100])
    if image is None or image.person_id != handled.person.id or not image.loose:
        return refuse(event, handled.texts("announce.refuse.image_gone"))
    kept = replace(image, announcement_id=handled.announcement.id)
    slot = new_card_slot(event, handled.announcement)
    changed = yield from _save_image(event, content, handled, image_id=image.id, slot=slot)
    # The earlier preview shows the draft without the new image.
    stale = Post(to=handled.person.id, slot=handled.announcement.desk, message=None, only_update=True)
    return put(kept) + changed + do(stale, *_replace_offer(event, handled))


def take_out(event: Event, content: Content) -> Flow:
    """Remove the image from the draft and delete it."""
    handled = yield from _draft(event, content)
    return (
        yield from _save_image(event, content, handled, image_id=None, slot=answer_slot(event, handled.announcement))
    )


def latest_upload(person_id: str) -> Asking[Image | None]:
    """Return the latest image that the person sent and has not used."""
    uploads = yield from find_all(Image, loose_of(person_id))
    return max(uploads, key=lambda upload: upload.at, default=None)


def chosen_image(event: Event, handled: HandledAnnouncement) -> Asking[tuple[str | None, Decision]]:
    """Return the image that a correction shows, and the decision that attaches a new one.

    Raises:
        EventRefused: the chosen image is gone, or is not an unused one of the person.
    """
    wanted = event.pressed.text("image")[:100]
    if wanted in {"", KEEP_IMAGE}:
        return handled.announcement.image_id, NOTHING
    if wanted == REMOVE_IMAGE:
        return None, NOTHING
    image = yield from find(Image, wanted)
    if image is None or image.person_id != handled.person.id or not image.loose:
        raise EventRefused(refuse(event, handled.texts("announce.refuse.image_gone")))
    return image.id, put(replace(image, announcement_id=handled.announcement.id))


def replaced_image(before: Announcement, image_id: str | None) -> Asking[Decision]:
    """Return the decision that deletes the image of ``before`` where ``image_id`` has taken its place."""
    return NOTHING if before.image_id == image_id else (yield from forgotten(before))


def dropped_image(announcement: Announcement) -> Asking[Decision]:
    """Return the decision that deletes the image of a pending correction that will not be applied."""
    parts = announcement.pending.enclosures if announcement.pending is not None else None
    if parts is None or parts.image_id is None or parts.image_id == announcement.image_id:
        return NOTHING
    return (yield from forgotten(replace(announcement, image_id=parts.image_id)))


def kept_for(copy: Announcement, image_id: str | None, at: datetime) -> Flow:
    """Return the decision that stores a copy sharing the original's image."""
    # The image's retention restarts at ``at``, and it stays while any announcement shows it.
    image = (yield from find(Image, image_id)) if image_id else None
    if image is None:
        return put(copy)
    return put(replace(copy, image_id=image.id), replace(image, at=at))


def forgotten(announcement: Announcement) -> Asking[Decision]:
    """Return the decision that deletes the image unless another announcement shows it."""
    image = (yield from find(Image, announcement.image_id)) if announcement.image_id else None
    if image is None:
        return NOTHING
    showing = yield from find_all(Announcement, f"image:{image.id}", limit=2)
    if any(holder.id != announcement.id for holder in showing):
        return NOTHING
    return remove(Image, image.id)


def _replace_offer(event: Event, handled: HandledAnnouncement) -> Sequence[Effect]:
    """Return the note that replaces the offering card."""
    offer = event.pressed.slot
    if offer is None or not offer.startswith("ask/"):
        return ()
    title = handled.announcement.wording(handled.texts.language).title
    return (Reply(slot=offer, message=Message(text=handled.texts("announce.picture.added", title=title))),)


def _draft(event: Event, content: Content) -> Asking[HandledAnnouncement]:
    handled = yield from announcement_of_card(event, content, edition=True)
    if handled.announcement.state in EDITABLE:
        return handled
    raise EventRefused(refuse(event, handled.texts(f"announce.refuse.{handled.announcement.state}")))


def _save_image(
    event: Event, content: Content, handled: HandledAnnouncement, *, image_id: str | None, slot: str
) -> Flow:
    old = handled.announcement
    draft = replace(
        old,
        image_id=image_id,
        desk=slot,
        edition=old.edition + 1,
        counted=counted_again(old),
        changed_at=event.at,
    )
    message = yield from preview(handled.texts, content, draft, event.at)
    forgetting = yield from forgotten(old)
    counting = continue_later(draft, event, handled.person.id, slot)
    trials = yield from updated_trials(draft, content)
    return put(draft) + forgetting + do(Reply(slot=slot, message=message)) + trials + counting
