"""Builds the edge from the settings."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from structlog.typing import FilteringBoundLogger

from bot.budget import TurnBudget, TurnRates
from bot.edge.gate import AddressGate, AddressRates, only_host
from bot.edge.headers import add_security_headers, security_headers
from bot.edge.http import GUARD, ConnectionGuard, HttpLimits
from bot.edge.source import SourceRule
from bot.ports import Clock
from bot.settings.model import Settings
from bot.settings.rules import networks_of, shared_of


def make_turn_budget(
    settings: Settings, *, dev: bool, clock: Clock, refused: Callable[[str], None]
) -> TurnBudget | None:
    """Return the turn budget; None in developer mode unless set, because people there can use any identity."""
    if dev and "turns_per_minute" not in settings.model_fields_set:
        return None
    return TurnBudget(
        TurnRates.per_person(settings.turns_per_minute, settings.turns_per_day), clock=clock, refused=refused
    )


def guard(
    app: web.Application,
    settings: Settings,
    *,
    dev: bool,
    refused: Callable[[str], None],
    log_fault: Callable[[str, BaseException], None],
) -> None:
    """Add security headers and connection limits to an application."""
    headers = security_headers(public_url=settings.public_url, frame_ancestors=settings.web_frame_ancestors)
    app.on_response_prepare.append(add_security_headers(headers))
    app[GUARD] = ConnectionGuard(
        limits=HttpLimits(
            connections=settings.max_connections, connections_an_address=settings.max_connections_per_address
        ),
        rule=_source_rule(settings, dev=dev),
        headers=headers,
        refused=refused,
        log_fault=log_fault,
    )


def gate(
    app: web.Application,
    settings: Settings,
    *,
    dev: bool,
    clock: Clock,
    signed_in: Callable[[web.Request], Awaitable[str | None]],
    explain: Callable[[web.Request], str],
    refused: Callable[[str], None],
    hidden: Callable[[], None],
    log: FilteringBoundLogger,
) -> None:
    """Restrict an application to its host, and each address to its budget."""
    if not dev:
        app.middlewares.append(only_host(settings.public_url))
    app.middlewares.append(
        AddressGate(
            rule=_source_rule(settings, dev=dev),
            rates=AddressRates(open_sockets=settings.max_connections_per_address),
            clock=clock,
            signed_in=signed_in,
            explain=explain,
            refused=refused,
            hidden=hidden,
            log=log,
        ).middleware
    )


def _source_rule(settings: Settings, *, dev: bool) -> SourceRule:
    return SourceRule(
        trusted=networks_of(settings.trusted_proxies),
        shared=shared_of(settings.shared_addresses),
        local_unlimited=dev,
    )
