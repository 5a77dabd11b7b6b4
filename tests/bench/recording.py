"""What Heia says, kept in files: answers to single messages, and conversations with their cards.

``python -m tests.bench.recording make FOLDER`` records this checkout, or the one that HEIA_BENCH_AGAINST names;
``… compare ONE OTHER`` lists what differs. After a restructuring nothing does; of another change it is what is judged.
"""

import asyncio
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import aiohttp
import yaml

from knowledge.matching.damage import typing_errors
from tests.bench.unseen import QUESTIONS, ROOT, TimedProgram, from_sample_person, timed_program
from tests.fakes.connector import Connector, ConnectorProcess, Limits

ANSWERS: Final = 6_000
CONVERSATIONS: Final = 300
# Of a conversation: somebody writes, presses, writes on, presses, writes.
TURNS: Final = 5
_SEED: Final = 31
# What is drawn at random or follows the clock: ids, points in time, times of the day.
_DRAWN: Final = re.compile(
    r"\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:\d\d)|\b(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,}|[a-z]{20,}|\d{13,})\b"
    r"|\b\d\d[:.]\d\d\b"
)  # fmt: skip


def kept_texts(kind: str = "*") -> list[str]:
    """Return the texts of the labelled sets, each in one line."""
    return [
        " ".join(query["text"].split())
        for file in sorted(QUESTIONS.glob(f"{kind}.json"))
        for query in json.loads(file.read_text("utf-8"))["queries"]
    ]


def utterances() -> list[tuple[str, str]]:
    """Return (municipality, text) of what is asked: the kept texts as they stand and with typing errors."""
    kept = [text for text in kept_texts() if text != "-"]
    texts = [typing_errors(text, seed=number) if number >= len(kept) else text for number, text in _endless(kept)]
    content = yaml.safe_load((ROOT / "knowledge" / "content" / "organisation.yaml").read_text("utf-8"))
    places = [municipality["id"] for municipality in content["municipalities"]]
    chosen = random.Random(_SEED)
    return [(chosen.choice(places), " ".join(text.split())) for text in texts]


def _endless(texts: list[str]) -> Iterator[tuple[int, str]]:
    return ((number, texts[number % len(texts)]) for number in range(ANSWERS))


def record_answers(tree: Path, data: Path, folder: Path) -> None:
    """Ask the command line of a checkout, and keep what it says, a file for each municipality."""
    asked = utterances()
    for place in sorted({place for place, _ in asked}):
        texts = [text for municipality, text in asked if municipality == place]
        answered = subprocess.run(
            [sys.executable, "-c", "import sys; from bot.app.cli import main; sys.exit(main())",
             "ask", "--json", "--municipality", place, "-"],
            input="\n".join(texts), text=True, stdout=subprocess.PIPE, check=True, cwd=folder,
            env={**os.environ, "PYTHONPATH": str(tree), "HEIA_DATA_DIR": str(data)},
        ).stdout.splitlines()  # fmt: skip
        assert len(answered) == len(texts), f"{place}: {len(texts)} asked, {len(answered)} answered"
        lines = [f"{text}\t{answer}\n" for text, answer in zip(texts, answered, strict=True)]
        (folder / f"answers-{place}.txt").write_text("".join(lines), "utf-8")


def _actions(shown: Any) -> Iterator[dict[str, Any]]:
    """Every button of a message."""
    if isinstance(shown, dict):
        if shown.get("type") in {"Action.Execute", "Action.Submit"}:
            yield shown
        for value in shown.values():
            yield from _actions(value)
    elif isinstance(shown, list):
        for value in shown:
            yield from _actions(value)


