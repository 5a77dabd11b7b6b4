"""The table of channels, and the choice of implementations: made only here; tests call the same functions."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from structlog.typing import FilteringBoundLogger

from bot.audit.statement_log import HEADS_FILE, StatementLog
from bot.audit.statements import KEY_FILE, PUBLIC_FILE, BadKey, SigningKey, keep_public, read_public
from bot.audit.verification import Statements, trusted
from bot.channels.base import ChannelPlugin
from bot.channels.mail.setup import MAIL_PLUGIN
from bot.channels.teams.setup import TEAMS_PLUGIN
from bot.channels.web.setup import WEB_PLUGIN
from bot.content.article_import import live_additions
from bot.content.catalogue import load_catalogue
from bot.content.encoder import load_encoder
from bot.content.index_builder import FolderCache, IndexBuilder, KnowledgeState, with_register
from bot.content.loading import content_folder
from bot.content.program_import import LiveProgramChanges
from bot.content.revisions import LiveRevisions
from bot.content.service import KnowledgeService
from bot.images.files import FileImages
from bot.ports import Clock, Images, RandomSource, Store
from bot.settings.model import BadSettings, Settings
from bot.signin.former import FormerMarks
from bot.signin.links import Links
from bot.signin.sessions import Sessions
from bot.stores.tiny.store import TinyStore
from bot.support.dependencies import Dependencies
from bot.support.disk import free_disk
from bot.support.memory import available_memory
from bot.support.secret_key import kept_key
from dialogs.core.channel import Channels
from dialogs.core.content import GuestRules, StepUp
from dialogs.editing.model import ArticleRevision
from dialogs.handoff.addition import Addition
from dialogs.signin.model import SignInMethod
from knowledge.matching.encoder import Encoder
from knowledge.matching.policy import Policy
from knowledge.software.register import ProgramChange
from knowledge.software.task import shipped_tasks

# The table of channels: one line for each.

# In order of preference for a person that has written from none of them.
PLUGINS: Final[tuple[ChannelPlugin, ...]] = (
    TEAMS_PLUGIN,
    WEB_PLUGIN,
    MAIL_PLUGIN,
)


def declared(settings: Settings, *, dev: bool = False, plugins: Sequence[ChannelPlugin] = PLUGINS) -> Channels:
    """Return the declarations of all channels under these settings."""
    return Channels(tuple(plugin.spec(settings, dev) for plugin in plugins))


LINK_FOR: Final = timedelta(hours=24)
# Most memory to load and use the encoder beside the program, and disk space that it keeps for content
# learned on the spot. Measured with the sample content: 150 MB and 5 MB.
ENCODER_MEMORY_BYTES: Final = 200_000_000
ENCODER_DISK_BYTES: Final = 100_000_000


def load_encoder_for(settings: Settings, *, log: FilteringBoundLogger) -> Encoder | None:
    """Return the sentence encoder if it is enabled, there is room for it, and it loads; else None."""
    if settings.semantic != "auto":
        return None
    lack = encoder_lack(settings)
    if lack:
        log.warning("encoder_left_out", reason=lack, consequence="questions are matched by their words alone")
        return None
    return load_encoder()


def encoder_lack(
    settings: Settings,
    *,
    memory: Callable[[], int | None] = available_memory,
    disk: Callable[[Path], int] = free_disk,
) -> str:
    """Return what the encoder has too little of, as a sentence; empty if there is enough."""
    left, free = memory(), disk(settings.data_dir)
    if left is not None and left < ENCODER_MEMORY_BYTES:
        return (
            f"{left // 1_000_000} MB of memory are free, and the sentence encoder needs "
            f"{ENCODER_MEMORY_BYTES // 1_000_000}"
        )
    if free < ENCODER_DISK_BYTES:
        return (
            f"{free // 1_000_000} MB of disk are free at {settings.data_dir}, and the sentence encoder needs "
            f"{ENCODER_DISK_BYTES // 1_000_000}"
        )
    return ""


def make_index_builder(
    settings: Settings, *, now: datetime, log: FilteringBoundLogger, channels: Channels | None = None
) -> IndexBuilder:
    """Return the configured index builder. ``channels`` are those of the settings unless given."""
    return IndexBuilder(
        texts=load_catalogue(),
        policy=Policy(
            right_share=settings.right_share, ask_back=settings.ask_back, ask_back_from=settings.ask_back_from
        ),
        years=tuple(range(now.year, now.year + 3)),
        cache=FolderCache(settings.data_dir / "cache"),
        log=log,
        homes=settings.homes(),
        guests=GuestRules(share=settings.guest_share, handoffs_an_hour=settings.guest_handoffs_an_hour),
        channels=channels if channels is not None else declared(settings),
        step_up=step_up(settings),
        origin=web_origin(settings),
        public_calendar=settings.public_calendar,
        tasks=shipped_tasks().tasks,
    )


def web_origin(settings: Settings) -> str:
    """Return the origin people reach Heia at; without one, the address Heia listens at."""
    return settings.public_url or f"http://{settings.host}:{settings.port}"


def step_up(settings: Settings) -> StepUp | None:
    """Return the demand of a recent sign-in; None when the settings have none."""
    if not settings.step_up_hours:
        return None
    return StepUp(max_age=timedelta(hours=settings.step_up_hours), address=f"{web_origin(settings)}/signin/again")


def load_knowledge(
    settings: Settings,
    *,
    now: datetime,
    log: FilteringBoundLogger,
    wrap: Callable[[Encoder], Encoder],
    additions: Sequence[Addition] = (),
    revisions: Sequence[ArticleRevision] = (),
    programs: Sequence[ProgramChange] = (),
) -> KnowledgeState:
    """Read the content and train the matcher once, for a command; ``wrap`` may observe the encoder."""
    index_builder = make_index_builder(settings, now=now, log=log)
    encoder = load_encoder_for(settings, log=log)
    state = index_builder.build(
        content_folder(settings.content_dir),
        before=None,
        encoder=None if encoder is None else wrap(encoder),
        additions=additions,
        revisions=revisions,
    )
    return with_register(state, state.content.register.with_changes(programs))


def make_knowledge_service(
    settings: Settings,
    *,
    store: Store,
    clock: Clock,
    log: FilteringBoundLogger,
    dependencies: Dependencies | None = None,
    channels: Channels | None = None,
) -> KnowledgeService:
    """Return the knowledge service of a running bot, not yet opened. Open the store before opening the service.

    ``channels`` are those of the settings unless given.
    """
    FolderCache(settings.data_dir / "cache").drop_outdated()
    return KnowledgeService(
        index_builder=make_index_builder(settings, now=clock.now(), log=log, channels=channels),
        folder=content_folder(settings.content_dir),
        load_encoder=lambda: load_encoder_for(settings, log=log),
        clock=clock,
        log=log,
        read_additions=lambda: live_additions(store),
        read_revisions=LiveRevisions(store).read,
        read_programs=LiveProgramChanges(store).read,
        dependencies=dependencies,
    )


def make_store(settings: Settings, *, dependencies: Dependencies | None = None) -> Store:
    """Return the configured store, not yet opened."""
    if settings.database_url is not None:
        from bot.stores.postgres.store import PostgresStore  # noqa: PLC0415 - the driver is an extra

        return PostgresStore(url=settings.database_url.get_secret_value(), dependencies=dependencies)
    return TinyStore(directory=settings.data_dir, dependencies=dependencies)


def make_images(settings: Settings, store: Store) -> Images:
    """Return the image storage.

    Images are stored beside the other data, so in the database when several processes share it.
    """
    if settings.database_url is not None:
        from bot.stores.postgres.store import PostgresStore  # noqa: PLC0415 - the driver is an extra

        if isinstance(store, PostgresStore):
            return store.images
    return FileImages(settings.data_dir / "images")


def make_sessions(settings: Settings, *, store: Store, dev: bool, rng: RandomSource) -> Sessions:
    """Return the web sessions with the sign-in methods that the settings enable."""
    methods = (
        {SignInMethod.LINK}
        | ({SignInMethod.GUEST} if settings.web_guests else set())
        | ({SignInMethod.CHOSEN} if dev else set())
        | ({SignInMethod.PROVIDER} if settings.signin_file is not None else set())
    )
    valid_for = timedelta(hours=settings.web_session_hours)
    idle_for = timedelta(hours=settings.web_idle_hours) if settings.web_idle_hours else None
    return Sessions(store=store, rng=rng, valid_for=valid_for, methods=frozenset(methods), idle_for=idle_for)


def make_links(settings: Settings, *, store: Store, sessions: Sessions, rng: RandomSource) -> Links:
    """Return the maker and reader of one-time sign-in links."""
    return Links(store=store, rng=rng, sessions=sessions, valid_for=LINK_FOR, origin=web_origin(settings))


def former_marks(settings: Settings) -> FormerMarks:
    """Return the maker and reader of former members' marks, separately keyed."""
    return FormerMarks(kept_key(settings.leaver_key, settings.data_dir, "leaver.key"))


