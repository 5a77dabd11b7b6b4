"""Every command of the README does what it says."""

import asyncio
import os
import re
import shlex
import signal
import subprocess
from pathlib import Path

import aiohttp
import pytest

from tests.e2e.program import free_port

ROOT = Path(__file__).parents[2]
COMMANDS = re.findall(r"^\$ (.+)$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
LONG_RUNNING = {"make run", "make test"}


def test_the_readme_has_the_commands_a_newcomer_needs() -> None:
    assert {"make run", "make test"} <= set(COMMANDS)


@pytest.mark.parametrize("command", [command for command in COMMANDS if command not in LONG_RUNNING])
def test_a_command_of_the_readme_succeeds(command: str, tmp_path: Path) -> None:
    done = subprocess.run(
        shlex.split(command),
        cwd=ROOT,
        env={**os.environ, "HEIA_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (done.stdout + done.stderr).strip()


async def test_make_run_serves_the_demo(tmp_path: Path) -> None:
    port = free_port()
    env = {**os.environ, "HEIA_PORT": str(port), "HEIA_DATA_DIR": str(tmp_path), "HEIA_SEMANTIC": "off"}
    running = await asyncio.create_subprocess_exec(
        "make", "run", cwd=ROOT, env=env, stdout=asyncio.subprocess.PIPE, start_new_session=True
    )
    try:
        async with asyncio.timeout(120), aiohttp.ClientSession() as session:
            while True:
                try:
                    async with session.get(f"http://127.0.0.1:{port}/chat") as page:
                        assert page.status == 200
                        break
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.3)
    finally:
        os.killpg(running.pid, signal.SIGTERM)
        await running.communicate()


def test_make_test_runs_every_test() -> None:
    planned = subprocess.run(["make", "-n", "test"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.search(r"pytest tests$", planned, re.MULTILINE)
