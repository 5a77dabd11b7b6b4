"""Asking: what is stored, what is shown, and what the buttons may do."""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from dialogs.ask import cards
from dialogs.ask.flow import SUGGESTED, VERBS
from dialogs.core.article_view import ArticleView
from dialogs.core.data_rules import month_term
from dialogs.core.person import Person, Role
from dialogs.core.question import Question
from dialogs.core.session import Session
from dialogs.handoff.model import Handoff
from dialogs.handoff.suggestion import Suggestion
from dialogs.insight.overview import STATISTICS_ROLES
from dialogs.unanswered import answering
from knowledge.article.article import ArticleBook, ArticleButton, Language
from knowledge.language.identify import identify
from knowledge.language.masking import Secret
from knowledge.language.smalltalk import SmallTalk
from knowledge.matching.matcher import Candidate, Match
from tests.unit.driver import CATALOGUE, TUESDAY, Stage
from tests.unit.handoff.scene import ARTICLE, organisation, person
from tests.unit.read_cards import links_of, words_of
from tests.unit.rollout.learning_scene import CURRICULUM

OTHER = replace(ARTICLE, id="print", title="Utskrift")


class Asking(Stage):
    """A stage on which the test says what an utterance means."""

    meaning: Match

    def _understand(self, utterance: str, previous: Sequence[str]) -> Match:
        return self.meaning

    def means(
        self, *ids: str, precision: float = 0.99, talk: SmallTalk | None = None, language: Language = Language.NB
    ) -> None:
        """Let every utterance mean these articles, the first being right with ``precision``."""
        share = 0.9 if precision > 0.9 else 0.66 if precision > 0.8 else 0.4
        self.meaning = Match(
            utterance="",
            language=language,
            small_talk=talk,
            candidates=tuple(Candidate(article_id=id_, confidence=share / (n + 1)) for n, id_ in enumerate(ids)),
            precision=precision,
        )

    def asks(self, utterance: str) -> Question:
        """Let Kari ask, and return the question as it is kept."""
        self.say("kari", utterance)
        return self.questions()[-1]

    def questions(self) -> Sequence[Question]:
        return self.all(Question)


@pytest.fixture
def stage() -> Asking:
    scene = Asking(
        organisation(), verbs=VERBS, timers=answering.TIMERS, articles=ArticleBook.from_articles([ARTICLE, OTHER])
    )
    scene.put(person("kari", "nord"), person("ola", "skole"))
    scene.means("mfa")
    return scene


def test_a_sure_answer_has_source_date_and_its_buttons(stage: Asking) -> None:
    question = stage.asks("hva er totrinn?")
    shown = stage.shown("kari", f"ask/{question.id}")
    assert ARTICLE.answer in shown
    assert "Brukerstøtten" in shown
    assert "24. november 2026" in shown
    assert stage.buttons("kari", f"ask/{question.id}") == ["ask.helped", "ask.not_helped", "handoff.start"]
    assert stage.get(Session, "kari").article_id == "mfa"


def test_an_unsure_one_offers_candidates_and_none_of_these(stage: Asking) -> None:
    stage.means("mfa", "print", precision=0.5)
    question = stage.asks("hjelp meg med det der")
    slot = f"ask/{question.id}"
    assert stage.buttons("kari", slot) == ["ask.pick", "ask.pick", "ask.none"]
    stage.press("kari", "ask.pick", slot=slot, question_id=question.id, article_id="print")
    assert OTHER.title in stage.shown("kari", slot)
    assert stage.questions()[0].article_id == "print"


def test_a_likely_answer_begins_with_the_answer_and_offers_the_next_candidates_below(stage: Asking) -> None:
    stage.means("mfa", "print", precision=0.85)
    question = stage.asks("hjelp meg med det der")
    slot = f"ask/{question.id}"
    assert (question.article_id, question.candidates) == ("mfa", ("mfa", "print"))
    assert stage.shown("kari", slot).startswith(f"{ARTICLE.title}\n\n{ARTICLE.answer}")
    assert "Mente du noe annet?" in stage.shown("kari", slot)
    assert stage.buttons("kari", slot) == ["ask.pick", "ask.helped", "ask.not_helped", "handoff.start"]
    stage.press("kari", "ask.pick", slot=slot, question_id=question.id, article_id="print")
    assert "Mente du" not in stage.shown("kari", slot)
    assert OTHER.title in stage.shown("kari", slot)


