"""Match stored questions again, before and after a change of the index: their vectors are stored with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from knowledge.matching.match import Match, Phrasing
from knowledge.matching.matcher import Matcher

# A masked utterance and its packed vector, which may be empty.
Asked = tuple[str, bytes]

# Utterances compared at a time, for memory.
AT_ONCE = 64


def match_again(matcher: Matcher, asked: Sequence[Asked]) -> Iterator[Match]:
    """Yield the match of each utterance; one without a vector of this index's encoder is encoded again."""
    for start in range(0, len(asked), AT_ONCE):
        some = asked[start : start + AT_ONCE]
        for (utterance, _), heard in zip(some, matcher.index.hear([packed for _, packed in some]), strict=True):
            yield matcher.match(utterance, heard=heard)


def has_other_phrasings(before: Matcher, after: Matcher) -> bool:
    """Return whether any article gained or lost phrasings."""
    one, other = ({_phrasing_key(phrasing) for phrasing in _phrasings(matcher)} for matcher in (before, after))
    return one != other


def captured_phrasings(before: Matcher, after: Matcher) -> Iterator[Phrasing]:
    """Yield the phrasings that an article gained although it had others before.

    Each may capture questions of the article that its words belong to.
    """
    known = {_phrasing_key(phrasing) for phrasing in _phrasings(before)}
    asked_before = {phrasing.article_id for phrasing in _phrasings(before)}
    for phrasing in _phrasings(after):
        if _phrasing_key(phrasing) not in known and phrasing.article_id in asked_before:
            yield phrasing


def _phrasings(matcher: Matcher) -> Sequence[Phrasing]:
    beside = matcher.overlay.phrasings if matcher.overlay is not None else ()
    return [*matcher.index.phrasings, *beside]


def _phrasing_key(phrasing: Phrasing) -> tuple[str, str, str]:
    return phrasing.article_id, phrasing.language, phrasing.text