class _Person:
    """Somebody of the sample, talking to the program."""

    def __init__(self, http: aiohttp.ClientSession, heia: TimedProgram, connector: Connector, number: int) -> None:
        self._http = http
        self._heia = heia
        self._connector = connector
        self._number = number
        self._turn = 0
        self._chosen = random.Random(_SEED + number)
        self._seen = 0

    async def _post(self, **changes: Any) -> str:
        self._turn += 1
        activity = from_sample_person(
            self._number, service_url=self._connector.service_url(), turn=self._turn, text=changes.pop("text", "")
        )
        async with self._http.post(f"{self._heia.url}/api/messages", json={**activity, **changes}) as answer:
            return f"{answer.status} {await answer.text()}"

    async def _press(self, button: dict[str, Any]) -> str:
        action = {"type": "Action.Execute", "verb": button.get("verb"), "data": button.get("data", {})}
        return await self._post(type="invoke", name="adaptiveCard/action", value={"action": action})

    async def _news(self) -> list[Any]:
        calls = await self._connector.calls(after=self._seen)
        self._seen += len(calls)
        return [call.body for call in calls if call.conversation == f"a:{self._number}"]

    async def talk(self, texts: list[str], seen: int) -> tuple[list[Any], int]:
        """Write, press, write on …; return what was said in order, and the number of calls seen."""
        self._seen = seen
        said: list[Any] = []
        shown: list[Any] = []
        for turn in range(TURNS):
            if turn % 2 == 0:
                text = texts[turn // 2]
                said += [{"says": text}, await self._post(text=text)]
            else:
                buttons = list(_actions(shown))
                if buttons:
                    button = self._chosen.choice(buttons)
                    value = {
                        "action": {"type": "Action.Execute", "verb": button.get("verb"), "data": button.get("data", {})}
                    }
                    said += [
                        {"presses": button},
                        await self._post(type="invoke", name="adaptiveCard/action", value=value),
                    ]
            shown = await self._news()
            said += shown
        return said, self._seen


async def record_conversations(tree: Path, data: Path, folder: Path) -> None:
    """Talk to a checkout's program in turn as people of the sample, and keep what was said and shown."""
    first, further = kept_texts(), kept_texts("follow_up")
    chosen = random.Random(_SEED)
    scripts = [[chosen.choice(first), chosen.choice(further), chosen.choice(first)] for _ in range(CONVERSATIONS)]
    async with (
        ConnectorProcess() as connector,
        timed_program(tree, data) as heia,
        aiohttp.ClientSession() as http,
    ):
        seen = 0
        await connector.reset(Limits())
        for number, texts in enumerate(scripts, 1):
            said, seen = await _Person(http, heia, connector, number).talk(texts, seen)
            lines = [json.dumps(one, ensure_ascii=False, indent=1, sort_keys=True) for one in said]
            drawn = _DRAWN.sub("~", "\n".join(lines)).replace(heia.url, "~").replace(connector.base_url, "~")
            (folder / f"conversation-{number:03}.txt").write_text(drawn, "utf-8")


def _lines(file: Path) -> list[str]:
    return file.read_text("utf-8").splitlines() if file.exists() else []


def compare(one: Path, other: Path) -> int:
    """List the lines that differ between two recordings; return how many files do."""
    names = sorted({file.name for folder in (one, other) for file in folder.glob("*.txt")})
    differing = 0
    for name in names:
        before, after = (
            (folder / name).read_text("utf-8").splitlines() if (folder / name).exists() else []
            for folder in (one, other)
        )
        changed = [(left, right) for left, right in zip_longest(before, after, fillvalue="") if left != right]
        differing += bool(changed)
        if changed:
            print(f"{name}: {len(changed)} of {max(len(before), len(after))} lines")
            for left, right in changed[:3]:
                print(f"  - {left[:300]}\n  + {right[:300]}")
    print(f"{differing} of {len(names)} files differ")
    return differing


async def make(folder: Path) -> None:
    """Record into a new folder."""
    tree = Path(os.environ.get("HEIA_BENCH_AGAINST", ROOT))
    with tempfile.TemporaryDirectory() as empty:
        state = Path(os.environ.get("HEIA_BENCH_STATE_0", empty))
        await record_conversations(tree, state, folder)
        record_answers(tree, state / "data", folder)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["make", folder]:
            Path(folder).mkdir(parents=True)
            asyncio.run(make(Path(folder).resolve()))
        case ["compare", one, other]:
            sys.exit(compare(Path(one), Path(other)) > 0)
        case _:
            sys.exit(__doc__)
