"""Cards for advice between helpers and for answering with an article."""

from collections.abc import Sequence

from dialogs.core import card
from dialogs.core.article_view import ArticleView
from dialogs.core.message import Message
from dialogs.core.texts import Texts
from dialogs.handoff.cards import MAX_LETTERS, beside_question
from dialogs.handoff.model import Handoff


def articles(texts: Texts, handoff: Handoff, views: Sequence[ArticleView]) -> Message:
    """Return the matching articles, each with a button that sends it."""
    if not views:
        return Message.plain(texts("handoff.articles.none"))
    body: list[card.Element] = [card.heading(texts("handoff.articles.title"))]
    for view in views:
        send = card.press(
            texts("handoff.articles.send"), "handoff.send_article", handoff_id=handoff.id, article_id=view.id
        )
        body += [card.paragraph(f"**{view.title}**"), card.small(view.article.answer), card.buttons(send)]
    titles = "\n".join(f"- {view.title}" for view in views)
    return Message(text=f"{texts('handoff.articles.title')}\n{titles}", card=card.card(body))


def question(texts: Texts, handoff: Handoff, *, owner: str, unit: str) -> Message:
    """Return the request for advice; it does not name the asker."""
    line = texts("handoff.network.line", owner=owner, unit=unit)
    return Message(
        text=f"{line} {handoff.question}",
        card=card.card(
            [
                card.heading(texts("handoff.network.title")),
                card.paragraph(line),
                card.quote(handoff.question),
                card.write(
                    "words",
                    texts("handoff.network.label"),
                    multiline=True,
                    required=texts("handoff.network.required"),
                    most=MAX_LETTERS,
                ),
            ],
            [card.press(texts("handoff.network.send"), "handoff.tip", primary=True, handoff_id=handoff.id)],
        ),
    )


def tip(texts: Texts, handoff: Handoff, *, name: str, words: str) -> Message:
    """Return a colleague's advice and the question."""
    line = texts("handoff.network.tip", name=name)
    return beside_question(texts, handoff, line, words)
