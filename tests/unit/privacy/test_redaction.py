"""After an erasure nothing stored about others leads back to the person."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.erasure.redaction import PAGE, Redaction
from bot.ports import Commit, Conflict, FoundRow, Key, PostWrite, StoreUnavailable
from bot.records.codec import write_of
from bot.stores.memory.store import MemoryStore
from dialogs.core.decision import Put
from dialogs.core.message import Message
from dialogs.core.nightly_run import NightlyRun
from dialogs.core.person import Person
from dialogs.core.web_utterance import WebUtterance
from dialogs.handoff.model import Handoff
from dialogs.privacy.redaction import redacted
from dialogs.router import TIMERS, VERBS
from knowledge.organisation.unit import ERASED
from tests.unit.at_once import run
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import accepted, asked
from tests.unit.handoff.scene import stage as town

ROWS = 10_000


@pytest.fixture
def stage() -> Stage:
    return town(verbs=VERBS, timers=TIMERS)


def remaining(stage: Stage, *words: str) -> list[FoundRow]:
    """Return the rows that mention the words, except the audit log."""
    rows = run(stage.store.rows_with(words))
    return [row for row in rows if row.table != "audit" and row.document.get("kind") != "audit"]


def erase(stage: Stage, person_id: str) -> None:
    stage.press(person_id, "privacy.erase_now")
    stage.ring_until(stage.now + timedelta(seconds=30))


def solved(stage: Stage, *, asker: str, by: str) -> str:
    handoff_id = accepted(stage, asker=asker, by=by)
    stage.say(by, "Slik gjør du")
    stage.press(by, "handoff.resolve", handoff_id=handoff_id)
    stage.press(asker, "handoff.confirm", handoff_id=handoff_id)
    stage.press(asker, "handoff.rate", handoff_id=handoff_id, rating="5")
    return handoff_id


def test_an_ambassador_leaves_no_trace_in_questions_of_others(stage: Stage) -> None:
    handoff_id = solved(stage, asker="ola", by="cato")
    declined = asked(stage, asker="ola")
    stage.press("cato", "handoff.decline", handoff_id=declined)
    erase(stage, "cato")
    assert remaining(stage, "cato") == []
    handoff = stage.get(Handoff, handoff_id)
    assert (handoff.asker_id, handoff.assignment.owner_id, handoff.outcome.rating) == ("ola", ERASED, 5)
    assert ERASED in stage.get(Handoff, declined).assignment.declined


def test_an_applicant_leaves_no_trace_with_the_people_who_decide(stage: Stage) -> None:
    stage.press("kari", "ambassador.apply")
    stage.press("kari", "ambassador.send", topics="mfa", motive="vil hjelpe", slot=stage.slots("kari")[-1])
    stage.press("kari", "software.apply", program="WinRAR")
    stage.press("kari", "software.send", program="WinRAR", reason="jobb")
    assert any("application/kari" in slot for _, slot in stage.posts)
    erase(stage, "kari")
    assert remaining(stage, "kari") == []


def test_an_asker_leaves_no_trace_with_helpers(stage: Stage) -> None:
    solved(stage, asker="ola", by="cato")
    asked(stage, asker="ola")
    erase(stage, "ola")
    assert remaining(stage, "ola") == []


def test_a_registered_person_remains_in_the_registry_and_keeps_working(stage: Stage) -> None:
    stage.put(_registered(stage, "cato"))
    handoff_id = solved(stage, asker="ola", by="cato")
    erase(stage, "cato")
    kinds = {row.document.get("kind") for row in remaining(stage, "cato") if row.table == "record"}
    assert kinds <= {"person", "ambassador", "desk"}
    assert stage.get(Handoff, handoff_id).assignment.owner_id == ERASED
    erased_at = stage.now
    stage.now += timedelta(minutes=1)
    own = asked(stage, asker="cato")
    run(Redaction(store=stage.store).remove("cato", erased_at=erased_at))
    assert stage.get(Handoff, own).asker_id == "cato"


def _registered(stage: Stage, id_: str) -> Person:
    return replace(stage.get(Person, id_), registered=True)


@pytest.mark.parametrize(
    ("id_", "words"), [("p020", f"slå opp {ERASED}, og p0201."), ("teams", "slå opp teams, og p0201.")]
)
def test_an_id_that_others_wrote_to_the_bot_is_redacted_unless_it_may_be_a_word(id_: str, words: str) -> None:
    utterance = WebUtterance(said_id="1", person_id="ombud", text=f"slå opp {id_}, og p0201.", at=TUESDAY)
    assert redacted(utterance, id_).text == words


def test_redaction_changes_ids_of_people_only(stage: Stage) -> None:
    handoff_id = solved(stage, asker="ola", by="cato")
    handoff = stage.get(Handoff, handoff_id)
    assert redacted(handoff, "nobody") is handoff
    assert redacted(handoff, "lillevik") is handoff
    assert redacted(handoff, "nb") is handoff
    new = redacted(handoff, "cato")
    assert list(new.terms()) == [term.replace("cato", ERASED) for term in handoff.terms()]
    assert [entry.at for entry in new.history] == [entry.at for entry in handoff.history]


def test_a_message_with_the_persons_id_is_withdrawn_from_all_of_its_readers(stage: Stage) -> None:
    readers = [f"reader-{number}" for number in range(PAGE + 3)]
    message = Message(text="Kari har søkt", card={"data": {"person": "kari"}})
    posts = tuple(PostWrite(recipient=each, slot="s", message=message, due_at=stage.now) for each in readers)
    run(stage.store.commit(Commit(at=stage.now, posts=posts)))
    run(Redaction(store=stage.store).remove("kari", erased_at=stage.now))
    left = [run(stage.store.find_delivery(each, "s")) for each in (readers[0], readers[PAGE - 1], readers[-1])]
    assert [each is not None and each.message is None for each in left] == [True] * 3


def test_a_record_that_others_write_all_the_time_is_not_passed_over(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    handoff_id = accepted(stage)

    async def refuse(_store: MemoryStore, _commit: Commit) -> list[str]:
        raise Conflict(Key(kind=Handoff.KIND, id=handoff_id))

    monkeypatch.setattr(type(stage.store), "commit", refuse)
    with pytest.raises(StoreUnavailable):
        run(Redaction(store=stage.store).remove("ana", erased_at=stage.now))


@pytest.mark.full
async def test_an_erasure_lets_other_turns_run_in_between() -> None:
    store = MemoryStore()
    await store.open()
    rows = tuple(write_of(Put(record=NightlyRun(id=f"n{number}", done_at=TUESDAY)), {}) for number in range(ROWS))
    await store.commit(Commit(at=TUESDAY, records=rows))
    turns, stop = 0, asyncio.Event()

    async def others() -> None:
        nonlocal turns
        while not stop.is_set():
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(others())
    await asyncio.sleep(0)
    before = turns
    await Redaction(store=store).remove("kari", erased_at=TUESDAY)
    meanwhile = turns - before
    stop.set()
    await beside
    await store.close()
    assert meanwhile >= ROWS // 1000


@pytest.mark.parametrize("registered", [False, True])
def test_an_erased_helpers_name_and_words_leave_the_askers_chat_and_the_answer_stays(
    stage: Stage, registered: bool
) -> None:
    stage.put(replace(stage.get(Person, "ana"), registered=registered))
    handoff_id = accepted(stage, asker="kari", by="ana")
    stage.say("ana", "Ring meg på kontoret.")
    stage.say("kari", "Takk!")
    stage.press("ana", "handoff.resolve", handoff_id=handoff_id, answer="Slik deler du mappen.")
    stage.press("kari", "handoff.confirm", handoff_id=handoff_id)
    chat = [stage.posts[("kari", slot)].text for slot in stage.slots("kari", f"handoff/{handoff_id}/")]
    assert sum("Ambassadør Ana" in text for text in chat) >= 3
    erase(stage, "ana")
    left = [stage.posts[("kari", slot)].text for slot in stage.slots("kari", f"handoff/{handoff_id}/")]
    assert "Slik deler du mappen." in "".join(left)
    tables = {row.table for row in remaining(stage, "Ambassadør Ana", "Ring meg på kontoret.")}
    assert tables == ({"record"} if registered else set())


def test_the_words_of_another_helper_of_the_same_question_stay(stage: Stage) -> None:
    handoff_id = accepted(stage, asker="kari", by="ana")
    stage.say("ana", "Fra Ana.")
    stage.now += timedelta(minutes=5)
    stage.press("ana", "handoff.release", handoff_id=handoff_id)
    stage.now += timedelta(minutes=5)
    stage.press("bo", "handoff.accept", handoff_id=handoff_id)
    stage.say("bo", "Fra Bo.")
    erase(stage, "ana")
    assert remaining(stage, "Fra Ana.") == []
    assert remaining(stage, "Fra Bo.") != []


def test_an_erased_advisers_tip_leaves_the_helpers_chat(stage: Stage) -> None:
    handoff_id = accepted(stage, asker="kari", by="ana")
    stage.press("ana", "handoff.ask_network", handoff_id=handoff_id)
    advisers = stage.get(Handoff, handoff_id).chat.advisers
    stage.press(advisers[0], "handoff.tip", handoff_id=handoff_id, words="Tips fra den første.")
    stage.press(advisers[1], "handoff.tip", handoff_id=handoff_id, words="Tips fra den andre.")
    erase(stage, advisers[0])
    assert remaining(stage, "Tips fra den første.") == []
    assert remaining(stage, "Tips fra den andre.") != []
