"""Actions in the place of answers, several questions in a message, and replies to an offer."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from dialogs import router
from dialogs.ask.flow import VERBS
from dialogs.core.action_use import ActionUse
from dialogs.core.event import Said, Scope
from dialogs.core.person import Person
from dialogs.core.question import Question
from dialogs.core.session import Session
from knowledge.article.action import Action, ActionBook, ActionKind, parse_action
from knowledge.article.article import ArticleBook, Language
from knowledge.language.masking import mask
from knowledge.matching.match import Candidate, Match
from knowledge.matching.policy import OutcomeKind
from tests.unit.driver import CATALOGUE, Stage
from tests.unit.handoff.scene import ARTICLE, organisation, person

OTHER = replace(ARTICLE, id="print", title="Utskrift", answer="Slik skriver du ut.")


def action(id_: str, *, verb: str | None = None, kind: ActionKind = ActionKind.ACT, **more: tuple[str, ...]) -> Action:
    texts = {language: f"{id_} {language}" for language in Language}
    return Action(
        id=id_,
        kind=kind,
        verb=verb,
        titles=texts,
        replies={} if verb else texts,
        phrasings=dict.fromkeys(Language, (id_,)),
        **more,
    )


ACTIONS = ActionBook.from_actions(
    [
        action("help", verb="ask.suggest"),
        action("weather", kind=ActionKind.OUT_OF_SCOPE, offers=("help",)),
        action("find-mfa", verb="ask.suggest", replaces=("mfa-old",)),
    ]
)


class Asking(Stage):
    """A stage on which each text means what the test says, and everything else nothing."""

    means: Mapping[str, tuple[str, ...]]

    def _understand(self, utterance: str, previous: Sequence[str]) -> Match:
        ids = self.means.get(utterance, ())
        share = 0.99 if len(ids) == 1 else 0.4
        candidates = tuple(Candidate(article_id=each, confidence=share) for each in ids)
        precision = 0.99 if len(ids) == 1 else 0.5
        return Match(utterance=utterance, language="nb", small_talk=None, candidates=candidates, precision=precision)

    @property
    def last(self) -> Question:
        return self.all(Question)[-1]

    def seen(self) -> str:
        return self.shown("kari", f"ask/{self.last.id}")


@pytest.fixture
def stage() -> Asking:
    scene = Asking(
        organisation(), verbs=VERBS, timers=router.TIMERS, articles=ArticleBook.from_articles([ARTICLE, OTHER])
    )
    scene.content = replace(scene.content, actions=ACTIONS)
    scene.put(person("kari", "nord"))
    scene.means = {
        "a": ("mfa",),
        "b": ("print",),
        "w": ("weather",),
        "h": ("help",),
        "old": ("mfa-old",),
        "which": ("mfa", "print"),
        "both": ("help", "print"),
        "hvordan a": ("mfa",),
        "hvordan b": ("print",),
        "hvordan h": ("help",),
        "hvordan f": ("find-mfa",),
        "hvordan blir rommet litt større": ("mfa", "print"),
        "hvordan kjøper jeg flere stoler": ("print", "mfa"),
        "hvordan w": ("weather",),
        "jeg har ikke a": ("mfa",),
        "det er b": ("mfa", "print"),
        "nei, jeg har ikke a, det er b": ("mfa",),
    }
    return scene


def test_an_action_is_done_and_leaves_no_question(stage: Asking) -> None:
    stage.say("kari", "h")
    assert stage.all(Question) == []
    assert "Spør meg slik" in stage.shown("kari", stage.slots("kari", "ask/")[-1])


def test_an_action_is_counted_without_its_words(stage: Asking) -> None:
    stage.say("kari", "h")
    [use] = stage.all(ActionUse)
    assert (use.person_id, use.municipality_id, use.at) == ("kari", "lillevik", stage.now)
    stage.put(Person(id="ny", name="Ny", created_at=stage.now))
    stage.say("ny", "h")
    assert stage.all(ActionUse) == [use], "nothing is counted of people without a municipality"


def test_what_is_outside_the_topic_is_said_with_what_can_be_done(stage: Asking) -> None:
    stage.say("kari", "w")
    assert stage.last.outcome is OutcomeKind.OUT_OF_SCOPE
    assert "weather nb" in stage.seen()
    assert stage.buttons("kari", f"ask/{stage.last.id}") == ["ask.suggest", "handoff.start"]
    assert "unanswered" not in set(stage.last.terms())


def test_an_action_takes_the_questions_of_the_article_it_replaces(stage: Asking) -> None:
    stage.say("kari", "old")
    assert "Spør meg slik" in stage.shown("kari", stage.slots("kari", "ask/")[-1])


def test_two_questions_get_two_answers(stage: Asking) -> None:
    stage.say("kari", "hvordan a? hvordan b?")
    first, second = stage.all(Question)
    assert [first.utterance, second.utterance] == ["hvordan a", "hvordan b"]
    assert [first.article_id, second.article_id] == ["mfa", "print"]
    for question, article in ((first, ARTICLE), (second, OTHER)):
        shown = stage.shown("kari", f"ask/{question.id}")
        assert f"«{question.utterance}»" in shown
        assert article.answer in shown
        assert "ask.not_helped" in stage.buttons("kari", f"ask/{question.id}")
    assert stage.get(Session, "kari").question_id == second.id
    assert stage.get(Session, "kari").asked == 2


def test_a_question_without_an_answer_is_named_beside_the_one_with(stage: Asking) -> None:
    stage.say("kari", "hvordan b? og hvor får jeg kjøpt en ny hest?")
    first, second = stage.all(Question)
    assert first.article_id == "print"
    assert (second.outcome, second.utterance) == (OutcomeKind.HAND_OVER, "hvor får jeg kjøpt en ny hest")
    assert "handoff.start" in stage.buttons("kari", f"ask/{second.id}")


def test_one_action_among_questions_is_done_and_a_second_waits_for_a_press(stage: Asking) -> None:
    stage.say("kari", "hvordan b? hvordan h?")
    assert [each.article_id for each in stage.all(Question)] == ["print"]
    assert "Spør meg slik" in stage.shown("kari", stage.slots("kari", "ask/")[-1])
    stage.say("kari", "hvordan h? hvordan f?")
    assert [stage.buttons("kari", f"ask/{each.id}")[0] for each in stage.all(Question)[1:]] == ["ask.suggest"] * 2


def test_two_lists_are_two_questions(stage: Asking) -> None:
    stage.say("kari", "hvordan blir rommet litt større? hvordan kjøper jeg flere stoler?")
    assert [each.outcome for each in stage.all(Question)] == [OutcomeKind.CLARIFY] * 2
    stage.press("kari", "ask.pick", question_id=stage.all(Question)[0].id, article_id="mfa")
    first, second = stage.all(Question)
    assert ARTICLE.answer in stage.shown("kari", f"ask/{first.id}")
    assert second.outcome is OutcomeKind.CLARIFY


def test_a_place_in_a_list_is_asked_for_where_two_questions_have_one(stage: Asking) -> None:
    stage.say("kari", "hvordan blir rommet litt større? hvordan kjøper jeg flere stoler?")
    stage.say("kari", "nr 2")
    assert CATALOGUE[Language.NB]("ask.which_list") in stage.shown("kari", stage.slots("kari", "ask/")[-1])
    assert [each.outcome for each in stage.all(Question)] == [OutcomeKind.CLARIFY] * 2


def test_a_place_is_one_in_the_list_of_the_last_answer_or_asked_for(stage: Asking) -> None:
    stage.say("kari", "hvordan b? hvordan blir rommet litt større?")
    assert [each.outcome for each in stage.all(Question)] == [OutcomeKind.ANSWER, OutcomeKind.CLARIFY]
    stage.say("kari", "nr 1")
    assert stage.last.article_id == "mfa"
    stage.say("kari", "hvordan blir rommet litt større? hvordan b?")
    stage.say("kari", "nr 1")
    assert CATALOGUE[Language.NB]("ask.which_list") in stage.shown("kari", stage.slots("kari", "ask/")[-1])


def test_a_password_in_a_message_is_not_shown_above_its_answer(stage: Asking) -> None:
    stage.means = {**stage.means, "passordet mitt er Sommer2024": ("print",)}
    stage.say("kari", "hvordan a\npassordet mitt er Sommer2024!")
    shown = [stage.shown("kari", each) for each in stage.slots("kari", "ask/")]
    assert len(shown) == 3  # the last one advises against passwords
    assert "«hvordan a»" in shown[0]
    assert CATALOGUE[Language.NB]("ask.about_some") in shown[1]
    assert "Sommer2024" not in " ".join(shown)


def test_a_rambling_message_is_answered_by_its_one_question(stage: Asking) -> None:
    stage.say("kari", "Det var en gang. Hvor lenge ingen vet. hvordan b?")
    assert (stage.last.outcome, stage.last.article_id) == (OutcomeKind.ANSWER, "print")


def test_chatter_outside_the_topic_does_not_count_as_a_question(stage: Asking) -> None:
    stage.say("kari", "hvordan w? hvordan b?")
    assert (stage.last.outcome, stage.last.article_id) == (OutcomeKind.ANSWER, "print")


def test_what_is_denied_is_not_answered(stage: Asking) -> None:
    stage.say("kari", "nei, jeg har ikke a, det er b")
    assert stage.last.article_id != "mfa"
    assert "mfa" not in stage.last.candidates


def handed(stage: Asking) -> list[str]:
    return stage.slots("kari", "handoff/")


def test_yes_accepts_the_offer_of_a_colleague_and_later_means_nothing(stage: Asking) -> None:
    stage.say("kari", "unknown")
    stage.say("kari", "Ja, gjerne")
    assert "unknown" in stage.shown("kari", handed(stage)[-1])
    before = handed(stage)
    stage.now += timedelta(hours=2)
    stage.say("kari", "ja")
    assert handed(stage) == before


def test_a_number_picks_from_the_list_and_yes_asks_which(stage: Asking) -> None:
    stage.say("kari", "which")
    assert stage.last.outcome is OutcomeKind.CLARIFY
    stage.say("kari", "ja")
    assert CATALOGUE[Language.NB]("ask.which_one") in stage.shown("kari", stage.slots("kari", "ask/")[-1])
    stage.say("kari", "nr 2")
    assert (stage.last.outcome, stage.last.article_id) == (OutcomeKind.ANSWER, "print")


@pytest.mark.parametrize("reply", ["ja", "nr 2", "ingen av dem"])
def test_where_others_read_along_a_reply_shows_nothing_of_a_question_asked_alone(stage: Asking, reply: str) -> None:
    stage.say("kari", "which")
    slot = f"ask/{stage.last.id}"
    asked, before = stage.last, stage.posts["kari", slot]
    stage._happen(stage._event("kari", Said(utterance=mask(reply)), Scope.GROUP))
    shown = [stage.shown(*each) for each in stage.posts if each != ("kari", slot)]
    assert not [each for each in shown if OTHER.title in each or ARTICLE.title in each]
    assert any(CATALOGUE[Language.NB]("ask.use_buttons") in each for each in shown)
    assert stage.posts["kari", slot] == before
    assert stage.get(Question, asked.id) == asked


def test_none_of_them_offers_a_colleague(stage: Asking) -> None:
    stage.say("kari", "which")
    stage.say("kari", "ingen av dem")
    assert stage.last.outcome is OutcomeKind.HAND_OVER
    assert "handoff.start" in stage.buttons("kari", stage.slots("kari", "ask/")[-1])


def test_an_action_in_a_list_is_done_by_its_button(stage: Asking) -> None:
    stage.say("kari", "both")
    assert stage.buttons("kari", f"ask/{stage.last.id}") == ["ask.suggest", "ask.pick", "ask.none"]


def test_an_action_that_only_replies_is_picked_from_a_list(stage: Asking) -> None:
    stage.content = replace(
        stage.content, actions=ActionBook.from_actions([action("info"), action("help", verb="ask.suggest")])
    )
    stage.means = {"both": ("info", "print")}
    stage.say("kari", "both")
    slot = f"ask/{stage.last.id}"
    assert stage.buttons("kari", slot) == ["ask.pick", "ask.pick", "ask.none"]
    before = stage.last
    stage.press("kari", "ask.pick", slot=slot, question_id=before.id, article_id="info")
    assert stage.shown("kari", slot) == "info nb info nb"
    assert stage.last == before
    stage.press("kari", "ask.pick", slot=slot, question_id=before.id, article_id="help")
    assert stage.shown("kari", slot) == "info nb info nb", "it was not offered"


def test_yes_to_a_list_whose_entries_are_gone_is_told_that_the_card_is_old(stage: Asking) -> None:
    stage.say("kari", "which")
    question = stage.last
    stage.content = replace(stage.content, articles=ArticleBook.from_articles([]))
    outcome = stage.press("kari", "ask.again", question_id=question.id)
    assert outcome.notice == CATALOGUE[Language.NB]("ask.old_card")


def test_a_choice_takes_the_place_of_the_turn_without_an_answer(stage: Asking) -> None:
    stage.say("kari", "a")
    stage.say("kari", "which")
    stage.press("kari", "ask.pick", question_id=stage.last.id, article_id="print")
    assert stage.get(Session, "kari").turns == ("mfa", "print")
    assert (stage.last.outcome, stage.last.choices, stage.last.helped) == (OutcomeKind.ANSWER, (), None)


VERBS_KNOWN = frozenset({"ask.suggest"})
SOUND = """kind: act
verb: ask.suggest
title: {nb: Hjelp, nn: Hjelp, en: Help}
phrasings:
  nb: [a, b, c, d]
  nn: [a, b, c, d]
  en: [a, b, c, d]
