"""A fork of the loaded program does what the command does that a shell starts."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.e2e.forked import ForkedProgram, heia


async def command(folder: Path, *words: str) -> tuple[int, str]:
    """Run the command as a shell does; return exit code and output."""
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("heia")), *words,
        env={**os.environ, "HEIA_SEMANTIC": "off", "HEIA_DATA_DIR": str(folder / "data")},
        cwd=folder, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    printed, _ = await process.communicate()
    return process.returncode or 0, printed.decode()


async def test_it_finds_the_same_answer_as_the_command(tmp_path: Path) -> None:
    words = ("ask", "jeg får ikke lest e-post på telefonen", "--json", "--explain")
    code, printed, _ = await heia(tmp_path, *words)
    assert (code, printed) == await command(tmp_path, *words)
    assert code == 0, printed


async def test_each_has_an_environment_and_a_folder_of_its_own(tmp_path: Path) -> None:
    code, _, errors = await heia(tmp_path, "registry", "coverage", HEIA_PORT="none")
    assert (code, "HEIA_PORT" in errors) == (2, True)
    (tmp_path / "here").mkdir()
    for folder in (tmp_path, tmp_path / "here"):
        code, printed, errors = await heia(folder, "registry", "export", "people.csv")
        assert code == 0, printed + errors
        assert (folder / "people.csv").exists()


async def test_its_exit_code_says_how_it_ended(tmp_path: Path) -> None:
    bot = ForkedProgram(tmp_path)
    await bot.start()
    assert await bot.stop() == 0
    await bot.start()
    port, pid = bot.port, bot.pid
    assert await bot._end(signal.SIGKILL) == -signal.SIGKILL
    await bot.start()
    assert (bot.port, bot.pid != pid) == (port, True)
    await bot.kill()
