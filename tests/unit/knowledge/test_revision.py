"""An edit changes what was learned, with the same result as learning everything again."""

import random
from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.language.lexicon.elsewhere import ELSEWHERE
from knowledge.language.smalltalk import SmallTalk
from knowledge.language.text import words
from knowledge.matching import index as index_module
from knowledge.matching import lesson as lesson_module
from knowledge.matching import training as training_module
from knowledge.matching.head import NOWHERE, RIDGE, blend, goal, rivals
from knowledge.matching.index import TrainedIndex
from knowledge.matching.lexical import ADDED
from knowledge.matching.matcher import Matcher, Phrasing
from knowledge.matching.training import UNRELATED
from tests.sampling import examples
from tests.unit.knowledge.fakes import LetterEncoder

WORDS = words(
    "teams outlook passord mobil kalender møte fil mappe skriver lisens konto varsel kamera lyd skjerm nett kode gruppe"
    " chat vedlegg postkasse signatur deling kopi lagring språk tastatur nettleser innlogging adresse telefon kurs"
)


class MemoryFile:
    """A factor file in memory."""

    def __init__(self) -> None:
        self.data: bytes | None = None

    def read(self) -> bytes | None:
        return self.data

    def write(self, data: bytes | memoryview) -> None:
        self.data = bytes(data)


def made_up(articles: int, each: int = 5) -> list[Phrasing]:
    draw = random.Random(articles)
    return [
        Phrasing(
            article_id=f"a{at:03d}", language=draw.choice(("nb", "nn", "en")), text=" ".join(draw.sample(WORDS, 4))
        )
        for at in range(articles)
        for _ in range(each)
    ]


BASE = made_up(40)
ENCODER = LetterEncoder()
ALL, SOME = 10_000, 120
FILES = {(semantic, most): MemoryFile() for semantic in (True, False) for most in (ALL, SOME)}


@pytest.fixture(autouse=True)
def small_edits_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "_FEW", 2)
    monkeypatch.setattr(index_module, "_REVISABLE", 2.0)
    monkeypatch.setattr(lesson_module, "_SAME", 0.0)


def build(
    phrasings: Sequence[Phrasing], *, semantic: bool, state: bytes | memoryview | None = None, most: int = ALL
) -> TrainedIndex:
    return TrainedIndex.build(
        phrasings,
        encoder=ENCODER if semantic else None,
        state=state,
        vocabulary=None,
        factors=FILES[semantic, most],
        retrain=False,
    )


def whole_kernel(index: TrainedIndex, *, before: TrainedIndex) -> np.ndarray:
    """Return the kernel between all rows of an index, with unrelated questions read as in the training before."""
    assert index.trained is not None
    size, total = len(index.owner), len(index.owner) + len(ELSEWHERE)
    assert before.trained is not None
    named = [(p.article_id, p.text) for p in before.phrasings]
    rows = {named[at]: at for at in before.trained.learned.tolist()}  # others are learned as if they were new
    origin = np.array([rows.get((p.article_id, p.text), ADDED) for p in index.phrasings])
    letters = np.full((total, total), UNRELATED, dtype=np.float32)
    for at, phrasing in enumerate(index.phrasings):
        letters[at, :size] = index.letters.likeness(
            index.reader.read(phrasing.text, language=phrasing.language, mend=False)
        )
    for at, text in enumerate(ELSEWHERE, size):
        reading = before.reader.read(text)
        likeness = before.letters.likeness(reading)[origin]
        letters[at, :size] = letters[:size, at] = np.where(origin == ADDED, index.letters.likeness(reading), likeness)
    letters[np.diag_indices(total)] = 1
    projected = index.trained.projected
    kernel = blend(letters, None if projected is None else projected @ projected.T).astype(np.float64)
    return np.asarray((kernel + kernel.T) / 2)


