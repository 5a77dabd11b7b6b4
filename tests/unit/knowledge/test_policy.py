from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from knowledge.article.action import EntryKinds
from knowledge.matching.matcher import Candidate, Match
from knowledge.matching.policy import Outcome, OutcomeKind, Policy
from knowledge.matching.topic import TopicShares, topic_shares


def match(*confidences: float, precision: float) -> Match:
    candidates = tuple(Candidate(article_id=str(at), confidence=sure) for at, sure in enumerate(confidences))
    return Match(utterance="?", language="nb", small_talk=None, candidates=candidates, precision=precision)


def test_an_answer_is_given_when_enough_such_answers_are_right() -> None:
    sure = match(0.9, 0.05, precision=0.975)
    assert Policy(right_share=0.97).outcome(sure).article_id == "0"
    assert not Policy(right_share=0.97).outcome(sure).likely
    assert Policy(right_share=0.98).outcome(sure).likely


def test_no_single_answer_is_much_less_sure_than_answers_are_right() -> None:
    doubtful = match(0.7, 0.1, precision=0.99)
    assert Policy(right_share=0.97).outcome(doubtful).likely
    assert not Policy(right_share=0.95).outcome(doubtful).likely


@pytest.mark.parametrize(("share", "least"), [(0.99, 0.88), (0.98, 0.76), (0.97, 0.64), (0.95, 0.5), (0.5, 0.5)])
def test_a_likely_answer_is_given_with_the_next_choices_and_below_it_the_choices_alone(
    share: float, least: float
) -> None:
    policy = Policy(right_share=share)
    likely = policy.outcome(match(least + 0.001, 0.1, 0.05, precision=0.4))
    assert (likely.kind, likely.likely, likely.article_id) == (OutcomeKind.ANSWER, True, "0")
    assert [each.article_id for each in likely.candidates] == ["0", "1", "2"]
    assert policy.outcome(match(least - 0.001, 0.1, 0.05, precision=0.4)).kind is OutcomeKind.CLARIFY


def test_a_likely_answer_may_be_less_sure_where_confidence_was_learned_from_utterances() -> None:
    doubtful = match(0.55, 0.1, 0.05, precision=0.4)
    assert Policy().outcome(doubtful).kind is OutcomeKind.CLARIFY
    assert Policy().outcome(replace(doubtful, measured=True)).likely
    assert Policy().outcome(replace(match(0.49, 0.1, precision=0.4), measured=True)).kind is OutcomeKind.CLARIFY


def test_one_of_several_questions_gets_a_likely_answer_sooner() -> None:
    doubtful = replace(match(0.45, 0.1, precision=0.4), utterance="to ord", measured=True)
    assert Policy().outcome(doubtful).kind is OutcomeKind.CLARIFY
    assert Policy().outcome(doubtful, part=True).likely
    assert Policy().outcome(replace(doubtful, measured=False), part=True).kind is OutcomeKind.CLARIFY
    assert Policy(right_share=0.99).outcome(doubtful, part=True).kind is OutcomeKind.CLARIFY


def test_a_list_is_likelier_to_help_where_confidence_was_learned_from_utterances() -> None:
    guess = match(0.2, 0.15, 0.05, precision=0.4)
    assert Policy().outcome(guess).kind is OutcomeKind.CLARIFY
    assert Policy().outcome(replace(guess, measured=True)).kind is OutcomeKind.HAND_OVER
    assert Policy().outcome(replace(match(0.2, 0.16, 0.1, precision=0.4), measured=True)).kind is OutcomeKind.CLARIFY


def test_a_single_word_gets_a_likely_answer_only_if_it_is_hardly_shared() -> None:
    likely = match(0.65, 0.1, precision=0.9)
    assert Policy().outcome(replace(likely, utterance="to ord")).likely
    assert Policy().outcome(replace(likely, utterance="ett!")).kind is OutcomeKind.CLARIFY
    surer = match(0.76, 0.1, precision=0.9)
    assert Policy().outcome(replace(surer, utterance="ett!")).likely


