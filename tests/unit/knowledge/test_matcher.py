import numpy as np
import pytest

from knowledge.language.smalltalk import SmallTalk
from knowledge.matching.kept_vector import same_encoder, unpack_vectors
from knowledge.matching.matcher import Matcher, Phrasing
from knowledge.matching.policy import OutcomeKind, Policy
from tests.unit.knowledge.fakes import LetterEncoder

ENTRIES = {
    "when": ["Når får vi Teams?", "når kommer teams", "hvilken dato starter utrullingen", "when do we get Teams"],
    "password": ["Hvordan bytter jeg passord?", "glemt passordet", "nytt passord", "reset my password"],
    "ambassador": [
        "Hvem er min ambassadør?",
        "hvem kan hjelpe meg på kontoret",
        "finn ambassadør",
        "who is my ambassador",
    ],
    "mobile": ["Teams på mobilen", "installere teams på telefonen", "teams-app på iphone", "Teams on my phone"],
}
PHRASINGS = [
    Phrasing(article_id=article, language="nb", text=text) for article, texts in ENTRIES.items() for text in texts
]


@pytest.fixture(scope="module", params=["lexical", "encoder"])
def matcher(request: pytest.FixtureRequest) -> Matcher:
    return Matcher.build(PHRASINGS, encoder=LetterEncoder() if request.param == "encoder" else None)


def best(matcher: Matcher, text: str, previous: str | None = None) -> str:
    return matcher.match(text, previous=(previous,) if previous else ()).candidates[0].article_id


@pytest.mark.parametrize(
    ("article", "text"),
    [
        ("when", "nor for me tims"),
        ("when", "når kjem teams"),
        ("password", "korleis byter eg passord"),
        ("password", "hvordan bytter jeg passrod"),
        ("password", "koss bytte æ passord"),
        ("ambassador", "kven er ambassadoren min"),
        ("ambassador", "hvem er min ambasadør"),
        ("mobile", "kan eg ha teams på mobiltelefonen"),
        ("mobile", "installing teams on a smartphone"),
    ],
)
def test_dialect_errors_folded_letters_and_english_are_understood(matcher: Matcher, article: str, text: str) -> None:
    assert best(matcher, text) == article


def test_confidences_fall_and_sum_to_one_at_most(matcher: Matcher) -> None:
    for text in ("teams", "passord", "hva koster melken", "når får vi teams"):
        sure = [candidate.confidence for candidate in matcher.match(text).candidates]
        assert sure == sorted(sure, reverse=True)
        assert 0 <= sum(sure) <= 1 + 1e-9


def test_a_phrasing_is_answered_and_a_question_from_elsewhere_is_not(matcher: Matcher) -> None:
    known, unknown = matcher.match("Hvordan bytter jeg passord?"), matcher.match("hvor høyt er Mount Everest")
    assert known.candidates[0].confidence > 1.5 * unknown.candidates[0].confidence
    assert Policy().outcome(known).kind is OutcomeKind.ANSWER
    assert Policy().outcome(unknown).kind is not OutcomeKind.ANSWER


@pytest.mark.parametrize("text", ["NÅR FÅR VI TEAMS???", "når får vi teams"])
def test_a_phrasing_in_other_capitals_is_answered_as_surely(matcher: Matcher, text: str) -> None:
    shouted, said = matcher.match(text).candidates[0], matcher.match("Når får vi Teams?").candidates[0]
    assert shouted.article_id == said.article_id == "when"
    assert min(shouted.confidence, said.confidence) >= 0.97


def test_shouting_is_read_by_the_encoder_in_small_letters() -> None:
    encoder = LetterEncoder()
    matcher = Matcher.build(PHRASINGS, encoder=encoder)
    matcher.match("HVORFOR FÅR JEG IKKE NYTT PASSORD NÅ")
    assert encoder.asked[-1] == "hvorfor får jeg ikke nytt passord nå"
    matcher.match("MFA")
    assert encoder.asked[-1] == "MFA"


