"""What a follow-up to an answer gets: the passage that answers it, what comes next in it, or that it says no more."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from dialogs.ask.own_answer import QuestionAsker, article_for
from dialogs.ask.readings import Meaning
from dialogs.core.article_view import ArticleView, beginning
from dialogs.core.content import Content
from dialogs.core.query import Asking, rate_quotes
from dialogs.core.question import Question, asked_in_thread, thread_of
from knowledge.article.passage import MAX_FIRST_WORDS, Quote, places_of, quotes, unread
from knowledge.language.text import words
from knowledge.matching.followup import says_still
from knowledge.matching.match import Asked, Candidate, Match
from knowledge.matching.policy import Outcome, OutcomeKind, Policy

# Further articles that a follow-up is compared with.
_MOST_NEAR: Final = 2
# Share of the highest rating from which the next quote is shown, too: of 111 answers 67 are the first, 17 the second.
_CLOSE: Final = 0.4
# Words of a message that only says that nothing has changed; a longer one may name its own subject.
_SHORT: Final = 5


def quoted(meaning: Meaning, *, asker: QuestionAsker, content: Content, before: Question | None) -> Asking[Meaning]:
    """Return the meaning of a follow-up with what of an article it gets; any other meaning as it is.

    Args:
        before: the question of the turn before.
    """
    policy, said = content.policy, meaning.match.utterance
    unclear = meaning.outcome.kind in {OutcomeKind.CLARIFY, OutcomeKind.HAND_OVER} and not meaning.outcome.continues
    if unclear and before is not None and before.article_id and says_still(said) and len(words(said)) <= _SHORT:
        # "Samme" says nothing else.
        match = replace(meaning.match, follows=before.article_id)
        meaning = replace(meaning, match=match, outcome=replace(meaning.outcome, continues=True))
    topic = article_for(asker, content, meaning.match.follows) if meaning.outcome.continues else None
    if topic is None:
        return meaning
    if says_still(said):
        rest = unread(topic.article.answer, (yield from read_of(topic, before)))
        return _from(meaning, topic, rest, 1.0) if rest is not None else _no_more(meaning, content)
    offered = meaning.outcome.kind is OutcomeKind.CLARIFY
    if offered and meaning.outcome.candidates[0].article_id != topic.id:
        return _no_more(meaning, content)
    # After a list, or a return to an earlier answer, the question before is about something else.
    ids = [candidate.article_id for candidate in meaning.outcome.candidates if candidate.article_id != topic.id]
    others = [view for article_id in ids[:_MOST_NEAR] if (view := article_for(asker, content, article_id)) is not None]
    asked = Asked(text=topic.title)
    if before is not None and before.article_id in {None, topic.id}:
        asked = yield from asked_in_thread(before)
    ratings = yield from rate_quotes(
        said,
        asked_before=asked,
        vector=meaning.match.vector,
        articles=[view.article for view in (topic, *others)],
    )
    share, quote = _best(topic, ratings[0], _shown_with(topic, before))
    near = [(max(rating, default=0.0), view) for view, rating in zip(others, ratings[1:], strict=True)]
    near_share, nearest = max(near, key=lambda pair: pair[0], default=(0.0, topic))
    if share < policy.sure_quote_from and near_share >= policy.near_quote_from:
        # It has not been read: its beginning, or the case asked about, says more than a quote.
        return _from(meaning, nearest, None, near_share)
    if offered and share < policy.sure_quote_from:
        return _no_more(meaning, content)
    rather = _rather(meaning.match, policy) if share < policy.sure_quote_from else None
    if rather is not None and rather.article_id in asker.session.turns:
        rather = None  # it was read, and what came after it is asked about
    if rather is not None and (view := article_for(asker, content, rather.article_id)) is not None:
        return _from(meaning, view, None, rather.confidence)
    if quote is not None and share >= policy.quote_from:
        return _from(meaning, topic, quote, share)
    again, read = _best(topic, ratings[0], ())
    # What answers it was shown last.
    return replace(_no_more(meaning, content), quote=read if again >= policy.likely_quote_from else None)


def _rather(match: Match, policy: Policy) -> Candidate | None:
    """Return another article that a follow-up is rather about: with the question before, or by its own words."""
    joined = {candidate.article_id: candidate.confidence for candidate in match.continued}
    others = [candidate for candidate in match.continued if candidate.article_id != match.follows]
    both = joined.get(match.follows, 0.0) >= policy.topic_seen_from
    if others and others[0].confidence >= policy.joined_from and both:
        return others[0]
    alone = {candidate.article_id: candidate for candidate in match.candidates}
    first = next(iter(alone.values()), None)
    if first is None or match.follows in alone or first.confidence < policy.named_from:
        return None
    return first if first.article_id in joined else None


def _best(view: ArticleView, ratings: Sequence[float], last: Sequence[int]) -> tuple[float, Quote | None]:
    """Return the quote of an answer that is rated highest, with the next one if that is close, and its rating.

    Args:
        last: places that make up what was shown last, and are no answer again.
    """
    rated = zip(ratings, quotes(view.article.answer), strict=True)
    fresh = [(rating, quote) for rating, quote in rated if quote.places != tuple(last)]
    ranked = sorted(fresh, key=lambda pair: pair[0], reverse=True)
    if not ranked:
        return 0.0, None
    share, first = ranked[0]
    for rating, second in ranked[1:]:
        if rating < _CLOSE * share:
            break
        long = len(first.text.split()) + len(second.text.split()) > MAX_FIRST_WORDS
        if long or not set(first.places).isdisjoint(second.places):
            continue
        both = sorted((first, second), key=lambda quote: quote.places)
        text = "\n\n".join(quote.text for quote in both)
        places = tuple(sorted((*first.places, *second.places)))
        return (share, first) if places == tuple(last) else (share, Quote(text=text, label="", places=places))
    return share, first


def read_of(view: ArticleView, before: Question | None) -> Asking[frozenset[int]]:
    """Return the places of an answer that the asker has been shown in the questions up to ``before``."""
    thread = (yield from thread_of(before)) if before is not None else []
    told = [places for question in thread for places in _shown_with(view, question)]
    return frozenset(told or places_of(view.article.answer, beginning(view)))


def _shown_with(view: ArticleView, question: Question | None) -> tuple[int, ...]:
    """Return the places of an answer that were shown with the reply to a question."""
    if question is None or question.article_id != view.id:
        return ()
    return question.shown or places_of(view.article.answer, beginning(view, question.utterance))


def _from(meaning: Meaning, view: ArticleView, quote: Quote | None, share: float) -> Meaning:
    """Return the meaning with an article as the answer, or a quote of it."""
    again = view.id == meaning.match.follows
    others = tuple(candidate for candidate in meaning.outcome.candidates if candidate.article_id != view.id)
    answer = Candidate(article_id=view.id, confidence=share)
    outcome = replace(
        meaning.outcome,
        kind=OutcomeKind.ANSWER,
        article_id=view.id,
        confidence=share,
        candidates=(answer, *others),
        likely=True,
        continues=again,
    )
    return replace(meaning, outcome=outcome, quote=quote)


def _no_more(meaning: Meaning, content: Content) -> Meaning:
    """Return the meaning of a follow-up that the article before does not answer: other articles as choices."""
    topic = meaning.match.follows
    near = (*meaning.outcome.candidates, *meaning.match.continued)
    hidden = content.actions.kinds.outside | content.actions.kinds.unlisted | {topic}
    others = {candidate.article_id: candidate for candidate in near if candidate.article_id not in hidden}
    outcome = Outcome(
        kind=OutcomeKind.HAND_OVER,
        confidence=meaning.outcome.confidence,
        candidates=tuple(others.values())[: content.policy.ask_back],
        continues=True,
    )
    return replace(meaning, outcome=outcome)
