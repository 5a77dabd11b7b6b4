"""Compute knowledge/language/lexicon/data/noise.f16 anew: what language and typing errors do to a sentence's vector.

Sentences are the messages of the catalogues, in three languages, and the shipped phrasings with typing errors. It takes
a minute; run it when the encoder changes: python -m tests.bench.noise
"""

import re
from pathlib import Path

import numpy as np
from babel.messages.pofile import read_po
from numpy.typing import NDArray

from bot.content.encoder import load_encoder
from bot.content.loading import content_folder, load_content
from knowledge.language.text import clean
from knowledge.matching.damage import typing_errors
from knowledge.matching.semantic import FILE

ROOT = Path(__file__).parents[2]
LANGUAGES = ("nb", "nn", "en")
LANGUAGE, TYPING = 0.5, 0.2
"""What each counts beside how phrasings of one article differ, which counts 1; from 0 to 1 results are flat."""


def messages(language: str) -> dict[tuple[str, str], str]:
    """Return the longer messages of a language, by catalogue and id, without placeholders."""
    found = {}
    for file in sorted((ROOT / "dialogs" / "locales" / language).glob("*.po")):
        with file.open("rb") as opened:
            for message in read_po(opened):
                if message.id and isinstance(message.string, str):
                    text = re.sub(r"\{[^}]*\}|[*_]", "", message.string).strip()
                    if 8 < len(text) < 120:
                        found[file.name, str(message.id)] = text
    return found


def spread(gap: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the covariance of differences, 1 a dimension on average."""
    wide = gap.astype(np.float64)
    covariance: NDArray[np.float64] = wide.T @ wide / len(wide)
    return covariance / (np.trace(covariance) / len(covariance))


def main() -> None:
    """Write the file."""
    encoder = load_encoder()
    assert encoder is not None
    spoken = [messages(language) for language in LANGUAGES]
    shared = sorted(set.intersection(*(set(each) for each in spoken)))
    nb, nn, en = (encoder.encode([each[key] for key in shared]) for each in spoken)
    texts = [clean(phrasing.text) for phrasing in load_content(content_folder(None)).phrasings()]
    typed = encoder.encode([typing_errors(text, seed=at) for at, text in enumerate(texts)])
    noise = LANGUAGE * spread(np.concatenate([nb - en, nn - en, nb - nn]))
    noise += TYPING * spread(typed - encoder.encode(texts))
    (ROOT / "knowledge" / "lexicon" / "data" / FILE).write_bytes(noise.astype("<f2").tobytes())
    print(f"{FILE}: {len(shared)} messages, {len(texts)} phrasings")


if __name__ == "__main__":
    main()
