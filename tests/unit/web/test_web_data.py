"""The download of a person's data: for the person and the officer of the municipality, recorded, and in no address."""

import io
import json
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from bot.app.clock import SystemRandomSource
from bot.content.catalogue import load_catalogue
from bot.export.bundle import DATA, DOWNLOADS, PAGE, Downloads
from bot.images.files import FileImages
from bot.ports import Commit, FoundRow, Images, Store, StoredImage, StoreUnavailable
from bot.records.codec import decode, write_of
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Put
from dialogs.core.image import Image
from dialogs.core.message import Message
from dialogs.core.person import Person, Role
from dialogs.core.record import Record
from knowledge.article.article import Language
from tests.channels import TEAMS
from tests.e2e.browser.stage import Stage
from tests.sessions import end_all_sessions
from tests.unit.announce.town import Town, person
from tests.unit.images.pictures import drawn, file_of
from tests.unit.privacy.test_privacy import question
from tests.unit.scim.accounts import waiting_account
from tests.unit.web.conftest import NOON, Client, HeldClock, SetUp

OWNER, OFFICER, COLLEAGUE, ELSEWHERE = "ansatt-1", "announcer-1", "ansatt-2", "p-far"
PICTURE: Final = StoredImage(body=file_of(drawn()), media_type="image/png")
PICTURE_ID: Final = f"image-{'a' * 32}"
WORDS: Final = load_catalogue()


@dataclass
class Archive:
    """A town with an officer, and everyone's sessions."""

    stage: Stage
    client: Client
    images: Images
    people: dict[str, Person]
    tokens: dict[str, str]

    async def put(self, *records: Record) -> None:
        writes = tuple(replace(write_of(Put(record=each), {}), expected=None) for each in records)
        await self.stage.store.commit(Commit(at=NOON, records=writes))

    async def ask(self, who: str | None, wanted: Any, **more: Any) -> aiohttp.ClientResponse:
        badge = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        headers = {**badge, **more.pop("headers", {})}
        answer = await self.client.ask("POST", "/chat/data", json={"person": wanted}, headers=headers, **more)
        await answer.read()
        return answer

    async def files(self, who: str, wanted: str) -> dict[str, bytes]:
        answer = await self.ask(who, wanted)
        assert answer.status == 200, await answer.text()
        archive = zipfile.ZipFile(io.BytesIO(await answer.read()))
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}

    async def acts(self) -> list[tuple[str, str, str]]:
        found = [decode(AuditEntry, each) for each in await self.stage.store.find(AuditEntry.KIND, "all")]
        return [(each.act, each.subject, each.by) for each in found if each.act.startswith("privacy.")]


@pytest.fixture
async def town(set_up: SetUp, clock: HeldClock, tmp_path: Path) -> Archive:
    people = {
        OWNER: replace(person(OWNER, "skole"), language=Language.NN),
        OFFICER: person(OFFICER, "skole", Role.DPO),
        COLLEAGUE: person(COLLEAGUE, "nord"),
        ELSEWHERE: person(ELSEWHERE, "brygge", of="storvik"),
    }
    images = FileImages(tmp_path / "images")

    async def find_person(person_id: str) -> Person | None:
        return people.get(person_id)

    def downloads(store: Store) -> Downloads:
        return Downloads(
            store=store,
            images=images,
            find_person=find_person,
            content=lambda: Town().content,
            clock=clock,
            rng=SystemRandomSource(),
        )

    stage, client = await set_up(downloads=downloads)
    tokens = {who: await client.badge(who) for who in (OWNER, OFFICER, COLLEAGUE)}
    archive = Archive(stage=stage, client=client, images=images, people=people, tokens=tokens)
    await archive.put(
        *people.values(),
        *(question(f"q-{who}", who, f"Spørsmålet til {who}?") for who in people),
        Image(id=PICTURE_ID, person_id=OWNER, media_type="image/png", size_bytes=7, at=NOON),
    )
    await images.put(PICTURE_ID, PICTURE)
    return archive


async def test_the_file_has_the_data_a_page_in_the_persons_language_and_the_images(town: Archive) -> None:
    files = await town.files(OWNER, OWNER)
    assert list(files) == [DATA, PAGE, f"images/{PICTURE_ID}.png"]
    assert [each["id"] for each in json.loads(files[DATA])["data"]["question"]] == [f"q-{OWNER}"]
    assert '<html lang="nn">' in files[PAGE].decode()
    assert f"Spørsmålet til {OWNER}?" in files[PAGE].decode()
    assert files[f"images/{PICTURE_ID}.png"] == PICTURE.body
    assert COLLEAGUE not in str(files)


