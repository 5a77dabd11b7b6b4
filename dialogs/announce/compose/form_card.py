"""The card with the announcement form."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final

from dialogs.announce.access import Announcer
from dialogs.announce.audience import Audience
from dialogs.announce.cards import handle
from dialogs.announce.compose.form import KEEP_IMAGE, MAX_SENDER, REMOVE_IMAGE, Places, expiry_day, places
from dialogs.announce.compose.wording import MAX_ALTERNATIVE, MAX_LINKS, by_field, link_field
from dialogs.announce.following import TOPICS
from dialogs.announce.model import Announcement, Link, Severity
from dialogs.announce.sure import SURE, YES
from dialogs.core import card
from dialogs.core.card import Element
from dialogs.core.content import Content
from dialogs.core.event import Event
from dialogs.core.image import Image
from dialogs.core.message import Message
from dialogs.core.person import Role
from dialogs.core.texts import Texts
from dialogs.teams_membership.model import ChosenChannel
from knowledge.article.article import Language
from knowledge.organisation.unit import Sector

# Entries of a list shown in the card, for Teams' size limit.
MAX_SHOWN: Final = 200
# Characters of a refused form that is shown again, for the same limit: three texts of the longest kind.
MAX_WRITTEN: Final = 12_000
ROLES: Final = (Role.AMBASSADOR, Role.LEADER, Role.CONTACT, Role.EDITOR, Role.ANNOUNCER)


def form(
    texts: Texts, content: Content, who: Announcer, draft: Announcement, channels: Sequence[ChosenChannel] = ()
) -> Message:
    """Return the form, filled with the draft; ``channels`` can be chosen."""
    more = bool(set(draft.wordings) - {Language.NB})
    audience = draft.audience
    shown = places(content.organisation, audience, texts.language, own=who.municipality_id)
    narrowed = bool(audience.sectors or audience.site_ids or audience.languages or audience.person_ids or draft.links)
    narrowed = narrowed or bool(draft.channels)
    body: list[Element] = [
        card.heading(texts("announce.form.heading")),
        *wording_fields(texts, draft, [Language.NB]),
        card.choose(
            "severity",
            texts("announce.form.severity"),
            [(texts(f"announce.severity.{s}"), s.value) for s in Severity],
            value=draft.severity,
        ),
        card.small(texts("announce.form.severity_how")),
        *_municipality_fields(texts, shown, who, draft),
        *_role_fields(texts, draft),
        card.small(texts("announce.form.to_all")),
        card.buttons(
            card.unfold(texts("announce.form.choose_units"), "units_more"),
            card.unfold(texts("announce.form.more_languages"), "languages_more"),
            card.unfold(texts("announce.form.more"), "more"),
        ),
        card.folding("units_more", _unit_fields(texts, shown, draft), open_=bool(audience.unit_ids)),
        card.folding("languages_more", wording_fields(texts, draft, [Language.NN, Language.EN]), open_=more),
        card.folding(
            "more",
            [*_channel_fields(texts, draft, channels), *_more_fields(texts, shown, draft)],
            open_=narrowed,
        ),
    ]
    actions = [
        card.press(texts("announce.preview"), "announce.preview", primary=True, **handle(draft)),
        card.press(texts("announce.discard"), "announce.discard", checks=False, **handle(draft)),
    ]
    return Message(text=texts("announce.form.heading"), card=card.card(body, actions))


def correction(
    texts: Texts, announcement: Announcement, uploaded: Image | None = None, *, sure: bool = False
) -> Message:
    """Return the form to correct a sent announcement, or to update an incident.

    ``uploaded``: an image the announcer has sent in the chat, which can replace the present one. ``sure``: its button
    answers the question before the act.
    """
    heading = texts("announce.update.heading" if announcement.incident else "announce.correct.heading")
    shown = list(announcement.wordings) if Language.NB in announcement.wordings else [Language.NB]
    body: list[Element] = [
        card.heading(heading),
        card.small(texts("announce.update.how" if announcement.incident else "announce.correct.how")),
        *wording_fields(texts, announcement, shown),
        *_link_fields(texts, announcement),
        *_image_fields(texts, announcement, uploaded),
        card.pick_date("expires", texts("announce.form.expires"), value=expiry_day(announcement.expires_at)),
    ]
    if announcement.confirm:
        body.append(card.toggle("confirm_again", texts("announce.correct.confirm_again")))
    send = texts("announce.sure.yes" if sure else "announce.correct.now")
    held = {**handle(announcement), SURE: YES} if sure else handle(announcement)
    actions = [
        card.press(send, "announce.corrected", primary=True, **held),
        card.press(texts("announce.recall.no"), "announce.refresh", checks=False, **handle(announcement)),
    ]
    return Message(text=heading, card=card.card(body, actions))


def as_sent(form: Message, event: Event, *, faults: Sequence[str] = (), question: str = "") -> Message | None:
    """Return a form as it was sent, with each fault at its field.

    Other faults, and a ``question`` about the whole, stand above all fields. None if more was written than a card
    holds, such as a long list.
    """
    written = {name: str(event.pressed.text(name)) for name in event.pressed.data}
    if sum(map(len, written.values())) > MAX_WRITTEN:
        return None
    shown, errors = form.card or {}, by_field(faults)
    body = [card.status(fault, style="attention") for fault in faults if fault not in errors.values()]
    body += [card.status(question, style="warning")] if question else []
    body += card.filled(shown["body"], written=written, errors=errors)
    return replace(form, text=question or form.text, card={**shown, "body": body})


def wording_fields(texts: Texts, draft: Announcement, languages: Iterable[Language]) -> list[Element]:
    fields: list[Element] = []
    for language in languages:
        name = texts(f"announce.language.{language}")
        wording = draft.wordings.get(language)
        required = texts("announce.fault.no_bokmal") if language is Language.NB else None
        fields.append(
            card.write(
                f"title_{language}",
                texts("announce.form.title", language=name),
                value=wording.title if wording else "",
                required=required,
                most=None,
            )
        )
        fields.append(
            card.write(
                f"body_{language}",
                texts("announce.form.body", language=name),
                value=wording.body if wording else "",
                multiline=True,
                required=required,
                most=None,
                hint=texts("announce.form.body_hint"),
            )
        )
    return fields


def _municipality_fields(texts: Texts, shown: Places, who: Announcer, draft: Announcement) -> list[Element]:
    """Return the choice of municipalities, empty for announcers of a single one."""
    if who.municipality_id is not None or not shown.municipalities:
        return []
    return [
        card.choose(
            "municipalities",
            texts("announce.form.municipalities"),
            shown.municipalities,
            value=",".join(sorted(draft.audience.municipality_ids)),
            several=True,
            hint=texts("announce.audience.everyone"),
        )
    ]


def _role_fields(texts: Texts, draft: Announcement) -> list[Element]:
    return [
        card.choose(
            "roles",
            texts("announce.form.roles"),
            [(texts(f"announce.role.{role}"), role.value) for role in ROLES],
            value=",".join(sorted(draft.audience.roles)),
            several=True,
            hint=texts("announce.form.all"),
        )
    ]


def _unit_fields(texts: Texts, shown: Places, draft: Announcement) -> list[Element]:
    """Return the choice of units, and a text field for unlisted places."""
    fields: list[Element] = []
    if shown.units:
        fields.append(
            card.choose(
                "units",
                texts("announce.form.units"),
                shown.units,
                value=",".join(sorted(draft.audience.unit_ids)),
                several=True,
                hint=texts("announce.form.all"),
            )
        )
    if not shown.whole:
        fields.append(
            card.write(
                "named", texts("announce.form.named"), multiline=True, most=None, hint=texts("announce.form.named_hint")
            )
        )
    return fields


def _channel_fields(texts: Texts, draft: Announcement, channels: Sequence[ChosenChannel]) -> list[Element]:
    """Return the choice of channels, empty in a municipality without Teams."""
    if not channels:
        return []
    return [
        card.choose(
            "channels",
            texts("announce.form.channels"),
            [(target.display_name(texts), target.channel_id) for target in channels],
            value=",".join(target.channel_id for target in draft.channels),
            several=True,
            hint=texts("announce.form.no_channels"),
        ),
        card.toggle("channels_only", texts("announce.form.channels_only"), on=draft.audience.channels_only),
    ]


def _more_fields(texts: Texts, shown: Places, draft: Announcement) -> list[Element]:
    audience = draft.audience
    everything = texts("announce.form.all")
    lists: list[tuple[str, Sequence[tuple[str, str]], Collection[str]]] = [
        ("sectors", [(texts(f"announce.sector.{s}"), s.value) for s in Sector], audience.sectors),
        *([("sites", shown.sites, audience.site_ids)] if shown.sites else ()),
        (
            "languages",
            [(texts(f"announce.language.{spoken}"), spoken.value) for spoken in Language],
            audience.languages,
        ),
    ]
    fields: list[Element] = [
        card.choose(
            name, texts(f"announce.form.{name}"), choices, value=",".join(sorted(chosen)), several=True, hint=everything
        )
        for name, choices, chosen in lists
    ]
    return [
        card.write("sender", texts("announce.form.sender"), value=draft.sender, most=MAX_SENDER),
        *fields,
        card.choose(
            "topic",
            texts("announce.form.topic"),
            [(everything, ""), *((texts(f"status.topic.{topic}"), topic) for topic in TOPICS)],
            value=audience.topic,
        ),
        *_kept_list(texts, audience),
        card.write(
            "list",
            texts("announce.form.list"),
            value="" if _is_long(audience) else "\n".join(sorted(audience.person_ids)),
            multiline=True,
            most=None,
            hint=texts("announce.form.list_hint"),
        ),
        *_link_fields(texts, draft),
        *(_alternative_fields(texts, draft) if draft.image_id else ()),
        card.pick_date("expires", texts("announce.form.expires"), value=expiry_day(draft.expires_at)),
        card.toggle("confirm", texts("announce.form.confirm"), on=draft.confirm),
        card.toggle("incident", texts("announce.form.incident"), on=draft.incident),
        card.toggle("joiners", texts("announce.form.joiners"), on=draft.joiners),
    ]


def _link_fields(texts: Texts, draft: Announcement) -> list[Element]:
    """Return a field for each label and address, and those of one more link."""
    languages = [spoken for spoken in Language if spoken is Language.NB or spoken in draft.wordings]
    fields: list[Element] = []
    for number in range(1, min(len(draft.links) + 1, MAX_LINKS) + 1):
        link = draft.links[number - 1] if number <= len(draft.links) else Link(title="", url="")
        labels = {Language.NB: link.title, **link.titles}
        for spoken in dict.fromkeys([*languages, *link.titles]):
            name = texts(f"announce.language.{spoken}")
            label = texts("desk.announcements.link_label", number=number, language=name)
            fields.append(card.write(link_field(number, spoken), label, value=labels.get(spoken, ""), most=None))
        address = texts("desk.announcements.link_url", number=number)
        fields.append(card.write(link_field(number, "url"), address, value=link.url, most=None))
    return fields


def _image_fields(texts: Texts, announcement: Announcement, uploaded: Image | None) -> list[Element]:
    """Return the choice of an image and its alternative texts; a hint while there is no image to choose."""
    if announcement.image_id is None and uploaded is None:
        return [card.small(texts("announce.correct.image_hint"))]
    choices = [(texts("announce.correct.image_keep"), KEEP_IMAGE)]
    if announcement.image_id is not None:
        choices.append((texts("announce.picture.remove"), REMOVE_IMAGE))
    if uploaded is not None:
        choices.append((texts("announce.correct.image_new", clock=texts.clock(uploaded.at)), uploaded.id))
    return [
        card.choose("image", texts("announce.correct.image"), choices, value=KEEP_IMAGE),
        *_alternative_fields(texts, announcement),
    ]


def _alternative_fields(texts: Texts, announcement: Announcement) -> list[Element]:
    return [
        card.write(
            f"alt_{language}",
            texts("announce.form.alt", language=texts(f"announce.language.{language}")),
            value=announcement.image_alt.get(language, ""),
            most=MAX_ALTERNATIVE,
        )
        for language in Language
        if language is Language.NB or language in announcement.wordings
    ]


def _kept_list(texts: Texts, audience: Audience) -> list[Element]:
    """Return the toggle that keeps a list too long for the card."""
    if not _is_long(audience):
        return []
    kept = texts.plural("announce.form.keep_list", len(audience.person_ids))
    return [card.toggle("keep_list", kept, on=True)]


def _is_long(audience: Audience) -> bool:
    return len(audience.person_ids) > MAX_SHOWN