def known_marks(settings: Settings) -> FormerMarks | None:
    """Return the same without making a key; None when there is none yet."""
    if settings.leaver_key is None and not (settings.data_dir / "leaver.key").exists():
        return None
    return former_marks(settings)


def audit_key(settings: Settings) -> SigningKey:
    """Return the key that signs heads of the audit log, and keep its public part. Raises BadSettings, OSError."""
    seed = kept_key(settings.audit_key, settings.data_dir, KEY_FILE).decode("ascii", "replace").strip()
    try:
        key = SigningKey(seed)
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        keep_public(settings.data_dir, key.public, at=datetime.now(UTC))
    except BadKey as fault:
        raise BadSettings((f"{KEY_FILE} or {PUBLIC_FILE} in {settings.data_dir}: {fault}",)) from fault
    return key


def audit_publics(settings: Settings) -> list[str]:
    """Return the public keys of the audit log that this machine knows, oldest first. Raises OSError, BadKey."""
    publics: list[str] = []
    with suppress(FileNotFoundError):
        publics += read_public(settings.data_dir / PUBLIC_FILE).values()
    seed = "" if settings.audit_key is None else settings.audit_key.get_secret_value()
    with suppress(FileNotFoundError):
        seed = seed or (settings.data_dir / KEY_FILE).read_text("utf-8", "replace").strip()
    return list(dict.fromkeys([*publics, SigningKey(seed).public] if seed else publics))


def audit_statements(settings: Settings) -> Statements:
    """Return the signed statements of this machine's heads file, and the keys. Raises OSError, BadKey."""
    statements = trusted(audit_publics(settings))
    with suppress(FileNotFoundError):
        statements.read(audit_heads(settings).path.read_bytes())
    return statements


def audit_heads(settings: Settings) -> StatementLog:
    """Return the file of signed heads."""
    return StatementLog(settings.audit_heads_file or settings.data_dir / HEADS_FILE)
