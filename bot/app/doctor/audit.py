"""Checks of the audit log: its key, its signed heads, and whether the log is as it was signed."""

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

from bot.app.doctor.finding import Finding, fail, ok, warn
from bot.app.wiring import audit_heads, audit_publics
from bot.audit.keys import KEY_FILE, PUBLIC_FILE, BadKey, key_id
from bot.audit.signer import is_in_chain
from bot.audit.statements import SignedStatement
from bot.ports import Store
from bot.settings.model import Settings

_RESTORE = "Restore both files from the backup; with a new key, keep the old lines of audit.pub."
_VERIFY = "heia audit verify names the rows. After a restored backup, see docs/audit.md."


def audit_findings(settings: Settings) -> Iterator[Finding]:
    """Check the keys, the newest signed head and where heads go, also while the server runs."""
    try:
        keys = {key_id(public): public for public in audit_publics(settings)}
        last = audit_heads(settings).last_head()
    except BadKey as fault:
        yield fail("audit", f"{KEY_FILE} or {PUBLIC_FILE}: {fault}", _RESTORE)
        return
    except OSError as fault:
        yield fail("audit", f"{fault.filename}: {fault.strerror}", "Give the service's user the file.")
        return
    if last is None:
        yield ok("audit", "no head is signed yet")
    elif not last.is_signed_by(keys):
        text = f"the newest signed head (row {last.point.number:,}) is not signed by a known key"
        yield fail("audit", text, _RESTORE)
    else:
        yield ok("audit", f"the newest signed head covers row {last.point.number:,}, signed at {last.at}")
    if settings.database_url is not None and settings.audit_key is None:
        advice = "Set HEIA_AUDIT_KEY to the same secret on every machine."
        yield warn("audit", "each machine signs heads with a key of its own", advice)
    if settings.audit_heads_url is None:
        advice = "Set HEIA_AUDIT_HEADS_URL, or copy the file of heads to another owner daily: docs/audit.md."
        yield warn("audit", "heads stay on this machine: removed newest entries cannot be noticed", advice).explained(
            "heads_here"
        )


async def audit_store_findings(store: Store, settings: Settings) -> AsyncIterator[Finding]:
    """Compare the log with its newest signed head; ``heia audit verify`` checks all of it."""
    strays = await store.audit_strays(limit=100)
    if strays:
        many = "100 or more" if len(strays) == 100 else str(len(strays))
        yield fail("audit", f"{many} entries are not in the chain", _VERIFY).explained("log_changed")
    last: SignedStatement | None = None
    with suppress(OSError):
        last = audit_heads(settings).last_head()
    if last is not None and not await is_in_chain(store, last.point):
        yield fail("audit", f"the log is not as it was signed at {last.at}: shortened or rewritten", _VERIFY).explained(
            "log_changed"
        )
