"""Leaving the registry by import: sessions end, the person is marked, and comes back only by import."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app.clock import SystemRandomSource
from bot.directory.current import Known, read_known
from bot.directory.merge import merge_persons
from bot.directory.plan import plan_import
from bot.ports import Commit, DeliveryStatus, Incoming, Key, PostWrite, Sender
from bot.signin.former import FormerMarks
from bot.signin.links import Links
from bot.signin.sessions import Sessions
from bot.stores.memory.store import MemoryStore
from bot.turn.identity import Directory, UnknownPerson
from dialogs.core.event import Arrived
from dialogs.core.message import Message
from dialogs.core.person import Address, Person
from dialogs.profile.place import Choice, choice_of
from dialogs.signin.model import FormerIdentity, SignInAccount, SignInMethod
from knowledge.organisation.importers.fault import FaultKind
from tests.channels import TEAMS, WEB
from tests.sessions import sessions_of_person
from tests.unit.cli.registry_scene import (
    FORMER,
    NOON,
    NORTH,
    ORGANISATION,
    PEOPLE_HEADER,
    SOUTH,
    TENANT,
    Scene,
    object_id,
)

ANA = f"ana,Ansatt Nord,eidsvoll,{NORTH},employee;announcer,nb,{object_id(1)},{TENANT},ana@example.no\n"
BO = f"bo,Ambassadør Nord,eidsvoll,{NORTH},employee,nb,,,\n"
CY = f"cy,Ansatt Sør,eidsvoll,{SOUTH},employee,nb,,,\n"
TALKS = Address(channel=TEAMS, data={"conversation_id": "a:1", "tenant_id": TENANT})


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    store = MemoryStore()
    await store.open()
    yield Scene(store, tmp_path)
    await store.close()


class SignIn:
    """Sessions and links of a scene's people."""

    def __init__(self, scene: Scene) -> None:
        store, rng = scene.store, SystemRandomSource()
        self.sessions = Sessions(store=store, rng=rng, valid_for=timedelta(hours=12), methods=frozenset(SignInMethod))
        self.links = Links(store=store, rng=rng, sessions=self.sessions, valid_for=timedelta(hours=24), origin="")
        self.tokens: dict[str, str] = {}
        self.unused: dict[str, str] = {}

    async def all(self, *people: str) -> None:
        for id_ in people:
            started = await self.sessions.start(id_, SignInMethod.LINK, at=NOON)
            assert started is not None
            self.tokens[id_] = started.token
            self.unused[id_] = (await self.links.make(id_, at=NOON)).partition("token=")[2]

    async def open(self) -> set[str]:
        return {id_ for id_, token in self.tokens.items() if await self.sessions.valid_session(token, now=NOON)}

    async def usable(self) -> set[str]:
        return {id_ for id_, token in self.unused.items() if await self.links.valid_link(token, now=NOON)}


async def met(scene: Scene, *people: str) -> None:
    """Let people have talked with the bot in Teams."""
    for id_ in people:
        person = await scene.get(Person, id_)
        await scene.put(replace(person, addresses={TEAMS: TALKS}, last_channel=TEAMS))


async def writes_in_teams(scene: Scene, number: int) -> Person:
    """Return who the bot takes the sender with this Entra identity for."""
    incoming = Incoming(
        id="1",
        channel=TEAMS,
        sender=Sender(name="Noen", object_id=object_id(number), tenant_id=TENANT),
        address=TALKS,
        conversation_id="a:1",
        what=Arrived(),
    )
    person, _ = await Directory(store=scene.store, former=FORMER).recognise(incoming, NOON)
    return person


@pytest.mark.parametrize("has_met", [True, False])
async def test_removal_ends_sessions_and_unused_links_of_the_removed_alone(scene: Scene, has_met: bool) -> None:
    await scene.load(ANA + BO)
    sign_in = SignIn(scene)
    await sign_in.all("ana", "bo")
    if has_met:
        await met(scene, "ana")
    heard: list[str] = []
    scene.store.on_news(heard.append)
    await scene.load(BO)
    assert (await sign_in.open(), await sign_in.usable()) == ({"bo"}, {"bo"})
    assert heard == ["ana"], "open pages are told in the same step"


@pytest.mark.parametrize("has_met", [True, False])
async def test_the_account_of_a_leaver_stays_recognised_whether_or_not_they_ever_wrote(
    scene: Scene, has_met: bool
) -> None:
    await scene.load(ANA + BO)
    if has_met:
        await met(scene, "ana")
    mark = FORMER.subject_mark("https://id.example", "sub")
    await scene.put(SignInAccount(id=mark, person_id="ana", provider="nes", created_at=NOON))
    await scene.load(BO)
    accounts = await scene.store.find(SignInAccount.KIND, "person:ana")
    marks = await scene.store.get([Key(kind=FormerIdentity.KIND, id=mark)])
    assert (len(accounts), len(marks)) == ((1, 0) if has_met else (0, 1))


