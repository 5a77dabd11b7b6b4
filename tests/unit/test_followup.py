"""What was answered last helps an utterance that leans on it, and is never given again for that reason alone."""

import numpy as np
import pytest

from knowledge.matching.followup import asks_back, depends_on_previous, may_continue, says_still, sets_condition
from knowledge.matching.kept_vector import pack_vector
from knowledge.matching.match import Asked, Phrasing
from knowledge.matching.matcher import Matcher
from knowledge.matching.policy import OutcomeKind, Policy
from tests.learned import sample_matcher
from tests.unit.knowledge.fakes import LetterEncoder


@pytest.mark.parametrize(
    "utterance", ["og på mobil?", "teams", "kan det vente?", "kaffemaskinen brummer så rart", "hvem sletter det nå"]
)
def test_short_utterances_that_point_back_lean_on_the_last(utterance: str) -> None:
    assert depends_on_previous(utterance)


@pytest.mark.parametrize(
    "utterance",
    [
        "hvordan bytter jeg passord",
        "",
        "kan det være at skriveren i andre etasje er tom",
        "hvem sletter det gamle fellesområdet",
    ],
)
def test_what_says_itself_what_it_is_about_leans_on_nothing(utterance: str) -> None:
    assert not depends_on_previous(utterance)


@pytest.mark.parametrize("utterance", ["kaffemaskinen på hjørnet brummer så rart", "det snør", "lunsj"])
def test_what_heia_does_not_know_is_not_answered_with_the_last_answer(utterance: str) -> None:
    """An article's own phrasing, read before the utterance, would match the article again whatever followed."""
    outcome = Policy().outcome(sample_matcher().match(utterance, previous=("rollout-when",)))
    assert (outcome.kind, outcome.article_id) != (OutcomeKind.ANSWER, "rollout-when")


@pytest.mark.parametrize("utterance", ["teams", "hvem bestemmer det?", "og hvis jeg har glemt det?"])
def test_what_is_understood_alone_is_understood_no_less_after_another_answer(utterance: str) -> None:
    alone = sample_matcher().match(utterance)
    after = sample_matcher().match(utterance, previous=("password-change",))
    assert after.candidates[0].confidence >= alone.candidates[0].confidence


@pytest.mark.parametrize(
    "utterance",
    ["den i fjerde etasje", "hva om jeg ikke har en", "ka med de på natta", "å vess ho e borte", "uten bilde?",
     "same for my mother tongue?", "hva mener du med tannhjulet",
     "og hvordan får jeg det tilbake når jeg er hjemme igjen"],
)  # fmt: skip
def test_more_may_continue_a_turn_than_depend_on_it(utterance: str) -> None:
    assert may_continue(utterance)


@pytest.mark.parametrize(
    "utterance", ["", "hvordan bytter jeg passord", "kan det være at skriveren i andre etasje er tom"]
)
def test_a_whole_question_continues_nothing(utterance: str) -> None:
    assert not may_continue(utterance)


def test_a_follow_up_that_is_not_understood_alone_is_about_the_article_before() -> None:
    outcome = Policy().outcome(sample_matcher().match("men gjelder det de på natta og", previous=("print-stuck",)))
    assert outcome.continues
    assert "print-stuck" in {each.article_id for each in outcome.candidates[:2]}


def test_a_clause_is_matched_with_the_one_before_it_and_the_whole_message_is_not() -> None:
    said = "fikk en sms om en pakke, er dette ekte?"
    whole, first, second = sample_matcher().match_each([said, "fikk en sms om en pakke", "er dette ekte"])
    assert (whole.continued, first.continued) == ((), ())
    assert second.continued[0].article_id == "sms-scam"
    assert not second.follows


def test_independent_texts_are_each_read_alone() -> None:
    titles = ("skriveren virker ikke", "fikk en sms om en pakke", "er dette ekte")
    assert sample_matcher().match_each(titles)[2].continued
    read = sample_matcher().match_each(titles, independent=True)
    assert read == tuple(sample_matcher().match(title) for title in titles)
    assert [match.continued for match in read] == [(), (), ()]


def test_the_question_before_stands_for_a_follow_up_better_than_a_title() -> None:
    asked = "hvordan slår jeg av varsler i Teams på kvelden"
    match = sample_matcher().match("og på mobil?", previous=("teams-notifications",), asked_before=Asked(text=asked))
    assert match.follows == "teams-notifications"
    assert match.continued[0].article_id == "teams-notifications"
    by_title = sample_matcher().match("og på mobil?", previous=("teams-notifications",))
    assert by_title.continued != match.continued


def test_what_follows_a_question_without_an_answer_is_read_with_that() -> None:
    asked = "skriveren virker ikke"
    reply = sample_matcher().match("og på nettbrettet", asked_before=Asked(text=asked))
    assert (reply.follows, reply.later) == ("", True)
    assert "print-stuck" in {candidate.article_id for candidate in reply.continued}
    clause = sample_matcher().match("og på nettbrettet", asked_before=Asked(text=asked), in_conversation=False)
    assert (clause.continued, clause.later) == ((), False)


