"""Files of modules, themes and plans: what is read, and which line a fault names."""

import re
from datetime import date
from pathlib import Path

import pytest

from bot.content.evaluation import review_content
from bot.content.loading import load_content
from bot.content.modules import picture_bytes
from knowledge.article.article import ArticleFault, Language
from knowledge.learning.curriculum import parse_curriculum
from knowledge.learning.module import LearningModule, parse_module
from knowledge.organisation.unit import Sector
from tests.learned import sample_content
from tests.unit.learning.files import CURRICULUM, MODULE, write_content

PNG = b"\x89PNG\r\n\x1a\n"


def parsed(text: str = MODULE) -> LearningModule:
    module = parse_module(text, file="modules/share-safely.yaml")
    assert isinstance(module, LearningModule), module
    return module


def faults_of(text: str) -> list[str]:
    found = parse_module(text, file="modules/a.yaml")
    assert not isinstance(found, LearningModule)
    return [str(fault) for fault in found]


def reviewed(folder: Path) -> list[ArticleFault]:
    """Return what ``heia kb check`` says of modules, themes and plans."""
    content = load_content(folder)
    found = [*content.faults, *review_content(folder, content, today=date(2026, 11, 24))]
    return [each for each in found if each.file == "learning.yaml" or each.file.startswith("modules/")]


def test_a_module_has_steps_to_read_and_questions_with_one_right_answer() -> None:
    module = parsed()
    assert (module.id, module.minutes, module.topics, module.articles) == ("share-safely", 4, ("onedrive",), ("share",))
    assert [step.is_question for step in module.steps] == [False, True]
    assert module.questions == (2,)
    assert [choice.right for choice in module.steps[1].choices] == [True, False]
    assert module.steps[1].explanation[Language.EN] == "Share is right."
    assert module.step(2) is module.steps[1]
    assert module.step(0) is module.step(3) is None


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (", en: Share safely", "", "modules/a.yaml:1: 'title' is missing in en"),
        ("      en: Choose “Del”.\n", "", "modules/a.yaml:7: 'text' is missing in en"),
        ("nn: Del er rett.", "nn: ''", "modules/a.yaml:16: 'explanation' is missing in nn"),
        ("Del trygt", "D" * 51, "modules/a.yaml:1: 'title' has 51 characters in nb, at most 50 fit"),
        ("Velg «Del».", "Velg " * 71, "modules/a.yaml:8: 'text' has 71 words in nb, at most 70 are read"),
        ("        right: true\n", "", "modules/a.yaml:12: has 0 right answers, must have one"),
        ("Slett, nn: Slett, en: Delete}", "A, nn: A, en: A}\n        right: true", "has 2 right answers"),
        ("right: true", "right: ja", "modules/a.yaml:14: 'right' must be true or false"),
        ("minutes: 4", "minutes: lenge", "modules/a.yaml:2: 'minutes' must be a number from 1 to 30"),
        ("minutes: 4", "minuttes: 4", "modules/a.yaml:2: 'minuttes' is not a field of a module"),
        ("    choices:", "    choises:", "modules/a.yaml:12: 'choises' is not a field of a question"),
        ("articles: [share]", "articles: share", "modules/a.yaml:5: 'articles' must be a list of ids"),
        ("articles: [share]", "articles: [a, b, c, d, e]", "modules/a.yaml:5: 'articles' has 5, at most 4 are shown"),
        ("steps:\n", "url: https://a.example\nsteps:\n", "modules/a.yaml:6: has steps already"),
        (
            "Velg «Del».",
            "Se [her](http://10.0.0.1/).",
            "modules/a.yaml:8: a link to a private address: http://10.0.0.1/",
        ),
    ],
)
def test_a_fault_names_its_line_and_reason(old: str, new: str, fault: str) -> None:
    assert old in MODULE
    assert any(each.startswith(fault) or fault in each for each in faults_of(MODULE.replace(old, new, 1)))


