"""Refusals: how a step deep inside a flow ends the whole flow."""

from dialogs.core.decision import Decision
from dialogs.core.query import Flow


class EventRefused(Exception):
    """The event is refused.

    ``decision`` has the notice, and an audit entry if required.

    A step that returns a record raises it instead of returning a decision, so its callers need no check.
    ``needs_proof``: it would be accepted after a recent sign-in. ``missing``: its subject does not exist, or the
    person may not know that it does.
    """

    def __init__(self, decision: Decision, *, needs_proof: bool = False, missing: bool = False) -> None:
        super().__init__(decision)
        self.decision = decision
        self.needs_proof = needs_proof
        self.missing = missing


def catch_refusal(flow: Flow) -> Flow:
    """Run a flow; turn a refusal inside it into its decision."""
    try:
        return (yield from flow)
    except EventRefused as refusal:
        return refusal.decision
