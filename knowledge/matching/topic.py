"""Whether an utterance in a conversation goes on about the topic before: a small learned score.

"Kan det være anonymt?" after how to report a deviation is about that, "hvem bytter lyspærer?" is not. Both have only a
few words in common with what they are about, so the form counts as much as what the matcher finds, alone and together
with the question before. ``python -m tests.bench.topics`` learns the weights from labelled conversations.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from knowledge.article.action import EntryKinds
from knowledge.language.clauses import begins_question
from knowledge.language.text import clean, words
from knowledge.matching.followup import depends_on_previous, may_continue, sets_condition
from knowledge.matching.match import Match

_IT = re.compile(
    r"\b(?:det|den|dei|de|dem|dette|disse|denne|han|ho|hun|der|da|då|it|that|they|them|there|this|one|dæm|d|n)\b",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"(?:og|men|å|and|but|or|eller|enn|hva med|kva med|what about|hva om|what if|hvis|viss|if|også|òg|så|so|ok|ja|nei"
    r"|no|yes|bare|even|same|samme)\b",
    re.IGNORECASE,
)
_STILL = re.compile(
    r"\b(?:fortsatt|framleis|fremdeles|still|like|samme|same|akkurat|enda|ennå|enno|igjen|again|restarta|restarted|tried"
    r"|som du (?:skreiv|skrev|foreslo|sa)|har (?:bytta|byttet|prøvd|tømt|gjort|starta|startet))\b",
    re.IGNORECASE,
)
# "Og en annen ting", "noe annet", "takk, …": the matter before is done.
_ELSE = re.compile(
    r"\b(?:(?:en|ein|one|1) (?:annen|anna|annan|other|more) (?:ting|sak|greie|thing)|(?:en|ein) ting til"
    r"|(?:noe|noko|nokka) (?:heilt |helt )?(?:annet|anna)|something else|another (?:thing|question)"
    r"|forresten|btw|by the way)\b"
    r"|\A\W*(?:(?:ok|ja|ja vel|jaja|fint|supert|greit|greitt|great|good|fine)\W+)*"
    r"(?:(?:tusen )?takk|thanks|thank you)\b",
    re.IGNORECASE,
)
_GREETING = re.compile(r"(?:hei|heia|hallo|hi|hello|du,)", re.IGNORECASE)
_LONG: Final = 15
_SHORT: Final = 4
CLASSES: Final = ("same", "alone", "other", "none")
"""The same article again; what the utterance says alone; another article that both lead to; no article known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicShares:
    """Probabilities of what an utterance is about, which add up to one."""

    same: float
    alone: float
    other: float
    none: float

    def likeliest(self, *, agree: bool = False) -> tuple[str, float]:
        """Return the class with the highest share, and that share.

        Args:
            agree: what the utterance says alone is the other article, too, so that both shares are for it.
        """
        shares = {name: getattr(self, name) for name in CLASSES}
        if agree:
            shares["alone"] += shares.pop("other")
        return max(shares.items(), key=lambda pair: pair[1])


def topic_shares(match: Match, kinds: EntryKinds) -> TopicShares:
    """Return what an utterance with ``match.continued`` is probably about."""
    values = topic_evidence(match, kinds)
    sums = {
        name: sum(weights.get(evidence, 0.0) * value for evidence, value in values.items())
        for name, weights in _weights().items()
        if match.follows or name != "same"
    }
    powers = {name: math.exp(value - max(sums.values())) for name, value in sums.items()}
    return TopicShares(**{name: powers.get(name, 0.0) / sum(powers.values()) for name in CLASSES})


@cache
def _weights() -> Mapping[str, Mapping[str, float]]:
    text = (files("knowledge.matching") / "topics.json").read_text(encoding="utf-8")
    weights: dict[str, dict[str, float]] = json.loads(text)
    return {name: weights[name] for name in CLASSES}


def topic_evidence(match: Match, kinds: EntryKinds) -> dict[str, float]:
    """Return what speaks for each, by name, 0 to 1 each."""
    said, topic = match.utterance, match.follows
    alone = {candidate.article_id: candidate.confidence for candidate in match.candidates}
    joined = {candidate.article_id: candidate.confidence for candidate in match.continued}
    first = next(iter(alone), "")
    other = next((article_id for article_id in joined if article_id != topic), "")
    acts = float(first in kinds.acts | kinds.outside | kinds.unlisted | kinds.urgent)
    number = len(words(said))
    text = clean(said)
    return {
        "always": 1.0,
        "alone": alone.get(first, 0.0),
        "alone is the topic": float(first == topic),
        "alone of the topic": alone.get(topic, 0.0),
        "alone acts": acts * alone.get(first, 0.0),
        "acts": acts,
        "joined is the topic": float(next(iter(joined), "") == topic),
        "joined of the topic": joined.get(topic, 0.0),
        "joined of another": joined.get(other, 0.0),
        "another is alone": float(other != "" and other == first),
        "answered": float(topic != ""),
        "unanswered, joined": joined.get(other, 0.0) * (topic == ""),
        "unanswered, alone": alone.get(first, 0.0) * (topic == ""),
        "unanswered, alike": float(topic == "" and other == first != ""),
        "not in joined": alone.get(first, 0.0) * (first not in joined),
        "agree": min(alone.get(first, 0.0), joined.get(first, 0.0)),
        "condition": float(sets_condition(said)),
        "something else": float(_ELSE.search(said) is not None),
        "alone in joined": joined.get(first, 0.0),
        "pronoun": float(_IT.search(said) is not None),
        "opening": float(_OPENING.match(said) is not None),
        "still": float(_STILL.search(said) is not None),
        "greeting": float(_GREETING.match(said) is not None),
        "leans": float(depends_on_previous(text)),
        "may continue": float(may_continue(text)),
        "length": min(number, _LONG) / _LONG,
        "short": float(number <= _SHORT),
        "question": float(begins_question(said)),
        "new": float(match.new),
    }
