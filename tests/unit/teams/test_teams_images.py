"""Images in Teams: fetched from the service alone, shown inside the message, and never left out in silence."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.app.clock import SystemRandomSource
from bot.channels.teams.adapter import TeamsAdapter
from bot.channels.teams.attachment import Files
from bot.channels.teams.bearer import DevAuthenticator
from bot.channels.teams.connector import Connector
from bot.channels.teams.handler import HeiaBot
from bot.channels.teams.registration import AllowedHosts
from bot.channels.teams.render import MAX_INLINE_BYTES, Picture, TeamsImages
from bot.channels.teams.setup import TeamsEndpoint
from bot.content.catalogue import load_catalogue
from bot.images.cleaning import MAX_BYTES
from bot.images.files import FileImages
from bot.images.intake import Intake
from bot.ports import (
    Commit,
    Delivery,
    DeliveryStatus,
    Faulted,
    Incoming,
    Landed,
    PostWrite,
    Sender,
    Settled,
    StoredImage,
    StoreUnavailable,
    Turn,
)
from bot.records.codec import write_of
from bot.report.files import SCALE, Reports, plan_png
from bot.stores.memory.store import MemoryStore
from bot.support.outbound import open_session
from dialogs.announce.audience import Audience
from dialogs.announce.model import Announcement, AnnouncementState, Wording
from dialogs.core.decision import Put
from dialogs.core.event import Refusal, Said
from dialogs.core.image import MAX_AT_ONCE, Image
from dialogs.core.message import Message
from dialogs.core.milestone import Certainty, Milestone
from dialogs.core.person import Address, Person, Role
from dialogs.core.texts import Texts
from dialogs.rollout.timeline.picture import NARROW, PlanPicture, plan_picture
from dialogs.rollout.timeline.plan import PlanLine
from dialogs.teams_membership.model import CHANNEL
from knowledge.article.article import Language
from tests.channels import WEB
from tests.fakes import connector as fake
from tests.unit.announce.town import Town, person
from tests.unit.driver import TUESDAY
from tests.unit.images.pictures import drawn, file_of, noise, opened
from tests.unit.teams.conftest import ACTIVITY, APP, CARD, TENANT, HeldClock, RecordingInbox

SHOT = file_of(drawn())
TEXTS = load_catalogue()[Language.NB]


@dataclass
class Renewed:
    """Tokens of which the first is old."""

    forgotten: int = 0

    async def get(self, app_id: str) -> str | None:
        return f"{app_id}-{self.forgotten}"

    def discard(self, app_id: str) -> None:
        self.forgotten += 1


@dataclass
class Attic:
    """The place at the service where pasted images lie."""

    asked: list[tuple[str, str]] = field(default_factory=list)
    accepts: str = ""
    url: str = ""

    async def give(self, request: web.Request) -> web.StreamResponse:
        name, token = request.match_info["name"], request.headers.get("Authorization", "")
        self.asked.append((name, token))
        if self.accepts and token != self.accepts:
            return web.Response(status=401)
        match name:
            case "shot":
                return web.Response(body=SHOT, content_type="image/png")
            case "program":
                return web.Response(body=b"MZ" + bytes(900), content_type="image/png")
            case "moved":
                return web.Response(status=302, headers={"Location": f"{self.url}/shot"})
            case "slow":
                await asyncio.sleep(30)
            case "endless":
                response = web.StreamResponse()
                await response.prepare(request)
                for _ in range(MAX_BYTES // 65_536 + 10):
                    await response.write(bytes(65_536))
                return response
        return web.Response(status=404)


class FullDisk(FileImages):
    async def get(self, id: str) -> StoredImage | None:
        raise StoreUnavailable("the disk is away")


@dataclass
class House:
    """The Teams channel over a folder of images."""

    attic: Attic
    store: MemoryStore
    intake: Intake
    inbox: RecordingInbox
    url: str
    session: aiohttp.ClientSession
    service_url: str

    async def write(self, *attachments: dict[str, Any], **changes: Any) -> int:
        activity = {**ACTIVITY, "serviceUrl": self.service_url, "attachments": list(attachments), **changes}
        async with self.session.post(self.url, json=activity) as answer:
            return answer.status

    def said(self) -> Said:
        what = self.inbox.received[-1].what
        assert isinstance(what, Said)
        return what

    def pasted(self, name: str = "shot") -> dict[str, Any]:
        return {"contentType": "image/*", "contentUrl": f"{self.attic.url}/{name}"}

    async def kept(self) -> int:
        return await self.store.count(Image.KIND, "loose")


@pytest.fixture
async def attic() -> AsyncIterator[Attic]:
    there = Attic()
    app = web.Application()
    app.router.add_get("/v3/attachments/{name}", there.give)
    async with TestServer(app) as server:
        there.url = str(server.make_url("/v3/attachments"))
        yield there


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def intake(tmp_path: Path, store: MemoryStore, clock: HeldClock) -> Intake:
    return make_intake(FileImages(tmp_path / "images"), store, clock)


def make_intake(images: FileImages, store: MemoryStore, clock: HeldClock) -> Intake:
    return Intake(images=images, store=store, clock=clock, rng=SystemRandomSource(), log=structlog.get_logger())


@pytest.fixture
async def house(
    attic: Attic, store: MemoryStore, intake: Intake, connector: fake.Connector, adapter: TeamsAdapter
) -> AsyncIterator[House]:
    hosts, log, inbox, tokens = AllowedHosts(loopback=True), structlog.get_logger(), RecordingInbox(), Renewed()
    async with open_session() as session:
        out = Connector(session=session, tokens=tokens, hosts=hosts, clock=HeldClock(), log=log, total_seconds=1.0)
        bot = HeiaBot(inbox=inbox, files=Files(connector=out, intake=intake, who=who))
        endpoint = TeamsEndpoint(adapter=adapter, bot=bot, authenticator=DevAuthenticator(hosts=hosts), log=log)
        app = web.Application()
        app.router.add_post("/api/messages", endpoint.handle)
        async with TestServer(app) as server:
            yield House(
                attic=attic,
                store=store,
                intake=intake,
                inbox=inbox,
                url=str(server.make_url("/api/messages")),
                session=session,
                service_url=connector.service_url(TENANT),
            )


async def who(sender: Sender) -> str:
    return f"person-{sender.object_id}"


async def test_a_pasted_image_is_fetched_with_the_bots_token_and_kept(house: House) -> None:
    assert await house.write({"contentType": "text/html", "content": "<div></div>"}, house.pasted()) == 200
    [attachment] = house.said().attachments
    assert (attachment.refused, attachment.media_type) == (None, "image/png")
    kept = await house.intake.get(attachment.id)
    assert kept is not None
    assert opened(kept.body).size == (400, 300)
    assert house.attic.asked == [("shot", f"Bearer {APP}-0")]
    assert [
        each.id for each in await house.intake.own(f"person-{ACTIVITY['from']['aadObjectId']}", [attachment.id])
    ] == [attachment.id]


async def test_a_token_the_service_refuses_is_renewed_once(house: House) -> None:
    house.attic.accepts = f"Bearer {APP}-1"
    await house.write(house.pasted())
    assert [each.refused for each in house.said().attachments] == [None]
    house.attic.accepts = "nothing"
    await house.write(house.pasted())
    assert [each.refused for each in house.said().attachments] == [Refusal.UNAVAILABLE]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("program", Refusal.NOT_IMAGE),
        ("endless", Refusal.TOO_LARGE),
        ("moved", Refusal.UNAVAILABLE),
        ("slow", Refusal.UNAVAILABLE),
        ("nothing", Refusal.UNAVAILABLE),
    ],
)
@pytest.mark.quick(1)
async def test_what_cannot_be_taken_in_is_handed_in_as_refused(house: House, name: str, reason: Refusal) -> None:
    assert await house.write(house.pasted(name)) == 200
    assert [each.refused for each in house.said().attachments] == [reason]
    assert house.said().utterance == ACTIVITY["text"]
    assert await house.kept() == 0
    assert len(house.attic.asked) == 1
    assert await house.store.count("audit", "act:image.refused") == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://attacker.example/v3/attachments/x",
        "http://169.254.169.254/latest/meta-data",
        "https://smba.trafficmanager.net@attacker.example/x",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "http://[",
        "//",
        "https://smba.trafficmanager.net.attacker.example/x",
    ],
)
async def test_no_host_but_the_services_is_asked(house: House, url: str) -> None:
    assert await house.write({"contentType": "image/png", "contentUrl": url}) == 200
    assert [each.refused for each in house.said().attachments] == [Refusal.ELSEWHERE]
    assert house.attic.asked == []


async def test_a_file_of_the_persons_onedrive_is_not_fetched(house: House) -> None:
    download = {
        "contentType": "application/vnd.microsoft.teams.file.download.info",
        "contentUrl": "https://kommune.sharepoint.com/x",
        "name": "skjerm.png",
        "content": {"downloadUrl": f"{house.attic.url}/shot", "fileType": "png"},
    }
    await house.write(download)
    [attachment] = house.said().attachments
    assert (attachment.refused, attachment.name) == (Refusal.ELSEWHERE, "skjerm.png")
    assert house.attic.asked == []


async def test_what_is_no_file_is_no_attachment_and_what_is_no_image_is_refused(house: House) -> None:
    await house.write(
        {"contentType": "text/html", "content": "<p>hei</p>"},
        {"contentType": "application/vnd.microsoft.card.adaptive", "content": {}},
        {"contentType": "messageReference", "content": "{}"},
        {},
        {"contentType": "video/mp4", "contentUrl": f"{house.attic.url}/shot", "name": "film.mp4"},
    )
    assert [(each.name, each.refused) for each in house.said().attachments] == [("film.mp4", Refusal.NOT_IMAGE)]
    assert house.attic.asked == []


async def test_more_than_one_message_may_bring_are_refused_unfetched(house: House) -> None:
    await house.write(*(house.pasted() for _ in range(MAX_AT_ONCE + 2)))
    reasons = [each.refused for each in house.said().attachments]
    assert reasons == [None] * MAX_AT_ONCE + [Refusal.TOO_MANY] * 2
    assert len(house.attic.asked) == MAX_AT_ONCE


async def test_where_others_read_along_images_are_not_even_fetched(house: House) -> None:
    group = {"id": "19:group@thread.v2", "conversationType": "groupChat", "tenantId": TENANT, "isGroup": True}
    mention = {"type": "mention", "text": "<at>Heia</at>", "mentioned": {"id": f"28:{APP}", "name": "Heia"}}
    await house.write(house.pasted(), conversation=group, entities=[mention])
    assert [each.refused for each in house.said().attachments] == [Refusal.NOT_HERE]
    assert house.attic.asked == []


async def test_a_message_that_comes_again_leaves_no_second_image(house: House) -> None:
    async def again(_: Incoming) -> Turn:
        return Turn(duplicate=len(house.inbox.received) > 1)

    house.inbox.answer = again
    await house.write(house.pasted())
    await house.write(house.pasted())
    assert (len(house.inbox.received), await house.kept()) == (2, 1)


async def test_nobody_without_an_identity_gets_anything_fetched(house: House) -> None:
    assert await house.write(house.pasted(), **{"from": {"id": "29:x", "name": "Hvem"}}) == 403
    assert house.attic.asked == []


@pytest.mark.parametrize(
    "attachment", [{"contentType": 5}, {"contentUrl": []}, {"name": {}}, {"contentType": "image/png", "contentUrl": 1}]
)
async def test_attachments_of_the_wrong_type_are_refused(house: House, attachment: dict[str, Any]) -> None:
    assert await house.write(attachment) == 400
    assert house.inbox.received == []


# What goes out


@dataclass
class Out:
    """The way out, and what stood in the chat afterwards."""

    intake: Intake
    adapter: TeamsAdapter
    hand: fake.Connector
    place: Address
    owed: Callable[..., Delivery]

    async def show(self, raw: bytes, *, card: Any = CARD) -> dict[str, Any]:
        taken = await self.intake.accept(raw, person_id="ola", name="")
        return await self.show_id(taken.id, card=card)

    async def show_id(self, image_id: str, *, card: Any = CARD) -> dict[str, Any]:
        message = Message(text="Ola skriver", card=card, image_id=image_id)
        assert isinstance(await self.adapter.send(self.owed(message), self.place, message), Landed)
        call = (await self.hand.calls())[-1]
        activity: dict[str, Any] = call.body
        return activity


async def norwegian(_: str) -> Texts:
    return TEXTS


async def link_of(person_id: str) -> str:
    return f"https://heia.example/{person_id}"


@pytest.fixture
def out(
    intake: Intake,
    make_adapter: Callable[..., TeamsAdapter],
    connector: fake.Connector,
    place: Address,
    owed: Callable[..., Delivery],
) -> Out:
    pictures = TeamsImages(intake=intake, texts_of=norwegian, link=link_of)
    return Out(intake=intake, adapter=make_adapter(pictures=pictures), hand=connector, place=place, owed=owed)


def words(activity: dict[str, Any]) -> str:
    return "".join(str(each) for each in activity["attachments"][0]["content"]["body"] if each["type"] != "Image")


def images(activity: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the images of the one card. Of two attachments Teams makes two messages, and gives no id."""
    [attachment] = activity["attachments"]
    return [each for each in attachment["content"]["body"] if each["type"] == "Image"]


