"""What every place for images does: as files, and in PostgreSQL."""

import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.images.files import FileImages
from bot.ports import Images, StoredImage, StoreUnavailable
from bot.stores.postgres.store import PostgresStore
from tests.contract import postgres_server
from tests.contract.conftest import Servers

ONE, TWO, THREE = (f"image-{number:032x}" for number in (1, 2, 3))
PNG = StoredImage(body=b"\x89PNG\r\n\x1a\n" + bytes(range(256)), media_type="image/png")
JPEG = StoredImage(body=b"\xff\xd8\xff" + bytes(reversed(range(256))) * 4000, media_type="image/jpeg")
STRANGE = ["", "..", "image-1", "../" + ONE, ONE + "/x", ONE.upper(), ONE + "\n", "image-" + "\0" * 32, "store.lock"]


@pytest.fixture(params=["files", *postgres_server.KINDS])
def url(request: pytest.FixtureRequest, servers: Servers) -> Iterator[str | None]:
    """The database the images lie in; None for files."""
    if request.param == "files":
        yield None
        return
    with servers(request.param).used_database() as made:
        yield made


@pytest.fixture
async def images(url: str | None, tmp_path: Path) -> AsyncIterator[Images]:
    if url is None:
        yield FileImages(tmp_path / "images")
        return
    store = PostgresStore(url=url)
    await store.open()
    yield store.images
    await store.close()


async def kept(images: Images) -> set[str]:
    found = [id_ async for id_ in images.ids()]
    assert len(found) == len(set(found))
    return set(found)


async def test_an_image_is_found_as_it_was_put(images: Images) -> None:
    await images.put(ONE, PNG)
    await images.put(TWO, JPEG)
    assert await images.get(ONE) == PNG
    assert await images.get(TWO) == JPEG
    assert await images.get(THREE) is None
    assert await kept(images) == {ONE, TWO}


async def test_of_two_puts_the_last_counts(images: Images) -> None:
    await images.put(ONE, JPEG)
    await images.put(ONE, PNG)
    assert await images.get(ONE) == PNG
    assert await kept(images) == {ONE}


async def test_what_is_forgotten_is_gone_and_the_rest_stays(images: Images) -> None:
    await images.put(ONE, PNG)
    await images.put(TWO, PNG)
    await images.delete([ONE, THREE])
    assert await images.get(ONE) is None
    assert await kept(images) == {TWO}
    await images.delete([])
    await images.delete([TWO])
    assert await kept(images) == set()


async def test_an_empty_place_holds_nothing(images: Images) -> None:
    assert await kept(images) == set()
    await images.delete([ONE])


@pytest.mark.parametrize("id_", STRANGE)
async def test_nothing_but_an_images_id_leads_anywhere(images: Images, tmp_path: Path, id_: str) -> None:
    await images.put(ONE, PNG)
    (tmp_path / "store.lock").write_bytes(PNG.body)
    assert await images.get(id_) is None
    with pytest.raises(ValueError, match="not the id"):
        await images.put(id_, PNG)
    await images.delete([id_])
    assert (tmp_path / "store.lock").exists()
    assert await kept(images) == {ONE}


@pytest.mark.full
async def test_many_are_listed_page_by_page(images: Images) -> None:
    ids = {f"image-{number:032x}" for number in range(1100)}
    small = StoredImage(body=PNG.body[:9], media_type="image/png")
    for id_ in ids:
        await images.put(id_, small)
    assert await kept(images) == ids


async def test_files_are_for_their_owner_alone_and_half_written_ones_are_cleared_away(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "images"
    images = FileImages(folder)
    await images.put(ONE, PNG)
    assert (folder.stat().st_mode & 0o777, (folder / ONE).stat().st_mode & 0o777) == (0o700, 0o600)
    (folder / f"{TWO}.new").write_bytes(b"half")
    assert await kept(images) == {ONE}
    assert [file.name for file in folder.iterdir()] == [ONE]


async def test_a_file_that_another_process_is_writing_is_left_alone(tmp_path: Path) -> None:
    images = FileImages(tmp_path)
    with (tmp_path / f"{ONE}.new").open("wb") as writing:
        fcntl.flock(writing, fcntl.LOCK_EX)
        assert await kept(images) == set()
    assert os.listdir(tmp_path) == [f"{ONE}.new"]
    assert await kept(images) == set()
    assert os.listdir(tmp_path) == []


async def test_a_place_that_cannot_be_used_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "images").write_text("not a folder")
    images = FileImages(tmp_path / "images")
    with pytest.raises(StoreUnavailable):
        await images.put(ONE, PNG)
