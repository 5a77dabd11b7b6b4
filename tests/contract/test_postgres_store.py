"""What only the PostgreSQL store promises: several processes, lost connections, migrations."""

import asyncio
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from bot.ports import (
    THROTTLED,
    Commit,
    Conflict,
    DeliveryStatus,
    Duplicate,
    LeaseLost,
    Share,
    StoreRefused,
    StoreUnavailable,
    TimerWrite,
)
from bot.stores.postgres.connection import Connection, Database, migrate, migration_status, migrations
from bot.stores.postgres.store import PostgresStore
from tests.channels import WEB
from tests.contract import postgres_server
from tests.contract.conftest import Servers
from tests.contract.test_store import HELLO, LEASE, NEWER, NOON, SECOND, claim, outcome, owe, person, post, slot_of


@pytest.fixture(params=postgres_server.KINDS)
def server(request: pytest.FixtureRequest, servers: Servers) -> postgres_server.Server:
    return servers(request.param)


@pytest.fixture
def url(server: postgres_server.Server) -> Iterator[str]:
    with server.used_database() as url:
        yield url


@pytest.fixture
def own_server() -> Iterator[postgres_server.Server]:
    """A server that a test may stop."""
    with postgres_server.wheel_server() as server:
        yield server


@pytest.fixture
def own_url(own_server: postgres_server.Server) -> Iterator[str]:
    with own_server.database() as url:
        yield url


async def ear_of(store: PostgresStore) -> asyncio.Queue[str]:
    """Return what the store hears of news from now on."""
    await store.wait_for_post(5)  # that it began to listen counts as having heard something
    heard: asyncio.Queue[str] = asyncio.Queue()
    store.on_news(heard.put_nowait)
    return heard


@pytest.fixture
async def stores(url: str) -> AsyncIterator[list[PostgresStore]]:
    """Three replicas over one database."""
    async with AsyncExitStack() as stack:
        made = [PostgresStore(url=url) for _ in range(3)]
        for store in made:
            await store.open()
            stack.push_async_callback(store.close)
        yield made


