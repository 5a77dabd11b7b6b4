import pytest

from dialogs.core.texts import beginning_of, plain_text
from tests.learned import sample_content

LISTED = "Vent **litt**.\n\n1. Åpne [Teams](https://teams.example/)\n\n   og logg inn\n2. Trykk *Bli med*\n\nTakk"


@pytest.mark.parametrize("most", [0, 1, 20, 40, 300])
def test_the_beginning_of_a_text_is_that_of_its_plain_words(most: int) -> None:
    answers = [article.answer for article in sample_content().articles.articles.values()]
    for text in (LISTED, "", "\n\n", *answers[::5]):
        assert beginning_of(text, most) == plain_text(text)[:most]
