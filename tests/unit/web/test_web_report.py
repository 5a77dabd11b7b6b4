"""The files of an announcement's report: for announcers who may see it, and for nobody who only has the address."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from aiohttp import ClientPayloadError

from bot.app.clock import SystemRandomSource
from bot.ports import Commit, Delivery, DeliveryStatus, PostWrite, Settled, Store, StoreUnavailable
from bot.records.codec import write_of
from bot.report.files import COLUMNS, Reports
from dialogs.announce.audience import Audience
from dialogs.announce.model import Announcement, AnnouncementState, Wording
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Put
from dialogs.core.message import Message
from dialogs.core.person import Person, Role
from dialogs.core.record import Record
from knowledge.article.article import Language
from tests.channels import TEAMS, WEB
from tests.e2e.browser.stage import Stage
from tests.unit.announce.town import Town, person
from tests.unit.scim.accounts import waiting_account
from tests.unit.web.conftest import NOON, Client, HeldClock, Page, SetUp

AUTHOR, READER, OTHER = "announcer-1", "ansatt-1", "ansatt-2"
ONE = Announcement(
    id="announcement-1",
    municipality_id="lillevik",
    author_id=AUTHOR,
    desk="announce/desk/announcement-1",
    state=AnnouncementState.SENT,
    version=1,
    wordings={Language.NB: Wording(title="Teams <er> nede", body="Vi jobber med saken.")},
    audience=Audience(municipality_ids=frozenset({"lillevik"})),
    started_at=NOON,
    created_at=NOON,
    changed_at=NOON,
)


@dataclass
class Office:
    """An announcement that was sent to two people, and the page of its author with the report on it."""

    stage: Stage
    client: Client
    page: Page
    people: dict[str, Person]
    tokens: dict[str, str]
    addresses: Mapping[str, str] = field(default_factory=dict)

    async def put(self, one: Record) -> None:
        await self.stage.store.commit(Commit(at=NOON, records=(replace(write_of(Put(record=one), {}), expected=None),)))

    async def shown(self, slot: str = "announce/report/1") -> Mapping[str, str]:
        await self.stage.post(AUTHOR, slot, Message(text="Rapport", report_id=ONE.id))
        addresses: Mapping[str, str] = (await self.page.hear("message"))["message"]["report"]
        return addresses

    async def fetch(self, name: str, who: str | None = AUTHOR, **headers: str) -> tuple[int, str]:
        return await self.fetch_at(self.addresses[name], who, **headers)

    async def fetch_at(self, address: str, who: str | None = AUTHOR, **headers: str) -> tuple[int, str]:
        badge = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        answer = await self.client.ask("GET", address, headers={**badge, **headers})
        return answer.status, await answer.text(encoding="utf-8")

    async def taken(self) -> list[str]:
        found = await self.stage.store.find(AuditEntry.KIND, "act:announce.report_taken")
        return [str(stored.body["by"]) for stored in found]


@pytest.fixture
async def office(set_up: SetUp, clock: HeldClock) -> Office:
    people = {
        AUTHOR: person(AUTHOR, "skole", Role.ANNOUNCER),
        OTHER: person(OTHER, "brygge", Role.ANNOUNCER, of="storvik"),
        READER: replace(person(READER, "nord"), name="=Ansatt Åse"),
        "ola": person("ola", "brygge", of="storvik"),
    }

    async def find_person(person_id: str) -> Person | None:
        return people.get(person_id)

    def reports(store: Store) -> Reports:
        return Reports(
            store=store, find_person=find_person, content=lambda: Town().content, clock=clock, rng=SystemRandomSource()
        )

    stage, client = await set_up(reports=reports)
    tokens = {who: await client.badge(who) for who in (AUTHOR, READER, OTHER)}
    office = Office(
        stage=stage, client=client, page=await client.page_with(tokens[AUTHOR]), people=people, tokens=tokens
    )
    await office.put(ONE)
    records = tuple(replace(write_of(Put(record=each), {}), expected=None) for each in people.values())
    posts = tuple(
        PostWrite(recipient=who, slot=ONE.slot, group=ONE.id, message=Message(text="Hei"), due_at=NOON)
        for who in (READER, "ola")
    )
    await stage.store.commit(Commit(at=NOON, records=records, posts=posts))
    for n, each in enumerate(await stage.store.claim(now=NOON, lease_for=timedelta(minutes=1), limit=9, token="t")):
        settled = Settled(
            delivery_id=each.id,
            lease_token="t",
            version=1,
            status=DeliveryStatus.SENT,
            at=NOON + timedelta(seconds=30 * (n + 1)),
            channel=WEB,
            reference={"landed_at": NOON.isoformat()},
        )
        await stage.store.settle([settled])
    office.addresses = await office.shown()
    return office


async def rows(office: Office) -> list[dict[str, str]]:
    _, text = await office.fetch("table")
    return list(csv.DictReader(io.StringIO(text[1:])))


async def test_the_author_takes_every_recipient_as_a_table_that_calculates_nothing(office: Office) -> None:
    status, text = await office.fetch("table")
    assert (status, text[0]) == (200, "\ufeff")
    rows = {row["person_id"]: row for row in csv.DictReader(io.StringIO(text[1:]))}
    assert rows[READER]["name"] == "'=Ansatt Åse"
    assert (rows[READER]["state"], rows[READER]["unit"], rows[READER]["confirmed_at"]) == ("sent", "nord", "")
    assert len(rows) == 2
    assert await office.taken() == [AUTHOR]


async def test_a_correction_changes_nothing_of_when_a_reader_got_the_message(office: Office) -> None:
    before = {row["person_id"]: row["settled_at"] for row in await rows(office)}
    assert before[READER] == (NOON + timedelta(seconds=30)).isoformat()
    store, later = office.stage.store, NOON + timedelta(hours=5)
    corrected = PostWrite(recipient=READER, slot=ONE.slot, group=ONE.id, message=Message(text="Nå"), due_at=later)
    await store.commit(Commit(at=later, posts=(corrected,)))
    assert {row["person_id"]: row["settled_at"] for row in await rows(office)} == before
    [held] = await store.claim(now=later, lease_for=timedelta(minutes=1), limit=9, token="t")
    sent = Settled(delivery_id=held.id, lease_token="t", version=2, status=DeliveryStatus.SENT, at=later)
    await store.settle([sent])
    assert {row["person_id"]: row["settled_at"] for row in await rows(office)} == before


async def test_the_table_is_a_file_and_is_kept_nowhere_on_the_way(office: Office) -> None:
    headers = {"Authorization": f"Bearer {office.tokens[AUTHOR]}"}
    answer = await office.client.ask("GET", office.addresses["table"], headers=headers)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="announcement-1.csv"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"


async def test_people_of_other_municipalities_are_rows_without_a_name(office: Office) -> None:
    _, text = await office.fetch("table")
    [other] = [row for row in csv.DictReader(io.StringIO(text[1:])) if row["municipality"] == "storvik"]
    assert (other["person_id"], other["name"], other["unit"], other["state"]) == ("", "", "", "sent")
    assert "Ansatt ola" not in text


async def test_the_author_sees_the_curve(office: Office) -> None:
    status, text = await office.fetch("plot")
    assert status == 200
    root = ElementTree.fromstring(text)  # noqa: S314 - our own
    assert "Teams <er> nede" in str(root[0].text)
    assert await office.taken() == []


@pytest.mark.parametrize("name", ["table", "plot"])
async def test_the_address_is_of_no_use_to_anybody_else(office: Office, name: str) -> None:
    address = office.addresses[name]
    for who in (READER, OTHER, None):
        assert (await office.fetch(name, who))[0] == 404
    assert (await office.fetch(name, Origin="https://elsewhere.example"))[0] == 404
    assert (await office.fetch_at(address.partition("?")[0]))[0] == 404
    assert (await office.fetch_at(address + "x"))[0] == 404
    assert (await office.fetch_at(address.replace("announcement-1", "announcement-2")))[0] == 404
    assert await office.taken() == []


@pytest.mark.parametrize("name", ["table", "plot"])
async def test_it_is_of_no_use_to_its_owner_either_once_they_may_not_see_the_report(office: Office, name: str) -> None:
    assert (await office.fetch(name))[0] == 200
    author = office.people[AUTHOR]
    office.people[AUTHOR] = replace(author, roles=frozenset({Role.EMPLOYEE}))
    assert (await office.fetch(name))[0] == 404
    office.people[AUTHOR] = replace(author, municipality_id="storvik")
    assert (await office.fetch(name))[0] == 404
    del office.people[AUTHOR]
    assert (await office.fetch(name))[0] == 404


@pytest.mark.parametrize(
    "changed",
    [
        replace(ONE, state=AnnouncementState.DRAFT),
        replace(ONE, audience=Audience(municipality_ids=frozenset({"lillevik", "storvik"}))),
    ],
    ids=["not out", "reaches further"],
)
async def test_no_more_is_handed_out_than_the_card_would_tell(office: Office, changed: Announcement) -> None:
    await office.put(changed)
    assert (await office.fetch("table"))[0] == 404


async def test_an_announcer_whose_removal_waits_takes_no_table(office: Office) -> None:
    office.people[AUTHOR] = replace(office.people[AUTHOR], registered=True)
    await office.put(waiting_account(AUTHOR))
    assert (await office.fetch("table"))[0] == 404
    assert await office.taken() == []


async def test_a_report_shown_later_has_a_curve_of_its_own(office: Office, clock: HeldClock) -> None:
    clock.at += timedelta(minutes=5)
    again = await office.shown("announce/report/2")
    assert again["plot"] != office.addresses["plot"]
    assert (await office.fetch_at(again["plot"]))[0] == 200


async def test_a_report_that_landed_in_teams_stands_on_the_page_too(office: Office) -> None:
    message = Message(text="Rapport", report_id=ONE.id)
    await office.stage.post(AUTHOR, "announce/report/3", message, channel=TEAMS, push=False)
    page = await office.client.page_with(office.tokens[AUTHOR])
    slots = [entry["slot"] for entry in page.hello["entries"] if entry["message"]["report"]]
    assert slots == ["announce/report/1", "announce/report/3"]


async def owe_more(office: Office, number: int) -> list[str]:
    """Let so many more be owed it and a third of them be settled; return who they are."""
    names = [f"q{n:04}" for n in range(number)]
    posts = tuple(
        PostWrite(recipient=who, slot=ONE.slot, group=ONE.id, message=Message(text="Hei"), due_at=NOON) for who in names
    )
    await office.stage.store.commit(Commit(at=NOON, posts=posts))
    await settle(office, number // 3)
    return names


async def settle(office: Office, number: int) -> None:
    store = office.stage.store
    for each in await store.claim(now=NOON, lease_for=timedelta(minutes=1), limit=number, token="t"):
        settled = Settled(delivery_id=each.id, lease_token="t", version=1, status=DeliveryStatus.SENT, at=NOON)
        await store.settle([settled])


async def test_a_table_taken_while_it_is_sent_has_everybody_once_as_they_stood_when_read(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.report.files.PAGE", 10)
    names = await owe_more(office, 60)
    store, pages = office.stage.store, 0
    read = store.deliveries_of_group

    async def meanwhile(group: str, **how: Any) -> Sequence[Delivery]:
        nonlocal pages
        pages += 1
        await settle(office, 3)
        return await read(group, **how)

    monkeypatch.setattr(store, "deliveries_of_group", meanwhile)
    status, text = await office.fetch("table")
    assert status == 200
    assert pages == 8
    rows = list(csv.DictReader(io.StringIO(text[1:])))
    assert [row["state"] for row in rows].count("waiting") > 0
    assert [row["state"] for row in rows].count("sent") > len(names) // 3
    assert len(rows) == len(names) + 2
    assert text.count("person_id") == 1


def failing(office: Office, monkeypatch: pytest.MonkeyPatch, *, page: int) -> None:
    """Let the store be away when the table's page of this number is read."""
    store, pages = office.stage.store, 0
    read = store.deliveries_of_group

    async def away(group: str, **how: Any) -> Sequence[Delivery]:
        nonlocal pages
        pages += 1
        if pages == page:
            raise StoreUnavailable("away for a moment")
        return await read(group, **how)

    monkeypatch.setattr(store, "deliveries_of_group", away)


async def test_while_the_store_is_away_the_table_is_refused_and_nobody_has_taken_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(office, monkeypatch, page=1)
    assert (await office.fetch("table"))[0] == 503
    assert await office.taken() == []
    status, text = await office.fetch("table")
    assert (status, text.count("\n")) == (200, 3)
    assert await office.taken() == [AUTHOR]


async def test_a_table_the_store_fails_in_the_midst_of_is_no_file(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.report.files.PAGE", 10)
    await owe_more(office, 60)
    failing(office, monkeypatch, page=4)
    with pytest.raises(ClientPayloadError):
        await office.fetch("table")
    assert (await office.fetch("table"))[1].count("\n") == 63


async def test_the_table_of_an_announcement_nobody_is_owed_has_its_heading(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nobody(group: str, **_: Any) -> Sequence[Delivery]:
        return ()

    monkeypatch.setattr(office.stage.store, "deliveries_of_group", nobody)
    status, text = await office.fetch("table")
    assert (status, text.strip()) == (200, "\ufeff" + ",".join(COLUMNS))
