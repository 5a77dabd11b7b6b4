"""The register in use, and the places of a result shared among what a request may mean."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final, Self

from knowledge.organisation.unit import Sector
from knowledge.software.everyday import TaskGuess, TaskLesson
from knowledge.software.index import INFLECTED, SURE, ProgramHit, ProgramIndex
from knowledge.software.program import Assessment, ListKey, Program, ProgramStatus, ProgramUse
from knowledge.software.words import name_key

# Sharing of the places of a result among what a request may mean.

# Exponent of a share: below 1, so that a likely meaning leaves places to less likely ones.
TEMPER: Final = 0.5


def weight_of(spoken: Sequence[ProgramHit]) -> float:
    """Return the weight of the programs that the words themselves find, 0 to 1: that of the best."""
    return min(1.0, spoken[0].score) ** 2 if spoken else 0.0


def share_places(lists: Sequence[tuple[float, Sequence[ProgramHit]]], limit: int) -> tuple[ProgramHit, ...]:
    """Return the first programs of each list in proportion to its weight, each program once.

    A list gets places by the highest averages of its tempered weight. So of equally likely lists each has one, and a
    sure one has all. A program of several lists takes a place of each.

    Source: the method of D'Hondt, https://en.wikipedia.org/wiki/D%27Hondt_method, read 2026-11-27.
    """
    placed: dict[str, ProgramHit] = {}
    seats = [0] * len(lists)
    while len(placed) < limit:
        open_ = [at for at, (weight, hits) in enumerate(lists) if weight > 0 and seats[at] < len(hits)]
        if not open_:
            break
        at = max(open_, key=lambda number: (lists[number][0] ** TEMPER / (seats[number] + 1), -number))
        hit = lists[at][1][seats[at]]
        seats[at] += 1
        before = placed.get(hit.program.id)
        placed[hit.program.id] = hit if before is None else _better(before, hit)
    return tuple(placed.values())


def _better(one: ProgramHit, other: ProgramHit) -> ProgramHit:
    """Return a program of two lists with the greater of each score."""
    return replace(
        one,
        name=max(one.name, other.name),
        purpose=max(one.purpose, other.purpose),
        cover=max(one.cover, other.cover),
    )


MAX_FOUND: Final = 3
# Before all ends of approvals.
ANY_DAY: Final = date.min
# Of programs that fit equally well, those to use come first.
RANKS: Final = (
    ProgramStatus.APPROVED,
    ProgramStatus.CONDITIONS,
    None,
    ProgramStatus.REVIEW,
    ProgramStatus.EXPIRED,
    ProgramStatus.REJECTED,
)
# Programs looked at for each one that is returned.
_DEPTH: Final = 10
_TASK_DEPTH: Final = 4
# Distance to the second best, from which a near spelling is taken for meant; shorter names are not.
_LEAD: Final = 0.2
_SHORTEST_MISSPELT: Final = 5
# Minimum scores to offer a program as a candidate.
_NAME_OFFERED: Final = 0.7
_PURPOSE_OFFERED: Final = 0.45
# Share from which a guessed task is sure.
SURE_TASK: Final = 0.8
# Changed programs that are searched apart from the others, before all are indexed again.
MAX_APART: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Forum:
    """The assessors and assessment rules of a sector.

    Attributes:
        sector: None: all sectors without a separate forum.
        own_list: the list for all sectors does not apply.
        line_manager: the applicant's manager must agree first.
        days: time for a decision, and for the manager's answer.
        months: time until the next assessment.
    """

    sector: Sector | None = None
    own_list: bool = False
    line_manager: bool = False
    days: int = 14
    manager_days: int = 7
    months: int = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramPlace:
    """The asker's sector and municipality, and whether pupils will use the program."""

    municipality_id: str | None = None
    sector: Sector | None = None
    use: ProgramUse = ProgramUse.STAFF


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramStanding:
    """The assessment that counts at a place; ``shared``: the one of the list for all, which does not count there."""

    assessment: Assessment | None = None
    shared: Assessment | None = None

    def status_on(self, day: date) -> ProgramStatus | None:
        """Return the status on a day; None: not assessed for the place."""
        return self.assessment.status_on(day) if self.assessment else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramMatch:
    """Result of a look-up. ``program`` is None if unsure; ``similar`` are others that may be meant, best first.

    ``nearest`` is, if unsure, the program with the name that is spelled most like the words.
    """

    program: Program | None = None
    similar: tuple[Program, ...] = ()
    nearest: ProgramHit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramChange:
    """A program as the store has it, in place of the files' one.

    Attributes:
        municipality_id: the municipality with these assessments, or with the whole program if no other has it; None:
            the program for everyone.
        number: counts the changes; a later one is another value.
        program: None: as in the files.
    """

    program_id: str
    municipality_id: str | None = None
    number: int = 0
    program: Program | None = None

    @property
    def change_key(self) -> tuple[str, str | None]:
        return self.program_id, self.municipality_id


