"""What the asker says about an answer: it helped, it did not, the editors may see the question."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from dialogs.ask import cards
from dialogs.ask.follow_up import read_of
from dialogs.ask.own_answer import QuestionAsker, article_for, card_reply, card_slot, own_question, presser
from dialogs.core.article_view import ArticleView
from dialogs.core.content import Content
from dialogs.core.decision import Decision, Notice, Reply, do, put
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.message import Message
from dialogs.core.query import Flow
from dialogs.core.question import LONGEST, Question
from dialogs.core.review import reasons_to_warn
from dialogs.handoff.cards import MAX_LETTERS
from dialogs.handoff.suggesting import report_gap
from knowledge.article.passage import Quote, unread
from knowledge.language.masking import Secret, mask
from knowledge.matching.policy import OutcomeKind


def helped(event: Event, content: Content) -> Flow:
    """Store that the answer helped, and say thanks once."""
    question = yield from own_question(event)
    asker = yield from presser(event, content, question)
    article = article_for(asker, content, question.article_id) if question and question.article_id else None
    if question is None or article is None:
        return do(Notice(text=asker.texts("ask.old_card")))
    if question.helped:
        return do(Notice(text=asker.texts("ask.thanks_helped")))
    message = cards.answered_with_thanks(asker.texts, article, question_id=question.id, asked=question.utterance)
    thanked = do(Reply(slot=f"ask/{question.id}", message=message))
    if card_slot(event, question) == f"ask/{event.id}":  # typed: the card above is not where they look
        thanked += do(Reply(slot=f"ask/{event.id}", message=cards.said(asker.texts, "ask.thanks_helped")))
    return put(replace(question, helped=True)) + thanked


def not_helped(event: Event, content: Content) -> Flow:
    """Store that the answer did not help, and show the ways on; without an answer, offer a colleague."""
    question = yield from own_question(event)
    asker = yield from presser(event, content, question)
    added = mask(event.pressed.text("words"))
    if question is not None and added:
        question = replace(question, told=f"{question.told or question.utterance}\n{added}"[:LONGEST])
    if question is not None and question.article_id is None:
        return _missed(asker, event, question)
    article = article_for(asker, content, question.article_id) if question and question.article_id else None
    if question is None or article is None:
        return do(Notice(text=asker.texts("ask.old_card")))
    read = yield from read_of(article, question)
    # Who presses the button has the whole answer in sight.
    rest = unread(article.article.answer, read) if card_slot(event, question) == f"ask/{event.id}" else None
    # The others are listed once.
    others = [] if question.helped is False else _others(asker, content, question, article)
    message = _ways_on(asker, content, question, article, others=others, rest=rest, told=False)
    ids = tuple(view.id for view in others)
    shown = tuple(sorted({*read, *rest.places})) if rest is not None else question.shown
    kept = replace(question, helped=False, choices=ids, shown=shown)
    return put(kept) + card_reply(asker, event, question, message)


def none_of_these(event: Event, content: Content) -> Flow:
    """Offer a colleague after all candidates were rejected."""
    question = yield from own_question(event)
    asker = yield from presser(event, content, question)
    if question is None:
        return do(Notice(text=asker.texts("ask.old_card")))
    return _missed(asker, event, question)


def _missed(asker: QuestionAsker, event: Event, question: Question) -> Decision:
    """Store that nothing shown was right, and offer a colleague."""
    missed = replace(question, article_id=None, outcome=OutcomeKind.HAND_OVER, choices=())
    return put(missed) + card_reply(asker, event, question, without_answer(asker, question))


def to_editors(event: Event, content: Content) -> Flow:
    """Show the asker exactly what the editors would get, to edit, send or keep."""
    question = yield from own_question(event)
    asker = yield from presser(event, content, question)
    if question is None or not _may_tell_editors(asker, question):
        return do(Notice(text=asker.texts("ask.old_card")))
    return card_reply(asker, event, question, _preview(asker, content, question, question.utterance))


def keep_from_editors(event: Event, content: Content) -> Flow:
    """Show the ways on again: the asker sends the editors nothing."""
    question = yield from own_question(event)
    asker = yield from presser(event, content, question)
    if question is None:
        return do(Notice(text=asker.texts("ask.old_card")))
    article = article_for(asker, content, question.article_id) if question.article_id else None
    if article is None:
        return card_reply(asker, event, question, without_answer(asker, question))
    return card_reply(asker, event, question, _ways_on(asker, content, question, article, told=False))


def _preview(asker: QuestionAsker, content: Content, question: Question, words: str) -> Message:
    place = content.organisation.municipalities.get(question.municipality_id or "")
    name = place.names.text(asker.texts.language) if place is not None else ""
    return cards.editors_preview(asker.texts, words, reasons_to_warn(words), question_id=question.id, place=name)


def show_editors(event: Event, content: Content) -> Flow:
    """Send the editors the words of the preview, without the asker's name; of a concern, after a second press."""
    question = yield from own_question(event)
    asker = yield from presser(event, content, question)
    if question is None or not _may_tell_editors(asker, question):
        return do(Notice(text=asker.texts("ask.old_card")))
    words = mask(event.pressed.text("question"), most=MAX_LETTERS).strip()
    if not words:
        return do(Notice(text=asker.texts("handoff.preview.required")))
    if reasons_to_warn(words) and event.pressed.text("warned") != words:
        return card_reply(asker, event, question, _preview(asker, content, question, words))
    article = article_for(asker, content, question.article_id) if question.article_id else None
    reported = yield from report_gap(event, content, question, words)
    if article is None:
        message = without_answer(asker, question, told=True)
    else:
        message = _ways_on(asker, content, question, article, told=True)
    return put(replace(question, for_editors=True)) + reported + card_reply(asker, event, question, message)


def _ways_on(
    asker: QuestionAsker,
    content: Content,
    question: Question,
    article: ArticleView,
    *,
    told: bool,
    others: Sequence[ArticleView] | None = None,
    rest: Quote | None = None,
) -> Message:
    may = _may_tell_editors(asker, question) and not told
    return cards.did_not_help(
        asker.texts,
        article,
        _others(asker, content, question, article) if others is None else others,
        question_id=question.id,
        to_editors=may,
        told=told,
        rest=rest.text if rest is not None else "",
    )


def _others(asker: QuestionAsker, content: Content, question: Question, article: ArticleView) -> list[ArticleView]:
    """Return the further candidates for a question."""
    return [view for id_ in question.candidates if id_ != article.id and (view := article_for(asker, content, id_))]


def without_answer(
    asker: QuestionAsker, question: Question, *, masked: frozenset[Secret] = frozenset(), told: bool = False
) -> Message:
    may = _may_tell_editors(asker, question) and not told
    return cards.unknown(asker.texts, question_id=question.id, masked=masked, to_editors=may, told=told)


def _may_tell_editors(asker: QuestionAsker, question: Question) -> bool:
    """Return whether editors of a municipality can be informed: not by guests; they are too many to read."""
    return question.municipality_id is not None and asker.person is not None and not asker.person.is_outsider


FEEDBACK_VERBS: Final[Verbs] = {
    "ask.none": none_of_these,
    "ask.helped": helped,
    "ask.not_helped": not_helped,
    "ask.to_editors": to_editors,
    "ask.show_editors": show_editors,
    "ask.keep_from_editors": keep_from_editors,
}