def test_a_next_candidate_is_offered_once_though_the_article_names_it() -> None:
    texts = CATALOGUE[Language.NB]
    view = ArticleView(article=ARTICLE, related=((OTHER.id, OTHER.title), ("third", "Et annet svar")))
    other = ArticleView(article=OTHER)
    message = cards.answered(texts, view, question_id="q", masked=frozenset(), next_choices=[other])
    assert list(words_of(message.card)).count(OTHER.title) == 1
    assert "Et annet svar" in list(words_of(message.card))


@pytest.mark.parametrize("button", [None, ArticleButton(title="Åpne", action="ask.suggest")])
def test_an_answer_has_one_button_four_other_answers_at_most_and_no_title_twice(button: ArticleButton | None) -> None:
    others = [ArticleView(article=replace(OTHER, id=f"other-{n}", title=f"Annet {n}")) for n in range(4)]
    related = (("other-0", "Annet 0"), *((f"near-{n}", f"Nær {n}") for n in range(3)))
    message = cards.answered(
        CATALOGUE[Language.NB],
        ArticleView(article=replace(ARTICLE, button=button), related=related, module=CURRICULUM.module("share")),
        question_id="q",
        masked=frozenset(),
        actions={"ask.suggest"},
        next_choices=others,
    )
    assert message.card is not None
    colleague = [] if button is None else ["Snakk med en kollega"]
    assert [each["title"] for each in message.card["actions"]] == ["Åpne" if button else "Snakk med en kollega"]
    assert links_of(message.card) == [
        "Annet 0",
        "Annet 1",
        "Nær 0",
        "Lær mer: Modul share (nb) (4 minutter)",
        "Det hjalp",
        "Det hjalp ikke",
        *colleague,
    ]


def test_a_likely_answer_without_other_candidates_points_to_none(stage: Asking) -> None:
    stage.means("mfa", precision=0.85)
    question = stage.asks("hjelp meg med det der")
    assert "Mente du" not in stage.shown("kari", f"ask/{question.id}")


def test_none_of_these_leads_to_a_colleague(stage: Asking) -> None:
    stage.means("mfa", "print", precision=0.5)
    question = stage.asks("hjelp meg med det der")
    stage.press("kari", "ask.none", question_id=question.id)
    assert stage.buttons("kari", f"ask/{question.id}") == ["handoff.start", "ask.to_editors"]
    assert "unanswered" in set(stage.questions()[0].terms())
    assert stage.questions()[0].choices == ()


def test_the_vector_of_a_question_is_stored_with_it_in_the_same_write(stage: Asking) -> None:
    stage.meaning = replace(stage.meaning, vector=b"\x01\xff")
    assert b64decode(stage.asks("hva er totrinn?").vector) == b"\x01\xff"


def test_what_nobody_knows_is_offered_a_colleague(stage: Asking) -> None:
    stage.means(precision=0.0)
    question = stage.asks("hvor lang er en alen?")
    assert stage.texts("kari")("ask.unknown") in stage.shown("kari", f"ask/{question.id}")


@pytest.mark.parametrize("talk", list(SmallTalk))
def test_small_talk_gets_a_word_back_and_is_no_question(stage: Asking, talk: SmallTalk) -> None:
    stage.means(talk=talk)
    stage.say("kari", "hei")
    assert stage.questions() == []
    assert stage.texts("kari")(f"ask.small_talk.{talk}") in stage.shown("kari", stage.slots("kari")[0])