"""


def test_an_action_about_the_last_answer_has_a_reply_as_well() -> None:
    both = SOUND.replace("title:", "urgent: true\nreply: {nb: a, nn: b, en: c}\ntitle:")
    read = parse_action(both, file="actions/help.yaml", verbs=VERBS_KNOWN, about_answer=VERBS_KNOWN)
    assert isinstance(read, Action)
    assert (read.verb, read.button_verb, read.reply(Language.NN)) == ("ask.suggest", None, "b")
    assert ActionBook.from_actions([read]).kinds.urgent == {"help"}


def test_a_sound_file_is_read() -> None:
    read = parse_action(SOUND, file="actions/help.yaml", verbs=VERBS_KNOWN)
    assert isinstance(read, Action)
    assert (read.id, read.verb, read.title(Language.EN)) == ("help", "ask.suggest", "Help")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("ask.suggest", "ask.nothing"), "there is no verb 'ask.nothing'"),
        (("verb: ask.suggest", "reply: {nb: a, nn: b}"), "'reply' is missing in en"),
        (("verb: ask.suggest", ""), "'reply' must have a text in each of nb, nn, en"),
        (("en: Help", f"en: {'h' * 41}"), "'title' has 41 characters in en, at most 40 fit a button"),
        (("en: [a, b, c, d]", "en: [a]"), "has 1 phrasings in en, needs at least 4"),
        (("kind: act", "kind: deed"), "'kind' must be one of act, decline, out_of_scope"),
        (("kind: act", "kind: act\nverbs: x"), "'verbs' is not a field of an action"),
        (("kind: act", "kind: act\noffers: help"), "'offers' must be a list of ids"),
        (("title:", "reply: {nb: a, nn: b, en: c}\ntitle:"), "has a verb already: the reply would never be shown"),
        ((SOUND, "- a"), "must hold fields such as title and phrasings"),
    ],
)
def test_each_fault_is_named_with_its_line(change: tuple[str, str], reason: str) -> None:
    read = parse_action(SOUND.replace(*change), file="actions/help.yaml", verbs=VERBS_KNOWN)
    assert isinstance(read, tuple)
    assert reason in [fault.reason for fault in read]


def test_a_word_that_an_editor_wrote_for_an_action_is_sure_however_short(stage: Asking) -> None:
    stage.means = {"Help!": ("help", "print"), "helping": ("help", "print")}
    stage.say("kari", "helping")
    assert stage.last.outcome is OutcomeKind.CLARIFY
    stage.say("kari", "Help!")
    assert len(stage.all(Question)) == 1
    assert "Spør meg slik" in stage.shown("kari", stage.slots("kari", "ask/")[-1])


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("hvordan a? passordet mitt er Sommer2024!", "password"),
        ("hvordan a for 12035612345", "bad_identity_number"),
    ],
)
def test_what_is_private_in_a_message_is_advised_against(stage: Asking, said: str, key: str) -> None:
    stage.say("kari", said)
    shown = [stage.shown("kari", each) for each in stage.slots("kari", "ask/")]
    assert CATALOGUE[Language.NB](f"ask.private.{key}") in shown[-1]


def test_advice_on_privacy_is_in_the_language_of_the_reply(stage: Asking) -> None:
    stage.say("kari", "eg får ikkje logga inn, passordet mitt er Sommar2024!")
    languages = {stage.posts["kari", slot].language for slot in stage.slots("kari", "ask/")}
    assert languages == {Language.NN}


def test_an_ordinary_message_gets_no_advice_on_privacy(stage: Asking) -> None:
    stage.say("kari", "passordet mitt virker ikke, hvordan a?")
    assert not [each for each in stage.slots("kari", "ask/") if each.endswith("/warned")]
