"""An account for tests about people whose removal waits."""

from dialogs.provisioning.model import ScimUser
from tests.unit.driver import TUESDAY


def waiting_account(person_id: str) -> ScimUser:
    """Return the account of a person that a directory deactivated."""
    return ScimUser(
        id=f"account-{person_id}",
        person_id=person_id,
        municipality_id="lillevik",
        user_name=person_id,
        resource={},
        waiting=True,
        created_at=TUESDAY,
        changed_at=TUESDAY,
    )
