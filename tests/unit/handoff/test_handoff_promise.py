"""The promised time: set once, kept by at most four helpers and then the contact."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dialogs.handoff.routing import MAX_ASKED
from dialogs.handoff.transitions import Status, Transition
from knowledge.organisation.unit import DutyHours, LocalisedName, ServiceDesk
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import accepted, alter, ambassador, asked, enlist, handoff, organisation, person, stage

DAY = timedelta(hours=7, minutes=30)
OFFER = DAY / 4
DESK = ServiceDesk(
    phone="00 00 00 01",
    page="https://brukerstotte.lillevik.example/",
    hours=LocalisedName(nb="hverdager 8–15"),
    evening_duty=DutyHours(phone="00 00 00 11", hours=LocalisedName(nb="hverdager 15–22")),
)


def crowd(number: int = 23) -> Stage:
    """Return the town with so many ambassadors in Kari's unit, who are silent unless they press something."""
    scene = stage()
    for n in range(number - 3):
        enlist(scene, ambassador(f"stille{n:02}", "nord"))
    return scene


def offers(scene: Stage, id_: str) -> list[tuple[str | None, datetime]]:
    return [(entry.to, entry.at) for entry in handoff(scene, id_).history if entry.what is Transition.OFFERED]


def taken(scene: Stage) -> str:
    """Let Kari ask and the nearest accept."""
    id_ = asked(scene)
    scene.press(handoff(scene, id_).assignment.offered_to or "", "handoff.accept", handoff_id=id_)
    return id_


def test_of_23_silent_helpers_four_are_asked_and_the_contact_has_it_at_the_promised_time() -> None:
    scene = crowd()
    id_ = asked(scene)
    # Eight in the morning until half past three, in working time: the whole of this day and half an hour of the next.
    promised = TUESDAY + timedelta(days=1)
    promises = set()
    for _ in range(60):
        promises.add(handoff(scene, id_).assignment.expected_at)
        scene.ring_until(scene.now + timedelta(minutes=30))
    assert promises == {promised}
    made = offers(scene, id_)
    assert len({to for to, _ in made}) == len(made) == MAX_ASKED
    assert [at for _, at in made] == [TUESDAY + n * OFFER for n in range(MAX_ASKED)]
    with_contact = handoff(scene, id_)
    assert (with_contact.status, with_contact.assignment.contacts) == (Status.ESCALATED, ("kim",))
    assert [e.at for e in with_contact.history if e.what is Transition.ESCALATED] == [promised]
    assert "handoff.accept" in scene.buttons("kim", f"handoff/{id_}/offer")
    assert with_contact.is_overdue(scene.now)
    assert "Du kan vente svar" not in scene.shown("kari", f"handoff/{id_}/status"), "a time that has passed is no news"
    scene.ring_until(scene.now + timedelta(days=40))
    assert len(offers(scene, id_)) == MAX_ASKED, "nobody is asked after that"
    assert handoff(scene, id_).next_at is not None
    assert [slot for slot in scene.slots("kim") if "/reminder/" in slot], "the contact is reminded"


def test_four_who_decline_at_once_leave_it_to_the_contact_within_the_promise() -> None:
    scene = crowd()
    id_ = asked(scene)
    promise = handoff(scene, id_).assignment.expected_at
    for _ in range(MAX_ASKED):
        scene.press(handoff(scene, id_).assignment.offered_to or "", "handoff.decline", handoff_id=id_)
    after = handoff(scene, id_)
    assert (after.status, after.assignment.expected_at) == (Status.ESCALATED, promise)
    assert "Du kan vente svar innen" in scene.shown("kari", f"handoff/{id_}/status"), "the contact has time left"


def test_an_accepted_question_stays_with_its_owner_when_the_promised_time_passes() -> None:
    scene = crowd()
    id_ = taken(scene)
    owner = handoff(scene, id_).assignment.owner_id
    assert handoff(scene, id_).promised_at is None, "the helper answers now"
    for hours in (3, 6, 23, 30):
        scene.now = max(scene.now, TUESDAY + timedelta(hours=hours))
        scene.say(owner or "", "Jeg undersøker.")
    assert (handoff(scene, id_).status, handoff(scene, id_).assignment.owner_id) == (Status.ACCEPTED, owner)


def test_an_owner_who_gives_it_back_late_leaves_it_to_the_contact() -> None:
    scene = stage()
    id_ = accepted(scene)
    promise = handoff(scene, id_).assignment.expected_at
    scene.now = TUESDAY + timedelta(days=2)
    scene.press("ana", "handoff.release", handoff_id=id_)
    assert handoff(scene, id_).status is Status.ESCALATED
    assert handoff(scene, id_).assignment.expected_at == promise


def test_an_owner_who_gives_it_back_in_time_leaves_it_to_the_next_until_the_promise() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.now = TUESDAY + timedelta(hours=6)
    scene.press("ana", "handoff.release", handoff_id=id_)
    after = handoff(scene, id_)
    assert after.assignment.offered_to == "bo"
    assert after.next_at == after.assignment.expected_at == TUESDAY + timedelta(days=1)


