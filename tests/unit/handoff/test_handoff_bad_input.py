"""What nobody may do is refused with a reason, stands in the audit log, and changes nothing."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dialogs.availability.worklist import Worklist
from dialogs.core.person import Person, Role
from dialogs.core.session import Session
from dialogs.handoff.model import Handoff
from tests.unit.driver import Outcome, Stage
from tests.unit.handoff.scene import accepted, alter, asked, enlist, stage
from tests.unit.handoff.scene import ambassador as one_who_helps

Act = Callable[[Stage], tuple[str, str, dict[str, Any]]]


def offered_to_another(scene: Stage) -> tuple[str, str, dict[str, Any]]:
    return "bo", "accept", {"handoff_id": asked(scene)}


def declined_for_another(scene: Stage) -> tuple[str, str, dict[str, Any]]:
    return "bo", "decline", {"handoff_id": asked(scene)}


def taken_by_another(scene: Stage) -> tuple[str, str, dict[str, Any]]:
    return "bo", "accept", {"handoff_id": accepted(scene)}


def of_another_municipality(scene: Stage) -> tuple[str, str, dict[str, Any]]:
    return "dag", "accept", {"handoff_id": asked(scene)}


def removed_meanwhile(scene: Stage) -> tuple[str, str, dict[str, Any]]:
    id_ = asked(scene)
    alter(scene, "ana", active=False)
    return "ana", "accept", {"handoff_id": id_}


def asked_for_advice_and_removed_meanwhile(scene: Stage) -> tuple[str, str, dict[str, Any]]:
    id_ = accepted(scene)
    scene.press("ana", "handoff.ask_network", handoff_id=id_)
    alter(scene, "bo", active=False)
    return "bo", "tip", {"handoff_id": id_, "words": "Prøv igjen"}


def a_contact_no_more(scene: Stage) -> tuple[str, str, dict[str, Any]]:
    for id_ in ("ana", "bo", "cato"):
        alter(scene, id_, active=False)
    id_ = asked(scene)
    kim = scene.get(Person, "kim")
    scene.put(replace(kim, roles=kim.roles - {Role.CONTACT}))
    return "kim", "pass_card", {"handoff_id": id_}


def withdrawn(scene: Stage) -> tuple[str, str, dict[str, Any]]:
    id_ = asked(scene)
    scene.press("kari", "handoff.withdraw", handoff_id=id_)
    return "ana", "accept", {"handoff_id": id_}


def rated_before(scene: Stage) -> tuple[str, str, dict[str, Any]]:
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_)
    scene.press("kari", "handoff.confirm", handoff_id=id_)
    scene.press("kari", "handoff.rate", handoff_id=id_, rating="5")
    return "kari", "rate", {"handoff_id": id_, "rating": "5"}


def made_up(scene: Stage) -> tuple[str, str, dict[str, Any]]:
    asked(scene)
    return "ana", "accept", {"handoff_id": "handoff-of-nobody"}


def confirmed_by_somebody_else(scene: Stage) -> tuple[str, str, dict[str, Any]]:
    return "ola", "confirm", {"handoff_id": accepted(scene)}


def resolved_by_somebody_else(scene: Stage) -> tuple[str, str, dict[str, Any]]:
    return "bo", "resolve", {"handoff_id": accepted(scene), "answer": "svar", "share": "true"}


def passed_on_by_somebody_else(scene: Stage) -> tuple[str, str, dict[str, Any]]:
    return "bo", "pass", {"handoff_id": accepted(scene), "colleague_id": "cato"}


def one_own_question_taken(scene: Stage) -> tuple[str, str, dict[str, Any]]:
    enlist(scene, one_who_helps("eli", "nord"))
    return "eli", "accept", {"handoff_id": asked(scene, "eli")}


@pytest.mark.parametrize(
    "act",
    [
        offered_to_another,
        declined_for_another,
        taken_by_another,
        of_another_municipality,
        removed_meanwhile,
        asked_for_advice_and_removed_meanwhile,
        a_contact_no_more,
        withdrawn,
        rated_before,
        made_up,
        confirmed_by_somebody_else,
        resolved_by_somebody_else,
        passed_on_by_somebody_else,
        one_own_question_taken,
    ],
)
def test_it_is_refused_audited_and_changes_nothing(act: Act) -> None:
    scene = stage()
    who, verb, data = act(scene)
    before = [scene.all(kind) for kind in (Handoff, Worklist, Session)], dict(scene.timers)
    outcome: Outcome = scene.press(who, f"handoff.{verb}", **data)
    assert ([scene.all(kind) for kind in (Handoff, Worklist, Session)], dict(scene.timers)) == before
    assert outcome.notice, "a reason is given"
    [entry] = outcome.audits
    assert (entry.act, entry.by) == ("handoff.refused", who)
    assert entry.subject == data["handoff_id"]
