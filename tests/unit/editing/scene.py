"""A provider and two municipalities with one editor each, and an article of the files."""

from dataclasses import replace
from typing import Any

from dialogs import router
from dialogs.core.person import Role
from dialogs.editing.model import ArticleHead, ArticleRevision
from knowledge.article.article import Article, ArticleBook, Language, Source
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import LocalisedName, Municipality, Unit
from tests.unit.driver import TUESDAY, Outcome, Stage
from tests.unit.handoff.scene import person

PHRASINGS = tuple(f"hvordan skriver jeg ut på etasje {number}" for number in range(1, 9))
PRINT = Article(
    id="print",
    language=Language.NB,
    title="Hvordan skriver jeg ut?",
    answer="Velg **Skriv ut** og skriveren i gangen.",
    phrasings=PHRASINGS,
    source=Source(title="IT-avdelingen"),
    changed=TUESDAY.date(),
    review_by=TUESDAY.date().replace(year=2027),
)
OTHER = replace(
    PRINT, id="scan", title="Hvordan skanner jeg?", phrasings=tuple(f"skanne ark nummer {n}" for n in range(1, 9))
)


def stage() -> Stage:
    scene = Stage(_organisation(), verbs=router.VERBS, timers=router.TIMERS)
    books = ArticleBook.from_articles([PRINT, OTHER])
    scene.content = replace(scene.content, articles=books, files=books)
    for id_, unit, municipality in (("eva", "drift", "dgi"), ("ed", "nord", "lillevik"), ("kai", "bryggen", "storvik")):
        scene.put(person(id_, unit, Role.EDITOR, name=f"Redaktør {id_}", municipality_id=municipality))
    scene.put(person("ola", "nord", name="Ansatt Ola"))
    return scene


def _organisation() -> Organisation:
    names = {"dgi": "Driftsselskapet", "lillevik": "Lillevik kommune", "storvik": "Storvik kommune"}
    return Organisation.from_units(
        municipalities=[
            Municipality(id=id_, names=LocalisedName(nb=name), provider=id_ == "dgi") for id_, name in names.items()
        ],
        units=[
            Unit(id=unit, municipality_id=place, parent_id=place, names=LocalisedName(nb=unit))
            for unit, place in (("drift", "dgi"), ("nord", "lillevik"), ("bryggen", "storvik"))
        ],
    )


def press(scene: Stage, who: str, verb: str, article: str = "print", **data: Any) -> Outcome:
    """Press a verb of an article, for everyone unless a municipality is given."""
    return scene.press(who, f"article.{verb}", article_id=article, **data)


def head(scene: Stage, key: str = "print") -> ArticleHead:
    return scene.get(ArticleHead, key)


def revision(scene: Stage, id_: str | None) -> ArticleRevision:
    assert id_ is not None
    return scene.get(ArticleRevision, id_)


def draft(scene: Stage, key: str = "print") -> ArticleRevision:
    return revision(scene, head(scene, key).draft_id)


def live(scene: Stage, key: str = "print") -> ArticleRevision:
    return revision(scene, head(scene, key).live_id)
