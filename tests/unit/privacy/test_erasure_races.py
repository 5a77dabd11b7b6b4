"""An erasure and a turn that writes words meet in every order, and nothing stays that the erasure would have taken.

The writers are not listed: every button that the scene shows, and every verb, is pressed with planted words in every
field that any flow reads; those that store the words are raced.
"""

import pickle
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

import dialogs
from bot.ports import Commit, TurnFailed
from bot.records.codec import write_of
from bot.turn.job import FORGET_VERB
from dialogs import router
from dialogs.announce.model import Announcement
from dialogs.core.decision import Put
from dialogs.core.event import Event, Said
from dialogs.core.person import Person
from dialogs.core.web_utterance import WebUtterance
from dialogs.editing.model import ArticleHead
from dialogs.handoff.model import Handoff
from tests.frozen.scene import played
from tests.unit.at_once import run, until
from tests.unit.driver import Stage
from tests.unit.stage_store import AT_THE_GATE

WORD: Final = "blåmeiskasse"
WORDS: Final = f"Det står en {WORD} på bordet"
SAID: Final = "(said)"
ORDERS: Final = ("the words first", "the erasure first")
SOURCES: Final = Path(dialogs.__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """A press or message with planted words."""

    who: str
    verb: str
    slot: str | None = None
    data: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.who} {self.verb}"


class Scene:
    """The frozen scene, which every case begins with again."""

    def __init__(self) -> None:
        self.stage = played(erased=False)
        self._state = pickle.dumps(self.stage.store._state)  # read back in a third of the time of a deep copy
        self._posts = dict(self.stage.posts)

    def begin(self) -> Stage:
        self.stage.store._state = pickle.loads(self._state)  # noqa: S301 - its own
        self.stage.posts = dict(self._posts)
        self.stage.store.holding = False
        return self.stage


@cache
def scene() -> Scene:
    return Scene()


def fields() -> set[str]:
    """Return the names of every field of a card or form that a flow reads."""
    sources = "".join(path.read_text("utf-8") for path in SOURCES.rglob("*.py"))
    return set(re.findall(r'pressed\.text\(\s*"([a-z_]+)"', sources)) | set(re.findall(r'field="([a-z_]+)"', sources))


def candidates() -> Iterator[Writer]:
    """Yield everything that can be pressed or said, by those that it was shown to and by every role."""
    stage = scene().begin()
    words = dict.fromkeys((name for name in fields() if not name.endswith(("_id", "_ids", "edition"))), WORDS)
    ids = _ids(stage)
    people = sorted(person.id for person in stage.all(Person) if not person.id.startswith("reader"))
    shown = set()
    for who, slot, action in stage.presses():
        data = {name: value for name, value in action.get("data", action).items() if isinstance(value, str)}
        shown.add((who, action["verb"]))
        yield Writer(who=who, verb=action["verb"], slot=slot, data={**words, **data})
    for verb in sorted(router.VERBS):
        if verb not in {shown_verb for _, shown_verb in shown} and not verb.startswith(("privacy.", "officer.")):
            yield from (Writer(who=who, verb=verb, data={**words, **ids}) for who in people)
    yield from (Writer(who=who, verb=SAID, data={}) for who in people)


def _ids(stage: Stage) -> Mapping[str, str]:
    """Return ids for the fields of forms: of the newest record of the kind, and of the article with a draft."""
    [head] = [each for each in stage.all(ArticleHead) if each.draft_id is not None]
    [announcement] = stage.all(Announcement)
    article = {"article_id": head.article_id, "municipality_id": head.municipality_id, "base_id": head.draft_id}
    shown = {"announcement_id": announcement.id, "edition": announcement.edition}
    return {f"{record.kind}_id": record.id for record in stage.store._state.records} | article | shown


def race(stage: Stage, *events: Event) -> None:
    """Let each event be decided on the same records; then they commit in turn, and the erased are forgotten."""
    turns = [stage._new_runtime().receive(stage._incoming(event)) for event in events]
    stage.store.holding = True
    early = [until(AT_THE_GATE, turn) for turn in turns]
    stage.store.holding = False
    for turn, ended in zip(turns, early, strict=True):
        if ended is None:
            run(turn)
    for timer in [timer for timer in stage.store.timers() if timer.verb == FORGET_VERB]:
        run(stage._new_runtime().ring(timer))


def event_of(stage: Stage, writer: Writer) -> Event:
    """Return the event; the web page has stored what was said."""
    if writer.verb != SAID:
        return stage.pressing(writer.who, writer.verb, slot=writer.slot, **writer.data)
    event = stage.pressing(writer.who, "said")
    utterance = WebUtterance(said_id=event.id, person_id=writer.who, text=WORDS, at=stage.now)
    stage.put(utterance)
    return replace(event, what=Said(utterance=WORDS, stored_as=utterance.id))