@pytest.mark.parametrize("talk", list(SmallTalk))
def test_small_talk_at_the_beginning_suggests_what_to_ask(stage: Asking, talk: SmallTalk) -> None:
    suggested = replace(ARTICLE, id=SUGGESTED[0], title="Når kommer det?")
    stage.content = replace(stage.content, articles=ArticleBook.from_articles([ARTICLE, suggested]))
    stage.means(talk=talk)
    stage.say("kari", "hei")
    message = stage.posts["kari", stage.slots("kari")[0]]
    opens = talk in {SmallTalk.GREETING, SmallTalk.NOISE, SmallTalk.EMPTY}
    assert message.suggestions == ((suggested.title,) if opens else ())
    assert message.language is Language.NB


@pytest.mark.parametrize("talk", [SmallTalk.THANKS, SmallTalk.OK, SmallTalk.GOODBYE])
def test_small_talk_at_the_end_carries_one_useful_button(stage: Asking, talk: SmallTalk) -> None:
    stage.means(talk=talk)
    stage.say("kari", "takk")
    assert stage.buttons("kari", stage.slots("kari")[-1]) == ["ask.suggest"]
    waiting = Handoff(
        id="h",
        asker_id="kari",
        municipality_id="lillevik",
        unit_id="nord",
        language=Language.NB,
        question="Hvorfor?",
        created_at=TUESDAY,
        changed_at=TUESDAY,
    )
    stage.put(waiting)
    stage.say("kari", "takk igjen")
    assert stage.buttons("kari", stage.slots("kari")[-1]) == ["handoff.mine"]


EVERY_SECRET = pytest.mark.parametrize(
    ("secret", "number"),
    [
        (Secret.NATIONAL_ID, "15076500565"),
        (Secret.BANK_ACCOUNT, "86011117947"),
        (Secret.PAYMENT_CARD, "4111 1111 1111 1111"),
    ],
)


@EVERY_SECRET
def test_a_secret_within_small_talk_is_told_too_and_the_talk_answered(
    stage: Asking, secret: Secret, number: str
) -> None:
    stage.means(talk=SmallTalk.GREETING)
    stage.say("kari", f"hei {number}")
    shown = stage.shown("kari", stage.slots("kari")[0])
    assert stage.texts("kari")(f"ask.masked.{secret}") in shown
    assert stage.texts("kari")(f"ask.small_talk.{SmallTalk.GREETING}") in shown
    assert number not in shown


@EVERY_SECRET
def test_a_secret_is_masked_and_the_person_told(stage: Asking, secret: Secret, number: str) -> None:
    question = stage.asks(f"hva er totrinn for {number}?")
    assert number not in question.utterance
    assert stage.texts("kari")(f"ask.masked.{secret}") in stage.shown("kari", f"ask/{question.id}")


@pytest.mark.parametrize(
    "verb",
    [
        "ask.pick",
        "ask.again",
        "ask.none",
        "ask.other",
        "ask.helped",
        "ask.not_helped",
        "ask.to_editors",
        "ask.show_editors",
        "ask.keep_from_editors",
    ],
)
@pytest.mark.parametrize("question_id", ["other", "missing", ""])
def test_nobody_presses_on_somebody_elses_question(stage: Asking, verb: str, question_id: str) -> None:
    stage.means("mfa", "print", precision=0.5)
    stage.put(replace(stage.asks("noe"), id="other", person_id="ola"))
    outcome = stage.press("kari", verb, question_id=question_id, article_id="mfa")
    assert not outcome.changed
    assert outcome.notice == stage.texts("kari")("ask.old_card")


def test_only_a_candidate_can_be_picked(stage: Asking) -> None:
    stage.means("mfa", "other", precision=0.5)
    question = stage.asks("noe")
    assert not stage.press("kari", "ask.pick", question_id=question.id, article_id="print").changed


def test_helped_is_remembered_once(stage: Asking) -> None:
    question = stage.asks("hva er totrinn?")
    slot = f"ask/{question.id}"
    stage.press("kari", "ask.helped", slot=slot, question_id=question.id)
    assert stage.questions()[0].helped is True
    assert stage.texts("kari")("ask.thanks_helped") in stage.shown("kari", slot)
    assert ARTICLE.answer in stage.posts["kari", slot].text
    assert stage.buttons("kari", slot) == ["handoff.start"]
    assert stage.slots("kari") == [slot], "the thanks stand where the button was"
    again = stage.press("kari", "ask.helped", slot=slot, question_id=question.id)
    assert (again.changed, again.notice) == (False, stage.texts("kari")("ask.thanks_helped"))
    stage.press("kari", "ask.not_helped", slot=slot, question_id=question.id)
    assert stage.questions()[0].helped is False, "a change of mind counts"