def test_one_word_is_read_with_a_question_without_an_answer_and_not_with_an_answer() -> None:
    asked = "skriveren virker ikke"
    assert sample_matcher().match("nettbrett", asked_before=Asked(text=asked)).continued
    assert not sample_matcher().match("nettbrett", previous=("print-stuck",), asked_before=Asked(text=asked)).continued


@pytest.mark.parametrize(
    ("utterance", "sets"),
    [
        ("hva om jeg fjerner alle navn?", True),
        ("og hvis jeg bare vil dele med en person", True),
        ("bærre te å si at turen e avlyst", True),
        ("if I remove all names?", True),
        ("kan jeg slette dem hvis jeg vil", False),
        ("hva med mobilen", False),
    ],
)
def test_a_condition_of_what_was_said_before_is_known_by_how_it_begins(utterance: str, sets: bool) -> None:
    assert sets_condition(utterance) is sets


@pytest.mark.parametrize(
    ("utterance", "asks"),
    [
        ("Hva mener du med tannhjulet?", True),
        ("hva mener du?", True),
        ("what do you mean by cogwheel", True),
        ("hva mener du om valget", False),
        ("hva mener du medisinen koster", False),
    ],
)
def test_who_asks_what_was_meant_asks_for_no_opinion(utterance: str, asks: bool) -> None:
    assert asks_back(utterance) is asks


@pytest.mark.parametrize(
    ("utterance", "earlier", "follows"),
    [
        ("men tilbake til skriveren, papiret sitter fast", "print-stuck", "print-stuck"),
        ("ok men skannede dokumenter, hvor havner de", "scan-document", "scan-document"),
        ("ok men skannede dokumenter, hvor havner de", "print-stuck", "rollout-when"),
        ("når da?", "print-stuck", "rollout-when"),
    ],
)
def test_an_utterance_goes_back_to_an_earlier_article_that_its_words_are_near_to(
    utterance: str, earlier: str, follows: str
) -> None:
    match = sample_matcher().match(
        utterance, previous=("rollout-when", earlier), asked_before=Asked(text="når kommer teams")
    )
    assert match.follows == follows


def test_one_that_goes_back_is_not_read_with_the_question_about_something_else() -> None:
    said, previous = "men tilbake til skriveren, papiret sitter fast", ("rollout-when", "print-stuck")
    back = sample_matcher().match(said, previous=previous, asked_before=Asked(text="når kommer teams"))
    assert back.continued == sample_matcher().match(said, previous=("print-stuck",)).continued


@pytest.mark.parametrize(
    ("utterance", "still"),
    [
        ("fungerer fortsat ikke", True),
        ("like treg", True),
        ("stil the same mesage", True),
        ("no er det omstarta, hjelper ikkje", True),
        ("har tømt cache som du skreiv. hvit", True),
        ("samme", True),
        ("samme for lærlinger?", False),
        ("samme for lærlinger", False),
        ("har du eit nummer eg kan ringje", False),
        ("nei jeg har ikke trykka på noe", False),
        ("hvorfor virker det ikke", False),
        ("ja, jeg har byttet nummer i sommer", False),
    ],
)
def test_what_was_advised_and_has_changed_nothing_is_told_from_a_question(utterance: str, still: bool) -> None:
    assert says_still(utterance) is still


def read_by(encoder: LetterEncoder) -> Matcher:
    """Return a matcher of two articles that asks the encoder."""
    said = {
        "print-stuck": ("skriveren virker ikke", "utskriften sitter fast", "printer is stuck", "skriveren er død"),
        "teams": ("teams henger", "lyden er borte i teams", "teams does not start", "teams på mobil"),
    }
    phrasings = [
        Phrasing(article_id=article_id, language="nb", text=text)
        for article_id, texts in said.items()
        for text in texts
    ]
    return Matcher.build(phrasings, encoder=encoder)


def test_what_follows_is_read_once_with_the_vector_of_the_question_before() -> None:
    encoder = LetterEncoder()
    matcher = read_by(encoder)
    before = matcher.match("skriveren virker ikke i dag")
    encoder.asked.clear()
    asked = Asked(text=before.utterance, vectors=(before.vector,))
    match = matcher.match("og på mobil?", previous=("print-stuck",), asked_before=asked)
    assert {candidate.article_id for candidate in match.continued} == {"print-stuck", "teams"}
    assert len(encoder.asked) == 1
    foreign = Asked(text=before.utterance, vectors=(pack_vector(np.ones(64, dtype=np.float32), encoder="another"),))
    matcher.match("og på mobil?", previous=("print-stuck",), asked_before=foreign)
    assert len(encoder.asked) == 3, "a vector of another encoder is none"


def test_each_clause_of_a_message_is_read_once_though_it_is_compared_with_the_one_before() -> None:
    encoder = LetterEncoder()
    matcher = read_by(encoder)
    encoder.asked.clear()
    clauses = ("skriveren virker ikke", "og på mobil?", "og det på pc?")
    *_, last = matcher.match_each((". ".join(clauses), *clauses))
    assert last.continued
    assert len(encoder.asked) == len(clauses) + 1
