"""Administrators hear once that removals wait, see the number at any time, and approve them on the card."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.app.clock import SystemRandomSource
from bot.app.maintenance import Maintenance
from bot.ports import Delivery, DeliveryStatus, Timer
from bot.scim.config import ScimConfig, ScimSource
from bot.scim.jobs import DirectoryJobs, ScimPending, approve_removals, pending_people
from bot.signin.former import FormerMarks
from dialogs.core.content import StepUp
from dialogs.core.person import Person, Role
from dialogs.provisioning.flow import APPROVED_VERB
from dialogs.provisioning.model import ScimUser
from dialogs.router import TIMERS, VERBS
from knowledge.article.article import Language
from tests.unit.driver import TUESDAY, Stage
from tests.unit.scim.conftest import CONTENT, ORGANISATION, Caller, Site
from tests.unit.scim.test_scim_guard import filled, parts_of, registered
from tests.unit.web.conftest import HeldClock


def admin(id_: str, of: str, *roles: Role, language: Language = Language.NB) -> Person:
    return Person(
        id=id_, name=id_, municipality_id=of, registered=True, roles=frozenset({Role.EMPLOYEE, *roles}),
        language=language, created_at=HeldClock().now(),
    )  # fmt: skip


ADMINS = (
    admin("admin-nes", "nes", Role.ADMIN),
    admin("admin-drift", "samdrift", Role.ADMIN, language=Language.EN),
    admin("admin-eidsvoll", "eidsvoll", Role.ADMIN),
    admin("dpo-nes", "nes", Role.DPO),
)


async def told(site: Site) -> dict[str, Delivery]:
    return {each.recipient: each for each in await site.store.deliveries_in_state(DeliveryStatus.WAITING)}


async def leave(nes: Caller, ids: list[str]) -> None:
    for id_ in ids:
        await nes.patch(f"/Users/{id_}", {"op": "replace", "path": "active", "value": False})


@pytest.mark.full
async def test_the_first_that_waits_is_told_once_to_those_who_may_approve(site: Site, nes: Caller) -> None:
    await site.put(*ADMINS)
    ids = await filled(nes, 60)
    await leave(nes, ids[:15])
    assert await told(site) == {}
    await leave(nes, ids[15:18])
    found = await told(site)
    assert set(found) == {"admin-nes", "admin-drift"}
    texts = {id_: each.message.text for id_, each in found.items() if each.message is not None}
    assert texts["admin-nes"].startswith("Katalogen til Nes har meldt ut mer enn en firedel")
    assert texts["admin-drift"].startswith("The directory of Nes has removed more than a quarter")
    assert (await pending_people(site.store, ("nes", "eidsvoll")))["nes"] == ScimPending(waiting=3, unplaced=0)
    assert len(await site.store.deliveries_in_state(DeliveryStatus.WAITING)) == 2


@pytest.mark.full
async def test_a_later_wave_is_told_again(site: Site, nes: Caller) -> None:
    await site.put(*ADMINS)
    ids = await filled(nes, 60)
    await leave(nes, ids[:16])
    await approve_removals(await parts_of(site), ScimSource(municipality="nes"), at=site.clock.now(), by="admin-nes")
    site.clock.at += timedelta(hours=1)
    await leave(nes, ids[16:17])
    assert len(await site.store.deliveries_in_state(DeliveryStatus.WAITING)) == 4


@pytest.mark.full
async def test_the_job_of_the_approval_removes_everyone_who_waits(site: Site, nes: Caller) -> None:
    ids = await filled(nes, 60)
    await leave(nes, ids[:17])
    directories = DirectoryJobs(
        config=ScimConfig(),
        store=site.store,
        rng=SystemRandomSource(),
        former=FormerMarks(b"l" * 32),
        content=lambda: CONTENT,
        clock=site.clock,
    )
    job = Maintenance(store=site.store, clock=site.clock, directories=directories).jobs[APPROVED_VERB]
    data = {"municipality": "nes", "by": "admin-nes"}
    await job(Timer(key="removals/nes", at=site.clock.now(), verb=APPROVED_VERB, data=data))
    assert (await registered(site), await site.store.count(ScimUser.KIND, "waiting:nes")) == (43, 0)
    assert "admin-nes" in {by for act, by, _ in await site.acts() if act == "scim.removal_approved"}


@pytest.fixture
def town() -> Stage:
    stage = Stage(ORGANISATION, verbs=VERBS, timers=TIMERS)
    stage.put(*ADMINS, *(waits(number) for number in range(3)))
    return stage


def waits(number: int) -> ScimUser:
    return ScimUser(
        id=f"u{number}", person_id=f"p{number}", municipality_id="nes", user_name=f"u{number}", resource={},
        waiting=True, created_at=TUESDAY, changed_at=TUESDAY,
    )  # fmt: skip


def shown(stage: Stage, id_: str) -> str:
    [slot] = stage.slots(id_, "removals/")[-1:]
    return stage.shown(id_, slot)


@pytest.mark.parametrize("id_", ["admin-nes", "admin-drift"])
def test_an_administrator_sees_the_number_and_approves_it(town: Stage, id_: str) -> None:
    town.press(id_, "removals.show", municipality="nes")
    assert "3" in shown(town, id_)
    assert APPROVED_VERB not in {rang.verb for _, rang in town.timers.values()}
    outcome = town.press(id_, "removals.approve", municipality="nes", people="3")
    [(_, rang)] = [each for key, each in town.timers.items() if key == "removals/nes"]
    assert (rang.verb, rang.data) == (APPROVED_VERB, {"municipality": "nes", "by": id_})
    assert [(each.act, each.subject, each.details) for each in outcome.audits] == [
        ("removals.approved", "nes", (("people", "3"),))
    ]


def test_more_than_were_shown_are_shown_again_first(town: Stage) -> None:
    town.put(waits(4))
    town.press("admin-nes", "removals.approve", municipality="nes", people="3")
    assert "removals/nes" not in town.timers
    assert "4" in shown(town, "admin-nes")


@pytest.mark.parametrize("id_", ["admin-eidsvoll", "dpo-nes", "stranger"])
@pytest.mark.parametrize("municipality", ["nes", "nowhere", ""])
@pytest.mark.parametrize("verb", ["removals.show", "removals.approve"])
def test_others_see_nothing_and_approve_nothing(town: Stage, id_: str, municipality: str, verb: str) -> None:
    town.put(Person(id="stranger", name="", created_at=town.now))
    outcome = town.press(id_, verb, municipality=municipality, people="3")
    assert "3" not in shown(town, id_)
    assert "removals/nes" not in town.timers
    assert [each.act for each in outcome.audits] == ["removals.refused"]


def test_a_former_administrator_approves_nothing(town: Stage) -> None:
    town.put(replace(ADMINS[0], registered=False, left=True, municipality_id=None, roles=frozenset({Role.EMPLOYEE})))
    town.press("admin-nes", "removals.approve", municipality="nes", people="3")
    assert "removals/nes" not in town.timers


def test_when_nothing_waits_the_card_says_so(town: Stage) -> None:
    for number in range(3):
        town.forget(ScimUser, f"u{number}")
    town.press("admin-nes", "removals.approve", municipality="nes", people="3")
    assert "Ingen venter" in shown(town, "admin-nes")
    assert "removals/nes" not in town.timers


def test_approval_needs_a_recent_sign_in_where_the_operator_demands_it(town: Stage) -> None:
    rule = StepUp(max_age=timedelta(hours=8), address="https://heia.example.no/signin/again")
    town.content = replace(CONTENT, step_up=rule)
    outcome = town.press("admin-nes", "removals.approve", municipality="nes", people="3")
    assert rule.address in repr(outcome.decision)
    assert "removals/nes" not in town.timers
