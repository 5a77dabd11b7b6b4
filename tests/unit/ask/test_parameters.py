"""What the words name goes along with the action: a language, a program, a unit."""

from dataclasses import replace

import pytest

from dialogs import router
from dialogs.ask.parameters import named_request, parameters
from dialogs.core.event import Event, Pressed
from dialogs.core.person import Person
from dialogs.core.query import Flow
from dialogs.core.question import Question
from knowledge.article.action import ActionBook
from knowledge.article.article import ArticleBook, Language
from tests.unit.ask.test_actions import OTHER, Asking, action
from tests.unit.handoff.scene import ARTICLE, ambassador, enlist, organisation, person


class Routed(Asking):
    """Typed messages take the way of the chat, commands and names first."""

    def _route(self, event: Event) -> Flow:
        return router.route(event, self.content)


@pytest.fixture
def stage() -> Routed:
    scene = Routed(
        organisation(), verbs=router.VERBS, timers=router.TIMERS, articles=ArticleBook.from_articles([ARTICLE, OTHER])
    )
    scene.content = replace(
        scene.content,
        actions=ActionBook.from_actions(
            [
                action("change-language", verb="profile.language"),
                action("check-program", verb="software.ask"),
                action("rollout-status", verb="status.show"),
                action("my-ambassador", verb="ambassador.mine"),
            ]
        ),
    )
    scene.put(person("kari", "nord"))
    scene.means = {}
    return scene


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("språk nynorsk", Language.NN),
        ("Norsk, takk", Language.NB),
        ("can you speak English?", Language.EN),
        ("I don't understand Norwegian", Language.EN),
    ],
)
def test_a_named_language_is_spoken_at_once_with_a_way_back(stage: Asking, said: str, language: Language) -> None:
    stage.put(replace(person("kari", "nord"), language=Language.EN if language is Language.NB else Language.NB))
    stage.means = {said: ("change-language",)}
    stage.say("kari", said)
    assert stage.get(Person, "kari").language is language
    slot = stage.slots("kari", "profile/")[-1]
    assert stage.texts("kari")("profile.language_now") in stage.shown("kari", slot)
    # The question of the picker is answered.
    assert stage.texts("kari")("profile.language_title") not in stage.shown("kari", slot)
    assert "profile.language" in stage.buttons("kari", slot)


def test_a_wish_for_another_language_without_its_name_opens_the_picker(stage: Asking) -> None:
    stage.means = {"nytt språk": ("change-language",)}
    stage.say("kari", "nytt språk")
    assert stage.texts("kari")("profile.language_title") in stage.shown("kari", stage.slots("kari", "profile/")[-1])
    assert stage.get(Person, "kari").language is Language.NB


def test_a_language_named_beside_a_question_is_spoken_too(stage: Asking) -> None:
    stage.means = {"can you speak English": ("change-language",), "how do I print": ("print",)}
    stage.say("kari", "can you speak English? how do I print?")
    assert stage.get(Person, "kari").language is Language.EN
    assert [each.article_id for each in stage.all(Question)] == ["print"]


@pytest.mark.parametrize("before", [["English please"], [], ["hvordan skriver jeg ut på begge sider"]])
def test_the_first_action_after_a_change_of_language_answers_in_the_new_one(stage: Asking, before: list[str]) -> None:
    stage.means = {"English please": ("change-language",), "what is the status of the rollout": ("rollout-status",)}
    for each in before:
        stage.say("kari", each)
    stage.say("kari", "what is the status of the rollout")
    assert "How things stand" in stage.shown("kari", stage.slots("kari", "status/")[-1])


def test_a_program_that_is_not_listed_is_offered_for_application_with_its_name(stage: Asking) -> None:
    stage.say("kari", "er Miro godkjent i kommunen?")
    slot = stage.slots("kari", "software/")[-1]
    assert stage.texts("kari")("software.unknown") in stage.shown("kari", slot)
    stage.press("kari", "software.apply", slot=slot, program="Miro")
    assert "Miro" in str(stage.posts["kari", stage.slots("kari", "software/")[-1]])
    assert stage.all(Question) == []


def test_the_ambassadors_nearest_a_named_unit_are_listed(stage: Asking) -> None:
    for id_, unit in (("ana", "nord"), ("cato", "skole")):
        enlist(stage, ambassador(id_, unit))
    said = "hvem er ambassadør på skolen?"
    stage.means = {said: ("my-ambassador",)}
    stage.say("kari", said)
    text = stage.shown("kari", stage.slots("kari", "ambassador/mine")[-1])
    assert "Ambassadørene nærmest Skole" in text
    assert text.index("Ambassadør Cato") < text.index("Ambassadør Ana")


@pytest.mark.parametrize(
    "said", ["Jeg vil søke om et nytt program", "eg vil søkje om eit nytt program", "apply for a program"]
)
def test_a_wish_to_apply_leads_to_the_form(stage: Asking, said: str) -> None:
    stage.say("kari", said)
    slot = stage.slots("kari", "software/")[-1]
    assert stage.buttons("kari", slot) == ["software.send"]
    assert stage.all(Question) == []


def test_a_question_beside_a_wish_for_a_language_is_answered_in_it(stage: Asking) -> None:
    stage.means = {"kan du bytte til nynorsk": ("change-language",), "si meg hvordan jeg skriver ut": ("print",)}
    stage.say("kari", "kan du bytte til nynorsk og si meg hvordan jeg skriver ut")
    assert stage.get(Person, "kari").language is Language.NN
    [question] = stage.all(Question)
    assert (question.article_id, question.language) == ("print", Language.NN)
    assert stage.posts["kari", stage.slots("kari")[-1]].language is Language.NN
    assert stage.content.texts[Language.NN]("profile.language_now") in stage.shown("kari", stage.slots("kari")[-1])


def test_two_actions_beside_each_other_are_both_done(stage: Routed) -> None:
    stage.means = {
        "what is the status of the rollout": ("rollout-status",),
        "who is my ambassador": ("my-ambassador",),
    }
    enlist(stage, ambassador("ana", "nord"))
    stage.say("kari", "what is the status of the rollout? who is my ambassador?")
    shown = [stage.shown("kari", slot) for slot in stage.slots("kari")]
    assert any("How things stand" in text for text in shown)
    assert any("ambassador" in text and "Ana" in text for text in shown)
    # Both are in the language of the message.
    assert not any("Slik står det til" in text or "Ambassadørene nærmest" in text for text in shown)


@pytest.mark.parametrize(
    ("said", "pressed"),
    [
        ("er Miro godkjent?", Pressed(verb="software.ask", data={"program": "Miro"})),
        ("Jeg vil søke om et nytt program", Pressed(verb="software.apply")),
        ("er Totrinnsbekreftelse godkjent?", None),
        ("hvordan bytter jeg passord", None),
    ],
)
def test_words_that_name_a_program_or_ask_to_apply_need_no_matcher(
    stage: Routed, said: str, pressed: Pressed | None
) -> None:
    assert named_request(said, stage.content, "lillevik") == pressed


def test_an_application_has_the_program_that_it_names(stage: Routed) -> None:
    said = "jeg vil søke om å få Miro"
    assert parameters("software.apply", said, stage.content, "lillevik")["program"] == "Miro"
