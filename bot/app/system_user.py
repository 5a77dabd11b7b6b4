"""The system user behind a command, as the actor in the audit log."""

import os
import pwd
import re
from collections.abc import Mapping
from typing import Final

from dialogs.core.audit import OPERATOR

_ACCOUNT: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@\\-]{0,63}")


def operator_id(environment: Mapping[str, str] = os.environ) -> str:
    """Return the actor: ``operator:`` and the account that ran sudo, else the account of the process."""
    sudo = environment.get("SUDO_USER", "")
    return f"{OPERATOR}:{sudo if _ACCOUNT.fullmatch(sudo) else _account(os.geteuid())}"


def _account(number: int) -> str:
    try:
        name = pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)  # an account that this machine does not know, such as in a container
    return name if _ACCOUNT.fullmatch(name) else str(number)
