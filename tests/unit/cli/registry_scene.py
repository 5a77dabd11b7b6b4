"""A small organisation, files of its people, and a store to import them into."""

from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

from bot.app.clock import SystemRandomSource
from bot.channels.teams.setup import teams_spec
from bot.channels.web.spec import WEB_SPEC
from bot.content.catalogue import load_catalogue
from bot.directory.apply_import import apply_import
from bot.directory.current import read_known
from bot.directory.plan import FileFault, RegistryPlan, plan_import
from bot.ports import Commit, Key, Store
from bot.records.codec import decode, write_of
from bot.signin.former import FormerMarks
from dialogs.core.channel import Channels
from dialogs.core.content import Content
from dialogs.core.decision import Put
from dialogs.core.record import Record
from knowledge.article.article import ArticleBook
from knowledge.matching.policy import Policy
from knowledge.organisation.organisation import Organisation

R = TypeVar("R", bound=Record)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TENANT = "99999999-9999-4999-8999-999999999999"
ORGANISATION, _ = Organisation.parse((files("knowledge") / "content" / "organisation.yaml").read_text("utf-8"))
FORMER = FormerMarks(b"l" * 32)
TOPICS = frozenset({"teams", "phone"})
NORTH, SOUTH = "eidsvoll-helse-hjemme-nord", "eidsvoll-helse-hjemme-sor"
PEOPLE_HEADER = "person_id,name,municipality,unit,roles,language,object_id,tenant_id,email"


def object_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


class Scene:
    """Imports files into ``store``."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.folder = folder
        self.rng = SystemRandomSource()

    async def plan(
        self, people: str, ambassadors: str | None = None, *, municipality_ids: tuple[str, ...] = ()
    ) -> RegistryPlan:
        """Return what importing these rows would do; faults fail the test."""
        planned = await self.planned(people, ambassadors, municipality_ids=municipality_ids)
        assert isinstance(planned, RegistryPlan), planned
        return planned

    async def planned(
        self, people: str, ambassadors: str | None = None, *, municipality_ids: tuple[str, ...] = ()
    ) -> RegistryPlan | tuple[FileFault, ...]:
        """Return what importing these rows would do, or the faults."""
        people_file, ambassadors_file = self.folder / "people.csv", self.folder / "ambassadors.csv"
        people_file.write_text(f"{PEOPLE_HEADER}\n{people}", "utf-8")
        if ambassadors is not None:
            ambassadors_file.write_text(f"person_id,topics,capacity\n{ambassadors}", "utf-8")
        return plan_import(
            people_file,
            None if ambassadors is None else ambassadors_file,
            known=await read_known(self.store, ORGANISATION),
            organisation=ORGANISATION,
            topics=TOPICS,
            municipality_ids=municipality_ids,
        )

    async def load(
        self, people: str, ambassadors: str | None = None, *, tenants: frozenset[str] = frozenset()
    ) -> RegistryPlan:
        """Import these rows; ``tenants`` are those a registration serves."""
        planned = await self.plan(people, ambassadors)
        await self.carry(planned, tenants=tenants)
        return planned

    async def carry(self, planned: RegistryPlan, *, tenants: frozenset[str] = frozenset()) -> None:
        await apply_import(
            self.store,
            planned,
            at=NOON,
            rng=self.rng,
            former=FORMER,
            content=Content(
                articles=ArticleBook(),
                organisation=ORGANISATION,
                texts=load_catalogue(),
                policy=Policy(),
                channels=Channels((teams_spec(lambda tenant_id: tenant_id in tenants), WEB_SPEC)),
            ),
        )

    async def put(self, *records: Record) -> None:
        """Write records whatever is there."""
        versions = await self._versions(records)
        writes = tuple(write_of(Put(record=record), versions) for record in records)
        await self.store.commit(Commit(at=NOON, records=writes))

    async def _versions(self, records: tuple[Record, ...]) -> Mapping[Key, int]:
        found = await self.store.get([Key(kind=record.KIND, id=record.id) for record in records])
        return {key: stored.version for key, stored in found.items()}

    async def get(self, kind: type[R], id_: str) -> R:
        """Return a record. Raises KeyError."""
        key = Key(kind=kind.KIND, id=id_)
        return decode(kind, (await self.store.get([key]))[key])

    async def has(self, kind: type[Record], id_: str) -> bool:
        key = Key(kind=kind.KIND, id=id_)
        return key in await self.store.get([key])
