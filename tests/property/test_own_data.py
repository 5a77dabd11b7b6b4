"""In any life, an export has every row about the person and no id of another, and an erasure leaves grounds only."""

import json
import random
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.app.erasure import data_of
from bot.erasure.proof import prove_erasure
from dialogs.announce.following import Following
from dialogs.announce.model import Announcement
from dialogs.core.person import Person, Role
from dialogs.handoff.draft import Draft
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import Status
from dialogs.privacy.export import content_of
from dialogs.rollout.classroom.model import ClassSession
from dialogs.router import TIMERS, VERBS
from knowledge.article.article import Language
from tests.sampling import examples
from tests.unit.at_once import run
from tests.unit.driver import FORMER, Stage
from tests.unit.handoff.scene import person
from tests.unit.handoff.scene import stage as town

PEOPLE: Final = ("kari", "ola", "per", "ana", "bo", "cato", "dag", "kim", "anja", "adam")
SECRET: Final = "Hvordan deler jeg en hemmelig mappe?"
INPUTS: Final[Mapping[str, str]] = {
    "question": SECRET,
    "answer": "Slik gjør du det.",
    "tip": "Bruk hurtigtastene.",
    "words": "Prøv igjen.",
    "program": "WinRAR",
    "reason": "Trenger det i jobben.",
    "motive": "Vil hjelpe.",
    "topics": "mfa",
    "colleague": "Medarbeider Ola",
    "rating": "4",
    "title_nb": "Nytt møterom",
    "body_nb": "Teams åpner mandag.",
    "title_nn": "Nytt møterom",
    "body_nn": "Teams opnar måndag.",
    "units": "lillevik",
    "confirm": "true",
    "share": "true",
    "note": "Kan du ta den?",
}
STARTS: Final = (
    "handoff.start",
    "ambassador.apply",
    "ambassador.desk",
    "software.apply",
    "announce.new",
    "announce.topics",
    "privacy.show",
    "learn.show",
    "classroom.show",
    "classroom.mine",
)
LEFT_OUT: Final = frozenset({"privacy.erase_now", "place"})
"""Erasing is done last; the place of a person is the registry's."""


def scene() -> Stage:
    stage = town(verbs=VERBS, timers=TIMERS)
    stage.put(
        person("anja", "lillevik", Role.ANNOUNCER),
        person("adam", "lillevik", Role.ADMIN, Role.APPROVER, Role.EDITOR),
    )
    for id_ in ("ana", "ola"):
        stage.put(replace(stage.get(Person, id_), registered=True))
    bo = stage.get(Person, "bo")
    stage.put(replace(bo, roles=bo.roles | {Role.TEACHER}))
    starts_at = stage.now + timedelta(days=3)
    stage.put(
        ClassSession(
            id="class-1",
            municipality_id="lillevik",
            names={Language.NB: "Teams for nye"},
            venue="Rådhuset",
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=2),
            teacher_id="bo",
            created_at=stage.now,
            changed_at=stage.now,
        )
    )
    return stage


def live(stage: Stage, draw: random.Random, steps: int) -> None:
    """Let people ask, help, apply, announce and read, and press anything else that they see."""
    for _ in range(steps):
        who = draw.choice(PEOPLE)
        match draw.randrange(9):
            case 0 | 1:
                ask(stage, who)
            case 2 | 3 | 4:
                move_on(stage, draw)
            case 5:
                stage.say(who, draw.choice((SECRET, "Takk!", "Ring meg, så viser jeg deg.")))
            case 6:
                start(stage, who, draw)
            case 7:
                stage.ring_until(stage.now + timedelta(minutes=draw.choice((1, 30, 600))))
            case _:
                seen = [each for each in stage.presses() if each[0] == who and each[2]["verb"] not in LEFT_OUT]
                if seen:
                    _, slot, action = draw.choice(seen)
                    press(stage, who, action["verb"], slot, action.get("data") or {})


def ask(stage: Stage, who: str) -> None:
    stage.press(who, "handoff.start")
    drafts = stage.all(Draft)
    if drafts:
        stage.press(who, "handoff.send", handoff_id=drafts[-1].id, question=SECRET)


