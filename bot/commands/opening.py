"""What commands that work on the store begin with: settings, content and the opened store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

import typer

from bot.bootstrap import make_store
from bot.calendar import norwegian_holidays
from bot.catalogue import load_catalogue
from bot.clock import SystemChance
from bot.codec import decode
from bot.content import Content, content_folder, load_content
from bot.knowledge import world_of
from bot.ports import Chance, Key, Store
from bot.settings import Settings, load_settings
from dialogs.person import Person
from dialogs.world import World
from knowledge.policy import Policy

T = TypeVar("T")

BY = "operator"
"""Who the audit log names for what is done on the command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The store, opened, and what is needed to understand what it holds."""

    settings: Settings
    content: Content
    world: World
    store: Store
    chance: Chance
    at: datetime

    async def person(self, name: str) -> Person:
        """Return the person of an id, an e-mail address or an Entra object id. Raises typer.Exit: not exactly one."""
        key = Key(kind=Person.KIND, id=name)
        found = (await self.store.get([key])).get(key)
        if found is not None:
            return decode(Person, found)
        people = [
            decode(Person, stored)
            for term in (f"email:{name.lower()}", f"object:{name.lower()}")
            for stored in await self.store.find(Person.KIND, term)
        ]
        if len(people) == 1:
            return people[0]
        known = ", ".join(person.id for person in people)
        raise refuse(f"Several people are found by {name}: {known}. Give the id." if people else f"Nobody is {name}.")


def with_store(work: Callable[[Opened], Awaitable[T]]) -> T:
    """Open the store, do the work and close it. Raises BadSettings, StoreRefused, StoreUnavailable."""

    async def do() -> T:
        async with opened(load_settings()) as everything:
            return await work(everything)

    return asyncio.run(do())


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Opened]:
    """Open the store the settings ask for until the block ends."""
    now = datetime.now(UTC)
    content, world = read_world(settings, now=now)
    store = make_store(settings)
    await store.open()
    try:
        yield Opened(settings=settings, content=content, world=world, store=store, chance=SystemChance(), at=now)
    finally:
        await store.close()


def read_world(settings: Settings, *, now: datetime) -> tuple[Content, World]:
    """Read the content without training the matcher, which takes its time and is not needed here."""
    content = load_content(
        content_folder(settings.content_dir), holidays=norwegian_holidays(range(now.year, now.year + 3))
    )
    policy = Policy(right_share=settings.right_share, ask_back=settings.ask_back)
    return content, replace(world_of(content, texts=load_catalogue(), policy=policy), homes=settings.homes())


def refuse(reason: str, *, code: int = 1) -> typer.Exit:
    """Say on standard error why not, and return the exit to raise: 1 for faults found, 2 for wrong use."""
    typer.echo(reason, err=True)
    return typer.Exit(code)
