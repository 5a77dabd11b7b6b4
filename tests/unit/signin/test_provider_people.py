"""Who is signed in: found, created, joined or refused; and which roles that gives and takes back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.ports import Commit
from bot.signin.oidc.fetch import FaultReason, SignInFault
from dialogs.core.person import Person, Role
from dialogs.core.question import OutcomeKind, Question
from dialogs.provisioning.model import ScimUser
from dialogs.signin.model import SignInAccount, SignInMethod
from knowledge.article.article import Language
from tests.fakes.provider import LyingProvider
from tests.unit.signin.conftest import Door, provider_at
from tests.unit.web.conftest import NOON

TENANT = "11111111-aaaa-4aaa-8aaa-111111111111"
OBJECT = "22222222-bbbb-4bbb-8bbb-222222222222"
NUMBER = "17054026641"  # a valid number of an invented person, born 1940

KARI = Person(
    id="e1", name="Kari", municipality_id="nes", unit_id="nes-skole", registered=True, created_at=NOON,
    email="kari@nes.example",
)  # fmt: skip


def numbered(liar: LyingProvider, **settings: Any) -> Any:
    return provider_at(liar.issuer, link="claim", link_claim="employee", **settings)


async def refused(door: Door, liar: LyingProvider, provider: Any) -> tuple[FaultReason, str]:
    with pytest.raises(SignInFault) as fault:
        await door.enter(door.sign_in_at(provider), liar)
    return fault.value.reason, fault.value.detail


async def test_a_claim_finds_the_person_of_the_registry_and_says_so_in_the_audit_log(
    door: Door, liar: LyingProvider
) -> None:
    await door.put(KARI)
    liar.claims = {"employee": "e1"}
    finished = await door.enter(door.sign_in_at(numbered(liar)), liar)
    assert finished.started.session.person_id == "e1"
    assert await door.person("e1") == KARI, "the registry's data stays as it is"
    assert await door.acts() == [("signin.linked", "e1")]
    await door.enter(door.sign_in_at(numbered(liar)), liar)
    assert await door.acts() == [("signin.linked", "e1")], "a later sign-in changes nothing"


async def test_the_account_finds_the_person_when_the_claim_is_gone(door: Door, liar: LyingProvider) -> None:
    await door.put(KARI)
    liar.claims = {"employee": "e1"}
    sign_in = door.sign_in_at(numbered(liar))
    await door.enter(sign_in, liar)
    liar.claims = {}
    assert (await door.enter(sign_in, liar)).started.session.person_id == "e1"


@pytest.mark.full
async def test_a_number_of_another_municipality_or_of_no_employee_is_refused(door: Door, liar: LyingProvider) -> None:
    guest = Person(id="guest-1", name="", created_at=NOON)
    await door.put(replace(KARI, municipality_id="eidsvoll", unit_id=None), guest)
    for claimed, detail in (("e1", "other_municipality"), ("guest-1", "not_registered"), ("e9", "not_registered")):
        liar.claims = {"employee": claimed}
        assert await refused(door, liar, numbered(liar)) == (FaultReason.UNKNOWN, detail)
    assert await door.store.find(SignInAccount.KIND, "person:e1") == []


@pytest.mark.full
async def test_a_person_who_moved_to_another_municipality_is_not_the_old_providers_any_more(
    door: Door, liar: LyingProvider
) -> None:
    await door.put(KARI)
    liar.claims = {"employee": "e1"}
    sign_in = door.sign_in_at(numbered(liar))
    await door.enter(sign_in, liar)
    await door.put(replace(KARI, municipality_id="eidsvoll", unit_id=None))
    for claims in ({"employee": "e1"}, {}):
        liar.claims = claims
        assert await refused(door, liar, numbered(liar)) == (FaultReason.UNKNOWN, "other_municipality")


async def test_an_account_that_passes_to_another_employee_is_refused(door: Door, liar: LyingProvider) -> None:
    await door.put(KARI, replace(KARI, id="e2", name="Ola", email=None))
    liar.claims = {"employee": "e1"}
    sign_in = door.sign_in_at(numbered(liar))
    await door.enter(sign_in, liar)
    liar.claims = {"employee": "e2"}
    assert await refused(door, liar, numbered(liar)) == (FaultReason.UNKNOWN, "two_people")


async def test_an_address_leads_to_the_registry_only_where_it_is_trusted(door: Door, liar: LyingProvider) -> None:
    await door.put(KARI)
    liar.claims = {"email": "Kari@nes.example"}
    trusted = provider_at(liar.issuer, link="email", email_trusted=True)
    assert (await door.enter(door.sign_in_at(trusted), liar)).started.session.person_id == "e1"
    liar.claims = {"email": "kari@nes.example", "sub": "sub-2"}
    assert await refused(door, liar, numbered(liar)) == (FaultReason.UNKNOWN, "not_registered")
    liar.claims = {"email": "kari@nes.example", "sub": "sub-3", "email_verified": False}
    assert await refused(door, liar, trusted) == (FaultReason.UNKNOWN, "not_registered")


async def test_one_whose_removal_waits_is_refused_until_the_directory_activates_the_account(
    door: Door, liar: LyingProvider
) -> None:
    """The provider may still let in whom the directory has deactivated."""
    account = ScimUser(
        id="u1", person_id="e1", municipality_id="nes", user_name="kari", resource={}, created_at=NOON, changed_at=NOON
    )
    await door.put(KARI, replace(account, waiting=True))
    liar.claims = {"employee": "e1"}
    provider = numbered(liar)
    assert await refused(door, liar, provider) == (FaultReason.LEFT, "removal_waits")
    assert await door.sessions.start("e1", SignInMethod.LINK, at=NOON) is None
    await door.put(replace(account, active=True))
    assert (await door.enter(door.sign_in_at(provider), liar)).started.session.person_id == "e1"


async def test_an_unknown_person_becomes_one_of_the_providers_municipality(door: Door, liar: LyingProvider) -> None:
    liar.claims = {"name": "  Ny\u200b Tilsett ", "department": "Skole"}
    provider = provider_at(liar.issuer, unknown="create", unit_claim="department", units={"Skole": "nes-skole"})
    finished = await door.enter(door.sign_in_at(provider), liar)
    person = await door.person(finished.started.session.person_id)
    assert person is not None
    assert (person.municipality_id, person.unit_id, person.name) == ("nes", "nes-skole", "Ny Tilsett")
    assert (person.language, person.registered, person.vouched_for) == (Language.NN, False, True)
    again = await door.enter(door.sign_in_at(provider), liar)
    assert again.started.session.person_id == person.id


@pytest.mark.parametrize("unit", ["eidsvoll-skole", "nes", "nowhere", ""])
async def test_a_unit_outside_the_municipality_is_left_to_be_chosen(door: Door, liar: LyingProvider, unit: str) -> None:
    liar.claims = {"department": unit}
    provider = provider_at(liar.issuer, unknown="create", unit_claim="department")
    finished = await door.enter(door.sign_in_at(provider), liar)
    person = await door.person(finished.started.session.person_id)
    assert person is not None
    assert (person.municipality_id, person.unit_id) == ("nes", None)


async def test_somebody_who_signed_in_first_and_was_registered_later_is_one_person(
    door: Door, liar: LyingProvider
) -> None:
    provider = numbered(liar, unknown="create")
    first = await door.enter(door.sign_in_at(provider), liar)
    stranger_id = first.started.session.person_id
    question = Question(
        id="q1", person_id=stranger_id, municipality_id="nes", utterance="Hei", language=Language.NB,
        outcome=OutcomeKind.ANSWER, asked_at=NOON,
    )  # fmt: skip
    await door.put(question, KARI)
    liar.claims = {"employee": "e1"}
    second = await door.enter(door.sign_in_at(provider), liar)
    assert second.started.session.person_id == "e1"
    assert await door.person(stranger_id) is None
    assert await door.sessions_of(stranger_id) == []
    [moved] = await door.store.find(Question.KIND, "person:e1")
    assert moved.body["utterance"] == "Hei"
    assert ("signin.joined", "e1") in await door.acts()
    assert len(await door.store.find(SignInAccount.KIND, "person:e1")) == 1


@pytest.mark.full
async def test_a_leaver_is_refused_while_known_and_after_everything_was_deleted(
    door: Door, liar: LyingProvider
) -> None:
    await door.put(KARI)
    liar.claims = {"employee": "e1"}
    provider = numbered(liar, unknown="create")
    await door.enter(door.sign_in_at(provider), liar)
    gone = replace(KARI, municipality_id=None, unit_id=None, email=None, registered=False, left=True)
    await door.put(gone)
    assert await refused(door, liar, provider) == (FaultReason.LEFT, "registry")
    liar.claims = {}
    assert await refused(door, liar, provider) == (FaultReason.LEFT, "registry")
    # Deleted, with the marks that deletion leaves: the number, or the account alone.
    [account] = await door.store.find(SignInAccount.KIND, "person:e1")
    await door.store.commit(Commit(at=NOON, records=tuple(door.former.puts(door.former.marks_of(gone), at=NOON))))
    for claims in ({"employee": "e1"}, {}):
        liar.claims = claims
        assert (await refused(door, liar, provider))[0] is FaultReason.LEFT
    await door.store.commit(Commit(at=NOON, records=tuple(door.former.puts([account.key.id], at=NOON))))
    liar.claims = {}
    assert (await refused(door, liar, provider))[0] is FaultReason.LEFT
    await door.put(KARI)  # back again
    liar.claims = {"employee": "e1"}
    assert (await door.enter(door.sign_in_at(provider), liar)).started.session.person_id == "e1"


@pytest.mark.full
async def test_rules_keep_pupils_and_others_out(door: Door, liar: LyingProvider) -> None:
    await door.put(KARI)
    pupils = {"claim": "groups", "values": ["pupils"]}
    domain = {"claim": "preferred_username", "ends_with": ["@elev.nes.example"]}
    staff = {"claim": "type.kind", "values": ["Employee"]}
    provider = numbered(liar, refuse=[pupils, domain], require=[staff])
    for claims, allowed in (
        ({"type": {"kind": "employee"}}, True),
        ({"type": {"kind": "employee"}, "groups": ["other"]}, True),
        ({}, False),
        ({"type": "employee"}, False),
        ({"type": {"kind": "employee"}, "groups": ["Pupils", "x"]}, False),
        ({"type": {"kind": "employee"}, "preferred_username": "a@ELEV.nes.example"}, False),
        ({"type": {"kind": "employee"}, "_claim_names": {"groups": "src1"}}, False),
        ({"type": {"kind": "employee"}, "hasgroups": True}, False),
    ):
        liar.claims = {"employee": "e1", **claims}
        if allowed:
            await door.enter(door.sign_in_at(provider), liar)
        else:
            assert (await refused(door, liar, provider))[0] is FaultReason.NOT_ALLOWED, claims


def mapped(liar: LyingProvider, **settings: Any) -> Any:
    rows = [
        {"group": "g-announcers", "role": "announcer", "municipality": "nes"},
        {"group": "g-editors", "role": "editor"},
        {"app_role": "Heia.Dpo", "role": "dpo"},
    ]
    return numbered(liar, role=rows, **settings)


async def roles(door: Door) -> set[str]:
    person = await door.person("e1")
    assert person is not None
    return {str(role) for role in person.roles} - {"employee"}


async def test_roles_are_right_at_the_first_sign_in_and_follow_the_groups(door: Door, liar: LyingProvider) -> None:
    await door.put(replace(KARI, roles=frozenset({Role.EMPLOYEE, Role.APPROVER, Role.EDITOR})))
    sign_in = door.sign_in_at(mapped(liar))
    liar.claims = {"employee": "e1", "groups": ["g-announcers", "g-editors"], "roles": ["Heia.Dpo"]}
    await door.enter(sign_in, liar)
    assert await roles(door) == {"announcer", "approver", "editor", "dpo"}
    liar.claims = {"employee": "e1", "groups": [], "roles": []}
    await door.enter(sign_in, liar)
    assert await roles(door) == {"approver", "editor"}, "what the registry gave stays, also where a group gave it too"
    assert [act for act, _ in await door.acts()].count("signin.revoked") == 1


async def test_a_lost_role_ends_the_other_sessions_and_not_the_new_one(door: Door, liar: LyingProvider) -> None:
    await door.put(KARI)
    sign_in = door.sign_in_at(mapped(liar))
    liar.claims = {"employee": "e1", "groups": ["g-announcers"]}
    first = await door.enter(sign_in, liar)
    second = await door.enter(sign_in, liar)
    assert len(await door.sessions_of("e1")) == 2, "nothing was lost"
    liar.claims = {"employee": "e1", "groups": ["g-editors"]}
    third = await door.enter(sign_in, liar)
    assert [each.id for each in await door.sessions_of("e1")] == [third.started.session.id]
    assert await door.sessions.valid_session(first.started.token, now=NOON) is None
    assert await door.sessions.valid_session(second.started.token, now=NOON) is None


@pytest.mark.parametrize(
    ("claims", "event"),
    [
        ({}, "signin_claim_missing"),
        (
            {"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {"endpoint": "https://graph"}}},
            "signin_groups_overage",
        ),
        ({"hasgroups": True}, "signin_groups_overage"),
    ],
)
async def test_a_token_without_the_groups_takes_nothing_back_and_says_so(
    door: Door, liar: LyingProvider, claims: dict[str, Any], event: str
) -> None:
    await door.put(KARI)
    sign_in = door.sign_in_at(mapped(liar))
    liar.claims = {"employee": "e1", "groups": ["g-announcers"], "roles": ["Heia.Dpo"]}
    await door.enter(sign_in, liar)
    door.logged.clear()
    liar.claims = {"employee": "e1", "roles": [], **claims}
    await door.enter(sign_in, liar)
    assert await roles(door) == {"announcer"}, "the other claim was there, and took its role back"
    assert [each for each in door.logged if each["event"] == event and each["claim"] == "groups"]


async def test_a_token_without_the_linking_claim_is_logged(door: Door, liar: LyingProvider) -> None:
    await door.put(KARI)
    sign_in = door.sign_in_at(mapped(liar))
    liar.claims = {"groups": ["g-announcers"], "roles": []}
    with pytest.raises(SignInFault, match="not_registered"):
        await door.enter(sign_in, liar)
    assert [each["claim"] for each in door.logged if each["event"] == "signin_claim_missing"] == ["employee"]


async def test_a_group_gives_roles_to_people_of_its_municipality_only(door: Door, liar: LyingProvider) -> None:
    await door.put(replace(KARI, municipality_id="eidsvoll", unit_id=None))
    provider = mapped(liar, municipalities=["nes", "eidsvoll"])
    liar.claims = {"employee": "e1", "groups": ["g-announcers", "g-editors"]}
    await door.enter(door.sign_in_at(provider), liar)
    assert await roles(door) == {"editor"}


async def test_a_person_under_a_new_id_keeps_the_roles_of_the_registry(door: Door, liar: LyingProvider) -> None:
    """What the account gave under the former id is not taken from the new one, which the registry gave it."""
    await door.put(KARI)
    provider = mapped(liar)
    liar.claims = {"employee": "e1", "groups": ["g-editors"]}
    await door.enter(door.sign_in_at(provider), liar)
    await door.put(replace(KARI, municipality_id=None, unit_id=None, registered=False, left=True))
    await door.put(replace(KARI, id="e2", roles=frozenset({Role.EMPLOYEE, Role.EDITOR})))
    liar.claims = {"employee": "e2", "groups": []}
    finished = await door.enter(door.sign_in_at(provider), liar)
    person = await door.person("e2")
    assert finished.started.session.person_id == "e2"
    assert person is not None
    assert Role.EDITOR in person.roles
    assert ("signin.linked", "e2") in await door.acts()


async def test_the_first_administrator_comes_from_the_configuration_and_goes_with_it(
    door: Door, liar: LyingProvider
) -> None:
    await door.put(KARI)
    liar.claims = {"employee": "e1"}
    await door.enter(door.sign_in_at(mapped(liar, administrators=["e1"])), liar)
    assert await roles(door) == {"admin"}
    await door.enter(door.sign_in_at(mapped(liar, administrators=["e2"])), liar)
    assert await roles(door) == set()
    assert {"signin.granted", "signin.revoked"} <= {act for act, _ in await door.acts()}


@pytest.mark.full
async def test_a_contact_who_is_one_no_longer_gives_the_cases_away(door: Door, liar: LyingProvider) -> None:
    await door.put(KARI)
    provider = numbered(liar, role=[{"group": "g", "role": "contact"}])
    for groups in (["g"], []):
        liar.claims = {"employee": "e1", "groups": groups}
        await door.enter(door.sign_in_at(provider), liar)
    [timer] = await door.store.take_timers(now=NOON, hold_for=timedelta(seconds=1), limit=9)
    assert (timer.verb, timer.data) == ("handoff.lost", {"person_id": "e1"})


@pytest.mark.parametrize(
    "claims",
    [
        {"pid": NUMBER},
        {"personnummer": "x"},
        {"employee": NUMBER},
        {"name": f"Kari {NUMBER}"},
        {"name": NUMBER},
        {"employee": int(NUMBER)},
        {"groups": ["a", NUMBER]},
        {"nested": {"deep": [{"er": [f"{NUMBER[:6]} {NUMBER[6:]}"]}]}},
        {"sid": NUMBER},
        {"department": NUMBER},
    ],
)
async def test_a_national_identity_number_is_taken_from_no_claim(
    door: Door, liar: LyingProvider, claims: dict[str, Any]
) -> None:
    liar.claims = claims
    provider = numbered(liar, unknown="create", unit_claim="department", role=[{"group": NUMBER, "role": "admin"}])
    finished = await door.enter(door.sign_in_at(provider), liar)
    person = await door.person(finished.started.session.person_id)
    assert person is not None
    assert Role.ADMIN not in person.roles
    found = await door.store.search_everything([NUMBER, NUMBER[:6], NUMBER[6:]])
    assert found.traces == ()
    assert NUMBER[6:] not in repr(door.logged)
    assert [each for each in door.logged if each["event"] == "signin_claims_dropped"]


async def test_a_number_as_subject_is_refused(door: Door, liar: LyingProvider) -> None:
    liar.claims = {"sub": NUMBER}
    provider = provider_at(liar.issuer, unknown="create")
    assert await refused(door, liar, provider) == (FaultReason.INVALID, "identity_number_as_sub")


async def test_ids_of_accounts_and_groups_are_no_identity_numbers(door: Door, liar: LyingProvider) -> None:
    liar.claims = {"sub": OBJECT, "groups": [TENANT, OBJECT], "employee": "10023"}
    await door.enter(door.sign_in_at(numbered(liar, unknown="create")), liar)
    assert [each for each in door.logged if each["event"] == "signin_claims_dropped"] == []
