"""Search of stored documents for whole words, such as a person's id."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

_EDGE: Final = "A-Za-z0-9_-"


class WordSearch:
    """Finds any of some words in the rows of a store. Raises ValueError without a word."""

    def __init__(self, words: Collection[str]) -> None:
        wanted = sorted({word for word in words if word}, key=lambda word: (-len(word), word))
        if not wanted:
            raise ValueError("nothing to search for")
        self._pattern = re.compile(rf"(?<![{_EDGE}])(?:{'|'.join(map(re.escape, wanted))})(?![{_EDGE}])")
        self.needles: tuple[str, ...] = tuple(dict.fromkeys(form for word in wanted for form in (word, _escaped(word))))
        """Every form in which a word may stand in a document of JSON."""
        self._needles = tuple(needle.encode("utf-8", "surrogatepass") for needle in self.needles)

    def may_match(self, document: bytes) -> bool:
        """Return whether a JSON document contains a needle, so that ``matches`` is worth calling."""
        return any(needle in document for needle in self._needles)

    def matches(self, row_id: str, document: Mapping[str, Any]) -> bool:
        """Return whether a row contains one of the words as a whole word."""
        return self.in_text(row_id) or any(map(self.in_text, _texts(document)))

    def in_text(self, text: str) -> bool:
        """Return whether a text contains one of the words as a whole word."""
        return self._pattern.search(text) is not None


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for key, each in value.items():
                yield key
                yield from _texts(each)
        case list() | tuple():
            for each in value:
                yield from _texts(each)


def _escaped(word: str) -> str:
    return json.dumps(word)[1:-1]
