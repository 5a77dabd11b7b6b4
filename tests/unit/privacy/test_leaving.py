"""What one who is deleted had going with others: given back, given on, and taken out of their chats."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dialogs.ambassadors import feature as ambassador
from dialogs.ask.flow import VERBS as ASK_VERBS
from dialogs.availability.worklist import Worklist
from dialogs.core.audit import AuditEntry
from dialogs.core.data_rules import Erasing
from dialogs.core.decision import Audit, EndSessions, Forget, MarkFormer, Post, Put, Remove
from dialogs.core.erasure_receipt import ErasureHashes, ErasureReceipt
from dialogs.core.event import Attachment
from dialogs.core.image import Image
from dialogs.core.person import Person, Role
from dialogs.handoff import feature as handoff
from dialogs.handoff.addition import Addition
from dialogs.handoff.draft import Draft
from dialogs.handoff.model import Handoff
from dialogs.handoff.suggestion import Suggestion
from dialogs.handoff.transitions import Status, Transition
from dialogs.privacy import flow as privacy
from dialogs.privacy.erasing import erase, removes
from dialogs.privacy.inventory import INVENTORY
from dialogs.privacy.own_data import held_of
from dialogs.rollout.software import feature as software
from dialogs.signin.model import FormerIdentity
from knowledge.organisation.unit import ERASED
from tests.unit.driver import Stage
from tests.unit.handoff.scene import accepted, asked, person, stage, suggests


@pytest.fixture
def town() -> Stage:
    verbs = {**ASK_VERBS, **handoff.VERBS, **privacy.VERBS, **ambassador.VERBS, **software.VERBS}
    return stage(verbs=verbs, timers={**handoff.TIMERS, **privacy.TIMERS, **ambassador.TIMERS, **software.TIMERS})


def shot(town: Stage, id_: str, by: str) -> Attachment:
    town.put(Image(id=id_, person_id=by, media_type="image/png", size_bytes=1000, at=town.now))
    return Attachment(id=id_, name="skjerm.png", media_type="image/png", size_bytes=1000)


def long_life(town: Stage) -> str:
    """Let Kari ask with two images, and a question go through as many hands as it can; return its id."""
    town.put(person("ed", "lillevik", Role.EDITOR, name="Redaktør Ed"), person("leia", "nord", name="Leder Leia"))
    town.press("ana", "ambassador.desk")
    town.say("kari", "Hvorfor blir det feil her?", [shot(town, "i1", "kari"), shot(town, "i2", "kari")])
    slot = town.slots("kari", "ask/")[-1]
    found = [action for to, at, action in town.presses() if (to, at) == ("kari", slot)]
    [start] = [action for action in found if action["verb"] == "handoff.start"]
    town.press("kari", "handoff.start", **start["data"])
    id_ = str(town.all(Draft)[-1].id)
    town.press("kari", "handoff.send", handoff_id=id_, question="Hva er galt?", images="true", no_suggestion="false")
    town.press("ana", "handoff.accept", handoff_id=id_)
    town.press("ana", "handoff.ask_network", handoff_id=id_)
    town.press("bo", "handoff.tip", handoff_id=id_, words="Se i menyen.")
    for who, words in (("kari", "Det haster"), ("ana", "Jeg ser på det"), ("kari", "Takk")):
        town.press(who, "handoff.focus", handoff_id=id_)
        town.say(who, words, [shot(town, f"said-{who}", who)] if words != "Takk" else ())
    town.press("ana", "handoff.pass_card", handoff_id=id_)
    town.ring_until(town.now + timedelta(hours=6))
    town.press("ana", "handoff.pass", handoff_id=id_, colleague_id="cato")
    accepted_by = town.get(Handoff, id_).assignment.offered_to
    town.press(accepted_by, "handoff.accept", handoff_id=id_)
    suggests(town, accepted_by, id_, "Slik gjør du det.")
    return id_


def others_slots(town: Stage, about: str) -> dict[str, list[str]]:
    """Return where others than Kari have something about it."""
    found: dict[str, list[str]] = {}
    for to, slot in town.posts:
        if about in slot and to != "kari":
            found.setdefault(to, []).append(slot)
    return found


def test_nothing_of_a_question_stays_with_anybody_it_passed(town: Stage) -> None:
    id_ = long_life(town)
    suggestion = town.all(Suggestion)[0]
    town.press("ed", "editor.approve", suggestion_id=suggestion.id)
    assert town.all(Addition)
    assert {*others_slots(town, suggestion.id)} == {"ed", suggestion.by}
    before = {slot.removeprefix(f"handoff/{id_}/") for slots in others_slots(town, id_).values() for slot in slots}
    shown = {"offer", "image/1", "image/2", "said/1", "said/3", "sent/2", "tip/1", "network", "reminder/5", "pass"}
    shown |= {"suggest"}
    assert before == shown
    town.press("kari", "privacy.erase_now")
    assert others_slots(town, id_) == {}
    assert others_slots(town, suggestion.id) == {}
    assert (town.all(Handoff), town.all(Suggestion), town.all(Addition)) == ([], [], [])
    assert [image.id for image in town.all(Image) if image.person_id == "kari" or image.handoff_id == id_] == []
    assert [key for key in town.timers if id_ in key] == []
    assert all(id_ not in (*each.open, *each.offered, *each.done, *each.queue) for each in town.all(Worklist))


def test_the_questions_of_others_stay_where_they_are(town: Stage) -> None:
    theirs = asked(town, "ola", "Hvor er knappen?")
    owner = town.get(Handoff, theirs).assignment.offered_to
    town.press(owner, "handoff.accept", handoff_id=theirs)
    suggests(town, owner, theirs, "Der.")
    before = others_slots(town, theirs)
    desk = town.get(Worklist, owner)
    asked(town)
    town.press("kari", "privacy.erase_now")
    assert others_slots(town, theirs) == before
    assert town.get(Worklist, owner).done == desk.done != ()
    assert [each.handoff_id for each in town.all(Suggestion)] == [theirs]


@pytest.mark.parametrize("accepts", [True, False])
def test_what_a_leaving_helper_has_or_is_offered_goes_on_to_the_next(town: Stage, accepts: bool) -> None:
    id_ = asked(town)
    if accepts:
        town.press("ana", "handoff.accept", handoff_id=id_)
    town.press("ana", "privacy.erase_now")
    now = town.get(Handoff, id_)
    assert (now.status, now.assignment.offered_to, now.assignment.owner_id) == (Status.OFFERED, "bo", None)
    [given_back] = [each for each in now.history if each.what in {Transition.RELEASED, Transition.DECLINED}]
    assert given_back.by in {"ana", ERASED}
    assert town.buttons("bo", f"handoff/{id_}/offer")


def test_what_a_leaving_helper_has_solved_stays_solved(town: Stage) -> None:
    id_ = asked(town)
    town.press("ana", "handoff.accept", handoff_id=id_)
    town.press("ana", "handoff.resolve", handoff_id=id_, answer="Slik.")
    town.press("ana", "privacy.erase_now")
    solved = town.get(Handoff, id_)
    assert (solved.status, solved.assignment.owner_id) == (Status.RESOLVED, ERASED)


def test_a_question_not_sent_yet_rings_no_more(town: Stage) -> None:
    town.press("kari", "handoff.start")
    assert [key for key in town.timers if key.endswith("/draft")]
    town.press("kari", "privacy.erase_now")
    assert not [key for key in town.timers if key.endswith("/draft")]


def test_wishes_and_applications_leave_the_chats_of_those_who_decide(town: Stage) -> None:
    town.put(person("ada", "lillevik", Role.ADMIN))
    town.press("kari", "ambassador.send", words="Jeg vil hjelpe", topics="mfa")
    town.press("kari", "software.send", program="WinRAR", reason="Jeg trenger det")
    waiting = [(to, slot) for to, slot in town.posts if to != "kari" and ("software/" in slot or "ambassador/" in slot)]
    assert waiting
    town.press("kari", "privacy.erase_now")
    assert [place for place in waiting if place in town.posts] == []


def test_a_nomination_is_taken_back_from_colleagues_of_the_unit(town: Stage) -> None:
    town.put(person("siri", "nord"))
    town.press("kari", "ambassador.nominate", colleague="Medarbeider Siri")
    [slot] = town.slots("siri", "ambassador/")
    town.press("kari", "privacy.erase_now")
    assert town.slots("siri", "ambassador/") == [], slot


def test_one_without_a_unit_is_deleted_as_well(town: Stage) -> None:
    town.put(replace(town.get(Person, "kari"), unit_id=None))
    assert town.press("kari", "privacy.erase_now").changed
    assert town.find(Person, "kari") is None


def test_a_deletion_is_one_act_that_says_how_many_records_went(town: Stage) -> None:
    asked(town)
    outcome = town.press("kari", "privacy.erase_now")
    gone = [write for write in outcome.decision.writes if isinstance(write, Remove)]
    keys = [
        (w.kind.KIND, w.id) if isinstance(w, Remove) else (w.record.KIND, w.record.id) for w in outcome.decision.writes
    ]
    assert len(keys) == len(set(keys)), "nothing is both written and removed"
    acts = [
        effect for effect in outcome.decision.effects if isinstance(effect, Audit) and effect.act == "privacy.erased"
    ]
    details = (("records", str(len(gone))),)
    assert acts == [Audit(act="privacy.erased", subject="kari", by="kari", details=details, about_person=True)]
    assert Forget(person_id="kari") in outcome.decision.effects
    assert EndSessions(person_id="kari") in outcome.decision.effects
    assert not [effect for effect in outcome.decision.effects if isinstance(effect, MarkFormer)]
    assert not [
        write for write in outcome.decision.writes if isinstance(write, Put) and isinstance(write.record, Handoff)
    ]


def test_what_the_registry_keeps_is_removed_for_those_it_does_not_know() -> None:
    known, unknown = person("a", "nord", registered=True), person("a", "nord")
    for holding in INVENTORY:
        told = (removes(holding, known), removes(holding, unknown))
        match holding.erasing:
            case Erasing.REMOVED:
                assert told == (True, True), holding.kind
            case Erasing.KEPT_REGISTERED:
                assert told == (False, True), holding.kind
            case _:
                assert told == (False, False), holding.kind


@pytest.mark.parametrize("entries", [0, 2])
@pytest.mark.parametrize("registered", [False, True])
def test_the_receipt_numbers_what_went_and_what_is_left(town: Stage, registered: bool, entries: int) -> None:
    asked(town)
    town.put(replace(town.get(Person, "kari"), registered=registered))
    for number in range(entries):
        town.put(AuditEntry(id=f"a{number}", at=town.now, act="person.read", subject="kari", by="kim"))
    before = held(town)
    town.press("kari", "privacy.erase_now")
    [receipt] = town.all(ErasureReceipt)
    left = held(town)
    assert (
        dict(receipt.kept)
        == left | {ErasureHashes.KIND: 1}
        == {ErasureHashes.KIND: 1, "audit": entries + 1, **({"person": 1} if registered else {})}
    )
    assert dict(receipt.removed) == {kind: number for kind, number in before.items() if kind not in left}


def held(town: Stage) -> dict[str, int]:
    """Return how many records of each kind there are about Kari."""
    found = town.answer_to("kim", lambda _: held_of("kari"))
    return {each.holding.kind: len(each.records) for each in found if each.records}


def test_the_receipt_of_one_who_left_names_the_mark_that_stays(town: Stage) -> None:
    left = replace(town.get(Person, "kari"), left=True, object_id="object-kari", tenant_id="tenant")
    town.put(left)
    erased = town.answer_to("kari", lambda work: erase(work.event, work.content, left))
    assert dict(erased.receipt.kept) == {"audit": 1, FormerIdentity.KIND: 1, ErasureHashes.KIND: 1}


def test_a_question_is_taken_from_its_helper_also_when_its_history_does_not_say_so(town: Stage) -> None:
    id_ = accepted(town)
    town.put(replace(town.get(Handoff, id_), history=()))
    assert "ana" in others_slots(town, id_)
    town.press("kari", "privacy.erase_now")
    assert others_slots(town, id_) == {}


def test_a_question_is_taken_from_a_helper_who_never_answered(town: Stage) -> None:
    id_ = asked(town)
    town.ring_until(town.now + timedelta(hours=6))
    passed_by = {each.to for each in town.get(Handoff, id_).history} - {
        each.by for each in town.get(Handoff, id_).history
    }
    town.put(replace(town.get(Handoff, id_), assignment=replace(town.get(Handoff, id_).assignment, contacts=())))
    helpers = others_slots(town, id_)
    assert passed_by & {*helpers}, (passed_by, helpers)
    town.press("kari", "privacy.erase_now")
    assert others_slots(town, id_) == {}


def test_a_deletion_takes_messages_back_and_sends_none(town: Stage) -> None:
    id_ = long_life(town)
    chat = town.get(Handoff, id_).chat
    posts = [each for each in town.press("kari", "privacy.erase_now").decision.effects if isinstance(each, Post)]
    others = [each for each in posts if each.to != "kari"]
    assert others
    assert all(each.message is None and each.only_update for each in others)
    taken = {each.slot.removeprefix(f"handoff/{id_}/") for each in others}
    assert {each for each in taken if each.startswith("image/")} == {"image/1", "image/2"}
    for start, number in (("said", chat.messages), ("sent", chat.messages), ("tip", chat.tips)):
        assert {each for each in taken if each.startswith(f"{start}/")} == {f"{start}/{n + 1}" for n in range(number)}


def test_a_question_that_waits_for_a_free_helper_waits_no_longer(town: Stage) -> None:
    mine, theirs = asked(town), asked(town, "ola", "Hvor er knappen?")
    town.put(replace(town.get(Worklist, "ana"), queue=(theirs, mine)))
    town.press("kari", "privacy.erase_now")
    assert town.get(Worklist, "ana").queue == (theirs,)


def test_the_asker_of_a_solved_question_is_shown_no_helper_who_was_deleted(town: Stage) -> None:
    id_ = accepted(town)
    town.press("ana", "handoff.resolve", handoff_id=id_, answer="Slik.")
    assert "Ambassadør Ana" in town.shown("kari", f"handoff/{id_}/status")
    town.press("ana", "privacy.erase_now")
    assert "Ambassadør Ana" not in town.shown("kari", f"handoff/{id_}/status")
    assert "ana" not in repr(town.get(Handoff, id_))
