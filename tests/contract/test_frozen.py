"""Data of released versions is opened, worked on and emptied by this one: ``tests/frozen``."""

import asyncio
import gzip
import tarfile
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import psycopg
import pytest
import structlog

from bot.app.clock import SystemRandomSource
from bot.app.erasure import data_of, erase_person
from bot.app.maintenance import Maintenance
from bot.app.wiring import audit_statements
from bot.audit.verification import audit_verdict
from bot.delivery.courier import Courier
from bot.delivery.limiter import Limiter, Rates
from bot.delivery.recipients import StoredRecipients
from bot.delivery.sender import BackoffPolicy, DeliverySender
from bot.erasure.proof import KeptGround, prove_erasure
from bot.erasure.proof_document import proof_document
from bot.ports import Incoming, Key, Sender, Store, Timer, Turn
from bot.records.codec import decode
from bot.records.origins import find_origins
from bot.settings.model import Settings
from bot.signin.former import FormerMarks
from bot.stores.postgres.connection import migrate
from bot.stores.postgres.store import PostgresStore
from bot.stores.tiny.store import TinyStore
from bot.turn.identity import Directory
from bot.turn.runtime import Runtime
from dialogs.announce.model import Announcement
from dialogs.core.content import Content
from dialogs.core.erasure_receipt import ErasureHashes, hashes_id
from dialogs.core.event import Pressed, Said, What
from dialogs.core.nightly_run import RETENTION
from dialogs.core.person import Address, Person
from dialogs.core.question import Question
from dialogs.editing.model import ArticleRevision
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import Status
from dialogs.router import route
from knowledge.article.article import Language
from tests.channels import CHANNELS, WEB
from tests.contract.conftest import Servers
from tests.contract.postgres_server import KINDS
from tests.contract.test_handoff_limits import KnowsNothing, Lands, Untimed
from tests.draining import drain
from tests.frozen.make import FOLDER, LEAVER_KEY, POSTGRES, TINY
from tests.frozen.scene import ANSWER, OFFERED, QUESTION, READERS, SAID
from tests.timers import due_timers
from tests.unit.delivery.scene import Dice, HeldClock, ScriptedChannel
from tests.unit.driver import TUESDAY
from tests.unit.handoff.scene import stage

VERSIONS: Final = sorted(folder.name for folder in FOLDER.iterdir() if (folder / TINY).exists())
LOG: Final = structlog.get_logger()
SOON: Final = TUESDAY + timedelta(minutes=5)
LATER: Final = TUESDAY + timedelta(hours=2)


