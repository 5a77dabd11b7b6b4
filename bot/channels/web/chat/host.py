"""Shared services of all conversations."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.budget import TurnBudget
from bot.channels.web.chat.channel import WebChannel
from bot.images.intake import Intake
from bot.ports import Clock, Inbox, Store
from bot.signin.sessions import Sessions
from dialogs.core.person import Person, Role
from dialogs.core.texts import Texts
from knowledge.article.article import Language

# Fewer than the database connections, so that thousands of refreshing pages do not delay turns.
MAX_LOOKING: Final = 4

FindPerson = Callable[[str], Awaitable[Person | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Shared services of all conversations.

    ``continued_verbs``: of acts that another channel refuses and that go on here. ``desk_roles``: of people with pages
    at the desk. ``browser_key``: names a person's unsent texts in the browser. ``looking`` limits the pages that
    read the store at once.
    """

    store: Store
    inbox: Inbox
    clock: Clock
    channel: WebChannel
    texts: Mapping[Language, Texts]
    find_person: FindPerson
    sessions: Sessions
    intake: Intake | None
    turns: TurnBudget | None
    failed: Callable[[str], None]
    browser_key: Callable[[str], str]
    continued_verbs: frozenset[str] = frozenset()
    desk_roles: frozenset[Role] = frozenset()
    looking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_LOOKING))
