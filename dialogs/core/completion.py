"""Answers for one person in place of an article for all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from dialogs.core.article_view import ArticleView
from dialogs.core.content import Content
from dialogs.core.person import Person
from dialogs.core.query import Asking
from dialogs.core.texts import Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleAnswer:
    """An article about to be shown.

    Attributes:
        view: the article, as everyone in the municipality reads it.
        words: the question.
        texts: of the answer's language.
        chief: it is the first article that the action completes; the others are completed for narrower questions only.
    """

    view: ArticleView
    words: str
    person: Person | None
    texts: Texts
    at: datetime
    chief: bool


# Returns the answer for the person, or None where the article says all there is.
Completer = Callable[[ArticleAnswer, Content], Asking[ArticleView | None]]
# By the verb of the action; each is declared beside its verb.
Completers = Mapping[str, Completer]
