"""Article files are imported and exported on the desk: what an editor may change, and nothing that harms."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.channels.web.desk.articles import text_of_articles, zip_of_articles
from bot.channels.web.desk.form import MOST_TEXT_BYTES, SentFile
from bot.records.query_answering import QueryAnswering
from dialogs.core.query import Asking
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import Viewer, viewer_of
from dialogs.editing.imported import ImportPage, import_view
from dialogs.editing.listing import exported_files, exported_table
from dialogs.editing.model import ArticleHead
from knowledge.article.article import ArticleBook, Language
from knowledge.article.bundle import bundled, is_markdown
from knowledge.article.importing import BadImport, ImportRule, read_pairs
from knowledge.article.writing import article_text
from tests.unit.at_once import run
from tests.unit.driver import Stage
from tests.unit.editing.scene import OTHER, PRINT, draft, press, stage

CHANGED = replace(PRINT, answer="Velg **Skriv ut** og skriveren i kjelleren.")
NYNORSK = replace(PRINT, language=Language.NN, title="Korleis skriv eg ut?")


def viewed(scene: Stage, who: str, view: Callable[[Viewer], Asking[object]]) -> object:
    def asking() -> Asking[object]:
        return (yield from view((yield from viewer_of(who, scene.content, scene.now))))

    about = scene._surroundings
    return run(QueryAnswering(store=scene.store, understanding=about, rng=about).result_of(asking()))


def tried(scene: Stage, who: str, text: str, *, municipality_id: str = "") -> ImportPage:
    page = viewed(scene, who, lambda viewer: import_view(viewer, text=text, municipality_id=municipality_id))
    assert isinstance(page, ImportPage)
    return page


def packed(**files: str) -> SentFile:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return SentFile(name="articles.zip", body=out.getvalue())


def test_a_zip_of_the_folder_becomes_drafts_and_what_is_published_already_is_left_alone() -> None:
    scene = stage()
    files = {
        "heia/articles/nb/print.md": article_text(CHANGED),
        "heia/articles/nb/scan.md": article_text(OTHER),
        "heia/articles/README.md": "# No article",
        "heia/__MACOSX/articles/nb/._print.md": "\0",
    }
    text = text_of_articles([packed(**files)], "nb")
    page = tried(scene, "eva", text)
    assert [(row.key, row.result) for row in page.rows] == [("print", "draft"), ("scan", "unchanged")]
    outcome = scene.press("eva", "article.import", text=text, language="nb", municipality_id="")
    assert outcome.notice == "Ett utkast er lagret."
    assert draft(scene).text_in(Language.NB).answer == CHANGED.answer
    assert draft(scene).reason == "Importert: fil nb/print.md"
    assert [row.result for row in tried(scene, "eva", text).rows] == ["has_draft", "unchanged"]


def test_several_files_of_one_language_keep_the_published_texts_in_the_others() -> None:
    scene = stage()
    books = ArticleBook.from_articles([PRINT, NYNORSK, OTHER])
    scene.content = replace(scene.content, articles=books, files=books)
    sent = [
        SentFile(name=f"{each.id}.md", body=article_text(replace(each, answer="Ring vakta.")).encode())
        for each in (PRINT, OTHER)
    ]
    text = text_of_articles(sent, "nb")
    assert scene.press("eva", "article.import", text=text, language="nb").notice == "2 utkast er lagret."
    assert draft(scene).text_in(Language.NB).answer == "Ring vakta."
    assert draft(scene).text_in(Language.NN).title == NYNORSK.title


def test_a_pasted_file_is_named_after_its_title() -> None:
    scene = stage()
    text = article_text(replace(PRINT, title="Ny skriver"))
    assert is_markdown(text)
    assert [row.key for row in tried(scene, "eva", text).rows] == ["ny-skriver"]


def test_a_municipalitys_editor_writes_only_its_own_texts_and_copies_none_that_is_the_same() -> None:
    scene = stage()
    text = bundled(
        [
            ("articles/nb/print.md", article_text(CHANGED)),
            ("articles/nb/print@storvik.md", article_text(CHANGED)),
            ("articles/nb/scan.md", article_text(OTHER)),
        ]
    )
    rows = {row.key: row for row in tried(scene, "ed", text, municipality_id="lillevik").rows}
    assert {key: row.result for key, row in rows.items()} == {
        "print@lillevik": "draft",
        "print@storvik": "faulty",
        "scan@lillevik": "unchanged",
    }
    scene.press("ed", "article.import", text=text, language="nb", municipality_id="lillevik")
    assert [each.id for each in scene.all(ArticleHead)] == ["print@lillevik"]
    with pytest.raises(EventRefused):
        tried(scene, "ed", text)


def test_faults_are_named_with_their_file_and_nothing_of_it_is_saved() -> None:
    scene = stage()
    bomb = "---\na: &a [x, x]\nb: &b [*a, *a]\n<<: [*b, *b]\n---\nHer.\n"
    text = bundled([("articles/nb/bomb.md", bomb), ("articles/nb/short.md", "---\ntitle: Kort\n---\nJa, her.\n")])
    bad, short = tried(scene, "eva", text).rows
    assert (bad.result, bad.place) == ("faulty", "fil nb/bomb.md")
    assert "YAML-alias" in bad.note
    assert "trenger minst 8" in short.note
    scene.press("eva", "article.import", text=text, language="nb")
    assert scene.all(ArticleHead) == []


def test_numbers_of_people_are_masked_before_a_draft_is_stored() -> None:
    scene = stage()
    text = article_text(replace(PRINT, title="Et skjema", answer="Skriv 15076500565 i feltet."))
    scene.press("eva", "article.import", text=text, language="nb")
    [head] = scene.all(ArticleHead)
    assert "15076500565" not in draft(scene, head.id).text_in(Language.NB).answer


def lying() -> bytes:
    """Return a zip with an entry that unpacks to more than it tells."""
    sent = packed(**{"articles/nb/print.md": "x" * (3 * MOST_TEXT_BYTES)})
    assert sent.body is not None
    told = (3 * MOST_TEXT_BYTES).to_bytes(4, "little")
    return sent.body.replace(told, (100).to_bytes(4, "little"))


@pytest.mark.parametrize(
    ("files", "rule"),
    [
        ([SentFile(name="a.zip", body=b"no zip")], ImportRule.ZIP),
        ([SentFile(name="a.zip", body=None)], ImportRule.SIZE),
        ([SentFile(name="a.zip", body=lying())], ImportRule.ZIP),
        ([packed(**{"articles/nb/print.md": "x" * (3 * MOST_TEXT_BYTES)})], ImportRule.SIZE),
        ([packed(**{f"articles/nb/a{number}.md": "" for number in range(1_001)})], ImportRule.ZIP),
        ([packed(**{"articles/fr/print.md": "x", "../../etc/passwd": "x"})], ImportRule.NO_FILES),
        ([SentFile(name="a.csv", body=b"x"), SentFile(name="b.csv", body=b"y")], ImportRule.ONE_TABLE),
    ],
    ids=["no zip", "too large", "lying", "bomb", "many", "other files", "two tables"],
)
def test_files_that_no_import_takes_are_refused_with_the_reason(files: list[SentFile], rule: ImportRule) -> None:
    with pytest.raises(BadImport) as fault:
        text_of_articles(files, "nb")
    assert fault.value.rule is rule


def test_a_path_out_of_the_folder_is_only_a_name() -> None:
    text = text_of_articles([packed(**{"../../articles/nb/print.md": article_text(PRINT)})], "nb")
    assert text.startswith("=== articles/nb/print.md ===\n")


def test_the_export_has_the_articles_that_an_editor_may_change_and_comes_back_unchanged() -> None:
    scene = stage()
    own = replace(PRINT, municipality_id="lillevik", answer="I kjelleren.", phrasings=())
    books = ArticleBook.from_articles([PRINT, NYNORSK, OTHER, own])
    scene.content = replace(scene.content, articles=books, files=books)
    files = viewed(scene, "eva", exported_files)
    assert isinstance(files, tuple)
    stems = ["nb/print", "nb/print@lillevik", "nb/scan", "nn/print"]
    assert [name for name, _ in files] == [f"articles/{each}.md" for each in stems]
    text = text_of_articles([SentFile(name="heia.zip", body=zip_of_articles(files))], "nb")
    assert {row.result for row in tried(scene, "eva", text).rows} == {"unchanged"}
    mine = viewed(scene, "ed", exported_files)
    assert isinstance(mine, tuple)
    assert [name for name, _ in mine] == ["articles/nb/print@lillevik.md"]
    with pytest.raises(EventRefused):
        viewed(scene, "ola", exported_files)


def test_the_table_of_the_export_is_one_that_the_import_reads() -> None:
    scene = stage()
    table = viewed(scene, "eva", exported_table)
    assert isinstance(table, str)
    assert table.startswith("\ufeffSpørsmål;Svar;Kilde;Id;Tittel;")
    first, _ = read_pairs(table)
    assert (first.questions, first.answer, first.source) == (PRINT.phrasings, PRINT.answer, "IT-avdelingen")


def test_an_import_needs_an_editor() -> None:
    scene = stage()
    press(scene, "ola", "import", text=article_text(CHANGED), language="nb")
    assert scene.all(ArticleHead) == []
