"""The loop back: a helper suggests an answer, an editor takes or leaves it."""

from collections.abc import Callable, Mapping
from typing import Final

from dialogs import card
from dialogs.decision import Audit, Decision, Notice, Post, do
from dialogs.event import Event
from dialogs.handoff import cards
from dialogs.handoff.model import Handoff
from dialogs.handoff.showing import show
from dialogs.handoff.suggestion import Suggestion, Verdict
from dialogs.handoff.work import Work, name_of, unmarked
from dialogs.message import Message
from dialogs.person import Person, Role
from dialogs.query import Asking, Flow, find_all, new_id
from dialogs.speaker import answer
from dialogs.texts import Texts
from dialogs.world import World

MOST_LISTED = 5


def suggest(work: Work, handoff: Handoff) -> Asking[None]:
    """Bring a resolved handoff's question and answer to the editors of its municipality."""
    suggestion = Suggestion(
        id=(yield from new_id("suggestion")),
        municipality_id=handoff.municipality_id,
        handoff_id=handoff.id,
        language=handoff.language,
        question=handoff.question,
        answer=handoff.answer,
        article_id=handoff.sent_article_id,
        by=work.event.person_id,
        created_at=work.at,
    )
    work.put(suggestion)
    yield from _show_editors(work, suggestion)


def listing(event: Event, world: World) -> Flow:
    """Show an editor what waits for a verdict."""
    work = Work(event, world)
    editor = yield from _editor(work)
    if isinstance(editor, Decision):
        return editor
    texts = yield from work.actor_texts()
    waiting = yield from find_all(Suggestion, f"{Verdict.WAITING}@{editor.municipality_id}")
    oldest = sorted(waiting, key=lambda each: each.created_at)
    message = cards.plain(texts("suggestion.none"))
    if oldest:
        body: list[card.Element] = [card.heading(texts.plural("suggestion.waiting", len(oldest)))]
        for each in oldest[:MOST_LISTED]:
            body += [*_body(work, texts, each), card.buttons(*_actions(texts, each))]
        lines = (f"- {each.question}" for each in oldest[:MOST_LISTED])
        text = "\n".join((texts.plural("suggestion.waiting", len(oldest)), *lines))
        message = Message(text=text, card=card.card(body))
    return answer(event, "editor", message, texts)


def approve(event: Event, world: World) -> Flow:
    """Take a suggestion; the one who made it is told."""
    return (yield from _decide(event, world, Verdict.APPROVED))


def reject(event: Event, world: World) -> Flow:
    """Leave a suggestion."""
    return (yield from _decide(event, world, Verdict.REJECTED))


def _decide(event: Event, world: World, verdict: Verdict) -> Flow:
    work = Work(event, world)
    editor = yield from _editor(work)
    if isinstance(editor, Decision):
        return editor
    id_ = event.pressed.text("suggestion_id")
    suggestion = yield from work.get(Suggestion, id_)
    if suggestion is None or suggestion.municipality_id != editor.municipality_id:
        return (yield from work.refuse("unknown", id_))
    texts = yield from work.actor_texts()
    if suggestion.verdict is not Verdict.WAITING:
        by = yield from work.person(suggestion.decided_by or "")
        name = name_of(by, texts)
        return do(Notice(text=texts("suggestion.decided_already", name=name)))
    decided = suggestion.decide(verdict, by=editor.id, at=event.at)
    work.put(decided)
    work.do(Audit(act=f"suggestion.{verdict}", subject=id_, by=editor.id))
    yield from _show_editors(work, decided)
    if verdict is Verdict.APPROVED:
        theirs = yield from work.texts(decided.by)
        message = cards.plain(theirs("suggestion.thanks", question=unmarked(decided.question[:80])))
        work.do(Post(to=decided.by, slot=f"suggestion/{id_}/thanks", message=message))
    return work.decision()


def _editor(work: Work) -> Asking[Person | Decision]:
    person = yield from work.person(work.event.person_id)
    if person is None or not person.has(Role.EDITOR) or person.municipality_id is None:
        return (yield from work.refuse("not_editor", "suggestions"))
    return person


def _show_editors(work: Work, suggestion: Suggestion) -> Asking[None]:
    for editor in (yield from find_all(Person, f"role:{Role.EDITOR}@{suggestion.municipality_id}")):
        texts = work.world.texts[editor.language]
        actions = _actions(texts, suggestion) if suggestion.verdict is Verdict.WAITING else []
        title = texts(f"suggestion.title.{suggestion.verdict}")
        message = Message(
            text=f"{title} {suggestion.question}",
            card=card.card([card.heading(title), *_body(work, texts, suggestion)], actions),
        )
        show(work, editor.id, f"suggestion/{suggestion.id}", message)


def _body(work: Work, texts: Texts, suggestion: Suggestion) -> list[card.Element]:
    body = [card.small(texts("suggestion.question")), card.quote(suggestion.question)]
    if suggestion.article_id:
        article = work.world.articles.find(suggestion.article_id, texts.language, suggestion.municipality_id)
        title = article.title if article else suggestion.article_id
        body.append(card.paragraph(texts("suggestion.phrasing", title=title)))
    if suggestion.answer:
        body += [card.small(texts("suggestion.answer")), card.quote(suggestion.answer)]
    return body


def _actions(texts: Texts, suggestion: Suggestion) -> list[card.Element]:
    return [
        card.press(texts("suggestion.approve"), "editor.approve", primary=True, suggestion_id=suggestion.id),
        card.press(texts("suggestion.reject"), "editor.reject", suggestion_id=suggestion.id),
    ]


VERBS: Final[Mapping[str, Callable[[Event, World], Flow]]] = {
    "editor.suggestions": listing,
    "editor.approve": approve,
    "editor.reject": reject,
}
