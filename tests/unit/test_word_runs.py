"""Keyed hashes of five words in a row."""

import random
import time

import pytest

from dialogs.core.word_runs import RunHasher, sentences_in

SENTENCE = "Det står en blåmeiskasse på bordet i gangen"


def test_a_run_is_found_in_any_text_around_it_and_in_no_other() -> None:
    hasher = RunHasher("k" * 32)
    runs = hasher.runs(SENTENCE)
    assert len(runs) == 4
    assert hasher.runs("«det STÅR en blåmeiskasse, på» sa hun") & runs
    assert not hasher.runs("det står en blåmeiskasse i gangen på bordet") & runs
    assert not hasher.runs("på blåmeiskasse en står det") & runs


def test_another_key_gives_other_hashes() -> None:
    assert not RunHasher("a" * 32).runs(SENTENCE) & RunHasher("b" * 32).runs(SENTENCE)


def test_a_shorter_text_is_hashed_whole_and_a_single_word_is_not() -> None:
    hasher = RunHasher("k" * 32)
    assert hasher.runs("Hei, du!") == hasher.runs("hei du")
    assert len(hasher.runs("hei du")) == 1
    assert not hasher.runs("hei du der") & hasher.runs("hei du")
    assert hasher.runs("hei") == hasher.runs("") == set()


def test_the_rolling_hash_is_that_of_each_run_alone() -> None:
    hasher, rng = RunHasher("k" * 32), random.Random(7)
    words = [f"w{rng.randrange(9)}" for _ in range(200)]
    alone = {run for start in range(196) for run in hasher.runs(" ".join(words[start : start + 5]))}
    assert hasher.runs(" ".join(words)) == alone


def test_texts_of_several_words_are_taken_from_any_depth() -> None:
    value = {"a b": "x", "c": ["to ord", ("tre små ord", {"d": "ett", "e": None}), 7]}
    assert list(sentences_in(value)) == ["to ord", "tre små ord"]


@pytest.mark.parametrize("text", ["ord ", "a b c d e f g ", "\u00a0", "æ-", "1 "])
def test_hashing_takes_time_linear_in_the_length(text: str) -> None:
    def seconds(times: int) -> float:
        taken = []
        for _ in range(3):
            begun = time.thread_time()
            RunHasher("k").runs(text * times)
            taken.append(time.thread_time() - begun)
        return min(taken)

    assert seconds(80_000) <= 2.6 * seconds(40_000) + 0.005
