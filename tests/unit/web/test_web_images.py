"""Images on the web: brought, shown to their two people and nobody else, taken back, refused in one's own language."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from bot.channels.web.chat.frame import FrameRefused, Say, parse
from bot.channels.web.chat.images import MAX_UPLOADS
from bot.images.cleaning import MAX_BYTES
from bot.images.files import FileImages
from bot.images.intake import MAX_LOOSE
from bot.ports import Commit, Key, RecordWrite, StoredImage, StoreUnavailable
from dialogs.core.event import Refusal, Said
from dialogs.core.image import Image
from dialogs.core.message import Message
from knowledge.article.article import Language
from tests.channels import TEAMS
from tests.e2e.browser.stage import Stage
from tests.unit.images.pictures import drawn, file_of
from tests.unit.web.conftest import Client, SetUp

ME, OTHER = "ansatt-1", "ansatt-2"
SHOT = file_of(drawn())


class Visit:
    """Somebody's session, to bring and ask for images with."""

    def __init__(self, client: Client, token: str) -> None:
        self.client = client
        self.token = token

    async def ask(self, method: str, path: str, **more: Any) -> aiohttp.ClientResponse:
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return await self.client.ask(method, path, headers=headers, **more)

    async def bring(self, raw: bytes = SHOT, **more: Any) -> str:
        answer = await self.ask("POST", "/chat/images", data=raw, **more)
        assert answer.status == 200, await answer.text()
        return str((await answer.json())["id"])

    async def sees(self, address: str) -> int:
        return (await self.ask("GET", address)).status


@pytest.fixture
async def house(set_up: SetUp, tmp_path: Path) -> tuple[Stage, Client]:
    return await set_up(images=FileImages(tmp_path / "images"))


async def visit(client: Client, person_id: str) -> Visit:
    return Visit(client, await client.badge(person_id))


def said(stage: Stage) -> Said:
    what = stage.inbox.received[-1].what
    assert isinstance(what, Said)
    return what


async def test_an_image_brought_and_sent_is_in_ones_own_words_and_handed_in(house: tuple[Stage, Client]) -> None:
    stage, client = house
    me = await visit(client, ME)
    id_ = await me.bring()
    page = await client.page_with(me.token)
    await page.say({"type": "say", "id": str(uuid4()), "text": "se her", "images": [id_]})
    push = await page.hear("said")
    await page.hear("ack")
    [attachment] = said(stage).attachments
    assert (attachment.id, attachment.refused, attachment.media_type) == (id_, None, "image/png")
    assert await me.sees(push["images"][0]) == 200
    again = await client.page_with(me.token)
    assert [entry["images"] for entry in again.hello["entries"] if entry["type"] == "said"] == [push["images"]]


async def test_an_image_alone_says_enough(house: tuple[Stage, Client]) -> None:
    stage, client = house
    me = await visit(client, ME)
    page = await client.page_with(me.token)
    await page.say({"type": "say", "id": str(uuid4()), "text": "", "images": [await me.bring()]})
    await page.hear("ack")
    assert (said(stage).utterance, len(said(stage).attachments)) == ("", 1)


async def test_only_the_one_an_address_was_made_for_sees_the_image(house: tuple[Stage, Client]) -> None:
    stage, client = house
    me, other = await visit(client, ME), await visit(client, OTHER)
    id_ = await me.bring()
    mine, theirs = await client.page_with(me.token), await client.page_with(other.token)
    await stage.post(ME, "a", Message(text="ditt", image_id=id_))
    await stage.post(OTHER, "a", Message(text="til deg", image_id=id_))
    my_address = (await mine.hear("message"))["message"]["image"]
    their_address = (await theirs.hear("message"))["message"]["image"]
    assert my_address != their_address
    answer = await other.ask("GET", their_address)
    assert (answer.status, answer.content_type) == (200, "image/png")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert await me.sees(my_address) == 200
    third = await visit(client, "ambassador-1")
    for stranger in (third, other):
        assert await stranger.sees(my_address) == 404
    assert await third.sees(their_address) == 404
    for address in (my_address, their_address):
        assert (await client.ask("GET", address)).status == 404
        assert (await me.ask("GET", address, headers={"Origin": "https://elsewhere.example"})).status == 404
    assert await me.sees(my_address.partition("?")[0]) == 404
    assert await me.sees(my_address + "x") == 404


