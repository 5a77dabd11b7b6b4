from typing import Any

import pytest

from dialogs.announce.model import Announcement, AnnouncementState
from dialogs.core.person import Role
from tests.unit.announce.town import TEXTS, Town, person
from tests.unit.read_cards import actions_of


@pytest.fixture
def town() -> Town:
    return Town(approval=True)


@pytest.fixture
def asked(town: Town) -> Announcement:
    draft = town.draft(units="nord")
    assert not town.act("announce.send", draft).notices
    return town.now_is(draft)


def slot(asked: Announcement, times: int = 1) -> str:
    return f"announce/approve/{asked.id}/{times}"


def test_nothing_is_sent_before_a_second_person_has_seen_it(town: Town, asked: Announcement) -> None:
    town.wait()
    assert asked.state is AnnouncementState.AWAITING
    assert town.readers(asked) == set()
    assert "Vi jobber med saken." in town.shown("gro", slot(asked))
    town.act("announce.approve", asked, "gro")
    town.wait()
    assert town.readers(asked) == {"nils", "nora"}
    assert town.now_is(asked).approved_by == "gro"
    told = town.texts("anja")("announce.approval.told", title="Teams er nede")
    assert [slot for slot in town.slots("anja") if town.shown("anja", slot).strip() == told]
    assert "gro" in {audit.by for audit in town.audits if audit.act == "announce.approve"}


@pytest.mark.parametrize(("municipalities", "waits"), [("lillevik", True), ("", True), ("storvik", False)])
def test_what_the_provider_sends_waits_where_an_addressed_municipality_demands_it(
    town: Town, municipalities: str, waits: bool
) -> None:
    town.put(person("gerd", "drift", Role.APPROVER, of="samdrift"))
    draft = town.draft("drude", municipalities=municipalities)
    town.act("announce.send", draft, "drude")
    town.wait()
    assert (town.now_is(draft).state is AnnouncementState.AWAITING) is waits
    assert bool(town.readers(draft)) is not waits


@pytest.mark.parametrize("who", ["anja", "arne", "nils", "berit", "drude"])
def test_only_an_approver_of_the_municipality_may(town: Town, asked: Announcement, who: str) -> None:
    outcome = town.act("announce.approve", asked, who)
    assert outcome.notices
    assert not outcome.changed


def test_not_even_an_approver_approves_their_own(town: Town) -> None:
    town.change("anja", roles=frozenset({Role.ANNOUNCER, Role.APPROVER}))
    draft = town.draft()
    town.act("announce.send", draft)
    outcome = town.act("announce.approve", town.now_is(draft))
    assert outcome.notice == town.texts("anja")("announce.refuse.own_approval")
    assert not outcome.changed


def test_nor_what_they_submitted_in_the_authors_place(town: Town) -> None:
    town.change("arne", roles=frozenset({Role.ANNOUNCER, Role.APPROVER}))
    draft = town.draft()
    town.act("announce.send", draft, "arne")
    outcome = town.act("announce.approve", town.now_is(draft), "arne")
    assert outcome.notice == town.texts("arne")("announce.refuse.own_approval")
    assert not outcome.changed


def test_who_submitted_it_in_the_authors_place_is_told_what_came_of_it_too(town: Town) -> None:
    draft = town.draft(units="nord")
    for verb, told in (("reject", "announce.preview.heading"), ("approve", "announce.state.sending")):
        town.act("announce.send", town.now_is(draft), "arne")
        town.act(f"announce.{verb}", town.now_is(draft), "gro", why="Nei." if verb == "reject" else "")
        assert town.texts("arne")(told) in town.shown("arne", draft.desk)


def test_what_changed_after_it_was_shown_must_be_shown_again(town: Town, asked: Announcement) -> None:
    town.act("announce.unschedule", asked)
    town.act("announce.preview", town.now_is(asked), **{**TEXTS, "title_nb": "Noe annet"}, units="nord")
    town.act("announce.send", town.now_is(asked))
    outcome = town.act("announce.approve", asked, "gro")
    assert outcome.notice == town.texts("gro")("announce.refuse.edited_meanwhile")
    assert town.now_is(asked).state is AnnouncementState.AWAITING


