"""What is learned is kept by article: it comes back as it was, and an edit learns its own articles only."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from bot.app.log import make_log
from bot.content.index_builder import FolderCache
from bot.content.learned_files import keep_learned, learned_in, log_unusable
from knowledge.matching import index as index_module
from knowledge.matching.index import FRAME, Learned, TrainedIndex, file_of
from knowledge.matching.match import Phrasing
from knowledge.matching.matcher import Matcher
from knowledge.matching.vocabulary import Vocabulary
from tests.unit.knowledge.fakes import LetterEncoder
from tests.unit.knowledge.test_rehearsal_matching import BASE, made_up

PARKING = [
    Phrasing(article_id="parking", language="nb", text=text)
    for text in ("hvor parkerer jeg", "parkering ved rådhuset", "finnes det en ledig parkeringsplass")
]


@pytest.fixture(autouse=True)
def small_edits_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "_FEW", 2)


def files_of(index: TrainedIndex) -> dict[str, bytes]:
    return dict((*index.learned.files(), *index.learned.files(index.articles)))


def read(files: Mapping[str, bytes], phrasings: Sequence[Phrasing]) -> Learned:
    return Learned.of_files(files.get, sorted({phrasing.article_id for phrasing in phrasings}))


@pytest.mark.parametrize("semantic", [False, True], ids=["words", "meaning"])
def test_what_was_written_is_read_and_nothing_is_learned_again(semantic: bool) -> None:
    encoder = LetterEncoder() if semantic else None
    built = Matcher.build(BASE, encoder=encoder)
    assert built.index.fresh is None
    again = Matcher.build(BASE, encoder=encoder, known=read(files_of(built.index), BASE))
    assert again.index.fresh == frozenset()
    for phrasing in BASE[::7]:
        text = f"{phrasing.text} takk"
        assert again.match(text).candidates == built.match(text).candidates


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-5], lambda data: data[:40], lambda data: b"", lambda data: data[::-1]]
)
def test_a_damaged_part_is_learned_again_and_a_damaged_frame_makes_everything_new(damage) -> None:  # type: ignore[no-untyped-def]
    built = Matcher.build(BASE)
    files = files_of(built.index)
    part = Matcher.build(BASE, known=read({**files, file_of("a003"): damage(files[file_of("a003")])}, BASE))
    assert part.index.fresh == {"a003"}
    frame = Matcher.build(BASE, known=read({**files, FRAME: damage(files[FRAME])}, BASE))
    assert frame.index.fresh is None


@pytest.mark.parametrize(
    ("damaged", "fresh"), [(["a003.part", "a001.part"], {"a001", "a003"}), ([FRAME], None)], ids=["parts", "frame"]
)
def test_files_that_cannot_be_used_are_told_in_one_line(
    tmp_path: Path, damaged: list[str], fresh: frozenset[str] | None
) -> None:
    cache = FolderCache(tmp_path / "cache")
    built = Matcher.build(BASE)
    keep_learned(cache, built.index)
    for name in damaged:
        cache.write(name, b"cut off")
    known = learned_in(tmp_path, cache, BASE)
    again = Matcher.build(BASE, known=known)
    assert again.index.fresh == fresh
    with capture_logs() as lines:
        log_unusable(make_log(), known, again.index)
        log_unusable(make_log(), learned_in(tmp_path, FolderCache(tmp_path / "none"), BASE), again.index)
    [line] = lines
    assert (line["event"], line["files"], line["first"]) == ("learned_files_ignored", len(damaged), min(damaged))
    with capture_logs() as lines:  # a file in the cache that nothing needed to replace
        log_unusable(make_log(), known, Matcher.build(BASE, known=built.learned).index)
    assert lines == []


def test_a_part_that_was_learned_with_another_frame_is_not_used() -> None:
    one, other = Matcher.build(BASE), Matcher.build([*BASE, *PARKING])
    mixed = files_of(one.index) | {file_of("a003"): files_of(other.index)[file_of("a003")]}
    assert Matcher.build(BASE, known=read(mixed, BASE)).index.fresh == {"a003"}


@pytest.mark.parametrize("semantic", [False, True], ids=["words", "meaning"])
def test_an_edit_learns_its_own_article_and_leaves_the_parts_of_others_as_they_are(semantic: bool) -> None:
    encoder = LetterEncoder() if semantic else None
    before = Matcher.build(BASE, encoder=encoder)
    if encoder is not None:
        encoder.asked.clear()
    after = Matcher.build([*BASE, *PARKING], encoder=encoder, known=before.learned)
    assert after.index.fresh == {"parking"}
    for article, part in before.learned.parts.items():
        assert after.learned.parts[article] is part
    if encoder is not None:
        assert set(encoder.asked) == {phrasing.text for phrasing in PARKING}
    assert after.match("hvor kan jeg parkere").candidates[0].article_id == "parking"
    for phrasing in BASE[::5]:
        assert after.match(phrasing.text).candidates[0].article_id == phrasing.article_id
    gone = Matcher.build(BASE, encoder=encoder, known=after.learned)
    assert gone.index.fresh == frozenset()
    assert "parking" not in gone.index.articles


@pytest.mark.parametrize("semantic", [False, True], ids=["words", "meaning"])
@pytest.mark.parametrize("edited", [[*BASE, *PARKING], BASE[8:], [*PARKING, *BASE[8:]]], ids=["more", "fewer", "both"])
def test_columns_that_are_carried_over_are_those_of_the_parts(edited: list[Phrasing], semantic: bool) -> None:
    encoder = LetterEncoder() if semantic else None
    carried = Matcher.build(edited, encoder=encoder, known=Matcher.build(BASE, encoder=encoder).learned).index
    unpacked = Matcher.build(edited, encoder=encoder, known=read(files_of(carried), edited)).index
    assert unpacked.fresh == frozenset()
    for values in ("weights", "scale", "bias"):
        np.testing.assert_array_equal(getattr(carried.letters, values), getattr(unpacked.letters, values))
    np.testing.assert_array_equal(carried.projected, unpacked.projected)
    np.testing.assert_array_equal(carried.starts, unpacked.starts)


def test_an_index_with_the_same_parts_shares_the_letter_head_in_memory() -> None:
    spoken = Matcher.build(BASE, encoder=LetterEncoder()).index
    by_words = Matcher.build(BASE, known=read(files_of(spoken), BASE)).index
    by_meaning = Matcher.build(BASE, encoder=LetterEncoder(), known=by_words.learned).index
    assert by_meaning.meaning is not None
    assert by_meaning.letters.weights is by_words.letters.weights


def test_several_articles_of_few_are_learned_beside_all_others() -> None:
    before = Matcher.build(BASE)
    edited = [phrasing for phrasing in BASE if phrasing.article_id not in {"a001", "a003"}]
    after = Matcher.build([*edited, *PARKING, *(replace(p, article_id="bikes") for p in PARKING)], known=before.learned)
    assert after.index.fresh == {"parking", "bikes"}


def test_many_changes_make_everything_new() -> None:
    before = Matcher.build(BASE)
    assert Matcher.build([*BASE, *made_up(8, 6)], known=before.learned).index.fresh is None


def test_files_of_the_cache_fill_in_for_changed_articles_beside_shipped_ones() -> None:
    edited = [*BASE, *PARKING]
    shipped = Matcher.build(BASE)
    kept = Matcher.build(edited, known=shipped.learned)
    by_article: dict[str, list[Phrasing]] = {}
    for phrasing in edited:
        by_article.setdefault(phrasing.article_id, []).append(phrasing)
    both = read(files_of(shipped.index), edited).beside(read(files_of(kept.index), edited), by_article)
    assert Matcher.build(edited, known=both).index.fresh == frozenset()


def test_a_vocabulary_asks_for_new_texts_only_and_once() -> None:
    encoder, known = LetterEncoder(), Vocabulary()
    known.encode_missing(["en", "to", "en"], encoder)
    known.encode_missing(["to", "tre"], encoder)
    assert encoder.asked == ["en", "to", "tre"]
    np.testing.assert_allclose(known.vectors_of(["tre", "en"]), LetterEncoder().encode(["tre", "en"]))
    with pytest.raises(KeyError):
        known.vectors_of(["fire"])


def test_a_vocabulary_knows_what_was_learned() -> None:
    built = Matcher.build(BASE, encoder=LetterEncoder())
    known = Vocabulary(built.learned.spoken_by(LetterEncoder()))
    own = [phrasing.text for phrasing in BASE if phrasing.article_id == "a003"]
    texts = [own[place] for place in built.learned.parts["a003"].phrasings.tolist()]
    assert known.missing(texts) == []
    likeness = (known.vectors_of(texts) * LetterEncoder().encode(texts)).sum(axis=1)
    assert likeness.min() > 0.9
