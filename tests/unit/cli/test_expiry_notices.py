"""The provider's administrators read in time that a credential ends: once for each step, in their language."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from bot.app.clock import SystemRandomSource
from bot.app.credentials import ExpiryNotices, all_credential_ends
from bot.app.maintenance import Maintenance, completed_runs
from bot.ports import Commit, Delivery, DeliveryStatus, Timer
from bot.records.codec import write_of
from bot.scim.tokens import DirectoryTokens
from bot.settings.model import Settings
from bot.stores.memory.store import MemoryStore
from dialogs.core.decision import Put
from dialogs.core.nightly_run import CREDENTIALS
from dialogs.core.person import Role
from knowledge.article.article import Language
from tests.unit.announce.town import organisation, person
from tests.unit.audit.scene import MovedClock
from tests.unit.driver import Stage

ENDS = datetime(2026, 12, 20, tzinfo=UTC)
PROVIDERS: Final = """
[[provider]]
id = "own"
names = {nb = "Samdrift"}
issuer = "https://id.samdrift.example"
client_id = "heia"
secret = "never shown"
secret_expires = 2026-12-20
municipalities = ["samdrift"]
"""
PEOPLE = (
    person("admin", "drift", Role.ADMIN, of="samdrift"),
    person("admin-en", "drift", Role.ADMIN, of="samdrift", language=Language.EN),
    person("admin-lillevik", "skole", Role.ADMIN),
    person("colleague", "drift", of="samdrift"),
)


class House:
    """Administrators, and a credential that ends on 20 December."""

    def __init__(self) -> None:
        self.store, self.clock = MemoryStore(), MovedClock()
        self.credentials = [("teams/a", ENDS)]
        content = Stage(organisation(), verbs={}, timers={}).content
        self.notices = ExpiryNotices(store=self.store, clock=self.clock, content=lambda: content, credentials=self.ends)

    async def ends(self) -> list[tuple[str, datetime]]:
        return self.credentials

    async def told(self) -> Sequence[Delivery]:
        return await self.store.deliveries_in_state(DeliveryStatus.WAITING)


@pytest.fixture
async def house() -> House:
    made = House()
    await made.store.commit(
        Commit(at=made.clock.now(), records=tuple(write_of(Put(record=each), {}) for each in PEOPLE))
    )
    return made


async def test_every_administrator_of_the_provider_is_told_in_their_language(house: House) -> None:
    house.clock.at = ENDS - timedelta(days=20)
    assert await house.notices.post() == 2
    texts = {each.recipient: each.message.text for each in await house.told() if each.message is not None}
    assert set(texts) == {"admin", "admin-en"}
    assert texts["admin"].startswith(
        "Legitimasjonen teams/a, som Heia bruker mot Microsoft, utløper 20. desember 2026."
    )
    assert texts["admin-en"].startswith("The credential teams/a, which Heia uses with Microsoft, ends on ")


@pytest.mark.parametrize(
    ("days", "posted"),
    [(31, 0), (30, 1), (8, 1), (7, 1), (2, 1), (1, 1), (0.5, 1), (0, 0), (-1, 0)],
)
async def test_it_is_told_from_30_days_before_until_the_end(house: House, days: float, posted: int) -> None:
    house.clock.at = ENDS - timedelta(days=days)
    assert await house.notices.post() == 2 * posted


async def test_each_step_is_told_once_however_often_the_job_runs(house: House) -> None:
    told = 0
    for hours in range(40 * 24, -48, -6):
        house.clock.at = ENDS - timedelta(hours=hours)
        told += await house.notices.post()
    assert told == 2 * 3
    slots = {each.slot for each in await house.told()}
    assert slots == {f"credential/teams/a/2026-12-20/{step}" for step in (30, 7, 1)}


async def test_a_renewed_credential_is_told_again_before_its_own_end(house: House) -> None:
    house.clock.at = ENDS - timedelta(days=7)
    await house.notices.post()
    house.credentials = [("teams/a", ENDS + timedelta(days=365))]
    assert await house.notices.post() == 0
    house.clock.at += timedelta(days=365)
    assert await house.notices.post() == 2


async def test_the_nightly_job_posts_and_records_its_run(house: House) -> None:
    house.clock.at = ENDS - timedelta(days=1)
    jobs = Maintenance(store=house.store, clock=house.clock, expiries=house.notices).jobs
    await jobs[CREDENTIALS.verb](Timer(key=CREDENTIALS.key, at=house.clock.at, verb=CREDENTIALS.verb, data={}))
    assert len(await house.told()) == 2
    assert (await completed_runs(house.store))["credentials"] == house.clock.at


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("teams/a", "no messages arrive in Teams"),
        ("signin/nes", "nobody can sign in on the web"),
        ("scim/nes", "changes no longer arrive"),
        ("graph/nes", "with which Heia reads the directory"),
    ],
)
async def test_the_message_says_what_stops(house: House, name: str, words: str) -> None:
    house.clock.at, house.credentials = ENDS - timedelta(days=7), [(name, ENDS)]
    await house.notices.post()
    texts = {each.recipient: each.message.text for each in await house.told() if each.message is not None}
    assert name in texts["admin-en"]
    assert words in texts["admin-en"]


async def test_ends_of_providers_and_of_the_last_token_of_a_directory_are_known(tmp_path: Path) -> None:
    (tmp_path / "signin.toml").write_text(PROVIDERS, "utf-8")
    (tmp_path / "scim.toml").write_text('[[source]]\nmunicipality = "samdrift"\n', "utf-8")
    settings = Settings(signin_file=tmp_path / "signin.toml", scim_file=tmp_path / "scim.toml")
    store, rng = MemoryStore(), SystemRandomSource()
    assert await all_credential_ends(settings, store, organisation()) == [("signin/own", ENDS)]
    tokens = DirectoryTokens(store=store, rng=rng)
    for days in (10, 300):
        await tokens.make("samdrift", at=ENDS, by="operator", valid_for=timedelta(days=days))
    ends = dict(await all_credential_ends(settings, store, organisation()))
    assert ends == {"signin/own": ENDS, "scim/samdrift": ENDS + timedelta(days=300)}
    (tmp_path / "signin.toml").write_text("damaged", "utf-8")
    (tmp_path / "scim.toml").write_text("damaged", "utf-8")
    assert list(await all_credential_ends(settings, store, organisation())) == []


@pytest.mark.parametrize("kind", ["scim", "graph", "signin"])
async def test_the_municipality_of_a_directory_is_told_too(house: House, kind: str) -> None:
    house.clock.at, house.credentials = ENDS - timedelta(days=7), [(f"{kind}/lillevik", ENDS)]
    await house.notices.post()
    told = {each.recipient for each in await house.told()}
    assert told == {"admin", "admin-en"} | ({"admin-lillevik"} if kind != "signin" else set())
