"""When a person was erased, by the audit log."""

from datetime import datetime

from bot.ports import Store
from bot.records.codec import decode
from dialogs.core.audit import AuditEntry


async def last_erasure(store: Store, person_id: str) -> datetime | None:
    """Return when the person was last erased; None when the audit log has no erasure."""
    entries = [decode(AuditEntry, stored) for stored in await store.find(AuditEntry.KIND, f"subject:{person_id}")]
    return max((entry.at for entry in entries if entry.act == "privacy.erased"), default=None)
