"""Similar questions together: by meaning, by words, and near earlier ones."""

import pytest

from knowledge.matching.grouping import NONE, group_questions, near_questions
from knowledge.matching.index import TrainedIndex
from knowledge.matching.kept_vector import pack_vector
from knowledge.matching.rehearsal import Asked
from tests.learned import sample_matcher
from tests.unit.knowledge.fakes import LetterEncoder
from tests.unit.knowledge.test_rehearsal_matching import learned

TEXTS = (
    "hvordan får jeg en ny skjerm",
    "kantina åpner når",
    "korleis får eg ein ny skjerm",
    "når åpner kantina",
    "hvor er den nye skjermen",
    "kantina har åpent når",
    "noe helt annet om parkering",
)


@pytest.fixture(params=["words", "meaning"])
def asked(request: pytest.FixtureRequest) -> tuple[TrainedIndex, list[Asked]]:
    if request.param == "words":
        return sample_matcher().index, [(text, b"") for text in TEXTS]
    encoder = LetterEncoder()
    rows = [pack_vector(row, encoder=encoder.name) for row in encoder.encode(TEXTS)]
    return learned(True).index, list(zip(TEXTS, rows, strict=True))


def test_similar_questions_have_one_leader_and_others_lead_themselves(asked: tuple[TrainedIndex, list[Asked]]) -> None:
    index, questions = asked
    leaders = group_questions(index, questions)
    assert len({leaders[at] for at in (1, 3, 5)}) == 1
    assert leaders[0] == leaders[2]
    assert leaders[6] == 6
    assert leaders[0] != leaders[1]
    assert all(leaders[leader] == leader for leader in leaders)
    assert group_questions(index, questions) == leaders
    assert group_questions(index, []) == ()


def test_a_question_is_near_an_earlier_one_or_none(asked: tuple[TrainedIndex, list[Asked]]) -> None:
    index, questions = asked
    found = near_questions(index, [questions[2], questions[6], questions[5]], [questions[1], questions[0]])
    assert found == (1, NONE, 0)
    assert near_questions(index, questions[:1], []) == (NONE,)


def test_questions_without_a_vector_are_compared_by_words() -> None:
    index = learned(True).index
    encoder = LetterEncoder()
    [packed] = [pack_vector(row, encoder=encoder.name) for row in encoder.encode(["kantina åpner når"])]
    assert near_questions(index, [("kantina åpner når", b"")], [("kantina åpner når", packed)]) == (0,)
    assert near_questions(index, [("kantina åpner når", packed)], [("kantina åpner når", b"")]) == (0,)
