"""Drafts: start, edit, preview, test, duplicate, keep as template, discard."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from dialogs.announce import cards
from dialogs.announce.access import (
    Announcer,
    HandledAnnouncement,
    announcement_of_card,
    refuse,
    require_announcer,
)
from dialogs.announce.card_slots import answer_slot, move_progress_card, new_card_slot
from dialogs.announce.compose import form_card
from dialogs.announce.compose.channels import chosen, offered
from dialogs.announce.compose.counting import continue_later, counted_again, counted_now, preview
from dialogs.announce.compose.form import read_form
from dialogs.announce.compose.image import chosen_image, forgotten, kept_for, replaced_image
from dialogs.announce.compose.wording import FieldFault
from dialogs.announce.deliver import progress_card
from dialogs.announce.model import EDITABLE, OUT, Announcement, AnnouncementState
from dialogs.announce.report.figures import figures_of
from dialogs.announce.subjects import with_chosen_subjects
from dialogs.announce.trial_copy import trial_message, trial_slot, updated_trials
from dialogs.core.content import Content
from dialogs.core.data_rules import latest_month_terms
from dialogs.core.decision import NOTHING, Audit, Reply, do, put, remove
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, find_all, find_any, find_each, new_id
from dialogs.core.refusal import EventRefused
from knowledge.article.article import Language

# Drafts and templates of one announcer.
MAX_DRAFTS: Final = 100


def show_empty_form(event: Event, content: Content) -> Flow:
    who = yield from require_announcer(event, content)
    draft = yield from _new(event, content, who)
    targets = yield from offered(who)
    return put(draft) + do(Reply(slot=draft.desk, message=form_card.form(who.texts, content, who, draft, targets)))


def list_announcements(event: Event, content: Content) -> Flow:
    """List the announcements an announcer can work on, newest first.

    Announcers for all municipalities also see a list of the other municipalities' announcements.
    """
    who = yield from require_announcer(event, content)
    announcements = yield from find_all(Announcement, f"municipality:{who.person.municipality_id}")
    own = [
        announcement
        for announcement in announcements
        if announcement.wordings and who.sees(announcement, content.organisation)
    ]
    others = (yield from _of_others(who, event)) if who.municipality_id is None else []
    for listed in (own, others):
        listed.sort(key=lambda announcement: announcement.changed_at, reverse=True)
    message = cards.overview(who.texts, content.organisation, own, others)
    return do(Reply(slot=f"announce/list/{event.id}", message=message))


def _of_others(who: Announcer, event: Event) -> Asking[list[Announcement]]:
    """Return the latest announcements of other municipalities, from one year at most."""
    others: list[Announcement] = []
    # Month by month, so that a long history is not read for one short list.
    for term in latest_month_terms(event.at, months=12):
        of_month = yield from find_all(Announcement, term)
        others += [
            announcement
            for announcement in of_month
            if announcement.wordings and announcement.municipality_id != who.person.municipality_id
        ]
        if len(others) >= cards.MAX_LISTED:
            break
    return others


def open_(event: Event, content: Content) -> Flow:
    """Show an announcement from the list in a new card below.

    If it is sent, the new card replaces the earlier progress card.
    """
    handled = yield from announcement_of_card(event, content)
    slot = new_card_slot(event, handled.announcement)
    message = yield from cards_of(handled.announcement, handled.person, content, event.at)
    out = handled.announcement.state not in EDITABLE  # a draft's other card may contain unsaved texts
    return (move_progress_card(handled.announcement, handled.person, slot) if out else NOTHING) + do(
        Reply(slot=slot, message=message)
    )


def cards_of(announcement: Announcement, person: Person, content: Content, at: datetime) -> Asking[Message]:
    """Return the announcer's card for the current state."""
    texts = content.texts[person.language]
    if announcement.state in EDITABLE:
        return (yield from preview(texts, content, announcement, at))
    figures = yield from figures_of(announcement)
    return progress_card.progress(texts, content, announcement, figures, at=announcement.changed_at)


