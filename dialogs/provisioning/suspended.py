"""People awaiting removal: a directory deactivated them, and no administrator has confirmed it yet."""

from dialogs.core.person import Person
from dialogs.core.query import Asking, find_all
from dialogs.core.viewer import Viewer
from dialogs.provisioning.model import ScimUser


def awaits_removal(person: Person) -> Asking[bool]:
    """Return whether a directory deactivated the person, and the removal waits for an administrator."""
    if not person.registered:
        return False
    accounts = yield from find_all(ScimUser, f"person:{person.id}")
    return any(account.waiting for account in accounts)


def suspension_view(viewer: Viewer) -> Asking[bool]:
    """Return whether the reader awaits removal, and so may use no page."""
    return (yield from awaits_removal(viewer.person))
