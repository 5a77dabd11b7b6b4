"""Map card verbs and timers of a handoff to their functions."""

from typing import Final

from dialogs.core.feature import Feature, Verbs
from dialogs.core.review import Exempt, ReviewGround
from dialogs.handoff import (
    asking,
    earlier_chat,
    network,
    offering,
    overseeing,
    passing,
    resolving,
    suggesting,
    talking,
    timers,
    typed,
    undo,
)
from dialogs.handoff.addition import Addition
from dialogs.handoff.draft import Draft, Unsent
from dialogs.handoff.limits import GuestAllowance
from dialogs.handoff.model import Handoff
from dialogs.handoff.suggestion import Suggestion

VERBS: Final[Verbs] = {
    "handoff.start": asking.start,
    "handoff.send": asking.send,
    "handoff.cancel": asking.cancel,
    "handoff.edit": asking.edit,
    "handoff.withdraw": asking.withdraw,
    "handoff.confirm": asking.confirm,
    "handoff.reopen": asking.reopen,
    "handoff.rate": asking.rate,
    "handoff.mine": asking.list_own,
    "handoff.open": overseeing.show_open,
    "handoff.remind": overseeing.remind_holder,
    "handoff.accept": offering.accept,
    "handoff.decline": offering.decline,
    "handoff.resolve": resolving.resolve,
    "handoff.undo": undo.undo_held,
    "handoff.resolve_card": resolving.resolve_card,
    "handoff.suggest": resolving.suggest_answer,
    "handoff.keep": resolving.keep_answer,
    "handoff.release": resolving.release,
    "handoff.pass_card": passing.pass_card,
    "handoff.pass": passing.pass_on,
    "handoff.pass_find": passing.pass_find,
    "handoff.pass_cancel": passing.pass_cancel,
    "handoff.search": network.search,
    "handoff.send_article": network.send_article,
    "handoff.ask_network": network.ask_network,
    "handoff.tip": network.tip,
    "handoff.focus": talking.focus,
    "handoff.stop": talking.stop,
    "handoff.send_unsent": talking.send_unsent,
    "handoff.send_typed": typed.send_typed,
    "handoff.send_answer": typed.send_answer,
    "handoff.drop_unsent": talking.drop_unsent,
    "handoff.show_chat": earlier_chat.show_chat,
    "handoff.keep_chat": earlier_chat.keep_chat,
    **suggesting.VERBS,
}
TIMERS: Final[Verbs] = {**timers.TIMERS, **suggesting.TIMERS, undo.DUE: undo.do_held}
FEATURE: Final = Feature(
    verbs=VERBS,
    timers=TIMERS,
    records=(Handoff, Draft, undo.HeldAct, Addition, Suggestion, Unsent, GuestAllowance),
    answers=("handoff", "handoff/mine", "handoff/masked", "handoff/held", "handoff/open"),
    exempt={
        "handoff.search": Exempt(ReviewGround.SEARCH),
        "handoff.pass_find": Exempt(ReviewGround.SEARCH),
        **dict.fromkeys(
            (
                "handoff.send",
                "handoff.edit",
                "handoff.reopen",
                "handoff.send_unsent",
                "handoff.pass",
                "handoff.suggest",
            ),
            Exempt(ReviewGround.HELD),
        ),
    },
    closed_to_leavers=("handoff.",),
)
