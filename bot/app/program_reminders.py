"""Messages to the reviewers of programs with an ending assessment or approval."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from bot.ports import Clock, Commit, PostWrite, Store
from bot.records.query_answering import FlowRun
from dialogs.core.content import Content
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.texts import OSLO
from dialogs.rollout.software.reviewers import reviewers_of
from knowledge.organisation.unit import Sector
from knowledge.software.program import Assessment, Program
from knowledge.software.register import Register

# Before the end of an assessment; the last one is the first day after it.
STEPS: Final = (timedelta(days=30), timedelta(days=7), timedelta(days=-1))
# The job runs at night; people read at work.
READ_AFTER: Final = timedelta(hours=5)
# Programs named in a message; the desk lists all.
MAX_NAMED: Final = 10


class ProgramReminders:
    """Posts one message a night to each reviewer with programs that reached a step, however often it runs."""

    def __init__(self, *, store: Store, clock: Clock, content: Callable[[], Content]) -> None:
        self._store = store
        self._clock = clock
        self._content = content

    async def remind(self, last: datetime | None) -> int:
        """Post what reached a step since the last run; at the first run everything that is due. Return the number."""
        now, content = self._clock.now(), self._content()
        today = now.astimezone(OSLO).date()
        since = last.astimezone(OSLO).date() if last else None
        told: dict[str, dict[str, Program]] = {}
        people: dict[str, Person] = {}
        for (municipality_id, sector), programs in _due(content, since, today).items():
            reviewers = await FlowRun(store=self._store).result_of(reviewers_of(content, municipality_id, sector))
            for reviewer in reviewers:
                people[reviewer.id] = reviewer
                told.setdefault(reviewer.id, {}).update((program.id, program) for program in programs)
        slot = f"software/review:{today}"
        posts = [
            self._message_to(people[id_], programs.values(), slot, now)
            for id_, programs in sorted(told.items())
            if await self._store.find_delivery(id_, slot) is None
        ]
        if posts:
            await self._store.commit(Commit(at=now, posts=tuple(posts)))
        return len(posts)

    def _message_to(self, person: Person, programs: Iterable[Program], slot: str, now: datetime) -> PostWrite:
        texts = self._content().texts[person.language]
        names = sorted((program.name for program in programs), key=str.casefold)
        shown = names[:MAX_NAMED]
        lines = [texts.plural("software.review_due", len(names)), *(f"- {name}" for name in shown)]
        if len(names) > len(shown):
            lines.append(texts("software.review_more", number=texts.number(len(names) - len(shown))))
        lines.append(texts("software.review_where"))
        message = Message(text="\n".join(lines), language=person.language)
        return PostWrite(recipient=person.id, slot=slot, message=message, due_at=now + READ_AFTER)


def _due(content: Content, since: date | None, today: date) -> Mapping[tuple[str, Sector | None], list[Program]]:
    """Return the programs that reached a step, by the municipality and sector that assess them."""
    organisation, register = content.organisation, content.register
    providers = [id_ for id_ in organisation.municipalities if organisation.provides(id_)]
    # Without a provider, every municipality looks after what counts for all.
    for_all = providers or list(organisation.municipalities)
    by_place: dict[tuple[str, Sector | None], list[Program]] = {}
    for program, assessment in _assessed(register):
        if not any(_reached(end, since, today) for end in (assessment.review_by, assessment.expires) if end):
            continue
        for municipality_id in [assessment.municipality_id] if assessment.municipality_id else for_all:
            listed = by_place.setdefault((municipality_id, assessment.sector), [])
            if program not in listed[-1:]:
                listed.append(program)
    return by_place


def _assessed(register: Register) -> Iterator[tuple[Program, Assessment]]:
    return ((program, assessment) for program in register.programs.values() for assessment in program.assessments)


def _reached(end: date, since: date | None, today: date) -> bool:
    """Return whether an end came within a step since the last run."""
    if since is None:
        return end <= today + STEPS[0]
    return any(since < end - step <= today for step in STEPS)
