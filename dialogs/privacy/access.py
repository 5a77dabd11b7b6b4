"""Rights of the data protection officer over other people's data."""

from dialogs.core.data_request import DataRequest
from dialogs.core.person import Person, Role


def is_officer(person: Person) -> bool:
    """Return whether the person is the officer of a municipality now."""
    return person.has(Role.DPO) and person.municipality_id is not None and not person.left


def is_officer_for(officer: Person, person: Person) -> bool:
    """Return whether the officer may look up, export and delete the data of ``person``."""
    return is_officer(officer) and person.municipality_id == officer.municipality_id


def may_download(reader: Person, person: Person) -> bool:
    """Return whether the reader may have the data of ``person`` as a file."""
    return reader.id == person.id or is_officer_for(reader, person)


def may_confirm(person: Person, request: DataRequest) -> bool:
    """Return whether the person may confirm a request: an officer or administrator at neither end of it."""
    involved = {request.registered_by, request.person_id}
    handles = is_officer(person) or (person.has(Role.ADMIN) and not person.left)
    return handles and person.municipality_id == request.municipality_id and person.id not in involved
