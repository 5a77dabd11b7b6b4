"""The vectors that are shipped are what the encoder makes of their sentences."""

import numpy as np
import pytest

from bot.content.encoder import load_encoder
from knowledge.language.text import clean
from knowledge.matching.vocabulary import Vocabulary
from tests.learned import sample_matcher, sample_tasks

COMPARED = 40


@pytest.mark.parametrize("what", ["articles", "tasks"])
def test_shipped_vectors_are_those_of_the_encoder(what: str) -> None:
    encoder = load_encoder()
    assert encoder is not None
    tasks = sample_tasks(encoder)
    matcher = sample_matcher() if what == "articles" else tasks.by_meaning
    assert matcher is not None
    shipped = Vocabulary(matcher.learned.spoken_by(encoder))
    read = matcher.index.reader.read
    sentences = [
        read(clean(phrasing.text), language=phrasing.language, mend=False).sentence
        for phrasing in matcher.index.phrasings[:: len(matcher.index.phrasings) // COMPARED]
    ]
    unknown = set(shipped.missing(sentences))
    compared = [sentence for sentence in sentences if sentence not in unknown]
    assert len(compared) > COMPARED * 0.9
    kept, made = shipped.vectors_of(compared), encoder.encode(compared)
    likeness = (kept * made).sum(axis=1) / np.linalg.norm(kept, axis=1)
    assert likeness.min() > 0.95
