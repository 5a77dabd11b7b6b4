"""An import is undone as a whole: its drafts go, and what anybody has written since stays."""

from dialogs.editing.history import history_view
from dialogs.editing.imported import EarlierImport, import_view
from dialogs.editing.model import ArticleHead, ArticleRevision
from dialogs.editing.standing import ArticleState, article_state
from knowledge.article.article import Language
from tests.unit.driver import Outcome, Stage
from tests.unit.editing.scene import draft, head, press, stage
from tests.unit.editing.test_views import shown

ANIMALS = ("papegoyen", "elgen", "grevlingen")
TEXT = "Spørsmål;Svar\n" + "".join(f"Mate {animal};Gi nøtter til {animal}.\n" for animal in ANIMALS)
KEYS = [f"mate-{animal}" for animal in ANIMALS]


def imported(scene: Stage, who: str = "eva", place: str = "", text: str = TEXT) -> str:
    """Import the text and return the id of the import."""
    before = {each.import_id for each in scene.all(ArticleRevision)}
    scene.press(who, "article.import", text=text, language="nb", municipality_id=place)
    [id_] = {each.import_id for each in scene.all(ArticleRevision)} - before - {None}
    assert isinstance(id_, str)
    return id_


def undo(scene: Stage, who: str, import_id: str) -> Outcome:
    return scene.press_on_page(who, "article.undo_import", import_id=import_id)


def listed(scene: Stage, who: str) -> tuple[EarlierImport, ...]:
    imports: tuple[EarlierImport, ...] = shown(scene, who, import_view).before
    return imports


def with_draft(scene: Stage) -> set[str]:
    return {each.id for each in scene.all(ArticleHead) if each.draft_id}


def test_all_drafts_of_an_import_are_discarded_at_once_and_can_be_read_in_the_history() -> None:
    scene = stage()
    id_ = imported(scene)
    [row] = listed(scene, "eva")
    assert (row.id, row.drafts) == (id_, 3)
    outcome = undo(scene, "eva", id_)
    assert outcome.notice == "3 utkast fra importen er forkastet."
    assert [audit.act for audit in outcome.audits] == ["article.discarded"] * 3
    assert with_draft(scene) == set()
    assert shown(scene, "eva", article_state, KEYS[0]) is ArticleState.DISCARDED
    [revision] = shown(scene, "eva", history_view, KEYS[0]).rows.items
    assert revision.may_open
    assert listed(scene, "eva") == ()
    assert undo(scene, "eva", id_).notice == "Importen har ingen utkast igjen som kan forkastes."


def test_a_draft_that_was_changed_or_published_since_stays() -> None:
    scene = stage()
    id_ = imported(scene)
    changed, published, _ = KEYS
    press(scene, "eva", "save", article=changed, base_id=draft(scene, changed).id, answer_nb="Gi frukt.")
    press(scene, "eva", "publish", article=published, base_id=draft(scene, published).id)
    [row] = listed(scene, "eva")
    assert row.drafts == 1
    outcome = undo(scene, "eva", id_)
    assert outcome.notice == (
        "Ett utkast fra importen er forkastet. 2 er endret, publisert eller forkastet siden, og er ikke rørt."
    )
    assert draft(scene, changed).text_in(Language.NB).answer == "Gi frukt."
    assert head(scene, published).live_id is not None
    assert with_draft(scene) == {changed}


def test_one_import_is_undone_without_the_other() -> None:
    scene = stage()
    first = imported(scene)
    second = imported(scene, text="Spørsmål;Svar\nMate ulven;Gi den kjøtt.\n")
    assert {each.id for each in listed(scene, "eva")} == {first, second}
    undo(scene, "eva", second)
    assert with_draft(scene) == set(KEYS)


def test_an_import_again_after_undoing_makes_new_drafts() -> None:
    scene = stage()
    undo(scene, "eva", imported(scene))
    imported(scene)
    assert with_draft(scene) == set(KEYS)


def test_only_those_that_may_change_all_its_articles_undo_an_import() -> None:
    scene = stage()
    id_ = imported(scene, "ed", "lillevik")
    for who in ("kai", "ola"):
        refused = undo(scene, who, id_)
        assert not refused.changed, who
    assert listed(scene, "kai") == ()
    assert [each.id for each in listed(scene, "eva")] == [id_]
    assert undo(scene, "ed", id_).notice == "3 utkast fra importen er forkastet."
