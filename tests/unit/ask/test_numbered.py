"""A later message names a question of an earlier one, by the asker's own number or by what it is about."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dialogs import router
from dialogs.core.event import Scope
from dialogs.core.question import Question
from dialogs.core.session import Session, Topic, TopicKind
from knowledge.article.action import ActionBook
from knowledge.article.article import ArticleBook
from tests.unit.ask.test_actions import OTHER
from tests.unit.ask.test_parameters import Routed
from tests.unit.handoff.scene import ARTICLE, organisation, person

COUNTED = (
    "1. hvordan skriver jeg ut 2. hvordan logger jeg inn 3. hvem låser opp bommen 4. hvordan booker jeg møterommet"
)


@pytest.fixture
def stage() -> Routed:
    scene = Routed(
        organisation(), verbs=router.VERBS, timers=router.TIMERS, articles=ArticleBook.from_articles([ARTICLE, OTHER])
    )
    scene.content = replace(scene.content, actions=ActionBook.from_actions([]))
    scene.put(person("kari", "nord"))
    scene.means = {"hvordan skriver jeg ut": (OTHER.id,), "hvordan logger jeg inn": (ARTICLE.id,)}
    return scene


def last(stage: Routed) -> Question:
    kept = stage.get(Session, "kari").question_id
    assert kept is not None
    return stage.get(Question, kept)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("nr 1", "hvordan skriver jeg ut"),
        ("hva med spørsmål 2?", "hvordan logger jeg inn"),
        ("du svarte ikke på nr 3", "hvem låser opp bommen"),
        ("den siste", "hvordan booker jeg møterommet"),
        ("og nr 4 da", "hvordan booker jeg møterommet"),
        ("hva med møterommet", "hvordan booker jeg møterommet"),
        ("møterom", "hvordan booker jeg møterommet"),
        ("hva med skriver", "hva med skriver"),  # it was answered
    ],
)
def test_a_number_means_the_question_that_the_asker_gave_it(stage: Routed, said: str, meant: str) -> None:
    stage.say("kari", COUNTED)
    stage.say("kari", said)
    assert last(stage).utterance == meant
    assert last(stage).follows_id is None


def test_numbers_go_on_meaning_the_same_questions(stage: Routed) -> None:
    stage.say("kari", COUNTED)
    asked = []
    for said in ("nr 2", "nr 1", "nr 4", "nr 1"):
        stage.say("kari", said)
        asked.append(last(stage).utterance)
    first, second = "hvordan skriver jeg ut", "hvordan logger jeg inn"
    assert asked == [second, first, "hvordan booker jeg møterommet", first]


def test_a_numbered_question_that_leans_on_the_others_stands_alone_with_the_whole_message(stage: Routed) -> None:
    told = "1. hvordan skriver jeg ut 2. og på mobil 3. hvem låser opp bommen"
    stage.say("kari", told)
    stage.say("kari", "nr 2")
    assert (last(stage).utterance, last(stage).follows_id, last(stage).told) == ("og på mobil", None, told)


def test_a_number_that_was_not_given_and_a_number_an_hour_later_mean_none(stage: Routed) -> None:
    stage.say("kari", COUNTED)
    before = last(stage)
    stage.say("kari", "nr 7")
    stage.now += timedelta(minutes=61)
    stage.say("kari", "nr 2")
    assert last(stage) == before


@pytest.mark.parametrize(("later", "meant"), [(0, "hvordan logger jeg inn"), (1, "hvordan skriver jeg ut")])
def test_a_number_means_the_asker_s_own_beside_a_card_of_the_same_message_and_not_after_a_later_one(
    stage: Routed, later: int, meant: str
) -> None:
    stage.say("kari", COUNTED)
    stage.say("kari", "nr 1")
    shown = stage.get(Session, "kari")
    card = Topic(kind=TopicKind.AMBASSADORS)
    stage.put(replace(shown, topic=card, changed_at=shown.changed_at + timedelta(minutes=later)))
    stage.now += timedelta(minutes=later)
    stage.say("kari", "nr 2")
    assert last(stage).utterance == meant


def test_in_a_group_a_number_means_no_question_that_was_asked_alone(stage: Routed) -> None:
    stage.say("kari", COUNTED)
    before = last(stage)
    stage.say("kari", "hva med spørsmål 2", scope=Scope.GROUP)
    assert last(stage).utterance != "hvordan logger jeg inn"
    assert before in stage.all(Question)


def test_what_is_below_a_list_is_meant_by_its_place(stage: Routed) -> None:
    stage.means = {**stage.means, "hvem låser opp bommen": (ARTICLE.id, OTHER.id)}
    stage.say("kari", COUNTED)
    stage.say("kari", "nr 3")
    assert last(stage).choices == (ARTICLE.id, OTHER.id)
    stage.say("kari", "nr 2")
    assert last(stage).article_id == OTHER.id
    assert last(stage).utterance == "hvem låser opp bommen"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("hva med møterommet?", "hvordan booker jeg møterommet"),
        ("hva med møterom", "hvordan booker jeg møterommet"),
        ("den siste", "hvordan booker jeg møterommet"),
        ("hva med lunsjen", None),
        ("hva med bommen", None),  # it was answered
        ("nr 2", None),  # the asker has numbered nothing
    ],
)
def test_what_was_left_over_without_numbers_is_named_by_its_subject(
    stage: Routed, said: str, meant: str | None
) -> None:
    asked = (
        "hvordan skriver jeg ut",
        "hvordan logger jeg inn",
        "hvem låser opp bommen",
        "hvordan booker jeg møterommet",
    )
    stage.say("kari", "? ".join(asked))
    before = last(stage)
    stage.say("kari", said)
    assert last(stage).utterance == meant if meant else last(stage).utterance in {said, before.utterance}


def test_of_two_questions_left_over_with_the_same_subject_none_is_named(stage: Routed) -> None:
    left = "hvordan booker jeg møterommet", "hvem låser møterommet"
    stage.say("kari", "? ".join(("hvordan skriver jeg ut", "hvordan logger jeg inn", "hvem låser opp bommen", *left)))
    stage.say("kari", "hva med møterommet?")
    assert last(stage).utterance not in left
