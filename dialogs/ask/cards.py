"""Cards of answers, clarifications and hand-over offers."""

from collections.abc import Sequence
from dataclasses import replace

from dialogs.announce.model import Announcement
from dialogs.core import card
from dialogs.core.article_view import shown, source_of
from dialogs.core.message import Message
from dialogs.core.question import Question
from dialogs.core.texts import Texts
from knowledge.article.article import Article
from knowledge.language.masking import Secret


def answered(
    texts: Texts, article: Article, *, question_id: str, applies_to: str | None, masked: frozenset[Secret]
) -> Message:
    """Return the answer with source, date, scope and two buttons."""
    return Message(
        text=f"{article.title}\n\n{article.answer}",
        card=card.card(
            [*_masking(texts, masked), *shown(texts, article, applies_to=applies_to)],
            [
                card.press(texts("ask.helped"), "ask.helped", question_id=question_id),
                card.press(texts("ask.human"), "handoff.start", question_id=question_id),
            ],
        ),
    )


def answered_with_thanks(texts: Texts, article: Article, *, question_id: str, helped: bool) -> Message:
    """Return the answer with thanks in place of the feedback buttons."""
    thanks = texts("ask.thanks_helped" if helped else "ask.thanks_not_helped")
    origin = texts("ask.source", source=source_of(article), day=texts.day(article.changed))
    return Message(
        text=f"{article.title}\n\n{article.answer}",
        card=card.card(
            [card.heading(article.title), card.paragraph(article.answer), card.small(origin), card.small(thanks)],
            [card.press(texts("ask.human"), "handoff.start", question_id=question_id)],
        ),
    )


def clarify(texts: Texts, articles: Sequence[Article], *, question_id: str, masked: frozenset[Secret]) -> Message:
    """Return the candidate articles, and the choice "none of these"."""
    titles = "\n".join(f"- {article.title}" for article in articles)
    return Message(
        text=f"{texts('ask.clarify')}\n\n{titles}",
        card=card.card(
            [*_masking(texts, masked), card.paragraph(texts("ask.clarify"))],
            [
                *(
                    card.press(article.title, "ask.pick", question_id=question_id, article_id=article.id)
                    for article in articles
                ),
                card.press(texts("ask.none_of_these"), "ask.none", question_id=question_id),
            ],
        ),
    )


def unknown(texts: Texts, *, question_id: str, masked: frozenset[Secret]) -> Message:
    """Return that no answer was found, with an offer of a colleague."""
    return Message(
        text=texts("ask.unknown"),
        card=card.card(
            [*_masking(texts, masked), card.paragraph(texts("ask.unknown"))],
            [card.press(texts("ask.human_yes"), "handoff.start", primary=True, question_id=question_id)],
        ),
    )


def masking(texts: Texts, masked: frozenset[Secret], message: Message | None = None) -> Message:
    """Return the note on masked numbers, above ``message`` if given."""
    told = [texts(f"ask.masked.{secret}") for secret in sorted(masked)]
    notes = _masking(texts, masked)
    if message is None:
        return Message(text="\n\n".join(told), card=card.card(notes))
    shown = message.card or card.card([card.paragraph(message.text)])
    return replace(message, text="\n\n".join((*told, message.text)), card={**shown, "body": [*notes, *shown["body"]]})


def about(texts: Texts, announcement: Announcement, question: Question, *, masked: frozenset[Secret]) -> Message:
    """Return that the announcement says no more, with two ways on.

    The reader can ask a colleague, or say that the question is about something else.
    """
    title = card.unmarked(announcement.wording(texts.language).title)
    line = texts("ask.about", title=title, moment=texts.moment(announcement.said_at))
    return Message(
        text=line,
        card=card.card(
            [*_masking(texts, masked), card.paragraph(line)],
            [
                card.press(texts("ask.human_yes"), "handoff.start", primary=True, question_id=question.id),
                card.press(texts("ask.about.other"), "ask.other", question_id=question.id),
            ],
        ),
    )


def with_image_unread(texts: Texts, message: Message) -> Message:
    """Return the answer with a note that a colleague sees the image."""
    note = texts("ask.image.goes_along")
    shown = message.card or card.card([card.paragraph(message.text)])
    return replace(
        message, text=f"{message.text}\n\n{note}", card={**shown, "body": [*shown["body"], card.small(note)]}
    )


def image_unread(texts: Texts, image_ids: Sequence[str], uses: Sequence[card.Element] = ()) -> Message:
    """Return that the bot cannot read the image; offer a colleague.

    ``uses``: buttons for other uses of the image.
    """
    line = texts("ask.image.unread")
    offer = card.press(texts("ask.human_yes"), "handoff.start", primary=True, image_ids=" ".join(image_ids))
    return Message(text=line, card=card.card([card.paragraph(line)], [*uses, offer]))


def said(texts: Texts, *keys: str, suggestions: Sequence[str] = ()) -> Message:
    """Return catalogue sentences, one paragraph each."""
    return Message(text="\n\n".join(map(texts, keys)), suggestions=tuple(suggestions))


def _masking(texts: Texts, masked: frozenset[Secret]) -> list[card.Element]:
    return [card.status(texts(f"ask.masked.{secret}"), style="warning") for secret in sorted(masked)]
