"""People with an inactive directory account and a pending removal."""

from bot.ports import Store
from bot.records.codec import decode
from dialogs.provisioning.model import ScimUser


async def removal_waits(store: Store, person_id: str) -> bool:
    """Return whether a directory deactivated the person and the removal waits. Raises StoreUnavailable."""
    return any(decode(ScimUser, stored).waiting for stored in await store.find(ScimUser.KIND, f"person:{person_id}"))