def test_a_follow_up_is_read_with_the_article_before(matcher: Matcher) -> None:
    assert best(matcher, "og på mobil?", "when") == "mobile"
    assert best(matcher, "og når da?", "when") == "when"


def test_a_question_that_stands_alone_ignores_the_article_before(matcher: Matcher) -> None:
    alone = "hvordan bytter jeg passord på jobb-PC-en"
    assert matcher.match(alone, previous=("mobile",)) == matcher.match(alone)


def test_an_unknown_article_before_changes_nothing(matcher: Matcher) -> None:
    assert matcher.match("og på mobil?", previous=("gone",)) == matcher.match("og på mobil?")


def test_small_talk_finds_no_article_unless_one_is_about_it(matcher: Matcher) -> None:
    assert matcher.match("hei").small_talk is SmallTalk.GREETING
    about = Matcher.build([*PHRASINGS, Phrasing(article_id="me", language="nb", text="hvem er du")])
    match = about.match("hvem er du?")
    assert match.small_talk is None
    assert match.candidates[0].article_id == "me"


def test_an_index_without_phrasings_hands_over() -> None:
    match = Matcher.build([]).match("når får vi Teams?")
    assert match.candidates == ()
    assert Policy().outcome(match).kind is OutcomeKind.HAND_OVER


def test_one_article_with_one_phrasing_is_an_index_too() -> None:
    only = Matcher.build(
        [Phrasing(article_id="when", language="nb", text="Når får vi Teams?")], encoder=LetterEncoder()
    )
    assert best(only, "når får vi Teams") == "when"


def test_a_restart_learns_and_encodes_nothing_again(matcher: Matcher) -> None:
    before = Matcher.build(PHRASINGS, encoder=LetterEncoder())
    encoder = LetterEncoder()
    again = Matcher.build(PHRASINGS, encoder=encoder, known=before.learned)
    assert encoder.asked == []
    assert again.match("når kommer teams") == before.match("når kommer teams")
    assert again.index.fresh == frozenset()


def test_an_edit_encodes_its_own_phrasings_only() -> None:
    before = Matcher.build(PHRASINGS, encoder=LetterEncoder())
    encoder = LetterEncoder()
    edited = [*PHRASINGS, Phrasing(article_id="parking", language="nb", text="Hvor parkerer jeg?")]
    after = Matcher.build(edited, encoder=encoder, known=before.learned)
    assert "Hvor parkerer jeg?" in encoder.asked
    assert not set(encoder.asked) & {p.text for p in PHRASINGS}
    assert best(after, "hvor kan jeg parkere") == "parking"


@pytest.mark.full
def test_what_was_learned_by_words_does_not_blind_the_encoder() -> None:
    lexical = Matcher.build(PHRASINGS)
    fresh = Matcher.build(PHRASINGS, encoder=LetterEncoder())
    after = Matcher.build(PHRASINGS, encoder=LetterEncoder(), known=lexical.learned)
    assert after.match("nytt passord") == fresh.match("nytt passord")


def test_the_order_of_phrasings_does_not_matter() -> None:
    one, other = Matcher.build(PHRASINGS), Matcher.build(PHRASINGS[::-1])
    first, second = one.match("glemte passord"), other.match("glemte passord")
    assert first.candidates[0].article_id == second.candidates[0].article_id
    assert np.isclose(first.candidates[0].confidence, second.candidates[0].confidence, atol=0.02)


def test_an_explanation_names_phrasing_repair_and_parts(matcher: Matcher) -> None:
    why = matcher.explain("hvordan bytter jeg passrod")
    assert why.match == matcher.match("hvordan bytter jeg passrod")
    assert why.phrasing == "Hvordan bytter jeg passord?"
    assert ("passrod", "passord") in why.repaired
    assert {name for name, _ in why.parts} >= {"share", "lead", "share by letters"}


def test_an_explanation_of_a_single_word_tells_whose_word_it_is(matcher: Matcher) -> None:
    assert "share of the word" in {name for name, _ in matcher.explain("teams").parts}
    assert "share of the word" not in {name for name, _ in matcher.explain("når kommer teams").parts}