async def test_an_image_that_fits_is_shown_whole_in_its_card(out: Out) -> None:
    activity = await out.show(SHOT)
    [image] = images(activity)
    assert activity["attachments"][0]["content"]["body"] == [*CARD["body"], image]
    kind, _, data = image["url"].partition(",")
    assert (kind, image["altText"]) == ("data:image/png;base64", "Bilde til meldingen")
    assert opened(base64.b64decode(data)).size == (400, 300)
    assert "text" not in activity


@pytest.mark.full
async def test_a_larger_one_is_made_smaller_and_says_where_the_whole_is(out: Out) -> None:
    screen = noise(60, 40).resize((800, 500))
    activity = await out.show(file_of(screen, "PNG"))
    [image] = images(activity)
    kind, _, data = image["url"].partition(",")
    assert len(base64.b64decode(data)) <= MAX_INLINE_BYTES
    assert kind == "data:image/jpeg;base64"
    assert "Bildet er forminsket. [Se det i full størrelse på nettsiden](https://heia.example/person-1)" in words(
        activity
    )
    assert len(str(activity)) < 100_000


@pytest.mark.full
async def test_one_that_cannot_be_made_small_enough_is_told_of(
    out: Out, make_adapter: Callable[..., TeamsAdapter]
) -> None:
    raw = file_of(noise(640, 640), "PNG")
    activity = await out.show(raw)
    assert images(activity) == []
    assert "for stort til å vises her. [Se det i full størrelse" in words(activity)
    out.adapter = make_adapter(pictures=TeamsImages(intake=out.intake, texts_of=norwegian, link=None))
    activity = await out.show(raw)
    assert "for stort til å vises her. Be gjerne avsenderen fortelle" in words(activity)


