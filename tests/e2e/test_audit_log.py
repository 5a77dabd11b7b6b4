"""The audit log of the running program: signed, archived outside, and verified by an outsider after a crash."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.e2e import forked
from tests.e2e.program import Program

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Archive:
    """The heads that another owner keeps."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.url = ""

    @property
    def newest(self) -> int:
        """Number of the newest row that it has a head of."""
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        return max((json.loads(line)["number"] for line in lines), default=0)

    async def take(self, request: web.Request) -> web.Response:
        with self.file.open("ab") as file:
            file.write(await request.read() + b"\n")
        return web.Response(status=204)


@pytest_asyncio.fixture(loop_scope="module")
async def archive(tmp_path: Path) -> AsyncIterator[Archive]:
    made = Archive(tmp_path / "archive.jsonl")
    app = web.Application()
    app.router.add_post("/heads", made.take)
    async with TestServer(app) as server:
        made.url = str(server.make_url("/heads"))
        yield made


async def command(folder: Path, *words: str, **settings: str) -> tuple[int, str]:
    """Run a command in the program's folder; return exit code and output."""
    process = await asyncio.create_subprocess_exec(
        *words,
        cwd=folder,
        env={**os.environ, "HEIA_DATA_DIR": str(folder / "data"), **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def heia_command(heia: Program, *words: str, **settings: str) -> tuple[int, str]:
    code, printed, errors = await forked.heia(heia.folder, *words, **settings)
    return code, printed + errors


async def act(heia: Program) -> None:
    """Do what is audited, by a command beside the running program."""
    code, said = await heia_command(heia, "registry", "link", "p002", SUDO_USER="anne")
    assert (code, "/signin" in said or "token=" in said) == (0, True), said


async def test_heads_reach_the_archive_and_an_outsider_finds_what_was_done_since(
    tmp_path: Path, archive: Archive
) -> None:
    settings = {"HEIA_AUDIT_HEADS_URL": archive.url}
    async with forked.program(tmp_path / "heia", **settings) as heia:
        await act(heia)
        assert await heia.stop() == 0
        stopped_at = archive.newest
        assert stopped_at >= 1, "what was added is signed and posted when it stops"
        await heia.start()
        await act(heia)
        await heia.kill()  # between the entry and its head
        assert archive.newest <= stopped_at + 1
        await heia.start()
        assert await heia.stop() == 0
        assert archive.newest > stopped_at
        folder = heia.folder

        code, said = await heia_command(heia, "audit", "verify", "--heads", str(archive.file), **settings)
        assert (code, "The audit log is in order." in said) == (0, True), said
        assert "operator:anne" in (await heia_command(heia, "audit", "--csv", **settings))[1]
        (folder / "verify.py").write_text((await heia_command(heia, "audit", "verifier"))[1])
        public = (await heia_command(heia, "audit", "key", **settings))[1].split()[0]

        async def outsider() -> tuple[int, str]:
            await heia_command(heia, "audit", "export", "log.jsonl", **settings)
            verify = (sys.executable, "-I", "-S", "verify.py", "log.jsonl")
            return await command(folder, *verify, "--heads", str(archive.file), "--key", public)

        assert (await outsider())[0] == 0
        for file in (folder / "data").glob("store-*"):  # a thief of evidence: an empty log, with the keys in place
            file.unlink()
        (folder / "data" / "audit-heads.jsonl").unlink()
        await heia.start()
        assert await heia.stop() == 0
        code, said = await outsider()
        assert code == 1
        assert "WRONG:" in said
