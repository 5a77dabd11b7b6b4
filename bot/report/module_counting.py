"""Nightly counting of completed modules, for the shares that leaders see."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.ports import Commit, Key, Store
from bot.records.codec import decode, write_of
from bot.records.conflict import commit_if_unchanged
from bot.report.counted_places import CountedPlaces, record_pages
from dialogs.core.content import Content
from dialogs.core.data_rules import latest_month_terms, month_term
from dialogs.core.decision import Put
from dialogs.core.person import Person
from dialogs.insight.learning import EVERYONE, ModuleTotals
from dialogs.insight.model import end_of, last_closed_week, week_at
from dialogs.rollout.learn.learner import CourseTaken

# Completed modules are kept three years; one month more covers the week in which the oldest begin.
_MONTHS_BACK: Final = 37


_Completed = Mapping[str, Counter[tuple[str, str]]]


_StaffCounts = Mapping[str, Counter[str]]


class ModuleCounting:
    """Counts the weeks that are over, each once. ``content`` returns the content as published now."""

    def __init__(self, *, store: Store, content: Callable[[], Content]) -> None:
        self._store = store
        self._content = content

    async def count_modules(self, now: datetime) -> int:
        """Add the completions of weeks that are over to the totals; return the number of records written."""
        organisation = self._content().organisation
        keys = {id_: Key(kind=ModuleTotals.KIND, id=id_) for id_ in organisation.municipalities}
        stored = await self._store.get(list(keys.values()))
        totals = {
            id_: decode(ModuleTotals, stored[key])
            if key in stored
            else ModuleTotals(municipality_id=id_, counted_at=now)
            for id_, key in keys.items()
        }
        until = last_closed_week(now)
        if all(total.counted_until == until for total in totals.values()):
            return 0
        places = CountedPlaces(self._store, organisation)
        completed = await self._completed(totals, places, now=now, until=until)
        staff = await self._staff(places)
        # All in one commit: a moved person is counted in one municipality only.
        versions = {key: stored[key].version for key in stored}
        writes = tuple(
            write_of(Put(record=total.counted(completed[id_], staff=staff[id_], until=until, at=now)), versions)
            for id_, total in totals.items()
        )
        # Otherwise another process counted meanwhile.
        return len(writes) if await commit_if_unchanged(self._store, Commit(at=now, records=writes)) else 0

    async def _completed(
        self, totals: Mapping[str, ModuleTotals], places: CountedPlaces, *, now: datetime, until: str
    ) -> _Completed:
        """Return the completions by municipality, module and sector."""
        completed: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        earliest = min(total.counted_until for total in totals.values())
        oldest = month_term(end_of(earliest) - timedelta(days=7)) if earliest else ""
        for term in (month for month in latest_month_terms(now, months=_MONTHS_BACK) if month >= oldest):
            async for page in record_pages(self._store, CourseTaken, term):
                await places.learn(taken.person_id for taken in page)
                for taken in page:
                    place = places.place_of(taken.person_id)
                    own = totals.get(place.municipality_id or "")
                    if own is not None and place.counts and own.counted_until < week_at(taken.taken_at) <= until:
                        completed[own.municipality_id][taken.course_id, place.sector] += 1
        return completed

    async def _staff(self, places: CountedPlaces) -> _StaffCounts:
        """Return the people of the registry by municipality, in all and by sector."""
        staff: dict[str, Counter[str]] = defaultdict(Counter)
        async for people in record_pages(self._store, Person, "registered"):
            for person in people:
                if person.municipality_id is not None:
                    staff[person.municipality_id].update((EVERYONE, places.place_of_person(person).sector))
        return staff