CASES = """Meld fra i systemet.

**Vikar?** Vikarer melder på papir.

**Leder?** Ledere melder muntlig."""


def seen(stage: Asking, slot: str) -> str:
    """Return what a card shows without a press."""
    body = [part for part in stage.posts["kari", slot].shown["body"] if part.get("isVisible", True)]
    return " ".join(words_of(body))


def test_the_case_that_was_asked_about_is_shown_first_and_stays_so(stage: Asking) -> None:
    cased = [replace(ARTICLE, answer=CASES), replace(OTHER, answer=CASES.replace("papir", "papir her også"))]
    stage.content = replace(stage.content, articles=ArticleBook.from_articles(cased))
    question = stage.asks("jeg er vikar, hvordan melder jeg fra")
    slot = f"ask/{question.id}"
    assert "Vikarer melder på papir." in seen(stage, slot)
    assert "Ledere melder" not in seen(stage, slot)
    stage.press("kari", "ask.helped", slot=slot, question_id=question.id)
    assert "Vikarer melder på papir." in seen(stage, slot)
    stage.means("mfa", "print", precision=0.5)
    listed = stage.asks("hvordan melder leder fra til slutt")
    slot = f"ask/{listed.id}"
    stage.press("kari", "ask.pick", slot=slot, question_id=listed.id, article_id="print")
    assert "Ledere melder muntlig." in seen(stage, slot)
    assert "Vikarer" not in seen(stage, slot)


@pytest.mark.parametrize("verb", ["ask.helped", "ask.not_helped"])
def test_a_press_below_an_article_that_is_gone_is_told_that_the_card_is_old(stage: Asking, verb: str) -> None:
    question = stage.asks("hva er totrinn?")
    stage.content = replace(stage.content, articles=ArticleBook.from_articles([OTHER]))
    outcome = stage.press("kari", verb, question_id=question.id)
    assert outcome.notice == stage.texts("kari")("ask.old_card")
    assert stage.questions() == [question]


def test_an_answer_that_did_not_help_leads_to_another_candidate_a_colleague_and_the_editors(stage: Asking) -> None:
    stage.means("mfa", "print")
    question = stage.asks("hva er totrinn?")
    slot = f"ask/{question.id}"
    stage.press("kari", "ask.not_helped", question_id=question.id)
    assert stage.questions()[0].helped is False
    assert stage.questions()[0].choices == ("print",)
    assert stage.buttons("kari", slot) == ["ask.pick", "handoff.start", "ask.to_editors"]
    assert "Utskrift" in stage.shown("kari", slot)
    stage.press("kari", "ask.not_helped", question_id=question.id)
    assert stage.buttons("kari", slot) == ["handoff.start", "ask.to_editors"], "what did not help is listed once"
    stage.press("kari", "ask.pick", question_id=question.id, article_id="print")
    assert stage.questions()[0].helped is None, "of the other answer nothing is known yet"
    assert stage.questions()[0].article_id == "print"


def test_the_editors_see_a_question_that_its_asker_showed_them_once_and_without_the_name(stage: Asking) -> None:
    stage.put(person("ed", "lillevik", Role.EDITOR), person("eva", "bryggen", Role.EDITOR, municipality_id="storvik"))
    question = stage.asks("hva er totrinn på nettbrett?")
    assert stage.all(Suggestion) == []
    stage.press("kari", "ask.not_helped", question_id=question.id)
    assert stage.all(Suggestion) == [], "not before the asker wants it"
    stage.press("kari", "ask.to_editors", question_id=question.id)
    assert stage.all(Suggestion) == [], "not before the asker saw what they get, and who reads it"
    assert "Redaktørene i Lillevik kommune leser det, uten navnet ditt." in stage.shown("kari", f"ask/{question.id}")
    for _ in range(2):
        stage.press("kari", "ask.show_editors", question_id=question.id, question="hva er totrinn på nettbrett?")
    [gap] = stage.all(Suggestion)
    shown = stage.shown("ed", f"suggestion/{gap.id}")
    assert "hva er totrinn på nettbrett?" in shown
    assert ARTICLE.title in shown
    assert "Kari" not in shown
    assert stage.slots("eva") == []
    assert stage.questions()[0].for_editors
    assert "ask.to_editors" not in stage.buttons("kari", f"ask/{question.id}")
    assert stage.texts("kari")("ask.editors_told") in stage.shown("kari", f"ask/{question.id}")


