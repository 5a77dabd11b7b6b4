"""A courier as a process of its own, to be killed or raced: it delivers from a store to a Bot Connector until stopped.

It prints ``ready`` when it begins and ``done <processor seconds>`` when nothing is owed any more. With ``--nursery`` it
only waits, and becomes such a courier for each line of arguments it reads, at once since everything is loaded; it
answers with the new process's id.
"""

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import structlog

from bot.app.clock import SystemClock, SystemRandomSource
from bot.channels.teams.adapter import TeamsAdapter
from bot.channels.teams.connector import Connector, NoTokens
from bot.channels.teams.registration import AllowedHosts, Registrations
from bot.delivery.courier import Courier
from bot.delivery.in_flight import BEAT_SECONDS
from bot.delivery.limiter import Limiter, Rates
from bot.delivery.recipients import StoredRecipients
from bot.delivery.sender import BackoffPolicy, DeliverySender
from bot.ports import Commit, Key, PostWrite, RecordWrite, Store, StoreUnavailable
from bot.records.codec import encode
from bot.stores.postgres.store import WORKER_LIFE, PostgresStore
from bot.stores.tiny.store import TinyStore
from dialogs.core.message import Message
from dialogs.core.person import Address, Person
from tests.channels import CHANNELS, TEAMS

PORTION = 500
SLOT = "announce/a"
GROUP = "a"
CARD = {"type": "AdaptiveCard", "version": "1.5", "body": [{"type": "TextBlock", "text": "Nytt om utrullingen. " * 20}]}


def open_store(where: str, *, worker_life: timedelta = WORKER_LIFE) -> Store:
    """Return the store at a PostgreSQL URL or in a folder, not yet opened."""
    if where.startswith("postgres"):
        return PostgresStore(url=where, worker_life=worker_life)
    return TinyStore(directory=Path(where))


async def owe(
    store: Store, *, people: int, service_url: str, text: str = "Hei", at: datetime, known: bool = False
) -> None:
    """Owe everybody one message, in portions as an announcement is expanded. ``known``: the people are stored."""
    for start in range(0, people, PORTION):
        numbers = range(start, min(start + PORTION, people))
        records = () if known else tuple(_person(number, service_url, at) for number in numbers)
        message = Message(text=text, card={**CARD, "fallbackText": text})
        posts = tuple(
            PostWrite(recipient=f"p{number:06}", slot=SLOT, message=message, group=GROUP, due_at=at)
            for number in numbers
        )
        await store.commit(Commit(at=at, records=records, posts=posts))


def _person(number: int, service_url: str, at: datetime) -> RecordWrite:
    place = {"service_url": service_url, "conversation_id": f"c{number:06}", "tenant_id": "tenant-1"}
    address = Address(channel=TEAMS, data=place)
    person = Person(
        id=f"p{number:06}",
        name=f"Medarbeider {number}",
        addresses={TEAMS: address},
        last_channel=TEAMS,
        created_at=at,
    )
    key = Key(kind=Person.KIND, id=person.id)
    return RecordWrite(key=key, body=encode(person), terms=frozenset(person.terms()))


async def owes(store: Store) -> bool:
    """Tell whether anything is owed; as long as the store is away that may be."""
    try:
        return await store.next_due_at() is not None
    except StoreUnavailable:
        return True


async def deliver(
    store: Store, *, concurrency: int, rates: Rates, lease_for: timedelta, beat_seconds: float = BEAT_SECONDS
) -> float:
    """Deliver until nothing is owed; return how much processor time that took."""
    clock, rng, log = SystemClock(), SystemRandomSource(), structlog.get_logger()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=concurrency * 2)) as session:
        hosts = AllowedHosts((), loopback=True)
        connector = Connector(session=session, tokens=NoTokens(), hosts=hosts, clock=clock, log=log)
        teams = TeamsAdapter(connector=connector, registrations=Registrations(()), log=log)
        recipients, limiter = StoredRecipients(store=store), Limiter(rates)
        sender = DeliverySender(
            channels={TEAMS: teams},
            specs=CHANNELS,
            recipients=recipients,
            limiter=limiter,
            backoff=BackoffPolicy(first_seconds=0.2),
            clock=clock,
            rng=rng,
        )
        courier = Courier(
            store=store,
            sender=sender,
            recipients=recipients,
            limiter=limiter,
            clock=clock,
            rng=rng,
            log=log,
            concurrency=concurrency,
            lease_for=lease_for,
            beat_seconds=beat_seconds,
        )
        print("ready", flush=True)
        began = time.process_time()
        running = asyncio.create_task(courier.run())
        while await owes(store):  # noqa: ASYNC110 - it may be another process's work too
            await asyncio.sleep(0.02)
        took = time.process_time() - began
        await courier.stop()
        await running
        return took


async def main(arguments: Sequence[str]) -> None:
    """Open the store and deliver."""
    parser = argparse.ArgumentParser()
    parser.add_argument("store")
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--per-second", type=float, default=1e6)
    parser.add_argument("--lease", type=float, default=120.0)
    parser.add_argument("--life", type=float, default=10.0)
    options = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    store = open_store(options.store, worker_life=timedelta(seconds=options.life))
    await opened(store)
    rates = Rates(lane_per_second=options.per_second)
    took = await deliver(
        store,
        concurrency=options.concurrency,
        rates=rates,
        lease_for=timedelta(seconds=options.lease),
        beat_seconds=min(BEAT_SECONDS, options.life / 4),
    )
    await store.close()
    print(f"done {took:.3f}", flush=True)


async def opened(store: Store) -> None:
    """Open a store, as soon as it can be, as the program does."""
    while True:
        try:
            await store.open()
        except StoreUnavailable:
            await asyncio.sleep(0.02)
        else:
            break
    if isinstance(store, TinyStore):
        await store.give_up_leases()


def nurse() -> None:
    """Become a courier for each line of arguments."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # those that end leave nothing behind
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - the process's own until its end
            asyncio.run(main(line.split()))
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["--nursery"]:
        nurse()
    else:
        asyncio.run(main(sys.argv[1:]))
