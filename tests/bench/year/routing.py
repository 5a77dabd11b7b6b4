"""Two ways to route that know nothing of distance, in place of the nearest: a lottery and a list."""

import random
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from knowledge.organisation.nearest import Ambassador, Asker, Network, Ranked, Workload
from knowledge.organisation.organisation import Organisation


@dataclass(frozen=True, slots=True)
class Unranked:
    """The same candidates as ``Network.nearest`` gives, in another order."""

    network: Network
    rng: random.Random | None

    def nearest(
        self,
        asker: Asker,
        *,
        on: date,
        desks: Mapping[str, Workload],
        excluded: Collection[str] = (),
        spared: Collection[str] = (),
        knowing: str | None = None,
        free_only: bool = True,
        limit: int = 3,
    ) -> tuple[Ranked, ...]:
        """Return some of those who can be offered it: drawn, or the first of the list."""
        found = list(
            self.network.nearest(
                asker, on=on, workloads=desks, excluded=excluded, knowing=knowing, free_only=free_only, limit=10_000
            )
        )
        if self.rng is None:
            found.sort(key=lambda each: each.ambassador.person_id)
        else:
            self.rng.shuffle(found)
        return tuple(found[:limit])


class Drawn:
    """Routes by lot."""

    rng: random.Random | None = random.Random(22_000)

    @classmethod
    def of(cls, organisation: Organisation, ambassadors: Iterable[Ambassador]) -> Any:
        """Index as the network does."""
        return Unranked(Network.from_ambassadors(organisation, ambassadors), cls.rng)


class FirstInList(Drawn):
    """Routes to the first who is free."""

    rng = None
