"""Reasons why a directory cannot be read."""

from datetime import timedelta
from typing import Final

# What an operator can do about the usual ones; codes of Entra's token endpoint begin with AADSTS.
# Source: https://learn.microsoft.com/entra/identity-platform/reference-error-codes, 2026-11-26.
ADVICE: Final = {
    "AADSTS7000215": "The client secret is wrong: enter its value, not its id.",
    "AADSTS7000222": "The client secret has ended: make a new one in Entra.",
    "AADSTS700016": "The tenant has no such application: check client_id and tenant_id.",
    "AADSTS700027": "The certificate is not the one in Entra: upload it there.",
    "AADSTS90002": "There is no such tenant: check tenant_id.",
    "http_401": "Entra withdrew the token: has the application been blocked?",
    "http_403": "A permission is missing: User.Read.All and GroupMember.Read.All need an administrator's consent.",
    "foreign_host": "An answer led to another host, and was not followed.",
    "no_json": "Something between Heia and Microsoft answers in its place, such as a proxy.",
    "throttled": "Microsoft asks Heia to wait; it goes on by itself.",
    "group_missing": "A group that the file names does not exist, or several have its name: use its object id.",
    "group_gone": "A group of [source.scope] or [source.pupils] was deleted: change the file and restart.",
    "too_many_groups": "The tenant has more than 2,000 groups of pupils: give the employees a tenant or SCIM.",
    "no_credential": "The secret or the certificate cannot be read.",
    "running": "Another process reads this directory now.",
}


class GraphFault(Exception):
    """A directory could not be read; nothing was changed by it.

    Attributes:
        reason: one word, never a secret or a name of a person.
        detail: a name from the file of settings, for the operator.
        retry_after: how long Microsoft asks Heia to wait.
    """

    def __init__(self, reason: str, detail: str = "", *, retry_after: timedelta | None = None) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
        self.retry_after = retry_after

    @property
    def advice(self) -> str:
        """What to do, for the operator; empty if there is nothing special."""
        return ADVICE.get(self.reason, "")


class ResyncNeeded(Exception):
    """The delta link is no longer valid: everything must be read again."""
