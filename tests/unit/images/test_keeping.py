"""An image comes in through one door, and goes when its record goes."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from bot.app.clock import SystemRandomSource
from bot.app.maintenance import Maintenance
from bot.images.files import FileImages
from bot.images.intake import LOOSE_KEPT, ImageRetention, Intake
from bot.ports import IMAGE_ID, Commit, Key, RecordWrite, StoredImage, StoreUnavailable, Timer
from bot.records.codec import decode, write_of
from bot.stores.memory.store import MemoryStore
from bot.turn.job import FORGET_VERB
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Put
from dialogs.core.event import Attachment, Refusal
from dialogs.core.image import Image
from dialogs.core.nightly_run import IMAGES
from tests.timers import due_timers
from tests.unit.images.pictures import drawn, file_of

NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
SHOT = file_of(drawn())


@dataclass
class HeldClock:
    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class FullDisk(FileImages):
    async def put(self, id: str, image: StoredImage) -> None:
        raise StoreUnavailable("the disk is full")


@dataclass
class House:
    """A store, a folder and both ends of an image's life."""

    folder: Path
    clock: HeldClock = field(default_factory=HeldClock)
    store: MemoryStore = field(default_factory=MemoryStore)

    def __post_init__(self) -> None:
        self.images = FileImages(self.folder)
        self.intake = self.intake_over(self.images)
        self.keeping = ImageRetention(images=self.images, store=self.store, clock=self.clock)

    def intake_over(self, images: FileImages) -> Intake:
        return Intake(
            images=images, store=self.store, clock=self.clock, rng=SystemRandomSource(), log=structlog.get_logger()
        )

    async def take(self, raw: bytes = SHOT, *, by: str = "kari") -> Attachment:
        return await self.intake.accept(raw, person_id=by, name="skjerm.png")

    async def record(self, id_: str) -> Image:
        key = Key(kind=Image.KIND, id=id_)
        return decode(Image, (await self.store.get([key]))[key])

    async def give(self, id_: str, handoff_id: str) -> None:
        """Make an image part of a question, as the flows do."""
        key = Key(kind=Image.KIND, id=id_)
        stored = (await self.store.get([key]))[key]
        given = replace(decode(Image, stored), handoff_id=handoff_id)
        write = write_of(Put(record=given), {key: stored.version})
        await self.store.commit(Commit(at=self.clock.now(), records=(write,)))

    async def remove(self, id_: str) -> None:
        """Remove the record, as retention and erasing do."""
        write = RecordWrite(key=Key(kind=Image.KIND, id=id_), body=None)
        await self.store.commit(Commit(at=self.clock.now(), records=(write,)))

    async def refusals(self) -> list[AuditEntry]:
        entries = [decode(AuditEntry, stored) for stored in await self.store.find(AuditEntry.KIND, "all")]
        return [entry for entry in entries if entry.act == "image.refused"]

    def files(self) -> list[str]:
        return sorted(file.name for file in self.folder.iterdir()) if self.folder.is_dir() else []


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "images")


async def test_an_image_is_kept_clean_under_an_id_nobody_can_guess(house: House) -> None:
    taken = [await house.take(), await house.take()]
    assert taken[0].id != taken[1].id
    for each in taken:
        assert IMAGE_ID.fullmatch(each.id)
        assert (each.refused, each.media_type, each.name) == (None, "image/png", "skjerm.png")
        kept = await house.intake.get(each.id)
        assert kept is not None
        assert len(kept.body) == each.size_bytes
        record = await house.record(each.id)
        assert (record.person_id, record.handoff_id, record.at) == ("kari", None, NOON)
    assert house.files() == sorted(each.id for each in taken)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [(b"MZ" + bytes(600), Refusal.NOT_IMAGE), (SHOT[:8] + bytes(50 * 1024 * 1024), Refusal.TOO_LARGE)],
)
async def test_what_is_refused_is_in_the_audit_log_and_nowhere_else(house: House, raw: bytes, reason: Refusal) -> None:
    refused = await house.take(raw)
    assert (refused.refused, refused.id) == (reason, "")
    assert house.files() == []
    assert await house.store.count(Image.KIND, "loose") == 0
    [entry] = await house.refusals()
    assert (entry.by, entry.subject) == ("kari", "kari")
    assert dict(entry.details) == {"reason": str(reason), "bytes": str(len(raw))}