def test_nothing_but_an_article_is_a_likely_answer() -> None:
    likely = match(0.65, 0.1, precision=0.9)
    assert Policy().outcome(likely).likely
    for kinds in (EntryKinds(acts=frozenset({"0"})), EntryKinds(outside=frozenset({"0"}))):
        assert not Policy().outcome(likely, kinds).likely


def test_what_asks_about_something_new_is_asked_back_about_however_near_it_comes() -> None:
    near = match(0.95, 0.02, precision=0.99)
    assert Policy().outcome(near).kind is OutcomeKind.ANSWER
    assert Policy().outcome(replace(near, new=True)).kind is OutcomeKind.CLARIFY


def test_asking_back_shows_as_many_as_the_setting_says() -> None:
    unsure = match(0.4, 0.3, 0.2, precision=0.8)
    assert len(Policy(ask_back=2).outcome(unsure).candidates) == 2
    assert len(Policy(ask_back=3).outcome(unsure).candidates) == 3


def test_asking_back_shows_two_and_of_the_others_those_that_may_be_meant() -> None:
    assert [one.article_id for one in Policy().outcome(match(0.5, 0.01, 0.01, precision=0.9)).candidates] == ["0", "1"]
    assert len(Policy().outcome(match(0.5, 0.04, 0.03, precision=0.9)).candidates) == 3


@pytest.mark.parametrize("ask_back", [0, 1])
def test_below_two_ways_nothing_is_asked_back(ask_back: int) -> None:
    assert Policy(ask_back=ask_back).outcome(match(0.5, 0.4, precision=0.8)).kind is OutcomeKind.HAND_OVER


def test_a_list_that_hardly_helps_is_not_shown() -> None:
    assert Policy().outcome(match(0.1, 0.05, 0.01, precision=0.3)).kind is OutcomeKind.HAND_OVER


