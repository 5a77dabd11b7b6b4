"""No source gives a person an id that is a word of the bot's own keys."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.app.clock import SystemRandomSource
from bot.directory.merge import MergeWrites, merge_persons
from bot.directory.plan import WORDS, RegistryPlan, is_reserved
from bot.ports import Store
from bot.records.codec import decode
from bot.scim.accounts import Accounts
from bot.scim.change import Parts
from bot.scim.reading import ScimReader
from bot.signin.oidc.claims import identity_of
from bot.signin.oidc.people import PersonFinder
from bot.stores.memory.store import MemoryStore
from dialogs.core.person import Person
from knowledge.article.article import Language
from tests.sampling import examples
from tests.unit.cli.registry_scene import FORMER, NOON
from tests.unit.directory.conftest import ORGANISATION, Import
from tests.unit.scim.conftest import CONFIG, CONTENT, account
from tests.unit.signin.conftest import provider_at

MAX_EXAMPLES = examples(60)
IDS: Final = st.sampled_from(sorted({*WORDS, *ORGANISATION.municipalities}))
MAPPING: Final = 'municipality = "nes"\n[columns]\nid = "Nr"\nname = "Navn"\nunit = "Enhet"\n'


async def mapped_file(store: Store, id_: str) -> None:
    with TemporaryDirectory() as folder:
        site = Import(Path(folder), store)
        found = await site.planned(site.export(f"{id_},Kari,Skole", header="Nr,Navn,Enhet"), MAPPING)
        assert not isinstance(found.planned, RegistryPlan)


async def scim(store: Store, id_: str) -> None:
    parts = Parts(store=store, rng=SystemRandomSource(), former=FORMER, content=CONTENT)
    reader = ScimReader(store=store, municipality_id="eidsvoll", base_url="https://heia.example/scim/v2")
    accounts = Accounts(parts=parts, source=CONFIG.source[1], reader=reader, at=NOON)
    await accounts.create(account(1, externalId=id_))


async def sign_in(store: Store, id_: str) -> None:
    provider = provider_at("https://id.example", link="claim", link_claim="employee", unknown="create")

    async def merge(stranger: Person, person_id: str, at: datetime) -> MergeWrites:
        return await merge_persons(store, stranger, person_id, at=at)

    finder = PersonFinder(
        store=store, rng=SystemRandomSource(), former=FORMER, merge=merge, organisation=lambda: ORGANISATION
    )
    identity = identity_of({"sub": id_, "employee": id_, "name": "Kari"}, provider)
    await finder.person_of(identity, provider, language=Language.NB, at=NOON)


SOURCES: Final[dict[str, tuple[Callable[[Store, str], Awaitable[None]], int]]] = {
    "mapped file": (mapped_file, 0),
    "scim": (scim, 1),
    "sign-in": (sign_in, 1),
}
"""Each source, and how many people come of such an id: it is refused, or another one is given."""


@given(id_=IDS, name=st.sampled_from(sorted(SOURCES)))
@settings(max_examples=MAX_EXAMPLES, deadline=None)
def test_no_source_gives_a_reserved_id(id_: str, name: str) -> None:
    source, number = SOURCES[name]

    async def ids_after() -> list[str]:
        store = MemoryStore()
        await source(store, id_)
        return [decode(Person, each).id for each in await store.find(Person.KIND, "all")]

    ids = asyncio.run(ids_after())
    assert len(ids) == number
    assert not any(is_reserved(each, ORGANISATION) for each in ids)
