"""The systemd units of the documentation: how closed they are, and that Heia works behind them."""

import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from tests.confined import UNITS, behind, directives
from tests.e2e.caller import PageCaller
from tests.e2e.program import program
from tests.needs import SYSTEMD_ANALYZE, found, sentence

ROOT = Path(__file__).parents[2]
HEIA = Path(sys.executable).with_name("heia")
MAX_EXPOSED_TENTHS = 25
ASKER, NEAREST = "p020", "p021"
ATTEMPTS = """
import ctypes, mmap, os, socket, sys

def refused(attempt):
    try:
        return attempt() == -1
    except OSError:
        return True

attempts = {
    "own_code": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC),
    "raw_packets": lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW),
    "owner": lambda: os.chown(sys.argv[1], os.getuid(), os.getgid()),
    "set_user_id": lambda: os.chmod(sys.argv[1], 0o4755),
    "namespace": lambda: ctypes.CDLL(None).unshare(0x10000000),  # last: a new one has no users
}
print(*(name for name, attempt in attempts.items() if not refused(attempt)))
"""

ENCODER = """
from bot.content.encoder import load_encoder

one, other = load_encoder().encode(["Hei"] * 2)
print(f"{one @ other:.3f}")
"""


@pytest.fixture(scope="module", autouse=True)
def analyze() -> str:
    """Where systemd-analyze is; without it nothing here can be tried."""
    program = found(SYSTEMD_ANALYZE)
    if program is None:
        pytest.fail(sentence([SYSTEMD_ANALYZE]), pytrace=False)
    return program


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_as_closed_as_is_promised(analyze: str, name: str) -> None:
    done = subprocess.run(
        [analyze, "security", "--offline=true", "--no-pager", f"--threshold={MAX_EXPOSED_TENTHS}", str(UNITS[name])],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout.splitlines()[-1:]


@pytest.mark.parametrize("name", UNITS)
def test_systemd_understands_every_line_of_a_unit(analyze: str, name: str, tmp_path: Path) -> None:
    unit = tmp_path / UNITS[name].name
    unit.write_text(UNITS[name].read_text("utf-8").replace("/opt/heia/bin/heia", str(HEIA)), "utf-8")
    done = subprocess.run([analyze, "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_both_units_forbid_the_same_but_for_the_priority() -> None:
    one, two = (directives(path.read_text("utf-8")) for path in UNITS.values())
    differing = {name for name in one | two if one.get(name) != two.get(name)}
    assert differing == {"Description", "ExecStart", "SystemCallFilter"}
    assert [*one["SystemCallFilter"], "setpriority"] == two["SystemCallFilter"]


def test_what_a_unit_forbids_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "own"
    file.touch()
    free = subprocess.run(
        [sys.executable, "-c", ATTEMPTS, str(file)], capture_output=True, text=True, check=True
    ).stdout.split()
    assert {"own_code", "owner", "set_user_id"} <= set(free)
    bound = subprocess.run(
        [*behind("heia"), sys.executable, "-c", ATTEMPTS, str(file)], capture_output=True, text=True, check=True
    )
    assert bound.stdout.split() == []


def test_the_encoder_runs_behind_the_unit() -> None:
    """numpy and onnxruntime make no code of their own while they run."""
    done = subprocess.run(
        [*behind("heia"), sys.executable, "-c", ENCODER], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "1.000"), done.stderr


async def test_a_question_reaches_a_colleague_and_the_answer_comes_back_behind_the_unit(tmp_path: Path) -> None:
    """With the store in the data folder; ``heia work`` runs behind its unit in test_side_by_side.py."""
    async with (
        program(tmp_path, under=behind("heia")) as confined,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
    ):
        asker = await PageCaller.of(http, confined.url, ASKER)
        helper = await PageCaller.of(http, confined.url, NEAREST)
        await asker.say("når kommer office 365?")
        await asker.hears("Eksempel: Office 365 med Teams, Outlook og OneDrive")
        await asker.press("handoff.start")
        await asker.press("handoff.send", {**await asker.finds("handoff.send"), "question": "Hvem har nøkkelen?"})
        await helper.hears("Hvem har nøkkelen?")
        await helper.press("handoff.accept", await helper.finds("handoff.accept"))
        await helper.say("Den ligger i resepsjonen.")
        await asker.hears("Den ligger i resepsjonen.")
        await asker.close()
        await helper.close()
