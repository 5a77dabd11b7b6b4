"""Names of acts, actors, subjects and details of the audit log in the reader's language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Final

from dialogs.announce.model import EDITABLE, Announcement
from dialogs.core.audit import OPERATOR, AuditEntry
from dialogs.core.event import CLOCK
from dialogs.core.person import Person, Role
from dialogs.core.texts import Texts
from dialogs.core.viewer import Viewer

_ISO: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\+\d\d:\d\d")
_by_name: Final = itemgetter(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActArea:
    """Acts that belong together, as pairs of the act and its name. ``key`` is how the acts begin."""

    key: str
    name: str
    acts: tuple[tuple[str, str], ...]


def act_choices(texts: Texts) -> tuple[ActArea, ...]:
    """Return every area with its acts, by name."""
    acts = texts.starting("audit.act.")
    areas = texts.starting("audit.area.")
    rows = []
    for key, name in areas.items():
        area = key.removeprefix("audit.area.")
        within = f"audit.act.{area}."
        area_acts = [(act.removeprefix("audit.act."), label) for act, label in acts.items() if act.startswith(within)]
        rows.append(ActArea(key=area, name=name, acts=tuple(sorted(area_acts, key=_by_name))))
    return tuple(sorted(rows, key=lambda area: area.name))


def act_name(texts: Texts, act: str) -> str:
    """Return the name of an act; the act itself if an earlier version wrote it."""
    return texts.starting("audit.act.").get(f"audit.act.{act}", act)


def actor_name(viewer: Viewer, actor: str, people: Mapping[str, Person]) -> str:
    """Return the actor: a person, Heia itself, or an account's command."""
    if actor == CLOCK:
        return viewer.texts("desk.audit.clock")
    program, _, account = actor.partition(":")
    if program == OPERATOR:
        return viewer.texts("desk.audit.operator", account=account or "?")
    return person_name(viewer, actor, people)


def subject_name(
    viewer: Viewer, entry: AuditEntry, people: Mapping[str, Person], announcements: Mapping[str, Announcement]
) -> str:
    """Return the name of the act's subject, or else its id."""
    if entry.about_person:
        return person_name(viewer, entry.subject, people)
    if title := _announcement_title(viewer, announcements.get(entry.subject)):
        return title
    municipality = viewer.content.organisation.municipalities.get(entry.subject)
    if municipality is not None:
        return municipality.names.text(viewer.texts.language)
    kind = viewer.texts.starting("privacy.kind.").get(f"privacy.kind.{entry.subject}")
    return kind or viewer.texts.starting("officer.run.").get(f"officer.run.{entry.subject}", entry.subject)


def _announcement_title(viewer: Viewer, announcement: Announcement | None) -> str:
    # Drafts are for announcers only, and announcements of another municipality are for its own officer.
    own = announcement is not None and announcement.municipality_id == viewer.person.municipality_id
    if announcement is None or not own or announcement.state in EDITABLE:
        return ""
    return viewer.texts("desk.audit.announcement", title=announcement.wording(viewer.texts.language).title)


def person_name(viewer: Viewer, id_: str, people: Mapping[str, Person]) -> str:
    """Return the name of a person of the reader's municipality; of another one, only that it is another."""
    person = people.get(id_)
    if person is None:
        return id_
    own = person.municipality_id == viewer.person.municipality_id
    return (person.name or person.id) if own else viewer.texts("desk.audit.elsewhere")


def detail_texts(viewer: Viewer, entry: AuditEntry) -> tuple[str, ...]:
    """Return the details as "name: value"."""
    names = viewer.texts.starting("audit.detail.")
    return tuple(
        f"{names.get(f'audit.detail.{name}', name)}: {_detail_value(viewer, name, value)}"
        for name, value in entry.details
    )


def _detail_value(viewer: Viewer, name: str, value: str) -> str:
    texts = viewer.texts
    match name, value:
        case _, "true":
            return texts("audit.yes")
        case _, "false":
            return texts("audit.no")
        case _, _ if _ISO.fullmatch(value):
            return texts.dated(datetime.fromisoformat(value))
        case "municipality", _ if value in viewer.content.organisation.municipalities:
            return viewer.content.organisation.municipalities[value].names.text(texts.language)
        case "kind", _:
            return texts.starting("officer.request.kind.").get(f"officer.request.kind.{value}", value)
        case "status", _:
            return texts.starting("software.status.").get(f"software.status.{value}", value).rstrip(".")
        case "roles", _:
            known = {role.value for role in Role}
            return ", ".join(texts(f"profile.role.{role}") if role in known else role for role in value.split(","))
        case _:
            return value