def test_a_question_without_an_answer_can_be_shown_to_the_editors_too(stage: Asking) -> None:
    stage.put(person("ed", "lillevik", Role.EDITOR))
    stage.means()
    question = stage.asks("når åpner kantina på rådhuset?")
    assert stage.buttons("kari", f"ask/{question.id}") == ["handoff.start", "ask.to_editors"]
    stage.press("kari", "ask.show_editors", question_id=question.id, question=question.utterance)
    [gap] = stage.all(Suggestion)
    assert "Et spørsmål uten svar" in stage.shown("ed", f"suggestion/{gap.id}")
    assert stage.buttons("kari", f"ask/{question.id}") == ["handoff.start"]
    assert stage.texts("kari")("ask.editors_told") in stage.shown("kari", f"ask/{question.id}")


def test_editors_are_not_flooded_and_guests_show_them_nothing(stage: Asking) -> None:
    guest = replace(person("guest-1", "nord"), addresses={})
    stage.put(person("ed", "lillevik", Role.EDITOR), guest)
    for number in range(7):
        question = stage.asks(f"hva er totrinn nummer {number}?")
        stage.press("kari", "ask.not_helped", question_id=question.id)
        outcome = stage.press("kari", "ask.show_editors", question_id=question.id, question=question.utterance)
    assert len(stage.all(Suggestion)) == 5
    assert "5 spørsmål" in outcome.notice
    stage.say("guest-1", "hva er totrinn?")
    [own] = [each for each in stage.questions() if each.person_id == "guest-1"]
    stage.press("guest-1", "ask.not_helped", question_id=own.id)
    assert "ask.to_editors" not in stage.buttons("guest-1", f"ask/{own.id}")
    for verb in ("ask.to_editors", "ask.show_editors"):
        assert stage.press("guest-1", verb, question_id=own.id, question="hva er totrinn?").notice
    assert len(stage.all(Suggestion)) == 5


def test_the_editors_get_the_words_that_the_asker_left_in_the_preview_and_are_warned_about(stage: Asking) -> None:
    stage.put(person("ed", "lillevik", Role.EDITOR))
    stage.means()
    question = stage.asks("når åpner kantina for Kari Nordmann som har kreft")
    slot = f"ask/{question.id}"
    stage.press("kari", "ask.to_editors", question_id=question.id)
    assert "helse" in stage.shown("kari", slot)
    warned = stage.press("kari", "ask.show_editors", question_id=question.id, question=question.utterance)
    assert stage.all(Suggestion) == [], "a warning is read first"
    assert not warned.notice
    [send, *_] = [action for to, at, action in stage.presses() if (to, at) == ("kari", slot)]
    assert (send["verb"], send["data"]["warned"]) == ("ask.show_editors", question.utterance)
    stage.press("kari", "ask.show_editors", question_id=question.id, question="når åpner kantina?")
    [gap] = stage.all(Suggestion)
    assert gap.question == "når åpner kantina?"
    assert "kreft" not in stage.shown("ed", f"suggestion/{gap.id}")


def test_words_that_the_asker_was_warned_about_are_sent_at_the_second_press(stage: Asking) -> None:
    stage.put(person("ed", "lillevik", Role.EDITOR))
    question = stage.asks("når åpner kantina for Kari Nordmann som har kreft")
    words = question.utterance
    stage.press("kari", "ask.show_editors", question_id=question.id, question=words, warned="noe annet")
    assert stage.all(Suggestion) == []
    stage.press("kari", "ask.show_editors", question_id=question.id, question=words, warned=words)
    assert [each.question for each in stage.all(Suggestion)] == [words]


