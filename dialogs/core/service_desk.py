"""The published service desk of a municipality, in words."""

from dialogs.core.content import Content
from dialogs.core.texts import Texts
from knowledge.organisation.unit import ServiceDesk


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