class Opened:
    """The store of a released version, with this version's bot on it."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.folder = folder
        self.clock = HeldClock(at=SOON)
        self.channel = ScriptedChannel()
        self.content: Content = stage().content
        self._events = 0
        former = FormerMarks(LEAVER_KEY)
        self.runtime = Runtime(
            store=store,
            directory=Directory(store=store, former=former),
            understanding=KnowsNothing(),
            route=route,
            content=lambda: self.content,
            sender=Lands(),
            jobs=Maintenance(store=store, clock=self.clock).jobs,
            former=former,
            clock=self.clock,
            rng=SystemRandomSource(),
            stages=Untimed(),
            log=LOG,
        )

    async def happens(self, person_id: str, what: What) -> Turn:
        self._events += 1
        return await self.runtime.receive(
            Incoming(
                id=f"frozen-{self._events}",
                channel=WEB,
                sender=Sender(name="", person_id=person_id),
                address=Address(channel=WEB),
                conversation_id=f"c-{person_id}",
                what=what,
            )
        )

    async def handoff_of(self, asker_id: str, question: str) -> Handoff:
        found = [decode(Handoff, each) for each in await self.store.find(Handoff.KIND, f"person:{asker_id}")]
        [handoff] = [each for each in found if each.question == question]
        return handoff

    async def ring_until(self, at: datetime) -> None:
        while due := await due_timers(self.store, now=at, limit=1):
            self.clock.at = max(self.clock.at, due[0].at)
            await self.runtime.ring(due[0])
        self.clock.at = at

    async def deliver(self) -> None:
        recipients, limiter = StoredRecipients(store=self.store), Limiter(Rates())
        sender = DeliverySender(
            channels={WEB: self.channel},
            specs=CHANNELS,
            recipients=recipients,
            limiter=limiter,
            backoff=BackoffPolicy(),
            clock=self.clock,
            rng=Dice(drawn=0.5),
        )
        courier = Courier(
            store=self.store,
            sender=sender,
            recipients=recipients,
            limiter=limiter,
            clock=self.clock,
            rng=SystemRandomSource(),
            log=LOG,
        )
        await drain(courier)

    async def erase(self, id_: str) -> None:
        await erase_person(
            self.store,
            self.content,
            await self.person(id_),
            by="vera",
            former=FormerMarks(LEAVER_KEY),
            clock=self.clock,
            rng=SystemRandomSource(),
            log=LOG,
        )

    async def revisions(self) -> list[ArticleRevision]:
        return [decode(ArticleRevision, each) for each in await self.store.find(ArticleRevision.KIND, "all")]

    async def person(self, id_: str) -> Person:
        key = Key(kind=Person.KIND, id=id_)
        return decode(Person, (await self.store.get([key]))[key])


def unpacked(version: str, folder: Path) -> Path:
    with tarfile.open(FOLDER / version / TINY) as tar:
        tar.extractall(folder / "data", filter="data")
    return folder / "data"


def loaded(version: str, url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(gzip.decompress((FOLDER / version / POSTGRES).read_bytes()))


@pytest.fixture(params=[(version, kind) for version in VERSIONS for kind in ("tiny", *KINDS)], ids="-".join)
def made(request: pytest.FixtureRequest, tmp_path: Path, servers: Servers) -> Iterator[tuple[Store, Path]]:
    version, kind = request.param
    folder = unpacked(version, tmp_path)
    if kind == "tiny":
        yield TinyStore(directory=folder), folder
        return
    with servers(kind).empty_database() as url:
        loaded(version, url)
        asyncio.run(migrate(url))
        yield PostgresStore(url=url), folder


@pytest.fixture
async def opened(made: tuple[Store, Path]) -> AsyncIterator[Opened]:
    store, folder = made
    await store.open()
    yield Opened(store, folder)
    await store.close()


def test_the_version_before_is_frozen() -> None:
    assert "0.8.0" in VERSIONS


async def test_its_audit_log_is_in_order_under_its_signed_head(opened: Opened) -> None:
    statements = await asyncio.to_thread(audit_statements, Settings(data_dir=opened.folder))
    verdict = await audit_verdict(opened.store, lambda: statements)
    assert verdict.problems == ()
    assert verdict.entries == verdict.signed_row == 6


async def test_its_half_sent_announcement_reaches_the_others_once(opened: Opened) -> None:
    [announcement] = await opened.store.find(Announcement.KIND, "author:anja")
    before = await opened.store.tally(announcement.key.id)
    assert before["throttled"] == READERS - 4
    opened.clock.at = LATER
    await opened.deliver()
    sent = [to for act, to, text in opened.channel.done if "Møterommene" in text]
    assert sorted(sent) == [f"reader{number}" for number in range(5, READERS + 1)]
    assert await opened.store.tally(announcement.key.id) == {"sent": sum(before.values())}


async def test_its_hand_offs_go_on_to_their_ends(opened: Opened) -> None:
    offered = await opened.handoff_of("ola", OFFERED)
    assert offered.status is Status.OFFERED
    helper = str(offered.assignment.offered_to)
    await opened.happens(helper, Pressed(verb="handoff.accept", data={"handoff_id": offered.id}))
    answer = {"handoff_id": offered.id, "answer": "Slik bestiller du."}
    await opened.happens(helper, Pressed(verb="handoff.resolve", data=answer))
    assert (await opened.handoff_of("ola", OFFERED)).status is Status.RESOLVED
    talked = await opened.handoff_of("kari", "Hvordan deler jeg en mappe?")
    await opened.happens("kari", Said(utterance="Nå virker det, takk."))
    assert (await opened.handoff_of("kari", talked.question)).chat.messages == talked.chat.messages + 1


async def test_its_people_are_exported_and_erased(opened: Opened) -> None:
    await find_origins(opened.store, shipped=(), at=opened.clock.now())
    ola = await opened.person("ola")
    held = repr(await data_of(opened.store, ola))
    assert QUESTION in held
    assert OFFERED in held
    kari = repr(await data_of(opened.store, await opened.person("kari")))
    assert QUESTION in kari
    former = FormerMarks(LEAVER_KEY)
    for person, words in ((ola, OFFERED), (await opened.person("kari"), SAID)):
        await opened.erase(person.id)
        proof = await prove_erasure(opened.store, person.id, also=[words], former=former)
        assert proof.groundless == ()


async def test_its_old_records_are_removed_by_the_nightly_retention(opened: Opened) -> None:
    opened.clock.at = TUESDAY + timedelta(days=800)
    await opened.runtime.ring(Timer(key=RETENTION.key, at=opened.clock.at, verb=RETENTION.verb, data={}))
    await opened.ring_until(opened.clock.at + timedelta(minutes=1))
    assert await opened.store.find(Question.KIND, "person:ola") == []
    assert await opened.store.find("suggestion", "person:cato") == []
    assert (await opened.person("ola")).registered


async def test_its_copies_get_their_origin_and_go_with_the_person(opened: Opened) -> None:
    """The draft holds what both asked, word for word; the article was made of what one asked."""
    await find_origins(opened.store, shipped=(), at=opened.clock.now())
    held = {each.holding.kind: each.records for each in (await data_of(opened.store, await opened.person("ola"))).held}
    assert {"article_revision", "suggestion", "addition"} <= {kind for kind, records in held.items() if records}
    assert QUESTION in repr(held["article_revision"])
    for id_ in ("ola", "kari"):
        await opened.erase(id_)
        assert not [each for each in await opened.revisions() if f"words:{id_}" in set(each.terms())]
    assert QUESTION not in repr(await opened.revisions())
    for kind in ("suggestion", "addition"):
        assert await opened.store.find(kind, "words:ola") == []
    assert ANSWER in repr(await opened.revisions()), "the published answer is the municipality's"


async def test_words_that_an_erasure_missed_are_found_for_thirty_days(opened: Opened) -> None:
    """Without its origin the draft keeps what both asked at the same time, and the proof of each finds it."""
    draft = "article_revision/revision-0040"
    opened.clock.at = LATER
    await opened.deliver()  # an announcement under way shows its progress every minute of the thirty days
    await opened.erase("ola")
    assert draft in {each.trace.row for each in (await prove_erasure(opened.store, "ola")).groundless}
    await opened.erase("kari")
    proof = await prove_erasure(opened.store, "kari")
    assert (draft in {each.trace.row for each in proof.groundless}, bool(proof.runs)) == (True, True)
    [kept] = [each.trace.row for each in proof.remainders if each.ground is KeptGround.PROOF]
    hashes = Key(kind=ErasureHashes.KIND, id=hashes_id("kari"))
    assert kept == f"{hashes.kind}/{hashes.id}"
    assert QUESTION not in repr(await opened.store.get([hashes]))
    await opened.ring_until(opened.clock.now() + timedelta(days=29))
    assert await opened.store.get([hashes]) != {}
    await opened.ring_until(opened.clock.now() + timedelta(days=2))
    later = await prove_erasure(opened.store, "kari")
    assert (later.runs, await opened.store.get([hashes])) == (None, {})
    assert "Only identifiers" in proof_document(
        opened.content.texts[Language.EN], later, at=opened.clock.now(), version="x"
    )
