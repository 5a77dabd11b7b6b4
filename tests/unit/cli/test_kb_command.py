"""What editors have approved in the chat: shown, undone and made files of, and known to ``heia ask``."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app.commands import kb
from bot.ports import Commit, Key, Stored
from bot.records.codec import decode, encode, write_of
from bot.settings.model import Settings
from bot.stores.tiny.store import TinyStore
from dialogs.core.decision import Put
from dialogs.handoff.addition import EVERY, Addition
from knowledge.article.article import ArticleFault, Language
from tests.unit.cli.conftest import Heia
from tests.unit.cli.registry_scene import NOON
from tests.unit.few_articles import KEPT, few_articles


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
@pytest.mark.full
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
@pytest.mark.full
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
@pytest.mark.full
def test_the_evidence_tells_what_each_outcome_needs_and_what_it_got(heia: Heia) -> None:
    shown = heia("ask", "dingsen snurrer", "--no-semantic", "--explain", "--municipality", "eidsvoll").out
    assert "0.97 of such answers right (HEIA_RIGHT_SHARE), and it is" in shown
    assert "confidence 0.73 in the first candidate, and it is" in shown
    assert "confidence 0.64 in the first, 0.75 with one word" in shown
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
@pytest.mark.full
def test_ask_knows_what_is_live_and_forgets_what_is_undone(heia: Heia) -> None:
    asked = ("ask", "dingsen snurrer", "--no-semantic", "--json", "--municipality", "eidsvoll")
    assert json.loads(heia(*asked).out)["article_id"] == "citrix-slow"
    assert json.loads(heia(*asked[:-1], "hurdal").out)["article_id"] != "citrix-slow"
    heia("kb", "additions", "--undo", "s1")
    assert json.loads(heia(*asked).out)["article_id"] != "citrix-slow"


@pytest.mark.usefixtures("stored")
@pytest.mark.full
async def test_ask_says_that_it_leaves_out_what_a_process_that_does_not_answer_holds(heia: Heia, folder: Path) -> None:
    store = TinyStore(directory=folder / "data")
    await store.open()
    try:
        ran = await asyncio.to_thread(heia, "ask", "når kommer office 365?", "--no-semantic", "--json")
    finally:
        await store.close()
    assert json.loads(ran.out)["outcome"] == "answer"
    assert "What editors approved and published is left out: " in ran.err
    assert "is in use by another process" in ran.err


@pytest.mark.full
def test_ask_makes_no_store_where_there_is_none(heia: Heia, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEIA_DATA_DIR", str(folder / "data"))
    ran = heia("ask", "når kommer office 365?", "--no-semantic", "--json")
    assert json.loads(ran.out)["outcome"] == "answer"
    assert not list((folder / "data").glob("store*"))


def test_check_prints_notices_after_faults_and_fails_for_them_only_when_asked(heia: Heia, folder: Path) -> None:
    articles = folder / "content" / "articles"
    for language in ("nb", "nn", "en"):
        for file in (articles / language).glob("*.md"):
            lines = (line for line in file.read_text("utf-8").splitlines(True) if not line.startswith("related:"))
            file.write_text("".join(lines), "utf-8")
    text = (articles / "nb" / "rollout-when.md").read_text("utf-8")
    (articles / "nb" / "rollout-when.md").write_text(text.replace("review_by: 2", "review_by: 1"), "utf-8")
    said = heia("kb", "check", "--no-semantic")
    assert said.code == 0
    assert "articles/nb/rollout-when.md:4: notice: is past its review date 1027-" in said.out
    assert ", 0 faults, " in said.err
    assert heia("kb", "check", "--no-semantic", "--strict").code == 1
    (articles / "nb" / "citrix-slow@oslo.md").write_text(text, "utf-8")
    file = folder / "content" / "organisation.yaml"
    contact = "contact: {role: Kontakt, address: kontakt@testvik.example}"
    added = f"  - id: testvik\n    names: Testvik\n    {contact}\n    local: {{drives: H}}\n"
    file.write_text(file.read_text("utf-8") + added, "utf-8")
    faulty = heia("kb", "check", "--no-semantic")
    assert faulty.code == 1
    assert faulty.out.startswith("articles/nb/citrix-slow@oslo.md:1: there is no municipality oslo\n")
    assert ": notice: no answer asks for local:drives\n" in faulty.out


def test_check_looks_for_phrasings_near_others_only_when_asked(heia: Heia, monkeypatch: pytest.MonkeyPatch) -> None:
    def encoder_for(settings: Settings, *, log: object) -> object | None:
        return None if settings.semantic == "off" else object()

    def near(*_: object, encoder: object) -> Iterator[ArticleFault]:
        yield ArticleFault(file="nb/a.md", line=1, reason="'a' lies nearer to b", notice=True)

    monkeypatch.setattr(kb, "load_encoder_for", encoder_for)
    monkeypatch.setattr(kb, "stray_phrasings", near)
    assert "lies nearer" not in heia("kb", "check").out
    found = heia("kb", "check", "--semantic")
    assert found.out.endswith("nb/a.md:1: notice: 'a' lies nearer to b\n")
    assert found.err.count(" notices") == 1


@pytest.mark.full
def test_a_rehearsal_shows_what_a_changed_file_makes_worse(heia: Heia, folder: Path) -> None:
    name = "nb/citrix-slow.md"
    draft = folder / "drafts" / name
    draft.parent.mkdir(parents=True)
    text = (folder / "content" / "articles" / name).read_text("utf-8")
    draft.write_text(text.replace("phrasings:\n", "phrasings:\n- hva skjer når jeg har glemt passordet\n"), "utf-8")
    asked = folder / "asked.json"
    asked.write_text(
        json.dumps(
            {
                "queries": [
                    {"text": "hva skjer når jeg har glemt passordet da", "gold": "password-forgotten"},
                    {"text": "hva gjør en ambassadør", "gold": "ambassador-role"},
                ]
            }
        ),
        "utf-8",
    )
    done = heia("kb", "rehearse", str(draft), "--questions", str(asked), "--no-semantic")
    assert done.code == 1
    assert "2 test questions" in done.out
    assert "Worse: 1" in done.out
    assert "glemt passordet da" in " ".join(done.out.split())
    same = folder / "content" / "articles" / name
    assert heia("kb", "rehearse", str(same), "--no-semantic").code == 2, "nothing to compare it with"
    draft.write_text("---\ntitle: [\n---\n", "utf-8")
    assert heia("kb", "rehearse", str(draft), "--no-semantic").code == 1


@pytest.mark.full
def test_what_is_learned_is_written_beside_the_articles_once(heia: Heia, folder: Path) -> None:
    first = heia("kb", "vectors")
    assert first.code == 0, first.err
    place = folder / "content" / "learned"
    assert {file.name for file in place.iterdir()} == {"all.frame", *(f"{name}.part" for name in KEPT)}
    assert ", 0 kB written" not in first.out
    assert ": 4 entries, 0 kB written" in heia("kb", "vectors").out
