"""The stored question, with those that it continues."""

from base64 import b64decode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Final

from dialogs.core.data_rules import DataRules, Purpose, month_term
from dialogs.core.query import Asking, find
from knowledge.article.article import Language
from knowledge.matching.match import Asked
from knowledge.matching.policy import OutcomeKind
from knowledge.organisation.unit import PersonId

# Characters kept of a message: as many as a colleague can be sent.
LONGEST: Final = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One utterance treated as a question.

    ``utterance`` is masked.

    Args:
        choices: ids of the entries below the reply, in their order: "nr 2" is the second.
        told: all that the asker wrote, where it is more: the whole message of several questions, and what did not help.
        follows_id: of the question that this one continues, such as "og på mobil?".
        helped: the asker's feedback on the answer; None without feedback.
        for_editors: the asker wants the editors to see it.
        handed_over: it was sent to a colleague.
        vector: of the utterance, in base64, to find similar questions; empty without the encoder.
        shown: places of the paragraphs of the answer that were shown, where that is not its beginning.
        images: ids of images sent with it, kept for a handoff.
    """

    KIND: ClassVar[str] = "question"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(most="1,000, the newest", months=12, dated="asked_at")

    id: Annotated[str, Purpose.ORDER]
    person_id: Annotated[PersonId, Purpose.ORDER]
    municipality_id: Annotated[str | None, Purpose.PLACE]
    utterance: Annotated[str, Purpose.ANSWER]
    language: Annotated[Language, Purpose.ANSWER]
    outcome: Annotated[OutcomeKind, Purpose.IMPROVE]
    article_id: Annotated[str | None, Purpose.ANSWER] = None
    confidence: Annotated[float, Purpose.IMPROVE] = 0.0
    candidates: Annotated[tuple[str, ...], Purpose.ANSWER] = ()
    announcement_id: Annotated[str | None, Purpose.ANSWER] = None
    choices: Annotated[tuple[str, ...], Purpose.ANSWER] = ()
    told: Annotated[str, Purpose.HELP] = ""
    follows_id: Annotated[str | None, Purpose.HELP] = None
    helped: Annotated[bool | None, Purpose.IMPROVE] = None
    for_editors: Annotated[bool, Purpose.CHOICE] = False
    handed_over: Annotated[bool, Purpose.HELP] = False
    vector: Annotated[str, Purpose.IMPROVE] = ""
    shown: Annotated[tuple[int, ...], Purpose.ANSWER] = ()
    images: Annotated[tuple[str, ...], Purpose.HELP] = ()
    asked_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        yield f"person:{self.person_id}"
        yield f"outcome:{self.outcome}"
        yield month_term(self.asked_at)
        if self.article_id:
            yield f"article:{self.article_id}"
        if self.announcement_id:
            yield f"announcement:{self.announcement_id}"
        if self.unanswered:
            yield "unanswered"

    @property
    def unanswered(self) -> bool:
        """Whether Heia had no answer, or none that helped: also a list of which nothing was picked."""
        unsure = self.outcome in (OutcomeKind.CLARIFY, OutcomeKind.HAND_OVER)
        return unsure or self.handed_over or self.helped is False


# A question with those that it continues: "og på mobil?" says little alone.

# Of a thread.
MAX_QUESTIONS: Final = 5
# Questions that are read back to the first of a thread.
MAX_READ: Final = 20


def words_of_thread(question: Question, *, all_told: bool = False) -> Asking[str]:
    """Return the words of the questions that a question continues, then its own, a line each.

    Args:
        all_told: of each question all that the asker wrote about it.
    """

    def words(question: Question) -> str:
        return (all_told and question.told) or question.utterance

    return "\n".join(map(words, _telling((yield from thread_of(question)))))


def asked_in_thread(question: Question) -> Asking[Asked]:
    """Return what the questions that a question continues, and itself, ask together."""
    thread = _telling((yield from thread_of(question)))
    vectors = [b64decode(earlier.vector) for earlier in thread]
    text = "\n".join(earlier.utterance for earlier in thread)
    return Asked(text=text, vectors=tuple(vectors) if all(vectors) else ())


def _telling(thread: Sequence[Question]) -> list[Question]:
    """Return the first question of a thread, which names the subject, and the newest."""
    return [*thread[:1], *thread[1:][1 - MAX_QUESTIONS :]]


def thread_of(question: Question) -> Asking[list[Question]]:
    """Return the questions that a question continues, then itself."""
    thread, earlier = [question], question
    while earlier.follows_id is not None and len(thread) < MAX_READ:
        followed = yield from find(Question, earlier.follows_id)
        if followed is None or followed.person_id != question.person_id:
            break
        earlier = followed
        thread.insert(0, earlier)
    return thread