def places(stage: Stage) -> set[str]:
    """Return what holds the planted word: kinds of records, and messages by recipient."""
    found = set()
    for row in run(stage.store.rows_with([WORD], tables=("record", "content", "timer"))):
        if row.table != "content":
            found.add(f"{row.table} {row.document.get('kind', '')}")
            continue
        for delivery in run(stage.store.rows_with([row.id], tables=("delivery",))):
            found.add(f"message to {delivery.document['recipient']}")
    return found


def written(writer: Writer) -> set[str]:
    """Return where the words are after the turn alone."""
    stage = scene().begin()
    try:
        race(stage, event_of(stage, writer))
    except (TurnFailed, AssertionError, KeyError, ValueError):  # the scene does not fit the verb
        return set()
    return places(stage)


@cache
def writers() -> Sequence[Writer]:
    """Return the first that stores words, of each role and verb."""
    chosen: dict[tuple[str, str], Writer] = {}
    for writer in candidates():
        key = (writer.who, writer.verb)
        if key not in chosen and written(writer):
            chosen[key] = writer
    return tuple(chosen.values())


def erased_ones(stage: Stage, writer: Writer) -> set[str]:
    """Return the writer, and the askers of the conversations that the writer takes part in."""
    handoffs = [
        each for each in stage.all(Handoff) if writer.who in {each.assignment.owner_id, each.assignment.offered_to}
    ]
    return {writer.who} | {each.asker_id for each in handoffs}


def one_after_another(writer: Writer, person_id: str) -> set[str]:
    """Return what stays when the erasure comes second, and what others write when it comes first."""
    stage = scene().begin()
    race(stage, event_of(stage, writer))
    race(stage, stage.pressing(person_id, "privacy.erase_now"))
    stayed = places(stage)
    if writer.who != person_id:
        stage = scene().begin()
        race(stage, stage.pressing(person_id, "privacy.erase_now"))
        race(stage, event_of(stage, writer))
        stayed |= places(stage)
    return stayed


def test_writers_are_found() -> None:
    found = {writer.verb for writer in writers()}
    assert {SAID, "handoff.send", "handoff.resolve", "handoff.edit", "announce.corrected", "article.save"} <= found, (
        found
    )
    assert len(found) >= 12, found


@pytest.mark.parametrize("order", ORDERS)
def test_no_order_of_a_turn_and_an_erasure_leaves_words(order: str) -> None:
    stayed = []
    for writer in writers():
        for person_id in sorted(erased_ones(scene().begin(), writer)):
            allowed = one_after_another(writer, person_id)
            stage = scene().begin()
            both = [event_of(stage, writer), stage.pressing(person_id, "privacy.erase_now")]
            race(stage, *(both if order == ORDERS[0] else reversed(both)))
            if more := places(stage) - allowed:
                stayed.append(f"{writer}, erased: {person_id}: {sorted(more)}")
    assert stayed == []


def test_words_stored_between_decision_and_commit_of_an_erasure_are_erased_too() -> None:
    stage = scene().begin()
    erasure = stage._new_runtime().receive(stage._incoming(stage.pressing("kari", "privacy.erase_now")))
    stage.store.holding = True
    until(AT_THE_GATE, erasure)
    stage.store.holding = False
    utterance = WebUtterance(said_id="late", person_id="kari", text=WORDS, at=stage.now)
    run(stage.store.commit(Commit(at=stage.now, records=(write_of(Put(record=utterance), {}),))))
    run(erasure)
    assert places(stage) == set()


def test_a_message_whose_stored_words_were_erased_before_its_turn_is_dropped() -> None:
    stage = scene().begin()
    event = event_of(stage, Writer(who="kari", verb=SAID, data={}))
    stage.press("kari", "privacy.erase_now")
    turn = run(stage._new_runtime().receive(stage._incoming(event)))
    assert turn.notice == stage.texts("kari")("privacy.erased_meanwhile")
    assert places(stage) == set()


def test_a_conflict_without_an_erasure_is_decided_again() -> None:
    stage = scene().begin()
    event = event_of(stage, Writer(who="kari", verb=SAID, data={}))
    turn = stage._new_runtime().receive(stage._incoming(event))
    stage.store.holding = True
    until(AT_THE_GATE, turn)
    stage.store.holding = False
    stage.put(replace(stage.get(Person, "kari"), name="Nytt navn"))
    assert run(turn).notice is None
    assert places(stage) != set()
