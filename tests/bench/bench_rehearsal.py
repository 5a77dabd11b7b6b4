"""A rehearsal of 10,000 stored questions, as a share of one plain pass by words over the same questions.

The change is the known bad one: three phrasings about a forgotten password in the article about suspicious e-mail.
Stored questions are phrasings of the shipped articles with typing errors; with the encoder they have their vectors.
Seconds of processor, all in one run; "kept" has the baseline of the revision from the run before.
"""

import random
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from bot.content.catalogue import load_catalogue
from bot.content.encoder import load_encoder
from bot.content.index_builder import FolderCache, IndexBuilder, KnowledgeState
from bot.content.loading import content_folder
from bot.content.rehearsing import Baseline, rehearse
from dialogs.rehearsal.asked import AskedAgain
from dialogs.rehearsal.verdict import Change, Evidence, judge
from knowledge.article.article import Language
from knowledge.article.change import ArticleChange
from knowledge.matching.damage import typing_errors
from knowledge.matching.encoder import Encoder
from knowledge.matching.grouping import group_questions
from knowledge.matching.kept_vector import pack_vector
from knowledge.matching.policy import Policy
from knowledge.matching.vocabulary import Vocabulary
from tests.bench.bench_matcher import Timed

QUESTIONS = 10_000
STOLEN = ("jeg har glemt passordet", "glemt passord", "hvordan får jeg nytt passord")
PHISHING = "phishing-report"
# Among the stored questions, so that the change is seen to be bad.
PASSWORD = (
    "hvordan får jeg nytt passord",
    "glemt passord hjelp",
    "passord glemt",
    "æ har glæmt passorde",
    "nytt passord",
)


def stored(state: KnowledgeState, encoder: Encoder | None) -> list[AskedAgain]:
    """Return stored questions, whose vectors are those of the phrasings they are made of."""
    drawn = random.Random(7).choices(state.loaded.phrasings(), k=QUESTIONS - len(PASSWORD))
    texts = [*(each.text for each in drawn), *PASSWORD]
    packed = [b""] * QUESTIONS
    if encoder is not None:
        vocabulary = Vocabulary((state.by_meaning or state.by_words).trained.learned.spoken_by(encoder))
        vocabulary.encode_missing(texts, encoder)
        packed = [pack_vector(row, encoder=encoder.name) for row in vocabulary.vectors_of(texts)]
    return [
        AskedAgain(
            id=f"q{number}",
            words=(text if text in PASSWORD else typing_errors(text, seed=number), vector),
            municipality_id="nes",
            evidence=Evidence(),
            asker_id=f"p{number}",
        )
        for number, (text, vector) in enumerate(zip(texts, packed, strict=True))
    ]


def changed(builder: IndexBuilder, state: KnowledgeState, encoder: Encoder | None) -> KnowledgeState:
    """Return the knowledge with the password phrasings in the wrong article."""
    texts = state.loaded.articles.texts_of(PHISHING)
    edited = [
        replace(each, phrasings=(*each.phrasings, *STOLEN)) if each.language is Language.NB else each for each in texts
    ]
    return builder.build_changed(state, ArticleChange(article_id=PHISHING, articles=tuple(edited)), encoder=encoder)


def measure(name: str, builder: IndexBuilder, encoder: Encoder | None) -> None:
    """Print the cost of a rehearsal, and what it found."""
    folder = content_folder(None)
    state = builder.build(folder, before=None, encoder=encoder)
    questions = stored(state, encoder)
    plain = state.by_words.for_municipality("nes")
    with Timed() as by_words:
        for each in questions:
            plain.match(each.words[0])
    with Timed() as building:
        after = changed(builder, state, encoder)
    baseline: Baseline = {}
    with Timed() as first:
        result = rehearse(state, after, questions, baseline=baseline)
    with Timed() as kept:
        rehearse(state, after, questions, baseline=baseline)
    with Timed() as themes:
        index = (state.by_meaning or state.by_words).trained.index
        group_questions(index, [each.words for each in questions])
    worse = sum(
        judge(each.before, each.after, each.asked.evidence, result.captured) is Change.WORSE for each in result.changed
    )
    share = (building.processor + first.processor) / by_words.processor
    print(
        f"{name:12s} plain pass by words {by_words}  edit {building}  rehearsal {first}, both of the plain pass "
        f"{share:.2f}  kept {kept.processor / by_words.processor:.2f}  "
        # At least one of the password questions must be worse.
        f"asked again {result.ran}, changed {len(result.changed)}, worse {worse}  themes of all {themes}",
        flush=True,
    )


def main() -> None:
    """Measure without and with the encoder."""
    with TemporaryDirectory() as place:
        builder = IndexBuilder(
            texts=load_catalogue(),
            policy=Policy(),
            years=(2026,),
            cache=FolderCache(Path(place)),
            log=structlog.get_logger(),
        )
        measure("by words", builder, None)
        encoder = load_encoder()
        if encoder is not None:
            measure("by meaning", builder, encoder)
