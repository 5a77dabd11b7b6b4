"""Which function decides which press. The sides of a handoff lie in their own modules."""

from collections.abc import Callable, Mapping
from typing import Final

from dialogs.event import Event
from dialogs.handoff import asking, offering, resolving, talking, timers
from dialogs.handoff.talking import talk
from dialogs.query import Flow
from dialogs.world import World

__all__ = ["TIMERS", "VERBS", "talk"]

VERBS: Final[Mapping[str, Callable[[Event, World], Flow]]] = {
    "handoff.start": asking.start,
    "handoff.send": asking.send,
    "handoff.cancel": asking.cancel,
    "handoff.edit": asking.edit,
    "handoff.withdraw": asking.withdraw,
    "handoff.confirm": asking.confirm,
    "handoff.reopen": asking.reopen,
    "handoff.rate": asking.rate,
    "handoff.mine": asking.mine,
    "handoff.accept": offering.accept,
    "handoff.decline": offering.decline,
    "handoff.resolve": resolving.resolve,
    "handoff.release": resolving.release,
    "handoff.focus": talking.focus,
    "handoff.stop": talking.stop,
    "handoff.send_unsent": talking.send_unsent,
    "handoff.drop_unsent": talking.drop_unsent,
}
TIMERS: Final = timers.TIMERS
