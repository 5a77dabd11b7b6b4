"""One year with one way of routing: the real flows, the real timers, and people who answer or do not."""

import heapq
import random
import time as processor
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from bot.content.index_builder import norwegian_holidays
from bot.ports import Turn
from dialogs.ambassadors import feature as ambassador_flow
from dialogs.availability import registry
from dialogs.availability.profile import AmbassadorProfile
from dialogs.availability.worklist import Worklist
from dialogs.core.decision import Put
from dialogs.core.person import Address, Person, Role
from dialogs.handoff import feature as handoff_flow
from dialogs.handoff.draft import Draft
from dialogs.handoff.model import Handoff
from dialogs.handoff.projection import deadline_key
from dialogs.handoff.transitions import ENDED, Status, Transition
from knowledge.article.article import Language
from knowledge.organisation.office_hours import OfficeHours, add_working_time
from tests.bench.year.fast import YearStage
from tests.bench.year.habit import OSLO, QUESTIONS, YEAR, askings, away, launch, luck, minutes
from tests.bench.year.place import TOPICS, Crowd, Place, Recruiting, place
from tests.bench.year.routing import Drawn, FirstInList
from tests.channels import WEB
from tests.office_hours import working_time
from tests.unit.driver import Outcome

BEGIN = datetime(YEAR, 1, 1, tzinfo=OSLO).astimezone(UTC)
END = datetime(YEAR + 1, 1, 1, tzinfo=OSLO).astimezone(UTC)
HOURS = OfficeHours()


class Routing(StrEnum):
    """Whom a question is offered to first."""

    NEAREST = "nearest"
    RANDOM = "random"
    FIRST = "first in list"


@dataclass(slots=True, kw_only=True)
class Year:
    """What came of it. Waits are working time from the asking to the first acceptance, in hours."""

    routing: Routing
    recruiting: Recruiting
    asked: int = 0
    steps: list[int] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    answered: Counter[str] = field(default_factory=Counter)
    where: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    moments: Counter[str] = field(default_factory=Counter)
    full: int = 0
    looks: int = 0
    cold: int = 0
    messages: int = 0
    staying: tuple[str, ...] = ()
    seconds: float = 0.0


def live(routing: Routing, recruiting: Recruiting, questions: int = QUESTIONS, seed: int = YEAR) -> Year:
    """Live the year and return what came of it. For a process of its own: it replaces the ranking there."""
    started = processor.process_time()
    if routing is not Routing.NEAREST:
        registry.Network = Drawn if routing is Routing.RANDOM else FirstInList
    town = _Town(routing, recruiting, questions, seed)
    town.live()
    town.year.seconds = processor.process_time() - started
    return town.year


