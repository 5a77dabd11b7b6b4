"""The reader's view of an announcement, in the reader's language."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from dialogs.announce.model import Announcement, Severity, alternative, worded
from dialogs.core import card
from dialogs.core.card import Element
from dialogs.core.message import Message
from dialogs.core.texts import OSLO, Texts
from knowledge.article.article import FALLBACK, Language
from knowledge.organisation.organisation import Organisation

_STYLES = {Severity.INFO: "emphasis", Severity.IMPORTANT: "accent", Severity.CRITICAL: "attention"}


def reader_message(
    texts: Texts,
    announcement: Announcement,
    organisation: Organisation,
    *,
    confirmed: bool = False,
    banner: str = "",
    trial: bool = False,
) -> Message:
    """Return the message for a reader with the language of ``texts``.

    Args:
        texts: texts in the reader's language.
        announcement: an announcement with at least one wording.
        organisation: names the municipality.
        confirmed: the reader has confirmed; a thank-you replaces the button.
        banner: the line above; without it, that of the severity.
        trial: mark it as a copy to try, the buttons of which store nothing.
    """
    wording = announcement.wording(texts.language)
    banner = banner or _banner(texts, announcement)
    data = dict(_button_data(announcement))
    if trial:
        banner = texts("announce.trial", banner=banner)
        data["trial"] = True
    body = [card.status(banner, style=_STYLES[announcement.severity])]
    body += [card.small(sender_line(texts, announcement, organisation)), *_text_elements(texts, announcement)]
    actions = [card.link(link.label(texts.language), link.url) for link in announcement.links]
    if announcement.confirm:
        body.append(card.small(texts("announce.confirmed" if confirmed else "announce.confirm_why")))
    if announcement.confirm and not confirmed:
        # The version says which text the reader has seen.
        seen = {**data, "version": announcement.version}
        actions.insert(0, card.press(texts("announce.confirm"), "announce.confirm", primary=True, **seen))
    actions.append(card.press(texts("announce.ask"), "announce.ask", **data))
    return Message(
        text=f"{banner}: {wording.title}\n\n{wording.body}{_links(texts, announcement)}"
        f"\n{sender_line(texts, announcement, organisation)}",
        card=card.card(body, actions),
        image_id=announcement.image_id,
        image_alt=alternative(announcement.image_alt, texts.language),
        language=next(language for language in FALLBACK[texts.language] if language in announcement.wordings),
    )


def channel_message(
    catalogue: Mapping[Language, Texts],
    announcement: Announcement,
    organisation: Organisation,
    *,
    trial: bool = False,
) -> Message:
    """Return the post for a Teams channel, in every written language; ``trial``: marked as a copy to try."""
    texts = catalogue[Language.NB]
    banner = _banner(texts, announcement)
    if trial:
        banner = texts("announce.trial", banner=banner)
    body: list[Element] = [card.status(banner, style=_STYLES[announcement.severity])]
    body.append(card.small(sender_line(texts, announcement, organisation)))
    said: list[str] = []
    for language in (spoken for spoken in Language if spoken in announcement.wordings):
        wording = announcement.wordings[language]
        part = _text_elements(catalogue[language], announcement)
        body.append({"type": "Container", "separator": bool(said), "items": part})
        said.append(f"{wording.title}\n\n{wording.body}")
    # Links only: readers should not confirm or ask in front of the whole channel.
    body.append(card.small(texts("announce.board.ask")))
    return Message(
        text=f"{banner}: " + "\n\n".join(said) + _links(texts, announcement),
        card=card.card(body, [card.link(link.label(texts.language), link.url) for link in announcement.links]),
        image_id=announcement.image_id,
        image_alt=alternative(announcement.image_alt, texts.language),
    )


def reminder(
    texts: Texts, announcement: Announcement, organisation: Organisation, *, corrected: bool = False
) -> Message:
    """Return the announcement as a reminder to confirm it, or to confirm its corrected text."""
    # With the whole text: a confirmation means that this text was seen.
    title = announcement.wording(texts.language).title
    banner = texts("announce.confirm_corrected" if corrected else "announce.chase", title=title)
    return reader_message(texts, announcement, organisation, banner=banner)


def _text_elements(texts: Texts, announcement: Announcement) -> list[Element]:
    """Return title, text, earlier updates and validity in one language."""
    wording = announcement.wording(texts.language)
    said = [card.heading(wording.title), card.paragraph(wording.body)]
    for earlier in reversed(announcement.earlier):
        old = worded(earlier.wordings, texts.language)
        said.append(card.small(texts("announce.earlier", moment=texts.moment(earlier.at), text=old.body)))
    if announcement.version > 1 and not announcement.incident:
        said.append(card.small(texts("announce.corrected_at", moment=texts.moment(announcement.said_at))))
    if announcement.expires_at is not None:
        said.append(card.small(texts("announce.valid_until", day=texts.day(last_day(announcement.expires_at)))))
    return said


def last_day(expires_at: datetime) -> date:
    """Return the last day in Norway on which the announcement applies."""
    return (expires_at - timedelta(microseconds=1)).astimezone(OSLO).date()  # it expires at midnight


def sender_line(texts: Texts, announcement: Announcement, organisation: Organisation) -> str:
    """Return the sender and the municipality, as readers see them."""
    owner = organisation.municipalities.get(announcement.municipality_id)
    place = owner.names.text(texts.language) if owner else announcement.municipality_id
    sender = card.unmarked(announcement.sender)
    return texts("announce.from_sender", sender=sender, place=place) if sender else texts("announce.from", place=place)


def _links(texts: Texts, announcement: Announcement) -> str:
    return "".join(f"\n{link.label(texts.language)}: {link.url}" for link in announcement.links)


def _banner(texts: Texts, announcement: Announcement) -> str:
    banner = texts(f"announce.banner.{announcement.severity}")
    if announcement.incident and announcement.version > 1:
        return texts("announce.banner.update", what=banner, number=announcement.version - 1)
    return banner


def _button_data(announcement: Announcement) -> Mapping[str, Any]:
    return {"announcement_id": announcement.id}
