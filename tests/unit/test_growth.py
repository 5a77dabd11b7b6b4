"""What one person, or all guests, can make the store grow by is bounded."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.app.maintenance import ANSWERS_KEPT, Maintenance, answer_slots
from bot.budget import TurnBudget, TurnRates
from bot.channels.web.chat import history
from bot.ports import Commit
from bot.records.codec import write_of
from bot.stores.memory.store import MemoryStore
from dialogs.announce.compose import editing
from dialogs.announce.model import Announcement
from dialogs.ask import kept
from dialogs.core.decision import Forget, Put
from dialogs.core.image import Image
from dialogs.core.nightly_run import CLEAN
from dialogs.core.person import Person, Role
from dialogs.core.question import Question
from dialogs.core.session import Session
from dialogs.core.web_utterance import WebUtterance
from dialogs.handoff.model import Handoff
from dialogs.privacy import retention
from dialogs.privacy.flow import TIMERS
from dialogs.privacy.inventory import INVENTORY
from dialogs.rollout.software.apply.flow import MAX_A_DAY
from dialogs.rollout.software.feature import TIMERS as SOFTWARE_TIMERS
from dialogs.rollout.software.feature import VERBS as SOFTWARE
from dialogs.rollout.software.model import Application
from tests.channels import TEAMS, WEB
from tests.unit.announce.town import Town
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import asked, organisation, person, stage
from tests.unit.images.test_keeping import HeldClock
from tests.unit.test_repeats import Away, Desk


def test_of_many_questions_the_newest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MAX_KEPT", 20)
    monkeypatch.setattr(kept, "DROPPED_AT_ONCE", 5)
    scene = stage()
    for number in range(60):
        scene.now += timedelta(minutes=1)
        scene.say("kari", f"spørsmål nummer {number}")
        assert len(scene.all(Question)) <= 20
    words = {question.utterance for question in scene.all(Question)}
    assert {f"spørsmål nummer {number}" for number in range(45, 60)} <= words
    assert scene.get(Session, "kari").asked == len(scene.all(Question))


def test_what_retention_has_removed_counts_no_longer_and_nothing_more_is_removed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kept, "MAX_KEPT", 20)
    monkeypatch.setattr(kept, "DROPPED_AT_ONCE", 5)
    scene = stage()
    scene.say("kari", "spørsmål en")
    scene.put(replace(scene.get(Session, "kari"), asked=20))
    scene.say("kari", "spørsmål to")
    assert [question.utterance for question in scene.all(Question)] == ["spørsmål en", "spørsmål to"]
    assert scene.get(Session, "kari").asked == 2


async def test_of_many_utterances_the_newest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MAX_UTTERANCES", 5)
    store = MemoryStore()
    for number in range(9):
        at = TUESDAY + timedelta(minutes=number)
        own = WebUtterance(said_id=f"{9 - number}", person_id="kari", text=str(number), at=at)
        others = replace(own, person_id="ola")
        writes = tuple(write_of(Put(record=record), {}) for record in (own, others))
        await store.commit(Commit(at=TUESDAY, records=writes))
    await history.trim(store, "kari", at=TUESDAY)
    left = await store.find(WebUtterance.KIND, "person:kari")
    assert sorted(stored.body["text"] for stored in left) == ["4", "5", "6", "7", "8"]
    assert await store.count(WebUtterance.KIND, "person:ola") == 9


class Passing:
    at = TUESDAY

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("a budget never waits")


@pytest.mark.full
def test_a_person_who_keeps_to_the_rate_day_and_night_comes_to_the_end_of_the_day() -> None:
    clock = Passing()
    budget = TurnBudget(TurnRates.per_person(60, 2000), clock=clock)
    taken = {"kari": 0, "guest-1": 0}
    for _ in range(24 * 60):
        clock.at += timedelta(minutes=1)
        for who in taken:
            taken[who] += sum(budget.take(who) for _ in range(60))
    assert taken["kari"] <= 2 * 2000
    assert taken["guest-1"] <= 2 * 500
    assert budget.is_day_spent("kari")
    assert not budget.is_day_spent("ola")


def guests(number: int = 3) -> Stage:
    scene = Stage(organisation(), verbs={}, timers=TIMERS)
    for each in range(number):
        scene.put(person(f"guest-{each}", "nord"), Session(id=f"guest-{each}", changed_at=scene.now))
    scene.put(person("kari", "nord"), Session(id="kari", changed_at=scene.now))
    scene.schedule(replace(retention.first(scene.now - timedelta(days=1)), at=scene.now))
    return scene


@pytest.mark.full
def test_a_guest_who_does_not_come_back_is_forgotten_with_everything_kept_of_them() -> None:
    scene = guests(25)
    spoken = stage()
    spoken.say("kari", "Hei der")
    [question] = spoken.all(Question)
    scene.put(replace(question, id="q-1", person_id="guest-1"))
    scene.put(WebUtterance(said_id="1", person_id="guest-1", text="Hei", at=scene.now))
    scene.put(Image(id="i", person_id="guest-1", media_type="image/png", size_bytes=1, at=scene.now))
    scene.ring_until(scene.now + retention.GUESTS_KEPT - timedelta(hours=1))
    assert len(scene.all(Person)) == 26
    scene.ring_until(scene.now + timedelta(days=2))
    assert [each.id for each in scene.all(Person)] == ["kari"]
    assert [each.id for each in scene.all(Session)] == ["kari"]
    assert scene.all(Question) == scene.all(WebUtterance) == scene.all(Image) == []
    assert {audit.subject for audit in scene.audits if audit.act == "privacy.retained"} == {"guest"}
    assert retention.KEY in scene.timers


def test_a_guests_chat_is_forgotten_too() -> None:
    scene = guests(1)
    scene.now += retention.GUESTS_KEPT
    place = {"kind": "guests"}
    outcome = scene.ring(retention.VERB, **place)
    forgotten = [effect.person_id for effect in outcome.decision.effects if isinstance(effect, Forget)]
    assert forgotten == ["guest-0"]


def test_a_guest_whose_question_a_colleague_has_stays() -> None:
    scene = guests(2)
    other = stage()
    other.put(person("guest-0", "nord"))
    scene.put(other.get(Handoff, asked(other, "guest-0")))
    scene.ring_until(scene.now + retention.GUESTS_KEPT + timedelta(days=2))
    assert {each.id for each in scene.all(Person)} == {"guest-0", "kari"}


def test_guests_bring_no_applications_to_those_who_decide() -> None:
    scene = Stage(organisation(), verbs=SOFTWARE, timers=SOFTWARE_TIMERS)
    scene.put(person("guest-1", "nord"), person("dina", "lillevik", Role.CONTACT))
    scene.press("guest-1", "software.apply", program="WinRAR")
    outcome = scene.press("guest-1", "software.send", program="WinRAR", reason="Pakke ut")
    assert outcome.notice == scene.texts("guest-1")("software.guest")
    assert scene.all(Application) == []
    assert scene.slots("dina") == []
    assert scene.texts("guest-1")("software.guest") in scene.shown("guest-1", scene.slots("guest-1")[0])


def test_applying_and_withdrawing_in_turn_ends_after_a_days_share() -> None:
    scene = Stage(organisation(), verbs=SOFTWARE, timers=SOFTWARE_TIMERS)
    scene.put(person("kari", "nord"), person("dina", "lillevik", Role.CONTACT))
    for number in range(MAX_A_DAY + 3):
        scene.press("kari", "software.send", program=f"Program {number}", reason="Pakke ut")
        for each in scene.all(Application):
            scene.press("kari", "software.withdraw", application_id=each.id)
    assert len(scene.all(Application)) == MAX_A_DAY
    scene.now += timedelta(days=1)
    scene.press("kari", "software.send", program="WinRAR", reason="Pakke ut")
    assert len(scene.all(Application)) == MAX_A_DAY + 1


def test_an_announcer_has_only_so_many_drafts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editing, "MAX_DRAFTS", 3)
    town = Town()
    drafts = [town.begin() for _ in range(3)]
    for verb, data in (("announce.new", {}), ("announce.duplicate", {"announcement_id": drafts[0].id})):
        outcome = town.press("anja", verb, **data)
        assert outcome.notice == town.texts("anja")("announce.refuse.too_many_drafts", number=3)
    assert len(town.all(Announcement)) == 3
    town.begin("arne")


ANSWERS = answer_slots([TEAMS, WEB])
VIEWS = (
    "status.show",
    "profile.show",
    "privacy.show",
    "privacy.export",
    "learn.show",
    "handoff.mine",
    "software.ask",
    "ask.service_desk",
)


@pytest.mark.parametrize(
    "verb", [*VIEWS, "ambassador.mine", "ambassador.apply", "ambassador.nominate", "ambassador.tip"]
)
async def test_what_heia_answers_a_person_is_kept_for_a_month_only(verb: str) -> None:
    desk = await Desk(Away()).open()
    await desk.press(verb, {}, by="kari")
    slots = [delivery.slot for delivery in await desk.store.latest_deliveries("kari", limit=100)]
    assert slots
    assert [slot for slot in slots if not slot.startswith(ANSWERS)] == []
    later = HeldClock(at=TUESDAY + ANSWERS_KEPT + timedelta(days=1))
    clean = Maintenance(store=desk.store, clock=later, channels=[WEB]).jobs[CLEAN.verb]
    await clean(None)  # type: ignore[arg-type]  # it looks at the clock alone
    assert list(await desk.store.latest_deliveries("kari", limit=100)) == []


def test_what_colleagues_wrote_to_each_other_is_no_answer() -> None:
    kept_longer = ("handoff/h-1/said/1", "handoff/h-1/status", "announce/a-1", "software/app-1", "suggestion/s-1")
    assert not any(slot.startswith(ANSWERS) for slot in kept_longer)


def test_every_kind_of_data_says_how_much_of_it_one_person_can_have() -> None:
    assert [holding.kind for holding in INVENTORY if not holding.most.strip()] == []
