"""A head is signed in every minute with new entries, and no fault of a disk or an address stops the bot."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from bot.audit import statement_log
from bot.audit.signer import Outside
from bot.audit.statement_log import StatementLog
from bot.audit.statements import SignedStatement
from bot.ports import AuditPoint, StoreUnavailable
from bot.support.dependencies import AUDIT_HEADS, AUDIT_LOG, AUDIT_OUTSIDE
from tests.unit.audit.scene import KEY, NOON, OTHER, AuditScene


@pytest.fixture
def scene(tmp_path: Path) -> AuditScene:
    return AuditScene(folder=tmp_path)


def head(number: int) -> SignedStatement:
    return SignedStatement.head(AuditPoint(number=number, hash=f"{number:064d}"), at=NOON, key=KEY)


@contextmanager
def disk_full(*, after_bytes: int = 0) -> Iterator[None]:
    """Let writes end after some bytes."""
    write, left = os.write, [after_bytes]

    def full(descriptor: int, data: bytes) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        part = bytes(data)[: left[0]]
        left[0] -= len(part)
        return write(descriptor, part)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statement_log.os, "write", full)
        yield


class Archive:
    """An address outside: what it was sent, and how it answers."""

    def __init__(self) -> None:
        self.status = 204
        self.heads: list[int] = []
        self.others = 0

    async def take(self, request: web.Request) -> web.Response:
        statement = SignedStatement.from_document(await request.json())
        assert statement.is_signed_by({KEY.id: KEY.public})
        if self.status < 300:
            self.heads.append(statement.point.number)
        headers = {"Location": "/elsewhere"} if self.status in range(300, 400) else None
        return web.Response(status=self.status, headers=headers)

    async def elsewhere(self, request: web.Request) -> web.Response:
        self.others += 1
        return web.Response()


async def test_a_minute_without_entries_has_no_head(scene: AuditScene) -> None:
    signer = scene.signer()
    await signer.sign()
    assert not scene.file.path.exists()
    await scene.fill(2)
    for _ in range(3):
        await signer.sign()
    assert scene.heads() == [2]
    await scene.fill(1)
    await signer.sign()
    assert scene.heads() == [2, 3]
    assert scene.seen == {"log": 3, "file": 3}


async def test_what_is_added_while_it_stops_is_signed(scene: AuditScene) -> None:
    signer = scene.signer()
    running = asyncio.create_task(signer.run())
    await asyncio.sleep(0)
    await scene.fill(1)
    await signer.stop()
    await running
    assert scene.heads() == [1]


async def test_a_crash_between_entry_and_head_is_made_up_at_the_next_start(scene: AuditScene) -> None:
    await scene.fill(2)
    await scene.signer().sign()
    await scene.fill(3)  # and the process is killed before the minute is over
    await scene.signer().sign()
    assert scene.heads() == [2, 5]
    assert await scene.faults() == []


async def test_two_processes_of_a_machine_write_a_head_once(scene: AuditScene) -> None:
    await scene.fill(2)
    await asyncio.gather(scene.signer().sign(), scene.signer().sign())
    assert scene.heads() == [2]


async def test_a_full_disk_is_told_and_the_head_is_written_once_there_is_room(scene: AuditScene) -> None:
    dependencies = scene.dependencies()
    signer = scene.signer(dependencies=dependencies)
    await scene.fill(1)
    await signer.sign()
    await scene.fill(1)
    with disk_full(after_bytes=40):
        await signer.sign()
        assert dependencies.failing == {AUDIT_HEADS: "disk_full"}
        assert scene.heads() == [1], "half a line is taken back"
    await scene.fill(1)
    await signer.sign()
    assert scene.heads() == [1, 3]
    assert dependencies.failing == {}
    assert await scene.faults() == []


async def test_a_line_torn_by_a_crash_is_removed_by_the_next_head(scene: AuditScene) -> None:
    await scene.fill(1)
    await scene.signer().sign()
    with scene.file.path.open("ab") as file:
        file.write(head(2).line().encode()[:50])
    await scene.fill(1)
    await scene.signer().sign()
    assert scene.heads() == [1, 2]
    assert await scene.faults() == []


def test_another_file_than_one_of_heads_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_bytes(b"one\ntwo")
    with pytest.raises(OSError, match="no file of signed heads"):
        StatementLog(file).append(head(1))
    assert file.read_bytes() == b"one\ntwo"


def test_a_head_that_is_not_durable_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = StatementLog(tmp_path / "heads.jsonl")
    file.append(head(1))
    before = file.path.read_bytes()

    def refuse(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(statement_log.os, "fsync", refuse)
        with pytest.raises(OSError, match="Input/output"):
            file.append(head(2))
    assert file.path.read_bytes() == before


def test_a_file_without_heads_to_drop_is_left_as_it_is(tmp_path: Path) -> None:
    file = StatementLog(tmp_path / "heads.jsonl")
    file.append(head(5))
    before = file.path.stat().st_ino
    file.drop_heads(AuditPoint(number=5, hash=""))
    assert file.path.stat().st_ino == before
    file.drop_heads(AuditPoint(number=6, hash=""))
    assert file.path.read_bytes() == b""


def test_the_file_of_heads_is_its_owners_alone(tmp_path: Path) -> None:
    file = StatementLog(tmp_path / "new" / "heads.jsonl")
    file.append(head(1))
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert file.path.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_that_is_replaced_while_it_is_waited_for_gets_the_head(tmp_path: Path) -> None:
    file = StatementLog(tmp_path / "heads.jsonl")
    for number in (1, 2, 3):
        file.append(head(number))
    file.drop_heads(AuditPoint(number=3, hash=""))
    file.append(head(4))
    assert [SignedStatement.parse(line).point.number for line in file.path.read_bytes().splitlines()] == [3, 4]


@pytest.mark.full
def test_the_last_head_is_found_behind_many_other_lines(tmp_path: Path) -> None:
    file = StatementLog(tmp_path / "heads.jsonl")
    assert file.last_head() is None
    file.append(head(1))
    for _ in range(400):
        file.append(SignedStatement.new_key(OTHER.public, at=NOON, key=KEY))
    found = file.last_head()
    assert found is not None
    assert found.point.number == 1


async def test_a_missing_store_is_waited_for(scene: AuditScene, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away() -> AuditPoint:
        raise StoreUnavailable

    await scene.fill(1)
    signer = scene.signer()
    with monkeypatch.context() as patch:
        patch.setattr(scene.store, "audit_head", away)
        await signer.sign()
    await signer.sign()
    assert scene.heads() == [1]


async def test_a_shortened_log_is_told_at_the_start_and_signed_all_the_same(scene: AuditScene) -> None:
    await scene.fill(3)
    await scene.signer().sign()
    scene.drop_link(3)
    scene.drop_entry("audit-0003")
    dependencies = scene.dependencies()
    with capture_logs() as logs:
        await scene.signer(dependencies=dependencies).sign()
    assert dependencies.failing == {AUDIT_LOG: "differs"}
    assert [line["number"] for line in logs if line["event"] == "audit_log_differs"] == [3]
    assert scene.heads() == [3, 2]


async def test_a_rewritten_log_is_told_at_the_start(scene: AuditScene) -> None:
    await scene.fill(3)
    await scene.signer().sign()
    scene.set_link(3, hash="ab" * 32)
    dependencies = scene.dependencies()
    await scene.signer(dependencies=dependencies).sign()
    assert dependencies.failing == {AUDIT_LOG: "differs"}


async def test_a_sound_log_is_no_alarm_at_the_start(scene: AuditScene) -> None:
    await scene.fill(3)
    await scene.signer().sign()
    await scene.fill(2)
    dependencies = scene.dependencies()
    await scene.signer(dependencies=dependencies).sign()
    assert dependencies.failing == {}


class TestOutside:
    """The address outside gets the newest head, again and again until it takes it."""

    @pytest.fixture
    async def archive(self) -> Archive:
        return Archive()

    @pytest.fixture
    async def server(self, archive: Archive) -> AsyncIterator[TestServer]:
        app = web.Application()
        app.router.add_post("/heads", archive.take)
        app.router.add_route("*", "/elsewhere", archive.elsewhere)
        async with TestServer(app) as server:
            yield server

    @pytest.fixture
    async def outside(self, server: TestServer) -> AsyncIterator[Outside]:
        async with aiohttp.ClientSession() as session:
            yield Outside(url=str(server.make_url("/heads")), session=session)

    async def test_each_head_is_posted_once(self, scene: AuditScene, archive: Archive, outside: Outside) -> None:
        signer = scene.signer(outside=outside)
        for _ in range(2):
            await scene.fill(1)
            for _ in range(2):
                await signer.sign()
        assert archive.heads == [1, 2]
        assert scene.seen == {"log": 2, "file": 2, "outside": 2}

    @pytest.mark.parametrize("status", [500, 404, 302])
    async def test_what_was_not_taken_is_posted_again(
        self, scene: AuditScene, archive: Archive, outside: Outside, status: int
    ) -> None:
        dependencies = scene.dependencies()
        signer = scene.signer(outside=outside, dependencies=dependencies)
        await scene.fill(1)
        archive.status = status
        await signer.sign()
        assert dependencies.failing == {AUDIT_OUTSIDE: f"status_{status}"}
        assert scene.heads() == [1], "the file is written all the same"
        archive.status = 200
        await signer.sign()
        assert (archive.heads, archive.others, dependencies.failing) == ([1], 0, {})

    async def test_after_an_outage_the_newest_head_is_enough(
        self, scene: AuditScene, archive: Archive, outside: Outside
    ) -> None:
        signer = scene.signer(outside=outside)
        archive.status = 503
        for _ in range(3):
            await scene.fill(1)
            await signer.sign()
        archive.status = 200
        await signer.sign()
        assert archive.heads == [3]

    async def test_a_full_disk_does_not_keep_a_head_inside(
        self, scene: AuditScene, archive: Archive, outside: Outside
    ) -> None:
        signer = scene.signer(outside=outside)
        await scene.fill(1)
        with disk_full():
            for _ in range(3):
                await signer.sign()
        assert archive.heads == [1]
        await signer.sign()
        assert (scene.heads(), archive.heads) == ([1], [1])

    async def test_a_head_that_was_written_and_not_posted_is_posted_after_the_restart(
        self, scene: AuditScene, archive: Archive, outside: Outside
    ) -> None:
        await scene.fill(1)
        await scene.signer().sign()
        await scene.signer(outside=outside).sign()
        assert archive.heads == [1]

    async def test_a_head_that_another_process_wrote_is_posted_by_that_one(
        self, scene: AuditScene, archive: Archive, outside: Outside
    ) -> None:
        first, second = scene.signer(outside=outside), scene.signer(outside=outside)
        await scene.fill(1)
        await first.sign()
        await second.sign()
        await scene.fill(1)
        await first.sign()
        await second.sign()
        assert archive.heads == [1, 1, 2], "at its start neither knows what the other has posted"

    async def test_an_address_that_does_not_answer_is_told(self, scene: AuditScene) -> None:
        dependencies = scene.dependencies()
        async with aiohttp.ClientSession() as session:
            outside = Outside(url="http://127.0.0.1:9/heads", session=session)
            await scene.fill(1)
            await scene.signer(outside=outside, dependencies=dependencies).sign()
        assert dependencies.failing == {AUDIT_OUTSIDE: "unreachable"}
