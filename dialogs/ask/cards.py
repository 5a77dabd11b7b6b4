"""What a person sees when they ask."""

from collections.abc import Sequence
from dataclasses import replace

from dialogs import card
from dialogs.announce.model import Announcement
from dialogs.ask.model import Question
from dialogs.message import Message
from dialogs.texts import Texts
from dialogs.world import World
from knowledge.article import Article
from knowledge.masking import Secret


def answered(
    texts: Texts, article: Article, *, question_id: str, applies_to: str | None, masked: frozenset[Secret]
) -> Message:
    """Return the answer with its source, date and scope, and the two buttons."""
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


def shown(texts: Texts, article: Article, *, applies_to: str | None) -> list[card.Element]:
    """Return an article as it is read wherever it is: its title, the answer, its source with date and scope."""
    origin = texts("ask.source", source=_source(article), day=texts.day(article.changed))
    scope = texts("ask.applies_to", municipality=applies_to) if applies_to else texts("ask.applies_to_all")
    return [card.heading(article.title), card.paragraph(article.answer), card.small(f"{origin} · {scope}")]


def applies_to(texts: Texts, world: World, article: Article) -> str | None:
    """Return the name of the municipality an article is for; None when it is for all."""
    municipality = world.organisation.municipalities.get(article.municipality_id or "")
    return municipality.names.text(texts.language) if municipality else None


def settled(texts: Texts, article: Article, *, question_id: str, helped: bool) -> Message:
    """Return the answer after the person said whether it helped: the same text, with thanks instead of buttons."""
    thanks = texts("ask.thanks_helped" if helped else "ask.thanks_not_helped")
    origin = texts("ask.source", source=_source(article), day=texts.day(article.changed))
    return Message(
        text=f"{article.title}\n\n{article.answer}",
        card=card.card(
            [card.heading(article.title), card.paragraph(article.answer), card.small(origin), card.small(thanks)],
            [card.press(texts("ask.human"), "handoff.start", question_id=question_id)],
        ),
    )


def clarify(texts: Texts, articles: Sequence[Article], *, question_id: str, masked: frozenset[Secret]) -> Message:
    """Return the candidates to pick among, and always "none of these"."""
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
    """Return that the bot does not know, and the way to somebody who may."""
    return Message(
        text=texts("ask.unknown"),
        card=card.card(
            [*_masking(texts, masked), card.paragraph(texts("ask.unknown"))],
            [card.press(texts("ask.human_yes"), "handoff.start", primary=True, question_id=question_id)],
        ),
    )


def masking(texts: Texts, masked: frozenset[Secret], message: Message | None = None) -> Message:
    """Return which kinds of numbers were masked in what was asked, above the answer when one has no place for it."""
    told = [texts(f"ask.masked.{secret}") for secret in sorted(masked)]
    notes = _masking(texts, masked)
    if message is None:
        return Message(text="\n\n".join(told), card=card.card(notes))
    shown = message.card or card.card([card.paragraph(message.text)])
    return replace(message, text="\n\n".join((*told, message.text)), card={**shown, "body": [*notes, *shown["body"]]})


def about(texts: Texts, announcement: Announcement, question: Question, *, masked: frozenset[Secret]) -> Message:
    """Return that no more is known of what was announced, the way to a colleague, and one out if it was not meant."""
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
    """Return an answer that also says who can look at the image that came with the question."""
    note = texts("ask.image.goes_along")
    shown = message.card or card.card([card.paragraph(message.text)])
    return replace(
        message, text=f"{message.text}\n\n{note}", card={**shown, "body": [*shown["body"], card.small(note)]}
    )


def image_unread(texts: Texts, image_ids: Sequence[str], uses: Sequence[card.Element] = ()) -> Message:
    """Return that the bot cannot look at an image that came without a question, and who can.

    ``uses`` are buttons for what else can be done with it.
    """
    line = texts("ask.image.unread")
    offer = card.press(texts("ask.human_yes"), "handoff.start", primary=True, image_ids=" ".join(image_ids))
    return Message(text=line, card=card.card([card.paragraph(line)], [*uses, offer]))


def said(texts: Texts, *keys: str, suggestions: Sequence[str] = ()) -> Message:
    """Return plain sentences of the catalogue, each a paragraph."""
    return Message(text="\n\n".join(map(texts, keys)), suggestions=tuple(suggestions))


def _source(article: Article) -> str:
    return f"[{article.source.title}]({article.source.url})" if article.source.url else article.source.title


def _masking(texts: Texts, masked: frozenset[Secret]) -> list[card.Element]:
    return [card.status(texts(f"ask.masked.{secret}"), style="warning") for secret in sorted(masked)]
