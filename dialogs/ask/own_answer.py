"""The asker's own answer in place of an article: the plan of their unit, the contacts of their municipality."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from dialogs.core.article_view import ArticleView, view_article
from dialogs.core.completion import ArticleAnswer, Completers
from dialogs.core.content import Content
from dialogs.core.person import Person
from dialogs.core.query import Asking
from dialogs.core.texts import Texts
from dialogs.rollout.contacts import answer as contacts
from dialogs.rollout.timeline import answer as timeline

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
