"""Whatever people write on whichever card, no digit string of a planted number is kept or brought to anybody."""

import json
import random
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from bot.records.codec import encode
from bot.turn.identity import UnknownPerson
from dialogs import router
from dialogs.core.audit import AuditEntry
from dialogs.core.event import Attachment, Refusal
from dialogs.core.person import Role
from dialogs.privacy.inventory import INVENTORY
from tests.unit.driver import Stage
from tests.unit.handoff.scene import person, stage

PLANTED: Final = ("01017050040", "410170 50034", "8601.11.17947", "4571 2345 6789 0112", "NO93 8601 1117 947")
PEOPLE: Final = ("kari", "ola", "ana", "bo", "cato", "kim", "per", "gro")
STEPS: Final = 60
PIECES: Final = tuple({piece for number in PLANTED for piece in number.replace(".", " ").split() if len(piece) > 3})
NAMES: Final = ("question", "words", "answer", "motive", "word", "tip", "note", "why", "program", "reason", "links")


@pytest.mark.quick(6)
@pytest.mark.parametrize("seed", range(25))
def test_no_number_survives_a_walk_through_the_flows(seed: int) -> None:
    rng = random.Random(seed)
    scene = stage(verbs=router.VERBS, timers=router.TIMERS)
    scene.put(person("gro", "lillevik", Role.ANNOUNCER, Role.ADMIN, Role.CONTACT, Role.EDITOR))
    scene.put(person("per", "nord"))
    taken = 0
    for _ in range(STEPS):
        try:
            _step(scene, rng)
        except UnknownPerson:  # one step may delete the data of a person, who then is signed out
            continue
        taken += 1
    assert taken > STEPS / 4
    kept = json.dumps(list(_kept(scene)), ensure_ascii=False, default=str)
    assert not [piece for piece in PIECES if piece in kept]
    assert "••••" in kept, "something was written at all"
    acts = json.dumps([encode(entry) for entry in scene.store.every(AuditEntry)], ensure_ascii=False)
    assert acts != "[]"
    assert not [word for word in ("Hei", "Jeg lurer", "Hva er", "••••") if word in acts], "only ids are audited"


def _step(scene: Stage, rng: random.Random) -> None:
    who = rng.choice(PEOPLE)
    text = f"{rng.choice(('Hei', 'Hva er Teams?', 'Jeg lurer på'))} {rng.choice(PLANTED)}"
    if rng.random() < 0.25:
        file = Attachment(id="", name=f"{text}.pdf", media_type="", size_bytes=1, refused=Refusal.NOT_IMAGE)
        scene.say(who, text, [file] if rng.random() < 0.2 else [])
        return
    mine = [(slot, action) for to, slot, action in scene.presses() if to == who]
    if not mine or rng.random() < 0.2:
        verb = rng.choice(sorted(router.VERBS))
        scene.press(who, verb, **dict.fromkeys(NAMES, text), handoff_id=text, question_id=text)
        return
    slot, action = rng.choice(mine)
    inputs = dict.fromkeys(_inputs(scene.posts[who, slot].card), text)
    scene.press(who, action["verb"], slot=slot, **{**inputs, **action.get("data", {})})


def _kept(scene: Stage) -> Iterator[Any]:
    for holding in INVENTORY:
        if holding.record is not None:
            yield from map(encode, scene.store.every(holding.record))
    for message in scene.posts.values():
        yield [message.text, message.card, message.suggestions]
    yield [str(timer) for timer in scene.timers.values()]
    yield [str(audit) for audit in scene.audits]


def _inputs(card: Any) -> Iterator[str]:
    """Yield the names of the text inputs of a card."""
    if isinstance(card, Mapping):
        if card.get("type") == "Input.Text":
            yield card["id"]
        for value in card.values():
            yield from _inputs(value)
    elif isinstance(card, list | tuple):
        for value in card:
            yield from _inputs(value)
