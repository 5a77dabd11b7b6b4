"""Picks the implementations. Nothing else in the program does; tests call the same functions with their own parts."""

import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from secrets import token_hex

import structlog
from structlog.typing import FilteringBoundLogger

from bot.adding import live_additions
from bot.catalogue import load_catalogue
from bot.content import content_folder
from bot.encoder import load_encoder
from bot.images.files import FileImages
from bot.knowledge import FolderCache, Knowledge, Workshop
from bot.library import Library
from bot.log import hand_on_libraries, tell_fault
from bot.ports import Clock, Images, Store
from bot.settings import Settings
from bot.stores.tiny import TinyStore
from dialogs.handoff.addition import Addition
from dialogs.world import GuestRules
from knowledge.encoder import Encoder
from knowledge.policy import Policy

LEVELS: Mapping[str, int] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


def configure_log(level: str = "warning", form: str = "console") -> None:
    """Send log lines to standard error: ids and counts, never utterances, names or addresses."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            tell_fault,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    hand_on_libraries()


def make_log() -> FilteringBoundLogger:
    """Return the log everything writes to."""
    log: FilteringBoundLogger = structlog.get_logger()
    return log


def load_encoder_for(settings: Settings, *, log: FilteringBoundLogger) -> Encoder | None:
    """Return the sentence encoder when it is wanted and can be loaded."""
    return load_encoder() if settings.semantic == "auto" else None


def make_workshop(settings: Settings, *, now: datetime, log: FilteringBoundLogger) -> Workshop:
    """Return what makes knowledge from content, as the settings want it."""
    return Workshop(
        texts=load_catalogue(),
        policy=Policy(right_share=settings.right_share, ask_back=settings.ask_back),
        years=tuple(range(now.year, now.year + 3)),
        cache=FolderCache(settings.data_dir / "cache"),
        log=log,
        homes=settings.homes(),
        guests=GuestRules(share=settings.guest_share, handoffs_an_hour=settings.guest_handoffs_an_hour),
    )


def load_knowledge(
    settings: Settings,
    *,
    now: datetime,
    log: FilteringBoundLogger,
    wrap: Callable[[Encoder], Encoder],
    additions: Sequence[Addition] = (),
) -> Knowledge:
    """Read the content and train the matcher on it, once, for a command; ``wrap`` may watch the encoder at work."""
    workshop = make_workshop(settings, now=now, log=log)
    encoder = load_encoder_for(settings, log=log)
    return workshop.build(
        content_folder(settings.content_dir),
        before=None,
        encoder=None if encoder is None else wrap(encoder),
        additions=additions,
    )


def make_library(settings: Settings, *, store: Store, clock: Clock, log: FilteringBoundLogger) -> Library:
    """Return the library of a running bot, not yet opened; the store must be by then."""
    return Library(
        workshop=make_workshop(settings, now=clock.now(), log=log),
        folder=content_folder(settings.content_dir),
        load_encoder=lambda: load_encoder_for(settings, log=log),
        clock=clock,
        log=log,
        read_additions=lambda: live_additions(store),
    )


def make_store(settings: Settings) -> Store:
    """Return the store that the settings ask for, not yet opened."""
    if settings.database_url is not None:
        from bot.stores.postgres import PostgresStore  # noqa: PLC0415 - the driver is an extra

        return PostgresStore(url=settings.database_url.get_secret_value())
    return TinyStore(directory=settings.data_dir)


def make_images(settings: Settings, store: Store) -> Images:
    """Return where images lie: with the rest of the data, so in the database when several processes share it."""
    if settings.database_url is not None:
        from bot.stores.postgres import PostgresStore  # noqa: PLC0415 - the driver is an extra

        if isinstance(store, PostgresStore):
            return store.images
    return FileImages(settings.data_dir / "images")


def web_key(settings: Settings) -> bytes:
    """Return the key that signs web sessions; made once and kept where only the owner reads it."""
    if settings.web_key is not None:
        return settings.web_key.get_secret_value().encode()
    file = settings.data_dir / "web.key"
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        if key := Path(file).read_bytes():
            return key
        descriptor = os.open(file, os.O_WRONLY)  # a crash came between making it and writing it
    with os.fdopen(descriptor, "wb") as opened:
        key = token_hex(32).encode()  # text, so that it can become HEIA_WEB_KEY when there are to be several replicas
        opened.write(key)
    return key
