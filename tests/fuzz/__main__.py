"""``make fuzz``: a long run.

FUZZ_INPUTS, FUZZ_SEED and FUZZ_SURFACES (names, by commas) choose what is played; FUZZ_START, a multiple of 10,000,
leaves out what comes before.
"""

import asyncio
import os
import sys
import time

from tests.fuzz.corpus import as_test, save
from tests.fuzz.minimise import minimise
from tests.fuzz.run import MAX_LEAKED_BYTES, Report, run
from tests.fuzz.surfaces import SURFACES


async def _main() -> int:
    inputs = int(os.environ.get("FUZZ_INPUTS") or 200_000)
    seed = os.environ.get("FUZZ_SEED") or str(time.time_ns())
    chosen = [name for name in os.environ.get("FUZZ_SURFACES", "").split(",") if name]
    surfaces = [surface for surface in SURFACES if not chosen or surface.name in chosen]
    print(f"FUZZ_SEED={seed} FUZZ_INPUTS={inputs} over {', '.join(each.name for each in surfaces)}", flush=True)
    start = int(os.environ.get("FUZZ_START") or 0)
    report = await run(seed, inputs, surfaces=surfaces, start=start, tell=lambda line: print(line, flush=True))
    _show(report)
    for finding in filter(lambda each: each.cases, report.findings):
        print(f"\nMaking smaller: {finding.breach.kind}", flush=True)
        small = await minimise(finding)
        if small is None:
            print(f"It does not come back when its {len(finding.cases)} inputs are played again", flush=True)
        else:
            print(f"{as_test(small)}Kept as {save(small)}", flush=True)
    if report.leaked > MAX_LEAKED_BYTES:
        print(f"LEAK: the second half of the run left {report.leaked / 1e6:.1f} MB behind")
    return int(bool(report.findings) or report.leaked > MAX_LEAKED_BYTES)


def _show(report: Report) -> None:
    print(f"\n{'surface':<12}{'inputs':>9}{'a second':>10}{'dearest ms':>12}  outcomes")
    for name, tally in report.tallies.items():
        rate = tally.inputs / tally.seconds if tally.seconds else 0
        outcomes = ", ".join(f"{outcome} {count:,}" for outcome, count in tally.outcomes.most_common(7))
        print(f"{name:<12}{tally.inputs:>9,}{rate:>10,.0f}{tally.slowest * 1000:>12,.0f}  {outcomes}")
    rate = report.inputs / report.processor_seconds
    print(f"{'all':<12}{report.inputs:>9,}{rate:>10,.0f}  (seconds of the processor, checks included)")
    print(f"{report.processor_seconds:.0f} s of the processor in {report.seconds:.0f} s")
    resident = [f"{each / 1e6:.0f}" for each in report.resident]
    print(f"memory after each part, MB: {' '.join(resident)}; peak {report.peak / 1e6:.0f}")
    print(f"left behind by the second half: {report.leaked / 1e6:.1f} MB (at most {MAX_LEAKED_BYTES / 1e6:.0f})")
    print(f"open files after each part: {' '.join(map(str, report.files))}")


if __name__ == "__main__":
    sys.exit(asyncio.run(_main()))
