"""What editors have approved in the chat: shown, undone and made files of, and known to ``heia ask``."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.ports import Commit, Key, Stored
from bot.records.codec import decode, encode, write_of
from bot.stores.tiny.store import TinyStore
from dialogs.core.decision import Put
from dialogs.handoff.addition import EVERY, Addition
from knowledge.article.article import Language
from tests.unit.cli.conftest import Heia
from tests.unit.cli.registry_scene import NOON
from tests.unit.few_articles import few_articles


@pytest.fixture(autouse=True)
def content(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEIA_CONTENT_DIR", str(few_articles(folder / "content")))


@pytest.fixture
def stored(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One way to ask that is live, and one draft."""
    common = {
        "municipality_id": "eidsvoll",
        "handoff_id": "h1",
        "language": Language.NB,
        "suggested_at": NOON,
        "added_by": "ed",
    }
    live = Addition(id="s1", article_id="citrix-slow", question="dingsen snurrer", answer="", added_at=NOON, **common)
    draft = Addition(id="s2", question="Hvor bestiller jeg rom?", answer="I kalenderen.", added_at=NOON, **common)
    monkeypatch.setenv("HEIA_DATA_DIR", str(folder / "data"))

    async def put() -> None:
        store = TinyStore(directory=folder / "data")
        await store.open()
        await store.commit(Commit(at=NOON, records=tuple(write_of(Put(record=each), {}) for each in (live, draft))))
        await store.close()

    asyncio.run(put())


@pytest.mark.usefixtures("stored")
def test_the_history_of_additions_is_shown_and_each_can_be_undone(heia: Heia) -> None:
    shown = heia("kb", "additions")
    assert shown.code == 0
    assert "s1" in shown.out
    assert "live" in shown.out
    assert "draft" in shown.out
    assert "undone by operator" in heia("kb", "additions", "--undo", "s1").out
    assert "undone by operator" in heia("kb", "additions").out
    assert "suggestion.undone" in heia("privacy", "audit").out


@pytest.mark.usefixtures("stored")
def test_a_draft_is_printed_as_the_beginning_of_an_article(heia: Heia) -> None:
    printed = heia("kb", "additions", "--draft", "s2").out
    assert "title: Hvor bestiller jeg rom?" in printed
    assert printed.endswith("I kalenderen.\n")


@pytest.mark.usefixtures("stored")
def test_brackets_in_what_people_write_are_shown_as_written(heia: Heia, folder: Path) -> None:
    async def put() -> None:
        store = TinyStore(directory=folder / "data")
        await store.open()
        odd = replace(
            decode(Addition, (await store.find(Addition.KIND, EVERY))[0]), id="s3", question="en [b]rar[/] en"
        )
        await store.commit(Commit(at=NOON, records=(write_of(Put(record=odd), {}),)))
        await store.close()

    asyncio.run(put())
    assert "en [b]rar[/] en" in heia("kb", "additions").out
    asked = heia("ask", "en [b]rar[/] en", "--no-semantic", "--explain", "--municipality", "eidsvoll")
    assert "en [b]rar[/] en" in asked.out


@pytest.mark.usefixtures("stored")
def test_the_evidence_tells_what_each_outcome_needs_and_what_it_got(heia: Heia) -> None:
    shown = heia("ask", "dingsen snurrer", "--no-semantic", "--explain", "--municipality", "eidsvoll").out
    assert "0.97 of such answers right (HEIA_RIGHT_SHARE), and it is" in shown
    assert "confidence 0.85 in the first candidate, and it is" in shown
    assert "confidence 0.30 in those shown together, and it is" in shown


@pytest.mark.usefixtures("stored")
def test_an_unknown_addition_is_refused(heia: Heia) -> None:
    ran = heia("kb", "additions", "--undo", "nothing")
    assert ran.code == 1
    assert "nothing" in ran.err


def test_an_addition_stored_without_the_day_of_its_suggestion_is_as_old_as_its_approval() -> None:
    addition = Addition(
        id="s1",
        municipality_id="nes",
        handoff_id="h1",
        language=Language.NB,
        question="Hvor bestiller jeg rom?",
        answer="I kalenderen.",
        added_by="ed",
        added_at=NOON,
        suggested_at=NOON,
    )
    body = {name: value for name, value in encode(addition).items() if name != "suggested_at"}
    old = decode(Addition, Stored(key=Key(kind="addition", id="s1"), version=1, schema=1, body=body))
    assert old.question == addition.question
    assert set(old.terms()) == set(addition.terms())


@pytest.mark.usefixtures("stored")
def test_ask_knows_what_is_live_and_forgets_what_is_undone(heia: Heia) -> None:
    asked = ("ask", "dingsen snurrer", "--no-semantic", "--json", "--municipality", "eidsvoll")
    assert json.loads(heia(*asked).out)["article_id"] == "citrix-slow"
    assert json.loads(heia(*asked[:-1], "hurdal").out)["article_id"] != "citrix-slow"
    heia("kb", "additions", "--undo", "s1")
    assert json.loads(heia(*asked).out)["article_id"] != "citrix-slow"


@pytest.mark.usefixtures("stored")
async def test_ask_says_that_it_leaves_out_what_a_process_that_does_not_answer_holds(heia: Heia, folder: Path) -> None:
    store = TinyStore(directory=folder / "data")
    await store.open()
    try:
        ran = await asyncio.to_thread(heia, "ask", "når kommer office 365?", "--no-semantic", "--json")
    finally:
        await store.close()
    assert json.loads(ran.out)["outcome"] == "answer"
    assert "What editors approved in the chat is left out: " in ran.err
    assert "is in use by another process" in ran.err


def test_ask_makes_no_store_where_there_is_none(heia: Heia, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEIA_DATA_DIR", str(folder / "data"))
    ran = heia("ask", "når kommer office 365?", "--no-semantic", "--json")
    assert json.loads(ran.out)["outcome"] == "answer"
    assert not list((folder / "data").glob("store*"))
