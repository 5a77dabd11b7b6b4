"""What readers write after "ask about this", understood by the real matcher on the real articles."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from dialogs.ambassadors.feature import TIMERS as AMBASSADOR_TIMERS
from dialogs.announce.model import Announcement
from dialogs.announce.reader import ABOUT_FOR
from dialogs.ask.flow import VERBS as ASK_VERBS
from dialogs.core.question import Question
from dialogs.handoff.feature import TIMERS as HANDOFF_TIMERS
from dialogs.handoff.feature import VERBS as HANDOFF_VERBS
from knowledge.article.article import ArticleBook
from knowledge.matching.matcher import Match
from knowledge.matching.policy import OutcomeKind
from knowledge.software.program import Program
from knowledge.software.register import Register
from tests.learned import sample_content, sample_matcher
from tests.unit.announce.town import Town
from tests.unit.handoff.scene import ambassador, enlist

TITLE, BODY = "Teams er nede", "Vi jobber med saken."


class Replying(Town):
    """A town that knows the real articles, with an announcement about Teams that Nils is asking about."""

    def __init__(self) -> None:
        super().__init__()
        self._verbs = {**self._verbs, **ASK_VERBS, **HANDOFF_VERBS}
        self._timer_verbs = {**self._timer_verbs, **HANDOFF_TIMERS, **AMBASSADOR_TIMERS}
        self.content = replace(self.content, articles=sample_content().articles)
        enlist(self, ambassador("ana", "nord"))
        self.sent = self.send()
        self.press("nils", "announce.ask", slot=self.sent.slot, announcement_id=self.sent.id)

    def _understand(self, utterance: str, previous: Sequence[str]) -> Match:
        return sample_matcher().match(utterance, previous=previous)

    def asks(self, utterance: str) -> Question:
        """Let Nils write, and return the question that was made of it."""
        before = {each.id for each in self.all(Question)}
        self.say("nils", utterance)
        [question] = [each for each in self.all(Question) if each.id not in before]
        assert isinstance(question, Question)
        return question

    def buttons_of(self, question: Question) -> list[str]:
        return self.buttons("nils", f"ask/{question.id}")


@pytest.fixture
def town() -> Replying:
    return Replying()


@pytest.mark.parametrize(
    "utterance",
    [
        "når er det oppe?",
        "gjelder dette skolene?",
        "hvor lenge varer det?",
        "og på mobil?",
        "hvorfor?",
        "hvem bestemmer det?",
        "må jeg gjøre noe?",
        "når kjem det opp att?",
        "when will it be back?",
    ],
)
@pytest.mark.full
def test_a_short_reply_is_a_question_about_the_announcement(town: Replying, utterance: str) -> None:
    question = town.asks(utterance)
    assert question.announcement_id == town.sent.id
    assert question.outcome is OutcomeKind.HAND_OVER
    assert town.buttons_of(question) == ["handoff.start", "ask.other"]
    assert TITLE in town.shown("nils", f"ask/{question.id}")


@pytest.mark.parametrize("utterance", ["når kommer det?", "hvem bestemmer det?"])
def test_the_same_words_mean_an_article_where_nothing_was_announced(town: Replying, utterance: str) -> None:
    town.say("siri", utterance)
    [question] = town.all(Question)
    assert question.announcement_id is None
    assert "ask.other" not in town.buttons("siri", f"ask/{question.id}")
    assert question.candidates


def test_what_an_article_is_surely_about_is_answered_and_what_follows_is_about_the_article(town: Replying) -> None:
    first = town.asks("hvordan bytter jeg passord?")
    assert (first.article_id, first.announcement_id) == ("password-change", town.sent.id)
    second = town.asks("og hvis jeg har glemt det?")
    assert second.announcement_id is None
    assert "password-forgotten" in second.candidates[:2]


def test_a_second_reply_is_about_the_announcement_too(town: Replying) -> None:
    town.asks("når er det oppe?")
    town.now += ABOUT_FOR
    assert town.asks("gjelder det skolene også?").announcement_id == town.sent.id


def test_after_a_while_or_a_recall_words_are_about_nothing_announced(town: Replying) -> None:
    town.act("announce.recalled", town.sent)
    assert town.asks("når er det oppe?").announcement_id is None
    town = Replying()
    town.now += ABOUT_FOR + timedelta(seconds=1)
    assert town.asks("når er det oppe?").announcement_id is None


def test_a_program_named_in_a_reply_does_not_lead_away_from_the_announcement(town: Replying) -> None:
    programs = [Program(id="tegnefant", name="Tegnefant")]
    town.content = replace(town.content, register=Register.from_files(programs), actions=sample_content().actions)
    question = town.asks("må vi ha Tegnefant nå?")
    assert question.announcement_id == town.sent.id
    assert town.buttons_of(question) == ["handoff.start", "ask.other"]


def test_who_meant_something_else_is_asked_back_and_no_longer_counted(town: Replying) -> None:
    question = town.asks("må jeg gjøre noe nå?")
    slot = f"ask/{question.id}"
    town.press("nils", "ask.other", slot=slot, question_id=question.id)
    assert "ask.pick" in town.buttons("nils", slot)
    kept = town.get(Question, question.id)
    assert (kept.announcement_id, kept.outcome) == (None, OutcomeKind.CLARIFY)
    assert kept.choices == kept.candidates
    assert town.press("nils", "ask.other", slot=slot, question_id=question.id).notice, "the old card does nothing"
    assert town.asks("hvorfor?").announcement_id is None


def test_who_meant_something_else_that_no_article_is_about_is_offered_a_colleague(town: Replying) -> None:
    question = town.asks("må jeg gjøre noe nå?")
    town.content = replace(town.content, articles=ArticleBook.from_articles([]))
    town.press("nils", "ask.other", slot=f"ask/{question.id}", question_id=question.id)
    kept = town.get(Question, question.id)
    assert (kept.outcome, kept.choices) == (OutcomeKind.HAND_OVER, ())
    assert town.buttons_of(question)[:1] == ["handoff.start"]
    assert "ask.other" not in town.buttons_of(question)


def test_nobody_can_free_a_question_of_somebody_else(town: Replying) -> None:
    question = town.asks("og på mobil?")
    outcome = town.press("siri", "ask.other", question_id=question.id)
    assert outcome.notice
    assert town.get(Question, question.id) == question


def test_the_asker_sees_that_the_announcement_goes_along_and_the_colleague_reads_it(town: Replying) -> None:
    question = town.asks("når er det oppe?")
    town.press("nils", "handoff.start", question_id=question.id)
    [slot] = town.slots("nils", "handoff/")
    assert TITLE in town.shown("nils", slot)
    town.press("nils", "handoff.send", handoff_id=slot.split("/")[1], question="når er det oppe?")
    [offer] = town.slots("ana", "handoff/")
    assert TITLE in town.shown("ana", offer)
    assert BODY in town.shown("ana", offer)


def test_a_question_about_nothing_announced_shows_no_announcement(town: Replying) -> None:
    town.press("nils", "handoff.start")
    [slot] = town.slots("nils", "handoff/")
    town.press("nils", "handoff.send", handoff_id=slot.split("/")[1], question="når er det oppe?")
    [offer] = town.slots("ana", "handoff/")
    assert TITLE not in town.shown("ana", offer)


def test_the_report_counts_the_replies(town: Replying) -> None:
    sent: Announcement = town.sent
    town.asks("når er det oppe?")
    town.act("announce.refresh", sent)
    assert town.texts("anja")("announce.number.questions") in town.shown("anja", sent.desk)
