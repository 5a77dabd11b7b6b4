"""What a process does with the keys of the audit log for its flows, and stand-ins for a process without them."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from dialogs.core.audit import AuditVerdict

# Verifies the audit log with the keys and signed heads of this machine.
AuditVerification = Callable[[], Awaitable[AuditVerdict]]
# Signs the receipt of an erasure, given its number and time.
ReceiptSigner = Callable[[str, datetime], str]


def unsigned(number: str, at: datetime) -> str:
    """Return no signature: this process signs no receipts."""
    return ""


async def without_audit_keys() -> AuditVerdict:
    """Raise RuntimeError: this process has no flow that verifies the log."""
    raise RuntimeError("this process does not verify the audit log")
