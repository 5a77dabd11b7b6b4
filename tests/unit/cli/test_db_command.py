"""``heia db`` on a real server: status, upgrade, and copying a data folder over."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.images.files import FileImages
from bot.ports import StoredImage
from bot.stores.postgres.store import PostgresStore
from bot.stores.tiny.store import TinyStore
from dialogs.core.person import Person
from tests.contract.postgres_server import WHEEL, Server, server_of
from tests.unit.cli.conftest import Heia
from tests.unit.cli.registry_scene import NORTH, Scene

IMAGE = f"image-{7:032x}"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with server_of(WHEEL) as running:
        yield running


@pytest.fixture
def database(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with server.empty_database() as url:
        monkeypatch.setenv("HEIA_DATABASE_URL", url)
        yield url


async def fill(folder: Path) -> None:
    store = TinyStore(directory=folder)
    await store.open()
    await Scene(store, folder.parent).load("".join(f"p{n},Ansatt {n},eidsvoll,{NORTH},,,,,\n" for n in range(30)))
    await store.close()


@pytest.mark.usefixtures("database")
@pytest.mark.full
def test_status_tells_what_is_lacking_until_the_upgrade(heia: Heia) -> None:
    before = heia("db", "status")
    assert before.code == 1
    assert "lacks" in before.out
    assert "heia db upgrade" in before.err
    assert "applied" in heia("db", "upgrade").out
    assert "applied" not in heia("db", "upgrade").out
    after = heia("db", "status")
    assert (after.code, "lacks" in after.out) == (0, False)


@pytest.mark.full
def test_a_data_folder_is_copied_and_can_be_copied_again(heia: Heia, folder: Path, database: str) -> None:
    asyncio.run(fill(folder / "old"))
    image = StoredImage(body=b"\x89PNG\r\n\x1a\nbilde", media_type="image/png")
    asyncio.run(FileImages(folder / "old" / "images").put(IMAGE, image))
    refused = heia("db", "copy", "--from", "old")
    assert refused.code == 3
    assert "heia db upgrade" in refused.err
    heia("db", "upgrade")
    ran = heia("db", "copy", "--from", "old")
    assert ran.code == 0, ran.err
    assert "record" in ran.out
    assert heia("db", "copy", "--from", "old").code == 0

    async def look() -> tuple[int, StoredImage | None]:
        store = PostgresStore(url=database)
        await store.open()
        try:
            return await store.count(Person.KIND, "registered"), await store.images.get(IMAGE)
        finally:
            await store.close()

    assert asyncio.run(look()) == (30, image)
    assert heia("registry", "export", "-").out.count("\n") == 31


@pytest.mark.usefixtures("database")
@pytest.mark.full
def test_a_folder_without_a_store_is_refused_and_left_alone(heia: Heia, folder: Path) -> None:
    (folder / "empty").mkdir()
    assert heia("db", "copy", "--from", "empty").code == 3
    assert list((folder / "empty").iterdir()) == []


def test_without_a_database_it_is_said_what_to_set(heia: Heia) -> None:
    for command in ("status", "upgrade"):
        ran = heia("db", command)
        assert (ran.code, "HEIA_DATABASE_URL" in ran.err) == (2, True)


def test_a_database_that_does_not_answer_is_said_without_a_traceback_or_password(
    heia: Heia, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEIA_DATABASE_URL", "postgresql://heia:hunter2@127.0.0.1:1/heia")
    for command in (("db", "status"), ("registry", "export", "-")):
        ran = heia(*command)
        assert ran.code == 3
        assert "cannot be reached" in ran.err
        assert "hunter2" not in ran.err
        assert "Traceback" not in ran.err


@pytest.mark.parametrize("command", ["status", "upgrade", "copy"])
def test_help_has_an_example(heia: Heia, command: str) -> None:
    assert f"Example: heia db {command}" in heia("db", command, "--help").out
