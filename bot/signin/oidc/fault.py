"""Reasons why a sign-in at a provider ends without a session."""

from enum import StrEnum


class FaultReason(StrEnum):
    """Reason shown to the user. Each has a text, ``signin.fault.…``."""

    CANCELLED = "cancelled"
    EXPIRED = "expired"
    PROVIDER = "provider"
    INVALID = "invalid"
    STALE = "stale"
    WEAK = "weak"
    UNKNOWN = "unknown"
    NOT_ALLOWED = "not_allowed"
    LEFT = "left"
    STORE = "store"


class SignInFault(Exception):
    """A sign-in ended without a session. ``detail`` is a code for the log, never a value from outside."""

    def __init__(self, reason: FaultReason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
