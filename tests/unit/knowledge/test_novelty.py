"""Questions about something else altogether, which differ from a phrasing in the one word that tells."""

import pytest

from knowledge.matching.matcher import is_new
from knowledge.matching.reading import Reader
from knowledge.matching.repair import Repair


@pytest.mark.parametrize(
    ("text", "new"),
    [
        pytest.param("når kommer bussen", True, id="a word no article has"),
        pytest.param("når kommer teams", False, id="a word that few articles have"),
        pytest.param("når kommer teams på bussen", False, id="one of each"),
        pytest.param("når kommer", False, id="nothing that tells"),
        pytest.param("når kommer busssen", False, id="it may be a slip of the pen"),
        pytest.param("når kommer 2027", False, id="no word"),
        pytest.param("", False, id="empty"),
    ],
)
def test_only_a_real_word_that_no_article_has_is_new(text: str, new: bool) -> None:
    reading = Reader(Repair({"teams": 9})).read(text, language="nb", mend=False)
    spread = {**dict.fromkeys(reading.meanings[:2], 40), "=teams": 4}
    assert is_new(reading, spread=lambda meaning: spread.get(meaning, 0), articles=60) is new


def test_in_a_small_desk_a_word_of_five_articles_tells_nothing() -> None:
    reading = Reader(Repair({})).read("hvor er bussen", language="nb", mend=False)
    spread = dict.fromkeys(reading.meanings[:2], 6)
    assert is_new(reading, spread=lambda meaning: spread.get(meaning, 0), articles=8)
    fewer = dict.fromkeys(reading.meanings[:2], 5)
    assert not is_new(reading, spread=lambda meaning: fewer.get(meaning, 0), articles=8)