class _Town(YearStage):
    def __init__(self, routing: Routing, recruiting: Recruiting, questions: int, seed: int) -> None:
        rng = random.Random(seed)
        self._seed = seed
        self.place: Place = place(rng, recruiting)
        holidays = norwegian_holidays((YEAR, YEAR + 1))
        super().__init__(
            self.place.organisation,
            verbs={**handoff_flow.VERBS, **ambassador_flow.VERBS},
            timers={**handoff_flow.TIMERS, **ambassador_flow.TIMERS},
            at=BEGIN,
            holidays=holidays,
        )
        self.year = Year(routing=routing, recruiting=recruiting)
        self._plans: list[tuple[datetime, int, Callable[[], object]]] = []
        self._planned = 0
        self._numbers: dict[str, int] = {}
        self._handoffs: dict[str, Handoff] = {}
        self._loads: dict[str, int] = {}
        self._silent: set[tuple[str, str]] = set()
        self._homes = {each.person_id: each.unit_id for each in self.place.ambassadors}
        self._settle_in()
        self._fill_calendar(rng, questions)

    def live(self) -> None:
        """Let everything happen that is planned, and whatever follows from it, in order."""
        while True:
            planned = self._plans[0][0] if self._plans else END
            rings = self.next_ring_at() or END
            if min(planned, rings) >= END:
                break
            if rings <= planned:
                self.ring_next()
            else:
                at, _, what = heapq.heappop(self._plans)
                self.now = max(self.now, at)
                what()
        self._look()
        for handoff in self.all(Handoff):
            self.year.ended[handoff.status] += 1
            self.year.moments.update(moment.what for moment in handoff.history)
            self.year.answered.update(m.by for m in handoff.history if m.what is Transition.ACCEPTED and m.by)
        self.year.staying = tuple(p.id for p in self.all(AmbassadorProfile) if p.ambassador.active)
        self.year.messages = self.messages

    # Who is there, and when

    def _settle_in(self) -> None:
        for each in self.place.ambassadors:
            self.put(AmbassadorProfile(ambassador=each, joined_at=BEGIN))
            self._move_in(each.person_id, each.unit_id, Role.AMBASSADOR)
        for id_ in self.place.organisation.municipalities:
            self._move_in(f"contact-{id_}", id_, Role.CONTACT)

    def _move_in(self, id_: str, unit_id: str, *roles: Role) -> None:
        if self.find(Person, id_) is None:
            rng = self._luck("language", id_)
            unit = self.place.organisation.get(unit_id)
            language = rng.choices(list(Language), weights=(85, 12, 3))[0]
            self.put(
                Person(
                    id=id_,
                    name=f"Rolle {id_}",
                    municipality_id=unit.municipality_id,
                    unit_id=unit_id,
                    roles=frozenset({Role.EMPLOYEE, *roles}),
                    language=language,
                    addresses={WEB: Address(channel=WEB)},
                    registered=True,
                    created_at=BEGIN,
                )
            )

    def _fill_calendar(self, rng: random.Random, questions: int) -> None:
        crowd = Crowd(self.place)
        asked = [(at, *crowd.draw(rng)) for at in askings(rng, self.content.holidays.days, questions)]
        for number, id_ in enumerate(self.place.organisation.municipalities):
            home = Crowd(self.place, id_)
            people = round(len(home) * questions / QUESTIONS)
            asked += [(at, *home.draw(rng)) for at in launch(rng, number, people)]
        for number, (at, who, unit_id) in enumerate(asked):
            self._plan(at, lambda number=number, who=who, unit_id=unit_id: self._ask(number, who, unit_id))
        for day in range(365):
            self._plan(BEGIN + timedelta(days=day), self._look)
        for each in self.place.ambassadors:
            id_ = each.person_id
            neighbours = [o.person_id for o in self.place.ambassadors if o.municipality_id == each.municipality_id]
            for first, last, told in away(self._luck("away", id_)):
                if told:
                    substitute = self._luck("substitute", id_, first).choice([*neighbours, *[""] * len(neighbours)])
                    known = substitute if substitute != id_ else ""
                    at = datetime.combine(first - timedelta(days=3), time(9), OSLO).astimezone(UTC)
                    dates = {"first_day": str(first), "last_day": str(last), "substitute_id": known}
                    self._plan(
                        max(at, BEGIN), lambda id_=id_, dates=dates: self.press(id_, "ambassador.absence", **dates)
                    )
                days = (first + timedelta(days=n) for n in range((last - first).days + 1))
                self._silent |= {(id_, str(day)) for day in days}
            if self._luck("leaves", id_).random() < 0.08:
                at = BEGIN + timedelta(days=self._luck("leaves when", id_).uniform(20, 360), hours=10)
                self._plan(at, lambda id_=id_: self.press(id_, "ambassador.leave"))

    # What people do

    def _ask(self, number: int, who: str, unit_id: str) -> None:
        self._move_in(who, unit_id)
        rng = self._luck("question", number)
        draft = Draft(
            id=f"q-{number:05}",
            asker_id=who,
            question=f"Spørsmål {number}",
            topics=frozenset(rng.sample(TOPICS, rng.choice((0, 1, 1, 2)))),
            created_at=self.now,
        )
        self.put(draft)
        self._numbers[draft.id] = number
        self.year.asked += 1
        self.press(who, "handoff.send", handoff_id=draft.id)
        if rng.random() < 0.02:
            self._in(minutes(rng, 60), lambda: self.press(who, "handoff.withdraw", handoff_id=draft.id))

    def _outcome(self, event_id: str, turn: Turn) -> Outcome:
        outcome = super()._outcome(event_id, turn)
        written = [write.record for write in outcome.decision.writes if isinstance(write, Put)]
        for desk in written:
            if isinstance(desk, Worklist):
                self._note_full(desk)
        for handoff in written:
            if isinstance(handoff, Handoff):
                before, self._handoffs[handoff.id] = self._handoffs.get(handoff.id), handoff
                self._follow(before, handoff)
        return outcome

    def _follow(self, before: Handoff | None, after: Handoff) -> None:
        """Plan what the people do who see that something has changed."""
        number = self._numbers[after.id]
        if after.status is Status.OFFERED and (
            before is None or before.assignment.offered_to != after.assignment.offered_to
        ):
            self._offered(
                after, after.assignment.offered_to or "", self._luck("offer", number, after.assignment.offered_to)
            )
        elif after.status is Status.ACCEPTED and (
            before is None or before.assignment.acceptances != after.assignment.acceptances
        ):
            self._taken(
                after,
                after.assignment.owner_id or "",
                self._luck("work", number, after.assignment.owner_id, after.assignment.acceptances),
            )
        elif (
            after.status is Status.ESCALATED
            and after.assignment.contacts
            and (before is None or before.assignment.rounds != after.assignment.rounds)
        ):
            rng = self._luck("contact", number, after.assignment.rounds)
            if rng.random() < 0.8:
                self._press_in(minutes(rng, 150), after.assignment.contacts[0], "handoff.accept", after)
        elif after.status is Status.RESOLVED and (
            before is None or before.outcome.resolutions != after.outcome.resolutions
        ):
            self._answered(after, self._luck("verdict", number, after.outcome.resolutions))

    def _offered(self, handoff: Handoff, helper: str, rng: random.Random) -> None:
        mood, pause = rng.random(), minutes(rng, 25, 1.1)
        if mood < 0.1:
            self._press_in(pause, helper, "handoff.decline", handoff)
        elif mood > 0.2:  # one of ten does not look
            self._press_in(pause, helper, "handoff.accept", handoff)

    def _taken(self, handoff: Handoff, helper: str, rng: random.Random) -> None:
        if handoff.assignment.acceptances == 1:
            waited = working_time(handoff.created_at, self.now, HOURS, self.content.holidays.days)
            self.year.waits.append(waited / timedelta(hours=1))
            home = self._homes.get(helper)
            if home is not None:
                self.year.steps.append(self.place.organisation.distance(handoff.unit_id, home))
        mood = rng.random()
        if mood < 0.04:
            self._press_in(minutes(rng, 60), helper, "handoff.release", handoff)
        elif mood < 0.08:
            data = {"topic": rng.choice(TOPICS)}
            self._press_in(minutes(rng, 60), helper, "handoff.pass", handoff, **data)
        elif mood < 0.38:
            self._in(minutes(rng, 40), lambda: self._say(helper, handoff.id))
            if mood < 0.33:
                self._in(minutes(rng, 90), lambda: self._say(handoff.asker_id, handoff.id))
            self._press_in(minutes(rng, 200), helper, "handoff.resolve", handoff, answer="Slik gjør du.")
        elif mood < 0.94:  # the rest forget
            self._press_in(minutes(rng, 60, 1.1), helper, "handoff.resolve", handoff, answer="Slik gjør du.")

    def _answered(self, handoff: Handoff, rng: random.Random) -> None:
        self._note_where(handoff)
        mood, asker = rng.random(), handoff.asker_id
        if mood < 0.06 and handoff.outcome.resolutions < 3:
            self._press_in(minutes(rng, 240), asker, "handoff.reopen", handoff, words="Det virket ikke.")
        elif mood < 0.65:
            self._press_in(minutes(rng, 120, 1.4), asker, "handoff.confirm", handoff)
            if mood < 0.3:
                self._press_in(minutes(rng, 600, 1.4), asker, "handoff.rate", handoff, rating=str(rng.randint(3, 5)))

    def _say(self, who: str, handoff_id: str) -> None:
        self.press(who, "handoff.focus", handoff_id=handoff_id)
        self.say(who, "Noen ord om saken")

    def _note_full(self, desk: Worklist) -> None:
        """Count how often an ambassador's last free place was taken."""
        before, self._loads[desk.id] = self._loads.get(desk.id, 0), desk.used_capacity
        profile = self.find(AmbassadorProfile, desk.id)
        if profile is not None and before < profile.ambassador.capacity <= desk.used_capacity:
            self.year.full += 1

    def _note_where(self, handoff: Handoff) -> None:
        organisation, home = self.place.organisation, self._homes.get(handoff.assignment.owner_id or "")
        if handoff.outcome.resolutions > 1:
            return
        if home is None:
            self.year.where["contact"] += 1
        elif home == handoff.unit_id:
            self.year.where["own unit"] += 1
        elif organisation.department_of(home) == organisation.department_of(handoff.unit_id):
            self.year.where["own department"] += 1
        else:
            self.year.where["elsewhere"] += 1

    # How time works

    def _luck(self, *about: object) -> random.Random:
        return luck(self._seed, *about)

    def _look(self) -> None:
        """Count open handoffs that nothing will happen to, as at every midnight."""
        self.year.looks += 1
        timers = self.timers
        for status in set(Status) - ENDED:
            for handoff in self._in_status(status):
                timer = timers.get(deadline_key(handoff.id))
                alive = timer is not None and timer[0] == handoff.next_at and timer[0] > self.now
                self.year.cold += not alive or (status is Status.ACCEPTED and handoff.assignment.owner_id is None)

    def _in_status(self, status: Status) -> Iterator[Handoff]:
        for record in self.store.bearing(Handoff, f"status:{status}"):
            assert isinstance(record, Handoff)
            yield record

    def _press_in(self, pause: timedelta, who: str, verb: str, handoff: Handoff, **data: Any) -> None:
        """Press after so much working time; whoever is away then does nothing."""

        def press() -> None:
            if (who, str(self.now.astimezone(OSLO).date())) not in self._silent:
                self.press(who, verb, handoff_id=handoff.id, **data)

        self._in(pause, press)

    def _in(self, pause: timedelta, what: Callable[[], object]) -> None:
        self._plan(add_working_time(self.now, pause, HOURS, self.content.holidays.days), what)

    def _plan(self, at: datetime, what: Callable[[], object]) -> None:
        self._planned += 1
        heapq.heappush(self._plans, (at, self._planned, what))
