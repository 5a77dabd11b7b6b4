"""The matcher on the shipped articles and on made-up indexes of 1,500 and 10,000 phrasings: latency and build time.

Made-up phrasings are shuffled from the words of the shipped ones, so that lengths and word frequencies are real; the
questions are phrasings with typing errors, so that repair has work. One question at a time, wall-clock time; beside
each build the seconds of processor, since a shared machine makes it wait. An edit is one phrasing more; "of cold" is
its processor time as a share of the cold build in the same run.
"""

import random
import time
from collections.abc import Sequence
from statistics import quantiles
from typing import Self

from bot.content.encoder import load_encoder
from bot.content.index_builder import NoCache
from bot.content.learned_files import LEARNED, learned_in
from bot.content.loading import content_folder, load_content
from knowledge.language.text import words
from knowledge.matching.damage import typing_errors
from knowledge.matching.encoder import Encoder
from knowledge.matching.index import Learned
from knowledge.matching.matcher import Matcher, Phrasing

QUESTIONS, A_PHRASING = 300, 10


def made_up(shipped: Sequence[Phrasing], size: int) -> list[Phrasing]:
    """Return ``size`` phrasings, ten an article, that share the shipped ones' words and lengths."""
    draw = random.Random(size)
    pool = [word for phrasing in shipped for word in words(phrasing.text)]
    found = []
    for at in range(size):
        topic = random.Random(at // A_PHRASING).sample(pool, 4)
        text = [*draw.sample(topic, 3), *draw.sample(pool, draw.randint(1, 5))]
        draw.shuffle(text)
        found.append(Phrasing(article_id=f"a{at // A_PHRASING}", language="nb", text=" ".join(text)))
    return found


class Timed:
    """Measures a block: wall-clock time and processor time of this process, in seconds."""

    def __enter__(self) -> Self:
        self.seconds, self.processor = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self.seconds
        self.processor = time.process_time() - self.processor

    def __str__(self) -> str:
        return f"{self.seconds:6.2f} s ({self.processor:6.2f})"


def measure(name: str, phrasings: Sequence[Phrasing], encoder: Encoder | None, known: Learned | None = None) -> None:
    """Print cold build, build from what was learned, an edit, and the latency of a question.

    ``known``: what was shipped, instead of a cold build.
    """
    with Timed() as cold:
        matcher = Matcher.build(phrasings, encoder=encoder, known=known)
    with Timed() as kept:
        Matcher.build(phrasings, encoder=encoder, known=matcher.learned)
    edited = [*phrasings, Phrasing(article_id="new", language="nb", text="Hvor parkerer jeg sykkelen?")]
    with Timed() as edit:
        Matcher.build(edited, encoder=encoder, known=matcher.learned)
    draw = random.Random(1)
    taken = []
    for at, phrasing in enumerate(draw.choices(phrasings, k=QUESTIONS)):
        text = typing_errors(phrasing.text, seed=at)
        began = time.perf_counter()
        matcher.match(text)
        taken.append(1000 * (time.perf_counter() - began))
    cuts = quantiles(taken, n=100)
    print(
        f"{name:28s} {len(phrasings):6d} phrasings  p50 {cuts[49]:6.2f} ms  p99 {cuts[98]:6.2f} ms  cold {cold}  "
        f"kept {kept}  edit {edit}, of cold {edit.processor / cold.processor:.3f}",
        flush=True,
    )


def main() -> None:
    """Measure without and with the encoder."""
    shipped = load_content(content_folder(None)).phrasings()
    encoder = load_encoder()
    small = made_up(shipped, 1_500)
    measure("lexical", small, None)
    measure("lexical", made_up(shipped, 10_000), None)
    known = learned_in(content_folder(None) / LEARNED, NoCache(), shipped)
    measure("lexical, shipped articles", shipped, None, known)
    if encoder is not None:
        measure("with encoder", small, encoder)
        measure("with encoder, shipped", shipped, encoder, known)
