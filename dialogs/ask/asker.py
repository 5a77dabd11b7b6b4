"""The asker of a question, with the language of the answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from dialogs.ask.own_answer import own_answers
from dialogs.core.article_view import ArticleView, view_article
from dialogs.core.content import Content
from dialogs.core.decision import Decision, Reply, do
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking, find
from dialogs.core.question import Question
from dialogs.core.session import Session, session_of
from dialogs.core.texts import Texts
from knowledge.article.action import Action
from knowledge.article.article import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAsker:
    """The asker, with the language of this answer. ``own``: answers for them in place of articles, by article id."""

    id: str
    person: Person | None
    session: Session
    language: Language
    texts: Texts
    own: Mapping[str, ArticleView] = field(default_factory=dict)

    @property
    def municipality_id(self) -> str | None:
        return self.person.municipality_id if self.person else None


def presser(event: Event, content: Content, question: Question | None = None) -> Asking[QuestionAsker]:
    """Return the presser of a button as an asker.

    The language stays that of the question's answer, or without a question that of the latest message.
    """
    person = yield from find(Person, event.person_id)
    session = yield from session_of(event.person_id, event.at)
    language = person.language if person else Language.NB
    if not (person and person.language_chosen):
        language = question.language if question is not None else session.heard or language
    texts = content.texts[language]
    words = question.utterance if question else ""
    shown = (question.article_id if question else None, event.pressed.text("article_id"))
    own = yield from own_answers(
        ((article_id, words) for article_id in shown), person=person, texts=texts, content=content, at=event.at
    )
    return QuestionAsker(id=event.person_id, person=person, session=session, language=language, texts=texts, own=own)


def own_question(event: Event) -> Asking[Question | None]:
    """Return the question of the pressed card, if the presser asked it."""
    question = yield from find(Question, event.pressed.text("question_id"))
    return question if question and question.person_id == event.person_id else None


def card_slot(event: Event, question: Question) -> str:
    """Return the slot of the pressed card, or of a new one for a typed reply; else the slot of the question."""
    slot = event.pressed.slot or ""
    return slot if slot.startswith("ask/") else f"ask/{question.id}"


def card_reply(asker: QuestionAsker, event: Event, question: Question, message: Message) -> Decision:
    """Return the reply to a press on the card of a question."""
    spoken = replace(message, language=message.language or asker.language)
    return do(Reply(slot=card_slot(event, question), message=spoken))


def article_for(asker: QuestionAsker, content: Content, article_id: str) -> ArticleView | None:
    return asker.own.get(article_id) or view_article(content, asker.texts, article_id, asker.municipality_id)


def entries_for(asker: QuestionAsker, content: Content, ids: Iterable[str]) -> list[ArticleView | Action]:
    """Return the articles and actions with these ids that exist."""
    entries = (content.actions.get(entry_id) or article_for(asker, content, entry_id) for entry_id in ids)
    return [entry for entry in entries if entry is not None]
