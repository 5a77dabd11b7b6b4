"""Articles leave and enter as files; nothing that is live changes by an import."""

import asyncio
from pathlib import Path

import pytest

from bot.content.loading import load_content
from bot.records.codec import decode
from bot.stores.tiny.store import TinyStore
from dialogs.editing.model import ArticleHead, ArticleRevision
from knowledge.article.article import Language
from tests.unit.cli.conftest import Heia
from tests.unit.few_articles import few_articles

FAQ = "Question\tAnswer\tSource\nHvor er skanneren?\tI gangen.\tIT-avdelingen\nskanner\tI gangen.\tIT-avdelingen\n"


@pytest.fixture(autouse=True)
def content(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = few_articles(folder / "content")
    monkeypatch.setenv("HEIA_CONTENT_DIR", str(made))
    monkeypatch.setenv("HEIA_DATA_DIR", str(folder / "data"))
    return made


def stored(folder: Path) -> tuple[list[ArticleHead], list[ArticleRevision]]:
    async def read() -> tuple[list[ArticleHead], list[ArticleRevision]]:
        store = TinyStore(directory=folder / "data")
        await store.open()
        heads = [decode(ArticleHead, each) for each in await store.find(ArticleHead.KIND, "all")]
        revisions = [decode(ArticleRevision, each) for each in await store.find(ArticleRevision.KIND, "all")]
        await store.close()
        return heads, revisions

    return asyncio.run(read())


@pytest.mark.full
def test_an_export_of_another_tool_becomes_drafts_once_and_a_dry_run_changes_nothing(heia: Heia, folder: Path) -> None:
    file = folder / "faq.tsv"
    file.write_text(FAQ, "utf-8")
    ran = heia("kb", "import", str(file), "--dry-run")
    assert "hvor-er-skanneren" in ran.out
    assert "1 would become drafts" in ran.err
    assert stored(folder) == ([], [])
    assert "1 drafts saved" in heia("kb", "import", str(file)).err
    [head], [draft] = stored(folder)
    assert (head.draft_id, head.live_id) == (draft.id, None)
    assert draft.text_in(Language.NB).phrasings == ("Hvor er skanneren?", "skanner")
    assert draft.text_in(Language.NB).source_title == "IT-avdelingen"
    assert draft.reason == "faq.tsv: row 2"
    assert "has a draft" in heia("kb", "import", str(file)).out
    assert len(stored(folder)[1]) == 1
    assert "article.imported" in heia("privacy", "audit").out


@pytest.mark.full
def test_an_export_says_the_same_and_importing_it_changes_nothing(heia: Heia, folder: Path, content: Path) -> None:
    out = folder / "out"
    ran = heia("kb", "export", str(out))
    assert ran.code == 0, ran.err
    assert load_content(out).articles == load_content(content).articles
    file = Path("articles", "nb", "citrix-slow.md")
    assert (out / file).read_text("utf-8") == (content / file).read_text("utf-8")
    assert "is not empty" in heia("kb", "export", str(out)).err
    assert "0 drafts saved" in heia("kb", "import", str(out)).err
    text = (out / file).read_text("utf-8")
    (out / file).write_text(f"{text.rpartition('---')[0]}---\nStart på nytt.\n", "utf-8")
    assert "1 drafts saved" in heia("kb", "import", str(out)).err


def test_a_file_of_another_kind_is_refused(heia: Heia, folder: Path) -> None:
    for name, text in (("a.docx", ""), ("a.json", "{"), ("a.csv", "x;y\n")):
        (folder / name).write_text(text, "utf-8")
        ran = heia("kb", "import", str(folder / name))
        assert ran.code == 1
        assert name in ran.err
