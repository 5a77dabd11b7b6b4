"""The shipped word hashes are those of the dictionaries they come from."""

from collections.abc import Iterable, Mapping

import numpy as np
import pytest
from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

from knowledge.language.lexicon.known import SPEAKERS, Bits, Hashes, hash_of, is_known, known_words, speakers


def dictionaries() -> dict[str, set[str]]:
    factory = DefaultDictionaryFactory()
    return {
        language: {word.lower() for pair in factory.get_dictionary(language).items() for word in pair}
        for language in SPEAKERS
    }


def pack(words: Mapping[str, Iterable[str]]) -> tuple[Hashes, Bits]:
    """Return the contents of the two files for the words of each language."""
    found: dict[int, int] = {}
    for bit, language in enumerate(SPEAKERS):
        for word in words[language]:
            found[hash_of(word)] = found.get(hash_of(word), 0) | 1 << bit
    hashes = np.array(sorted(found), dtype="<u4")
    return hashes, np.array([found[int(each)] for each in hashes], dtype=np.uint8)


@pytest.mark.full
def test_the_files_hold_what_the_dictionaries_hold() -> None:
    hashes, bits = pack(dictionaries())
    assert np.array_equal(known_words()[0], hashes)
    assert np.array_equal(known_words()[1], bits)


@pytest.mark.parametrize("word", ["kaffe", "skriveren", "hvorfor", "passordet", "calendar", "meeting"])
def test_everyday_words_are_known(word: str) -> None:
    assert is_known(word)


@pytest.mark.parametrize("word", ["passrodet", "kalendre n", "xqzzt", "offfice", ""])
def test_what_is_no_word_is_not(word: str) -> None:
    assert not is_known(word)


@pytest.mark.parametrize(
    ("word", "languages"), [("korleis", {"nn"}), ("meeting", {"en"}), ("hvordan", {"nb"}), ("bil", {"nb", "nn"})]
)
def test_a_word_is_of_the_languages_whose_dictionaries_hold_it(word: str, languages: set[str]) -> None:
    assert speakers(word) == languages
