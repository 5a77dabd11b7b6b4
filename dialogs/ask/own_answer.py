"""The asker and their own answer in place of an article, also of one named under "see also"."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from dialogs.ask import cards
from dialogs.ask.context import after_turn
from dialogs.ask.kept import kept
from dialogs.core.article_view import ArticleAnswer, ArticleView, Completers, view_article
from dialogs.core.content import Content
from dialogs.core.decision import Decision, Notice, Reply, do
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, find, new_id
from dialogs.core.question import Question
from dialogs.core.session import Session, session_of
from dialogs.core.speaker import speaker_of
from dialogs.core.texts import Texts
from dialogs.rollout.contacts import answer as contacts
from dialogs.rollout.timeline import answer as timeline
from knowledge.article.action import Action
from knowledge.article.article import Language
from knowledge.matching.policy import OutcomeKind

COMPLETERS: Final[Completers] = {**contacts.COMPLETERS, **timeline.COMPLETERS}


def own_answer(
    article_id: str, words: str, *, person: Person | None, texts: Texts, content: Content, at: datetime
) -> Asking[ArticleView | None]:
    """Return the answer for the person, None where the article itself is the answer."""
    action = content.actions.completing(article_id)
    completer = COMPLETERS.get(action.verb or "") if action is not None else None
    if action is None or completer is None:
        return None
    view = view_article(content, texts, article_id, person.municipality_id if person else None)
    if view is None:
        return None
    answer = ArticleAnswer(
        view=view, words=words, person=person, texts=texts, at=at, chief=action.completes[0] == article_id
    )
    return (yield from completer(answer, content))


def own_answers(
    asked: Iterable[tuple[str | None, str]], *, person: Person | None, texts: Texts, content: Content, at: datetime
) -> Asking[Mapping[str, ArticleView]]:
    """Return the answers for the person by article id; ``asked`` are pairs of article and words."""
    answers: dict[str, ArticleView] = {}
    for article_id, words in asked:
        if article_id and article_id not in answers:
            own = yield from own_answer(article_id, words, person=person, texts=texts, content=content, at=at)
            if own is not None:
                answers[article_id] = own
    return answers


# The answer of an article that another answer names under "see also.


def show_related(event: Event, content: Content) -> Flow:
    """Answer with the pressed article, as if its title had been asked; the answer above stays."""
    speaker = yield from speaker_of(event, content)
    person, texts = speaker.person, speaker.texts
    view = view_article(content, texts, event.pressed.text("article_id"), person.municipality_id)
    if view is None:
        return do(Notice(text=texts("ask.old_card")))
    own = yield from own_answer(view.id, view.title, person=person, texts=texts, content=content, at=event.at)
    view = own or view
    # A separate question, so that feedback and a hand-off are about this article.
    question = Question(
        id=(yield from new_id("q")),
        person_id=event.person_id,
        municipality_id=person.municipality_id,
        utterance=view.title,
        language=texts.language,
        outcome=OutcomeKind.ANSWER,
        article_id=view.id,
        confidence=1.0,
        candidates=(view.id,),
        asked_at=event.at,
    )
    session = yield from session_of(event.person_id, event.at)
    thread = after_turn(session, event.at, view.id)
    stored = yield from kept(question, replace(thread, question_id=question.id, announcement_id=None))
    message = cards.answered(
        texts, view, question_id=question.id, masked=frozenset(), actions=frozenset(content.commands.values())
    )
    return stored + do(Reply(slot=f"ask/{question.id}", message=message))


# The asker of a question, with the language of the answer.


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