def edit(event: Event, content: Content) -> Flow:
    """Return from the preview to the form."""
    handled = yield from announcement_of_card(event, content, edition=True)
    if handled.announcement.state not in EDITABLE:
        return refuse(event, handled.texts(f"announce.refuse.{handled.announcement.state}"))
    targets = yield from offered(handled.announcer)
    message = form_card.form(handled.texts, content, handled.announcer, handled.announcement, targets)
    return do(Reply(slot=answer_slot(event, handled.announcement), message=message))


def save(event: Event, content: Content) -> Flow:
    """Save the form as a new edition and show its preview."""
    handled = yield from announcement_of_card(event, content, edition=True)
    if handled.announcement.state not in EDITABLE:
        return refuse(event, handled.texts(f"announce.refuse.{handled.announcement.state}"))
    form, faults = read_form(event, content, handled.announcer)
    if faults:
        return (yield from _refused_form(event, content, handled, faults))
    listed, unknown = yield from _look_up(form.listed, handled.announcer.municipality_id)
    if unknown:
        names = ", ".join(unknown[:10]) + (" …" if len(unknown) > 10 else "")
        fault = handled.texts.plural("announce.fault.unknown_people", len(unknown), names=names)
        return (yield from _refused_form(event, content, handled, (FieldFault("list", fault),)))
    # A list too long for the card is not submitted with the form.
    if form.keeps_list:
        listed = handled.announcement.audience.person_ids
    channels = yield from chosen(form.channel_ids, form.audience, content)
    if channels is None:
        return refuse(event, handled.texts("announce.fault.channel"))
    image_id, attached = yield from chosen_image(event, handled)
    gone = yield from replaced_image(handled.announcement, image_id)
    draft = form.fill(handled.announcement, person_ids=listed, channels=channels, at=event.at)
    draft = replace(draft, image_id=image_id, image_alt=draft.image_alt if image_id else {})
    draft = yield from counted_now(draft, content)
    slot = answer_slot(event, draft)
    message = yield from preview(handled.texts, content, draft, event.at)
    shown = do(Reply(slot=slot, message=message))
    shown += yield from updated_trials(draft, content)
    return attached + gone + put(draft) + shown + continue_later(draft, event, handled.person.id, slot)


def _refused_form(event: Event, content: Content, handled: HandledAnnouncement, faults: Sequence[str]) -> Flow:
    """Refuse the form, and show it in the chat again with its faults."""
    refused = refuse(event, *faults)
    if event.from_page:
        return refused
    targets = yield from offered(handled.announcer)
    form = form_card.form(handled.texts, content, handled.announcer, handled.announcement, targets)
    shown = form_card.as_sent(form, event, faults=faults)
    if shown is None:
        return refused
    return refused + do(Reply(slot=answer_slot(event, handled.announcement), message=shown))


def test(event: Event, content: Content) -> Flow:
    """Show a copy of the draft, or of its channel post, as a reader gets it."""
    handled = yield from announcement_of_card(event, content, edition=True)
    if not handled.announcement.wordings:
        return refuse(event, handled.texts("announce.fault.no_bokmal"))
    message = trial_message(handled.texts, handled.announcement, content)
    return do(Reply(slot=trial_slot(handled.announcement), message=message))


def set_subjects(event: Event, content: Content) -> Flow:
    """Store what an incident is about, before it is sent and while it lasts."""
    handled = yield from announcement_of_card(event, content, edition=True)
    old, texts = handled.announcement, handled.texts
    if old.state not in EDITABLE | OUT:
        return refuse(event, texts(f"announce.refuse.{old.state}"))
    new = replace((yield from with_chosen_subjects(event, old, content, texts)), changed_at=event.at)
    if old.state in EDITABLE:
        new = replace(new, edition=old.edition + 1, counted=counted_again(old))
    message = yield from cards_of(new, handled.person, content, event.at)
    return put(new) + do(Reply(slot=answer_slot(event, new), message=message))


