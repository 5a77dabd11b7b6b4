"""The answer of an article that another answer names under "see also"."""

from dataclasses import replace

from dialogs.ask import cards
from dialogs.ask.context import after_turn
from dialogs.ask.kept import kept
from dialogs.ask.own_answer import own_answer
from dialogs.core.article_view import view_article
from dialogs.core.content import Content
from dialogs.core.decision import Notice, Reply, do
from dialogs.core.event import Event
from dialogs.core.query import Flow, new_id
from dialogs.core.question import Question
from dialogs.core.session import session_of
from dialogs.core.speaker import speaker_of
from knowledge.matching.policy import OutcomeKind


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