@pytest.mark.parametrize(
    ("link", "ends", "shown"),
    [
        (link_of, False, "[Last ned til kalenderen](https://heia.example/person-1)"),
        (link_of, True, "[Ta kurset ut av kalenderen](https://heia.example/person-1)"),
        (None, False, ""),
    ],
)
async def test_a_card_with_a_calendar_file_leads_to_it_on_the_web_page(
    out: Out, make_adapter: Callable[..., TeamsAdapter], link: Any, ends: bool, shown: str
) -> None:
    out.adapter = make_adapter(pictures=TeamsImages(intake=out.intake, texts_of=norwegian, link=link))
    message = Message(text="Du har plass på kurset", card=CARD, calendar_of="class-1", calendar_ends=ends)
    assert isinstance(await out.adapter.send(out.owed(message), out.place, message), Landed)
    activity: Any = (await out.hand.calls())[-1].body
    assert words(activity).count("kalenderen") == bool(shown)
    assert shown in words(activity)


async def test_one_that_is_no_longer_kept_is_told_of(out: Out) -> None:
    activity = await out.show_id(f"image-{1:032x}")
    assert images(activity) == []
    assert "Bildet er ikke lenger lagret." in words(activity)


async def test_an_image_for_many_is_made_small_once_and_shown_to_nobody_when_its_record_is_gone(
    out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def counted(image: StoredImage, *, most_bytes: int) -> StoredImage | None:
        made.append(most_bytes)
        return image

    monkeypatch.setattr("bot.channels.teams.render.shrink", counted)
    pictures = TeamsImages(intake=out.intake, texts_of=norwegian, link=None)
    taken = await out.intake.accept(SHOT, person_id="ola", name="")
    shown = await asyncio.gather(*(pictures.image_for(f"p{n}", taken.id) for n in range(30)))
    assert len(made) == 1
    assert all(picture.data_uri for picture in shown)
    await out.intake.drop("ola", [taken.id])
    assert (await pictures.image_for("p1", taken.id)).data_uri == ""


async def test_a_message_without_a_card_gets_one_so_that_nothing_is_split(out: Out) -> None:
    activity = await out.show(SHOT, card=None)
    assert len(images(activity)) == 1
    assert "Ola skriver" in words(activity)


@pytest.mark.full
async def test_of_a_message_too_large_the_words_about_the_image_remain(out: Out) -> None:
    huge = {**CARD, "body": [{"type": "TextBlock", "text": "x" * 60_000}]}
    activity = await out.show(file_of(noise(640, 640), "PNG"), card=huge)
    assert "attachments" not in activity
    assert "for stort til å vises her" in activity["text"]


async def test_while_images_cannot_be_had_the_message_waits(
    make_adapter: Callable[..., TeamsAdapter],
    place: Address,
    owed: Callable[..., Delivery],
    tmp_path: Path,
    clock: HeldClock,
) -> None:
    intake = make_intake(FullDisk(tmp_path), MemoryStore(), clock)
    taken = await intake.accept(SHOT, person_id="ola", name="")
    message = Message(text="Ola skriver", card=CARD, image_id=taken.id)
    adapter = make_adapter(pictures=TeamsImages(intake=intake, texts_of=norwegian, link=None))
    assert await adapter.send(owed(message), place, message) == Faulted(reason="images_unavailable", again=True)
    reference = {**place.data, "activity_id": "1"}
    assert await adapter.update(owed(message), reference, message) == Faulted(reason="images_unavailable", again=True)


@pytest.mark.full
@pytest.mark.parametrize("where", ["channel:19:c", "conversation:19:c"])
async def test_nobodys_link_is_shown_where_others_read_along(out: Out, where: str) -> None:
    screen = noise(60, 40).resize((800, 500))
    out.owed = partial(out.owed, recipient=where)
    activity = await out.show(file_of(screen, "PNG"))
    assert "Bildet er forminsket." in words(activity)
    assert "https://heia.example" not in str(activity["attachments"][0])


# The report of an announcement

ONE = Announcement(
    id="announcement-1",
    municipality_id="lillevik",
    author_id="anja",
    desk="announce/desk/announcement-1",
    state=AnnouncementState.SENT,
    version=1,
    wordings={Language.NB: Wording(title="Teams er nede", body="Vi jobber med saken.")},
    audience=Audience(municipality_ids=frozenset({"lillevik"})),
    started_at=TUESDAY,
    created_at=TUESDAY,
    changed_at=TUESDAY,
)


@dataclass
class Desk:
    """An announcement that was sent to a few, and its author ``person-1`` in Teams."""

    store: MemoryStore
    intake: Intake
    make_adapter: Callable[..., TeamsAdapter]
    hand: fake.Connector
    place: Address
    owed: Callable[..., Delivery]
    author: Person | None = None

    async def send(self, number: int) -> None:
        posts = tuple(
            PostWrite(recipient=f"p{n}", slot=ONE.slot, group=ONE.id, message=Message(text="Hei"), due_at=TUESDAY)
            for n in range(number)
        )
        await self.store.commit(Commit(at=TUESDAY, records=(write_of(Put(record=ONE), {}),), posts=posts))
        for n, each in enumerate(
            await self.store.claim(now=TUESDAY, lease_for=timedelta(minutes=1), limit=number + 1, token="t")
        ):
            settled = Settled(
                delivery_id=each.id,
                lease_token="t",
                version=1,
                status=DeliveryStatus.SENT,
                at=TUESDAY + timedelta(seconds=n),
                channel=WEB,
                reference={"id": "1"},
            )
            await self.store.settle([settled])

    async def shown(self, *, page: bool = True) -> dict[str, Any]:
        async def find_person(_: str) -> Person | None:
            return self.author

        reports = Reports(
            store=self.store,
            find_person=find_person,
            content=lambda: Town().content,
            clock=HeldClock(),
            rng=SystemRandomSource(),
        )
        link = link_of if page else None
        pictures = TeamsImages(intake=self.intake, texts_of=norwegian, link=link, reports=reports)
        message = Message(text="Rapport", card=CARD, report_id=ONE.id)
        adapter = self.make_adapter(pictures=pictures)
        assert isinstance(await adapter.send(self.owed(message), self.place, message), Landed)
        activity: dict[str, Any] = (await self.hand.calls())[-1].body
        return activity


PLAN = (
    Milestone(date="2027-03", what={Language.NB: "Teams til alle"}, certainty=Certainty.LIKELY),
    Milestone(date="2027-05", what={Language.NB: "Outlook til alle"}, certainty=Certainty.CERTAIN),
)


@pytest.mark.parametrize("milestones", [PLAN, PLAN * 9, ()], ids=["short", "long", "none"])
async def test_a_message_with_the_plan_shows_its_picture_small_enough_and_in_words(
    out: Out, make_adapter: Callable[..., TeamsAdapter], milestones: tuple[Milestone, ...]
) -> None:
    texts = await norwegian("person-1")
    lines = [PlanLine(milestone=milestone) for milestone in milestones]
    drawn = plan_picture(texts, Town().content, lines, title="Planen", today=date(2026, 11, 24), shape=NARROW)

    async def plan_of(person_id: str) -> PlanPicture | None:
        assert person_id == "person-1"
        return drawn

    pictures = TeamsImages(intake=out.intake, texts_of=norwegian, link=None, plan_of=plan_of)
    out.adapter = make_adapter(pictures=pictures)
    message = Message(text="Planen", card=CARD, shows_plan=True)
    assert isinstance(await out.adapter.send(out.owed(message), out.place, message), Landed)
    activity: Any = (await out.hand.calls())[-1].body
    shown = images(activity)
    assert len(shown) == bool(milestones)
    for image in shown:
        body = base64.b64decode(image["url"].partition(",")[2])
        assert len(body) <= MAX_INLINE_BYTES
        assert opened(body).width == NARROW.width * SCALE
        assert "Planen. Per 24. november 2026." in image["altText"]
        assert "Teams til alle, mars 2027, sannsynlig." in image["altText"]


async def test_the_picture_of_one_plan_is_drawn_once_for_many_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[PlanPicture] = []

    def draw(plan: PlanPicture) -> bytes:
        drawn.append(plan)
        return plan_png(plan)

    async def plan_of(person_id: str) -> PlanPicture | None:
        lines = [PlanLine(milestone=PLAN["ab".index(person_id) :][0])]
        texts = await norwegian(person_id)
        return plan_picture(texts, Town().content, lines, title="P", today=date(2026, 11, 24), shape=NARROW)

    monkeypatch.setattr("bot.channels.teams.render.plan_png", draw)
    pictures = TeamsImages(intake=cast(Intake, None), texts_of=norwegian, link=None, plan_of=plan_of)
    shown = [await pictures.plan(reader) for reader in "aabba"]
    for shared in ("conversation:19:group@thread.v2", f"{CHANNEL}lillevik"):
        assert await pictures.plan(shared) == Picture(), "each reader has a plan of their own"
    assert len(drawn) == 2
    assert [shown[0].data_uri == picture.data_uri for picture in shown] == [True, True, False, False, True]


@pytest.fixture
def desk(
    intake: Intake,
    make_adapter: Callable[..., TeamsAdapter],
    connector: fake.Connector,
    place: Address,
    owed: Callable[..., Delivery],
) -> Desk:
    return Desk(
        store=MemoryStore(),
        intake=intake,
        make_adapter=make_adapter,
        hand=connector,
        place=place,
        owed=owed,
        author=person("person-1", "skole", Role.ANNOUNCER),
    )


async def test_a_report_shows_its_curve_and_says_where_the_table_is(desk: Desk) -> None:
    await desk.send(5)
    activity = await desk.shown()
    [image] = images(activity)
    kind, _, data = image["url"].partition(",")
    assert kind == "data:image/png;base64"
    picture = opened(base64.b64decode(data)).convert("RGB")
    assert picture.size == (1280, 640)
    assert (0, 90, 112) in {colour for _, colour in picture.getcolors(1280 * 640) or ()}
    assert len(data) < MAX_INLINE_BYTES
    assert "kan du [hente på nettsiden](https://heia.example/person-1)" in words(activity)


async def test_where_there_is_no_page_the_operator_has_the_table(desk: Desk) -> None:
    await desk.send(5)
    assert "heia announce report announcement-1 --csv" in words(await desk.shown(page=False))


async def test_a_report_nobody_has_got_anything_of_or_of_very_many_has_no_curve(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.send(0)
    assert len((await desk.shown())["attachments"]) == 1
    desk.store = MemoryStore()
    await desk.send(5)
    monkeypatch.setattr("bot.report.files.MAX_DRAWN", 4)
    activity = await desk.shown()
    assert len(activity["attachments"]) == 1
    assert "hente på nettsiden" in words(activity)


async def test_whoever_may_no_longer_announce_is_shown_no_curve_when_the_message_lands(desk: Desk) -> None:
    await desk.send(5)
    desk.author = person("person-1", "skole")
    activity = await desk.shown()
    assert len(activity["attachments"]) == 1
    assert "nettsiden" not in words(activity)