def rows(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def drop_connections(url: str) -> None:
    rows(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )


def drop(url: str, pid: int) -> None:
    rows(url, f"SELECT pg_terminate_backend({pid}, 5000)")


async def work_that_reads(connection: Connection, broken: list[int], url: str) -> None:
    if not broken:
        broken.append(connection.info.backend_pid)
        drop(url, broken[-1])
    await connection.execute("SELECT 1")


LIFE = timedelta(seconds=0.4)


class TestWorkers:
    @pytest.fixture
    async def pair(self, url: str) -> AsyncIterator[tuple[PostgresStore, PostgresStore]]:
        """Two processes that take each other for dead soon."""
        async with AsyncExitStack() as stack:
            made = [PostgresStore(url=url, worker_life=LIFE) for _ in range(2)]
            for store in made:
                await store.open()
                stack.push_async_callback(store.close)
            yield made[0], made[1]

    async def beat(self, store: PostgresStore, worker: str, seconds: float) -> None:
        """Let a worker live that long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    await store.heartbeat(worker, in_flight=[])
                    await asyncio.sleep(0.05)

    async def test_what_a_dead_worker_had_leased_is_owed_as_soon_as_it_is_silent(
        self, pair: tuple[PostgresStore, PostgresStore]
    ) -> None:
        dead, living = pair
        await dead.register_worker("dead")
        await owe(living, post("ana"), post("bo"))
        ana, bo = await claim(dead, token="dead/1")
        await dead.heartbeat("dead", in_flight=[bo.id])
        await living.register_worker("living")
        assert await claim(living, token="living/1") == []
        await self.beat(living, "living", 3 * LIFE.total_seconds())
        back = await claim(living, token="living/1")
        assert [(d.id, d.possibly_twice) for d in back] == [(ana.id, False), (bo.id, True)]
        assert await living.tally("none") == {}
        with pytest.raises(LeaseLost):
            await dead.heartbeat("dead", in_flight=[ana.id])
        with pytest.raises(LeaseLost):
            await dead.settle([outcome(ana)])

    @pytest.mark.full
    async def test_nobody_is_buried_by_one_who_was_away_as_long(
        self, pair: tuple[PostgresStore, PostgresStore]
    ) -> None:
        """After the database was away everybody is silent, and the first to come back must not end the others."""
        first, second = pair
        await first.register_worker("first")
        await second.register_worker("second")
        await asyncio.sleep(2 * LIFE.total_seconds())
        await second.heartbeat("second", in_flight=[])
        await first.heartbeat("first", in_flight=[])

    async def test_a_lease_claimed_by_the_dead_in_their_last_moment_is_given_up_too(
        self, pair: tuple[PostgresStore, PostgresStore], url: str
    ) -> None:
        dead, living = pair
        await dead.register_worker("dead")
        rows(url, "DELETE FROM worker WHERE id = 'dead'")
        await owe(living, post("ana"), post("bo", lease_token="turn-1", lease_until=NOON + LEASE))
        await claim(dead, token="dead/1")
        await living.register_worker("living")
        await self.beat(living, "living", 3 * LIFE.total_seconds())
        [ana] = await claim(living, token="living/1")
        assert (ana.recipient, ana.possibly_twice) == ("ana", False)

    async def test_workers_share_the_lanes_they_have_in_common(self, pair: tuple[PostgresStore, PostgresStore]) -> None:
        one, two = pair
        await one.register_worker("a")
        await two.register_worker("b")
        await one.heartbeat("a", in_flight=[], lanes=["x", "y"])
        assert await two.heartbeat("b", in_flight=[], lanes=["y", "z"]) == {"y": Share(rank=1, of=2), "z": Share()}
        assert await one.heartbeat("a", in_flight=[], lanes=["x", "y"]) == {"x": Share(), "y": Share(rank=0, of=2)}
        await two.unregister_worker("b")
        assert await one.heartbeat("a", in_flight=[], lanes=["y"]) == {"y": Share()}

    async def test_workers_hear_what_others_answer_in_their_lanes(
        self, pair: tuple[PostgresStore, PostgresStore]
    ) -> None:
        one, two = pair
        for worker in ("a", "b", "c"):
            await one.register_worker(worker)
        await one.heartbeat("a", in_flight=[], replies={"x": 3, "y": 1})
        await one.heartbeat("b", in_flight=[], lanes=["z"], replies={"x": 4})
        assert await two.heartbeat("c", in_flight=[], lanes=["x", "z"]) == {
            "x": Share(replies=7),
            "z": Share(rank=1, of=2),
        }
        await one.heartbeat("a", in_flight=[])
        assert await two.heartbeat("c", in_flight=[], lanes=["x"]) == {"x": Share(replies=4)}
        await one.unregister_worker("b")
        assert await two.workers() == ["a", "c"]

    async def test_the_dead_share_no_lane(self, pair: tuple[PostgresStore, PostgresStore]) -> None:
        one, two = pair
        await one.register_worker("a")
        await one.heartbeat("a", in_flight=[], lanes=["x"])
        await asyncio.sleep(1.2 * LIFE.total_seconds())
        await two.register_worker("b")
        assert await two.heartbeat("b", in_flight=[], lanes=["x"]) == {"x": Share()}


class TestReplicas:
    async def test_a_post_by_one_wakes_a_courier_of_another(self, stores: list[PostgresStore]) -> None:
        writer, courier, _ = stores
        await courier.wait_for_post(0.5)  # that it began to listen counts as having heard something
        waiting = asyncio.create_task(courier.wait_for_post(20))
        await asyncio.sleep(0)
        await owe(writer, post())
        async with asyncio.timeout(10):
            await waiting
        assert len(await claim(courier)) == 1

    async def test_whoever_has_an_open_page_elsewhere_is_told_of_news(self, stores: list[PostgresStore]) -> None:
        writer, host, _ = stores
        heard = await ear_of(host)
        await writer.commit(Commit(at=NOON, news=("ana",)))
        await owe(writer, post("bo"), post("kim"), post("eli"))
        bo, kim, eli = await claim(writer)
        on_a_page = outcome(bo, channel=WEB, news=True)
        await writer.settle([on_a_page, outcome(kim, DeliveryStatus.DELETED, news=True), outcome(eli)])
        await writer.commit(Commit(at=NOON, news=("end",)))
        async with asyncio.timeout(10):
            assert [await heard.get() for _ in range(4)] == ["ana", "bo", "kim", "end"]

    async def test_news_of_an_older_version_is_told_too(self, stores: list[PostgresStore]) -> None:
        writer, host, _ = stores
        await owe(writer, post("bo"))
        [leased] = await claim(writer)
        await owe(writer, post("bo", message=NEWER))
        heard = await ear_of(host)
        await writer.settle([outcome(leased, channel=WEB, news=True)])
        async with asyncio.timeout(10):
            assert await heard.get() == "bo"

    @pytest.mark.parametrize("length", [7_999, 8_000, 20_000])
    async def test_a_conversation_too_long_to_be_told_of_is_settled_all_the_same(
        self, stores: list[PostgresStore], length: int
    ) -> None:
        writer, recipient = stores[0], "x" * length
        await owe(writer, post(recipient))
        [leased] = await claim(writer)
        await writer.settle([outcome(leased, DeliveryStatus.DELETED)])
        assert (await slot_of(writer, recipient)).status is DeliveryStatus.DELETED

    async def test_after_a_loss_anybody_may_have_news(self, stores: list[PostgresStore], url: str) -> None:
        heard = await ear_of(stores[0])
        drop_connections(url)
        async with asyncio.timeout(10):
            assert await heard.get() == ""

    async def test_no_connection_takes_a_vanished_machine_for_alive_for_long(
        self, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made: list[psycopg.AsyncConnection[Any]] = []
        connect = psycopg.AsyncConnection.connect

        async def keep(*where: Any, **how: Any) -> psycopg.AsyncConnection[Any]:
            made.append(await connect(*where, **how))
            return made[-1]

        monkeypatch.setattr(psycopg.AsyncConnection, "connect", keep)
        store = PostgresStore(url=url)
        await store.open()
        await store.wait_for_post(5)  # until it listens
        told = [each.info.get_parameters() for each in made if not each.closed]
        await store.close()
        assert len(told) >= 2
        for each in told:
            silent = int(each["keepalives_idle"]) + int(each["keepalives_interval"]) * int(each["keepalives_count"])
            assert silent <= 30
            assert int(each["tcp_user_timeout"]) <= 30_000

    async def test_a_timer_rings_in_one_process_until_it_is_set_anew_or_held_too_long(
        self, stores: list[PostgresStore]
    ) -> None:
        one, two, three = stores
        again = Commit(at=NOON, timers=(TimerWrite(key="a", at=NOON, verb="x.y"),))
        await one.commit(again)
        taken = await asyncio.gather(*(store.take_timers(now=NOON, hold_for=LEASE, limit=9) for store in stores))
        assert sum(map(len, taken)) == 1
        assert await two.take_timers(now=NOON + SECOND, hold_for=LEASE, limit=9) == []
        await one.commit(again)
        assert len(await two.take_timers(now=NOON + SECOND, hold_for=LEASE, limit=9)) == 1
        assert len(await three.take_timers(now=NOON + SECOND + LEASE, hold_for=LEASE, limit=9)) == 1

    async def test_a_timer_that_failed_in_one_process_is_left_alone_by_all_until_it_is_to_ring_again(
        self, stores: list[PostgresStore]
    ) -> None:
        one, two, _ = stores
        await one.commit(Commit(at=NOON, timers=(TimerWrite(key="a", at=NOON, verb="x.y"),)))
        [timer] = await one.take_timers(now=NOON, hold_for=LEASE, limit=9)
        await one.release_timer(timer, at=NOON + SECOND)
        assert await two.take_timers(now=NOON, hold_for=LEASE, limit=9) == []
        assert len(await two.take_timers(now=NOON + SECOND, hold_for=LEASE, limit=9)) == 1
        await one.commit(Commit(at=NOON, timers=(TimerWrite(key="a", at=NOON + SECOND, verb="x.y"),)))
        await two.release_timer(timer, at=NOON + LEASE)
        assert len(await one.take_timers(now=NOON + SECOND, hold_for=LEASE, limit=9)) == 1, "set again, it is another"

    async def test_racing_couriers_share_the_work_without_sharing_a_delivery(self, stores: list[PostgresStore]) -> None:
        for start in range(0, 300, 100):
            await owe(stores[0], *(post(f"p{n}", group="g") for n in range(start, start + 100)))
        seen: Counter[str] = Counter()

        async def courier(store: PostgresStore, token: str) -> int:
            number = 0
            while leased := await claim(store, limit=7, token=token):
                seen.update(delivery.id for delivery in leased)
                number += len(leased)
                await store.settle([outcome(delivery) for delivery in leased])
            return number

        shares = await asyncio.gather(*(courier(store, f"w{n}") for n, store in enumerate(stores)))
        assert set(seen.values()) == {1}
        assert sum(shares) == 300
        assert min(shares) > 0
        assert await stores[1].tally("g") == {DeliveryStatus.SENT: 300}

    async def test_a_recipient_never_has_two_leases_whatever_races(self, stores: list[PostgresStore], url: str) -> None:
        draw = random.Random(11)
        for n in range(40):
            await owe(stores[0], post(f"p{n % 5}", f"s{n}"))
        held = "SELECT recipient FROM delivery WHERE status = 'leased' GROUP BY 1 HAVING count(*) > 1"

        async def courier(store: PostgresStore, token: str) -> None:
            for _ in range(40):
                leased = await claim(store, limit=3, token=token)
                assert rows(url, held) == []
                await store.settle([outcome(delivery) for delivery in leased])
                for delivery in leased:
                    if draw.random() < 0.3:
                        await owe(store, post(delivery.recipient, delivery.slot, NEWER, due_at=NOON - LEASE))

        await asyncio.gather(*(courier(store, f"w{n}") for n, store in enumerate(stores)))

    async def test_one_of_the_replicas_commits_a_version_or_an_event(self, stores: list[PostgresStore]) -> None:
        await stores[0].commit(Commit(at=NOON, records=(person(),)))
        commits = [store.commit(Commit(at=NOON, records=(person(expected=1, n=n),))) for n, store in enumerate(stores)]
        results = await asyncio.gather(*commits, return_exceptions=True)
        assert sum(isinstance(result, Conflict) for result in results) == 2
        commits = [store.commit(Commit(at=NOON, event_id="e", posts=(post(),))) for store in stores]
        results = await asyncio.gather(*commits, return_exceptions=True)
        assert sum(isinstance(result, Duplicate) for result in results) == 2
        assert (await slot_of(stores[0])).version == 1

    @pytest.mark.full
    async def test_simultaneous_posts_into_a_new_slot_all_count(self, stores: list[PostgresStore]) -> None:
        for round_ in range(10):
            await asyncio.gather(*(owe(store, post(slot=f"s{round_}")) for store in stores))
            assert (await slot_of(stores[0], slot=f"s{round_}")).version == 3

    async def test_commits_that_lock_each_others_records_both_end(self, stores: list[PostgresStore]) -> None:
        async def commit(store: PostgresStore, names: list[str]) -> None:
            writes = tuple(person(name) for name in names)
            posts = tuple(post(name, slot) for name in names for slot in ("a", "b"))
            for _ in range(20):
                await store.commit(Commit(at=NOON, records=writes, posts=posts))

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(commit(stores[0], ["ana", "bo", "cy"]))
            tasks.create_task(commit(stores[1], ["cy", "bo", "ana"]))
            tasks.create_task(commit(stores[2], ["bo", "cy", "ana"]))
        found = await stores[0].find_delivery("ana", "a")
        assert found is not None
        assert found.version == 60

    async def test_one_replica_gives_back_its_leases_only(self, stores: list[PostgresStore]) -> None:
        await owe(stores[0], post("ana"), post("bo"))
        await claim(stores[0], limit=1, token="w0")
        [theirs] = await claim(stores[1], limit=1, token="w1")
        assert await stores[0].release("w0") == 1
        await stores[1].settle([outcome(theirs)])


class TestLines:
    async def test_a_lease_that_ran_out_behind_another_is_given_up(self, stores: list[PostgresStore]) -> None:
        store = stores[0]
        await owe(store, post(slot="later"))
        [slow] = await claim(store)
        await owe(store, post(slot="earlier", due_at=NOON - SECOND))
        assert [d.slot for d in await claim(store, NOON + LEASE, token="w2")] == ["earlier"]
        with pytest.raises(LeaseLost):
            await store.settle([outcome(slow)])
        assert (await slot_of(store, slot="later")).possibly_twice

    async def test_contents_to_many_are_stored_once_and_dropped_when_unused(
        self, stores: list[PostgresStore], url: str
    ) -> None:
        store = stores[0]
        await owe(store, *(post(f"p{n}") for n in range(50)), *(post(f"q{n}", message=NEWER) for n in range(50)))
        assert rows(url, "SELECT count(*) FROM content") == [(2,)]
        for n in range(50):
            await store.forget_recipient(f"q{n}")
        rows(url, "UPDATE content SET used_at = used_at - interval '1 day'")
        await store.forget(events_before=NOON, deliveries_before=NOON, prefixes=["x/"], prefix_before=NOON)
        assert rows(url, "SELECT count(*) FROM content") == [(1,)]
        assert (await slot_of(store, "p1")).message == HELLO

    async def test_a_claim_stays_quick_behind_thousands_that_must_wait(
        self, stores: list[PostgresStore], url: str
    ) -> None:
        """Owed later, in backoff, and blocked ones are passed over by index; no plan reads the whole table."""
        rows(
            url,
            "INSERT INTO delivery (recipient, slot, version, status, posted_at, due_at, ready_at, wake_at, lane,"
            " group_name, urgency, attempts, possibly_twice, turn_lease, reason, content)"
            " SELECT 'r' || n % 20000, 's' || n, 1, CASE WHEN n < 40000 THEN 'sent' ELSE 'waiting' END,"
            " '2026-03-02 12:00Z', '2026-03-03Z', '2026-03-03Z', '2026-03-03Z', 2, 'g', 'normal', 0, false, false, '',"
            " '\\x00' FROM generate_series(1, 60000) AS n",
        )
        store = stores[0]
        await owe(store, *(post(f"p{n}", group="g") for n in range(100)))
        before = rows(url, "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'delivery'")
        assert len(await claim(store, limit=50)) == 50
        assert await store.next_due_at() == NOON
        assert (await store.tally("g"))[DeliveryStatus.SENT] == 39_999
        rows(url, "SELECT pg_stat_clear_snapshot()")
        assert rows(url, "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'delivery'") == before


async def fetched_by_index(url: str) -> int:
    """Return how many deliveries were ever fetched by an index, once nobody is connected who has not told yet."""
    clients = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND client_port IS NOT NULL"
    async with asyncio.timeout(10):
        while rows(url, f"{clients} AND pid <> pg_backend_pid()") != [(0,)]:  # noqa: ASYNC110 - the server is another
            await asyncio.sleep(0.01)
    [(number,)] = rows(url, "SELECT idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'delivery'")
    return int(number)


@pytest.mark.full
async def test_a_groups_pages_are_met_in_order_and_not_sorted_each_time(url: str) -> None:
    """Without statistics, as of a group that was owed just now, a page must not cost the whole of it."""
    store = PostgresStore(url=url)
    await store.open()
    for start in range(0, 20_000, 4_000):
        await owe(store, *(post(f"p{n:05}", group="g") for n in range(start, start + 4_000)))
    await store.close()
    before = await fetched_by_index(url)
    await store.open()
    after, pages = "", 0
    while page := await store.deliveries_of_group("g", after=after, limit=1000):
        after, pages = page[-1].recipient, pages + 1
    await store.close()
    assert pages == 20
    assert 20_000 <= await fetched_by_index(url) - before <= 25_000


class TestLoss:
    async def test_broken_connections_are_replaced_within_a_call(self, stores: list[PostgresStore], url: str) -> None:
        store = stores[0]
        for n in range(2):
            drop_connections(url)
            await owe(store, post(f"p{n}"))
            drop_connections(url)
            assert await store.find_delivery(f"p{n}", "welcome") is not None

    async def test_the_ear_is_opened_again_after_a_loss(self, stores: list[PostgresStore], url: str) -> None:
        writer, courier, _ = stores
        await courier.wait_for_post(0.5)
        drop_connections(url)
        async with asyncio.timeout(20):
            await courier.wait_for_post(20)  # it says so when it listens again
            waiting = asyncio.create_task(courier.wait_for_post(20))
            await owe(writer, post())
            await waiting

    async def test_a_database_that_is_away_is_unavailable_until_it_is_back(
        self, own_server: postgres_server.Server, own_url: str
    ) -> None:
        store = PostgresStore(url=own_url, timeout_seconds=0.5)
        await store.open()
        await owe(store, post("ana"))
        own_server.stop()
        for action in (store.ping(), owe(store, post("bo")), claim(store), store.tally("g")):
            with pytest.raises(StoreUnavailable):
                await action
        with pytest.raises(StoreUnavailable):
            await PostgresStore(url=own_url, timeout_seconds=0.5).open()
        own_server.start()
        async with asyncio.timeout(30):
            while True:
                try:
                    await store.ping()
                    break
                except StoreUnavailable:
                    await asyncio.sleep(0.1)
        await owe(store, post("cy"))
        assert [delivery.recipient for delivery in await claim(store)] == ["ana", "cy"]
        await store.close()

    async def test_a_closed_store_is_unavailable(self, stores: list[PostgresStore]) -> None:
        await stores[0].close()
        with pytest.raises(StoreUnavailable):
            await stores[0].ping()


class TestLink:
    @pytest.fixture
    async def link(self, url: str) -> AsyncIterator[Database]:
        link = Database(url, posted=asyncio.Event(), connections=3, timeout_seconds=5)
        await link.open()
        yield link
        await link.close()

    async def test_work_whose_connection_breaks_is_done_again_from_its_start(self, link: Database, url: str) -> None:
        broken: list[int] = []

        async def work(connection: Connection) -> None:
            await connection.execute("INSERT INTO event (id, at) VALUES ('e', now())")
            if not broken:
                broken.append(connection.info.backend_pid)
                drop(url, broken[-1])
            await connection.execute("SELECT 1")

        await link.write(work)
        assert rows(url, "SELECT count(*) FROM event") == [(1,)]
        broken.clear()
        await link.read(lambda connection: work_that_reads(connection, broken, url))
        assert len(broken) == 1

    async def test_a_connection_that_breaks_while_committing_leaves_it_open_whether_it_did(
        self, link: Database, url: str
    ) -> None:
        calls: list[int] = []

        async def work(connection: Connection) -> None:
            calls.append(connection.info.backend_pid)
            await connection.execute("INSERT INTO event (id, at) VALUES ('e', now())")
            drop(url, connection.info.backend_pid)

        with pytest.raises(StoreUnavailable):
            await link.write(work)
        assert len(calls) == 1


MIGRATED = "INSERT INTO migration (number, name, checksum) VALUES (9999, '{}', '')"


class TestMigration:
    async def test_an_empty_database_is_refused_then_upgraded_once(self, server: postgres_server.Server) -> None:
        names = tuple(migration.name for migration in migrations())
        with server.empty_database() as url:
            assert (await migration_status(url)).pending == names
            with pytest.raises(StoreRefused, match="heia db upgrade"):
                await PostgresStore(url=url).open()
            done = await asyncio.gather(migrate(url), migrate(url), migrate(url))
            assert sorted(map(tuple, done)) == [(), (), names]
            status = await migration_status(url)
            assert (status.applied, status.pending) == (names, ())
            store = PostgresStore(url=url)
            await store.open()
            await store.close()

    async def test_what_was_put_off_before_the_upgrade_is_counted_as_that_after_it(
        self, server: postgres_server.Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with server.empty_database() as url:
            with monkeypatch.context() as earlier:
                earlier.setattr("bot.stores.postgres.connection.migrations", lambda: migrations()[:3])
                await migrate(url)
                # This program writes what the one before did not know; it goes before the upgrade brings it.
                [audit] = [each for each in migrations() if each.name == "0009_audit"]
                rows(url, "ALTER TABLE delivery ADD COLUMN turn text NOT NULL DEFAULT ''")
                rows(url, "ALTER TABLE delivery ADD COLUMN first_sent_at timestamptz")
                rows(url, audit.sql)
                store = PostgresStore(url=url)
                await store.open()
                await owe(store, *(post(f"p{n}", group="g") for n in range(5)))
                for delivery in (await claim(store))[:3]:
                    await store.settle([outcome(delivery, DeliveryStatus.WAITING, reason=THROTTLED)])
                assert await store.tally("g") == {"waiting": 3, "leased": 2}
                await store.close()
            rows(url, "ALTER TABLE delivery DROP COLUMN turn, DROP COLUMN first_sent_at")
            rows(url, "DROP TABLE audit_chain, audit_head")
            rows(url, "DROP FUNCTION append_audit")
            assert await migrate(url) == [migration.name for migration in migrations()[3:]]
            await store.open()
            assert await store.tally("g") == {THROTTLED: 3, "leased": 2}
            await store.forget_recipient("p0")
            assert sum((await store.tally("g")).values()) == 4
            await store.close()

    @pytest.mark.parametrize("name", ["9999_later", "9999_contract_later", "9999_later_expand_x"])
    async def test_a_newer_database_is_refused(self, name: str, url: str) -> None:
        rows(url, MIGRATED.format(name))
        for attempt in (PostgresStore(url=url).open(), migrate(url), migration_status(url)):
            with pytest.raises(StoreRefused, match=rf"newer program \({name}\): use that one"):
                await attempt

    async def test_a_database_that_a_newer_program_only_expanded_is_used(self, url: str) -> None:
        rows(url, "ALTER TABLE record ADD COLUMN later text NOT NULL DEFAULT ''")
        rows(url, MIGRATED.format("9999_expand_later"))
        assert (await migration_status(url)).applied[-1] == "9999_expand_later"
        assert await migrate(url) == []
        store = PostgresStore(url=url)
        await store.open()
        await owe(store, post("p1"))
        assert len(await claim(store)) == 1
        await store.close()

    def test_a_migration_says_whether_the_program_before_can_ignore_it(self) -> None:
        unmarked = [each.name for each in migrations() if not re.match(r"[0-9]{4}_(expand|contract)_", each.name)]
        assert unmarked == [each.name for each in migrations() if each.number <= 13]

    async def test_a_database_upgraded_with_other_files_is_refused(self, url: str) -> None:
        rows(url, "UPDATE migration SET checksum = 'other'")
        with pytest.raises(StoreRefused, match="other files"):
            await PostgresStore(url=url).open()

    async def test_a_database_that_cannot_be_reached_is_unavailable(self) -> None:
        nowhere = "postgresql://127.0.0.1:1/none?connect_timeout=2"
        for attempt in (PostgresStore(url=nowhere).open(), migrate(nowhere)):
            with pytest.raises(StoreUnavailable):
                await attempt


@pytest.mark.full
async def test_a_tally_is_what_counting_would_give(stores: list[PostgresStore], url: str) -> None:
    draw = random.Random(7)
    seen: set[str] = set()
    for step in range(60):
        store = draw.choice(stores)
        names = [f"p{draw.randrange(12)}" for _ in range(4)]
        match draw.randrange(5):
            case 0 | 1:
                message = draw.choice([HELLO, NEWER, None])
                await owe(store, *(post(name, f"s{step % 4}", message, group=f"g{step % 2}") for name in names))
            case 2 | 3:
                for delivery in await claim(store, NOON + step * SECOND, limit=5):
                    status = draw.choice([DeliveryStatus.SENT, DeliveryStatus.DEAD, DeliveryStatus.WAITING])
                    await store.settle([outcome(delivery, status, reason=draw.choice(["", THROTTLED]))])
            case 4:
                await store.forget_recipient(names[0])
        seen |= set(await store.tally("g0"))
    for group in ("g0", "g1"):
        counted = Counter(delivery.standing for delivery in await stores[0].deliveries_of_group(group))
        assert await stores[0].tally(group) == counted
    assert THROTTLED in seen
