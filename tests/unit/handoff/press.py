"""Everything that can be pressed about a handoff, for tests in which people press whatever they like."""

import random
from typing import Any, Final

VERBS: Final = (
    "send",
    "cancel",
    "edit",
    "withdraw",
    "confirm",
    "reopen",
    "rate",
    "undo",
    "accept",
    "decline",
    "resolve",
    "resolve_card",
    "release",
    "pass_card",
    "pass",
    "pass_find",
    "open",
    "ask_network",
    "tip",
    "focus",
    "stop",
    "send_unsent",
    "send_typed",
    "send_answer",
    "drop_unsent",
    "show_chat",
    "keep_chat",
)
"""Without the ``handoff.`` each begins with."""
COLLEAGUES: Final = ("ana", "bo", "cato", "dag", "eli")


def inputs(verb: str, rng: random.Random) -> dict[str, Any]:
    """Return what was typed and chosen on the card."""
    match verb:
        case "send" | "edit":
            return {"question": f"spørsmål {rng.randrange(9)}"}
        case "rate":
            return {"rating": str(rng.randrange(7))}
        case "pass":
            chosen = rng.choice((*COLLEAGUES, "kim", "", ""))
            return {"colleague_id": chosen, "topic": "citrix", "note": rng.choice(("", "et notat"))}
        case "pass_find":
            return {"words": rng.choice(("ana", "citrix", "skole", "x")), "note": "et notat"}
        case "show_chat" | "keep_chat":
            return {"acceptance": str(rng.randrange(4))}
        case "tip":
            return {"words": "et råd"}
        case "resolve" | "reopen":
            return {"answer": "svaret", "words": "mer", "share": rng.choice(("true", "false"))}
        case _:
            return {}
