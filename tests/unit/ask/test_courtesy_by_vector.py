"""Clauses that are courtesy by their vector: what is left is looked up again, and an emergency stays."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.content.catalogue import load_catalogue
from bot.content.index_builder import published_content
from dialogs.ask import meaning
from dialogs.core.query import MatchEach
from knowledge.language.clause_kind import KINDS, ClauseKind
from knowledge.matching.match import Candidate, Match
from knowledge.matching.policy import Policy
from tests.learned import sample_content

URGENT = "medical-emergency"


def looked_up(
    monkeypatch: pytest.MonkeyPatch,
    said: str,
    courtesy: Sequence[str],
    near: Mapping[str, str] | None = None,
    *,
    vector: bytes = b"vector",
    share: float = 1.0,
) -> list[tuple[str, ...]]:
    """Return the utterances of each look-up; ``near`` has the only candidate of a clause."""

    def kinds(clauses: Sequence[str], _: Sequence[bytes]) -> NDArray[np.float32]:
        rows = [ClauseKind.EMOTION if clause in courtesy else ClauseKind.ASK for clause in clauses]
        sure = np.array([[float(kind is row) for kind in KINDS] for row in rows], dtype=np.float32).reshape(-1, 7)
        return np.asarray(sure * share, dtype=np.float32)

    def match(utterance: str) -> Match:
        entry = (near or {}).get(utterance)
        candidates = (Candidate(article_id=entry, confidence=0.9),) if entry else ()
        return Match(
            utterance=utterance, language="nb", small_talk=None, candidates=candidates, precision=0.0, vector=vector
        )

    monkeypatch.setattr(meaning, "asked_in", lambda text: text)
    monkeypatch.setattr(meaning, "kinds_by_vector", kinds)
    monkeypatch.setattr(meaning, "own_shares", lambda _whole, clauses, _apart: [1.0] * len(clauses))
    content = published_content(sample_content(), texts=load_catalogue(), policy=Policy())
    reading = meaning.understand(said, content=content, previous_article_ids=(), municipality_id=None)
    asked: list[tuple[str, ...]] = []
    query = next(reading)
    try:
        while True:
            assert isinstance(query, MatchEach)
            asked.append(tuple(query.utterances))
            query = reading.send(tuple(map(match, query.utterances)))
    except StopIteration:
        return asked


SUN, LIFE = "sola skinner fint", "livet er godt"


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (f"{SUN}. får ikke lyd i møtet", ("får ikke lyd i møtet",)),
        (f"får ikke lyd i møtet! {SUN}...", ("får ikke lyd i møtet!",)),
        (f"{SUN}. får ikke lyd i møtet. {LIFE}", ("får ikke lyd i møtet.",)),
        (
            f"får ikke lyd i møtet. {SUN}! hvordan deler jeg skjerm?",
            ("får ikke lyd i møtet.\nhvordan deler jeg skjerm?", "får ikke lyd i møtet", "hvordan deler jeg skjerm"),
        ),
    ],
)
def test_what_is_left_is_looked_up_again(monkeypatch: pytest.MonkeyPatch, said: str, left: tuple[str, ...]) -> None:
    assert looked_up(monkeypatch, said, [SUN, LIFE])[1:] == [left]


def test_only_the_courtesy_is_left_out_where_its_words_stand_in_a_question_too(monkeypatch: pytest.MonkeyPatch) -> None:
    question = "hva betyr sola skinner i appen"
    asked = looked_up(monkeypatch, f"{question}? sola skinner", ["sola skinner"])
    assert asked[1][0].startswith(question)


@pytest.mark.parametrize(
    ("told", "share", "left_out"),
    [("sola skinner fint", 0.8, True), ("kan dere smile litt", 0.8, False), ("kan dere smile litt", 0.95, True)],
)
def test_what_has_the_form_of_a_question_must_be_courtesy_more_surely(
    monkeypatch: pytest.MonkeyPatch, told: str, share: float, left_out: bool
) -> None:
    asked = looked_up(monkeypatch, f"får ikke lyd i møtet. {told}", [told], share=share)
    assert (len(asked) > 1) is left_out


def test_without_vectors_nothing_more_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = looked_up(monkeypatch, "sola skinner fint. får ikke lyd i møtet", ["sola skinner fint"], vector=b"")
    assert len(asked) == 1


def test_courtesy_alone_is_looked_up_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "sola skinner fint. livet er godt"
    asked = looked_up(monkeypatch, said, ["sola skinner fint", "livet er godt"])
    assert len(asked) == 1


def test_what_the_matcher_takes_for_an_emergency_is_never_courtesy(monkeypatch: pytest.MonkeyPatch) -> None:
    told, question = "alt er blitt så mørkt", "hvordan bytter jeg passord"
    assert len(looked_up(monkeypatch, f"{told}. {question}", [told], near={told: URGENT})) == 1


def test_what_surely_asks_heia_to_do_something_is_never_courtesy(monkeypatch: pytest.MonkeyPatch) -> None:
    told = "slett det du har om meg"
    said = f"{told}. hvordan bytter jeg passord"
    assert len(looked_up(monkeypatch, said, [told], near={told: "delete-my-data"})) == 1
    assert len(looked_up(monkeypatch, said, [told], near={told: "mfa-without-smartphone"})) == 2
