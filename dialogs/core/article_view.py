"""An article as one reader sees it, completed by answers for one person and by the service desk."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.person import Person
from dialogs.core.query import Asking
from dialogs.core.texts import Texts
from knowledge.article.article import Article, closest_text
from knowledge.article.passage import first_part, first_sentences
from knowledge.article.placeholder import fill, local_keys, names_service_desk
from knowledge.article.review import MAX_RELATED
from knowledge.learning.module import LearningModule
from knowledge.matching.passages import passage_for
from knowledge.organisation.unit import Contact, ServiceDesk

# The published service desk of a municipality in words, and its address for people outside.


def service_desk_lines(texts: Texts, content: Content, municipality_id: str | None) -> tuple[str, ...]:
    """Return telephone, evening duty and page, one line each; empty if the municipality has published none.

    Invented numbers are marked as an example.
    """
    municipality = content.organisation.municipalities.get(municipality_id or "")
    desk = municipality.service_desk if municipality else None
    lines = [] if desk is None else _in_words(texts, desk)
    if lines and content.organisation.sample:
        lines[0] = texts("common.sample", text=lines[0])
    return tuple(lines)


def public_contact(content: Content, municipality_id: str | None) -> Contact | None:
    """Return the address for people outside a municipality, without one that of the provider."""
    organisation = content.organisation
    known = organisation.municipalities.get(municipality_id or "")
    provider = next(
        (municipality for municipality in organisation.municipalities.values() if municipality.provider), None
    )
    for municipality in (known, provider):
        if municipality is not None and (contact := municipality.public_contact or municipality.controller) is not None:
            return contact
    return None


def _in_words(texts: Texts, desk: ServiceDesk) -> list[str]:
    lines = []
    hours = desk.hours.text(texts.language) if desk.hours else ""
    if desk.phone:
        key = "service_desk.phone_hours" if hours else "service_desk.phone"
        lines.append(texts(key, phone=desk.phone, hours=hours))
    elif hours:
        lines.append(texts("service_desk.hours", hours=hours))
    if duty := desk.evening_duty:
        key = "service_desk.evening_hours" if duty.hours else "service_desk.evening"
        lines.append(texts(key, phone=duty.phone, hours=duty.hours.text(texts.language) if duty.hours else ""))
    if desk.page:
        lines.append(texts("service_desk.page", page=desk.page))
    return lines


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleView:
    """An article for readers of one municipality.

    Attributes:
        article: with its placeholders filled in.
        applies_to: name of the municipality that wrote it, or a part of it; None if it applies to all.
        service_desk: how to reach the service desk that the answer names, a line each; empty if it names none.
        related: ids and titles of neighbouring articles, at most ``MAX_RELATED``.
        module: an e-learning module about it; None without one.
        shows_plan: the picture of the reader's plan belongs to it.
    """

    article: Article
    applies_to: str | None = None
    service_desk: tuple[str, ...] = ()
    related: tuple[tuple[str, str], ...] = ()
    module: LearningModule | None = None
    shows_plan: bool = False

    @property
    def id(self) -> str:
        return self.article.id

    @property
    def title(self) -> str:
        return self.article.title

    @property
    def running_text(self) -> str:
        """The article as running text."""
        return "\n\n".join(filter(None, (self.article.title, self.article.answer, " ".join(self.service_desk))))


def view_article(content: Content, texts: Texts, article_id: str, municipality_id: str | None) -> ArticleView | None:
    """Return the article for a reader, None if there is none with this id.

    Args:
        texts: of the reader's language.
        municipality_id: the reader's; None if it is unknown.
    """
    article = content.articles.get(article_id, texts.language, municipality_id)
    if article is None:
        return None
    municipality = content.organisation.municipalities.get(municipality_id or "")
    owner = content.organisation.municipalities.get(article.municipality_id or "")
    local = {key: name.text(article.language) for key, name in municipality.local.items()} if municipality else {}
    if local.keys() & local_keys(article.answer):
        owner = municipality
        article = replace(article, sample=article.sample or content.organisation.sample)
    lines = service_desk_lines(texts, content, municipality_id)
    desk = lines
    if not lines and municipality is None:
        desk = (texts("service_desk.ask"),)
    neighbours = (content.articles.get(article_id, texts.language, municipality_id) for article_id in article.related)
    related = [
        (neighbour.id, neighbour.title)
        for neighbour in neighbours
        if neighbour is not None and neighbour.id != article.id
    ]
    answer = fill(article.answer, local=local, service_desk="\n\n".join(lines) or texts("service_desk.ask"))
    return ArticleView(
        article=replace(article, answer=answer),
        applies_to=owner.names.text(texts.language) if owner else None,
        service_desk=desk if names_service_desk(article.answer) else (),
        related=tuple(dict.fromkeys(related))[:MAX_RELATED],
        module=next(iter(content.curriculum.about(article.id)), None),
    )


def shown(
    texts: Texts, view: ArticleView, *, asked: str = "", quote: str = "", again: bool = False
) -> list[card.Element]:
    """Return title, answer, service desk, and source with date and scope.

    Args:
        asked: the question, of which the case comes first.
        quote: the part that comes first instead.
        again: the answer was read before, so that the title is no news.
    """
    return [*answer_of(texts, view, asked=asked, quote=quote, again=again), card.small(_origin_and_scope(texts, view))]


def answer_of(
    texts: Texts, view: ArticleView, *, asked: str = "", quote: str = "", again: bool = False
) -> list[card.Element]:
    """Return title and answer, with the service desk that it names; of a long one the passage asked about first."""
    title, answer = card.small(card.unmarked(view.title)) if again else card.heading(view.title), view.article.answer
    first = quote or beginning(view, asked)
    whole = [card.paragraph(answer), *_service_desk(view.service_desk)]
    if first == answer:
        return [title, *whole]
    # Hours and addresses unfold with the rest.
    nearest = view.service_desk[:1] if names_service_desk(first) else ()
    return [
        title,
        card.folding("part", [card.paragraph(first), *_service_desk(nearest)], open_=True),
        card.folding("whole", whole, open_=False),
        card.text_link(card.unfold(texts("ask.show_all"), "part", "whole")),
    ]


def brief(
    texts: Texts, view: ArticleView, more: Sequence[card.Element], *, asked: str, controls: Sequence[card.Element]
) -> list[card.Element]:
    """Return title and first sentences of the passage asked about, for one of several answers on a screen.

    Args:
        more: what unfolds with the whole answer and its source.
        controls: actions beside the one that unfolds.
    """
    first = first_sentences(beginning(view, asked))
    whole = [card.paragraph(view.article.answer), *_service_desk(view.service_desk)]
    return [
        card.heading(view.title),
        card.folding("part", [card.paragraph(first)], open_=True),
        card.folding("whole", [*whole, card.small(_origin_and_scope(texts, view)), *more], open_=False),
        card.small_controls(card.unfold(texts("ask.show_all"), "part", "whole"), *controls),
    ]


def beginning(view: ArticleView, asked: str = "") -> str:
    """Return what is shown first of an answer: the case asked about, else its first part."""
    passage = passage_for(view.article, asked) if asked else None
    return passage.text if passage is not None else first_part(view.article.answer)


def _service_desk(lines: Sequence[str]) -> list[card.Element]:
    return [card.paragraph(" ".join(lines))] if lines else []


def _origin_and_scope(texts: Texts, view: ArticleView) -> str:
    scope = texts("ask.applies_to", municipality=view.applies_to) if view.applies_to else texts("ask.applies_to_all")
    return f"{origin_of(texts, view)} · {scope}"


def origin_of(texts: Texts, view: ArticleView) -> str:
    """Return the source, as a link if it has a URL, with the dates. A sample says first that it is an example."""
    source, checked = view.article.source, texts.day(view.article.changed)
    title = f"[{source.title}]({source.url})" if source.url else source.title
    if not title:
        line = texts("ask.checked", day=checked)
    elif source.day is None:
        line = texts("ask.source", source=title, day=checked)
    else:
        line = texts("ask.source_dated", source=title, source_day=texts.day(source.day), day=checked)
    return f"{texts('common.sample_label')} · {line}" if view.article.sample else line


def see_also(texts: Texts, view: ArticleView, *, room: int = card.MOST_CHOICES) -> list[card.Element]:
    """Return a link for the module about the article and for its neighbours, at most ``room``."""
    links = []
    if view.module is not None:
        title = closest_text(view.module.title, texts.language)
        label = texts("ask.module", title=title, minutes=texts.plural("learn.minutes", view.module.minutes))
        links.append(card.press(label, "learn.open", module_id=view.module.id))
    links[:0] = [
        card.press(title, "ask.related", article_id=article_id)
        for article_id, title in view.related[: max(0, room - len(links))]
    ]
    return [card.text_link(link) for link in links[:room]]


# Answers for one person in place of an article for all.


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
