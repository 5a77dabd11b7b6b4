"""Rights over the open questions of a municipality: to see them, and to assign them."""

from typing import Final

from dialogs.core.person import Person, Role
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import Status

OVERSEERS: Final = (Role.CONTACT, Role.ADMIN)


def may_oversee(person: Person | None, municipality_id: str) -> bool:
    """Return whether a person sees and assigns the open questions of a municipality."""
    return person is not None and person.municipality_id == municipality_id and person.has(*OVERSEERS)


def may_assign(handoff: Handoff, person_id: str) -> bool:
    """Return whether an overseer may assign it: not once it has an owner, nor their own question."""
    open_to_all = {Status.WAITING, Status.OFFERED, Status.ESCALATED}
    return handoff.status in open_to_all and handoff.asker_id != person_id