@pytest.mark.parametrize(
    ("after", "ends"),
    [
        (ANA.replace(";announcer", ""), True),
        (ANA.replace(";announcer", ";announcer;editor"), False),
        (ANA.replace(";announcer", ";editor"), True),
        (ANA.replace("eidsvoll", "nes").replace(NORTH, "nes"), True),
        (ANA.replace(NORTH, SOUTH), False),
        (ANA.replace("Ansatt Nord", "Ansatt Sør").replace("ana@", "ane@"), False),
        (ANA.replace(object_id(1), object_id(7)), True),
    ],
    ids=["role lost", "role gained", "role swapped", "municipality", "unit", "name", "account"],
)
async def test_what_takes_a_right_away_ends_sessions_and_what_does_not_leaves_them(
    scene: Scene, after: str, ends: bool
) -> None:
    await scene.load(ANA + BO)
    sign_in = SignIn(scene)
    await sign_in.all("ana", "bo")
    await scene.load(after + BO)
    left = {"bo"} if ends else {"ana", "bo"}
    assert (await sign_in.open(), await sign_in.usable()) == (left, left)


async def test_a_sign_in_during_the_import_does_not_outlive_it(scene: Scene) -> None:
    await scene.load(ANA + BO)
    await met(scene, "ana")
    sign_in = SignIn(scene)
    planned = await scene.plan(BO)
    commit, first = scene.store.commit, True

    async def signs_in_first(this: Commit) -> object:
        nonlocal first
        if first:
            first = False
            await sign_in.all("ana")
        return await commit(this)

    scene.store.commit = signs_in_first  # type: ignore[method-assign,assignment]
    await scene.carry(planned)
    assert (await sign_in.open(), await sign_in.usable()) == (set(), set())


@pytest.mark.parametrize("has_met", [True, False])
async def test_a_leaver_chooses_no_municipality_also_coming_back_through_teams(scene: Scene, has_met: bool) -> None:
    await scene.load(ANA + BO)
    if has_met:
        await met(scene, "ana")
    await scene.load(BO)
    back = await writes_in_teams(scene, 1)
    assert (back.left, back.registered, back.municipality_id) == (True, False, None)
    assert choice_of(back, ORGANISATION) is Choice.NOTHING
    stranger = await writes_in_teams(scene, 2)
    assert choice_of(stranger, ORGANISATION) is Choice.MUNICIPALITY


async def test_a_leaver_has_no_way_in_on_the_web(scene: Scene) -> None:
    await scene.load(ANA + BO)
    await met(scene, "ana")
    await scene.load(BO)
    incoming = Incoming(
        id="2",
        channel=WEB,
        sender=Sender(name="", person_id="ana"),
        address=Address(channel=WEB),
        conversation_id="web:ana",
        what=Arrived(),
    )
    with pytest.raises(UnknownPerson):
        await Directory(store=scene.store, former=FORMER).recognise(incoming, NOON)


async def test_an_account_that_is_taken_from_a_person_is_marked_too(scene: Scene) -> None:
    await scene.load(ANA)
    await scene.load(ANA.replace(object_id(1), object_id(7)))
    assert (await writes_in_teams(scene, 1)).left
    assert (await writes_in_teams(scene, 7)).registered


async def test_the_chat_of_an_account_that_is_taken_from_a_person_is_written_to_no_more(scene: Scene) -> None:
    await scene.load(ANA + BO)
    await met(scene, "ana")
    await scene.load(ANA.replace(object_id(1), object_id(7)) + BO)
    ana = await scene.get(Person, "ana")
    assert (ana.addresses, ana.last_channel) == ({}, None)
    await scene.load(ANA + BO, tenants=frozenset({TENANT}))
    ana = await scene.get(Person, "ana")
    assert ana.addresses[TEAMS].data == {"object_id": object_id(1), "tenant_id": TENANT}


async def test_people_who_left_and_come_back_with_each_others_accounts_are_all_there(scene: Scene) -> None:
    swapped = ANA.replace(object_id(1), object_id(7)), BO.replace(",nb,,,", f",nb,{object_id(1)},{TENANT},")
    await scene.load(ANA)
    await met(scene, "ana")
    await scene.load(CY)
    await scene.load("".join((CY, *swapped)))
    people = [await scene.get(Person, id_) for id_ in ("ana", "bo", "cy")]
    assert [(each.registered, each.object_id) for each in people] == [
        (True, object_id(7)),
        (True, object_id(1)),
        (True, None),
    ]


async def test_who_is_imported_again_is_as_before(scene: Scene) -> None:
    await scene.load(ANA + BO)
    for has_met in (False, True):
        if has_met:
            await met(scene, "ana")
        await scene.load(BO)
        assert await scene.store.count(FormerIdentity.KIND, "all") == 2
        await scene.load(ANA + BO)
        assert await scene.store.count(FormerIdentity.KIND, "all") == 0
        ana = await scene.get(Person, "ana")
        assert (ana.registered, ana.left, ana.municipality_id) == (True, False, "eidsvoll")


