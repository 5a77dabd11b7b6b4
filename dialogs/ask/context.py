"""What a follow-up question refers to: the answers of the last turns about the same subject."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from dialogs.core.content import Content
from dialogs.core.query import Asking
from dialogs.core.question import Question, asked_in_thread
from dialogs.core.session import Session, TopicKind
from knowledge.article.article import Language
from knowledge.matching.followup import depends_on_previous
from knowledge.matching.match import NOTHING_ASKED, Asked
from knowledge.matching.policy import OutcomeKind

MAX_TURNS: Final = 5
# As long as "yes" refers to the last question.
CONTEXT_FOR: Final = timedelta(hours=1)
# A turn without an answer.
NO_ANSWER: Final = ""
# What a reply to a card is read together with.
_CARD_WORDS: Final[Mapping[TopicKind, str]] = {
    TopicKind.PROGRAM: "søke om å bruke et program",
    TopicKind.AMBASSADORS: "hvem er ambassadøren min",
    TopicKind.COURSES: "hvilke kurs kan jeg melde meg på",
    TopicKind.ERASURE: "slette det Heia har lagret om meg",
}
_NEW_SUBJECT: Final = frozenset({OutcomeKind.OUT_OF_SCOPE, OutcomeKind.DECLINE})


def context_of(session: Session, at: datetime) -> tuple[str, ...]:
    """Return the articles a follow-up may refer to, latest first; none after a card of another subject."""
    if session.topic is not None:
        return ()
    return tuple(dict.fromkeys(article_id for article_id in reversed(_turns(session, at)) if article_id))


def asked_before(session: Session, at: datetime, before: Question | None) -> Asking[Asked]:
    """Return what a message may go on about: the last card, or the last question with what it continues.

    Args:
        before: the last question, if it was asked within the hour.
    """
    if session.topic is not None and at - session.changed_at <= CONTEXT_FOR:
        return Asked(text=_CARD_WORDS[session.topic.kind])
    if before is None or before.outcome in _NEW_SUBJECT:
        return NOTHING_ASKED
    return (yield from asked_in_thread(before))


def after_turn(session: Session, at: datetime, article_id: str = NO_ANSWER) -> Session:
    """Return the session after a turn about the same subject."""
    turns = (*_turns(session, at), article_id)[-MAX_TURNS:]
    return replace(
        session, turns=turns, article_id=article_id or session.article_id, programs=(), topic=None, changed_at=at
    )


def after_choice(session: Session, at: datetime, article_id: str) -> Session:
    """Return the session after a choice from the list of the last turn."""
    turns = _turns(session, at)
    before = replace(session, turns=turns[:-1]) if turns and turns[-1] == NO_ANSWER else session
    return after_turn(before, at, article_id)


def after_question(session: Session, at: datetime, question: Question, *, content: Content) -> Session:
    """Return the session after a question: a new subject without an answer leaves the turns before it behind.

    After one with an answer, a follow-up is about that, unless it goes back to an earlier one by name.
    """
    near = (question.article_id,) if question.article_id else question.candidates
    same = question.outcome not in _NEW_SUBJECT and (
        question.outcome is OutcomeKind.ACT
        or depends_on_previous(question.utterance)
        or _share_topic(content, near, _turns(session, at))
    )
    before = session if same or question.article_id else replace(session, turns=(), article_id=None)
    return after_turn(before, at, question.article_id or NO_ANSWER)


def _turns(session: Session, at: datetime) -> tuple[str, ...]:
    if at - session.changed_at > CONTEXT_FOR:
        return ()
    # Records of earlier versions have the last answer alone.
    return session.turns or ((session.article_id,) if session.article_id else ())


def _share_topic(content: Content, ids: Iterable[str], earlier_ids: Iterable[str]) -> bool:
    def topics(article_id: str) -> frozenset[str]:
        article = content.articles.get(article_id, Language.NB) if article_id else None
        return frozenset(article.topics) if article is not None else frozenset()

    before = frozenset[str]().union(*(topics(article_id) for article_id in earlier_ids))
    return any(topics(article_id) & before for article_id in ids)
