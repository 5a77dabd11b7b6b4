"""The import of 22,000 people from an export, beside the plain import of the same people.

Prints ratios to the plain import of an empty registry, measured in the same run, on the tiny store and on PostgreSQL:
the first import of an export, the same export again, one that is compared in full without changes, and one with twenty
changes. Then the memory, and what ten further ones add.
"""

import asyncio
import os
import random
import resource
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from bot.app.clock import SystemRandomSource
from bot.content.catalogue import load_catalogue
from bot.content.loading import content_folder, load_content
from bot.directory.apply_import import apply_import
from bot.directory.current import read_known
from bot.directory.last_run import is_unchanged, keep_run, origin_of, read_run
from bot.directory.mapped_rows import plan_mapped
from bot.directory.mapping import load_mapping
from bot.directory.plan import RegistryPlan, plan_import
from bot.ports import Store
from bot.signin.former import FormerMarks
from bot.stores.postgres.store import PostgresStore
from bot.stores.tiny.store import TinyStore
from dialogs.core.content import Content
from knowledge.article.article import ArticleBook
from knowledge.matching.policy import Policy
from tests.contract.postgres_server import wheel_server

PEOPLE = 22_000
CHANGED = 20
AGAIN = 10
DATABASES = 5
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TENANT = "11111111-1111-4111-8111-111111111111"
FORMER = FormerMarks(b"b" * 32)
FIRST = ("Kari", "Ola", "Anne", "Per", "Ingrid", "Lars", "Solveig", "Nils")
LAST = ("Eksempel", "Prøve", "Mønster", "Utvalg", "Åsen", "Ærlig")
MAPPING = f"""
tenant_id = "{TENANT}"
[columns]
id = "employeeId"
object_id = "id"
name = "displayName"
municipality = "companyName"
unit = "department"
email = ["mail", "userPrincipalName"]
role = "jobTitle"
language = "preferredLanguage"
[roles]
"Kommunikasjons*" = "announcer"
[skip]
accountEnabled = ["False"]
"""


class Bench:
    """The files and the organisation of one measurement."""

    def __init__(self, folder: Path) -> None:
        loaded = load_content(content_folder(None))
        self.topics = loaded.topics()
        self.content = Content(
            articles=ArticleBook(), organisation=loaded.organisation, texts=load_catalogue(), policy=Policy()
        )
        self.plain, self.export, self.changed = (folder / name for name in ("plain.csv", "export.csv", "changed.csv"))
        self.mapping_file = folder / "directory.toml"
        self.mapping_file.write_text(MAPPING, "utf-8")
        self.mapping = load_mapping(self.mapping_file, loaded.organisation)
        self._write()

    def _write(self) -> None:
        rng = random.Random(1)
        units = [each for each in self.content.organisation.units() if each.parent_id is not None]
        plain = ["person_id,name,municipality,unit,roles,language,object_id,tenant_id,email"]
        export = [
            "id,employeeId,displayName,userPrincipalName,mail,department,companyName,jobTitle,preferredLanguage,"
            "accountEnabled,mobilePhone"
        ]
        for number in range(PEOPLE):
            unit, name = rng.choice(units), f"{rng.choice(FIRST)} {rng.choice(LAST)}"
            place = self.content.organisation.municipalities[unit.municipality_id].names.nb
            object_id, mail = f"00000000-0000-4000-8000-{number:012}", f"ansatt.{number}@kommune.example"
            plain.append(f"{number},{name},{unit.municipality_id},{unit.id},,nb,{object_id},{TENANT},{mail}")
            export.append(
                f"{object_id},{number},{name},{mail},{mail},{unit.id},{place},Rådgiver,nb-NO,True,+47 900 00 000"
            )
        self.plain.write_text("\n".join(plain) + "\n", "utf-8")
        self.export.write_text("\n".join(export) + "\n", "utf-8")
        rows = [row.replace("Rådgiver", "Kommunikasjonssjef") for row in export[1 : CHANGED + 1]]
        self.changed.write_text("\n".join((export[0], *rows, *export[CHANGED + 1 :])) + "\n", "utf-8")

    async def import_plain(self, store: Store) -> None:
        organisation = self.content.organisation
        known = await read_known(store, organisation)
        await self._apply(
            store, plan_import(self.plain, None, known=known, organisation=organisation, topics=self.topics)
        )

    async def import_export(self, store: Store, file: Path, *, again: bool = False) -> int:
        """Import an export as ``heia directory import`` does, and return how many people were touched."""
        organisation = self.content.organisation
        origin = origin_of(file, self.mapping_file, self.mapping, organisation)
        if not again and await is_unchanged(store, origin, await read_run(store, origin.run_id)):
            return 0
        begun = (await store.audit_head()).number
        known = await read_known(store, organisation)
        found = plan_mapped(
            file, None, mapping=self.mapping, known=known, organisation=organisation, topics=self.topics
        )
        touched = await self._apply(store, found.planned)
        await keep_run(store, origin, found.people, begun=begun, at=NOON, rng=SystemRandomSource(), by="operator")
        return touched

    async def _apply(self, store: Store, planned: object) -> int:
        assert isinstance(planned, RegistryPlan), planned
        if not planned.empty:
            await apply_import(
                store, planned, at=NOON, rng=SystemRandomSource(), former=FORMER, content=self.content, by="operator"
            )
        return len(planned.touched)


