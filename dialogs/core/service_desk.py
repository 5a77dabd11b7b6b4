"""The published service desk of a municipality in words, and its address for people outside."""

from dialogs.core.content import Content
from dialogs.core.texts import Texts
from knowledge.organisation.unit import Contact, ServiceDesk


def service_desk_lines(texts: Texts, content: Content, municipality_id: str | None) -> tuple[str, ...]:
    """Return telephone, evening duty and page, one line each; empty if the municipality has published none.

    Invented numbers are marked as an example.
    """
    municipality = content.organisation.municipalities.get(municipality_id or "")
    desk = municipality.service_desk if municipality else None
    lines = [] if desk is None else _in_words(texts, desk)
    if lines and content.organisation.sample:
        lines[0] = texts("common.sample", text=lines[0])
    return tuple(lines)


def public_contact(content: Content, municipality_id: str | None) -> Contact | None:
    """Return the address for people outside a municipality, without one that of the provider."""
    organisation = content.organisation
    known = organisation.municipalities.get(municipality_id or "")
    provider = next(
        (municipality for municipality in organisation.municipalities.values() if municipality.provider), None
    )
    for municipality in (known, provider):
        if municipality is not None and (contact := municipality.public_contact or municipality.controller) is not None:
            return contact
    return None


def _in_words(texts: Texts, desk: ServiceDesk) -> list[str]:
    lines = []
    hours = desk.hours.text(texts.language) if desk.hours else ""
    if desk.phone:
        key = "service_desk.phone_hours" if hours else "service_desk.phone"
        lines.append(texts(key, phone=desk.phone, hours=hours))
    elif hours:
        lines.append(texts("service_desk.hours", hours=hours))
    if duty := desk.evening_duty:
        key = "service_desk.evening_hours" if duty.hours else "service_desk.evening"
        lines.append(texts(key, phone=duty.phone, hours=duty.hours.text(texts.language) if duty.hours else ""))
    if desk.page:
        lines.append(texts("service_desk.page", page=desk.page))
    return lines
