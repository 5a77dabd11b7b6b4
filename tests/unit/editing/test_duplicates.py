"""An import finds what is there already, by title and by what Heia answers, and leaves it out unless it is wanted."""

from dataclasses import replace

from dialogs.core.import_preview import ImportResult
from dialogs.editing.duplicates import DuplicateKind
from dialogs.editing.imported import ImportPage, import_view
from dialogs.editing.model import ArticleHead
from knowledge.article.article import ArticleBook
from knowledge.article.bundle import bundled
from knowledge.article.writing import article_text
from knowledge.matching.matcher import Candidate, Match
from tests.unit.driver import Stage
from tests.unit.editing.scene import OTHER, PRINT, stage
from tests.unit.editing.test_views import shown

HEADINGS = "Spørsmål;Svar\n"
SAME_TITLE = f"{HEADINGS}hvordan skriver jeg ut;Gå til gangen.\n"


def found(scene: Stage, text: str, who: str = "eva", **chosen: str) -> ImportPage:
    page = shown(scene, who, import_view, text=text, **chosen)
    assert isinstance(page, ImportPage)
    return page


def understood(scene: Stage, answers: dict[str, str]) -> None:
    """Let each utterance be answered with an article, surely, and any other with none."""

    def understand(utterance: str, _: object) -> Match:
        best = [Candidate(article_id=answers[utterance], confidence=0.99)] if utterance in answers else []
        return Match(utterance=utterance, language="nb", small_talk=None, candidates=tuple(best), precision=0.99)

    scene._understand = understand  # type: ignore[method-assign,assignment]


def import_as(scene: Stage, who: str, text: str, **chosen: str) -> list[str]:
    scene.press(who, "article.import", text=text, language="nb", municipality_id="", take=chosen.get("take", ""))
    return [head.id for head in scene.all(ArticleHead)]


def test_a_title_that_is_there_is_found_whatever_its_capitals_and_signs() -> None:
    scene = stage()
    [row] = found(scene, SAME_TITLE).rows
    assert row.result is ImportResult.DUPLICATE
    assert row.like is not None
    assert (row.like.kind, row.like.key, row.like.title) == (DuplicateKind.TITLE, "print", PRINT.title)
    assert import_as(scene, "eva", SAME_TITLE) == []


def test_a_question_that_heia_answers_is_found_under_other_words() -> None:
    scene = stage()
    understood(scene, {"Få arket ut av boksen": "print"})
    text = f"{HEADINGS}Få arket ut av boksen;Gå til gangen.\nMate papegøyen;Gi den nøtter.\n"
    first, second = found(scene, text).rows
    assert scene.independent, "a title says nothing of the next one"
    assert first.like is not None
    assert (first.like.kind, first.like.key) == (DuplicateKind.ANSWER, "print")
    assert (second.result, second.like) == (ImportResult.DRAFT, None)
    assert import_as(scene, "eva", text) == ["mate-papegoyen"]


def test_the_second_of_two_with_one_title_is_found_in_the_import_itself() -> None:
    scene = stage()
    text = f"{HEADINGS}Mate papegøyen;Gi den nøtter.\nMate papegøyen!;Gi den frø.\n"
    first, second = found(scene, text).rows
    assert first.like is None
    assert second.like is not None
    assert (second.like.kind, second.like.key) == (DuplicateKind.IMPORT, first.key)


def test_what_is_wanted_all_the_same_becomes_a_draft() -> None:
    scene = stage()
    [row] = found(scene, SAME_TITLE).rows
    [wanted] = found(scene, SAME_TITLE, taken=f"other,{row.key}").rows
    assert (wanted.result, wanted.taken) == (ImportResult.DRAFT, True)
    assert wanted.like is not None, "the page still says so"
    assert import_as(scene, "eva", SAME_TITLE, take=row.key) == [row.key]


def test_a_new_text_of_a_known_article_is_no_duplicate() -> None:
    scene = stage()
    understood(scene, {PRINT.title: "scan"})
    changed = replace(PRINT, answer="Ring vakta.")
    text = bundled([("articles/nb/print.md", article_text(changed))])
    [row] = found(scene, text).rows
    assert (row.result, row.like) == (ImportResult.DRAFT, None)
    [row] = found(scene, text, "ed", municipality_id="lillevik").rows
    assert (row.key, row.result, row.like) == ("print@lillevik", ImportResult.DRAFT, None)


def test_the_own_text_of_another_municipality_is_no_duplicate() -> None:
    scene = stage()
    own = replace(OTHER, id="parrot", title="Mate papegøyen", municipality_id="storvik", phrasings=())
    books = ArticleBook.from_articles([PRINT, own])
    scene.content = replace(scene.content, articles=books, files=books)
    text = f"{HEADINGS}Mate papegøyen;Gi den nøtter.\n"
    for who, place, kind in (("ed", "lillevik", None), ("eva", "", None), ("kai", "storvik", DuplicateKind.TITLE)):
        [row] = found(scene, text, who, municipality_id=place).rows
        assert (row.like.kind if row.like else None) is kind, who


def test_many_titles_are_matched_a_part_at_a_time() -> None:
    scene = stage()
    asked = {f"Mate dyr nummer {number}": "print" for number in range(150)}
    understood(scene, asked)
    text = HEADINGS + "".join(f"{title};Gi det mat {title}.\n" for title in asked)
    page = found(scene, text)
    assert (len(page.rows), page.duplicates, page.drafts) == (150, 150, 0)
