"""Support for the helper: an article to answer with, and advice from other ambassadors."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from dialogs.core import card
from dialogs.core.article_view import ArticleView, view_article
from dialogs.core.content import Content
from dialogs.core.decision import Notice, Post, Reply, do
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.names import name_of
from dialogs.core.query import Flow, match
from dialogs.core.texts import Texts
from dialogs.handoff import cards
from dialogs.handoff.cards import MAX_LETTERS, beside_question
from dialogs.handoff.model import Handoff
from dialogs.handoff.projection import (
    articles_slot,
    finish,
    network_slot,
    remove_choice_cards,
    reply_or_post,
    without_secrets,
)
from dialogs.handoff.relay import relay_article
from dialogs.handoff.resolving import owned_handoff
from dialogs.handoff.routing import asker_of, availability_of
from dialogs.handoff.transitions import Status, Transition
from dialogs.handoff.unit_of_work import UnitOfWork
from dialogs.handoff.views import unit_name
from knowledge.article.article import Language
from knowledge.language.masking import cut
from knowledge.organisation.nearest import Availability

MAX_ASKED = 10
MAX_FOUND = 3


def search(event: Event, content: Content) -> Flow:
    """Show the articles that match a search text best."""
    work = UnitOfWork(event, content)
    handoff = yield from owned_handoff(work)
    texts = yield from work.actor_texts()
    words = cut(event.pressed.text("words"), 500) or handoff.question
    matched = yield from match(words, municipality_id=handoff.municipality_id)
    theirs = content.texts[handoff.language]
    views = (
        view_article(content, theirs, candidate.article_id, handoff.municipality_id) for candidate in matched.candidates
    )
    articles = list(islice(filter(None, views), MAX_FOUND))
    reply_or_post(work, event.person_id, articles_slot(handoff.id), _articles(texts, handoff, articles))
    return work.decision()


def send_article(event: Event, content: Content) -> Flow:
    """Send an article to the asker, in the asker's language."""
    work = UnitOfWork(event, content)
    handoff = yield from owned_handoff(work)
    asker = yield from work.person(handoff.asker_id)
    language = asker.language if asker else Language.NB
    theirs = content.texts[language]
    view = view_article(content, theirs, event.pressed.text("article_id"), handoff.municipality_id)
    if view is None:
        return (yield from work.refuse("no_article", handoff.id))
    sent = yield from relay_article(work, handoff, event.person_id, view)
    texts = yield from work.actor_texts()
    name = name_of(asker, texts)
    done = cards.receipt(texts, sent, name=name, masked=False)
    remove_choice_cards(work, event.person_id, handoff)
    return (yield from finish(work)) + do(Reply(slot=f"handoff/{handoff.id}/sent/{sent.chat.messages}", message=done))


def ask_network(event: Event, content: Content) -> Flow:
    """Ask the nearest ambassadors for advice; the owner keeps the question."""
    work = UnitOfWork(event, content)
    handoff = yield from owned_handoff(work)
    texts = yield from work.actor_texts()
    if handoff.chat.advisers:
        return (yield from work.refuse("network_asked", handoff.id, audit=False))
    registry = yield from work.registry(handoff.municipality_id)
    ranked = registry.nearest(
        asker_of(handoff), work.content, work.at, excluded={event.person_id}, free_only=False, limit=3 * MAX_ASKED
    )
    here = {Availability.FREE, Availability.FULL}
    asked = tuple(candidate.ambassador.person_id for candidate in ranked if candidate.availability in here)[:MAX_ASKED]
    if not asked:
        return do(Notice(text=texts("handoff.network.nobody")))
    owner = yield from work.person(event.person_id)
    for id_ in asked:
        theirs = yield from work.texts(id_)
        message = _question(
            theirs,
            handoff,
            owner=name_of(owner, theirs),
            unit=unit_name(work.content, handoff.unit_id, theirs),
        )
        work.do(Post(to=id_, slot=network_slot(handoff.id), message=message))
    logged = handoff.log(Transition.NETWORK_ASKED, event.at, by=event.person_id)
    yield from work.change(replace(logged, chat=handoff.chat.seek_advice(asked)))
    return (yield from finish(work)) + do(Notice(text=texts.plural("handoff.network.asked", len(asked))))


def tip(event: Event, content: Content) -> Flow:
    """Deliver an ambassador's advice to the owner."""
    work = UnitOfWork(event, content)
    id_ = event.pressed.text("handoff_id")
    handoff = yield from work.get(Handoff, id_)
    if handoff is None:
        return (yield from work.refuse("unknown", id_))
    if handoff.status is not Status.ACCEPTED or event.person_id not in handoff.chat.advisers:
        was_asked = any(m.what is Transition.TIP and m.by == event.person_id for m in handoff.history)
        return (yield from work.refuse("tip_late" if was_asked else "unknown", id_, audit=not was_asked))
    if (yield from availability_of(work, handoff, event.person_id)) is Availability.GONE:
        return (yield from work.refuse("not_ambassador", id_))
    texts = yield from work.actor_texts()
    words = yield from without_secrets(work, event.pressed.text("words"), most=cards.MAX_LETTERS)
    if not words.strip():
        return do(Notice(text=texts("handoff.network.required")))
    owner_id = handoff.assignment.owner_id or ""
    theirs = yield from work.texts(owner_id)
    helper = yield from work.person(event.person_id)
    message = _tip(theirs, handoff, name=name_of(helper, theirs), words=words)
    work.do(Post(to=owner_id, slot=f"handoff/{id_}/tip/{handoff.chat.tips + 1}", message=message))
    advised = handoff.log(Transition.TIP, event.at, by=event.person_id)
    yield from work.change(replace(advised, chat=handoff.chat.advise(event.person_id)))
    reply_or_post(work, event.person_id, network_slot(id_), Message.plain(texts("handoff.network.thanks")))
    return (yield from finish(work))


def _articles(texts: Texts, handoff: Handoff, views: Sequence[ArticleView]) -> Message:
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


def _question(texts: Texts, handoff: Handoff, *, owner: str, unit: str) -> Message:
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


def _tip(texts: Texts, handoff: Handoff, *, name: str, words: str) -> Message:
    """Return a colleague's advice and the question."""
    line = texts("handoff.network.tip", name=name)
    return beside_question(texts, handoff, line, words)
