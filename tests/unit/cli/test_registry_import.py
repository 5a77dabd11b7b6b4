"""An import makes the registry what the file says, and takes nothing from people that is their own."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.content.index_builder import published_content
from bot.directory import apply_import
from bot.directory.current import read_known
from bot.ports import Commit, Delivery, DeliveryStatus, Incoming, Key, PostWrite, Sender, Stored, StoreUnavailable
from bot.records.query_answering import QueryAnswering
from bot.signin.former import FormerMarks
from bot.stores.memory.store import MemoryStore
from bot.turn.identity import Directory
from dialogs.announce.audience import Audience
from dialogs.announce.model import Announcement, AnnouncementState, Wording
from dialogs.availability.profile import AmbassadorProfile
from dialogs.availability.worklist import Worklist
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Put
from dialogs.core.event import CLOCK, Arrived, Event, Rang
from dialogs.core.message import Message
from dialogs.core.person import Address, Person, Role
from dialogs.core.question import Question
from dialogs.core.session import Session
from dialogs.handoff.chat import HandoffChat
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import Status
from dialogs.rollout.classroom.model import Enrolment, EnrolmentState
from dialogs.router import route
from knowledge.article.article import Language
from knowledge.matching.policy import OutcomeKind, Policy
from tests.channels import TEAMS
from tests.learned import sample_content
from tests.timers import due_timers
from tests.unit.cli.registry_scene import NOON, NORTH, ORGANISATION, SOUTH, TENANT, Scene, object_id
from tests.unit.driver import CATALOGUE

ANA = f"ana,Ansatt Nord,eidsvoll,{NORTH},employee,nb,{object_id(1)},{TENANT},ana@example.no\n"
BO = f"bo,Ambassadør Nord,eidsvoll,{NORTH},employee;ambassador,nb,,,\n"
CY = f"cy,Ambassadør Sør,eidsvoll,{SOUTH},employee;ambassador,nb,,,\n"
KIM = f"kim,Kontakt Kim,eidsvoll,{NORTH},employee;contact,nb,,,\n"
TALKS = Address(channel=TEAMS, data={"conversation_id": "a:1", "tenant_id": TENANT})
WORLD = published_content(sample_content(), texts=CATALOGUE, policy=Policy())


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    store = MemoryStore()
    await store.open()
    yield Scene(store, tmp_path)
    await store.close()


async def test_people_and_ambassadors_come_into_the_registry(scene: Scene) -> None:
    await scene.load(ANA + BO, "bo,teams;phone,5\n")
    ana, bo = await scene.get(Person, "ana"), await scene.get(AmbassadorProfile, "bo")
    assert (ana.name, ana.unit_id, ana.registered, ana.created_at) == ("Ansatt Nord", NORTH, True, NOON)
    assert (bo.ambassador.topics, bo.ambassador.capacity, bo.ambassador.unit_id) == (
        frozenset({"teams", "phone"}),
        5,
        NORTH,
    )


async def test_importing_the_same_again_changes_nothing(scene: Scene) -> None:
    await scene.load(ANA + BO, "bo,teams,5\n")
    assert (await scene.plan(ANA + BO, "bo,teams,5\n")).empty
    assert (await scene.plan(ANA + BO)).empty


async def test_a_plan_changes_nothing(scene: Scene) -> None:
    await scene.plan(ANA + BO)
    assert await scene.store.count(Person.KIND, "all") == 0


async def test_people_keep_what_is_their_own(scene: Scene) -> None:
    await scene.load(ANA)
    own = replace(
        await scene.get(Person, "ana"),
        addresses={TEAMS: TALKS},
        last_channel=TEAMS,
        language=Language.NN,
        language_chosen=True,
        welcomed=True,
        muted=True,
    )
    await scene.put(own)
    await scene.load(ANA.replace("Ansatt Nord", "Ansatt Sør").replace(NORTH, SOUTH), tenants=frozenset({TENANT}))
    after = await scene.get(Person, "ana")
    assert after == replace(own, name="Ansatt Sør", unit_id=SOUTH)


async def test_an_empty_cell_leaves_what_is_known(scene: Scene) -> None:
    """So that a file without Entra ids does not make strangers of everybody, nor one without roles take them."""
    await scene.load(ANA.replace("employee,nb", "employee;announcer,nn"))
    before = await scene.get(Person, "ana")
    planned = await scene.plan(f"ana,Ansatt Nord,eidsvoll,{NORTH},,,,,\n")
    assert planned.empty
    assert before.roles == {Role.EMPLOYEE, Role.ANNOUNCER}


async def test_whoever_talked_and_is_in_the_file_no_more_is_unregistered(scene: Scene) -> None:
    await scene.load(ANA + BO)
    talked = replace(await scene.get(Person, "bo"), addresses={TEAMS: TALKS}, last_channel=TALKS.channel)
    await scene.put(talked)
    await scene.load(ANA)
    bo, profile = await scene.get(Person, "bo"), await scene.get(AmbassadorProfile, "bo")
    assert not bo.registered
    assert bo.roles == {Role.EMPLOYEE}
    assert (bo.municipality_id, bo.unit_id, bo.email) == (None, None, None)
    assert bo.addresses == talked.addresses
    assert not profile.ambassador.active
    assert profile.history[-1].by == "import"


async def test_whoever_never_came_is_forgotten(scene: Scene) -> None:
    await scene.load(ANA + BO)
    await scene.load(BO)
    assert not await scene.has(Person, "ana")


async def test_an_ambassador_who_never_came_is_forgotten_as_such_too(scene: Scene) -> None:
    await scene.load(ANA + BO)
    await scene.load(ANA)
    assert not await scene.has(Person, "bo")
    assert not await scene.has(AmbassadorProfile, "bo")


async def test_one_who_is_no_ambassador_any_more_is_ended_once(scene: Scene) -> None:
    await scene.load(BO + CY)
    ended = BO.replace(";ambassador", "")
    await scene.load(ended + CY)
    profile = await scene.get(AmbassadorProfile, "bo")
    await scene.load(ended.replace("Ambassadør Nord", "Bo Nord") + CY)
    assert (await scene.get(Person, "bo")).name == "Bo Nord"
    assert await scene.get(AmbassadorProfile, "bo") == profile


async def test_an_import_notes_how_many_came_changed_and_went(scene: Scene) -> None:
    await scene.load(ANA + BO)
    await scene.load(ANA.replace("Ansatt Nord", "Ana Nord") + CY)
    entries = [stored.body for stored in await scene.store.find(AuditEntry.KIND, "all")]
    noted = sorted([*dict(each["details"]).items()] for each in entries if each["act"] == "registry.imported")
    none = {"added": "0", "changed": "0", "removed": "0", "joined": "0"}
    assert [dict(each) for each in noted] == [
        {**none, "added": "1", "changed": "1", "removed": "1"},
        {**none, "added": "2"},
    ]


async def test_an_import_notes_each_role_it_gives_and_takes(scene: Scene) -> None:
    await scene.load(ANA + KIM)
    await scene.load(ANA.replace("employee", "employee;admin") + KIM)
    await scene.load(ANA.replace("employee", "employee;admin").replace("Ansatt Nord", "Ana Nord"))
    entries = [stored.body for stored in await scene.store.find(AuditEntry.KIND, "all")]
    noted = {(entry["act"], entry["subject"], *map(tuple, entry["details"])) for entry in entries}
    place = ("municipality", "eidsvoll")
    assert {entry for entry in noted if entry[0] != "registry.imported"} == {
        ("registry.granted", "kim", ("roles", "contact"), place),
        ("registry.granted", "ana", ("roles", "admin"), place),
        ("registry.revoked", "kim", ("roles", "contact"), place),
    }


async def test_a_role_goes_along_to_another_municipality_as_one_taken_and_one_given(scene: Scene) -> None:
    await scene.load(KIM)
    await scene.load("kim,Kontakt Kim,nes,nes-helse,employee;contact,nb,,,\n")
    entries = [stored.body for stored in await scene.store.find(AuditEntry.KIND, "all")]
    changed = {(entry["act"], dict(entry["details"]).get("municipality")) for entry in entries}
    assert {("registry.revoked", "eidsvoll"), ("registry.granted", "nes")} <= changed


async def test_open_questions_of_a_removed_ambassador_move_on_by_themselves(scene: Scene) -> None:
    await scene.load(ANA + BO + CY)
    for id_ in ("bo", "cy"):
        reached = {TEAMS: TALKS}
        await scene.put(replace(await scene.get(Person, id_), addresses=reached, last_channel=TEAMS))
    waiting = Handoff(
        id="h1",
        asker_id="ana",
        municipality_id="eidsvoll",
        unit_id=NORTH,
        language=Language.NB,
        question="Hvorfor?",
        created_at=NOON,
        changed_at=NOON,
    )
    offered = waiting.promise(NOON + timedelta(hours=1)).offer("bo", NOON, until=NOON)
    await scene.put(offered, Worklist(id="bo", municipality_id="eidsvoll", offered=("h1",)))
    await scene.load(ANA + CY)
    [timer] = [each for each in await due_timers(scene.store, now=NOON, limit=9) if each.verb == "handoff.lost"]
    event = Event(
        id="1",
        at=NOON,
        channel=CLOCK,
        person_id="",
        conversation_id="",
        what=Rang(verb=timer.verb, data=timer.data),
    )
    reading = QueryAnswering(store=scene.store, understanding=None, rng=scene.rng)  # type: ignore[arg-type]  # not asked
    decision = await reading.run(route(event, WORLD))
    [moved] = [w.record for w in decision.writes if isinstance(w, Put) and isinstance(w.record, Handoff)]
    assert (moved.status, moved.assignment.offered_to) == (Status.OFFERED, "cy")


@pytest.mark.parametrize("after", ["", KIM.replace(";contact", ""), KIM.replace("eidsvoll", "nes")])
async def test_what_a_former_contact_has_is_looked_after_too(scene: Scene, after: str) -> None:
    """A contact takes questions without being an ambassador."""
    await scene.load(ANA + KIM)
    reached = {TEAMS: TALKS}
    await scene.put(replace(await scene.get(Person, "kim"), addresses=reached, last_channel=TEAMS))
    await scene.load(ANA + KIM.replace("Kontakt Kim", "Kim"))
    assert not await due_timers(scene.store, now=NOON, limit=9)
    await scene.load(ANA + after)
    [timer] = [each for each in await due_timers(scene.store, now=NOON, limit=9) if each.verb == "handoff.lost"]
    assert (timer.verb, timer.data) == ("handoff.lost", {"person_id": "kim"})


async def test_a_role_that_is_taken_away_ends_the_work_of_an_ambassador(scene: Scene) -> None:
    await scene.load(BO + CY)
    await scene.load(BO.replace(";ambassador", "") + CY)
    assert not (await scene.get(AmbassadorProfile, "bo")).ambassador.active
    assert (await scene.get(AmbassadorProfile, "cy")).ambassador.active


async def test_whoever_has_left_stays_away_until_a_file_of_ambassadors_names_them(scene: Scene) -> None:
    await scene.load(BO)
    profile = await scene.get(AmbassadorProfile, "bo")
    left = replace(profile.ambassador, active=False)
    await scene.put(profile.changed("active", by="bo", at=NOON, ambassador=left))
    assert (await scene.plan(BO)).empty
    await scene.load(BO, "bo,teams,2\n")
    assert (await scene.get(AmbassadorProfile, "bo")).ambassador.active


async def test_what_ambassadors_set_themselves_stays_without_a_file_of_them(scene: Scene) -> None:
    await scene.load(BO)
    profile = await scene.get(AmbassadorProfile, "bo")
    chosen = replace(profile.ambassador, capacity=7, topics=frozenset({"teams"}))
    await scene.put(profile.changed("capacity", by="bo", at=NOON, ambassador=chosen))
    await scene.load(BO.replace(NORTH, SOUTH))
    assert (await scene.get(AmbassadorProfile, "bo")).ambassador == replace(chosen, unit_id=SOUTH)


async def test_a_new_municipality_means_a_new_place_for_the_ambassador(scene: Scene) -> None:
    await scene.load(BO)
    await scene.load("bo,Ambassadør Nord,nes,nes-helse,employee;ambassador,nb,,,\n")
    profile = await scene.get(AmbassadorProfile, "bo")
    assert (profile.ambassador.municipality_id, profile.ambassador.site_id) == ("nes", None)
    # Their cases move on, and what they asked follows them.
    timers = await due_timers(scene.store, now=NOON, limit=9)
    assert {each.key: each.data for each in timers} == {
        "handoff/lost/bo": {"person_id": "bo"},
        "handoff/left/bo": {"person_id": "bo"},
        "handoff/moved/bo": {"person_id": "bo"},
        "classroom/left/bo": {"person_id": "bo"},
    }


async def test_a_leaver_who_only_used_the_desk_frees_a_seat_on_a_course(scene: Scene) -> None:
    await scene.load(ANA + BO)
    await scene.put(
        Enrolment(
            session_id="class-1",
            person_id="bo",
            state=EnrolmentState.BOOKED,
            number=1,
            starts_at=NOON,
            ends_at=NOON,
            created_at=NOON,
        )
    )
    await scene.load(ANA)
    assert (await scene.get(Person, "bo")).left
    keys = {each.key for each in await due_timers(scene.store, now=NOON, limit=9)}
    assert "classroom/left/bo" in keys


async def test_only_the_municipalities_that_were_named_lose_people(scene: Scene) -> None:
    await scene.load(ANA + "dag,Ansatt Nes,nes,nes-helse,,nb,,,\n")
    planned = await scene.plan(BO, municipality_ids=("eidsvoll",))
    assert [each.person_id for each in planned.people.removals] == ["ana"]


@pytest.mark.parametrize(("people", "removed", "many"), [(30, 10, False), (30, 11, True), (200, 50, False)])
async def test_a_file_that_was_cut_off_is_noticed(scene: Scene, people: int, removed: int, many: bool) -> None:
    rows = [f"p{n},Ansatt {n},eidsvoll,{NORTH},,,,,\n" for n in range(people)]
    await scene.load("".join(rows))
    planned = await scene.plan("".join(rows[removed:]))
    assert planned.removes_too_many(0.25) is many


async def test_people_whom_the_bot_may_write_to_first_count_as_reachable(scene: Scene) -> None:
    await scene.load(ANA + BO, tenants=frozenset({TENANT}))
    ana, bo = await scene.get(Person, "ana"), await scene.get(Person, "bo")
    assert ana.addresses[TEAMS].data == {"object_id": object_id(1), "tenant_id": TENANT}
    assert bo.addresses == {}


async def test_without_a_registration_for_the_tenant_nobody_is_given_an_address(scene: Scene) -> None:
    await scene.load(ANA, tenants=frozenset({"other"}))
    assert (await scene.get(Person, "ana")).addresses == {}


@pytest.mark.parametrize("address", [TALKS, Address(channel=TEAMS, reachable=False)])
async def test_a_live_or_closed_address_is_never_overwritten(scene: Scene, address: Address) -> None:
    await scene.load(ANA)
    await scene.put(replace(await scene.get(Person, "ana"), addresses={TEAMS: address}))
    await scene.load(ANA.replace("Ansatt Nord", "Ansatt"), tenants=frozenset({TENANT}))
    assert (await scene.get(Person, "ana")).addresses == {TEAMS: address}


async def stranger(scene: Scene) -> Person:
    """Somebody writes to the bot before the registry knows them."""
    incoming = Incoming(
        id="1",
        channel=TEAMS,
        sender=Sender(name="Ansatt", object_id=object_id(1), tenant_id=TENANT),
        address=TALKS,
        conversation_id="a:1",
        what=Arrived(),
    )
    person, _ = await Directory(store=scene.store, former=FormerMarks(b"l" * 32)).recognise(incoming, NOON)
    return person


async def test_whoever_talked_with_the_bot_first_is_one_person_with_the_one_in_the_file(scene: Scene) -> None:
    first = await stranger(scene)
    question = Question(
        id="q1",
        person_id=first.id,
        municipality_id=None,
        utterance="når?",
        language=Language.NB,
        outcome=OutcomeKind.ANSWER,
        asked_at=NOON,
    )
    handoff = Handoff(
        id="h1",
        asker_id=first.id,
        municipality_id="eidsvoll",
        unit_id=NORTH,
        language=Language.NB,
        question="Hvorfor?",
        chat=HandoffChat(focused_at={first.id: NOON}),
        created_at=NOON,
        changed_at=NOON,
    )
    await scene.put(question, handoff, Session(id=first.id, talking_in="h1", changed_at=NOON))
    post = PostWrite(recipient=first.id, slot="handoff/h1/status", message=Message(text="Venter"), due_at=NOON)
    await scene.store.commit(Commit(at=NOON, posts=(post,)))

    await scene.load(ANA)

    again = await stranger(scene)
    assert (again.id, again.registered, again.addresses) == ("ana", True, {TEAMS: TALKS})
    assert not await scene.has(Person, first.id)
    assert (await scene.get(Question, "q1")).person_id == "ana"
    moved = await scene.get(Handoff, "h1")
    assert (moved.asker_id, moved.chat.focused_at) == ("ana", {"ana": NOON})
    assert (await scene.get(Session, "ana")).talking_in == "h1"
    assert not await scene.has(Session, first.id)
    [owed] = await scene.store.deliveries_of_recipient("ana")
    assert (owed.status, owed.slot) == (DeliveryStatus.WAITING, "handoff/h1/status")
    acts = [stored.body["act"] for stored in await scene.store.find(AuditEntry.KIND, "all")]
    assert sorted(acts) == ["registry.imported", "registry.joined"]


async def test_a_new_id_for_the_same_identity_takes_it_from_the_old_one(scene: Scene) -> None:
    await scene.load(ANA)
    await scene.put(replace(await scene.get(Person, "ana"), welcomed=True, last_channel=TEAMS))
    await scene.load(ANA.replace("ana,", "zoe,"))
    assert (await stranger(scene)).id == "zoe"


async def test_two_people_never_share_an_identity_also_not_through_empty_cells(scene: Scene, tmp_path: Path) -> None:
    await scene.load(ANA)
    kept = ANA.replace(f"{object_id(1)},{TENANT}", ",")
    with pytest.raises(AssertionError, match="duplicate-id"):
        await scene.plan(kept + ANA.replace("ana,", "zoe,"))


class Busy(MemoryStore):
    """A store in which somebody else writes between reading and committing."""

    def __init__(self, person: str) -> None:
        super().__init__()
        self.person = person
        self.once = True

    async def get(self, keys: Sequence[Key]) -> Mapping[Key, Stored]:
        found = dict(await super().get(keys))
        key = Key(kind=Person.KIND, id=self.person)
        if self.once and key in found:
            self.once = False
            scene = Scene(self, Path())
            await scene.put(replace(await scene.get(Person, self.person), welcomed=True))
        return found


async def test_what_happens_to_a_person_meanwhile_is_kept(tmp_path: Path) -> None:
    store = Busy("ana")
    await store.open()
    scene = Scene(store, tmp_path)
    store.once = False
    await scene.load(ANA)
    planned = await scene.plan(ANA.replace("Ansatt Nord", "Ansatt"))
    store.once = True
    await scene.carry(planned)
    after = await scene.get(Person, "ana")
    assert (after.name, after.welcomed) == ("Ansatt", True)


class Failing(MemoryStore):
    """A store that is gone after some commits."""

    left = 2

    async def commit(self, commit: Commit) -> Sequence[Delivery]:
        if self.left == 0:
            raise StoreUnavailable("gone")
        self.left -= 1
        return await super().commit(commit)


async def test_a_large_import_that_was_stopped_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apply_import, "MAX_AT_ONCE", 20)
    monkeypatch.setattr(apply_import, "PORTION", 10)
    store = Failing()
    await store.open()
    scene = Scene(store, tmp_path)
    rows = "".join(f"p{n:02},Ansatt {n},eidsvoll,{NORTH},employee;ambassador,,,,\n" for n in range(35))
    with pytest.raises(StoreUnavailable):
        await scene.load(rows)
    assert await store.count(Person.KIND, "registered") == 20
    assert len((await read_known(store, ORGANISATION)).profiles) == 20
    store.left = 9
    planned = await scene.load(rows)
    assert len(planned.touched) == 15
    assert store.left == 8
    assert (await scene.plan(rows)).empty


async def test_a_small_import_is_one_commit(scene: Scene, tmp_path: Path) -> None:
    store = Failing()
    store.left = 1
    await store.open()
    await Scene(store, tmp_path).load(ANA + BO + CY)
    assert await store.count(Person.KIND, "registered") == 3


async def test_whoever_comes_into_the_audience_gets_what_still_applies_once(scene: Scene) -> None:
    await scene.load(ANA)
    news = Announcement(
        id="a1",
        author_id="anja",
        municipality_id="eidsvoll",
        desk="",
        state=AnnouncementState.SENT,
        version=1,
        wordings={Language.NB: Wording(title="Teams kommer", body="På mandag.")},
        audience=Audience(unit_ids=frozenset({NORTH})),
        joiners=True,
        created_at=NOON,
        changed_at=NOON,
    )
    await scene.put(news)
    await scene.load(ANA + BO + CY)
    assert [each.slot for each in await scene.store.deliveries_of_recipient("bo")] == [news.slot]
    assert not await scene.store.deliveries_of_recipient("ana"), "it was meant for her when it was sent"
    assert not await scene.store.deliveries_of_recipient("cy"), "it is not for her unit"
    await scene.load(ANA + BO + CY.replace(SOUTH, NORTH))
    assert [each.slot for each in await scene.store.deliveries_of_recipient("cy")] == [news.slot], "now it is"
    assert len(await scene.store.deliveries_of_recipient("bo")) == 1
