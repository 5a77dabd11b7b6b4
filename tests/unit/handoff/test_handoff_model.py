"""A handoff as a state machine by itself: which steps there are, what each takes along, and what can be read of it."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from dialogs.handoff.assignment import Assignment
from dialogs.handoff.chat import HandoffChat
from dialogs.handoff.model import MAX_ENTRIES, Handoff
from dialogs.handoff.outcome import HandoffOutcome
from dialogs.handoff.transitions import ForbiddenTransition, HistoryEntry, Status, Transition
from knowledge.article.article import Language
from tests.unit.driver import TUESDAY

SOON, LATER, PROMISED = (TUESDAY + timedelta(hours=n) for n in (1, 2, 3))
Step = Callable[[Handoff], Handoff]

STEPS: Mapping[str, Step] = {
    "waiting": lambda h: h.wait(Transition.LOST, SOON),
    "offered": lambda h: h.promise(PROMISED).offer("ana", SOON, until=LATER),
    "accepted": lambda h: h.accept("ana", SOON, until=LATER),
    "escalated": lambda h: h.promise(PROMISED).escalate(("kim",), SOON, until=LATER),
    "resolved": lambda h: h.resolve(SOON, by="ana", answer="Slik.", until=LATER),
    "withdrawn": lambda h: h.withdraw(SOON),
}
ALLOWED = {
    "waiting": {"offered", "accepted", "escalated", "withdrawn"},
    "offered": {"waiting", "accepted", "withdrawn"},
    "accepted": {"waiting", "resolved", "withdrawn"},
    "escalated": {"waiting", "accepted", "withdrawn"},
    "resolved": {"accepted", "waiting"},
    "withdrawn": set(),
}
WAY: Mapping[str, tuple[str, ...]] = {
    "waiting": (),
    "offered": ("offered",),
    "accepted": ("offered", "accepted"),
    "escalated": ("escalated",),
    "resolved": ("offered", "accepted", "resolved"),
    "withdrawn": ("withdrawn",),
}


PARTS: Mapping[str, type[Any]] = {"assignment": Assignment, "chat": HandoffChat, "outcome": HandoffOutcome}


def asked(**more: Any) -> Handoff:
    """Return a handoff; a field of a part is given by its own name."""
    for part, kind in PARTS.items():
        names = {field.name for field in fields(kind)}
        more[part] = kind(**{name: more.pop(name) for name in names & more.keys()})
    known: dict[str, Any] = {"id": "h", "asker_id": "kari", "municipality_id": "lillevik", "unit_id": "nord"}
    texts: dict[str, Any] = {"language": Language.NB, "question": "Hvordan?"}
    return Handoff(**{**known, **texts, "created_at": TUESDAY, "changed_at": TUESDAY, **more})


def at(state: str, **more: Any) -> Handoff:
    """Return a handoff that came to a state in the shortest way."""
    found = asked(**more)
    for step in WAY[state]:
        found = STEPS[step](found)
    return found


def spoken(of: Handoff) -> Handoff:
    return replace(of, chat=replace(of.chat, owner_spoke=True))


def last(of: Handoff) -> HistoryEntry:
    return of.history[-1]


@pytest.mark.parametrize("to", list(STEPS))
@pytest.mark.parametrize("state", list(STEPS))
def test_there_are_these_steps_and_no_others(state: str, to: str) -> None:
    before = at(state)
    assert before.status == state
    if to in ALLOWED[state]:
        assert STEPS[to](before).status == to
    else:
        with pytest.raises(ForbiddenTransition):
            STEPS[to](before)


def test_a_step_is_remembered_with_its_time_and_who_it_concerned() -> None:
    assert last(at("offered")) == HistoryEntry(at=SOON, what=Transition.OFFERED, to="ana")
    assert last(at("accepted")) == HistoryEntry(at=SOON, what=Transition.ACCEPTED, by="ana")
    assert last(at("resolved")) == HistoryEntry(at=SOON, what=Transition.RESOLVED, by="ana")
    assert last(at("withdrawn")) == HistoryEntry(at=SOON, what=Transition.WITHDRAWN, by="kari")
    lost = at("accepted").wait(Transition.LOST, LATER, by="clock")
    assert last(lost) == HistoryEntry(at=LATER, what=Transition.LOST, by="clock", to="ana")
    assert lost.changed_at == LATER


def test_an_offer_has_a_receiver_an_end_and_a_promise() -> None:
    offered = asked().promise(PROMISED).offer("bo", SOON, until=LATER, stands_in_for="ana")
    assert (
        offered.assignment.offered_to,
        offered.assignment.stands_in_for,
        offered.next_at,
        offered.assignment.expected_at,
    ) == (
        "bo",
        "ana",
        LATER,
        PROMISED,
    )
    assert (offered.helper_id, offered.assignment.owner_id) == ("bo", None)


def test_one_who_accepts_owns_it_and_everything_before_is_over() -> None:
    before = at("waiting", contacts=("kim",), expected_at=PROMISED, reminders=3, receipts=frozenset({"kari"}))
    offered = before.promise(PROMISED).offer("ana", SOON, until=LATER, stands_in_for="cato")
    owned = offered.accept("ana", LATER, until=PROMISED)
    assert (
        owned.assignment.owner_id,
        owned.helper_id,
        owned.assignment.offered_to,
        owned.assignment.stands_in_for,
    ) == ("ana", "ana", None, "cato")
    assert (owned.assignment.contacts, owned.assignment.expected_at, owned.chat.reminders, owned.chat.receipts) == (
        (),
        PROMISED,
        0,
        frozenset(),
    )
    assert (owned.next_at, owned.assignment.acceptances, owned.chat.focused_at) == (PROMISED, 1, {"ana": LATER})
    assert (owned.chat.last_by, owned.chat.last_at, owned.chat.owner_spoke) == ("ana", LATER, False)
    other = offered.accept("bo", LATER, until=PROMISED)
    assert (other.assignment.owner_id, other.assignment.stands_in_for) == ("bo", None)


def test_only_what_is_owned_knows_what_was_wanted_of_the_next_no_more() -> None:
    assert at("waiting", topic="mfa").promise(PROMISED).offer("ana", SOON, until=LATER).assignment.topic == "mfa"
    assert at("accepted", topic="mfa").assignment.topic is None


@pytest.mark.parametrize(
    ("what", "declined", "tried"),
    [
        (Transition.DECLINED, {"ana"}, set()),
        (Transition.RELEASED, {"ana"}, set()),
        (Transition.PASSED, {"ana"}, set()),
        (Transition.EXPIRED, set(), {"ana"}),
        (Transition.IDLE, set(), {"ana"}),
        (Transition.LOST, set(), set()),
        (Transition.REOPENED, set(), set()),
    ],
)
@pytest.mark.parametrize("state", ["offered", "accepted"])
def test_one_who_said_no_is_asked_no_more_and_one_who_said_nothing_once_more(
    state: str, what: Transition, declined: set[str], tried: set[str]
) -> None:
    before = at(state, declined=frozenset({"x"}), tried=frozenset({"y"}), advisers=("bo",), reminders=2)
    waits = before.wait(what, LATER)
    assert (waits.assignment.declined - {"x"}, waits.assignment.tried - {"y"}) == (declined, tried)
    assert {"x"} <= waits.assignment.declined
    assert {"y"} <= waits.assignment.tried
    assert (
        waits.assignment.offered_to,
        waits.assignment.stands_in_for,
        waits.assignment.owner_id,
        waits.assignment.contacts,
        waits.chat.advisers,
    ) == (
        None,
        None,
        None,
        (),
        (),
    )
    assert waits.chat.reminders == 0
    assert last(waits).to == "ana"


def test_what_nobody_had_is_taken_from_nobody() -> None:
    waits = at("escalated").wait(Transition.RETRIED, LATER)
    assert (waits.assignment.declined, waits.assignment.tried, last(waits).to) == (frozenset(), frozenset(), None)
    assert at("escalated").wait(Transition.DECLINED, LATER).assignment.declined == frozenset()
    assert at("escalated").wait(Transition.EXPIRED, LATER).assignment.tried == frozenset()


def test_a_question_in_the_queue_waits_until_a_time() -> None:
    queued = asked().promise(PROMISED).queue(SOON, until=LATER)
    assert (queued.status, queued.next_at, queued.assignment.expected_at) == (Status.WAITING, LATER, PROMISED)
    assert last(queued).what is Transition.QUEUED


def test_the_contacts_are_each_remembered_and_each_time_is_counted() -> None:
    up = asked(rounds=1).promise(PROMISED).escalate(("kim", "kine"), SOON, until=LATER)
    assert [(moment.what, moment.to) for moment in up.history] == [
        (Transition.ESCALATED, "kim"),
        (Transition.ESCALATED, "kine"),
    ]
    assert (up.assignment.contacts, up.assignment.rounds, up.next_at, up.assignment.expected_at, up.adrift) == (
        ("kim", "kine"),
        2,
        LATER,
        PROMISED,
        False,
    )
    nobody = asked().escalate((), SOON, until=LATER)
    assert (nobody.assignment.contacts, nobody.assignment.rounds, nobody.adrift, last(nobody).to) == ((), 1, True, None)


def test_what_is_solved_starts_a_new_verdict_and_ends_when_it_does() -> None:
    before = at("accepted", helped=True, rating=5, advisers=("bo",))
    done = before.resolve(LATER, by="ana", answer="Slik.", until=PROMISED)
    assert (
        done.outcome.answer,
        done.next_at,
        done.outcome.resolutions,
        done.outcome.helped,
        done.outcome.rating,
        done.chat.advisers,
    ) == (
        "Slik.",
        PROMISED,
        1,
        None,
        None,
        (),
    )
    assert (done.assignment.owner_id, done.solved_at) == ("ana", LATER)
    again = done.wait(Transition.REOPENED, PROMISED)
    assert again.solved_at is None
    assert at("waiting").solved_at is None


def test_what_is_withdrawn_waits_for_nothing_more() -> None:
    gone = at("offered", contacts=("kim",), advisers=("bo",)).withdraw(LATER)
    assert (
        gone.assignment.offered_to,
        gone.assignment.contacts,
        gone.chat.advisers,
        gone.next_at,
        gone.assignment.expected_at,
    ) == (None, (), (), None, None)


@pytest.mark.parametrize(
    ("state", "more"),
    [
        ("waiting", {"open:kari"}),
        ("offered", {"open:kari", "offered:ana"}),
        ("accepted", {"open:kari", "owner:ana", "talks:kari", "talks:ana"}),
        ("escalated", {"open:kari"}),
        ("resolved", {"owner:ana", "done:ana"}),
        ("withdrawn", set()),
    ],
)
def test_a_question_is_found_by_its_state_and_by_whoever_has_to_do_with_it(state: str, more: set[str]) -> None:
    always = {"person:kari", "month:2026-11", "municipality:lillevik", f"status:{state}", f"status:{state}@lillevik"}
    helpers = {f"helper:{id_}" for id_ in at(state).helpers}
    assert set(at(state).terms()) - helpers == always | more


def test_a_question_is_found_by_everyone_that_was_offered_it_and_never_by_its_asker_as_helper() -> None:
    passed = at("offered").wait(Transition.PASSED, LATER, by="ana")
    assert {term for term in passed.terms() if term.startswith("helper:")} == {"helper:ana"}


def test_what_nobody_could_be_reached_for_is_found_as_such() -> None:
    nobody = asked().escalate((), SOON, until=LATER)
    assert "adrift@lillevik" in set(nobody.terms())
    assert "adrift@lillevik" not in set(at("escalated").terms())
    assert not at("waiting").adrift


@pytest.mark.parametrize("state", list(STEPS))
def test_only_the_two_ends_of_what_is_accepted_talk_with_each_other(state: str) -> None:
    found = at(state)
    ends = {who: found.other_end(who) for who in ("kari", "ana", "bo")}
    talks = state == "accepted"
    assert ends == {"kari": "ana" if talks else None, "ana": "kari" if talks else None, "bo": None}


def test_a_conversation_waits_for_the_asker_when_the_owner_spoke_last() -> None:
    assert [at("accepted").waits_for_asker, spoken(at("resolved")).waits_for_asker] == [False, False]
    assert spoken(at("accepted")).waits_for_asker


def walked(*steps: tuple[Transition, str | None, str | None]) -> Handoff:
    """Return a handoff with these moments: what, by whom, to whom."""
    found = asked()
    for what, by, to in steps:
        found = found.log(what, SOON, by=by, to=to)
    return found


OFFERED, ACCEPTED, PASSED = Transition.OFFERED, Transition.ACCEPTED, Transition.PASSED


@pytest.mark.parametrize(
    ("steps", "turns"),
    [
        ([], 0),
        ([(OFFERED, None, "bo")], 0),
        ([(OFFERED, None, "ana")], 1),
        ([(OFFERED, None, "ana"), (ACCEPTED, "ana", None)], 1),
        ([(ACCEPTED, "ana", None)], 1),
        ([(OFFERED, None, "ana"), (Transition.EXPIRED, None, "ana"), (OFFERED, None, "ana")], 2),
        ([(OFFERED, None, "ana"), (Transition.EXPIRED, None, "ana"), (ACCEPTED, "ana", None)], 2),
        ([(OFFERED, None, "ana"), (OFFERED, None, "bo"), (ACCEPTED, "ana", None)], 2),
        ([(Transition.ESCALATED, None, "ana"), (ACCEPTED, "ana", None)], 1),
        ([(Transition.ESCALATED, None, "ana"), (Transition.ESCALATED, None, "bo"), (ACCEPTED, "ana", None)], 1),
        ([(Transition.ESCALATED, None, "ana"), (ACCEPTED, "bo", None), (ACCEPTED, "ana", None)], 2),
        ([(OFFERED, None, "ana"), (Transition.SAID, "kari", None), (ACCEPTED, "ana", None)], 1),
        (
            [
                (ACCEPTED, "ana", None),
                (Transition.RESOLVED, "ana", None),
                (Transition.REOPENED, "kari", None),
                (ACCEPTED, "ana", None),
            ],
            2,
        ),
        *[
            ([(ACCEPTED, "ana", None), (what, None, "ana"), (ACCEPTED, "ana", None)], 2)
            for what in (
                Transition.DECLINED,
                Transition.RELEASED,
                PASSED,
                Transition.LOST,
                Transition.IDLE,
                Transition.QUEUED,
                Transition.RETRIED,
            )
        ],
        *[
            ([(ACCEPTED, "ana", None), (what, None, "ana"), (ACCEPTED, "ana", None)], 1)
            for what in (
                Transition.REMINDED,
                Transition.TIP,
                Transition.NETWORK_ASKED,
                Transition.EDITED,
            )
        ],
    ],
)
def test_each_time_a_question_comes_to_somebody_is_a_turn(
    steps: list[tuple[Transition, str | None, str | None]], turns: int
) -> None:
    assert walked(*steps).turns_of("ana") == turns


@pytest.mark.parametrize(
    ("steps", "to"),
    [
        ([], None),
        ([(PASSED, "ana", None)], None),
        ([(PASSED, "ana", None), (OFFERED, None, "bo")], "bo"),
        ([(PASSED, "ana", None), (Transition.QUEUED, None, "bo")], None),
        ([(PASSED, "bo", None), (OFFERED, None, "cato")], None),
        ([(PASSED, "ana", None), (OFFERED, None, "bo"), (PASSED, "ana", None), (OFFERED, None, "cato")], "cato"),
        ([(PASSED, "ana", None), (OFFERED, None, "bo"), (ACCEPTED, "bo", None)], "bo"),
    ],
)
def test_one_who_passed_it_on_last_is_known_with_who_got_it(
    steps: list[tuple[Transition, str | None, str | None]], to: str | None
) -> None:
    assert walked(*steps).passed_on_by("ana") == to


def test_a_long_history_keeps_its_first_moment_and_the_latest() -> None:
    found = asked().log(Transition.ASKED, TUESDAY, by="kari")
    for number in range(MAX_ENTRIES + 9):
        found = found.log(Transition.SAID, TUESDAY + timedelta(minutes=number))
        assert len(found.history) == min(number + 2, MAX_ENTRIES)
    assert found.history[0].what is Transition.ASKED
    assert last(found).at == TUESDAY + timedelta(minutes=MAX_ENTRIES + 8)
    assert found.history[1].at == TUESDAY + timedelta(minutes=10)
    assert MAX_ENTRIES >= 100, "a conversation of a day is whole"


@pytest.mark.parametrize("what", list(Transition))
def test_a_helper_has_another_turn_only_after_it_was_taken_away(what: Transition) -> None:
    takes_away = {"declined", "expired", "released", "passed", "assigned", "lost", "idle"}
    goes_elsewhere = {"queued", "offered", "retried", "accepted", "reopened"}
    history = (
        HistoryEntry(at=SOON, what=Transition.OFFERED, to="ana"),
        HistoryEntry(at=SOON, what=what, by="bo", to="cato"),
        HistoryEntry(at=SOON, what=Transition.ACCEPTED, by="ana"),
    )
    assert asked(history=history).turns_of("ana") == (2 if what in takes_away | goes_elsewhere else 1)


@pytest.mark.parametrize(
    "part",
    [
        {"offered_to": "ana"},
        {"stands_in_for": "ana"},
        {"owner_id": "ana"},
        {"contacts": ("ana",)},
        {"declined": frozenset({"ana"})},
        {"tried": frozenset({"ana"})},
        {"advisers": ("ana",)},
        {"receipts": frozenset({"ana"})},
        {"focused_at": {"ana": SOON}},
        {"last_by": "ana"},
        {"history": (HistoryEntry(at=SOON, what=Transition.SAID, by="ana"),)},
        {"history": (HistoryEntry(at=SOON, what=Transition.OFFERED, to="ana"),)},
    ],
)
def test_a_question_is_found_by_anyone_it_mentions(part: Mapping[str, Any]) -> None:
    assert asked(**part).helpers == {"ana"}
    assert "helper:ana" in set(asked(**part).terms())
    assert asked(asker_id="ana", **part).helpers == frozenset()