def test_sent_back_it_is_a_draft_with_the_reason(town: Town, asked: Announcement) -> None:
    town.act("announce.reject", asked, "gro", why="Skriv når det skjedde.")
    assert town.now_is(asked).state is AnnouncementState.DRAFT
    note = town.slots("anja")[-1]
    assert "Skriv når det skjedde." in town.shown("anja", note)
    assert town.buttons("anja", note) == ["announce.open"]
    assert not town.act("announce.send", town.now_is(asked)).notices
    assert "announce.approve" in town.buttons("gro", slot(asked, 2))


@pytest.mark.parametrize("correction", [False, True])
def test_a_remark_is_not_dropped_by_approving(town: Town, asked: Announcement, correction: bool) -> None:
    if correction:
        town.act("announce.approve", asked, "gro")
        town.wait()
        town.act("announce.corrected", town.now_is(asked), **{**TEXTS, "body_nb": "Rettet."})
    waiting, times = town.now_is(asked), 1 + correction
    texts = town.texts("gro")
    town.act("announce.approve", waiting, "gro", why="Skriv [når](https://vond.example) det skjedde.")
    assert town.now_is(asked) == waiting, "nothing is approved before the question is answered"
    assert texts("announce.approval.remark_first") in town.shown("gro", slot(asked, times))
    assert {"announce.approve", "announce.reject"} <= set(town.buttons("gro", slot(asked, times)))
    town.act("announce.approve", waiting, "gro", why="Skriv [når](https://vond.example) det skjedde.", sure=True)
    town.wait()
    approved = town.now_is(asked)
    assert approved.state is AnnouncementState.SENT
    assert approved.pending is None
    told = " ".join(town.shown("anja", each) for each in town.slots("anja"))
    assert "det skjedde." in told
    assert "](https://vond.example)" not in told


def test_what_was_written_goes_with_either_button_of_the_request(town: Town, asked: Announcement) -> None:
    message = town.posts["gro", slot(asked)]
    buttons = {action["verb"]: action for action in actions_of(message.card)}
    assert "associatedInputs" not in buttons["announce.approve"]
    assert "associatedInputs" not in buttons["announce.reject"]


def test_the_reason_is_masked_and_its_markdown_does_nothing(town: Town, asked: Announcement) -> None:
    town.act("announce.reject", asked, "gro", why="Gjelder 01017050040, se [her](https://vond.example)")
    told = " ".join(town.shown("anja", each) for each in town.slots("anja"))
    assert "01017050040" not in told
    assert "](https://vond.example)" not in told
    assert "Gjelder" in told


def test_the_first_approver_decides_and_the_others_cards_go(town: Town) -> None:
    town.put(person("geir", "skole", Role.APPROVER))
    draft = town.draft(units="nord")
    town.act("announce.send", draft)
    asked = town.now_is(draft)
    assert town.slots("geir") == [slot(asked)]
    town.act("announce.approve", asked, "gro")
    assert town.slots("geir") == []
    assert town.act("announce.approve", asked, "geir").notice == town.texts("geir")("announce.refuse.edited_meanwhile")


def test_without_any_approver_the_announcer_is_told(town: Town) -> None:
    town.change("gro", roles=frozenset({Role.EMPLOYEE}))
    draft = town.draft()
    outcome = town.act("announce.send", draft)
    assert outcome.notice == town.texts("anja")("announce.refuse.no_approver")
    assert not outcome.changed


def test_an_approved_one_waits_for_its_time(town: Town) -> None:
    draft = town.draft(units="nord")
    town.act("announce.schedule", draft, day="2026-11-24", time="12:00")
    town.act("announce.approve", town.now_is(draft), "gro")
    town.wait(60)
    assert town.now_is(draft).state is AnnouncementState.SCHEDULED
    town.ring_until(town.now.replace(hour=11, minute=1))
    assert town.readers(draft) == {"nils", "nora"}