def test_what_waits_in_the_queue_goes_to_the_contact_at_the_latest_when_it_was_promised() -> None:
    scene = stage()
    for id_ in ("ana", "bo", "cato"):
        alter(scene, id_, capacity=1)
    for asker in ("ola", "ola", "ola"):
        asked(scene, asker)
    id_ = asked(scene)
    assert handoff(scene, id_).status is Status.WAITING
    promise = handoff(scene, id_).assignment.expected_at
    scene.ring_until(TUESDAY + timedelta(days=2))
    assert handoff(scene, id_).status is Status.ESCALATED
    assert handoff(scene, id_).assignment.expected_at == promise == TUESDAY + timedelta(days=1)


def test_a_bot_that_was_off_asks_no_further_helper_after_the_promise() -> None:
    scene = crowd()
    id_ = asked(scene)
    scene.now += timedelta(days=3)
    scene.ring_until(scene.now)
    assert handoff(scene, id_).status is Status.ESCALATED
    assert len(offers(scene, id_)) == 1


def test_a_reopened_question_gets_another_promise_and_other_helpers() -> None:
    scene = crowd()
    id_ = asked(scene)
    first = handoff(scene, id_).assignment.offered_to or ""
    scene.press(first, "handoff.accept", handoff_id=id_)
    scene.press(first, "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    alter(scene, first, paused=True)
    scene.now = TUESDAY + timedelta(days=3)
    scene.press("kari", "handoff.reopen", handoff_id=id_, words="Knappen er borte")
    again = handoff(scene, id_)
    assert again.status is Status.OFFERED
    assert again.assignment.expected_at == scene.now + timedelta(days=3), "Friday to Monday"
    assert len(again.asked) == 1


def test_questions_of_an_earlier_version_are_read_and_go_on() -> None:
    """Then the promise was dropped when somebody accepted, and made again with every offer, to any number."""
    scene = crowd()
    id_ = taken(scene)
    owned = handoff(scene, id_)
    scene.put(replace(owned, assignment=replace(owned.assignment, expected_at=None)))
    scene.press(owned.assignment.owner_id or "", "handoff.release", handoff_id=id_)
    assert handoff(scene, id_).assignment.expected_at == TUESDAY + timedelta(days=1)
    second = asked(scene, "ola")
    old = handoff(scene, second)
    for n in range(6):
        old = old.log(Transition.OFFERED, TUESDAY, to=f"stille{n:02}")
    scene.put(replace(old, assignment=replace(old.assignment, expected_at=TUESDAY + timedelta(days=9))))
    scene.ring_until(TUESDAY + timedelta(hours=4))
    assert handoff(scene, second).status is Status.ESCALATED


@pytest.mark.parametrize("ambassadors", [True, False], ids=["all are busy", "there are none"])
def test_an_asker_for_whom_nobody_is_free_reads_the_service_desk(ambassadors: bool) -> None:
    scene = stage()
    town = organisation()
    municipalities = [replace(each, service_desk=DESK) for each in town.municipalities.values()]
    units = [unit for unit in town.units() if unit.parent_id is not None]
    scene.content = replace(
        scene.content, organisation=type(town).from_units(municipalities=municipalities, units=units)
    )
    for id_ in ("ana", "bo", "cato"):
        alter(scene, id_, capacity=1) if ambassadors else alter(scene, id_, active=False)
    for asker in ("ola", "ola", "ola") if ambassadors else ():
        asked(scene, asker)
    id_ = asked(scene)
    shown = scene.shown("kari", f"handoff/{id_}/status")
    for words in (
        "Haster det? Ring 00 00 00 01, hverdager 8–15.",
        "00 00 00 11",
        "https://brukerstotte.lillevik.example/",
    ):
        assert words in shown
    if not ambassadors:
        news = " ".join(scene.shown("kari", slot) for slot in scene.slots("kari", f"handoff/{id_}/news"))
        assert "00 00 00 01" in news
    scene.press("kim", "handoff.accept", handoff_id=id_)
    assert "00 00 00 01" not in scene.shown("kari", f"handoff/{id_}/status")


def test_a_refusal_is_final_also_when_a_colleague_wants_to_pass_it_on() -> None:
    scene = stage()
    id_ = asked(scene)
    scene.press("ana", "handoff.decline", handoff_id=id_)
    scene.press("bo", "handoff.pass_card", handoff_id=id_)
    assert "Ambassadør Ana" not in scene.shown("bo", f"handoff/{id_}/pass")
    refused = scene.press("bo", "handoff.pass", handoff_id=id_, colleague_id="ana")
    assert refused.notice
    assert handoff(scene, id_).assignment.offered_to == "bo"


def test_a_municipality_without_a_contact_asks_no_more_than_four_and_keeps_a_timer() -> None:
    scene = crowd()
    scene.put(person("kim", "lillevik"))
    id_ = asked(scene)
    scene.ring_until(TUESDAY + timedelta(days=60))
    assert len(offers(scene, id_)) == MAX_ASKED
    assert handoff(scene, id_).adrift
    assert f"handoff/{id_}/deadline" in scene.timers
