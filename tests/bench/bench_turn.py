"""The whole job of a turn (match, store, reply) against botbuilder's own echo bot, in turn on the same connector.

Then what a turn with unseen messages and the encoder costs beyond the encoder's own reading. HEIA_BENCH_AGAINST names
the folder of another commit's checkout to measure in the same run; HEIA_BENCH_STATE_0, _1 a folder that keeps its data.
"""

import asyncio
import json
import os
import re
import tempfile
from pathlib import Path

import aiohttp

from tests.bench.bench_turn_baseline import measure as measure_echo
from tests.bench.load import Load, drive, message
from tests.bench.unseen import ROOT
from tests.bench.unseen import compare as compare_unseen
from tests.e2e.program import Program, program
from tests.fakes.connector import Connector, ConnectorProcess, Limits

SECONDS = 5.0
ROUNDS = 2
QUESTIONS = Path(__file__).parents[1] / "questions" / "facts.json"


async def measure(connector: Connector, heia: Program, round_: int) -> Load:
    """Let 50 people ask real questions for a while; every turn must have brought a reply to the connector."""
    await connector.reset(Limits(), keep_bodies=False)
    service_url = connector.service_url()
    texts = [query["text"] for query in json.loads(QUESTIONS.read_text("utf-8"))["queries"]]
    load = await drive(
        heia.messages,
        make=lambda user, turn: message(
            service_url=service_url,
            user=user,
            turn=round_ * 1_000_000 + turn,
            text=texts[(user * 31 + turn) % len(texts)],
        ),
        seconds=SECONDS,
    )
    landed = (await connector.tally()).landed
    assert landed >= load.turns, f"{load.turns} turns, but only {landed} replies"
    return load


async def stages(heia: Program) -> list[str]:
    """Return p50 and p99 of every stage, read from the program's own metrics (upper bound of the bucket)."""
    async with aiohttp.ClientSession() as session, session.get(f"{heia.url}/metrics") as answer:
        page = await answer.text()
    buckets: dict[str, list[tuple[float, float]]] = {}
    for stage, bound, count in re.findall(
        r'heia_turn_stage_seconds_bucket\{le="([^"]+)",stage="([^"]+)"\} (\S+)', page
    ):
        buckets.setdefault(bound, []).append((float(stage), float(count)))
    return [
        f"  {name:<8} p50 ≤ {_quantile(rows, 0.5):.1f} ms   p99 ≤ {_quantile(rows, 0.99):.1f} ms"
        for name, rows in sorted(buckets.items())
    ]


def _quantile(rows: list[tuple[float, float]], share: float) -> float:
    wanted = rows[-1][1] * share
    return next(bound for bound, count in rows if count >= wanted) * 1000


async def compare() -> None:
    """Measure both in alternation and print the ratio."""
    with tempfile.TemporaryDirectory() as folder:
        async with ConnectorProcess() as connector, program(Path(folder)) as heia:
            ratios = []
            for round_ in range(ROUNDS):
                echo = await measure_echo(connector, SECONDS)
                whole = await measure(connector, heia, round_)
                assert not whole.failed, f"{whole.failed} turns failed"
                ratios.append(whole.per_second / echo.per_second)
                print(
                    f"round {round_ + 1}: Heia, whole job {whole.per_second:.0f} turns/s (p50 {whole.p50_ms:.0f} ms, "
                    f"p99 {whole.p99_ms:.0f} ms); botbuilder echo {echo.per_second:.0f} turns/s "
                    f"(p50 {echo.p50_ms:.0f} ms, p99 {echo.p99_ms:.0f} ms): {ratios[-1]:.1f}×"
                )
            print(f"Heia does {sum(ratios) / len(ratios):.1f}× the turns of an echo; wanted: at least 2×")
            print("stages of Heia's turns:", *await stages(heia), sep="\n")


async def unseen() -> None:
    """Measure turns with the encoder, and print the ratio to another commit if one is given."""
    against = os.environ.get("HEIA_BENCH_AGAINST")
    print("500 unseen messages, encoder on, one after another:")
    async with ConnectorProcess() as connector:
        own, *others = await compare_unseen(connector, [ROOT, *([Path(against)] if against else [])])
    for other in others:
        print(f"processor time of a turn beyond the encoder: {own.turns / other.turns:.2f} of the other commit's")


def main() -> None:
    """Print the comparisons."""
    asyncio.run(compare())
    asyncio.run(unseen())


if __name__ == "__main__":
    main()
