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
    "accept",
    "decline",
    "resolve",
    "release",
    "pass_card",
    "pass",
    "ask_network",
    "tip",
    "focus",
    "stop",
    "send_unsent",
    "drop_unsent",
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
            return {"colleague_id": rng.choice((*COLLEAGUES, "", "")), "topic": "citrix"}
        case "tip":
            return {"words": "et råd"}
        case "resolve" | "reopen":
            return {"answer": "svaret", "words": "mer", "share": rng.choice(("true", "false"))}
        case _:
            return {}