@pytest.mark.parametrize("wrong", [{"right_share": 0.3}, {"right_share": 1.1}, {"ask_back": -1}])
def test_settings_outside_their_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must"):
        Policy(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(("confidence", "kind"), [(0.35, OutcomeKind.ANSWER), (0.2, OutcomeKind.CLARIFY)])
def test_an_emergency_wins_at_a_low_confidence(confidence: float, kind: OutcomeKind) -> None:
    kinds = EntryKinds(outside=frozenset({"1"}), urgent=frozenset({"1"}))
    outcome = Policy().outcome(match(0.55, confidence, 0.05, precision=0.8), kinds)
    assert outcome.kind is kind
    assert (outcome.article_id == "1") is (kind is OutcomeKind.ANSWER)


def _after(alone: Match, *continued: tuple[str, float]) -> Match:
    """Return a match after the answer "before", and what it may mean together with that question."""
    found = tuple(Candidate(article_id=id_, confidence=confidence) for id_, confidence in continued)
    return replace(alone, follows="before", continued=found, later=True)


def _ids(outcome: Outcome) -> list[str]:
    return [each.article_id for each in outcome.candidates]


def test_what_may_continue_a_turn_is_a_choice_with_its_article_unless_it_is_sure() -> None:
    together = (("before", 0.8), ("near", 0.1), ("far", 0.02))
    asked = Policy().outcome(_after(match(0.1, 0.05, 0.01, precision=0.3), *together))
    assert (asked.kind, asked.doubtful, _ids(asked)) == (OutcomeKind.CLARIFY, True, ["before", "near", "far"])
    # What the words alone say is a choice where they say something, also where they would be an answer alone.
    for alone in (0.35, 0.6):
        asked = Policy().outcome(_after(match(alone, 0.05, precision=0.5), *together))
        assert (asked.kind, _ids(asked)) == (OutcomeKind.CLARIFY, ["before", "near", "0"])
    assert Policy().outcome(_after(match(0.9, 0.05, precision=0.98), *together)).article_id == "0"


def test_another_article_that_a_question_and_its_follow_up_lead_to_is_the_answer() -> None:
    led = Policy().outcome(_after(match(0.2, 0.05, precision=0.3), ("near", 0.7), ("before", 0.2)))
    assert (led.kind, led.article_id, led.likely, _ids(led)) == (OutcomeKind.ANSWER, "near", True, ["near", "before"])
    acts = EntryKinds(acts=frozenset({"near"}))
    chosen = Policy().outcome(_after(match(0.2, 0.05, precision=0.3), ("near", 0.7), ("before", 0.2)), acts)
    assert (chosen.kind, _ids(chosen)) == (OutcomeKind.CLARIFY, ["before", "near", "0"])


@pytest.mark.parametrize("kind", ["unlisted", "outside", "urgent"])
def test_words_about_the_answer_an_emergency_and_what_is_outside_continue_nothing(kind: str) -> None:
    kinds = EntryKinds(acts=frozenset({"0"}) if kind == "unlisted" else frozenset(), **{kind: frozenset({"0"})})
    outcome = Policy().outcome(_after(match(0.65, 0.05, precision=0.7), ("before", 0.9), ("near", 0.1)), kinds)
    assert outcome.article_id == "0"
    unsure = Policy().outcome(_after(match(0.2, 0.05, precision=0.3), ("before", 0.9), ("near", 0.1)), kinds)
    assert unsure.kind is OutcomeKind.CLARIFY
    assert kind == "urgent" or "0" not in _ids(unsure)


def test_a_clause_is_read_with_the_clause_before_only_where_that_says_more() -> None:
    def clause(alone: Match, *continued: tuple[str, float]) -> Match:
        return replace(_after(alone, *continued), follows="", later=False)

    unsure = match(0.2, 0.05, precision=0.3)
    assert Policy().outcome(clause(unsure, ("near", 0.7), ("far", 0.2))).article_id == "near"
    assert Policy().outcome(clause(unsure, ("near", 0.4), ("far", 0.2))).article_id is None
    understood = match(0.66, 0.05, precision=0.7)
    assert Policy().outcome(clause(understood, ("near", 0.9))).article_id == "0"
    acts = EntryKinds(acts=frozenset({"0"}))
    assert Policy().outcome(clause(understood, ("near", 0.9)), acts).article_id == "near"
    assert Policy().outcome(clause(match(0.95, precision=0.98), ("near", 0.9)), acts).article_id == "0"


def test_who_asks_what_was_meant_is_asked_what_about_the_answer_before() -> None:
    kinds = EntryKinds(outside=frozenset({"0"}))
    unsure = _after(match(0.6, 0.05, precision=0.3), ("before", 0.8), ("near", 0.1))
    assert Policy().outcome(unsure, kinds).article_id == "0"
    asked = Policy().outcome(replace(unsure, utterance="Hva mener du med tannhjulet?"), kinds)
    assert (asked.kind, asked.continues, _ids(asked)) == (OutcomeKind.CLARIFY, True, ["before", "near"])
    with_encoder = Policy().outcome(replace(unsure, utterance="Hva mener du med tannhjulet?", measured=True), kinds)
    assert (with_encoder.kind, with_encoder.article_id) == (OutcomeKind.ANSWER, "before")


def test_a_follow_up_is_answered_from_the_article_before() -> None:
    unsure = _after(match(0.2, 0.05, precision=0.3), ("before", 0.8), ("near", 0.1))
    outcome = Policy().outcome(replace(unsure, utterance="gjelder det vikarer også?", measured=True))
    assert (outcome.kind, outcome.continues, _ids(outcome)[0]) == (OutcomeKind.ANSWER, True, "before")


def _with_shares(monkeypatch: pytest.MonkeyPatch, **shares: float) -> None:
    told = TopicShares(**{"same": 0.0, "alone": 0.0, "other": 0.0, "none": 0.0, **shares})
    monkeypatch.setattr("knowledge.matching.policy.topic_shares", lambda *_: told)


@pytest.mark.parametrize(
    ("shares", "answer", "choices"),
    [
        ({"same": 0.6, "alone": 0.4}, "before", ["before", "0", "near"]),
        ({"other": 0.6, "same": 0.4}, "near", ["near", "before", "0"]),
        ({"alone": 0.54, "other": 0.46}, None, ["0", "near", "before"]),
        ({"none": 0.9, "same": 0.1}, None, ["before", "0", "near"]),
        ({"same": 0.4, "alone": 0.4, "other": 0.2}, None, ["before", "0", "near"]),
    ],
)
def test_in_a_conversation_what_is_not_likely_enough_is_a_choice_of_the_likeliest(
    monkeypatch: pytest.MonkeyPatch, shares: Mapping[str, float], answer: str | None, choices: Sequence[str]
) -> None:
    _with_shares(monkeypatch, **shares)
    understood = _after(match(0.8, 0.05, precision=0.8), ("near", 0.5), ("before", 0.2))
    outcome = Policy().outcome(replace(understood, measured=True))
    assert (outcome.article_id, _ids(outcome)) == (answer, choices)
    assert outcome.continues is (answer in {"before", None})


def test_what_is_likely_alone_and_together_is_answered_though_neither_is_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    _with_shares(monkeypatch, alone=0.3, other=0.3, same=0.4)
    unsure = replace(_after(match(0.4, 0.05, precision=0.3), ("0", 0.5), ("before", 0.2)), measured=True)
    assert Policy().outcome(unsure).article_id == "0"
    apart = replace(unsure, continued=(*unsure.continued[1:], Candidate(article_id="near", confidence=0.1)))
    assert Policy().outcome(apart).article_id is None


@pytest.mark.parametrize(("said", "acts"), [("slett alt om meg", True), ("hvis jeg sletter alt om meg", False)])
def test_a_sure_command_is_done_whatever_was_said_before_unless_it_is_a_condition(
    monkeypatch: pytest.MonkeyPatch, said: str, acts: bool
) -> None:
    _with_shares(monkeypatch, same=1.0)
    kinds = EntryKinds(acts=frozenset({"0"}))
    sure = replace(_after(match(0.95, 0.02, precision=0.98), ("before", 0.9)), utterance=said, measured=True)
    assert Policy().outcome(sure, kinds).article_id == ("0" if acts else "before")
    less = replace(sure, candidates=(Candidate(article_id="0", confidence=0.89),))
    assert Policy().outcome(less, kinds).article_id == "before"


def test_after_a_question_without_an_answer_nothing_is_about_an_article_before() -> None:
    reply = replace(
        _after(match(0.3, 0.05, precision=0.3), ("near", 0.9)), follows="", utterance="på pc", measured=True
    )
    outcome = Policy().outcome(reply)
    assert "" not in _ids(outcome)
    assert topic_shares(reply, EntryKinds()).same == 0.0


def test_without_the_encoder_the_article_before_is_a_choice() -> None:
    unsure = _after(match(0.2, 0.05, precision=0.3), ("before", 0.8), ("near", 0.1))
    outcome = Policy().outcome(replace(unsure, utterance="gjelder det vikarer også?"))
    assert (outcome.kind, _ids(outcome)) == (OutcomeKind.CLARIFY, ["before", "near", "0"])


def test_what_is_asked_in_words_of_its_own_after_another_answer_is_a_new_subject() -> None:
    sure = _after(match(0.8, 0.05, precision=0.8), ("0", 0.5), ("before", 0.2))
    said = replace(sure, utterance="hvordan bestiller jeg en ny skjerm til kontoret", measured=True)
    assert Policy().outcome(said).article_id == "0"


def test_the_last_article_is_not_offered_for_a_new_subject() -> None:
    unsure = _after(match(0.1, 0.05, precision=0.3), ("before", 0.8), ("near", 0.1))
    assert Policy().outcome(replace(unsure, new=True)).kind is OutcomeKind.HAND_OVER
    assert Policy(ask_back=0).outcome(unsure).kind is OutcomeKind.HAND_OVER


@pytest.mark.parametrize("measured", [True, False])
def test_what_is_told_of_a_list_and_a_likely_answer_is_what_decides(measured: bool) -> None:
    def found(*confidences: float) -> Match:
        return replace(match(*confidences, precision=0.4), measured=measured)

    policy = Policy()
    listed, usual = policy.listed_from(found(0.2)), policy.usual_from(found(0.2))
    assert policy.outcome(found(listed / 2 + 0.01, listed / 2)).kind is OutcomeKind.CLARIFY
    assert policy.outcome(found(listed / 2 - 0.01, listed / 2 - 0.01)).kind is OutcomeKind.HAND_OVER
    assert policy.outcome(replace(found(usual + 0.01), utterance="to ord")).likely
    assert not policy.outcome(replace(found(usual - 0.01), utterance="to ord")).likely
