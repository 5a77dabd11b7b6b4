"""Whatever people press, in whatever order and how often, while the clock runs: no question goes cold.

Everybody presses what their cards offer, and what they do not offer; decisions are made side by side on the same
records; people go absent, leave, and come back. After every step the promises of a handoff are checked.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dialogs.availability.profile import AmbassadorProfile
from dialogs.availability.worklist import Worklist
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.person import Address, Person
from dialogs.core.query import Asking
from dialogs.core.session import Session
from dialogs.handoff import cards
from dialogs.handoff.model import Handoff
from dialogs.handoff.projection import offer_slot
from dialogs.handoff.routing import MAX_ASKED
from dialogs.handoff.transitions import ENDED, Status, Transition
from dialogs.handoff.unit_of_work import UnitOfWork
from dialogs.handoff.views import asker_view
from knowledge.organisation.nearest import Absence
from tests.channels import WEB
from tests.sampling import examples
from tests.unit.driver import Stage
from tests.unit.handoff.press import COLLEAGUES, VERBS, inputs
from tests.unit.handoff.scene import alter, ambassador, enlist, stage

ASKERS = ("kari", "ola", "per")
HELPERS = COLLEAGUES
PEOPLE = (*ASKERS, *HELPERS, "kim")
people = st.sampled_from(PEOPLE)
verbs = st.sampled_from(VERBS)
picks = st.integers(0, 100)


class HandoffMachine(RuleBasedStateMachine):
    """A town with two municipalities, three askers, five helpers of small capacity, and one contact."""

    def __init__(self) -> None:
        super().__init__()
        self.scene: Stage = stage()
        enlist(self.scene, ambassador("eli", "nord"))
        for id_ in HELPERS:
            alter(self.scene, id_, capacity=2)
        alter(self.scene, "cato", topics=frozenset({"citrix"}))
        self.ids: list[str] = []
        self.promises: dict[tuple[str, int], datetime] = {}

    # What happens

    @initialize()
    def somebody_has_asked(self) -> None:
        for helper in HELPERS:
            self.scene.press(helper, "ambassador.desk")  # its buttons take from the queue, too
        for asker in ("kari", "ola", "kari"):
            self.ask(asker, sent=True)

    @rule(asker=st.sampled_from(ASKERS), sent=st.booleans())
    def ask(self, asker: str, sent: bool) -> None:
        before = set(self.scene.slots(asker))
        self.scene.press(asker, "handoff.start")
        for slot in self.scene.slots(asker):
            if slot not in before and slot.endswith("/status"):
                self.ids.append(slot.split("/")[1])
                if sent:
                    self.scene.press(asker, "handoff.send", handoff_id=self.ids[-1], question="hvordan?")

    @rule(who=people, verb=verbs, pick=picks)
    def press(self, who: str, verb: str, pick: int) -> None:
        self.scene.race(self.pressing(who, verb, pick))

    @rule(presses=st.lists(st.tuples(people, verbs), min_size=2, max_size=4), pick=picks)
    def press_at_once(self, presses: Sequence[tuple[str, str]], pick: int) -> None:
        self.scene.race(*(self.pressing(who, verb, pick) for who, verb in presses))

    @rule(picks=st.lists(picks, min_size=1, max_size=3), which=picks)
    def press_what_is_shown(self, picks: Sequence[int], which: int) -> None:
        """A button that is there to be pressed, by those who see one like it, also several at once."""
        shown = [press for press in self.scene.presses() if press[2]["verb"].removeprefix("handoff.") in VERBS]
        if not shown:
            return
        verbs = sorted({press[2]["verb"] for press in shown})
        verb = verbs[which % len(verbs)]
        alike = [press for press in shown if press[2]["verb"] == verb]
        events = []
        for pick in picks:
            who, slot, action = alike[pick % len(alike)]
            data = {**inputs(verb.removeprefix("handoff."), Random(pick)), **action["data"]}
            events.append(self.scene.pressing(who, verb, slot=slot, **data))
        self.scene.race(*events)

    @rule(who=people)
    def say(self, who: str) -> None:
        self.scene.say(who, "noen ord")

    @rule(pick=picks)
    def say_in_a_conversation(self, pick: int) -> None:
        talking = [session for session in self.scene.all(Session) if session.talking_in]
        if talking:
            self.scene.say(talking[pick % len(talking)].id, "noen ord")

    @rule(minutes=st.sampled_from([1, 20, 20, 60, 130, 300, 24 * 60, 4 * 24 * 60, 16 * 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.scene.ring_until(self.scene.now + timedelta(minutes=minutes))

    @rule(who=st.sampled_from(HELPERS), change=st.sampled_from(["absent", "paused", "removed", "unreachable", "back"]))
    def helper_changes(self, who: str, change: str) -> None:
        forever = (Absence(first_day=date(2026, 1, 1), last_day=date(2036, 1, 1)),)
        alter(
            self.scene,
            who,
            absences=forever if change == "absent" else (),
            paused=change == "paused",
            active=change != "removed",
        )
        known = self.scene.get(Person, who)
        address = Address(channel=WEB, reachable=change != "unreachable")
        self.scene.put(replace(known, addresses={WEB: address}))
        if change != "back":
            self.scene.ring("handoff.lost", person_id=who)
            assert not self.scene.find(Worklist, who) or not self.scene.get(Worklist, who).used_capacity, (
                "what a lost helper had moves on"
            )

    @rule(there=st.booleans())
    def contact_comes_and_goes(self, there: bool) -> None:
        address = Address(channel=WEB, reachable=there)
        self.scene.put(replace(self.scene.get(Person, "kim"), addresses={WEB: address}))

    def pressing(self, who: str, verb: str, pick: int) -> Event:
        data = {**inputs(verb, Random(pick)), "handoff_id": self.ids[pick % len(self.ids)]}
        return self.scene.pressing(who, f"handoff.{verb}", **data)

    # What is promised

    @property
    def handoffs(self) -> list[Handoff]:
        found: list[Handoff] = self.scene.all(Handoff)
        return found

    @invariant()
    def one_owner_exactly_when_accepted(self) -> None:
        for handoff in self.handoffs:
            assert (handoff.status is Status.OFFERED) == (handoff.assignment.offered_to is not None)
            if handoff.status is Status.ACCEPTED:
                assert handoff.assignment.owner_id
            elif handoff.status in {Status.WAITING, Status.OFFERED, Status.ESCALATED}:
                assert handoff.assignment.owner_id is None

    @invariant()
    def what_is_open_has_a_next_event(self) -> None:
        for handoff in self.handoffs:
            timer = self.scene.timers.get(f"handoff/{handoff.id}/deadline")
            if handoff.status not in ENDED:
                assert handoff.next_at is not None
                assert handoff.next_at > self.scene.now
            assert (timer is None) == (handoff.next_at is None)
            assert timer is None or timer[0] == handoff.next_at

    @invariant()
    def a_promise_is_made_once_and_kept_by_few(self) -> None:
        for handoff in self.handoffs:
            reopened = sum(entry.what is Transition.REOPENED for entry in handoff.history)
            promised = handoff.assignment.expected_at
            if promised is not None:
                assert self.promises.setdefault((handoff.id, reopened), promised) == promised
            if handoff.status in {Status.OFFERED, Status.WAITING} and handoff.history[-1].what is Transition.OFFERED:
                # A colleague may pass it on, or assign it, at any time and to anybody.
                by_hand = any(entry.what in {Transition.PASSED, Transition.ASSIGNED} for entry in handoff.history)
                assert by_hand or len(handoff.asked) <= MAX_ASKED
                assert handoff.next_at is not None
                # Without a contact in reach it is offered on, also once the promise is broken.
                late = promised is not None and handoff.history[-1].at >= promised
                retried = any(entry.what is Transition.RETRIED for entry in handoff.history)
                assert by_hand or (retried if late else promised is not None and handoff.next_at <= promised)

    @invariant()
    def desks_say_what_handoffs_say_and_hold_no_more_than_they_should(self) -> None:
        offered: dict[str, set[str]] = {id_: set() for id_ in PEOPLE}
        taken: dict[str, set[str]] = {id_: set() for id_ in PEOPLE}
        for handoff in self.handoffs:
            if handoff.status is Status.OFFERED:
                offered[handoff.assignment.offered_to or ""].add(handoff.id)
            if handoff.status is Status.ACCEPTED:
                taken[handoff.assignment.owner_id or ""].add(handoff.id)
        for id_ in PEOPLE:
            desk = self.scene.find(Worklist, id_) or Worklist(id=id_, municipality_id="")
            assert set(desk.offered) == offered[id_]
            assert set(desk.open) == taken[id_]
            assert id_ == "kim" or desk.used_capacity <= 2

    @invariant()
    def nothing_crosses_a_municipality(self) -> None:
        for handoff in self.handoffs:
            for moment in handoff.history:
                if moment.what in {Transition.OFFERED, Transition.ACCEPTED}:
                    helper = self.scene.get(Person, moment.to or moment.by or "")
                    assert helper.municipality_id == handoff.municipality_id
            for id_ in PEOPLE:
                if self.scene.get(Person, id_).municipality_id != handoff.municipality_id:
                    assert self.scene.slots(id_, f"handoff/{handoff.id}/offer") == []

    @invariant()
    def offers_go_to_those_who_can_take_them(self) -> None:
        for handoff in self.handoffs:
            if handoff.status is Status.OFFERED:
                profile = self.scene.get(AmbassadorProfile, handoff.assignment.offered_to or "").ambassador
                assert profile.active
                assert not profile.paused
                assert not profile.absences
                assert handoff.assignment.offered_to not in {*handoff.assignment.declined, handoff.asker_id}

    @invariant()
    def the_askers_card_is_the_state(self) -> None:
        for handoff in self.handoffs:
            shown = self.scene.posts[(handoff.asker_id, f"handoff/{handoff.id}/status")]
            assert shown == replace(self.fresh(handoff), language=shown.language)

    @invariant()
    def only_the_one_who_has_it_can_act_on_a_card(self) -> None:
        for handoff in self.handoffs:
            for id_ in PEOPLE:
                shown = self.scene.slots(id_, f"handoff/{handoff.id}/offer")
                assert shown in ([], [offer_slot(handoff, id_)]), "one card, where it came last"
                buttons = self.scene.buttons(id_, offer_slot(handoff, id_))
                may = handoff.helper_id == id_ and handoff.status is not Status.WITHDRAWN
                assert bool(buttons) <= (may or id_ in handoff.assignment.contacts)
                if handoff.status is Status.OFFERED and handoff.assignment.offered_to == id_:
                    assert "handoff.accept" in buttons

    @invariant()
    def words_go_only_into_open_conversations(self) -> None:
        for id_ in PEOPLE:
            session = self.scene.find(Session, id_)
            if session and session.talking_in:
                assert self.scene.get(Handoff, session.talking_in).other_end(id_)

    def fresh(self, handoff: Handoff) -> Message:
        """Return the asker's card as it would be made now."""
        texts = self.scene.texts(handoff.asker_id)

        def flow(work: UnitOfWork) -> Asking[Message]:
            return cards.status(texts, handoff, (yield from asker_view(work, handoff, texts)))

        return self.scene.answer_to(handoff.asker_id, flow)

    def teardown(self) -> None:
        """Left alone for a year, everything has ended or is with the contact, with a next try set."""
        self.scene.ring_until(self.scene.now + timedelta(days=60))
        self.what_is_open_has_a_next_event()
        for handoff in self.handoffs:
            assert handoff.status is not Status.ACCEPTED, "nobody owns in silence"


RUNS = int(os.environ.get("HEIA_TEST_RUNS") or examples(60))
"""More of them for a long look: ``HEIA_TEST_RUNS=10000 pytest tests/property/test_handoff_machine.py``."""

HandoffMachine.TestCase.settings = settings(
    max_examples=RUNS,
    stateful_step_count=40,
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
)
TestHandoffs = HandoffMachine.TestCase
