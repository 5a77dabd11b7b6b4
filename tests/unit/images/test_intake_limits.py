"""What images may take up is bounded for each person, address and all guests, and nobody shuts the door for others."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.images import intake
from bot.images.intake import MAX_KEPT, MAX_LOOSE, MAX_LOOSE_OF_SOURCE
from bot.ports import Key
from dialogs.core.event import Attachment, Refusal
from dialogs.core.image import LOOSE_OF_GUESTS, Image
from tests.unit.images.pictures import png_claiming
from tests.unit.images.test_keeping import SHOT, House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "images")


async def bring(house: House, by: str = "kari", *, source: str = "", factor: float = 1.0) -> Attachment:
    house.clock.at += timedelta(seconds=4)
    return await house.intake.accept(SHOT, person_id=by, name="skjerm.png", source=source, factor=factor)


async def is_there(house: House, each: Attachment) -> bool:
    return bool(await house.store.get([Key(kind=Image.KIND, id=each.id)])) and each.id in house.files()


@pytest.mark.full
async def test_a_further_image_takes_the_place_of_the_persons_oldest_unsent_one(house: House) -> None:
    others = await bring(house, "ola")
    first, second, *rest = [await bring(house) for _ in range(MAX_LOOSE)]
    assert (await bring(house)).refused is None
    assert not await is_there(house, first)
    assert all([await is_there(house, each) for each in (second, *rest, others)])
    assert len(house.files()) == MAX_LOOSE + 1


@pytest.mark.full
async def test_a_sent_image_never_gives_way(house: House) -> None:
    sent = await bring(house)
    await house.give(sent.id, "handoff-1")
    for _ in range(MAX_LOOSE + 3):
        await bring(house)
    assert await is_there(house, sent)


@pytest.mark.full
async def test_one_guest_cannot_shut_off_images_for_other_guests(house: House) -> None:
    honest = await bring(house, "guest-honest", source="198.51.100.7")
    for _ in range(3 * MAX_LOOSE):
        await bring(house, "guest-greedy", source="192.0.2.1")
    assert await is_there(house, honest)
    assert (await bring(house, "guest-new", source="198.51.100.7")).refused is None


@pytest.mark.full
async def test_many_guests_of_one_address_push_out_their_own_images_only(house: House) -> None:
    honest = await bring(house, "guest-honest", source="198.51.100.7")
    greedy = [await bring(house, f"guest-{number}", source="192.0.2.1") for number in range(MAX_LOOSE_OF_SOURCE + 5)]
    assert await is_there(house, honest)
    assert [await is_there(house, each) for each in greedy] == [False] * 5 + [True] * MAX_LOOSE_OF_SOURCE
    await house.give(greedy[5].id, "handoff-1")
    await bring(house, "guest-last", source="192.0.2.1")
    assert await is_there(house, greedy[6])


@pytest.mark.parametrize(("by", "refused"), [("guest-1", Refusal.TOO_LARGE), ("kari", Refusal.NOT_IMAGE)])
async def test_a_guests_picture_may_have_fewer_pixels_and_is_judged_before_it_is_decoded(
    house: House, by: str, refused: Refusal
) -> None:
    # Nothing of it can be decoded: only who may have so many pixels is told that it is broken.
    raw = png_claiming(5_000, 5_000).replace(b"IDAT\x78", b"IDAT\x00")
    assert (await house.intake.accept(raw, person_id=by, name="stor.png")).refused is refused


async def test_all_guests_together_are_bounded_and_employees_are_not_touched(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MAX_LOOSE_OF_GUESTS", 6)
    employees = await bring(house, "kari")
    brought = [await bring(house, f"guest-{number}", source=f"192.0.2.{number}") for number in range(9)]
    assert await house.store.count(Image.KIND, LOOSE_OF_GUESTS) == 6
    assert [await is_there(house, each) for each in brought] == [False] * 3 + [True] * 6
    assert await is_there(house, employees)


async def test_what_one_person_has_sent_is_bounded_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MAX_KEPT", 3)
    for _ in range(2):
        await house.give((await bring(house)).id, "handoff-1")
    loose = await bring(house)
    last = await bring(house)
    assert not await is_there(house, loose)
    await house.give(last.id, "handoff-1")
    assert (await bring(house)).refused is Refusal.TOO_MANY
    assert (await bring(house, "ola")).refused is None
    assert MAX_KEPT > MAX_LOOSE


async def test_refusals_of_one_guest_write_one_row_however_many_they_are(house: House) -> None:
    for _ in range(50):
        await house.intake.accept(b"MZ" + bytes(20), person_id="guest-1", name="x.exe")
        assert len(await house.refusals()) == 1


@pytest.mark.full
async def test_an_address_that_stands_for_many_people_has_as_many_times_the_room(house: House) -> None:
    number = MAX_LOOSE_OF_SOURCE + 5
    brought = [await bring(house, f"guest-{each}", source="192.0.2.1", factor=2.0) for each in range(number)]
    assert all([await is_there(house, each) for each in brought])


@pytest.mark.parametrize("who", ["one", "many"])
@pytest.mark.full
async def test_a_loop_of_uploads_is_slowed_down_for_its_own_address_only(house: House, who: str) -> None:
    refused = 0
    for number in range(intake.UPLOADS.burst + 10):
        by = "guest-1" if who == "one" else f"guest-{number}"
        taken = await house.intake.accept(SHOT, person_id=by, name="", source="192.0.2.1")
        refused += taken.refused is Refusal.TOO_MANY
    assert refused == 10
    for by in ("guest-1", "guest-2"):
        source = "198.51.100.7" if who == "many" or by == "guest-2" else "192.0.2.1"
        taken = await house.intake.accept(SHOT, person_id=f"{by}-other", name="", source=source)
        assert (taken.refused is None) is (source != "192.0.2.1")