def test_a_correction_waits_for_approval_too_and_what_is_out_stays_meanwhile(town: Town, asked: Announcement) -> None:
    town.act("announce.approve", asked, "gro")
    town.wait()
    corrected = {**TEXTS, "body_nb": "Rettet."}
    assert not town.act("announce.corrected", town.now_is(asked), **corrected).notices
    town.wait()
    assert "Vi jobber" in town.shown("nils", asked.slot)
    assert "Rettet." in town.shown("gro", slot(asked, 2))
    assert town.texts("gro")("announce.approval.given", title="Teams er nede") in town.shown("gro", slot(asked))
    waiting = town.now_is(asked)
    assert town.act("announce.approve", waiting, "anja").notices
    town.act("announce.approve", waiting, "gro")
    town.wait()
    assert "Rettet." in town.shown("nils", asked.slot)
    assert town.now_is(asked).pending is None


def test_a_correction_needs_nothing_of_an_earlier_approver(town: Town, asked: Announcement) -> None:
    town.act("announce.approve", asked, "gro")
    town.wait()
    town.change("gro", roles=frozenset({Role.EMPLOYEE}))
    town.put(person("gerd", "skole", Role.APPROVER))
    assert not town.act("announce.corrected", town.now_is(asked), **{**TEXTS, "body_nb": "Rettet."}).notices
    assert not town.act("announce.approve", town.now_is(asked), "gerd").notices
    town.wait()
    assert "Rettet." in town.shown("nils", asked.slot)


@pytest.mark.parametrize("then", ["announce.recalled", "announce.corrected"])
def test_what_is_not_asked_for_any_more_is_taken_back(town: Town, asked: Announcement, then: str) -> None:
    town.act("announce.approve", asked, "gro")
    town.wait()
    town.act("announce.corrected", town.now_is(asked), **{**TEXTS, "body_nb": "Rettet."})
    assert "announce.approve" in town.buttons("gro", slot(asked, 2))
    assert not town.act(then, town.now_is(asked), **{**TEXTS, "body_nb": "Bedre."}).notices
    assert town.buttons("gro", slot(asked, 2)) == []


def test_a_correction_sent_back_changes_nothing_for_readers(town: Town, asked: Announcement) -> None:
    town.act("announce.approve", asked, "gro")
    town.wait()
    town.act("announce.corrected", town.now_is(asked), **{**TEXTS, "body_nb": "Rettet."})
    town.act("announce.reject", town.now_is(asked), "gro", why="Nei.")
    town.wait()
    assert "Vi jobber" in town.shown("nils", asked.slot)
    assert any("Nei." in town.shown("anja", each) for each in town.slots("anja"))
    assert town.now_is(asked).pending is None
    assert not town.act("announce.corrected", town.now_is(asked), **{**TEXTS, "body_nb": "Ny."}).notices


def test_a_colleagues_correction_is_shown_to_the_author_while_it_waits_and_the_counts_when_it_is_sent_back(
    town: Town, asked: Announcement
) -> None:
    town.act("announce.approve", asked, "gro")
    town.wait()
    town.press("arne", "announce.open", announcement_id=asked.id)
    [opened] = town.slots("arne", asked.desk)
    held: dict[str, Any] = {"announcement_id": asked.id, "edition": town.now_is(asked).edition, **TEXTS}
    town.press("arne", "announce.corrected", slot=opened, **{**held, "body_nb": "Teams virker igjen."})
    texts, card = town.texts("anja"), town.now_is(asked).desk
    assert texts("announce.waiting.correction") in town.shown("anja", card)
    town.act("announce.reject", town.now_is(asked), "gro", why="Nei.")
    for who in ("anja", "arne"):
        assert f"{texts('announce.number.sent')} {len(town.readers(asked))}" in town.shown(who, card)