async def test_only_ones_own_images_can_be_sent(house: House) -> None:
    mine, theirs = await house.take(), await house.take(by="ola")
    got = await house.intake.own("kari", [mine.id, theirs.id, "image-x", "../store.lock"])
    assert [each.id for each in got] == [mine.id, "", "", ""]
    assert [each.refused for each in got] == [None, *[Refusal.UNAVAILABLE] * 3]


async def test_an_image_taken_back_is_gone_unless_somebody_has_been_shown_it(house: House) -> None:
    back, sent, theirs = await house.take(), await house.take(), await house.take(by="ola")
    await house.give(sent.id, "handoff-1")
    await house.intake.drop("kari", [back.id, sent.id, theirs.id, "image-x"])
    assert house.files() == sorted([sent.id, theirs.id])
    assert await house.intake.get(back.id) is None


async def test_an_image_cannot_be_seen_from_the_moment_its_record_is_gone_and_the_sweep_takes_the_bytes(
    house: House,
) -> None:
    gone, stays = await house.take(), await house.take()
    await house.remove(gone.id)
    assert await house.intake.get(gone.id) is None
    assert await house.keeping.sweep() == 1
    assert house.files() == [stays.id]
    assert await house.keeping.sweep() == 0


async def test_the_sweep_never_takes_what_is_just_coming_in(house: House) -> None:
    async def sweep() -> None:
        for _ in range(200):
            await house.keeping.sweep()

    taken, _ = await asyncio.gather(asyncio.gather(*(house.take() for _ in range(10))), sweep())
    assert house.files() == sorted(each.id for each in taken)


async def test_what_could_not_be_kept_leaves_nothing_for_long(house: House) -> None:
    intake = house.intake_over(FullDisk(house.folder))
    with pytest.raises(StoreUnavailable):
        await intake.accept(SHOT, person_id="kari", name="skjerm.png")
    house.clock.at += LOOSE_KEPT + timedelta(seconds=1)
    assert await house.keeping.expire() == 1
    assert await house.store.count(Image.KIND, "person:kari") == 0


async def test_an_image_that_became_nobodys_question_goes_after_two_days(house: House) -> None:
    old, sent = await house.take(), await house.take()
    await house.give(sent.id, "handoff-1")
    house.clock.at += LOOSE_KEPT - timedelta(hours=1)
    young = await house.take()
    assert await house.keeping.expire() == 0
    house.clock.at += timedelta(hours=2)
    assert await house.keeping.expire() == 1
    await house.keeping.sweep()
    assert house.files() == sorted([sent.id, young.id])
    assert await house.intake.get(old.id) is None


async def test_the_clock_clears_images_away_and_comes_back_the_next_night(house: House) -> None:
    upkeep = Maintenance(store=house.store, clock=house.clock, images=house.keeping)
    await upkeep.schedule()
    lost = await house.take()
    loose = await house.take()
    await house.remove(lost.id)
    house.clock.at += timedelta(days=3)
    [timer] = [each for each in await due_timers(house.store, now=house.clock.at, limit=9) if each.verb == IMAGES.verb]
    await upkeep.jobs[IMAGES.verb](timer)
    assert house.files() == []
    assert await house.intake.get(loose.id) is None
    [again] = [
        each
        for each in await due_timers(house.store, now=house.clock.at + timedelta(days=1), limit=9)
        if each.verb == IMAGES.verb
    ]
    assert again.at > house.clock.at


async def test_whoever_is_forgotten_has_no_image_left(house: House) -> None:
    upkeep = Maintenance(store=house.store, clock=house.clock, images=house.keeping)
    mine, theirs = await house.take(), await house.take(by="ola")
    await house.remove(mine.id)
    timer = Timer(key="forget/kari", at=NOON, verb=FORGET_VERB, data={"person_id": "kari"})
    await upkeep.jobs[FORGET_VERB](timer)
    assert house.files() == [theirs.id]
