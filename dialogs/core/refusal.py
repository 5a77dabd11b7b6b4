"""Refusals: how a step deep inside a flow ends the whole flow."""

from dialogs.core.decision import Decision
from dialogs.core.query import Flow


class EventRefused(Exception):
    """The event is refused; ``decision`` holds the notice, and an audit entry where one is due.

    A step that returns a record raises it instead of returning a decision, so that its callers need not look.
    """

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision)
        self.decision = decision


def settled(flow: Flow) -> Flow:
    """Run a flow; a refusal inside it becomes its decision."""
    try:
        return (yield from flow)
    except EventRefused as refusal:
        return refusal.decision