async def test_the_cookie_of_a_signed_in_person_opens_their_images_and_no_others(set_up: SetUp, tmp_path: Path) -> None:
    stage, client = await set_up(dev=False, allow_guests=True, images=FileImages(tmp_path / "images"))
    assert (await client.ask("POST", "/chat/guest")).status == 200
    answer = await client.ask("POST", "/chat/images", data=SHOT)
    assert answer.status == 200
    id_ = (await answer.json())["id"]
    page = await client.page_with(None)
    guest_id = page.hello["person"]["id"]
    await stage.post(guest_id, "a", Message(text="ditt", image_id=id_))
    address = (await page.hear("message"))["message"]["image"]
    assert (await client.ask("GET", address)).status == 200
    async with Client(stage) as second:
        assert (await second.ask("POST", "/chat/guest")).status == 200
        assert (await second.ask("GET", address)).status == 404


async def test_an_image_is_gone_with_its_record(house: tuple[Stage, Client]) -> None:
    stage, client = house
    me = await visit(client, ME)
    id_ = await me.bring()
    page = await client.page_with(me.token)
    await stage.post(ME, "a", Message(text="ditt", image_id=id_))
    address = (await page.hear("message"))["message"]["image"]
    write = RecordWrite(key=Key(kind=Image.KIND, id=id_), body=None)
    await stage.store.commit(Commit(at=stage.clock.now(), records=(write,)))
    assert await me.sees(address) == 404


async def test_an_attached_image_can_be_taken_back_by_its_owner_alone(house: tuple[Stage, Client]) -> None:
    stage, client = house
    me, other = await visit(client, ME), await visit(client, OTHER)
    id_ = await me.bring()
    assert (await other.ask("DELETE", f"/chat/images/{id_}")).status == 200
    assert await stage.store.count(Image.KIND, "loose") == 1
    assert (await me.ask("DELETE", f"/chat/images/{id_}")).status == 200
    assert await stage.store.count(Image.KIND, "loose") == 0
    assert (await client.ask("DELETE", f"/chat/images/{id_}")).status == 401


async def test_somebody_elses_image_cannot_be_sent(house: tuple[Stage, Client]) -> None:
    stage, client = house
    me, other = await visit(client, ME), await visit(client, OTHER)
    id_ = await other.bring()
    page = await client.page_with(me.token)
    await page.say({"type": "say", "id": str(uuid4()), "text": "se her", "images": [id_]})
    assert (await page.hear("said"))["images"] == []
    await page.hear("ack")
    [attachment] = said(stage).attachments
    assert (attachment.id, attachment.refused) == ("", Refusal.UNAVAILABLE)


@pytest.mark.parametrize(
    ("raw", "status", "begins"),
    [
        (b"MZ" + bytes(900), 415, "Heia tar bare imot bilder"),
        (b"", 415, "Heia tar bare imot bilder"),
        (SHOT[:8] + bytes(50 * 1024 * 1024), 413, "Bildet er for stort"),
    ],
)
async def test_what_is_no_image_or_too_large_is_refused_in_words_and_in_the_audit_log(
    house: tuple[Stage, Client], raw: bytes, status: int, begins: str
) -> None:
    stage, client = house
    me = await visit(client, ME)
    try:
        answer = await me.ask("POST", "/chat/images", data=io.BytesIO(raw), headers={"Content-Type": "image/png"})
    except aiohttp.ClientConnectionError:
        assert status == 413  # the server does not wait for 50 MB it will not read
    else:
        assert answer.status == status
        assert (await answer.json())["error"].startswith(begins)
    assert await stage.store.count(Image.KIND, "loose") == 0
    assert await stage.store.count("audit", "act:image.refused") == 1


@pytest.mark.full
async def test_a_body_that_never_said_how_large_it_is_is_cut_off(house: tuple[Stage, Client]) -> None:
    _, client = house
    me = await visit(client, ME)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 200 * MAX_BYTES:
            yield bytes(64 * 1024)
            sent += 64 * 1024

    try:
        answer = await me.ask("POST", "/chat/images", data=endless())
    except aiohttp.ClientConnectionError:
        pass
    else:
        assert answer.status == 413
        answer.close()
    assert MAX_BYTES <= sent < 4 * MAX_BYTES


async def test_the_refusal_is_in_the_persons_language(house: tuple[Stage, Client]) -> None:
    stage, client = house
    stage.languages[ME] = Language.NN
    me = await visit(client, ME)
    answer = await me.ask("POST", "/chat/images", data=b"MZ")
    assert (await answer.json())["error"].startswith("Heia tek berre imot bilete")


