"""Replies that begin with an announced fault while it lasts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dialogs.announce.model import Announcement
from dialogs.announce.reader import announced_faults
from dialogs.announce.subjects import named_programs
from dialogs.ask import cards
from dialogs.ask.own_answer import QuestionAsker
from dialogs.ask.readings import Meaning
from dialogs.core.content import Content
from dialogs.core.decision import Decision, Reply
from dialogs.core.event import Event
from dialogs.core.query import Asking
from dialogs.core.texts import Texts
from knowledge.language.clauses import tells_of_trouble


def after_faults(
    replied: Decision, meaning: Meaning, asker: QuestionAsker, event: Event, content: Content, *, begins: bool
) -> Asking[Decision]:
    """Return the reply to a message, after the announced faults that the message is about.

    Args:
        begins: the reply is about a subject of its own, as an answer or a look-up is.
    """
    # A follow-up stands below an answer that began with them.
    if not begins or meaning.outcome.continues or _tells_of_emergency(meaning):
        return replied
    shares = subject_shares(meaning, content, asker.municipality_id)
    parts = meaning.parts or (meaning,)
    troubles = [
        match.vector
        for match in (meaning.match, *(part.match for part in parts))
        if match.vector and tells_of_trouble(match.utterance)
    ]
    faults = yield from announced_faults(shares, asker.person, event, content, troubles=troubles)
    return begun_with(faults, replied, asker.texts)


def _tells_of_emergency(meaning: Meaning) -> bool:
    """Return whether the reply begins with the numbers to call, above which nothing stands."""
    return any(part.action is not None and part.action.urgent for part in meaning.parts or (meaning,))


def subject_shares(meaning: Meaning, content: Content, municipality_id: str | None) -> Mapping[str, float]:
    """Return the probability of each article and program that a message may ask about."""
    shares: dict[str, float] = {}
    for part in meaning.parts or (meaning,):
        for candidate in part.match.candidates:
            shares[candidate.article_id] = max(candidate.confidence, shares.get(candidate.article_id, 0.0))
        if part.outcome.article_id is not None:
            shares[part.outcome.article_id] = 1.0
    programs = named_programs(str(meaning.match.utterance), content, municipality_id)
    return {**shares, **dict.fromkeys(programs, 1.0)}


def begun_with(faults: Sequence[Announcement], decision: Decision, texts: Texts) -> Decision:
    """Return the decision with the faults above its first reply."""
    replies = [effect for effect in decision.effects if isinstance(effect, Reply)]
    if not faults or not replies:
        return decision
    first = replies[0]
    message = cards.with_faults_above(texts, first.message, faults)
    effects = tuple(replace(effect, message=message) if effect is first else effect for effect in decision.effects)
    return replace(decision, effects=effects)