async def test_the_answer_is_a_file_that_nothing_keeps_or_runs(town: Archive) -> None:
    answer = await town.ask(OWNER, OWNER)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="heia-data-{NOON:%Y-%m-%d}.zip"'
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_an_own_download_is_recorded_once_an_hour_and_an_officers_each_time(town: Archive) -> None:
    for _ in range(2):
        await town.files(OWNER, OWNER)
        await town.files(OFFICER, OWNER)
    acts = await town.acts()
    assert acts.count(("privacy.exported", OWNER, OWNER)) == 1
    assert acts.count(("privacy.exported", OWNER, OFFICER)) == 2


@pytest.mark.parametrize("wanted", [ELSEWHERE, "p-unknown"])
async def test_the_officer_gets_nothing_of_another_municipality(town: Archive, wanted: str) -> None:
    answer = await town.ask(OFFICER, wanted)
    assert (answer.status, (await answer.json())["error"]) == (403, WORDS[Language.NB]("web.data.not_allowed"))
    assert await town.acts() == [("privacy.refused", "person", OFFICER)]


async def test_a_colleague_gets_nothing_of_another_person(town: Archive) -> None:
    assert (await town.ask(COLLEAGUE, OWNER)).status == 403
    assert await town.acts() == [("privacy.refused", "officer", COLLEAGUE)]


async def test_an_officer_that_lost_the_role_gets_nothing(town: Archive) -> None:
    town.people[OFFICER] = replace(town.people[OFFICER], roles=frozenset({Role.EMPLOYEE}))
    assert (await town.ask(OFFICER, OWNER)).status == 403


async def test_an_officer_whose_removal_waits_gets_own_data_only(town: Archive) -> None:
    town.people[OFFICER] = replace(town.people[OFFICER], registered=True)
    await town.put(waiting_account(OFFICER))
    assert (await town.ask(OFFICER, OWNER)).status == 403
    assert (await town.ask(OFFICER, OFFICER)).status == 200


async def test_without_a_session_or_after_it_there_is_nothing(town: Archive) -> None:
    assert (await town.ask(None, OWNER)).status == 401
    await end_all_sessions(town.stage.sessions, OWNER, at=NOON)
    assert (await town.ask(OWNER, OWNER)).status == 401
    assert await town.acts() == []


async def test_another_sites_page_gets_nothing(town: Archive) -> None:
    assert (await town.ask(OWNER, OWNER, headers={"Origin": "https://elsewhere.example"})).status == 403
    assert await town.acts() == []


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"person": ""}', b'{"person": 1}', b'{"person": "p", "x": 1}'])
async def test_an_unreadable_request_is_refused_with_a_sentence(town: Archive, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {town.tokens[OWNER]}", "Content-Type": "application/json"}
    answer = await town.client.ask("POST", "/chat/data", data=body, headers=headers)
    assert (answer.status, (await answer.json())["error"]) == (400, WORDS[Language.NB]("web.fault.unreadable"))


async def test_an_address_alone_downloads_nothing(town: Archive) -> None:
    headers = {"Authorization": f"Bearer {town.tokens[OWNER]}"}
    answer = await town.client.ask("GET", "/chat/data", headers=headers)
    assert (answer.status, await answer.text()) == (405, "405: Method Not Allowed")


@pytest.mark.full
async def test_each_person_has_an_own_budget_that_fills_again(town: Archive, clock: HeldClock) -> None:
    assert {(await town.ask(OWNER, OWNER)).status for _ in range(DOWNLOADS.burst)} == {200}
    refused = await town.ask(OWNER, OWNER)
    assert (refused.status, (await refused.json())["error"]) == (429, WORDS[Language.NB]("web.data.too_often"))
    assert (await town.ask(COLLEAGUE, COLLEAGUE)).status == 200
    await clock.sleep(float(refused.headers["Retry-After"]))
    assert (await town.ask(OWNER, OWNER)).status == 200


async def test_a_store_that_is_away_is_a_sentence_and_leaves_no_record(
    town: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*words: Any, **tables: Any) -> list[FoundRow]:
        raise StoreUnavailable("away")

    monkeypatch.setattr(town.stage.store, "rows_with", away)
    assert (await town.ask(OWNER, OWNER)).status == 503
    assert await town.acts() == []


async def test_a_fault_on_the_way_breaks_the_file_off(town: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(id: str) -> StoredImage | None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(town.images, "get", away)
    with pytest.raises(aiohttp.ClientPayloadError):
        await town.ask(OWNER, OWNER)


@pytest.mark.parametrize(("data_of", "person_id"), [("", OWNER), (COLLEAGUE, COLLEAGUE)])
async def test_the_page_gets_the_id_of_the_person_also_from_a_message_of_another_channel(
    town: Archive, data_of: str, person_id: str
) -> None:
    await town.stage.post(OWNER, "privacy/1", Message(text="Dine data", data_of=data_of), channel=TEAMS)
    page = await town.client.page_with(town.tokens[OWNER])
    [entry] = page.hello["entries"]
    assert entry["message"]["data"] == {"person": person_id}
