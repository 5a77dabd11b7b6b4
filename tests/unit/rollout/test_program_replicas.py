"""Two processes on one store have the same register, and read only what changed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.content.program_import import MOST_EDITIONS, LiveProgramChanges
from bot.ports import Commit, Key, Stored
from bot.records.codec import write_of
from bot.stores.memory.store import MemoryStore
from dialogs.core.decision import Put
from dialogs.rollout.software.register.entry import EVERY_ENTRY, ListedAssessment, ProgramEntry, RegisterEdition
from knowledge.article.article import Language
from knowledge.software.program import Program, ProgramStatus
from knowledge.software.register import ProgramPlace, Register

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
NES = ProgramPlace(municipality_id="nes")


class CountingStore(MemoryStore):
    """Counts the records of each search."""

    def __init__(self) -> None:
        super().__init__()
        self.searched: list[tuple[str, int]] = []

    async def find(self, kind: str, term: str, *, after: str = "", limit: int | None = None) -> Sequence[Stored]:
        found = await super().find(kind, term, after=after, limit=limit)
        self.searched.append((term, len(found)))
        return found


def entry(program_id: str, status: str, *, number: int = 1) -> ProgramEntry:
    assessment = ListedAssessment(status=ProgramStatus(status), note={Language.NB: "Merknad."})
    return ProgramEntry(
        id=program_id,
        program_id=program_id,
        number=number,
        name=program_id.title(),
        purpose={},
        where={},
        assessments=(assessment,),
        changed_at=NOW,
    )


async def change(store: MemoryStore, edition: int, *entries: ProgramEntry) -> None:
    """Commit entries as one edition, as a decision does."""
    records = [RegisterEdition(number=edition, at=NOW), *(replace(each, edition=edition) for each in entries)]
    writes = [replace(write_of(Put(record=each), {}), expected=None) for each in records]
    await store.commit(Commit(at=NOW, records=tuple(writes)))


async def test_a_change_reaches_every_process_and_costs_what_changed() -> None:
    store = CountingStore()
    await change(store, 1, *(entry(f"program{number}", "approved") for number in range(200)))
    replicas = [LiveProgramChanges(store) for _ in range(2)]
    registers = [Register.from_files(()).with_changes(await each.read()) for each in replicas]
    assert [len(each.programs) for each in registers] == [200, 200]
    store.searched.clear()
    found = [await each.read() for each in replicas]
    assert store.searched == [], "nothing changed, so nothing is searched"
    await change(store, 2, entry("program7", "rejected", number=2))
    await change(store, 3, entry("program8", "review", number=2), entry("new", "approved"))
    for place, replica in enumerate(replicas):
        now = await replica.read()
        assert now is not found[place]
        registers[place] = registers[place].with_changes(now)
    assert store.searched == [("edition:2", 1), ("edition:3", 2)] * 2
    for each in registers:
        [seven] = each.called("program7", None)
        assert each.standing_of(seven, NES).status_on(NOW.date()) is ProgramStatus.REJECTED
        assert each.look_up("new", NES).program is not None


async def test_an_entry_that_is_withdrawn_leaves_the_files_program() -> None:
    store = MemoryStore()
    file = Program(id="zoom", name="Zoom")
    replica = LiveProgramChanges(store)
    await change(store, 1, replace(entry("zoom", "approved"), name="Zoom Workplace"))
    register = Register.from_files([file]).with_changes(await replica.read())
    assert register.programs["zoom"].name == "Zoom Workplace"
    await change(store, 2, replace(entry("zoom", "approved", number=2), withdrawn=True))
    assert register.with_changes(await replica.read()).programs["zoom"] == file


async def test_after_many_editions_or_a_restored_backup_everything_is_read() -> None:
    store = CountingStore()
    replica = LiveProgramChanges(store)
    await change(store, 9, entry("one", "approved"))
    await replica.read()
    await change(store, 10 + MOST_EDITIONS, entry("two", "approved"))
    store.searched.clear()
    assert {each.program_id for each in await replica.read()} == {"one", "two"}
    assert store.searched == [(EVERY_ENTRY, 2)]
    await change(store, 3, entry("three", "approved"))
    assert {each.program_id for each in await replica.read()} == {"one", "two", "three"}
    key = Key(kind=RegisterEdition.KIND, id=RegisterEdition.ID)
    assert (await store.get([key]))[key].body["number"] == 3
