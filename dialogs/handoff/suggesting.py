"""Suggestions: a helper suggests an answer, an editor approves or rejects it."""

from dataclasses import replace
from typing import Final

from dialogs.core import card
from dialogs.core.card import unmarked
from dialogs.core.content import Content
from dialogs.core.decision import Audit, Decision, Notice, Post, do
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.message import Message
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, Flow, find_all, new_id
from dialogs.core.refusal import EventRefused
from dialogs.core.session import Session
from dialogs.core.speaker import answer, slot_of
from dialogs.core.texts import Texts
from dialogs.handoff import cards
from dialogs.handoff.addition import Addition
from dialogs.handoff.model import Handoff
from dialogs.handoff.projection import reply_or_post, without_secrets
from dialogs.handoff.suggestion import Suggestion, Verdict
from dialogs.handoff.unit_of_work import UnitOfWork, name_of
from knowledge.language.smalltalk import small_talk

LIST = "editor"
MAX_LISTED = 5
# Shorter phrasings would attract every question that contains the word.
LEAST_WORDS = 3


def suggest(work: UnitOfWork, handoff: Handoff) -> Asking[None]:
    """Send a resolved handoff's question and answer to the municipality's editors."""
    suggestion = Suggestion(
        id=(yield from new_id("suggestion")),
        municipality_id=handoff.municipality_id,
        handoff_id=handoff.id,
        language=handoff.language,
        question=handoff.question,
        answer=handoff.outcome.answer,
        article_id=handoff.outcome.sent_article_id,
        by=work.event.person_id,
        created_at=work.at,
    )
    work.put(suggestion)
    yield from _show_editors(work, suggestion)


def listing(event: Event, content: Content) -> Flow:
    """Show an editor the suggestions that wait for a decision."""
    work = UnitOfWork(event, content)
    editor = yield from _editor(work)
    texts = yield from work.actor_texts()
    slot = slot_of(event, LIST)
    session = (yield from work.get(Session, editor.id)) or Session(id=editor.id, changed_at=event.at)
    # One list per editor is kept up to date; an earlier one would offer suggestions that are decided by now.
    if session.suggestions not in {None, slot}:
        work.do(Post(to=editor.id, slot=session.suggestions or "", message=None, only_update=True))
    work.put(replace(session, suggestions=slot, changed_at=event.at))
    message = yield from _list(work, editor)
    return work.decision() + answer(event, LIST, message, texts)


def _list(work: UnitOfWork, editor: Person) -> Asking[Message]:
    """Return the waiting suggestions, oldest first."""
    texts = work.content.texts[editor.language]
    waiting = yield from work.find(Suggestion, f"{Verdict.WAITING}@{editor.municipality_id}")
    if not waiting:
        return cards.plain(texts("suggestion.none"))
    oldest = sorted(waiting, key=lambda each: each.created_at)
    title = texts.plural("suggestion.waiting", len(oldest))
    body: list[card.Element] = [card.heading(title)]
    for each in oldest[:MAX_LISTED]:
        body += [*_body(work, texts, each), card.buttons(*_actions(texts, each))]
    lines = (f"- {each.question}" for each in oldest[:MAX_LISTED])
    return Message(text="\n".join((title, *lines)), card=card.card(body))


def approve(event: Event, content: Content) -> Flow:
    """Approve a suggestion, with the editor's changes, and thank the helper."""
    work = UnitOfWork(event, content)
    suggestion = yield from _waiting(work)
    decided = (yield from _as_edited(work, suggestion)).decide(Verdict.APPROVED, by=event.person_id, at=event.at)
    if not decided.question:
        return do(Notice(text=(yield from work.actor_texts())("suggestion.required")))
    # The article may have been withdrawn since the helper sent it; the suggestion then becomes a draft.
    known = decided.article_id if decided.article_id in content.articles.ids() else None
    if known and (small_talk(decided.question) is not None or len(decided.question.split()) < LEAST_WORDS):
        return do(Notice(text=(yield from work.actor_texts())("suggestion.too_short")))
    # Read before it is written, so that two editors that approve at once conflict.
    yield from work.get(Addition, decided.id)
    work.put(
        Addition(
            id=decided.id,
            municipality_id=decided.municipality_id,
            handoff_id=decided.handoff_id,
            language=decided.language,
            article_id=known,
            question=decided.question,
            answer=decided.answer,
            suggested_at=decided.created_at,
            added_by=event.person_id,
            added_at=event.at,
        )
    )
    return (yield from _decided(work, decided, "thanks"))


def reject(event: Event, content: Content) -> Flow:
    """Reject a suggestion and notify the helper politely."""
    work = UnitOfWork(event, content)
    suggestion = yield from _waiting(work)
    decided = suggestion.decide(Verdict.REJECTED, by=event.person_id, at=event.at)
    return (yield from _decided(work, decided, "declined"))


def undo_approval(event: Event, content: Content) -> Flow:
    """Undo an approval: the bot stops using the addition."""
    work = UnitOfWork(event, content)
    editor = yield from _editor(work)
    id_ = event.pressed.text("suggestion_id")
    addition = yield from work.get(Addition, id_)
    if addition is None or addition.municipality_id != editor.municipality_id:
        return (yield from work.refuse("unknown", id_))
    if addition.undone_at is not None:
        return do(Notice(text=(yield from work.actor_texts())("suggestion.undone_already")))
    work.put(addition.undo(by=event.person_id, at=event.at))
    work.do(Audit(act="suggestion.undone", subject=id_, by=event.person_id))
    suggestion = yield from work.get(Suggestion, id_)
    if suggestion is not None:  # the suggestion may be deleted earlier than its addition
        yield from _show_editors(work, suggestion)
    return work.decision()