@pytest.mark.full
async def test_a_further_image_takes_the_place_of_the_oldest_unsent_one(house: tuple[Stage, Client]) -> None:
    stage, client = house
    me = await visit(client, ME)
    for _ in range(MAX_LOOSE + 2):
        await me.bring()
    assert await stage.store.count(Image.KIND, "loose") == MAX_LOOSE


@pytest.mark.full
async def test_a_hundred_uploads_at_once_are_all_answered(house: tuple[Stage, Client]) -> None:
    stage, client = house
    me = await visit(client, ME)
    answers = await asyncio.gather(*(me.ask("POST", "/chat/images", data=SHOT) for _ in range(100)))
    statuses = [answer.status for answer in answers]
    assert set(statuses) <= {200, 429}
    assert statuses.count(200) > 0
    assert await stage.store.count(Image.KIND, "loose") <= MAX_LOOSE


async def test_guests_who_bring_images_slowly_keep_nobody_else_waiting(set_up: SetUp, tmp_path: Path) -> None:
    stage, client = await set_up(images=FileImages(tmp_path / "images"), allow_guests=True)
    done, begun = asyncio.Event(), asyncio.Semaphore(0)

    async def trickle() -> AsyncIterator[bytes]:
        yield SHOT[:10]
        begun.release()
        await done.wait()
        yield SHOT[10:]

    async with AsyncExitStack() as stack:
        guests = [await stack.enter_async_context(Client(stage)) for _ in range(MAX_UPLOADS)]
        slow = []
        for guest in guests:
            assert (await guest.ask("POST", "/chat/guest")).status == 200
            slow.append(asyncio.create_task(guest.ask("POST", "/chat/images", data=trickle())))
        for _ in slow:
            await begun.acquire()
        assert (await client.ask("GET", "/chat")).status == 200
        async with asyncio.timeout(10):
            await (await visit(client, ME)).bring()
        done.set()
        assert {answer.status for answer in await asyncio.gather(*slow)} == {200}


async def test_nobody_brings_an_image_unseen_or_from_another_site(house: tuple[Stage, Client]) -> None:
    _, client = house
    me = await visit(client, ME)
    assert (await client.ask("POST", "/chat/images", data=SHOT)).status == 401
    for foreign in ({"Origin": "https://elsewhere.example"}, {"Origin": "null"}):
        assert (await me.ask("POST", "/chat/images", data=SHOT, headers=foreign)).status == 403
        assert (await me.ask("DELETE", "/chat/images/x", headers=foreign)).status == 403


async def test_while_nothing_can_be_kept_that_is_said(set_up: SetUp, tmp_path: Path) -> None:
    class FullDisk(FileImages):
        async def put(self, id: str, image: StoredImage) -> None:
            raise StoreUnavailable("the disk is full")

    _, client = await set_up(images=FullDisk(tmp_path))
    me = await visit(client, ME)
    answer = await me.ask("POST", "/chat/images", data=SHOT)
    assert (answer.status, "lastet opp" in (await answer.json())["error"]) == (503, True)


async def test_an_image_that_landed_in_another_channel_is_here_too(house: tuple[Stage, Client]) -> None:
    stage, client = house
    me = await visit(client, ME)
    id_ = await me.bring()
    await stage.post(ME, "a", Message(text="i Teams", image_id=id_), channel=TEAMS, push=False)
    page = await client.page_with(me.token)
    [entry] = page.hello["entries"]
    assert await me.sees(entry["message"]["image"]) == 200


@pytest.mark.parametrize(
    "images",
    [
        ["image-1"],
        ["../x"],
        [7],
        "image-" + "0" * 32,
        ["image-" + "0" * 32 + "\n"],
        [f"image-{n:032x}" for n in range(5)],
        [],
    ],
)
def test_frames_name_nothing_but_images_and_not_many(images: Any) -> None:
    frame = {"type": "say", "id": str(uuid4()), "text": "", "images": images}
    with pytest.raises(FrameRefused):
        parse(json.dumps(frame))


def test_frames_name_images() -> None:
    id_ = f"image-{7:032x}"
    frame = parse(f'{{"type": "say", "id": "{uuid4()}", "text": " ", "images": ["{id_}"]}}')
    assert isinstance(frame, Say)
    assert frame.images == [id_]