async def test_the_same_account_under_a_new_id_is_no_leaver(scene: Scene) -> None:
    await scene.load(ANA)
    await met(scene, "ana")
    await scene.load(ANA.replace("ana,", "eva,"))
    assert (await writes_in_teams(scene, 1)).id == "eva"
    assert not await FORMER.is_marked(scene.store, (TENANT, object_id(1)))


async def test_an_announcement_not_shown_yet_is_not_shown_to_a_leaver(scene: Scene) -> None:
    await scene.load(ANA + BO)
    await met(scene, "ana")
    posts = [
        PostWrite(recipient=id_, slot=slot, group=group, message=Message(text="Internt"), due_at=NOON)
        for id_ in ("ana", "bo")
        for slot, group in (("announcement/1", "1"), ("ask/1", None))
    ]
    await scene.store.commit(Commit(at=NOON, posts=tuple(posts)))
    await scene.load(BO)
    owed = {
        (each.recipient, each.slot)
        for each in await scene.store.deliveries_in_state(DeliveryStatus.WAITING)
        if each.message is not None
    }
    assert owed == {("ana", "ask/1"), ("bo", "announcement/1"), ("bo", "ask/1")}


async def test_a_guests_id_is_a_fault_in_the_file(scene: Scene, tmp_path: Path) -> None:
    await scene.put(Person(id="guest-1", name="Gjest", municipality_id="nes", created_at=NOON))
    file = tmp_path / "people.csv"
    file.write_text(f"{PEOPLE_HEADER}\n{BO.replace('bo,', 'guest-1,')}", "utf-8")
    planned = plan_import(
        file, None, known=await read_known(scene.store, ORGANISATION), organisation=ORGANISATION, topics=()
    )
    assert isinstance(planned, tuple)
    assert [(each.fault.kind, each.fault.value) for each in planned] == [(FaultKind.BAD_ID, "guest-1")]


async def test_a_guest_is_never_joined_with_a_person_whatever_the_record_says(scene: Scene) -> None:
    guest = Person(id="guest-1", name="Gjest", object_id=object_id(1), tenant_id=TENANT, created_at=NOON)
    await scene.put(guest)
    assert (await read_known(scene.store, ORGANISATION)).strangers == Known().strangers
    await scene.load(ANA)
    assert (await scene.get(Person, "guest-1")) == guest
    for one, other in ((guest, "ana"), (replace(guest, id="ana"), "guest-1")):
        with pytest.raises(ValueError, match="guest"):
            await merge_persons(scene.store, one, other, at=NOON)


async def test_the_sessions_of_a_stranger_end_when_the_registry_gets_them(scene: Scene) -> None:
    stranger = await writes_in_teams(scene, 1)
    sign_in = SignIn(scene)
    await sign_in.all(stranger.id)
    await scene.load(ANA)
    assert (await sign_in.open(), await sign_in.usable()) == (set(), set())
    assert await sessions_of_person(sign_in.sessions, "ana", now=NOON) == []


def test_marks_need_a_key_of_some_length() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        FormerMarks(b"short")


def test_marks_of_an_account_and_of_a_registry_id_are_never_the_same() -> None:
    person = Person(id="t/o", name="", tenant_id="t", object_id="o", created_at=NOON)
    assert len(set(FORMER.marks_of(person))) == 2


OTHER = f"ana,Ny Person Tolv,eidsvoll,{SOUTH},employee,nb,{object_id(12)},{TENANT},\n"


@pytest.mark.parametrize(
    ("row", "refused"),
    [
        (OTHER, True),
        (OTHER.replace(object_id(12), "").replace(TENANT, ""), True),
        (OTHER.replace("Ny Person Tolv", "Ansatt Nord"), False),
        (OTHER.replace(object_id(12), object_id(1)), False),
    ],
    ids=["another name and account", "another name, no account", "a new account", "a new name"],
)
async def test_the_id_of_a_leaver_passes_to_no_other_person(scene: Scene, row: str, refused: bool) -> None:
    await scene.load(ANA + BO)
    await met(scene, "ana")
    await scene.load(BO)
    planned = await scene.planned(row + BO)
    if refused:
        assert isinstance(planned, tuple)
        assert [each.fault.kind for each in planned] == [FaultKind.OTHER_PERSON]
    else:
        assert not isinstance(planned, tuple)


async def test_the_id_of_a_person_in_the_registry_passes_to_no_other_person(scene: Scene) -> None:
    await scene.load(ANA + BO)
    planned = await scene.planned(OTHER + BO)
    assert isinstance(planned, tuple)
    assert not isinstance(await scene.planned(ANA + BO.replace("Ambassadør Nord", "Ambassadør Nordby")), tuple)


async def test_the_id_of_a_person_may_not_be_a_word_of_the_bots_own_keys(scene: Scene) -> None:
    """Erasing a person "web" would take everyone's events along."""
    planned = await scene.planned(ANA.replace("ana,", "web,") + BO)
    assert isinstance(planned, tuple)
    assert [(each.fault.kind, each.fault.value) for each in planned] == [(FaultKind.RESERVED_ID, "web")]
