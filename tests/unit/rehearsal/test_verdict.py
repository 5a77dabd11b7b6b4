"""What a changed outcome means, by what is known about the question."""

import pytest

from dialogs.rehearsal.verdict import Captured, Change, Evidence, is_changed, judge
from knowledge.matching.match import Candidate
from knowledge.matching.policy import Outcome, OutcomeKind

PASSWORD = Outcome(kind=OutcomeKind.ANSWER, article_id="password", confidence=0.98)
PHISHING = Outcome(kind=OutcomeKind.ANSWER, article_id="phishing", confidence=0.98)
UNKNOWN = Outcome(kind=OutcomeKind.HAND_OVER)
OUTSIDE = Outcome(kind=OutcomeKind.OUT_OF_SCOPE, article_id="weather", confidence=0.9)
BOTH = Outcome(
    kind=OutcomeKind.CLARIFY,
    candidates=tuple(Candidate(article_id=each, confidence=0.4) for each in ("password", "phishing")),
)
OTHERS = Outcome(
    kind=OutcomeKind.CLARIFY,
    candidates=tuple(Candidate(article_id=each, confidence=0.4) for each in ("print", "phishing")),
)
NOTHING = Evidence()
RIGHT = Evidence(expected=frozenset({"password"}))
NONE_RIGHT = Evidence(expected=frozenset())
REFUSED = Evidence(refused=frozenset({"password"}))
STOLEN = Captured(pairs=frozenset({("password", "phishing")}))


@pytest.mark.parametrize(
    ("before", "after", "evidence", "expected"),
    [
        (PASSWORD, PHISHING, RIGHT, Change.WORSE),
        (PASSWORD, BOTH, RIGHT, Change.WORSE),
        (PASSWORD, UNKNOWN, RIGHT, Change.WORSE),
        (BOTH, OTHERS, RIGHT, Change.WORSE),
        (UNKNOWN, PHISHING, RIGHT, Change.WORSE),
        (PHISHING, PASSWORD, RIGHT, Change.BETTER),
        (PHISHING, UNKNOWN, RIGHT, Change.BETTER),
        (OTHERS, UNKNOWN, RIGHT, Change.UNCLEAR),
        (UNKNOWN, PASSWORD, NONE_RIGHT, Change.WORSE),
        (PASSWORD, OUTSIDE, NONE_RIGHT, Change.BETTER),
        (UNKNOWN, PASSWORD, NOTHING, Change.BETTER),
        (UNKNOWN, BOTH, NOTHING, Change.BETTER),
        (BOTH, UNKNOWN, NOTHING, Change.WORSE),
        (PASSWORD, BOTH, NOTHING, Change.WORSE),
        (PASSWORD, PHISHING, NOTHING, Change.UNCLEAR),
        (BOTH, OTHERS, NOTHING, Change.UNCLEAR),
        (PASSWORD, PHISHING, REFUSED, Change.UNCLEAR),
        (PHISHING, PASSWORD, REFUSED, Change.WORSE),
    ],
)
def test_a_change_is_judged_by_what_is_known(
    before: Outcome, after: Outcome, evidence: Evidence, expected: Change
) -> None:
    assert is_changed(before, after)
    assert judge(before, after, evidence, Captured()) is expected


@pytest.mark.parametrize("before", [PASSWORD, BOTH])
def test_a_question_captured_by_a_phrasing_of_its_own_article_is_worse(before: Outcome) -> None:
    assert judge(before, PHISHING, NOTHING, STOLEN) is Change.WORSE


def test_another_confidence_is_no_change() -> None:
    assert not is_changed(PASSWORD, Outcome(kind=OutcomeKind.ANSWER, article_id="password", confidence=0.99))
    assert not is_changed(UNKNOWN, Outcome(kind=OutcomeKind.HAND_OVER, confidence=0.2))
