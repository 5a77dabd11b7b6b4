"""The contacts of the asker's unit and municipality, in words."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from dialogs.core import card
from dialogs.core.article_view import ArticleAnswer, ArticleView, Completers, public_contact, service_desk_lines
from dialogs.core.content import Content
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking
from dialogs.core.texts import Texts
from knowledge.article.article import Source
from knowledge.organisation.unit import Contact

SHOW: Final = "contacts.show"


def contacts_text(texts: Texts, content: Content, person: Person) -> str:
    """Return an employee's contacts as Markdown, the nearest first, then the service desk; empty without any."""
    organisation = content.organisation
    municipality = organisation.municipalities.get(person.municipality_id or "")
    if municipality is None:
        return ""
    unit = organisation.find_unit(person.unit_id) if person.unit_id else None
    above = organisation.path(unit.id) if unit is not None and unit.municipality_id == municipality.id else ()
    own = [contact for unit in above for contact in unit.contacts]
    own += [*([municipality.contact] if municipality.contact else []), *municipality.contacts]
    parts = [_as_list(texts, own)] if own else []
    for provider in organisation.municipalities.values():
        if provider.provider and provider.contacts and provider.id != municipality.id:
            parts.append(texts("contacts.at_provider", provider=provider.names.text(texts.language)))
            parts.append(_as_list(texts, provider.contacts))
    if desk := service_desk_lines(texts, content, municipality.id):
        parts += [texts("contacts.service_desk"), " ".join(desk)]
    return "\n\n".join(parts)


def _as_list(texts: Texts, contacts: Iterable[Contact]) -> str:
    lines = (_in_words(texts, contact) for contact in dict.fromkeys(contacts))
    return "\n".join(f"- {line}" for line in lines)


def _in_words(texts: Texts, contact: Contact) -> str:
    role, address = contact.role.text(texts.language), contact.address
    return texts("contacts.line", role=role, address=f"[{address}](mailto:{address})")


def outsiders_text(texts: Texts, content: Content, municipality_id: str | None) -> str:
    """Return the public address, and nothing else; empty if none is published."""
    contact = public_contact(content, municipality_id)
    return texts("contacts.public", address=f"[{contact.address}](mailto:{contact.address})") if contact else ""


def for_outsiders(texts: Texts, content: Content, municipality_id: str | None) -> Message:
    """Return the public address as a message."""
    return contacts_message(texts("contacts.public_title"), outsiders_text(texts, content, municipality_id), texts)


def contacts_message(title: str, text: str, texts: Texts) -> Message:
    said = text or texts("contacts.none")
    return Message(text=f"{title}\n\n{said}", card=card.card([card.heading(title), card.paragraph(said)]))


def title_for(texts: Texts, content: Content, person: Person) -> str:
    municipality = content.organisation.municipalities.get(person.municipality_id or "")
    return texts("contacts.title", place=municipality.names.text(texts.language) if municipality else "")


def own_contacts(asked: ArticleAnswer, content: Content) -> Asking[ArticleView | None]:
    """Return the asker's contacts in place of the article about them; None if none are known."""
    yield from ()
    person, texts = asked.person, asked.texts
    if person is None or person.is_outsider:
        title = texts("contacts.public_title")
        text = outsiders_text(texts, content, person.municipality_id if person is not None else None)
    else:
        title, text = title_for(texts, content, person), contacts_text(texts, content, person)
    if not text:
        return None
    article = replace(
        asked.view.article,
        language=texts.language,
        title=title,
        answer=text,
        source=Source(title=texts("contacts.source")),
        sample=content.organisation.sample,
    )
    # The service desk stands in the text already, and is not for outsiders.
    place = content.organisation.municipalities.get(person.municipality_id or "") if person is not None else None
    scope = place.names.text(texts.language) if place is not None else asked.view.applies_to
    return replace(asked.view, article=article, service_desk=(), applies_to=scope)


COMPLETERS: Final[Completers] = {SHOW: own_contacts}
