"""End a person's web sessions and unused links."""

from dialogs.core.decision import Decision, EndSessions, do, remove
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, find_all
from dialogs.signin.model import SignInLink, WebSession


def end_sessions(person_id: str) -> Asking[Decision]:
    """Remove all sessions and unused links of a person.

    Open pages close at once, in every process.
    """
    decision = do(EndSessions(person_id=person_id))
    for session in (yield from find_all(WebSession, f"person:{person_id}")):
        decision += remove(WebSession, session.id)
    for link in (yield from find_all(SignInLink, f"person:{person_id}")):
        decision += remove(SignInLink, link.id)
    return decision


def loses_rights(before: Person, after: Person | None) -> bool:
    """Return whether a change removes a right that an open session may depend on."""
    # Such changes are: leaving the registry, losing a role or its municipality, or losing the verified account.
    if after is None or (before.registered and not after.registered):
        return True
    if before.account is not None and before.account != after.account:
        return True
    return not rights(before) <= rights(after)


def rights(person: Person) -> frozenset[tuple[Role, str | None]]:
    """Return the person's roles with their municipality."""
    # Without a municipality, the role EMPLOYEE does not count, because it gives no rights yet.
    if person.municipality_id is None:
        return frozenset((role, None) for role in person.roles - {Role.EMPLOYEE})
    return frozenset((role, person.municipality_id) for role in person.roles)
