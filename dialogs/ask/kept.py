"""Stored questions: their fields, and a cap per person, so that asking cannot fill the store."""

from base64 import b64encode
from dataclasses import replace
from typing import Final

from dialogs.ask.readings import Meaning
from dialogs.core.decision import Decision, put, remove
from dialogs.core.event import Event
from dialogs.core.query import Asking, find_all
from dialogs.core.question import LONGEST, Question
from dialogs.core.session import Session
from knowledge.article.article import Language
from knowledge.matching.policy import OutcomeKind

# Questions stored per person; the oldest beyond it are deleted.
MAX_KEPT: Final = 1_000
# Finding the oldest reads all questions of the person, so it must not happen on every new one.
# Questions deleted at once.
DROPPED_AT_ONCE: Final = 100


def question_of(
    event: Event,
    meaning: Meaning,
    utterance: str,
    *,
    id_: str,
    language: Language,
    municipality_id: str | None,
    announcement_id: str | None = None,
    follows_id: str | None = None,
    told: str = "",
    also_from: float = 0.0,
) -> Question:
    """Return the question to store about a message, or about one part of it.

    Args:
        told: the whole message, of which ``utterance`` is a part.
        also_from: minimum confidence of the choices below a likely answer.
    """
    outcome = meaning.outcome
    listed = outcome.candidates if outcome.kind is OutcomeKind.CLARIFY or outcome.continues else ()
    if outcome.likely:
        listed = tuple(candidate for candidate in outcome.candidates[1:] if candidate.confidence >= also_from)
    return Question(
        id=id_,
        person_id=event.person_id,
        municipality_id=municipality_id,
        utterance=utterance[:LONGEST],
        language=language,
        outcome=outcome.kind,
        article_id=outcome.article_id if meaning.action is None else None,
        confidence=round(outcome.confidence, 4),
        candidates=tuple(candidate.article_id for candidate in outcome.candidates),
        announcement_id=announcement_id,
        choices=tuple(candidate.article_id for candidate in listed),
        told=told[:LONGEST],
        follows_id=follows_id,
        shown=meaning.quote.places if meaning.quote is not None else (),
        vector=b64encode(meaning.match.vector).decode(),
        images=tuple(attachment.id for attachment in event.said.attachments if attachment.refused is None),
        asked_at=event.at,
    )


def kept(question: Question, thread: Session) -> Asking[Decision]:
    """Return the decision that stores the question and enforces the cap.

    The session counts the stored questions.
    """
    if thread.asked < MAX_KEPT:
        return put(question, replace(thread, asked=thread.asked + 1))
    # The session only counts up, but retention may have deleted some questions, so count them.
    held = yield from find_all(Question, f"person:{question.person_id}")
    oldest = sorted(held, key=lambda question: (question.asked_at, question.id))[
        : max(0, len(held) - MAX_KEPT + DROPPED_AT_ONCE)
    ]
    removed = remove(Question, *(question.id for question in oldest))
    return removed + put(question, replace(thread, asked=len(held) - len(oldest) + 1))