@pytest.mark.parametrize("text", ["", "- a", "title", "{", "a: &a [*a]", "1", "title: {nb: a}\nsteps: [1, {text: 2}]"])
def test_what_is_no_module_is_a_fault_and_no_crash(text: str) -> None:
    assert faults_of(text)


def test_a_question_needs_two_to_four_choices() -> None:
    assert "modules/a.yaml:12: has 1 choices, must have 2 to 4" in faults_of(
        MODULE.replace("      - text: {nb: Slett, nn: Slett, en: Delete}\n", "")
    )


def test_a_module_of_an_outside_centre_has_a_link_in_place_of_steps() -> None:
    head = MODULE.partition("steps:")[0]
    assert parsed(f"{head}url: https://a.example/x\n").steps == ()
    assert "modules/a.yaml:1: has neither steps nor a url" in faults_of(head)
    assert "modules/a.yaml:6: 'url' must start with https://" in faults_of(f"{head}url: ftp://a.example\n")


def test_themes_order_the_modules_and_plans_come_by_sector() -> None:
    more = "  - {id: start, title: {nb: A, nn: A, en: A}, modules: [share-safely]}\n"
    curriculum, faults = parse_curriculum(CURRICULUM + more, file="learning.yaml")
    assert not faults
    assert [plan.id for plan in curriculum.plans_for(Sector.SCHOOL)] == ["start", "home-care"]
    assert [plan.id for plan in curriculum.plans_for(Sector.HEALTH)] == ["home-care", "start"]
    found = curriculum.suggested_plan(Sector.HEALTH)
    assert found is not None
    assert found.id == "home-care"
    assert curriculum.suggested_plan(Sector.CULTURE) is curriculum.suggested_plan(None) is None
    other = parse_module(MODULE.replace("theme: security\n", ""), file="modules/a.yaml")
    assert isinstance(other, LearningModule)
    whole = curriculum.with_modules((other, parsed()))
    assert [module.id for module in whole.modules] == ["share-safely", "a"]
    assert [module.id for module in whole.modules_of(whole.plans[0])] == ["share-safely"]
    assert [module.id for module in whole.about("share")] == ["share-safely", "a"]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("[health]", "[helse]", "learning.yaml:6: 'helse' is no sector"),
        ("[share-safely]", "[share-safelyy]", "learning.yaml:7: the plan 'home-care' names share-safelyy, which is no"),
        ("[share-safely]", "[]", "learning.yaml:7: the plan 'home-care' has no modules"),
        (", en: Security", "", "learning.yaml:2: 'title' is missing in en"),
        ("id: home-care", "id: Home care", "learning.yaml:4: 'id' must be small letters"),
        ("plans:", "planer:", "learning.yaml:3: 'planer' is not a field of the curriculum"),
    ],
)
def test_a_fault_of_a_theme_or_plan_names_its_line(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in CURRICULUM
    folder = write_content(tmp_path / "c", curriculum=CURRICULUM.replace(old, new, 1))
    assert any(str(each).startswith(fault) for each in reviewed(folder)), reviewed(folder)


def test_sound_files_have_no_faults(tmp_path: Path) -> None:
    assert reviewed(write_content(tmp_path / "c")) == []


def test_what_a_module_names_must_exist(tmp_path: Path) -> None:
    odd = MODULE.replace("[share]", "[share, sharing]").replace("theme: security", "theme: safety")
    folder = write_content(tmp_path / "c", module=odd)
    assert [str(each) for each in reviewed(folder)] == [
        "modules/share-safely.yaml:5: 'articles' names sharing, which is no article",
        "modules/share-safely.yaml:3: 'theme' names safety, which is no theme of learning.yaml",
    ]
    assert load_content(folder).curriculum.module("share-safely") is not None


def test_a_module_that_asks_nothing_and_wrong_terms_are_notices(tmp_path: Path) -> None:
    plain = MODULE.partition("  - question")[0].replace("Velg «Del».", "Ring IT-support.")
    found = reviewed(write_content(tmp_path / "c", module=plain))
    assert all(each.notice for each in found)
    assert "asks nothing" in str(found[0])
    assert "IT-brukerstøtte" in str(found[1])


def test_a_broken_module_costs_itself_only(tmp_path: Path) -> None:
    folder = write_content(tmp_path / "c", module=MODULE.replace("minutes: 4", "minutes: 0"))
    (folder / "modules" / "other.yaml").write_text(MODULE, "utf-8")
    (folder / "modules" / "odd.yaml").write_bytes(b"title: a\n\xff\n")
    content = load_content(folder)
    assert [module.id for module in content.curriculum.modules] == ["other"]
    assert "modules/odd.yaml:2: is not UTF-8" in map(str, content.faults)


def test_links_of_a_centre_and_modules_of_the_folder_stand_together(tmp_path: Path) -> None:
    folder = write_content(tmp_path / "c")
    row = "- {{id: {}, title: {{nb: A}}, minutes: 5, topics: [], url: 'https://a.example'}}\n"
    (folder / "courses.yaml").write_text(f"courses:\n{row.format('outside')}{row.format('share-safely')}", "utf-8")
    content = load_content(folder)
    assert {module.id for module in content.curriculum.modules} == {"share-safely", "outside"}
    assert "modules/share-safely.yaml:1: there is a module share-safely in courses.yaml, too" in map(
        str, content.faults
    )
    assert content.curriculum.module("share-safely") == parsed()


def test_a_picture_must_be_an_image_of_the_folder(tmp_path: Path) -> None:
    picture = "    picture: {file: share.png, alt: {nb: A, nn: A, en: A}}\n"
    folder = write_content(tmp_path / "c", module=MODULE.replace("  - question", f"{picture}  - question"))
    assert "the picture share.png is no PNG or JPEG image" in str(reviewed(folder)[0])
    pictures = folder / "modules" / "pictures"
    pictures.mkdir()
    (pictures / "share.png").write_bytes(PNG)
    assert reviewed(folder) == []
    assert picture_bytes(folder, "share.png") == PNG
    (pictures / "share.jpg").write_bytes(PNG)
    assert picture_bytes(folder, "share.jpg") is None, "what it says it is"
    for strange in ("../share.png", "", "share", "SHARE.PNG", "a/share.png", "missing.png"):
        assert picture_bytes(folder, strange) is None


def test_the_examples_of_the_documentation_are_sound() -> None:
    page = (Path(__file__).parents[3] / "docs" / "writing-modules.md").read_text("utf-8")
    module, curriculum = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert parsed(module).questions == (2,)
    found, faults = parse_curriculum(curriculum, file="learning.yaml")
    assert not faults
    assert found.plans


def test_the_sample_modules_are_real_ones() -> None:
    """Each asks, names guidance to read on, and takes no longer than five minutes."""
    curriculum = sample_content().curriculum
    inside = [module for module in curriculum.modules if module.steps]
    assert len(inside) >= 10
    for module in inside:
        assert 1 <= len(module.questions) <= 3
        assert module.articles
        assert module.minutes <= 5
        assert not module.sample
    planned = {id_ for plan in curriculum.plans for id_ in plan.modules}
    assert planned >= {module.id for module in inside}, "each is in some plan"
    assert {sector for plan in curriculum.plans for sector in plan.sectors} == set(Sector)


def test_a_picture_with_a_strange_name_is_a_fault() -> None:
    picture = "    picture: {file: ../share.png, alt: {nb: A, nn: A, en: A}}\n"
    found = faults_of(MODULE.replace("  - question", f"{picture}  - question"))
    assert found == ["modules/a.yaml:11: 'file' must be the name of a .png or .jpg file in modules/pictures"]