Seconds = tuple[float, float]
"""Of the clock, and of this process alone, which a busy machine disturbs less."""


async def timed(work: Callable[[], Awaitable[object]]) -> tuple[Seconds, object]:
    begun, used = time.perf_counter(), time.process_time()
    done = await work()
    return (time.perf_counter() - begun, time.process_time() - used), done


def megabytes() -> float:
    """Return the most memory that the process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def measure(bench: Bench, name: str, opened: Callable[[], AbstractAsyncContextManager[Store]]) -> None:
    plain = first = (float("inf"), float("inf"))
    for _ in range(2):  # by turns, and the better one counts: a busy machine disturbs each
        async with opened() as store:
            plain = min(plain, (await timed(lambda: bench.import_plain(store)))[0])
        async with opened() as store:
            seconds, touched = await timed(lambda: bench.import_export(store, bench.export))
            first = min(first, seconds)
            assert touched == PEOPLE
    async with opened() as store:
        await bench.import_export(store, bench.export)
        same, _ = await timed(lambda: bench.import_export(store, bench.export))
        full, touched = await timed(lambda: bench.import_export(store, bench.export, again=True))
        assert touched == 0
        few, touched = await timed(lambda: bench.import_export(store, bench.changed))
        assert touched == CHANGED
        memory = megabytes()
        for _ in range(AGAIN):
            await bench.import_export(store, bench.export, again=True)
    print(f"{name}: plain import {plain[0]:.1f} s, {plain[1]:.1f} s of this process; of that")
    for what, seconds in (
        ("the first import of an export", first),
        ("the same export again", same),
        ("compared in full, no changes", full),
        (f"{CHANGED} changes", few),
    ):
        print(f"  {what:32} {seconds[0] / plain[0]:7.1%} {seconds[1] / plain[1]:7.1%}")
    print(f"  memory {memory:.0f} MB; {AGAIN} further imports add {megabytes() - memory:.0f} MB")


async def all_stores(folder: Path, addresses: Iterator[str]) -> None:
    bench = Bench(folder)

    @asynccontextmanager
    async def tiny() -> AsyncIterator[Store]:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            store = TinyStore(directory=Path(place))
            await store.open()
            yield store
            await store.close()

    @asynccontextmanager
    async def postgres() -> AsyncIterator[Store]:
        store = PostgresStore(url=next(addresses))
        await store.open()
        yield store
        await store.close()

    await measure(bench, "tiny", tiny)
    await measure(bench, "PostgreSQL", postgres)


def main() -> None:
    with (
        tempfile.TemporaryDirectory(dir=os.environ.get("HEIA_BENCH_DIR")) as directory,
        wheel_server(durable=True) as server,
        ExitStack() as stack,
    ):
        addresses = [stack.enter_context(server.database()) for _ in range(DATABASES)]
        asyncio.run(all_stores(Path(directory), iter(addresses)))


if __name__ == "__main__":
    main()
