"""An id of the running bot is never taken for a number of a person, wherever a card or a page sends it back."""

from bot.app.clock import SystemRandomSource
from knowledge.language.concerns import concerns_in
from knowledge.language.masking.masked import mask


def test_no_id_is_masked_or_warned_about() -> None:
    ids = [SystemRandomSource().new_id("announcement") for _ in range(20_000)]
    assert [each for each in ids if mask(each) != each] == []
    assert [each for each in ids[:4000] if concerns_in(each)] == []


def test_ids_differ() -> None:
    assert len({SystemRandomSource().new_id("q") for _ in range(1000)}) == 1000
