"""The vectors that are shipped are what the encoder makes of their sentences."""

import numpy as np
import pytest

from bot.content.encoder import load_encoder
from bot.content.index_builder import VECTORS
from bot.content.loading import content_folder
from bot.content.task_matchers import shipped_vectors
from knowledge.language.text import clean
from knowledge.matching.match import Phrasing
from knowledge.matching.memory import Vocabulary
from knowledge.software.everyday import task_phrasings
from knowledge.software.task import shipped_tasks
from tests.learned import sample_content, sample_matcher

COMPARED = 40


def sentences(phrasings: list[Phrasing]) -> list[str]:
    """Return evenly chosen phrasings, as the encoder is given them."""
    read = sample_matcher().index.reader.read
    return [
        read(clean(each.text), language=each.language).sentence for each in phrasings[:: len(phrasings) // COMPARED]
    ]


@pytest.mark.parametrize("what", ["articles", "tasks"])
def test_shipped_vectors_are_those_of_the_encoder(what: str) -> None:
    encoder = load_encoder()
    assert encoder is not None
    if what == "tasks":
        shipped, phrasings = shipped_vectors(encoder), task_phrasings(shipped_tasks().tasks)
    else:
        file = content_folder(None) / VECTORS
        shipped, phrasings = Vocabulary.shipped(file.read_bytes(), encoder=encoder.name), sample_content().phrasings()
    asked = sentences(list(phrasings))
    unknown = set(shipped.missing(asked))
    compared = [each for each in asked if each not in unknown]
    assert len(compared) > COMPARED * 0.9
    kept, made = shipped.vectors_of(compared), encoder.encode(compared)
    likeness = (kept * made).sum(axis=1) / np.linalg.norm(kept, axis=1)
    assert likeness.min() > 0.95
