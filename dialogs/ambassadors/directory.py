"""The ambassadors of the reader's municipality, for every employee: "ambassador at the library?"."""

from dataclasses import dataclass

from dialogs.ambassadors.fields import language_names
from dialogs.ambassadors.people import is_about, named_unit, unit_named
from dialogs.availability.registry import Registry, back_at, registry_of, state_at
from dialogs.availability.topic import topic_names
from dialogs.core.names import name_of
from dialogs.core.paging import Paged, paged
from dialogs.core.person import Role
from dialogs.core.query import Asking
from dialogs.core.speaker import Viewer
from knowledge.organisation.nearest import Asker, Availability, Ranked


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryEntry:
    """An ambassador as colleagues see them."""

    name: str
    unit: str
    topics: str
    languages: str
    state: str
    free: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryPage:
    """A page of ambassadors, nearest first. ``near``: the unit they are near to; empty without one."""

    words: str
    near: str
    entries: Paged[DirectoryEntry]


def directory_view(viewer: Viewer, *, words: str = "", number: int = 1) -> Asking[DirectoryPage]:
    """Return the ambassadors near the unit that the words name, or those with all words in name, unit or topics."""
    viewer.require(*Role)
    municipality_id = viewer.require_municipality(viewer.person.municipality_id)
    registry = yield from registry_of(municipality_id, viewer.content)
    place = named_unit(viewer, words, municipality_id)
    home = place.id if place is not None else viewer.person.unit_id or municipality_id
    ranked = _ranked(viewer, registry, home)
    if place is None and (wanted := words.casefold().split()):
        ranked = [candidate for candidate in ranked if is_about(wanted, *_searched(viewer, candidate))]
    page = paged(ranked, number)
    near = place.names.text(viewer.texts.language) if place is not None else ""
    entries = page.showing(_directory_entry(viewer, registry, candidate) for candidate in page.items)
    return DirectoryPage(words=words, near=near, entries=entries)


def _searched(viewer: Viewer, candidate: Ranked) -> tuple[str, str, str]:
    ambassador = candidate.ambassador
    return ambassador.name, unit_named(viewer, ambassador.unit_id), topic_names(viewer.texts, ambassador.topics)


def _ranked(viewer: Viewer, registry: Registry, unit_id: str) -> list[Ranked]:
    # Without the reader's id, so that ambassadors find themselves too.
    asker = Asker(
        person_id=None, municipality_id=registry.municipality_id, unit_id=unit_id, language=viewer.texts.language
    )
    nearest = registry.nearest(asker, viewer.content, viewer.at, free_only=False, limit=max(1, len(registry.profiles)))
    return [candidate for candidate in nearest if candidate.ambassador.municipality_id == registry.municipality_id]


def _directory_entry(viewer: Viewer, registry: Registry, candidate: Ranked) -> DirectoryEntry:
    texts, ambassador = viewer.texts, candidate.ambassador
    return DirectoryEntry(
        name=name_of(registry.people.get(ambassador.person_id), texts),
        unit=unit_named(viewer, ambassador.unit_id),
        topics=topic_names(texts, ambassador.topics),
        languages=language_names(texts, ambassador),
        state=state_at(texts, candidate.availability, ambassador, viewer.content, viewer.at),
        free=candidate.availability is Availability.FREE and back_at(viewer.content, ambassador, viewer.at) is None,
    )
