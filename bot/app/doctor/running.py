"""Checks of the server on this machine, through its ``/readyz`` and ``/metrics``."""

import ipaddress
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Final

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from bot.app.doctor.finding import Finding, fail, ok, warn
from bot.settings.model import Settings
from bot.support.dependencies import AUDIT_HEADS, AUDIT_LOG, AUDIT_OUTSIDE, DISK, ENCODER, TEAMS, TEAMS_KEYS
from bot.support.disk import DISK_ADVICE

ANSWER_SECONDS: Final = 3.0

# Meaning of each cause in ``/readyz`` and the log, with advice.
CAUSES: Final[Mapping[str, tuple[str, str]]] = {
    **{cause: (sentence, advice) for cause, (sentence, advice) in DISK_ADVICE.items()},
    "database_away": ("the database does not answer", "Start it; the server goes on by itself."),
    "no_connection": (
        "no connection to the database is free",
        "Is it running, and does it admit as many connections as Heia holds (11 a process)?",
    ),
    "no_answer": ("the store gives no answer in time", "Look at the database's machine and at the network to it."),
}

_AUDIT: Final[Mapping[str, tuple[str, str]]] = {
    AUDIT_LOG: (
        "the audit log was not as it was signed when the server started: shortened or rewritten",
        "heia audit verify names the rows. After a restored backup, see docs/audit.md.",
    ),
    AUDIT_HEADS: (
        "signed heads of the audit log cannot be written",
        "Look for dependency_failed in the log: make room, or mend audit.key; it goes on within a minute.",
    ),
    AUDIT_OUTSIDE: (
        "the address outside takes no signed heads of the audit log",
        "dependency_failed in the log names the cause; the newest head is posted again every minute.",
    ),
}

Samples = Mapping[tuple[str, str], float]


async def running_findings(settings: Settings) -> AsyncIterator[Finding]:
    """Check the server at the configured address; yield nothing when no Heia answers there."""
    if not settings.port:
        return
    try:
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        async with aiohttp.ClientSession(_address(settings), timeout=timeout) as session:
            async with session.get("/readyz") as response:
                ready = await response.json()
            async with session.get("/metrics") as response:
                samples = samples_of(await response.text())
    except (aiohttp.ClientError, OSError, ValueError, TimeoutError):
        return
    if not isinstance(ready, dict) or ("heia_ready", "") not in samples:
        return
    for finding in server_findings(str(ready.get("cause", "")), samples):
        yield finding


def server_findings(cause: str, samples: Samples) -> Iterator[Finding]:
    """Yield findings from a server's answers. ``cause``: why it is not ready, empty when it is."""
    if cause:
        what, advice = CAUSES.get(cause, (f"the store cannot be used: {cause}", "Look for its cause in the log."))
        yield fail("server", f"it cannot save anything now: {what}", advice).explained("disk_closed")
    for name in (name for (metric, name), works in samples.items() if metric == "heia_dependency_up" and not works):
        yield from _dependency(name)
    failed = {name: int(number) for (metric, name), number in samples.items() if metric == "heia_turns_failed_total"}
    if failed:
        text = ", ".join(f"{number} for {name}" for name, number in sorted(failed.items()))
        yield warn(
            "server", f"turns that failed since its start: {sum(failed.values())} ({text})", "The log says when."
        ).explained("turns_failed", number=sum(failed.values()))
    loops = {name: int(number) for (metric, name), number in samples.items() if metric == "heia_loops_failed_total"}
    if loops:
        text = ", ".join(f"{name} {number} times" for name, number in sorted(loops.items()))
        yield fail("server", f"parts of it failed and were started again: {text}", "Report it; loop_failed in the log.")
    yield from _pressure(samples)
    hidden = int(samples.get(("heia_requests_without_address_total", ""), 0))
    if hidden:
        advice = "Let the proxy send X-Forwarded-For (docs/operating.md), and name it in HEIA_TRUSTED_PROXIES."
        yield warn("proxy", f"{hidden:,} requests came through a proxy that forwards no address", advice).explained(
            "proxy_silent"
        )
    if not cause and not failed and not loops:
        yield ok("server", "it is running and ready; no turn has failed since its start")


def _dependency(name: str) -> Iterator[Finding]:
    kind, _, which = name.partition("/")
    if kind == TEAMS:
        text = f"messages to Teams fail, tenant {which}" if which else "messages to Teams fail"
        advice = "dependency_failed in the log names the cause: a token (certificate, secret) or the network."
        yield fail("teams", text, advice).explained("teams_silent")
    elif kind == TEAMS_KEYS:
        yield fail(
            "teams", "Microsoft's keys cannot be fetched", "Can the machine reach login.botframework.com?"
        ).explained("teams_silent")
    elif kind == ENCODER:
        yield warn("encoder", "it failed; questions are matched by their words alone", "Report it; restart the server.")
    elif kind == DISK:
        advice = "Make room: the store needs twice its size while it rewrites its files."
        yield warn("disk", "the files of the store could not be rewritten", advice)
    elif kind in _AUDIT:
        yield fail("audit", *_AUDIT[kind])


def _pressure(samples: Samples) -> Iterator[Finding]:
    number = {by: int(samples.get(("heia_questions_total", by), 0)) for by in ("words_pressed", "refused")}
    if number["refused"]:
        yield fail(
            "server",
            f"{number['refused']} questions found it too busy and were put off since its start",
            "See docs/scaling.md: a quicker machine, or several replicas with PostgreSQL.",
        ).explained("too_busy", number=number["refused"])
    if number["words_pressed"]:
        text = f"{number['words_pressed']} questions were answered by words alone since its start, for want of time"
        yield warn("server", text, "See docs/scaling.md; a few at a peak do no harm.").explained(
            "words_pressed", number=number["words_pressed"]
        )


def _address(settings: Settings) -> str:
    host = settings.host
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return f"http://{host}:{settings.port}"
    if address.is_unspecified:
        address = ipaddress.ip_address("127.0.0.1" if address.version == 4 else "::1")
    return f"http://[{address}]:{settings.port}" if address.version == 6 else f"http://{address}:{settings.port}"


def samples_of(page: str) -> Samples:
    """Return the metric values by name and value of the first label. Raises ValueError."""
    return {
        (sample.name, next(iter(sample.labels.values()), "")): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }
