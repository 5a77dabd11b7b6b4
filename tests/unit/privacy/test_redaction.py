"""After an erasure nothing stored about others leads back to the person."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.erasure.mentions import Mention, mentions, pattern_of
from bot.erasure.redaction import Redaction
from bot.stores.memory.state import Table
from dialogs.core.person import Person
from dialogs.handoff.model import Handoff
from dialogs.privacy.redaction import redacted
from dialogs.router import TIMERS, VERBS
from knowledge.organisation.person_id import ERASED
from tests.unit.at_once import run
from tests.unit.driver import Stage
from tests.unit.handoff.scene import accepted, asked
from tests.unit.handoff.scene import stage as town


@pytest.fixture
def stage() -> Stage:
    return town(verbs=VERBS, timers=TIMERS)


def remaining(stage: Stage, *words: str) -> list[Mention]:
    """Return the rows that mention the words, except the audit log."""

    async def found() -> list[Mention]:
        return [
            mention
            async for mention in mentions(stage.store, words)
            if mention.table is not Table.AUDIT and mention.document.get("kind") != "audit"
        ]

    return run(found())


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
    kinds = {mention.document.get("kind") for mention in remaining(stage, "cato") if mention.table is Table.RECORD}
    assert kinds <= {"person", "ambassador", "desk"}
    assert stage.get(Handoff, handoff_id).assignment.owner_id == ERASED
    erased_at = stage.now
    stage.now += timedelta(minutes=1)
    own = asked(stage, asker="cato")
    run(Redaction(store=stage.store).remove("cato", erased_at=erased_at))
    assert stage.get(Handoff, own).asker_id == "cato"


def _registered(stage: Stage, id_: str) -> Person:
    return replace(stage.get(Person, id_), registered=True)


def test_redaction_changes_ids_of_people_only(stage: Stage) -> None:
    handoff_id = solved(stage, asker="ola", by="cato")
    handoff = stage.get(Handoff, handoff_id)
    assert redacted(handoff, "nobody") is handoff
    assert redacted(handoff, "lillevik") is handoff
    assert redacted(handoff, "nb") is handoff
    new = redacted(handoff, "cato")
    assert list(new.terms()) == [term.replace("cato", ERASED) for term in handoff.terms()]
    assert [entry.at for entry in new.history] == [entry.at for entry in handoff.history]


@pytest.mark.parametrize("text", ["p020", '"p020"', "web:p020:7", "a/p020/b"])
def test_a_word_is_found_whole(text: str) -> None:
    assert pattern_of(["p020"]).search(text)


@pytest.mark.parametrize("text", ["p0201", "xp020", "p020-1", "a_p020", "P020"])
def test_a_part_of_another_word_is_not_found(text: str) -> None:
    assert not pattern_of(["p020"]).search(text)


def test_searching_for_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing"):
        pattern_of(["", ""])
