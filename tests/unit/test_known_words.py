"""The shipped word hashes are those of the dictionaries they come from."""

import numpy as np
import pytest
from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

from knowledge.lexicon.known import Hashes, hashes_of, is_known, known_hashes


def dictionary_hashes() -> Hashes:
    factory = DefaultDictionaryFactory()
    words = {
        word.lower()
        for language in ("nb", "nn", "en")
        for pair in factory.get_dictionary(language).items()
        for word in pair
    }
    return hashes_of(words)


def test_the_file_holds_what_the_dictionaries_hold() -> None:
    assert np.array_equal(known_hashes(), dictionary_hashes())


@pytest.mark.parametrize("word", ["kaffe", "skriveren", "hvorfor", "passordet", "calendar", "meeting"])
def test_everyday_words_are_known(word: str) -> None:
    assert is_known(word)


@pytest.mark.parametrize("word", ["passrodet", "kalendre n", "xqzzt", "offfice", ""])
def test_what_is_no_word_is_not(word: str) -> None:
    assert not is_known(word)
