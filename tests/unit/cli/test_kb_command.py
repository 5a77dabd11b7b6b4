"""``heia kb additions``: what editors have approved in the chat."""

import asyncio
from pathlib import Path

import pytest

from bot.codec import write_of
from bot.ports import Commit
from bot.stores.tiny import TinyStore
from dialogs.decision import Put
from dialogs.handoff.addition import Addition
from knowledge.article import Language
from tests.unit.cli.conftest import Heia
from tests.unit.cli.registry_scene import NOON


@pytest.fixture
def stored(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One way to ask that is live, and one draft."""
    common = {"municipality_id": "eidsvoll", "handoff_id": "h1", "language": Language.NB, "added_by": "ed"}
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
def test_an_unknown_addition_is_refused(heia: Heia) -> None:
    ran = heia("kb", "additions", "--undo", "nothing")
    assert ran.code == 1
    assert "nothing" in ran.err