def _waiting(work: UnitOfWork) -> Asking[Suggestion]:
    """Return the pressed suggestion if it waits for a decision, or raise the refusal."""
    suggestion = yield from _named(work)
    if suggestion.verdict is Verdict.WAITING:
        return suggestion
    texts = yield from work.actor_texts()
    by = yield from work.person(suggestion.decided_by or "")
    raise EventRefused(do(Notice(text=texts("suggestion.decided_already", name=name_of(by, texts)))))


def _named(work: UnitOfWork) -> Asking[Suggestion]:
    """Return the pressed suggestion if the actor may decide on it, or raise the refusal."""
    editor = yield from _editor(work)
    id_ = work.event.pressed.text("suggestion_id")
    suggestion = yield from work.get(Suggestion, id_)
    if suggestion is None or suggestion.municipality_id != editor.municipality_id:
        raise EventRefused((yield from work.refuse("unknown", id_)))
    return suggestion


def _as_edited(work: UnitOfWork, suggestion: Suggestion) -> Asking[Suggestion]:
    """Return the suggestion with the editor's text, masked."""
    # An older version of the card may lack a field; its text then stays unchanged.
    pressed, words = work.event.pressed, {"question": suggestion.question, "answer": suggestion.answer}
    for name in words.keys() & pressed.data.keys():
        words[name] = (yield from without_secrets(work, pressed.text(name), most=cards.MAX_LETTERS)).strip()
    return replace(suggestion, question=words["question"], answer=words["answer"])


def _decided(work: UnitOfWork, decided: Suggestion, news: str) -> Asking[Decision]:
    work.put(decided)
    work.do(Audit(act=f"suggestion.{decided.verdict}", subject=decided.id, by=work.event.person_id))
    yield from _show_editors(work, decided)
    theirs = yield from work.texts(decided.by)
    message = cards.plain(theirs(f"suggestion.{news}", question=unmarked(decided.question[:80])))
    work.do(Post(to=decided.by, slot=f"suggestion/{decided.id}/thanks", message=message))
    return work.decision()


def _editor(work: UnitOfWork) -> Asking[Person]:
    person = yield from work.person(work.event.person_id)
    if person is None or not person.has(Role.EDITOR) or person.municipality_id is None:
        raise EventRefused((yield from work.refuse("not_editor", "suggestions")))
    return person


def _show_editors(work: UnitOfWork, suggestion: Suggestion) -> Asking[None]:
    addition = yield from work.get(Addition, suggestion.id)
    for editor in (yield from find_all(Person, f"role:{Role.EDITOR}@{suggestion.municipality_id}")):
        texts = work.content.texts[editor.language]
        title = texts(f"suggestion.title.{_title_key(suggestion, addition)}")
        body = _body(work, texts, suggestion)
        actions: list[card.Element] = []
        if suggestion.verdict is Verdict.WAITING:
            body, actions = [*body, *_words(texts, suggestion)], _actions(texts, suggestion)
        elif addition is not None and addition.undone_at is None:
            actions = [card.press(texts("suggestion.undo"), "editor.undo", suggestion_id=suggestion.id)]
        message = Message(text=f"{title} {suggestion.question}", card=card.card([card.heading(title), *body], actions))
        reply_or_post(work, editor.id, f"suggestion/{suggestion.id}", message)
        session = yield from work.get(Session, editor.id)
        if session is not None and session.suggestions:
            # Otherwise a list from one decision could overwrite a newer list from another.
            work.require_unchanged(session)
            listed = yield from _list(work, editor)
            work.do(Post(to=editor.id, slot=session.suggestions, message=listed, only_update=True))


def _title_key(suggestion: Suggestion, addition: Addition | None) -> str:
    if addition is None:
        return suggestion.verdict
    if addition.undone_at is not None:
        return "undone"
    return "approved" if addition.article_id else "draft"


def _words(texts: Texts, suggestion: Suggestion) -> list[card.Element]:
    """Return input fields with the current texts, for editing before approval."""
    most = cards.MAX_LETTERS
    label, required = texts("suggestion.edit_question"), texts("suggestion.required")
    found = [
        card.write("question", label, value=suggestion.question, multiline=True, required=required, most=most),
    ]
    if suggestion.article_id is None:
        label = texts("suggestion.edit_answer")
        found.append(card.write("answer", label, value=suggestion.answer, multiline=True, most=most))
    return found


def _body(work: UnitOfWork, texts: Texts, suggestion: Suggestion) -> list[card.Element]:
    body = [card.small(texts("suggestion.question")), card.quote(suggestion.question)]
    if suggestion.article_id:
        article = work.content.articles.get(suggestion.article_id, texts.language, suggestion.municipality_id)
        title = article.title if article else suggestion.article_id
        body.append(card.paragraph(texts("suggestion.phrasing", title=title)))
        others = set(work.content.organisation.municipalities) - {suggestion.municipality_id}
        if any(work.content.articles.get(suggestion.article_id, texts.language, other) for other in sorted(others)):
            everywhere = work.content.organisation.provides(suggestion.municipality_id)
            body.append(card.small(texts("suggestion.for_all" if everywhere else "suggestion.for_own")))
    if suggestion.answer:
        body += [card.small(texts("suggestion.answer")), card.quote(suggestion.answer)]
    return body


def _actions(texts: Texts, suggestion: Suggestion) -> list[card.Element]:
    return [
        card.press(texts("suggestion.approve"), "editor.approve", primary=True, suggestion_id=suggestion.id),
        card.press(texts("suggestion.reject"), "editor.reject", checks=False, suggestion_id=suggestion.id),
    ]


VERBS: Final[Verbs] = {
    "editor.suggestions": listing,
    "editor.approve": approve,
    "editor.reject": reject,
    "editor.undo": undo_approval,
}
