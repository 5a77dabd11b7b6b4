"""The nearest ambassador in a whole country: 357 municipalities, 20,000 units, 12,000 ambassadors.

Sizes are as uneven as municipalities are: the largest holds about an eighth of everything. A third of the ambassadors
are full, one in eight is away, half of those with a substitute, and one in seven has taken so many lately that the
others are asked first, which is worked out anew for each lookup. Lookups are spread as units are, and checked against
the rule written as a plain scan, which is also what they are compared with in the same run. All times are processor
time.
"""

import gc
import random
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from statistics import median, quantiles

from knowledge.article.article import Language
from knowledge.organisation.fair_share import spared
from knowledge.organisation.nearest import Absence, Ambassador, Asker, Network, Workload
from knowledge.organisation.organisation import LocalisedName, Municipality, Organisation, Sector, Unit
from tests.property.nearest_by_scan import nearest_by_scan

MUNICIPALITIES, UNITS, AMBASSADORS, LOOKUPS, SCANS = 357, 20_000, 12_000, 20_000, 60
TODAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)
TOPICS = ("teams", "outlook", "onedrive", "sharing", "sign-in", "phone", "printing", "citrix", "courses")


def country(rng: random.Random) -> tuple[list[Municipality], list[Unit]]:
    """Return municipalities with trees of three or four levels, sized by a power law."""
    names = LocalisedName(nb="Navn")
    places = [f"m{n:03}" for n in range(MUNICIPALITIES)]
    weights = [1 / (n + 1) for n in range(MUNICIPALITIES)]
    municipalities = [Municipality(id=place, names=names) for place in places]
    units: list[Unit] = []
    for place, weight in zip(places, weights, strict=True):
        count = max(12, round((UNITS - 12 * MUNICIPALITIES) * weight / sum(weights)) + 12)
        above: list[tuple[str, int]] = []
        for n in range(min(count, UNITS - len(units))):
            department = n < 5 or not above
            parent, depth = (place, 0) if department else rng.choice(above)
            id_ = f"{place}-{n}"
            units.append(
                Unit(
                    id=id_,
                    municipality_id=place,
                    parent_id=parent,
                    names=names,
                    sector=list(Sector)[n % 5] if department else None,
                    site_id=f"{place}-site-{rng.randrange(1 + count // 4)}",
                )
            )
            if depth < 3:
                above.append((id_, depth + 1))
    return municipalities, units


def staff(rng: random.Random, units: list[Unit]) -> tuple[list[Ambassador], dict[str, Workload]]:
    """Return ambassadors spread over the units, and how busy each is."""
    chosen = [rng.choice(units) for _ in range(AMBASSADORS)]
    by_place: dict[str, list[str]] = {}
    for n, unit in enumerate(chosen):
        by_place.setdefault(unit.municipality_id, []).append(f"p{n:05}")
    ambassadors, desks = [], {}
    for n, unit in enumerate(chosen):
        absences: tuple[Absence, ...] = ()
        if rng.random() < 1 / 8:
            substitute = rng.choice(by_place[unit.municipality_id]) if rng.random() < 1 / 2 else None
            absences = (Absence(first_day=TODAY, last_day=TODAY + timedelta(days=9), substitute_id=substitute),)
        ambassadors.append(
            Ambassador(
                person_id=f"p{n:05}",
                name=f"Ambassadør {n}",
                municipality_id=unit.municipality_id,
                unit_id=unit.id,
                topics=frozenset(rng.sample(TOPICS, 3)),
                languages=frozenset(rng.sample(list(Language), 2)),
                absences=absences,
            )
        )
        desks[f"p{n:05}"] = Workload(
            open_count=rng.choice([0, 1, 3]),
            taken=rng.choice([0, 1, 1, 2, 3, 4, 9]),
            last_offer_at=NOON - timedelta(minutes=rng.randrange(9999)),
        )
    return ambassadors, desks


def seconds(call: Callable[[], object]) -> float:
    """Return the processor time of one call: the work is pure, and what else the machine does is no part of it."""
    start = time.thread_time()
    call()
    return time.thread_time() - start


def main() -> None:
    """Measure, compare and print."""
    rng = random.Random(357)
    municipalities, units = country(rng)
    ambassadors, desks = staff(rng, units)
    organisation = Organisation.from_units(municipalities=municipalities, units=units)
    builds = [seconds(lambda: Network.from_ambassadors(organisation, ambassadors)) for _ in range(5)]
    whole = seconds(
        lambda: Network.from_ambassadors(
            Organisation.from_units(municipalities=municipalities, units=units), ambassadors
        )
    )
    network = Network.from_ambassadors(organisation, ambassadors)
    askers = [
        Asker(
            person_id=None,
            municipality_id=unit.municipality_id,
            unit_id=unit.id,
            language=rng.choice(list(Language)),
            topics=frozenset(rng.sample(TOPICS, 2)),
        )
        for unit in rng.choices(units, k=LOOKUPS)
    ]

    own: dict[str, list[Ambassador]] = {}
    taken: dict[str, dict[str, int]] = {}
    for each in ambassadors:
        own.setdefault(each.municipality_id, []).append(each)
        taken.setdefault(each.municipality_id, {})[each.person_id] = desks[each.person_id].taken

    def resting(asker: Asker) -> frozenset[str]:
        return spared(taken.get(asker.municipality_id, {}))

    def lookup(asker: Asker) -> list[tuple[str, int]]:
        found = network.nearest(asker, on=TODAY, workloads=desks, spared=resting(asker))
        return [(ranked.ambassador.person_id, ranked.steps) for ranked in found]

    def scan(asker: Asker, people: list[Ambassador]) -> list[tuple[str, int]]:
        return nearest_by_scan(organisation, people, asker, on=TODAY, desks=desks, spared=resting(asker))

    gc.collect()
    index = [seconds(lambda asker=asker: lookup(asker)) for asker in askers]  # type: ignore[misc]
    sample = askers[:SCANS]
    everybody = [seconds(lambda asker=asker: scan(asker, ambassadors)) for asker in sample]  # type: ignore[misc]
    local = [
        seconds(lambda asker=asker: scan(asker, own.get(asker.municipality_id, [])))  # type: ignore[misc]
        for asker in sample
    ]
    wrong = sum(lookup(asker) != scan(asker, ambassadors) for asker in sample)
    p = quantiles(index, n=1000)
    print(
        f"{len(municipalities)} municipalities, {len(units):,} units, {len(ambassadors):,} ambassadors;"
        f" largest: {max(map(len, own.values())):,} ambassadors"
    )
    print(f"build          index {median(builds):.2f} s, with the tree {whole:.2f} s   (limit 2 s)")
    print(
        f"lookup         p50 {p[499] * 1e3:.3f} ms, p99 {p[989] * 1e3:.3f} ms, p99.9 {p[998] * 1e3:.3f} ms,"
        f" max {max(index) * 1e3:.2f} ms over {len(index):,}   (limit p99 1 ms)"
    )
    print(f"against a scan of everybody         {median(everybody) / median(index[:SCANS]):,.0f}× faster (p50)")
    print(f"against a scan of own municipality  {median(local) / median(index[:SCANS]):,.1f}× faster (p50)")
    print(f"                                    {max(local) / max(index[:SCANS]):,.0f}× faster (slowest of {SCANS})")
    print(f"disagreements with the scan         {wrong} of {SCANS}")


if __name__ == "__main__":
    main()
