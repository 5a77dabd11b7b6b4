"""A town with modules, themes and plans."""

from dataclasses import replace

from dialogs.core.person import Person
from dialogs.rollout.learn.flow import VERBS
from dialogs.rollout.learn.refreshing import TIMERS
from knowledge.article.article import ArticleBook, Language
from knowledge.learning.curriculum import Curriculum, LearningPlan, LearningTheme
from knowledge.learning.module import LearningModule, ModuleStep, StepChoice, StepPicture
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import LocalisedName, Municipality, Sector, Unit
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import ARTICLE, person


def in_all(text: str) -> dict[Language, str]:
    return {language: f"{text} ({language})" for language in Language}


def text_step(text: str, picture: str = "") -> ModuleStep:
    shown = StepPicture(file=picture, alt=in_all("Bilde")) if picture else None
    return ModuleStep(text=in_all(text), picture=shown)


def question_step(text: str) -> ModuleStep:
    return ModuleStep(
        text=in_all(text),
        choices=(
            StepChoice(text=in_all("Feil svar")),
            StepChoice(text=in_all("Rett svar"), right=True),
        ),
        explanation=in_all("Fordi det er slik."),
    )


def module(id_: str, *steps: ModuleStep, topics: tuple[str, ...] = (), theme: str = "", **more: str) -> LearningModule:
    return LearningModule(
        id=id_,
        title=in_all(f"Modul {id_}"),
        minutes=4,
        topics=topics,
        theme=theme,
        steps=steps,
        url="" if steps else f"https://courses.example/{id_}",
        articles=(more["article"],) if "article" in more else (),
    )


SHARE = module(
    "share",
    text_step("Velg Del"),
    question_step("Hva velger du?"),
    text_step("Slutt å dele", "share.png"),
    topics=("sharing", "onedrive"),
    theme="files",
    article=ARTICLE.id,
)
PHISHING = module("phishing", question_step("Hva gjør du?"), topics=("mfa",), theme="security")
TEAMS = module("teams", text_step("Åpne Teams"), topics=("teams",), theme="files")
OUTSIDE = module("outside", topics=("teams", "outlook"))
CURRICULUM = Curriculum(
    themes=(LearningTheme(id="security", title=in_all("Sikkerhet")), LearningTheme(id="files", title=in_all("Filer"))),
    plans=(
        LearningPlan(
            id="care",
            title=in_all("Ny i hjemmetjenesten"),
            modules=("phishing", "share", "gone"),
            sectors=frozenset({Sector.HEALTH}),
        ),
        LearningPlan(id="leader", title=in_all("Leder"), modules=("teams",)),
    ),
).with_modules((SHARE, PHISHING, TEAMS, OUTSIDE))


def organisation() -> Organisation:
    """Lillevik with home care and an office without a sector."""
    return Organisation.from_units(
        municipalities=[Municipality(id="lillevik", names=LocalisedName(nb="Lillevik kommune"))],
        units=[
            Unit(
                id="helse",
                municipality_id="lillevik",
                parent_id="lillevik",
                names=LocalisedName(nb="Helse"),
                sector=Sector.HEALTH,
            ),
            Unit(id="nord", municipality_id="lillevik", parent_id="helse", names=LocalisedName(nb="Nord")),
            Unit(id="kontor", municipality_id="lillevik", parent_id="lillevik", names=LocalisedName(nb="Kontoret")),
        ],
    )


def learning_stage() -> Stage:
    """Kari works in home care, Kim at the office, and a guest looks in."""
    scene = Stage(organisation(), verbs=VERBS, timers=TIMERS, articles=ArticleBook.from_articles([ARTICLE]))
    scene.content = replace(scene.content, curriculum=CURRICULUM)
    scene.put(
        person("kari", "nord", registered=True),
        person("kim", "kontor", registered=True),
        Person(id="guest-1", name="", created_at=TUESDAY),
    )
    return scene
