"""Map card verbs and timers of a handoff to their functions."""

from collections.abc import Callable, Mapping
from typing import Final

from dialogs.core.content import Content
from dialogs.core.event import Event
from dialogs.core.query import Flow
from dialogs.handoff import asking, network, offering, passing, resolving, suggesting, talking, timers
from dialogs.handoff.talking import talk

__all__ = ["TIMERS", "VERBS", "talk"]

VERBS: Final[Mapping[str, Callable[[Event, Content], Flow]]] = {
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
    "handoff.pass_card": passing.pass_card,
    "handoff.pass": passing.pass_on,
    "handoff.pass_cancel": passing.pass_cancel,
    "handoff.search": network.search,
    "handoff.send_article": network.send_article,
    "handoff.ask_network": network.ask_network,
    "handoff.tip": network.tip,
    "handoff.focus": talking.focus,
    "handoff.stop": talking.stop,
    "handoff.send_unsent": talking.send_unsent,
    "handoff.drop_unsent": talking.drop_unsent,
    **suggesting.VERBS,
}
TIMERS: Final = timers.TIMERS
