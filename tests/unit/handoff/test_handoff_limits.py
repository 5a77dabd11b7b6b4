"""How many questions one person, and all guests together, may bring to colleagues."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dialogs.availability.profile import AmbassadorProfile
from dialogs.availability.worklist import Worklist
from dialogs.core.content import GuestRules
from dialogs.core.person import Person
from dialogs.handoff.draft import Draft
from dialogs.handoff.limits import MAX_A_DAY, MAX_DRAFTS, MAX_OPEN, GuestAllowance
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import Status
from knowledge.article.article import Language
from tests.unit.driver import Stage, speaking
from tests.unit.handoff.scene import alter, asked, enlist, handoff, person, stage


def drafted(scene: Stage, asker: str = "kari") -> str:
    """Begin a question and return its id."""
    before = {draft.id for draft in scene.all(Draft)}
    scene.press(asker, "handoff.start")
    [fresh] = {draft.id for draft in scene.all(Draft)} - before
    return fresh


def guest(scene: Stage, number: int = 1, unit: str = "nord") -> str:
    id_ = f"guest-{number}"
    scene.put(person(id_, unit, name=""))
    return id_


def open_of(scene: Stage, asker: str = "kari") -> int:
    return sum(f"open:{asker}" in each.terms() for each in scene.all(Handoff))


def test_drafts_made_in_advance_do_not_pass_the_cap_on_open_questions() -> None:
    scene = stage()
    for _ in range(3):
        asked(scene)
    drafts = [drafted(scene) for _ in range(MAX_DRAFTS)]
    outcomes = [scene.press("kari", "handoff.send", handoff_id=id_, question="Hva nå?") for id_ in drafts]
    assert open_of(scene) == MAX_OPEN
    refused = scene.texts("kari")("handoff.refused.too_many", number=MAX_OPEN)
    assert [outcome.notice for outcome in outcomes].count(refused) == 3 + MAX_DRAFTS - MAX_OPEN


@pytest.mark.full
def test_two_sends_at_the_same_time_do_not_both_take_the_last_place() -> None:
    scene = stage()
    for _ in range(MAX_OPEN - 1):
        asked(scene)
    first, second = drafted(scene), drafted(scene)
    outcomes = scene.race(
        scene.pressing("kari", "handoff.send", handoff_id=first, question="En?"),
        scene.pressing("kari", "handoff.send", handoff_id=second, question="To?"),
    )
    assert open_of(scene) == MAX_OPEN
    assert [bool(outcome.notice) for outcome in outcomes] == [False, True]


def test_a_refused_question_is_kept_as_a_draft_and_can_be_sent_later() -> None:
    scene = stage()
    sent = [asked(scene) for _ in range(MAX_OPEN - 1)]
    waiting, last = drafted(scene), drafted(scene)
    scene.press("kari", "handoff.send", handoff_id=last, question="Sist?")
    outcome = scene.press("kari", "handoff.send", handoff_id=waiting, question="Og denne?")
    assert not outcome.changed
    scene.press("kari", "handoff.withdraw", handoff_id=sent[0])
    scene.press("kari", "handoff.send", handoff_id=waiting, question="Og denne?")
    assert handoff(scene, waiting).status is Status.OFFERED


def test_a_further_draft_takes_the_place_of_the_oldest() -> None:
    scene = stage()
    ids = [drafted(scene) for _ in range(MAX_DRAFTS)]
    newest = drafted(scene)
    assert {draft.id for draft in scene.all(Draft)} == {*ids[1:], newest}
    assert f"handoff/{ids[0]}/draft" not in scene.timers
    assert scene.buttons("kari", f"handoff/{ids[0]}/status") == []


def test_two_drafts_begun_at_the_same_time_stay_within_the_cap() -> None:
    scene = stage()
    for _ in range(MAX_DRAFTS):
        drafted(scene)
    scene.race(scene.pressing("kari", "handoff.start"), scene.pressing("kari", "handoff.start"))
    assert len(scene.all(Draft)) == MAX_DRAFTS


def test_a_solved_question_is_not_reopened_beyond_the_cap() -> None:
    scene = stage()
    old = asked(scene)
    scene.press("ana", "handoff.accept", handoff_id=old)
    scene.press("ana", "handoff.resolve", handoff_id=old, answer="Slik.")
    for _ in range(MAX_OPEN):
        asked(scene)
    outcome = scene.press("kari", "handoff.reopen", handoff_id=old)
    assert outcome.notice == scene.texts("kari")("handoff.refused.too_many", number=MAX_OPEN)
    assert open_of(scene) == MAX_OPEN


@pytest.mark.full
def test_sending_and_withdrawing_in_turn_ends_after_a_days_share() -> None:
    scene = stage()
    for _ in range(MAX_A_DAY + 5):
        id_ = drafted(scene)
        scene.press("kari", "handoff.send", handoff_id=id_, question="Hei?")
        if scene.find(Handoff, id_):
            scene.press("kari", "handoff.withdraw", handoff_id=id_)
    assert len(scene.all(Handoff)) == MAX_A_DAY
    scene.now += timedelta(hours=24)
    asked(scene)
    assert len(scene.all(Handoff)) == MAX_A_DAY + 1


@pytest.mark.parametrize(
    ("share", "places"),
    [(0.5, [0, 0, 1, 1, 2, 2, 3]), (0.0, [0] * 7), (1.0, list(range(7))), (0.1, [0, 0, 1, 1, 1, 1, 1])],
)
def test_guests_have_their_share_of_places_and_one_is_left_to_employees(share: float, places: list[int]) -> None:
    rules = GuestRules(share=share)
    assert [rules.places(capacity) for capacity in range(7)] == places


def test_guests_fill_only_their_share_of_each_ambassador_and_employees_the_rest() -> None:
    scene = stage()
    for number in range(6):
        asked(scene, guest(scene, number))
    desks = {desk.id: desk for desk in scene.all(Worklist)}
    assert {id_: len(desk.offered) for id_, desk in desks.items()} == {"ana": 1, "bo": 1, "cato": 1}
    for _ in range(2):
        id_ = asked(scene, "kari")
        assert handoff(scene, id_).assignment.offered_to == "ana"
    assert scene.get(Worklist, "ana").used_capacity == 3


def test_a_place_for_guests_is_free_again_when_the_question_is_solved() -> None:
    scene = stage()
    for id_ in ("bo", "cato"):
        alter(scene, id_, active=False)
    first = asked(scene, guest(scene, 1))
    scene.press("ana", "handoff.accept", handoff_id=first)
    assert scene.find(Handoff, asked(scene, guest(scene, 2))) is None
    scene.press("ana", "handoff.resolve", handoff_id=first, answer="Slik.")
    assert handoff(scene, asked(scene, guest(scene, 3))).assignment.offered_to == "ana"


def test_two_guests_at_the_same_time_do_not_both_get_the_last_place() -> None:
    scene = stage()
    for id_ in ("bo", "cato"):
        alter(scene, id_, active=False)
    drafts = {who: drafted(scene, who) for who in (guest(scene, 1), guest(scene, 2))}
    events = [scene.pressing(who, "handoff.send", handoff_id=id_, question="Hei?") for who, id_ in drafts.items()]
    outcomes = scene.race(*events)
    assert [bool(outcome.notice) for outcome in outcomes] == [False, True]
    assert scene.get(Worklist, "ana").used_capacity == 1


@pytest.mark.parametrize("language", list(Language))
def test_a_guest_is_told_that_nothing_was_sent_and_what_to_do_instead(language: Language) -> None:
    scene = stage()
    for number in range(3):
        asked(scene, guest(scene, number))
    who = guest(scene, 9)
    scene.put(speaking(scene.get(Person, who), language))
    id_ = drafted(scene, who)
    outcome = scene.press(who, "handoff.send", handoff_id=id_, question="Hei?")
    texts = scene.texts(who)
    assert texts("handoff.guests.no_place") in outcome.notice
    assert "digital@lillevik.example" in outcome.notice
    assert texts("handoff.guests.sign_in") in outcome.notice
    assert not outcome.changed
    assert scene.get(Draft, id_).asker_id == who


def test_guests_of_one_municipality_share_an_hours_allowance_and_others_have_their_own() -> None:
    scene = stage()
    scene.content = replace(scene.content, guests=GuestRules(share=0.0, handoffs_an_hour=3))
    for number in range(5):
        asked(scene, guest(scene, number))
    assert len(scene.all(Handoff)) == 3
    elsewhere = "guest-storvik"
    scene.put(person(elsewhere, "bryggen", municipality_id="storvik", name=""))
    asked(scene, elsewhere)
    assert {one.id: one.sent for one in scene.all(GuestAllowance)} == {"lillevik": 3, "storvik": 1}
    scene.now += timedelta(minutes=59)
    outcome = scene.press("guest-4", "handoff.send", handoff_id=drafted(scene, "guest-4"), question="Hei?")
    assert scene.texts("guest-4")("handoff.guests.enough", time="10:00") in outcome.notice
    scene.now += timedelta(minutes=1)
    asked(scene, guest(scene, 7))
    assert len(scene.all(Handoff)) == 5


def test_the_allowance_is_exact_when_guests_send_at_the_same_time() -> None:
    scene = stage()
    scene.content = replace(scene.content, guests=GuestRules(share=0.0, handoffs_an_hour=1))
    drafts = {who: drafted(scene, who) for who in (guest(scene, 1), guest(scene, 2))}
    scene.race(*(scene.pressing(who, "handoff.send", handoff_id=id_, question="Hei?") for who, id_ in drafts.items()))
    assert len(scene.all(Handoff)) == 1


def test_employees_questions_do_not_count_against_the_guests_allowance() -> None:
    scene = stage()
    asked(scene, "kari")
    assert scene.all(GuestAllowance) == []


def test_employees_questions_come_out_of_the_queue_before_those_of_guests() -> None:
    scene = stage()
    for id_ in ("bo", "cato"):
        alter(scene, id_, active=False)
    alter(scene, "ana", capacity=2)
    held = [asked(scene, "kari"), asked(scene, "kari")]
    scene.press("ana", "handoff.accept", handoff_id=held[0])
    employee = asked(scene, "ola")
    waiting = handoff(scene, employee)
    assert waiting.status is Status.WAITING
    scene.put(replace(waiting, id="a-guests", asker_id=guest(scene, 1)))
    scene.press("ana", "handoff.resolve", handoff_id=held[0], answer="Slik.")
    assert handoff(scene, employee).assignment.offered_to == "ana"
    assert handoff(scene, "a-guests").status is Status.WAITING


def test_without_a_share_guests_are_brought_to_the_contact() -> None:
    scene = stage()
    scene.content = replace(scene.content, guests=GuestRules(share=0.0))
    assert handoff(scene, asked(scene, guest(scene))).assignment.contacts == ("kim",)


def test_passing_on_keeps_to_the_guests_share() -> None:
    scene = stage()
    enlist(
        scene,
        replace(scene.get(AmbassadorProfile, "ana").ambassador, person_id="eli", name="Ambassadør Eli", capacity=1),
    )
    id_ = asked(scene, guest(scene))
    owner = handoff(scene, id_).assignment.offered_to
    outcome = scene.press(str(owner), "handoff.pass", handoff_id=id_, colleague_id="eli")
    assert outcome.notice == scene.texts("ana")("handoff.refused.not_free", why="Opptatt med andre spørsmål")


def test_why_a_colleague_cannot_get_a_question_is_said_as_it_is() -> None:
    scene = stage()
    id_ = asked(scene)
    owner = str(handoff(scene, id_).assignment.offered_to)

    def said(colleague: str) -> str:
        return scene.press(owner, "handoff.pass", handoff_id=id_, colleague_id=colleague).notice

    # The same words for a person of another municipality, one without the role, and one who is not there.
    for colleague in ("dag", "ola", "nobody"):
        assert said(colleague) == scene.texts("ana")("handoff.refused.no_helper")
    alter(scene, "cato", paused=True)
    assert said("cato") == "Denne kollegaen kan ikke få spørsmålet nå: Tar en pause. Velg en annen."
