"""The calendar file of a course on the web page: for its owner while signed in, and of no use to anyone else."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from icalendar import Calendar

from bot.app.clock import SystemRandomSource
from bot.ports import Commit, Store, StoreUnavailable
from bot.records.codec import write_of
from bot.turn.viewing import Viewing
from dialogs.core.decision import Put
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.record import Record
from dialogs.rollout.classroom.model import ClassSession, Enrolment, EnrolmentState
from knowledge.article.article import Language
from tests.channels import TEAMS
from tests.e2e.browser.stage import Stage
from tests.unit.handoff.scene import person
from tests.unit.rollout.classes import school
from tests.unit.web.conftest import NOON, Client, HeldClock, SetUp

OWNER, OTHER = "ansatt-1", "ansatt-2"
SESSION = ClassSession(
    id="class-1",
    municipality_id="lillevik",
    names={Language.NB: "Teams for nye"},
    venue="Rådhuset",
    starts_at=NOON + timedelta(days=2),
    ends_at=NOON + timedelta(days=2, hours=2),
    created_at=NOON,
    changed_at=NOON,
)
SEAT = Enrolment(
    session_id=SESSION.id,
    person_id=OWNER,
    state=EnrolmentState.BOOKED,
    number=1,
    sequence=1,
    starts_at=SESSION.starts_at,
    ends_at=SESSION.ends_at,
    created_at=NOON,
)


@dataclass
class Classroom:
    """A person with a seat, the card of it on the page, and a colleague."""

    stage: Stage
    client: Client
    address: str
    tokens: dict[str, str]

    async def put(self, *records: Record) -> None:
        writes = tuple(replace(write_of(Put(record=each), {}), expected=None) for each in records)
        await self.stage.store.commit(Commit(at=NOON, records=writes))

    async def fetch(self, address: str = "", *, who: str | None = OWNER) -> tuple[int, str, bytes]:
        """Return status, media type and body of the file."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who is not None else {}
        answer = await self.client.ask("GET", address or self.address, headers=headers)
        return answer.status, answer.headers["Content-Type"], await answer.read()


@pytest.fixture
async def classroom(set_up: SetUp, clock: HeldClock) -> Classroom:
    content = school().content

    def views(store: Store) -> Viewing:
        return Viewing(
            store=store,
            understanding=None,  # type: ignore[arg-type]  # nothing is asked
            content=lambda: content,
            clock=clock,
            rng=SystemRandomSource(),
        )

    stage, client = await set_up(views=views)
    tokens = {who: await client.badge(who) for who in (OWNER, OTHER)}
    page = await client.page_with(tokens[OWNER])
    found = Classroom(stage=stage, client=client, address="", tokens=tokens)
    people: list[Person] = [person(who, "nord") for who in (OWNER, OTHER)]
    await found.put(SESSION, SEAT, *people)
    await stage.post(OWNER, "classroom/class-1/1", Message(text="Du har plass.", calendar_of=SESSION.id))
    shown = (await page.hear("message"))["message"]["calendar"]
    assert shown["ends"] is False
    found.address = shown["url"]
    return found


async def test_the_owner_gets_the_invitation_as_a_file(classroom: Classroom) -> None:
    status, media_type, body = await classroom.fetch()
    assert (status, media_type) == (200, "text/calendar; charset=utf-8; method=REQUEST")
    [event] = Calendar.from_ical(body).walk("VEVENT")
    assert event["uid"] == "class-1@heia"


async def test_the_same_address_gives_the_cancellation_later(classroom: Classroom) -> None:
    await classroom.put(replace(SEAT, state=EnrolmentState.WITHDRAWN, sequence=2))
    _, media_type, body = await classroom.fetch()
    assert media_type.endswith("method=CANCEL")
    assert b"SEQUENCE:2" in body


async def test_the_address_is_of_no_use_to_others_without_a_session_or_changed(classroom: Classroom) -> None:
    await classroom.put(replace(SEAT, person_id=OTHER))
    changed = classroom.address.replace("class-1", "class-2")
    for address, who in ((classroom.address, OTHER), (classroom.address, None), (changed, OWNER)):
        assert (await classroom.fetch(address, who=who))[0] == 404
    assert (await classroom.fetch(classroom.address.partition("?")[0]))[0] == 404


async def test_nothing_is_served_to_another_sites_page_or_to_one_without_a_seat(classroom: Classroom) -> None:
    headers = {"Authorization": f"Bearer {classroom.tokens[OWNER]}", "Origin": "https://elsewhere.example"}
    assert (await classroom.client.ask("GET", classroom.address, headers=headers)).status == 404
    await classroom.put(replace(SEAT, state=EnrolmentState.WAITING, sequence=0))
    assert (await classroom.fetch())[0] == 404


async def test_a_store_that_is_away_is_said_to_be(classroom: Classroom, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object, **__: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(Viewing, "view", away)
    assert (await classroom.fetch())[0] == 503


async def test_a_card_about_a_lost_seat_says_that_its_file_cancels(classroom: Classroom) -> None:
    message = Message(text="Du er meldt av.", calendar_of=SESSION.id, calendar_ends=True)
    await classroom.stage.post(OWNER, "classroom/class-1/3", message)
    page = await classroom.client.page_with(classroom.tokens[OWNER])
    shown = {entry["slot"]: entry["message"]["calendar"] for entry in page.hello["entries"]}
    assert shown["classroom/class-1/3"]["ends"] is True


async def test_a_card_that_landed_in_teams_stands_on_the_page_too(classroom: Classroom) -> None:
    message = Message(text="Du har plass.", calendar_of=SESSION.id)
    await classroom.stage.post(OWNER, "classroom/class-1/2", message, channel=TEAMS, push=False)
    page = await classroom.client.page_with(classroom.tokens[OWNER])
    slots = [entry["slot"] for entry in page.hello["entries"] if entry["message"]["calendar"]]
    assert "classroom/class-1/2" in slots