def move_on(stage: Stage, draw: random.Random) -> None:
    """Let one end of an open hand-off take the next step."""
    handoffs = [each for each in stage.all(Handoff) if each.status is not Status.WITHDRAWN]
    if not handoffs:
        return
    each = draw.choice(handoffs)
    helper, asker = each.helper_id or "kim", each.asker_id
    who, verb = {
        Status.OFFERED: (helper, draw.choice(("handoff.accept", "handoff.accept", "handoff.decline"))),
        Status.ESCALATED: ("kim", "handoff.accept"),
        Status.ACCEPTED: (
            helper,
            draw.choice(("handoff.resolve", "handoff.resolve", "handoff.release", "handoff.ask_network")),
        ),
        Status.RESOLVED: (asker, draw.choice(("handoff.confirm", "handoff.rate", "handoff.rate", "handoff.reopen"))),
    }.get(each.status, (asker, "handoff.withdraw"))
    stage.press(who, verb, handoff_id=each.id, answer="Slik gjør du det.", rating="4", share="true")


def start(stage: Stage, who: str, draw: random.Random) -> None:
    match draw.randrange(6):
        case 0:
            stage.press(who, "ambassador.apply")
            stage.press(who, "ambassador.send", topics="mfa", motive="Vil hjelpe.", slot=stage.slots(who)[-1])
        case 1:
            stage.press(who, "software.send", program=draw.choice(("WinRAR", "Zoom")), reason="Trenger det i jobben.")
        case 2:
            announce(stage)
        case 3:
            press(stage, who, "ambassador.tip", "", {})
        case 4:
            stage.put(Following(id=who, topics=frozenset({"teams"}), changed_at=stage.now))
        case _:
            press(stage, who, draw.choice(STARTS), "", {})


def announce(stage: Stage) -> None:
    """Let the announcer send to all of the municipality."""
    stage.press("anja", "announce.new")
    draft = max(stage.all(Announcement), key=lambda each: each.id)
    for verb in ("announce.preview", "announce.send"):
        now = stage.get(Announcement, draft.id)
        data = {"announcement_id": now.id, "edition": now.edition, "confirmation": "true", "off_hours": "true"}
        stage.press("anja", verb, slot=now.desk, **{**INPUTS, **data})
    stage.ring_until(stage.now + timedelta(minutes=1))


def press(stage: Stage, who: str, verb: str, slot: str, data: Mapping[str, Any]) -> None:
    if verb in VERBS:
        stage.press(who, verb, slot=slot or None, **{**INPUTS, **data})


def check_export(stage: Stage, person_id: str) -> None:
    rows = run(stage.store.rows_with([person_id]))
    data = run(data_of(stage.store, stage.get(Person, person_id)))
    content = json.loads(json.dumps(content_of(data, at=stage.now)))
    own = {(kind, record.get("id")) for kind, records in content["data"].items() for record in records}
    records = [row.document for row in rows if row.table == "record"]
    listed = len([each for each in content.get("named_in", []) if each["kind"] not in {"content", "delivery"}])
    missing = [
        (each["kind"], each["id"])
        for each in records
        if (each["kind"], each["id"]) not in own
        and (each["kind"], each["id"])
        not in {(found.holding.kind, record.id) for found in data.held for record in found.records}
        and each["id"] not in {part["handoff_id"] for part in content.get("helped", [])}
    ]
    assert len(missing) == listed, (missing, content.get("named_in"))
    assert "handoff" not in {kind for kind, _ in missing}, "a helper gets the own part"
    received = {
        row.document["slot"] for row in rows if row.table == "delivery" and row.document["recipient"] == person_id
    }
    assert len(received) == len(content["data"].get("delivery", []))
    assert {row.id for row in rows if row.table == "timer"} <= {timer.key for timer in data.timers}
    assert {row.id for row in rows if row.table == "event"} == {event.id for event in data.events}
    for each in content["data"].get("delivery", []):
        each["text"] = ""  # the person's own correspondence
    named = set(re.findall(r"[\w-]+", json.dumps(content, ensure_ascii=False))) & (set(PEOPLE) - {person_id})
    assert not named, named


def check_erasure(stage: Stage, person_id: str) -> None:
    stage.press(person_id, "privacy.erase_now")
    stage.ring_until(stage.now + timedelta(seconds=30))
    proof = run(prove_erasure(stage.store, person_id, former=FORMER))
    assert proof.groundless == (), proof.groundless
    assert any(each.ground == "audit" for each in proof.remainders)


@settings(max_examples=examples(40), deadline=None)
@given(seed=st.integers(0, 10**9), steps=st.integers(5, 60), erased=st.permutations(PEOPLE))
def test_an_export_is_complete_and_an_erasure_leaves_grounds_only(seed: int, steps: int, erased: list[str]) -> None:
    stage = scene()
    live(stage, random.Random(seed), steps)
    for person_id in PEOPLE:
        check_export(stage, person_id)
    for person_id in erased[:3]:
        check_erasure(stage, person_id)