def test_small_talk_explains_itself_by_having_no_parts(matcher: Matcher) -> None:
    assert matcher.explain("hei").parts == ()


def test_phrasings_laid_beside_are_known_at_once_and_the_index_learns_nothing_of_them(matcher: Matcher) -> None:
    asked = "dingsen på veggen snurrer og piper"
    utterances = [asked, *(phrasing.text for phrasing in PHRASINGS), "hvor høyt er Mount Everest"]
    before = [matcher.match(text) for text in utterances]
    own = [
        Phrasing(article_id="mobile", language="nb", text=asked),
        Phrasing(article_id="gone", language="nb", text="x"),
    ]
    beside = matcher.with_overlay(own)
    assert [matcher.match(text) for text in utterances] == before
    first = beside.match("dingsen på veggen snurer og piper").candidates[0]
    assert first.article_id == "mobile"
    assert first.confidence > max(candidate.confidence for candidate in before[0].candidates)
    assert beside.explain(asked).phrasing == asked
    for text, was in zip(utterances[1:], before[1:], strict=True):
        assert [c.article_id for c in beside.match(text).candidates][:1] == [c.article_id for c in was.candidates][:1]


def test_a_phrasing_laid_beside_is_answered_as_surely_as_one_that_was_learned(matcher: Matcher) -> None:
    asked = "dingsen på veggen snurrer og piper"
    beside = matcher.with_overlay([Phrasing(article_id="mobile", language="nb", text=asked)])
    assert Policy().outcome(beside.match(asked)).kind is OutcomeKind.ANSWER


def test_a_phrasing_laid_beside_does_not_draw_a_long_question_that_shares_its_common_words(matcher: Matcher) -> None:
    beside = matcher.with_overlay(
        [Phrasing(article_id="mobile", language="nb", text="hvordan leier jeg en kajakk på jobben")]
    )
    assert best(beside, "hvordan bytter jeg passord på jobben") == "password"


def test_a_question_about_a_word_that_no_article_has_is_new_until_one_has_it() -> None:
    things = ("teams", "outlook", "citrix", "skjermen", "passordet", "telefonen", "møtet", "kurset")
    phrasings = [
        Phrasing(article_id=thing, language="nb", text=text)
        for thing in things
        for text in (f"når kommer {thing}", f"vet noen når {thing} kommer")
    ]
    built = Matcher.build(phrasings)
    restarted = Matcher.build(phrasings, known=built.learned)
    for each in (built, restarted):
        assert each.match("når kommer bussen").new
        assert not each.match("når kommer outlook").new
    beside = built.with_overlay([Phrasing(article_id="møtet", language="nb", text="er bussen til møtet bestilt")])
    assert not beside.match("når kommer bussen").new


def test_a_match_hands_on_the_vector_of_its_utterance() -> None:
    by_meaning = Matcher.build(PHRASINGS, encoder=LetterEncoder())
    for text in ("glemt passordet", "glemt passordet igjen"):
        packed = by_meaning.match(text).vector
        assert same_encoder(packed, "letters")
        assert not same_encoder(packed, "another")
        assert float(unpack_vectors([packed])[0] @ LetterEncoder().encode([text])[0]) > 0.999
    assert Matcher.build(PHRASINGS).match("glemt passordet igjen").vector == b""


def test_a_phrasing_that_reads_as_another_of_its_article_is_learned_once() -> None:
    said = [
        Phrasing(article_id="a", language="nb", text="Hvordan bytter jeg passord?"),
        Phrasing(article_id="a", language="nn", text="Korleis byter eg passord"),
        Phrasing(article_id="a", language="en", text="change password"),
        Phrasing(article_id="b", language="nb", text="hvordan bytter jeg passord"),
    ]
    parts = Matcher.build(said).learned.parts
    assert [parts[article].phrasings.tolist() for article in ("a", "b")] == [[0, 2], [0]]