@dataclass(frozen=True, slots=True)
class Register:
    """Programs by id, and the search in them. Immutable: ``with_changes`` returns another one."""

    programs: Mapping[str, Program] = field(default_factory=dict)
    forums: tuple[Forum, ...] = ()
    _files: Mapping[str, Program] = field(default_factory=dict, repr=False)
    _changes: Mapping[tuple[str, str | None], ProgramChange] = field(default_factory=dict, repr=False)
    # Programs that were indexed together, and those that changed since.
    _index: ProgramIndex = field(default_factory=lambda: ProgramIndex(()), repr=False)
    _apart: ProgramIndex = field(default_factory=lambda: ProgramIndex(()), repr=False)
    _moved: frozenset[str] = field(default_factory=frozenset, repr=False)

    @classmethod
    def from_files(cls, programs: Iterable[Program], forums: Iterable[Forum] = ()) -> Self:
        """Return the register of the content folder."""
        known = {program.id: program for program in programs}
        return cls(
            programs=known, forums=tuple(forums), _files=known, _index=ProgramIndex.from_programs(known.values())
        )

    @property
    def files(self) -> Mapping[str, Program]:
        """The programs as the content folder has them."""
        return self._files

    def learn_tasks(self, lesson: TaskLesson) -> None:
        """Find the programs for each task. Call it before the register is used."""
        self._index.learn_tasks(lesson)
        self._apart.learn_tasks(lesson)

    def with_changes(self, changes: Iterable[ProgramChange]) -> Self:
        """Return the register with these changes in place of any others; only what differs is indexed again."""
        told = {change.change_key: change for change in changes}
        differing = {key for key in told.keys() | self._changes.keys() if told.get(key) != self._changes.get(key)}
        if not differing:
            return self
        programs = dict(self.programs)
        by_program: dict[str, list[ProgramChange]] = {}
        for change in told.values():
            by_program.setdefault(change.program_id, []).append(change)
        ids = {id_ for id_, _ in differing}
        for id_ in ids:
            program = merged(self._files.get(id_), by_program.get(id_, ()))
            if program is not None:
                programs[id_] = program
            else:
                programs.pop(id_, None)
        moved = self._moved | ids
        if len(moved) > MAX_APART:
            return replace(
                self,
                programs=programs,
                _changes=told,
                _index=ProgramIndex.from_programs(programs.values(), lesson=self._index.lesson),
                _apart=ProgramIndex(()),
                _moved=frozenset(),
            )
        changed = sorted((programs[id_] for id_ in moved if id_ in programs), key=lambda program: program.id)
        apart = ProgramIndex(changed, shared=self._index.rarity, lesson=self._index.lesson)
        return replace(self, programs=programs, _changes=told, _apart=apart, _moved=moved)

    def with_later(self, changes: Iterable[ProgramChange]) -> Self:
        """Return the register with these changes besides those it has."""
        return self.with_changes({**self._changes, **{change.change_key: change for change in changes}}.values())

    def forum_of(self, sector: Sector | None) -> Forum:
        """Return the forum of a sector."""
        shared = next((forum for forum in self.forums if forum.sector is None), Forum())
        return next((forum for forum in self.forums if forum.sector is sector), shared)

    def visible(self, program_id: str, municipality_id: str | None) -> Program | None:
        """Return a program, if this municipality may know it."""
        program = self.programs.get(program_id)
        return program if program is not None and _is_for(program, municipality_id) else None

    def of_municipality(self, municipality_id: str | None) -> Iterator[Program]:
        """Yield the programs that a municipality may know."""
        return (program for program in self.programs.values() if _is_for(program, municipality_id))

    def standing_of(self, program: Program, place: ProgramPlace) -> ProgramStanding:
        """Return the assessment that counts at a place: of the municipality before all, of the sector before all."""
        # Pupils are at school, also when an adviser elsewhere asks about them.
        sector = Sector.SCHOOL if place.use is ProgramUse.PUPILS else place.sector
        shared = self._first(program, [None], ProgramUse.STAFF, place.municipality_id)
        if place.use is ProgramUse.PUPILS:
            own = self._first(program, [Sector.SCHOOL, None], ProgramUse.PUPILS, place.municipality_id)
            staff = self._first(program, [Sector.SCHOOL, None], ProgramUse.STAFF, place.municipality_id)
            return ProgramStanding(assessment=own, shared=None if own else staff)
        sectors = [sector] if self.forum_of(sector).own_list else [sector, None]
        own = self._first(program, sectors, ProgramUse.STAFF, place.municipality_id)
        return ProgramStanding(assessment=own, shared=None if own else shared)

    def find_programs(
        self,
        text: str,
        place: ProgramPlace,
        *,
        guesses: Sequence[TaskGuess] = (),
        day: date = ANY_DAY,
        limit: int = MAX_FOUND,
    ) -> tuple[ProgramHit, ...]:
        """Return the programs that fit a request best: by name, by near spelling, or by purpose.

        Args:
            guesses: tasks that the request may be about. Without a sure name, the places are shared among the programs
                that the words find and those for each task.
        """

        def order(hit: ProgramHit) -> tuple[float, int, str]:
            status = self.standing_of(hit.program, place).status_on(day)
            return -round(hit.score, 2), RANKS.index(status), hit.program.name.casefold()

        def best(find: Callable[[ProgramIndex, Callable[[Program], bool]], list[ProgramHit]]) -> list[ProgramHit]:
            hits = find(self._index, lambda program: program.id not in self._moved and _wanted(program, place))
            return sorted([*hits, *find(self._apart, lambda program: _wanted(program, place))], key=order)

        def of_task(guess: TaskGuess) -> list[ProgramHit]:
            return best(lambda index, wanted: index.hits_of(guess, wanted, limit * _TASK_DEPTH))

        spoken = best(lambda index, wanted: index.hits_for(text, wanted, limit * _DEPTH))
        # Words spelled nearly as a name may still be words, when all of them together are surely about a task.
        named = SURE if not guesses or guesses[0].share < SURE_TASK else INFLECTED
        if not guesses or any(hit.name >= named for hit in spoken):
            return tuple(spoken[:limit])
        return share_places([(weight_of(spoken), spoken), *((guess.share, of_task(guess)) for guess in guesses)], limit)

    def has_programs(self, guess: TaskGuess, place: ProgramPlace) -> bool:
        """Return whether any program is for a task."""
        hits = (
            *self._index.hits_of(guess, lambda program: program.id not in self._moved and _wanted(program, place), 1),
            *self._apart.hits_of(guess, lambda program: _wanted(program, place), 1),
        )
        return bool(hits)

    def look_up(
        self, text: str, place: ProgramPlace, *, guesses: Sequence[TaskGuess] = (), day: date = ANY_DAY
    ) -> ProgramMatch:
        """Return the program that a text names, or those that may be meant. ``guesses``: see ``find_programs``."""
        named = self.called(text, place.municipality_id)
        if len(named) == 1:
            return ProgramMatch(program=named[0])
        several = () if named else self.mentioned(text, place.municipality_id)
        if len(several) > 1:
            return ProgramMatch(similar=several[:MAX_FOUND])
        hits = self.find_programs(text, place, guesses=guesses, day=day)
        offered = tuple(hit.program for hit in hits if is_offered(hit))
        unsure = ProgramMatch(similar=offered, nearest=max(hits, key=lambda hit: hit.name, default=None))
        if not hits or named or len(name_key(text)) < _SHORTEST_MISSPELT:
            return unsure
        best, lead = hits[0], hits[0].score - (hits[1].score if len(hits) > 1 else 0.0)
        return ProgramMatch(program=best.program) if best.name >= SURE and lead >= _LEAD else unsure

    def may_name(self, text: str) -> bool:
        """Return whether ``look_up`` may find a program that a text names: of any municipality."""
        return any(index.may_name(text) for index in (self._index, self._apart))

    def called(self, name: str, municipality_id: str | None) -> tuple[Program, ...]:
        """Return the programs with exactly this name or alias."""
        programs = [program for program in self._index.called(name) if program.id not in self._moved]
        programs += self._apart.called(name)
        return tuple(program for program in programs if _is_for(program, municipality_id))

    def mentioned(self, text: str, municipality_id: str | None, *, ordinary: bool = False) -> tuple[Program, ...]:
        """Return the programs that a message mentions, the longest name first.

        Args:
            ordinary: also names that are ordinary words, such as "signal".
        """

        def unmoved(program: Program) -> bool:
            return program.id not in self._moved and _is_for(program, municipality_id)

        mentioned = self._index.mentioned(text, unmoved, ordinary=ordinary)
        apart = self._apart.mentioned(text, lambda program: _is_for(program, municipality_id), ordinary=ordinary)
        return tuple(sorted([*mentioned, *apart], key=lambda program: -len(program.name)) if apart else mentioned)

    @staticmethod
    def _first(
        program: Program, sectors: Sequence[Sector | None], use: ProgramUse, municipality_id: str | None
    ) -> Assessment | None:
        """Return the first assessment of these sectors: the municipality's own before the one for all."""
        owners = dict.fromkeys((municipality_id, None))
        keys = (ListKey(sector=sector, use=use, municipality_id=owner) for sector in sectors for owner in owners)
        return next(filter(None, map(program.on_list, keys)), None)


def is_offered(hit: ProgramHit) -> bool:
    """Return whether a program fits well enough to be a candidate."""
    return hit.name >= _NAME_OFFERED or hit.purpose >= _PURPOSE_OFFERED or hit.cover > 0


def _is_for(program: Program, municipality_id: str | None) -> bool:
    return program.municipality_id in {None, municipality_id}


def _wanted(program: Program, place: ProgramPlace) -> bool:
    return _is_for(program, place.municipality_id)


def merged(file: Program | None, changes: Iterable[ProgramChange]) -> Program | None:
    """Return a program with its changes: the one for everyone, then each municipality's own assessments."""
    told = sorted(changes, key=lambda change: change.municipality_id or "")
    program = next((change.program for change in told if change.municipality_id is None and change.program), file)
    for change in told:
        if change.municipality_id is None or change.program is None:
            continue
        if program is None:
            program = change.program
        else:
            for assessment in change.program.assessments:
                program = program.with_assessment(assessment)
    return program
