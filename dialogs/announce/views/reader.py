"""Access to announcements on the desk."""

from dataclasses import dataclass

from dialogs.announce.access import Announcer, announcer_of
from dialogs.announce.approve.authority import is_approver, responsible_id
from dialogs.announce.model import EDITABLE, Announcement, AnnouncementState
from dialogs.core.person import Role
from dialogs.core.query import Asking, find, find_all
from dialogs.core.viewer import Viewer

READERS = frozenset({Role.ANNOUNCER, Role.APPROVER, Role.ADMIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementReader:
    """A person with access to announcements. ``announcer`` is None without the right to write them."""

    viewer: Viewer
    announcer: Announcer | None

    def sees(self, announcement: Announcement) -> bool:
        """Return whether the person may look at the announcement."""
        if self.announcer is not None:
            return self.announcer.sees(announcement, self.viewer.content.organisation)
        # Drafts are for announcers only.
        own = announcement.municipality_id == self.viewer.person.municipality_id
        return own and announcement.state not in EDITABLE

    def may_approve(self, announcement: Announcement) -> bool:
        """Return whether the person may answer the request for approval."""
        person = self.viewer.person
        waits = announcement.state is AnnouncementState.AWAITING or announcement.pending is not None
        own_request = person.id in {announcement.author_id, responsible_id(announcement)}
        return waits and is_approver(person, announcement) and not own_request

    @property
    def municipality_ids(self) -> tuple[str, ...]:
        """The municipalities with announcements that the person may read."""
        if self.announcer is not None and self.announcer.municipality_id is None:
            return tuple(self.viewer.content.organisation.municipalities)
        return (self.viewer.person.municipality_id or "",)


def reader_of(viewer: Viewer) -> AnnouncementReader:
    """Return the viewer as a reader of announcements. Raises EventRefused."""
    viewer.require(*READERS)
    if viewer.person.municipality_id not in viewer.content.organisation.municipalities:
        raise viewer.refusal("desk.refused.municipality")
    return AnnouncementReader(viewer=viewer, announcer=announcer_of(viewer.person, viewer.content))


def announcement_for(viewer: Viewer, id_: str) -> Asking[tuple[AnnouncementReader, Announcement]]:
    """Return the announcement for a reader of it. Raises EventRefused."""
    reader = reader_of(viewer)
    announcement = yield from find(Announcement, id_[:100])
    # One sentence for both: a refusal must not reveal which announcements exist.
    if announcement is None or not reader.sees(announcement):
        raise viewer.not_found("announce.refuse.unknown")
    return reader, announcement


def announcements_of(reader: AnnouncementReader, term: str) -> Asking[list[Announcement]]:
    """Return the announcements that the reader may see; ``term`` has ``{}`` for the municipality."""
    announcements: list[Announcement] = []
    for municipality_id in reader.municipality_ids:
        announcements += yield from find_all(Announcement, term.format(municipality_id))
    return [announcement for announcement in announcements if announcement.wordings and reader.sees(announcement)]
