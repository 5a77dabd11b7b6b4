"""Invented content says that it is an example, wherever it is shown, until an organisation makes it its own."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.content.catalogue import load_catalogue
from bot.content.loading import load_content
from dialogs.core.article_view import ArticleView, origin_of
from dialogs.core.message import Message
from dialogs.core.paging import paged
from dialogs.core.person import Person
from dialogs.rollout.learn import cards as learn
from dialogs.rollout.learn.learner import Learner
from dialogs.rollout.software.lookup import cards as software
from dialogs.rollout.software.place import AskedPlace
from knowledge.article.article import Article, Language, parse_article
from knowledge.software.program import Program
from knowledge.software.register import ProgramPlace
from tests.learned import sample_content
from tests.unit.read_cards import words_of

TEXTS = load_catalogue()
WORD = {Language.NB: "Eksempel", Language.NN: "Døme", Language.EN: "Example"}


def ruling(program: Program, language: Language) -> Message:
    place = AskedPlace(
        place=ProgramPlace(), sector=None, list_name="shared", at_school=False, may_apply=True, day=date(2026, 11, 24)
    )
    standing = sample_content().register.standing_of(program, place.place)
    return software.known(TEXTS[language], program, standing, place, None)


@pytest.mark.parametrize("language", list(Language))
def test_every_ruling_and_course_of_the_sample_content_says_so(language: Language) -> None:
    texts, content = TEXTS[language], sample_content()
    assert content.register.programs
    assert content.curriculum.modules
    for program in content.register.programs.values():
        message = ruling(program, language)
        assert f"{WORD[language]}: " in message.text
        assert message.card is not None
        assert f"{WORD[language]}: " in " ".join(words_of(message.card))
    linked = [module for module in content.curriculum.modules if module.url]
    assert linked
    person = Person(id="kari", name="", created_at=datetime(2026, 11, 24, tzinfo=UTC))
    learner = Learner(person=person, texts=texts, curriculum=content.curriculum)
    message = learn.module_list(learner, paged(linked, 1), chosen=learn.ModuleFilter())
    assert message.text.count(f"({WORD[language]} · ") == len(linked)
    assert message.card is not None
    assert " ".join(words_of(message.card)).count(f"{WORD[language]} · ") == len(linked)
    assert content.organisation.sample


def test_ones_own_content_says_nothing(tmp_path: Path) -> None:
    program = replace(sample_content().register.programs["7-zip"], sample=False)
    assert "Eksempel" not in ruling(program, Language.NB).text
    course = "- {id: a, title: {nb: A}, minutes: 5, topics: [], url: 'https://a.example'"
    (tmp_path / "courses.yaml").write_text(
        f"courses:\n{course}}}\n{course.replace('id: a', 'id: b')}, sample: true}}\n"
    )
    content = load_content(tmp_path)
    assert [each for each in content.faults if each.file == "courses.yaml"] == []
    assert [each.sample for each in content.curriculum.modules] == [False, True]


def test_a_mark_that_is_neither_true_nor_false_is_told_and_the_list_stays(tmp_path: Path) -> None:
    (tmp_path / "courses.yaml").write_text(
        "sample: kanskje\ncourses:\n- {id: a, title: {nb: A}, minutes: 5, topics: [], url: 'https://a.example'}\n"
    )
    content = load_content(tmp_path)
    assert "courses.yaml:1: 'sample' must be true or false" in map(str, content.faults)
    assert len(content.curriculum.modules) == 1


@pytest.mark.parametrize("language", list(Language))
def test_an_article_that_is_a_sample_says_so_before_its_source(language: Language) -> None:
    text = (
        "---\ntitle: T\nchanged: 2026-11-24\nreview_by: 2027-05-24\nsource: {title: IT}\nsample: true\n"
        "phrasings: []\n---\nSvar.\n"
    )
    article = parse_article(text, file="a@nes.md", language=language)
    assert isinstance(article, Article)
    assert article.changed == date(2026, 11, 24)
    assert origin_of(TEXTS[language], ArticleView(article=article)).startswith(f"{WORD[language]} · ")
    [fault] = parse_article(text.replace("true", "ja"), file="a@nes.md", language=language)  # type: ignore[misc]
    assert (fault.line, fault.reason) == (6, "'sample' must be true or false")
