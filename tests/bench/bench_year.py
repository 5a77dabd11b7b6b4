"""A year of hand-offs: the nearest ambassador against a lottery and against the first in a list.

22,000 employees in six municipalities with teams of about 40, and 400 ambassadors: recruited evenly, and again wherever
some volunteered. 6,000 questions come at the rhythm of offices, with Norwegian days off and a quiet July, and 1,100
more on the mornings when a municipality gets its new tools and one of twenty asks at once. Ambassadors are away with
and without saying so, decline, forget and leave. The flows, the ranking and the timers are the real ones; the clock is
simulated, and what a person would do with a question depends on the two alone, so that the years differ in routing
only. The rule of ``knowledge/organisation/fair_share.py`` was chosen on the year of seed 2027; here is another.
Not simulated: messages that do not arrive, and an organisation that changes.
"""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import mean, median, quantiles

from tests.bench.year.habit import QUESTIONS
from tests.bench.year.place import Recruiting
from tests.bench.year.simulation import Routing, Year, live

SEED = 2028


def gini(counts: Sequence[int]) -> float:
    """Return how unequal it is: 0 when all have the same, near 1 when one has everything."""
    ordered = sorted(counts)
    total = sum(ordered)
    ranked = sum(rank * count for rank, count in enumerate(ordered, start=1))
    return 2 * ranked / (len(ordered) * total) - (len(ordered) + 1) / len(ordered)


def spread(year: Year) -> float:
    """Return how unequally those who stayed all year were asked."""
    return gini([year.answered[id_] for id_ in year.staying])


def main() -> None:
    """Live three years, print and compare."""
    methods = [(routing, Recruiting.EVEN) for routing in Routing]
    methods += [(routing, Recruiting.ANYWHERE) for routing in (Routing.NEAREST, Routing.RANDOM)]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn"), max_tasks_per_child=1) as processes:
        years = {(year.routing, year.recruiting): year for year in processes.map(lived, methods)}
    for recruiting in Recruiting:
        print(f"ambassadors recruited {recruiting}")
        for routing in Routing:
            if (routing, recruiting) in years:
                report(years[routing, recruiting])
        nearest, lot = years[Routing.NEAREST, recruiting], years[Routing.RANDOM, recruiting]
        ratio, points = spread(nearest) / spread(lot), 100 * (spread(nearest) - spread(lot))
        print(f"  nearest against random: {mean(lot.steps) / mean(nearest.steps):.1f} times nearer on average;")
        print(f"  spread {ratio:.2f} times that of random, {points:+.1f} points   (limit 1.10)")


def lived(way: tuple[Routing, Recruiting]) -> Year:
    """Live one year, in a process of its own."""
    return live(*way, questions=QUESTIONS, seed=SEED)


def report(year: Year) -> None:
    """Print one year."""
    p95 = quantiles(year.waits, n=20)[18]
    solved = sum(year.where.values())
    near = year.where["own unit"] + year.where["own department"]
    print(
        f"  {year.routing}: {year.asked:,} questions, {year.messages:,} messages,"
        f" {year.seconds:.0f} s of processor time"
    )
    print(f"    without an owner or a next event: {year.cold} in {year.looks} looks   (limit 0)")
    print(f"    distance: median {median(year.steps):.0f} steps, mean {mean(year.steps):.2f}")
    print(
        f"    solved in own unit {year.where['own unit'] / solved:.0%}, in own unit or department {near / solved:.0%},"
        f" by the contact {year.where['contact'] / solved:.1%}"
    )
    print(f"    to acceptance: median {median(year.waits):.2f} h, p95 {p95:.1f} h of office time")
    counts = [year.answered[id_] for id_ in year.staying]
    print(f"    load of an ambassador: median {median(counts):.0f}, most {max(counts)}, Gini {spread(year):.3f}")
    print(f"    an ambassador's last free place was taken {year.full} times")
    told = ("declined", "expired", "idle", "lost", "queued", "escalated", "reopened")
    print("    " + ", ".join(f"{what} {year.moments[what]}" for what in told))


if __name__ == "__main__":
    main()
