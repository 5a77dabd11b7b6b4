"""Who may announce what, who may see it, and on whose cards it stands."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from dialogs.announce.access import HandledAnnouncement, announcement_of_card, announcer_of, deny, refuse
from dialogs.announce.approve.authority import LostRight, is_approver, lost_right, responsible_id
from dialogs.announce.audience import Audience
from dialogs.announce.card_slots import (
    answer_slot,
    move_progress_card,
    new_card_slot,
    progress_card_holders,
    remove_old_cards,
    with_author_card,
)
from dialogs.announce.model import (
    Announcement,
    AnnouncementChange,
    AnnouncementState,
    Pending,
)
from dialogs.core.decision import NOTHING, Audit, Decision, Notice, Post, Put, Reply
from dialogs.core.event import Event, Pressed, Said, Scope, What
from dialogs.core.message import Message
from dialogs.core.person import Person, Role
from dialogs.core.refusal import EventRefused
from knowledge.article.article import Language
from tests.channels import WEB
from tests.unit.announce.town import PEOPLE, Town, person
from tests.unit.driver import CATALOGUE, TUESDAY

BY_ID = {each.id: each for each in PEOPLE}
TEXTS = CATALOGUE[Language.NB]
CARD = Pressed(verb="announce.send", data={"announcement_id": "a1", "edition": "3"}, slot="announce/desk/a1/1")


@pytest.fixture
def town() -> Town:
    return Town()


def announcement(**more: Any) -> Announcement:
    fields: dict[str, Any] = {
        "id": "a1",
        "author_id": "anja",
        "municipality_id": "lillevik",
        "desk": "announce/desk/a1",
    }
    return Announcement(**{**fields, "edition": 3, "created_at": TUESDAY, "changed_at": TUESDAY, **more})


def event(what: What = CARD, *, who: str = "anja", scope: Scope = Scope.PERSONAL) -> Event:
    return Event(id="e1", at=TUESDAY, channel=WEB, person_id=who, conversation_id="c", scope=scope, what=what)


# Who


@pytest.mark.parametrize(
    ("who", "may"),
    [
        pytest.param(None, "nothing", id="nobody"),
        pytest.param(person("x", "skole"), "nothing", id="an employee"),
        pytest.param(person("x", "skole", Role.ADMIN), "nothing", id="an administrator of a municipality"),
        pytest.param(replace(BY_ID["anja"], municipality_id=None), "nothing", id="an announcer of nowhere"),
        pytest.param(replace(BY_ID["anja"], municipality_id="borte"), "nothing", id="an announcer of what is no more"),
        pytest.param(replace(BY_ID["drude"], municipality_id=None), "nothing", id="an administrator of nowhere"),
        pytest.param(person("x", "drift", of="samdrift"), "nothing", id="an employee of the provider"),
        pytest.param(BY_ID["anja"], "lillevik", id="an announcer"),
        pytest.param(person("x", "drift", Role.ANNOUNCER, of="samdrift"), "samdrift", id="the provider's announcer"),
        pytest.param(BY_ID["drude"], None, id="the provider's administrator"),
    ],
)
def test_an_announcer_addresses_the_own_municipality_and_the_providers_administrator_all(
    town: Town, who: Person | None, may: str | None
) -> None:
    found = announcer_of(who, town.content)
    assert (found.municipality_id if found else "nothing") == may
    if found is not None:
        assert found.person is who
        assert found.texts is CATALOGUE[found.person.language]


@pytest.mark.parametrize(
    ("who", "version", "audience", "sees"),
    [
        ("anja", 1, {"lillevik"}, True),
        ("arne", 1, {"lillevik"}, True),
        ("berit", 0, {"lillevik"}, False),
        ("berit", 1, {"lillevik"}, False),
        ("anja", 0, set(), True),
        ("anja", 1, set(), False),
        ("anja", 1, {"lillevik", "storvik"}, False),
        ("drude", 1, set(), True),
        ("drude", 1, {"lillevik"}, True),
    ],
)
def test_an_announcer_sees_the_municipalitys_own_but_not_what_went_beyond_it(
    town: Town, who: str, version: int, audience: set[str], sees: bool
) -> None:
    found = announcer_of(BY_ID[who], town.content)
    assert found is not None
    one = announcement(version=version, audience=Audience(municipality_ids=frozenset(audience)))
    assert found.sees(one, town.content.organisation) is sees


# What the card names


def at_desk(town: Town, pressed: Pressed, *, edition: bool = False, who: str = "anja", **more: Any) -> Any:
    """Return what is found for a pressed card, or the decision that refuses it."""
    try:
        return town.answer_to(
            who, lambda work: announcement_of_card(event(pressed, who=who, **more), town.content, edition=edition)
        )
    except EventRefused as refused:
        return refused.decision


def said(decision: Decision) -> str:
    [notice] = [effect.text for effect in decision.effects if isinstance(effect, Notice)]
    return notice


def named(**data: str) -> Pressed:
    return replace(CARD, data={"announcement_id": "a1", **data})


def test_the_announcement_a_card_names_is_found(town: Town) -> None:
    one = announcement()
    town.put(one)
    found = at_desk(town, CARD, edition=True)
    assert isinstance(found, HandledAnnouncement)
    assert (found.announcement, found.person) == (one, BY_ID["anja"])
    assert found.texts is TEXTS


@pytest.mark.parametrize(("who", "id_"), [("anja", "a2"), ("berit", "a1")])
def test_one_that_is_not_there_and_one_of_others_are_refused_alike(town: Town, who: str, id_: str) -> None:
    town.put(announcement())
    refused = at_desk(town, named(announcement_id=id_), who=who)
    assert said(refused) == TEXTS("announce.refuse.unknown")
    assert [dict(each.details)["reason"] for each in refused.effects if isinstance(each, Audit)] == ["unknown"]


def test_an_id_of_any_length_is_looked_up_by_what_ids_may_have(town: Town) -> None:
    town.put(announcement(id="a" * 100))
    assert isinstance(at_desk(town, named(announcement_id="a" * 5000)), HandledAnnouncement)


@pytest.mark.parametrize("scope", [Scope.GROUP, Scope.TEAM])
def test_in_a_shared_chat_nothing_is_shown_to_those_with_the_right_either(town: Town, scope: Scope) -> None:
    town.put(announcement())
    assert said(at_desk(town, CARD, scope=scope)) == TEXTS("announce.refuse.in_private")


def test_one_without_the_right_is_told_in_their_language(town: Town) -> None:
    town.put(announcement())
    assert said(at_desk(town, CARD, who="sven")) == CATALOGUE[Language.EN]("announce.refuse.not_announcer")


@pytest.mark.parametrize(
    ("state", "data", "told"),
    [
        (AnnouncementState.DRAFT, {}, ["edited_meanwhile"]),
        (AnnouncementState.DRAFT, {"edition": "2"}, ["edited_meanwhile"]),
        (AnnouncementState.DRAFT, {"edition": "2", "body_nn": "Hei"}, ["edited_meanwhile", "unsaved"]),
        (AnnouncementState.DRAFT, {"edition": "2", "title_en": "Hi"}, ["edited_meanwhile", "unsaved"]),
        (AnnouncementState.DRAFT, {"edition": "2", "title_en": "  "}, ["edited_meanwhile"]),
        (AnnouncementState.RECALLED, {"edition": "2", "body_nn": "Hei"}, ["recalled"]),
        (AnnouncementState.DRAFT, {"edition": "3"}, []),
    ],
)
def test_a_card_of_an_earlier_edition_is_refused_with_what_becomes_of_the_texts_in_it(
    town: Town, state: AnnouncementState, data: Mapping[str, str], told: list[str]
) -> None:
    town.put(announcement(state=state))
    found = at_desk(town, named(**data), edition=True)
    refused = said(found) if isinstance(found, Decision) else ""
    assert refused == "\n\n".join(TEXTS(f"announce.refuse.{key}") for key in told)
    assert isinstance(at_desk(town, named(**data)), HandledAnnouncement), "where any edition will do"


# Refusals


def test_a_refusal_stands_beside_the_pressed_card_and_in_the_chat_where_there_is_none() -> None:
    assert refuse(event(), "Nei.", "Ikke nå.").effects == (Notice(text="Nei.\n\nIkke nå."),)
    for what in (replace(CARD, slot=None), Said(utterance="ny kunngjøring")):
        both = Notice(text="Nei."), Reply(slot="announce/refused/e1", message=Message(text="Nei."))
        assert refuse(event(what), "Nei.").effects == both


def test_an_attempt_on_a_named_announcement_is_in_the_audit_log_masked_and_short() -> None:
    name = "13097248022 " + "x" * 200
    [audit] = [
        each for each in deny(event(named(announcement_id=name)), TEXTS, "unknown").effects if isinstance(each, Audit)
    ]
    assert (audit.act, audit.by, audit.repeatable) == ("announce.refused", "anja", True)
    assert audit.details == (("verb", "announce.send"), ("reason", "unknown"))
    assert "13097248022" not in audit.subject
    assert len(audit.subject) == 80


@pytest.mark.parametrize("what", [named(announcement_id=""), Said(utterance="ny kunngjøring")])
def test_where_nothing_is_named_nothing_was_attempted(what: What) -> None:
    assert not [each for each in deny(event(what), TEXTS, "unknown").effects if isinstance(each, Audit)]


# Cards


def test_the_author_and_a_colleague_each_have_one_card_and_the_older_ones_go() -> None:
    one = announcement(desk="d0", colleagues={"arne": "c0", "eli": "c1"})
    by_author = with_author_card(one, BY_ID["anja"], "new")
    assert (by_author.desk, by_author.colleagues) == ("new", {"arne": "c0", "eli": "c1"})
    by_colleague = with_author_card(one, BY_ID["arne"], "new")
    assert (by_colleague.desk, by_colleague.colleagues) == ("new", {"arne": "new", "eli": "c1"})
    gone = remove_old_cards(one, by_colleague)
    assert gone == tuple(
        Post(to=to, slot=slot, message=None, only_update=True) for to, slot in [("anja", "d0"), ("arne", "c0")]
    )
    assert remove_old_cards(one, one) == ()
    assert [post.to for post in remove_old_cards(one, replace(one, colleagues={"arne": "c0"}))] == ["eli"]


def test_a_card_moves_for_the_one_it_moves_for() -> None:
    one = announcement(desk="d0", colleagues={"arne": "c0"})
    decision = move_progress_card(one, BY_ID["arne"], "new")
    assert decision.writes == (Put(record=replace(one, colleagues={"arne": "new"})),)
    assert decision.effects == (Post(to="arne", slot="c0", message=None, only_update=True),)
    assert move_progress_card(one, BY_ID["anja"], "new").writes == (Put(record=replace(one, desk="new")),)
    assert move_progress_card(one, BY_ID["arne"], "c0") == NOTHING
    assert move_progress_card(one, BY_ID["anja"], "d0") == NOTHING


def test_progress_is_shown_to_the_author_and_to_colleagues_who_may_still_see_it(town: Town) -> None:
    town.put(replace(BY_ID["gro"], left=True, roles=frozenset({Role.ANNOUNCER})))
    one = announcement(desk="d0", colleagues={"arne": "c0", "nils": "c1", "berit": "c2", "gro": "c3", "borte": "c4"})
    found = town.answer_to("anja", lambda work: progress_card_holders(one, work.content))
    assert sorted((each.id, slot) for each, slot in found) == [("anja", "d0"), ("arne", "c0")]
    town.change("anja", roles=frozenset({Role.EMPLOYEE}))
    assert ("anja", "d0") in [
        (p.id, s) for p, s in town.answer_to("anja", lambda work: progress_card_holders(one, work.content))
    ]
    town.change("anja", left=True)
    assert "anja" not in [
        each.id for each, _ in town.answer_to("anja", lambda work: progress_card_holders(one, work.content))
    ]


def test_an_answer_goes_into_the_pressed_card_of_an_announcement_or_the_authors() -> None:
    one = announcement(desk="announce/desk/a1/first")
    assert answer_slot(event(), one) == CARD.slot
    for what in (replace(CARD, slot=None), replace(CARD, slot="announce/list"), Said(utterance="hei")):
        assert answer_slot(event(what), one) == one.desk
    assert new_card_slot(event(), one) == "announce/desk/a1/e1"


# Who answers for it


def change(act: str, by: str) -> AnnouncementChange:
    return AnnouncementChange(act=act, by=by, at=TUESDAY, version=0)


HISTORY = tuple(
    change(act, by)
    for act, by in [("submitted", "s1"), ("scheduled", "p1"), ("submitted", "s2"), ("scheduled", "p2"), ("sent", "x")]
)


@pytest.mark.parametrize(
    ("fields", "who"),
    [
        ({}, "anja"),
        ({"state": AnnouncementState.SCHEDULED}, "anja"),
        ({"state": AnnouncementState.SCHEDULED, "history": HISTORY}, "p2"),
        ({"state": AnnouncementState.AWAITING, "history": HISTORY}, "s2"),
        ({"state": AnnouncementState.SCHEDULED, "approved_by": "gro", "history": HISTORY}, "s2"),
        ({"pending": Pending(wordings={}, confirm_again=False, by="arne"), "history": HISTORY}, "arne"),
    ],
)
def test_who_asked_last_for_what_is_to_be_sent_answers_for_it(fields: Mapping[str, Any], who: str) -> None:
    assert responsible_id(announcement(**fields)) == who


def test_an_approver_approves_what_is_of_the_own_municipality() -> None:
    assert is_approver(BY_ID["gro"], announcement())
    assert not is_approver(BY_ID["gro"], announcement(municipality_id="storvik"))
    assert not is_approver(BY_ID["anja"], announcement())


@pytest.mark.parametrize("state", AnnouncementState)
def test_an_approval_counts_as_long_as_the_announcement_is_planned(town: Town, state: AnnouncementState) -> None:
    everybody_there = Audience(municipality_ids=frozenset({"lillevik"}))
    one = announcement(state=state, approved_by="gro", audience=everybody_there)
    assert town.answer_to("anja", lambda work: lost_right(one, work.content)) is None
    town.change("gro", roles=frozenset({Role.EMPLOYEE}))
    lost = LostRight.APPROVER if state is AnnouncementState.SCHEDULED else None
    assert town.answer_to("anja", lambda work: lost_right(one, work.content)) is lost
