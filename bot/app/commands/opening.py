"""Shared start of commands: settings, content, store, signed heads, and the operator's id."""

import asyncio
import os
import pwd
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Final, TypeVar

import typer

from bot.app.clock import SystemClock, SystemRandomSource
from bot.app.local import command_store
from bot.app.log import make_log
from bot.app.wiring import audit_heads, audit_key, declared, former_marks
from bot.audit.signer import HeadSigner, Outside
from bot.content.catalogue import load_catalogue
from bot.content.index_builder import norwegian_holidays, published_content
from bot.content.loading import LoadedContent, content_folder, load_content
from bot.directory.current import NotOne, person_named
from bot.ports import RandomSource, Store
from bot.settings.model import FILE, Settings, load_settings
from bot.signin.former import FormerMarks
from bot.stores.remote.store import RemoteStore
from bot.support.dependencies import Dependencies
from bot.support.outbound import open_session
from dialogs.core.audit import OPERATOR
from dialogs.core.content import Content
from dialogs.core.person import Person
from knowledge.matching.policy import Policy

DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask before changing anything.")]
ShowAllOption = Annotated[bool, typer.Option("--all", help="Show every change, not the first of each kind.")]
MostRemovedOption = Annotated[
    int, typer.Option(help="Refuse when more than so many percent of the people would go.", min=0, max=100)
]


@asynccontextmanager
async def signed_at_end(store: Store, settings: Settings) -> AsyncIterator[None]:
    """Sign a head when entries were added in the block, and post it if an address is set.

    A fault is a warning: the command has done its work. Through the running bot's socket nothing is done here, because
    the bot signs within a minute.
    """
    before = await store.audit_head()
    try:
        yield
    finally:
        if not isinstance(store, RemoteStore) and await store.audit_head() != before:
            await sign_head(store, settings)


async def sign_head(store: Store, settings: Settings) -> None:
    """Sign the end of the log now, and post it if an address is set; warn when that fails."""
    seen: dict[str, int] = {}
    clock, log, url = SystemClock(), make_log(), settings.audit_heads_url
    async with open_session(connections=1) as session:
        await HeadSigner(
            store=store,
            file=audit_heads(settings),
            key=lambda: audit_key(settings),
            outside=None if url is None else Outside(url=url.get_secret_value(), session=session),
            clock=clock,
            dependencies=Dependencies(clock=clock, log=log),
            seen=seen.__setitem__,
            log=log,
        ).sign()
    last = seen.get("log", 0)
    if seen.get("file") != last:
        typer.echo("Warning: the end of the audit log could not be signed; heia doctor names the reason.", err=True)
    if url is not None and seen.get("outside") != last:
        typer.echo("Warning: the address outside did not take the signed head of the audit log.", err=True)


T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandContext:
    """The opened store with settings and content. ``by``: actor of the command in the audit log."""

    settings: Settings
    loaded: LoadedContent
    content: Content
    store: Store
    rng: RandomSource
    now: datetime
    by: str

    async def person(self, name: str) -> Person:
        """Return the person with an id, e-mail address or Entra object id. Raises typer.Exit unless exactly one."""
        try:
            return await person_named(self.store, name)
        except NotOne as fault:
            raise refuse(str(fault)) from None

    async def former_marks(self) -> FormerMarks:
        """Return the marks of former members, with the key of this store. Raises StoreRefused."""
        marks = former_marks(self.settings)
        await marks.check(self.store, at=self.now)
        return marks


def with_store(work: Callable[[CommandContext], Awaitable[T]]) -> T:
    """Open the store, run ``work`` and close it. Raises BadSettings, StoreRefused, StoreUnavailable."""

    async def do() -> T:
        settings = load_settings()
        _report_new_store(settings)
        async with opened(settings) as everything:
            return await work(everything)

    return asyncio.run(do())


def _report_new_store(settings: Settings) -> None:
    # A command that is started in another folder than the bot would work on an empty store without a word.
    if settings.database_url or "data_dir" in settings.model_fields_set or FILE.exists() or settings.data_dir.exists():
        return
    folder = settings.data_dir.absolute()
    typer.echo(
        f"There is no {FILE} here and HEIA_DATA_DIR is not set: a new, empty store is made in {folder}.", err=True
    )


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[CommandContext]:
    """Open the configured store, or use the running bot's, until the block ends. Then sign added audit entries."""
    now = datetime.now(UTC)
    loaded, content = read_content(settings, now=now)
    store = await command_store(settings)
    try:
        async with signed_at_end(store, settings):
            yield CommandContext(
                settings=settings,
                loaded=loaded,
                content=content,
                store=store,
                rng=SystemRandomSource(),
                now=now,
                by=operator_id(),
            )
    finally:
        await store.close()


def read_content(settings: Settings, *, now: datetime) -> tuple[LoadedContent, Content]:
    """Read the content without the slow training of the matcher."""
    loaded = load_content(
        content_folder(settings.content_dir), holidays=norwegian_holidays(range(now.year, now.year + 3))
    )
    policy = Policy(right_share=settings.right_share, ask_back=settings.ask_back, ask_back_from=settings.ask_back_from)
    content = published_content(loaded, texts=load_catalogue(), policy=policy)
    return loaded, replace(content, homes=settings.homes(), channels=declared(settings))


def refuse(reason: str, *, code: int = 1) -> typer.Exit:
    """Print the reason on standard error and return the exit to raise: 1 for faults found, 2 for wrong use."""
    typer.echo(reason, err=True)
    return typer.Exit(code)


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