@cache
def training(*, semantic: bool, most: int = ALL) -> TrainedIndex:
    """Return an index that learned at most so many of the phrasings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training_module, "MOST_BY_MEANING", most)
        patch.setattr(training_module, "MOST_BY_LETTERS", most)
        return build(BASE, semantic=semantic, most=most)


EDITS = st.fixed_dictionaries(
    {
        "removed": st.sets(st.integers(0, len(BASE) - 1), max_size=30),
        "renamed": st.sets(st.integers(0, 39), max_size=2),
        "gone": st.sets(st.integers(0, 39), max_size=2),
        "added": st.lists(
            st.tuples(st.integers(0, 45), st.lists(st.sampled_from([*WORDS, "zeppeliner"]), min_size=1, max_size=5)),
            max_size=12,
        ),
    }
)


def edited(edit: dict[str, object]) -> list[Phrasing]:
    removed, renamed, gone, added = (edit[key] for key in ("removed", "renamed", "gone", "added"))
    assert isinstance(removed, set)
    assert isinstance(renamed, set)
    assert isinstance(gone, set)
    assert isinstance(added, list)
    names = {f"a{at:03d}": f"b{at:03d}" for at in renamed}
    kept = [
        Phrasing(article_id=names.get(p.article_id, p.article_id), language=p.language, text=p.text)
        for at, p in enumerate(BASE)
        if at not in removed and p.article_id not in {f"a{each:03d}" for each in gone}
    ]
    return [*kept, *(Phrasing(article_id=f"a{at:03d}", language="nb", text=" ".join(text)) for at, text in added)]


@settings(max_examples=examples(12), deadline=None)
@given(edit=EDITS, semantic=st.booleans(), most=st.sampled_from([ALL, SOME]))
def test_weights_and_neighbours_after_any_edit_are_those_of_the_whole_kernel(
    edit: dict[str, object], *, semantic: bool, most: int
) -> None:
    phrasings = edited(edit)
    before = training(semantic=semantic, most=most)
    index = build(phrasings, semantic=semantic, state=before.kept, most=most)
    assert index.trained is not None
    assert index.kept is before.kept, "trained again"
    kernel = whole_kernel(index, before=before)
    owner = np.append(index.owner, np.full(len(ELSEWHERE), NOWHERE))
    size = len(index.owner)
    rows = np.append(index.trained.learned, np.arange(size, len(owner)))
    assert before.trained is not None
    assert len(before.trained.learned) == min(most, len(before.owner))
    learned = kernel[np.ix_(rows, rows)]
    weights = np.zeros((len(owner), int(owner.max()) + 1))
    weights[rows] = np.linalg.solve(learned + RIDGE * np.eye(len(rows)), goal(owner)[rows])
    assert kernel @ index.trained.weights.T == pytest.approx(kernel @ weights, abs=3e-3)
    if index.trained.projected is not None:
        near = index.trained.projected[:size] @ index.trained.projected[:size].T
    else:
        read = [index.reader.read(p.text, language=p.language, mend=False) for p in index.phrasings]
        near = np.stack([index.letters.likeness(reading) for reading in read])
    whole = rivals(near, index.owner, np.arange(size))
    assert index.trained.near.likeness == pytest.approx(whole.likeness, abs=2e-3)
    assert index.trained.crowd == pytest.approx(whole.crowding(index.owner), abs=2e-3)


def test_phrasings_are_learned_when_those_that_were_learned_for_their_article_are_gone() -> None:
    before = training(semantic=True, most=SOME)
    assert before.trained is not None
    learned = set(before.trained.learned.tolist())
    passed_over = next(at for at in range(len(before.owner)) if at not in learned)
    article = before.phrasings[passed_over].article_id
    gone = {at for at, each in enumerate(before.phrasings) if each.article_id == article and at in learned}
    phrasings = [each for at, each in enumerate(before.phrasings) if at not in gone]
    index = build(phrasings, semantic=True, state=before.kept, most=SOME)
    assert index.kept is before.kept
    assert Matcher(index).match(before.phrasings[passed_over].text).candidates[0].article_id == article


NEW = Phrasing(article_id="a003", language="nb", text="hei zeppeliner")
HELLO = Phrasing(article_id="b", language="nb", text="hei")


@pytest.mark.parametrize("semantic", [True, False])
def test_after_an_edit_words_mentions_small_talk_and_articles_are_those_of_a_training(semantic: bool) -> None:
    phrasings = [*BASE[7:], NEW, HELLO]
    before = training(semantic=semantic)
    index = build(phrasings, semantic=semantic, state=before.kept)
    whole = TrainedIndex.build(phrasings, encoder=ENCODER if semantic else None, state=None, vocabulary=None)
    assert (index.articles, index.phrasings) == (whole.articles, whole.phrasings)
    assert index.covered_talk == whole.covered_talk == {SmallTalk.GREETING}
    for word in (*WORDS, "zeppeliner"):
        assert index.mentions.shares(word) == whole.mentions.shares(word)
    assert index.reader.read("zepeliner").spelled == ("zeppeliner",)
    assert before.reader.read("zepeliner").spelled != ("zeppeliner",)
    assert index.drift == pytest.approx(9 / len(phrasings))
    back = build(BASE, semantic=semantic, state=index.kept)
    assert back.drift == 0


@pytest.mark.parametrize("semantic", [True, False])
def test_an_edited_article_is_answered_and_a_removed_one_is_not(semantic: bool) -> None:
    encoder = ENCODER if semantic else None
    file = FILES[semantic, ALL]
    state = training(semantic=semantic).kept
    kept = [p for p in BASE if p.article_id != "a005"]
    matcher = Matcher.build([*kept, NEW], encoder=encoder, state=state, factors=file)
    assert matcher.match("er zeppeliner lov").candidates[0].article_id == "a003"
    for phrasing in BASE:
        found = {candidate.article_id for candidate in matcher.match(phrasing.text).candidates}
        assert "a005" not in found
        if phrasing.article_id != "a005":
            assert phrasing.article_id in found
    assert matcher.state() is state


def test_only_added_phrasings_are_encoded() -> None:
    before = training(semantic=True)
    ENCODER.asked.clear()
    moved = Phrasing(article_id="a009", language=BASE[0].language, text=BASE[0].text)
    first = build([*BASE[1:], moved, NEW], semantic=True, state=before.kept)
    assert ENCODER.asked == [NEW.text]
    assert len(first.spoken.missing([NEW.text, BASE[0].text])) == 0


def test_a_new_version_trains_again_and_encodes_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    state = training(semantic=True).kept
    ENCODER.asked.clear()
    monkeypatch.setattr(index_module, "_CURRICULUM", 1)
    again = Matcher.build(BASE, encoder=ENCODER, state=state)
    assert again.state() is not state
    assert ENCODER.asked == []


@pytest.mark.parametrize("data", [None, b"", b"rubbish"])
def test_without_the_factor_of_the_training_an_edit_trains_again(data: bytes | None) -> None:
    state = training(semantic=False).kept
    file = MemoryFile()
    file.data = data
    matcher = Matcher.build([*BASE, NEW], state=state, factors=file)
    assert matcher.state() is not state
    assert matcher.drift == 0
    assert file.data not in {None, b"", b"rubbish"}


def test_a_factor_of_another_training_is_not_used() -> None:
    state, file = training(semantic=False).kept, MemoryFile()
    Matcher.build(BASE[:-1], factors=file)
    assert Matcher.build([*BASE, NEW], state=state, factors=file).state() is not state


def test_training_can_be_demanded_after_a_small_edit() -> None:
    state = training(semantic=False).kept
    file = MemoryFile()
    file.data = FILES[False, ALL].data
    again = Matcher.build([*BASE, NEW], state=state, factors=file, retrain=True)
    assert again.drift == 0
    assert again.state() is not state


def test_a_large_edit_trains_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "_REVISABLE", 0.05)
    state = training(semantic=False).kept
    file = MemoryFile()
    file.data = FILES[False, ALL].data
    assert Matcher.build(BASE[10:], state=state, factors=file).state() is state
    assert Matcher.build(BASE[11:], state=state, factors=file).state() is not state
