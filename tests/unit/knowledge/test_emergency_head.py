"""What a vector says of an emergency counts where the words are in no list, and where nothing sounds figurative."""

import numpy as np
import pytest

from bot.content.catalogue import load_catalogue
from bot.content.index_builder import published_content
from dialogs.ask.meaning import alarmed
from knowledge.matching import emergency_head
from knowledge.matching.emergency_head import EmergencyHead, emergency_share
from knowledge.matching.kept_vector import pack_vector
from knowledge.matching.match import Candidate, Match
from knowledge.matching.policy import Policy
from tests.learned import sample_content

URGENT = "medical-emergency"
SAID = "gutten er borte og vi står ved elva"


@pytest.fixture
def head(monkeypatch: pytest.MonkeyPatch) -> None:
    """A head for which the first dimension means an emergency."""
    small = EmergencyHead(weights=np.array([2.0, 0.0, -1.0], dtype=np.float32), encoder="small")
    monkeypatch.setattr(emergency_head, "_emergency_head", lambda: small)


def vector(first: float, second: float, encoder: str = "small") -> bytes:
    return pack_vector(np.array([first, second], dtype=np.float32), encoder=encoder)


@pytest.mark.usefixtures("head")
def test_the_share_is_that_of_the_weights_for_vectors_of_the_same_encoder() -> None:
    assert emergency_share(vector(1.0, 0.0)) == pytest.approx(1 / (1 + np.exp(-7)), abs=1e-3)
    assert emergency_share(vector(-1.0, 0.0)) < 0.01
    assert emergency_share(vector(1.0, 0.0, encoder="another")) == 0.0
    assert emergency_share(b"") == 0.0


def said(text: str, packed: bytes) -> Match:
    found = (Candidate(article_id="print-stuck", confidence=0.5),)
    return Match(utterance=text, language="nb", small_talk=None, candidates=found, precision=0.5, vector=packed)


@pytest.mark.usefixtures("head")
@pytest.mark.parametrize(
    ("text", "packed", "urgent"),
    [
        (SAID, vector(1.0, 0.0), True),
        (SAID, vector(0.0, 1.0), False),
        (SAID, b"", False),
        ("gutten er borte og passordet hans virker ikke", vector(1.0, 0.0), False),
    ],
)
def test_an_emergency_by_its_vector_gets_the_numbers(text: str, packed: bytes, urgent: bool) -> None:
    content = published_content(sample_content(), texts=load_catalogue(), policy=Policy())
    first = alarmed(said(text, packed), text, content).candidates[0].article_id
    assert (first == URGENT) is urgent


@pytest.mark.usefixtures("head")
def test_what_the_message_around_it_says_counts_too() -> None:
    content = published_content(sample_content(), texts=load_catalogue(), policy=Policy())
    assert (
        alarmed(said(SAID, vector(1.0, 0.0)), SAID, content, within=f"{SAID}, i Teams").candidates[0].article_id
        != URGENT
    )