def duplicate(event: Event, content: Content) -> Flow:
    """Start a new draft from an announcement or template."""
    handled = yield from announcement_of_card(event, content)
    old = handled.announcement
    fresh = yield from _new(event, content, handled.announcer)
    draft = replace(
        fresh,
        wordings=old.wordings,
        links=old.links,
        image_alt=old.image_alt,
        sender=old.sender,
        audience=old.audience,
        channels=old.channels,
        severity=old.severity,
        confirm=old.confirm,
        incident=old.incident,
        joiners=old.joiners,
        subjects=old.subjects,
    )
    targets = yield from offered(handled.announcer)
    message = form_card.form(handled.texts, content, handled.announcer, draft, targets)
    with_image = yield from kept_for(draft, old.image_id, event.at)
    return with_image + do(Reply(slot=draft.desk, message=message))


def keep_template(event: Event, content: Content) -> Flow:
    """Turn the draft into a template, which is never sent."""
    handled = yield from announcement_of_card(event, content, edition=True)
    if handled.announcement.state is not AnnouncementState.DRAFT:
        return refuse(event, handled.texts(f"announce.refuse.{handled.announcement.state}"))
    kept = handled.announcement.to(AnnouncementState.TEMPLATE).noted("template", handled.person.id, event.at)
    message = cards.kept(handled.texts, kept)
    return put(kept) + do(Reply(slot=answer_slot(event, kept), message=message))


def discard(event: Event, content: Content) -> Flow:
    """Delete a draft or template."""
    handled = yield from announcement_of_card(event, content, edition=True)
    if handled.announcement.state not in EDITABLE:
        return refuse(event, handled.texts(f"announce.refuse.{handled.announcement.state}"))
    gone = remove(Announcement, handled.announcement.id)
    audit = Audit(act="announce.discard", subject=handled.announcement.id, by=handled.person.id)
    message = Message(text=handled.texts("announce.discarded"))
    image = yield from forgotten(handled.announcement)
    gone += yield from updated_trials(handled.announcement, content, gone=True)
    return gone + image + do(Reply(slot=answer_slot(event, handled.announcement), message=message), audit)


def _new(event: Event, content: Content, who: Announcer) -> Asking[Announcement]:
    """Return a new draft.

    Raises:
        EventRefused: the announcer has too many drafts and templates.
    """
    own = yield from find_all(Announcement, f"author:{who.person.id}")
    if sum(announcement.state in EDITABLE for announcement in own) >= MAX_DRAFTS:
        raise EventRefused(refuse(event, who.texts("announce.refuse.too_many_drafts", number=MAX_DRAFTS)))
    return (yield from new_draft(event, content, who.person))


def new_draft(event: Event, content: Content, person: Person) -> Asking[Announcement]:
    """Return an empty draft of this announcer."""
    id_ = yield from new_id("announcement")
    # A unit rather than a name: readers of other municipalities must not see people of this one.
    unit = content.organisation.find_unit(person.unit_id or "")
    return Announcement(
        id=id_,
        author_id=person.id,
        municipality_id=person.municipality_id or "",
        desk=f"announce/desk/{id_}",
        sender=unit.names.text(Language.NB) if unit is not None else "",
        created_at=event.at,
        changed_at=event.at,
    )


def _look_up(listed: tuple[str, ...], municipality_id: str | None) -> Asking[tuple[frozenset[str], list[str]]]:
    """Return ids of listed people, and entries without a match."""
    # A person of another municipality counts as no match: the answer must not reveal that they exist.
    by_id = yield from find_each(Person, listed)
    addresses = [entry for entry in listed if entry not in by_id and "@" in entry]
    with_address = yield from find_any(Person, [f"email:{address}" for address in addresses])
    # Reversed, so that the first match wins if two people share an address.
    by_email = {(person.email or "").lower(): person for person in reversed(with_address)}
    people: set[str] = set()
    unknown: list[str] = []
    for entry in listed:
        person = by_id.get(entry) or by_email.get(entry)
        if person is None or (municipality_id is not None and person.municipality_id != municipality_id):
            unknown.append(entry)
        else:
            people.add(person.id)
    return frozenset(people), unknown
