"""A short reply answers Heia's own question, and a word about an answer is about the last one."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from dialogs import router
from dialogs.ask.flow import VERBS
from dialogs.core.person import Person
from dialogs.core.question import Question
from dialogs.core.session import Session
from dialogs.handoff.draft import Draft
from dialogs.handoff.model import Handoff
from knowledge.article.action import ActionBook, ActionKind
from knowledge.article.article import ArticleBook, ArticleButton, Language
from knowledge.matching.match import Candidate, Match
from knowledge.matching.policy import OutcomeKind
from tests.unit.ask.test_actions import OTHER, action
from tests.unit.driver import CATALOGUE, Stage
from tests.unit.handoff.scene import ARTICLE, organisation, person


class Talking(Stage):
    """A stage on which a few words mean an article or an action, and everything else nothing."""

    means: Mapping[str, tuple[str, ...]]

    def _understand(self, utterance: str, previous_article_id: str | None) -> Match:
        ids = self.means.get(utterance, ())
        share = 0.99 if len(ids) == 1 else 0.8 if utterance == "likely" else 0.4
        shares = (share, 0.15 if utterance == "likely" else share)
        candidates = tuple(Candidate(article_id=each, confidence=sure) for each, sure in zip(ids, shares, strict=False))
        return Match(utterance=utterance, language="nb", small_talk=None, candidates=candidates, precision=share)

    @property
    def last(self) -> Question:
        return self.all(Question)[-1]

    def answered_with(self, utterance: str) -> str:
        """Return everything new or changed in the chat after a message."""
        before = dict(self.posts)
        self.say("kari", utterance)
        slots = [slot for (to, slot), message in self.posts.items() if before.get((to, slot)) is not message]
        return "\n".join(self.shown("kari", slot) for slot in slots)


@pytest.fixture
def stage() -> Talking:
    scene = Talking(
        organisation(), verbs=router.VERBS, timers=router.TIMERS, articles=ArticleBook.from_articles([ARTICLE, OTHER])
    )
    helped = replace(action("helped"), verb="ask.helped")
    not_helped = replace(action("not-helped", kind=ActionKind.ACT), verb="ask.not_helped")
    talk = action("talk", verb="handoff.start")
    scene.content = replace(scene.content, actions=ActionBook.from_actions([helped, not_helped, talk]))
    scene.put(person("kari", "nord"))
    scene.means = {
        "a": ("mfa",),
        "which": ("mfa", "print"),
        "likely": ("mfa", "print"),
        "hvordan gjør jeg a nå": ("mfa",),
        "hvordan gjør jeg which nå": ("print",),
        "men jeg finner ikke den knappen": ("not-helped",),
        "det hjalp": ("helped",),
        "det hjalp ikke": ("not-helped",),
        "en kollega": ("talk",),
    }
    assert VERBS
    return scene


def test_no_typed_yes_sends_a_question_which_may_answer_something_else_heia_has_asked_since(stage: Talking) -> None:
    stage.say("kari", "unknown")
    stage.say("kari", "ja")
    [draft] = stage.all(Draft)
    assert stage.texts("kari")("ask.press_send") in stage.answered_with("ok, gjør det")
    assert stage.all(Draft) == [draft]
    assert stage.all(Handoff) == []
    stage.press("kari", "handoff.send", handoff_id=draft.id)
    stage.say("kari", "ja")
    assert stage.all(Draft) == []
    assert [each.question for each in stage.all(Handoff)] == ["unknown"]


@pytest.mark.parametrize(("minutes", "drafts"), [(60, 1), (61, 0)])
def test_yes_is_about_an_offer_of_the_last_hour(stage: Talking, minutes: int, drafts: int) -> None:
    stage.say("kari", "unknown")
    stage.now += timedelta(minutes=minutes)
    stage.say("kari", "ja")
    assert len(stage.all(Draft)) == drafts


@pytest.mark.parametrize(("minutes", "drafts"), [(60, 0), (61, 1)])
def test_no_discards_a_preview_of_the_last_hour(stage: Talking, minutes: int, drafts: int) -> None:
    stage.press("kari", "handoff.start")
    stage.now += timedelta(minutes=minutes)
    stage.say("kari", "nei takk")
    assert len(stage.all(Draft)) == drafts


def test_a_preview_is_discarded_though_the_conversation_has_gone_on(stage: Talking) -> None:
    stage.say("kari", "unknown")
    stage.say("kari", "ja")
    stage.now += timedelta(minutes=1)
    stage.put(replace(stage.get(Session, "kari"), changed_at=stage.now))
    stage.say("kari", "nei takk")
    assert stage.all(Draft) == []


def test_a_typed_command_is_done_in_the_chosen_language_whatever_the_words(stage: Talking) -> None:
    stage.put(replace(stage.get(Person, "kari"), language=Language.EN, language_chosen=True))
    stage.say("kari", "unknown")
    stage.say("kari", "ja takk, gjerne")
    [draft] = stage.all(Draft)
    shown = stage.posts["kari", f"handoff/{draft.id}/status"]
    assert CATALOGUE[Language.EN]("handoff.preview.title") in stage.shown("kari", f"handoff/{draft.id}/status")
    assert shown.language in {None, Language.EN}


@pytest.mark.parametrize(
    ("words", "told"),
    [("finner ikke den knappen", "likely"), ("men jeg finner ikke knappen", "likely\nmen jeg finner ikke knappen")],
)
def test_words_of_five_or_more_that_it_did_not_help_go_along_to_a_colleague(
    stage: Talking, words: str, told: str
) -> None:
    stage.means = {**stage.means, words: ("not-helped",)}
    stage.say("kari", "likely")
    stage.say("kari", words)
    stage.say("kari", "ja")
    assert [each.question for each in stage.all(Draft)] == [told]


@pytest.mark.parametrize(
    ("said", "command", "pressed"),
    [("ja takk", "vis kursene", True), ("nei takk", "vis kursene", False), ("ja takk", "ukjent", False)],
)
def test_yes_to_an_answer_with_a_button_of_its_own_presses_it(
    stage: Talking, said: str, command: str, pressed: bool
) -> None:
    verbs = {"vis kursene": "classroom.show", "ukjent": "ask.suggest"}
    courses = replace(ARTICLE, button=ArticleButton(title="Vis kursene", action="classroom.show"))
    articles = ArticleBook.from_articles([courses, OTHER])
    stage.content = replace(stage.content, articles=articles, commands={command: verbs[command]})
    stage.say("kari", "a")
    assert (stage.texts("kari")("classroom.none") in stage.answered_with(said)) is pressed


def test_yes_after_it_helped_presses_no_button(stage: Talking) -> None:
    courses = replace(ARTICLE, button=ArticleButton(title="Vis kursene", action="classroom.show"))
    articles = ArticleBook.from_articles([courses, OTHER])
    stage.content = replace(stage.content, articles=articles, commands={"vis kursene": "classroom.show"})
    stage.say("kari", "a")
    stage.say("kari", "det hjalp")
    assert stage.texts("kari")("classroom.none") not in stage.answered_with("ja takk")


def test_no_discards_the_preview(stage: Talking) -> None:
    stage.say("kari", "unknown")
    stage.say("kari", "ja")
    stage.say("kari", "nei takk")
    assert stage.all(Draft) == []
    assert stage.all(Handoff) == []


def test_no_discards_the_newest_of_two_previews_only(stage: Talking) -> None:
    for minutes, said in enumerate(("unknown", "unknown as well")):
        stage.now += timedelta(minutes=minutes)
        stage.say("kari", said)
        stage.say("kari", "ja")
    assert len(stage.all(Draft)) == 2
    stage.say("kari", "nei takk")
    assert [draft.question for draft in stage.all(Draft)] == ["unknown"]


def test_a_preview_is_forgotten_once_something_else_is_asked(stage: Talking) -> None:
    stage.say("kari", "unknown")
    stage.say("kari", "ja")
    stage.now += timedelta(minutes=1)
    stage.say("kari", "which")
    stage.say("kari", "nei takk")
    assert len(stage.all(Draft)) == 1
    assert stage.last.outcome is OutcomeKind.HAND_OVER


def test_no_thanks_to_a_colleague_ends_the_offer(stage: Talking) -> None:
    stage.say("kari", "unknown")
    assert stage.texts("kari")("ask.left") in stage.answered_with("nei takk")
    stage.say("kari", "ja")
    assert stage.all(Draft) == []


def test_asking_for_a_colleague_again_does_not_send_the_same_question_twice(stage: Talking) -> None:
    stage.content = replace(stage.content, commands={"snakk med en kollega": "handoff.start"})
    stage.say("kari", "unknown")
    stage.say("kari", "ja")
    stage.press("kari", "handoff.send", handoff_id=stage.all(Draft)[0].id)
    stage.press("kari", "handoff.start", question_id=stage.last.id)
    assert len(stage.all(Handoff)) == 1


def test_a_typed_choice_is_answered_below_and_not_only_in_the_card_above(stage: Talking) -> None:
    stage.say("kari", "which")
    before = stage.slots("kari", "ask/")
    stage.say("kari", "nr 2")
    [new] = [slot for slot in stage.slots("kari", "ask/") if slot not in before]
    assert OTHER.title in stage.shown("kari", new)
    stage.press("kari", "ask.helped", slot=new, question_id=stage.last.id)
    assert stage.last.helped is True


def test_words_that_an_answer_helped_are_kept_with_the_answer(stage: Talking) -> None:
    stage.say("kari", "a")
    assert stage.texts("kari")("ask.thanks_helped") in stage.answered_with("det hjalp")
    assert stage.last.helped is True
    assert "ask.helped" not in stage.buttons("kari", f"ask/{stage.last.id}")


def test_words_that_an_answer_did_not_help_lead_on_from_that_answer(stage: Talking) -> None:
    stage.say("kari", "a")
    shown = stage.answered_with("det hjalp ikke")
    assert stage.texts("kari")("ask.thanks_not_helped") in shown
    assert stage.last.helped is False
    assert stage.buttons("kari", stage.slots("kari", "ask/")[-1]) == ["handoff.start", "ask.to_editors"]


def test_yes_to_a_colleague_after_an_answer_that_did_not_help_begins_the_question_to_them(stage: Talking) -> None:
    stage.say("kari", "a")
    stage.say("kari", "men jeg finner ikke den knappen")
    stage.say("kari", "ja")
    assert [each.question for each in stage.all(Draft)] == ["a\nmen jeg finner ikke den knappen"]


def test_no_to_a_colleague_after_an_answer_that_did_not_help_ends_the_offer(stage: Talking) -> None:
    stage.say("kari", "a")
    stage.say("kari", "det hjalp ikke")
    assert stage.texts("kari")("ask.left") in stage.answered_with("nei takk")
    assert stage.all(Draft) == []


@pytest.mark.parametrize("between", ["", "det hjalp ikke"])
def test_a_number_chooses_below_a_likely_answer_and_below_what_did_not_help(stage: Talking, between: str) -> None:
    stage.say("kari", "likely")
    assert (stage.last.article_id, stage.last.choices) == ("mfa", ("print",))
    if between:
        stage.say("kari", between)
    stage.say("kari", "nr 1")
    assert (stage.last.article_id, stage.last.choices) == ("print", ())
    assert stage.texts("kari")("ask.no_list") in stage.answered_with("nr 1")


def test_a_long_thread_is_cut_to_what_a_colleague_can_be_sent(stage: Talking) -> None:
    stage.say("kari", "unknown " + "x" * 3_000)
    stage.say("kari", "og " + "y" * 3_000)
    stage.press("kari", "handoff.start", question_id=stage.last.id)
    assert [len(each.question) for each in stage.all(Draft)] == [4_000]


def test_a_colleague_gets_the_whole_message_of_several_questions(stage: Talking) -> None:
    whole = "hvordan gjør jeg a nå, og hvordan gjør jeg which nå?"
    stage.say("kari", whole)
    assert [each.utterance for each in stage.all(Question)] == ["hvordan gjør jeg a nå", "hvordan gjør jeg which nå"]
    stage.say("kari", "en kollega")
    assert [each.question for each in stage.all(Draft)] == [whole]


@pytest.mark.parametrize("asked", ["which", "unknown"])
def test_words_that_a_list_or_an_offer_did_not_help_offer_a_colleague_the_question(stage: Talking, asked: str) -> None:
    stage.say("kari", asked)
    assert stage.texts("kari")("ask.unknown") in stage.answered_with("det hjalp ikke")
    assert [each.utterance for each in stage.all(Question)] == [asked]
    stage.say("kari", "ja")
    assert [each.question for each in stage.all(Draft)] == [asked]


def test_a_colleague_is_not_sent_words_about_no_answer(stage: Talking) -> None:
    stage.say("kari", "det hjalp ikke")
    stage.say("kari", "en kollega")
    assert [each.question for each in stage.all(Draft)] == [""]


def test_a_colleague_gets_a_follow_up_with_the_question_before_it(stage: Talking) -> None:
    for words in ("a", "og på mobil?", "og på nettbrett?"):
        stage.say("kari", words)
    stage.press("kari", "handoff.start", question_id=stage.last.id)
    assert [each.question for each in stage.all(Draft)] == ["a\nog på mobil?\nog på nettbrett?"]
    for words in ("og på hytta?", "og på jobb?", "og på bussen?", "og på toget?"):
        stage.say("kari", words)
    stage.press("kari", "handoff.start", question_id=stage.last.id)
    asked = stage.all(Draft)[-1].question.splitlines()
    assert (asked[0], asked[-1], len(asked)) == ("a", "og på toget?", 5)
    stage.now += timedelta(hours=2)
    stage.say("kari", "og på tavle?")
    stage.press("kari", "handoff.start", question_id=stage.last.id)
    assert [each.question for each in stage.all(Draft)][-1] == "og på tavle?"


@pytest.mark.parametrize(("words", "reply"), [("det hjalp", "helped nb"), ("det hjalp ikke", "not-helped nb")])
def test_the_same_words_without_an_answer_get_a_reply(stage: Talking, words: str, reply: str) -> None:
    assert reply in stage.answered_with(words)
    stage.say("kari", "a")
    stage.now += timedelta(hours=2)
    assert reply in stage.answered_with(words)


@pytest.mark.parametrize("reply", ["ok", "kjør på", "send det", "yes please"])
def test_each_way_to_say_yes_opens_the_preview(stage: Talking, reply: str) -> None:
    stage.say("kari", "unknown")
    stage.say("kari", reply)
    assert [each.question for each in stage.all(Draft)] == ["unknown"]


def test_no_after_sending_does_not_sound_like_taking_it_back(stage: Talking) -> None:
    stage.say("kari", "unknown")
    stage.say("kari", "ja")
    stage.press("kari", "handoff.send", handoff_id=stage.all(Draft)[0].id)
    assert stage.texts("kari")("ask.left") not in stage.answered_with("nei takk")
    assert len(stage.all(Handoff)) == 1


@pytest.mark.parametrize("reply", ["nr 2", "den andre", "ingen av dem"])
def test_a_choice_without_a_list_is_told_that_there_is_none(stage: Talking, reply: str) -> None:
    assert stage.texts("kari")("ask.no_list") in stage.answered_with(reply)
    assert stage.all(Question) == []


def test_words_about_an_answer_are_no_choice_in_a_list(stage: Talking) -> None:
    assert stage.content.actions.kinds.unlisted == {"helped", "not-helped"}
    kinds, unsure = stage.content.actions.kinds, [("not-helped", 0.5), ("helped", 0.2), ("mfa", 0.1), ("print", 0.1)]
    candidates = tuple(Candidate(article_id=id_, confidence=share) for id_, share in unsure)
    matched = Match(utterance="", language="nb", small_talk=None, candidates=candidates, precision=0.5)
    assert stage.content.policy.outcome(matched, kinds).candidates == ()


def test_a_colleague_is_offered_once_on_a_card(stage: Talking) -> None:
    stage.means = {"which": ("mfa", "talk"), "likely": ("mfa", "talk")}
    for words in ("which", "likely"):
        stage.say("kari", words)
        assert stage.buttons("kari", stage.slots("kari", "ask/")[-1]).count("handoff.start") == 1


def test_a_short_reply_is_answered_in_the_language_that_was_heard_last(stage: Talking) -> None:
    stage.put(replace(stage.get(Person, "kari"), language=Language.EN))
    stage.put(Session(id="kari", heard=Language.NN, changed_at=stage.now))
    assert CATALOGUE[Language.NN]("ask.no_list") in stage.answered_with("nr 7")
    stage.put(replace(stage.get(Person, "kari"), language_chosen=True))
    assert CATALOGUE[Language.EN]("ask.no_list") in stage.answered_with("nr 7")


def test_a_place_beyond_the_list_leaves_the_question_open(stage: Talking) -> None:
    stage.say("kari", "likely")
    stage.say("kari", "det hjalp ikke")
    assert stage.texts("kari")("ask.left") not in stage.answered_with("nr 7")
    stage.say("kari", "ja")
    assert [each.question for each in stage.all(Draft)] == ["likely"]


def test_somebody_who_is_not_in_the_registry_is_answered_all_the_same(stage: Talking) -> None:
    stage.say("guest-1", "a")
    assert ARTICLE.title in stage.shown("guest-1", stage.slots("guest-1", "ask/")[-1])
