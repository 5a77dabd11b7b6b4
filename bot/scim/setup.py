"""Builds the SCIM server from the settings."""

from collections.abc import Callable, Sequence

from aiohttp import web
from structlog.typing import FilteringBoundLogger

from bot.ports import Clock, RandomSource, Store
from bot.scim.config import load_config
from bot.settings.model import Settings
from bot.signin.former import FormerMarks
from dialogs.core.content import Content


def configured_routes(
    settings: Settings,
    *,
    store: Store,
    rng: RandomSource,
    former: FormerMarks,
    content: Callable[[], Content],
    clock: Clock,
    refused: Callable[[str], None],
    log: FilteringBoundLogger,
) -> Sequence[web.RouteDef]:
    """Return the routes of the SCIM server; none without ``HEIA_SCIM_FILE``. Raises BadSettings."""
    if settings.scim_file is None:
        return ()
    from bot.scim.endpoint import ScimServer, scim_routes  # noqa: PLC0415 - scim2-models is a quarter of a start

    server = ScimServer(
        config=load_config(settings.scim_file, content().organisation),
        store=store,
        rng=rng,
        former=former,
        content=content,
        clock=clock,
        origin=settings.public_url,
        refused=refused,
        log=log,
    )
    return scim_routes(server)