def test_a_question_without_an_answer_that_is_kept_from_the_editors_is_offered_a_colleague_again(
    stage: Asking,
) -> None:
    stage.means()
    question = stage.asks("når åpner kantina på rådhuset?")
    before = stage.shown("kari", f"ask/{question.id}")
    stage.press("kari", "ask.to_editors", question_id=question.id)
    assert question.utterance in str(stage.posts["kari", f"ask/{question.id}"].card)
    stage.press("kari", "ask.keep_from_editors", question_id=question.id)
    assert stage.shown("kari", f"ask/{question.id}") == before
    assert stage.buttons("kari", f"ask/{question.id}") == ["handoff.start", "ask.to_editors"]


def test_an_asker_who_keeps_the_question_gets_the_ways_on_again(stage: Asking) -> None:
    stage.means("mfa")
    question = stage.asks("hva er totrinn?")
    stage.press("kari", "ask.not_helped", question_id=question.id)
    before = stage.shown("kari", f"ask/{question.id}")
    stage.press("kari", "ask.to_editors", question_id=question.id)
    assert stage.press("kari", "ask.show_editors", question_id=question.id, question=" ").notice
    stage.press("kari", "ask.keep_from_editors", question_id=question.id)
    assert stage.shown("kari", f"ask/{question.id}") == before
    assert (stage.all(Suggestion), stage.questions()[0].for_editors) == ([], False)


def test_an_article_may_have_a_button_if_its_action_is_a_command(stage: Asking) -> None:
    own = replace(ARTICLE, button=ArticleButton(title="Søk nå", action="ambassador.apply"))
    stage.content = replace(
        stage.content,
        articles=ArticleBook.from_articles([own, OTHER]),
        commands={"bli ambassadør": "ambassador.apply"},
    )
    question = stage.asks("hva er totrinn?")
    assert stage.buttons("kari", f"ask/{question.id}")[-1] == "ambassador.apply"
    stage.content = replace(stage.content, commands={})
    question = stage.asks("hva er totrinn?")
    assert "ambassador.apply" not in stage.buttons("kari", f"ask/{question.id}")


def test_the_language_follows_what_is_written_until_one_is_chosen(stage: Asking) -> None:
    stage.means("mfa", language=Language.EN)
    assert stage.asks("what is this?").language is Language.EN
    assert stage.get(Person, "kari").language is Language.NB, "one short message changes nothing"
    stage.asks("Teams")
    assert stage.get(Person, "kari").language is Language.NB
    stage.asks("where are my files?")
    assert stage.get(Person, "kari").language is Language.EN
    stage.put(replace(stage.get(Person, "kari"), language=Language.NN, language_chosen=True))
    stage.asks("what is this?")
    assert stage.get(Person, "kari").language is Language.NN


@pytest.mark.parametrize(
    ("words", "answered"),
    [("og på mobil?", Language.NN), ("hvordan gjør jeg det", Language.NB), ("and on my phone?", Language.EN)],
)
def test_what_both_norwegians_write_alike_is_answered_as_before(stage: Asking, words: str, answered: Language) -> None:
    stage.put(replace(stage.get(Person, "kari"), language=Language.NN))
    stage.means("mfa", language=Language(identify(words)))
    assert stage.asks(words).language is answered
    assert stage.get(Person, "kari").language is Language.NN
    stage.asks(words)
    assert stage.get(Person, "kari").language is answered


def test_a_clear_message_is_remembered_as_the_language_of_the_conversation(stage: Asking) -> None:
    stage.put(Session(id="kari", heard=Language.NN, changed_at=TUESDAY))
    stage.now += timedelta(minutes=5)
    stage.asks("where are my files?")
    session = stage.get(Session, "kari")
    assert (session.heard, session.changed_at) == (Language.EN, stage.now)
    stage.asks("Teams")
    assert stage.questions()[-1].language is Language.EN
    stage.means(talk=SmallTalk.OK)
    stage.say("kari", "ok")
    assert CATALOGUE[Language.EN]("ask.small_talk.ok") in stage.shown("kari", stage.slots("kari")[-1])


@pytest.mark.parametrize(("person_id", "chosen", "spoken"), [("kari", True, Language.EN), ("kari", False, Language.NN)])
def test_a_press_is_answered_in_the_chosen_language_or_that_of_the_question(
    stage: Asking, person_id: str, chosen: bool, spoken: Language
) -> None:
    question = stage.asks("hva er totrinn?")
    stage.put(replace(question, language=Language.NN))
    stage.put(replace(stage.get(Person, person_id), language=Language.EN, language_chosen=chosen))
    slot = f"ask/{question.id}"
    stage.press(person_id, "ask.not_helped", slot=slot, question_id=question.id)
    assert CATALOGUE[spoken]("ask.thanks_not_helped") in stage.shown(person_id, slot)
    assert stage.posts[person_id, slot].language is spoken


def test_an_answer_that_is_in_one_language_only_keeps_it_after_a_press(stage: Asking) -> None:
    stage.put(replace(stage.get(Person, "kari"), language=Language.EN, language_chosen=True))
    question = stage.asks("what is this?")
    slot = f"ask/{question.id}"
    assert (question.language, stage.posts["kari", slot].language) == (Language.EN, ARTICLE.language)
    stage.means("mfa", "print", precision=0.5)
    listed = stage.asks("what is that?")
    stage.press("kari", "ask.pick", slot=slot, question_id=listed.id, article_id="mfa")
    assert stage.posts["kari", slot].language is ARTICLE.language


def test_a_question_is_found_by_its_month(stage: Asking) -> None:
    question = stage.asks("hva er totrinn?")
    assert month_term(question.asked_at) in set(question.terms())


def test_help_offers_what_one_can_ask(stage: Asking) -> None:
    stage.press("kari", "ask.suggest")
    assert stage.shown("kari", stage.slots("kari")[0]) == stage.texts("kari")("ask.help")


@pytest.mark.parametrize(
    ("role", "told"),
    [
        (Role.AMBASSADOR, "ask.help.ambassador"),
        (Role.ANNOUNCER, "ask.help.announcer"),
        (Role.EDITOR, "ask.help.editor"),
        (Role.CONTACT, "ask.help.decider"),
        (Role.ADMIN, "ask.help.decider"),
        (Role.LEADER, "ask.help.leader"),
        (Role.TEACHER, "ask.help.teacher"),
        (Role.REVIEWER, "ask.help.reviewer"),
        (Role.DPO, "ask.help.officer"),
    ],
)
def test_help_names_what_a_role_may_do_besides(stage: Asking, role: Role, told: str) -> None:
    stage.put(replace(person("kari", "nord"), roles=frozenset({Role.EMPLOYEE, role})))
    stage.press("kari", "ask.suggest")
    texts = stage.texts("kari")
    numbers = [texts("ask.help.statistics")] if role in STATISTICS_ROLES else []
    assert stage.shown("kari", stage.slots("kari")[0]) == "\n\n".join([texts("ask.help"), texts(told), *numbers])


@pytest.mark.parametrize(
    ("reads", "word", "answered"),
    [
        (Language.EN, "takk", Language.NB),
        (Language.NN, "takk", Language.NN),
        (Language.NB, "bye", Language.EN),
        (Language.EN, "ok", Language.EN),
    ],
)
def test_a_word_of_courtesy_is_answered_in_its_own_language(
    stage: Asking, reads: Language, word: str, answered: Language
) -> None:
    stage.put(replace(stage.get(Person, "kari"), language=reads))
    stage.means(talk=SmallTalk.THANKS)
    stage.say("kari", word)
    assert CATALOGUE[answered]("ask.small_talk.thanks") in stage.shown("kari", stage.slots("kari")[0])
    assert stage.get(Person, "kari").language is reads, "one word is too short to learn from"
    stage.put(replace(stage.get(Person, "kari"), language_chosen=True))
    stage.say("kari", word)
    assert CATALOGUE[reads]("ask.small_talk.thanks") in stage.shown("kari", stage.slots("kari")[1])
