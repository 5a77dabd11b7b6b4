"""Suggestions: a helper suggests an answer, an editor approves or rejects it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from dialogs.core import card
from dialogs.core.card import unmarked
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Audit, Decision, Notice, Post, Schedule, do, later
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.message import Message
from dialogs.core.names import name_of
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, Flow, count, find_all, match, match_each, new_id
from dialogs.core.question import Question
from dialogs.core.refusal import EventRefused
from dialogs.core.session import Session
from dialogs.core.speaker import answer, slot_of
from dialogs.core.texts import Texts
from dialogs.handoff import cards, suggestion_cards
from dialogs.handoff.addition import Addition, AdditionResult
from dialogs.handoff.model import Handoff
from dialogs.handoff.projection import card_effect, without_secrets
from dialogs.handoff.suggestion import Suggestion, Verdict, gap_id
from dialogs.handoff.transitions import Transition
from dialogs.handoff.unit_of_work import UnitOfWork
from knowledge.article.article import Language
from knowledge.language.masking import mask
from knowledge.language.smalltalk import small_talk
from knowledge.matching.matcher import Match
from knowledge.matching.policy import OutcomeKind

LIST = "editor"
MAX_LISTED = 5
# Shorter phrasings would attract every question that contains the word.
LEAST_WORDS = 3
# Waiting questions that one person has shown to the editors.
MAX_GAPS: Final = 5
# Timer that answers a shown question; see ``dialogs.unanswered.answering``.
CHECK_VERB: Final = "unanswered.check"
_FIRST_CHECK: Final = timedelta(minutes=2)
_RAREST_CHECK: Final = timedelta(hours=6)
_SHARE_OF_AGE: Final = 10
# Every process uses an approved phrasing within seconds.
IN_USE_AFTER: Final = timedelta(minutes=1)


def suggest(work: UnitOfWork, handoff: Handoff, question: str, answer: str) -> Asking[None]:
    """Send the municipality's editors a question and its answer, as the helper saw them before."""
    suggestion = Suggestion(
        id=(yield from new_id("suggestion")),
        municipality_id=handoff.municipality_id,
        handoff_id=handoff.id,
        language=handoff.language,
        question=question,
        answer=answer,
        article_id=handoff.outcome.sent_article_id,
        doubted=was_reopened(handoff),
        words_of=(handoff.asker_id, work.event.person_id),
        by=work.event.person_id,
        created_at=work.at,
    )
    work.put(suggestion)
    yield from show_editors(work, suggestion)


def was_reopened(handoff: Handoff) -> bool:
    """Return whether an answer to the question did not help at first."""
    return any(entry.what is Transition.REOPENED for entry in handoff.history)


def doubt(work: UnitOfWork, handoff_id: str) -> Asking[None]:
    """Mark suggestions as doubted if their handoff's answer did not help, also approved ones."""
    for suggestion in (yield from work.find(Suggestion, f"handoff:{handoff_id}")):
        if suggestion.verdict is Verdict.REJECTED or suggestion.doubted:
            continue
        doubted = replace(suggestion, doubted=True)
        work.put(doubted)
        yield from show_editors(work, doubted)


def report_gap(event: Event, content: Content, question: Question, words: str) -> Asking[Decision]:
    """Show the editors the words of a question without a good answer. Once a question, 5 waiting a person."""
    work = UnitOfWork(event, content)
    id_ = gap_id(question.id)
    if question.municipality_id is None or (yield from work.get(Suggestion, id_)) is not None:
        return NOTHING
    if (yield from count(Suggestion, f"{Verdict.WAITING}:{event.person_id}")) >= MAX_GAPS:
        raise EventRefused(do(Notice(text=(yield from work.actor_texts())("ask.editors_enough", number=MAX_GAPS))))
    gap = Suggestion(
        id=id_,
        municipality_id=question.municipality_id,
        handoff_id="",
        language=question.language,
        question=words,
        answer="",
        missed_article_id=question.article_id,
        words_of=(event.person_id,),
        by=event.person_id,
        created_at=event.at,
    )
    work.put(gap)
    work.do(check_later(question.id, since=event.at, now=event.at))
    yield from show_editors(work, gap)
    return work.decision()


def check_later(question_id: str, *, since: datetime, now: datetime) -> Schedule:
    """Return the timer of the next look whether a question shown to the editors has an answer by now."""
    # A text may be published much later, so it is looked at more and more rarely.
    wait = min(max(_FIRST_CHECK, (now - since) / _SHARE_OF_AGE), _RAREST_CHECK)
    return later(f"gap/{question_id}/check", now + wait, CHECK_VERB, question_id=question_id)


def suggest_phrasings(
    event: Event, content: Content, lines: Iterable[str], language: Language, *, to: str, article_id: str, place: str
) -> Flow:
    """Suggest phrasings to the editors of the municipality ``to``, as the editors of ``place``."""
    work = UnitOfWork(event, content)
    for words in lines:
        proposed = Suggestion(
            id=(yield from new_id("suggestion")),
            municipality_id=to,
            handoff_id="",
            language=language,
            question=words,
            answer="",
            article_id=article_id,
            proposed_in=place,
            by=event.person_id,
            created_at=event.at,
        )
        work.put(proposed)
        yield from show_editors(work, proposed)
    return work.decision()


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
        return Message.plain(texts("suggestion.none"))
    oldest = sorted(waiting, key=lambda suggestion: suggestion.created_at)
    title = texts.plural("suggestion.waiting", len(oldest))
    body: list[card.Element] = [card.heading(title)]
    known_now = yield from answered_now(work.content, texts, oldest[:MAX_LISTED])
    for suggestion, known in zip(oldest, known_now, strict=False):
        shown = suggestion_cards.body(work.content, texts, suggestion)
        if known:
            shown.insert(0, card.status(known))
        body += [*shown, card.buttons(*suggestion_cards.actions(texts, suggestion, words=False))]
    lines = (f"- {suggestion.question}" for suggestion in oldest[:MAX_LISTED])
    return Message(text="\n".join((title, *lines)), card=card.card(body))


def approve(event: Event, content: Content) -> Flow:
    """Approve a suggestion, with the editor's changes, and thank the helper."""
    work = UnitOfWork(event, content)
    suggestion = yield from _waiting(work)
    if suggestion.doubted and event.pressed.text("sure") != "true":
        # One press on a card from before the doubt, or on a list.
        yield from show_editors(work, suggestion)
        return work.decision() + do(Notice(text=(yield from work.actor_texts())("suggestion.doubted")))
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
            result=AdditionResult.PENDING if known else AdditionResult.ANSWERS,
            suggested_at=decided.created_at,
            words_of=decided.words_of[:1] if known else decided.words_of,
            added_by=event.person_id,
            added_at=event.at,
        )
    )
    if known is None:
        return (yield from _decided(work, decided, "gap_draft" if suggestion.is_gap else "thanks_draft"))
    # The helper hears of it when it is known what Heia answers.
    work.do(later(f"suggestion/{decided.id}/check", event.at + IN_USE_AFTER, "editor.check", suggestion_id=decided.id))
    return (yield from _decided(work, decided, ""))


def check_result(event: Event, content: Content) -> Flow:
    """Find out what an approved phrasing leads to, and report it to the helper and the editors."""
    work = UnitOfWork(event, content)
    id_ = event.rang.data.get("suggestion_id", "")
    addition = yield from work.get(Addition, id_)
    if addition is None or not addition.live:
        return NOTHING
    matched = yield from match(mask(addition.question), municipality_id=addition.municipality_id)
    outcome = content.policy.outcome(matched)
    winner_id = None if outcome.article_id == addition.article_id else outcome.article_id
    if outcome.article_id is None:
        result = AdditionResult.UNSURE
    else:
        result = AdditionResult.ANSWERS if winner_id is None else AdditionResult.BEATEN
    work.put(replace(addition, result=result, winner_id=winner_id))
    suggestion = yield from work.get(Suggestion, id_)
    if suggestion is not None:
        yield from show_editors(work, suggestion)
        yield from _tell_helper(work, suggestion, f"thanks_{result}")
    return work.decision()


def reject(event: Event, content: Content) -> Flow:
    """Reject a suggestion and notify the helper politely."""
    work = UnitOfWork(event, content)
    suggestion = yield from _waiting(work)
    decided = suggestion.decide(Verdict.REJECTED, by=event.person_id, at=event.at)
    return (yield from _decided(work, decided, "gap_declined" if suggestion.is_gap else "declined"))


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
        yield from show_editors(work, suggestion)
    return work.decision()


def answered_now(content: Content, texts: Texts, suggestions: Sequence[Suggestion]) -> Asking[tuple[str, ...]]:
    """Return for each suggestion of one municipality a sentence about the article that answers it by now, or empty."""
    if not suggestions:
        return ()
    own = suggestions[0].municipality_id
    questions = [mask(suggestion.question) for suggestion in suggestions]
    matches = yield from match_each(questions, municipality_id=own, independent=True)
    return tuple(_answer_told(content, texts, *pair) for pair in zip(suggestions, matches, strict=True))


def _answer_told(content: Content, texts: Texts, suggestion: Suggestion, matched: Match) -> str:
    outcome = content.policy.outcome(matched, content.actions.kinds)
    if outcome.kind is not OutcomeKind.ANSWER or outcome.article_id in {None, suggestion.missed_article_id}:
        return ""
    article = content.articles.get(outcome.article_id or "", texts.language, suggestion.municipality_id)
    return "" if article is None else texts("suggestion.answered_now", title=article.title)


def close_answered(event: Event, content: Content, question_id: str, *, by: str) -> Flow:
    """Close the suggestion of an asker after the question got its answer."""
    work = UnitOfWork(event, content)
    gap = yield from work.get(Suggestion, gap_id(question_id))
    if gap is None or gap.verdict is not Verdict.WAITING:
        return NOTHING
    closed = gap.decide(Verdict.ANSWERED, by=by, at=event.at)
    work.put(closed)
    work.do(Audit(act=f"suggestion.{Verdict.ANSWERED}", subject=gap.id, by=event.person_id or "clock"))
    yield from show_editors(work, closed)
    return work.decision()


def close_published(event: Event, content: Content, addition: Addition | None, article_id: str) -> Flow:
    """Close the suggestion of an article that is published now, from whichever page; its effect is checked."""
    if addition is None or addition.article_id is not None or addition.undone_at is not None:
        return NOTHING
    work = UnitOfWork(event, content)
    work.put(replace(addition, article_id=article_id, result=AdditionResult.PENDING))
    check = later(f"suggestion/{addition.id}/check", event.at + IN_USE_AFTER, "editor.check", suggestion_id=addition.id)
    work.do(check)
    suggestion = yield from work.get(Suggestion, addition.id)
    if suggestion is not None:
        yield from show_editors(work, suggestion)
    return work.decision()


def _waiting(work: UnitOfWork) -> Asking[Suggestion]:
    """Return the pressed suggestion if it waits for a decision, or raise the refusal."""
    suggestion = yield from _named(work)
    if suggestion.verdict is Verdict.WAITING:
        return suggestion
    texts = yield from work.actor_texts()
    if suggestion.verdict is Verdict.ANSWERED:
        raise EventRefused(do(Notice(text=texts("suggestion.title.answered"))))
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
    yield from show_editors(work, decided)
    if work.event.from_page:
        addition, texts = (yield from work.get(Addition, decided.id)), (yield from work.actor_texts())
        work.do(Notice(text=suggestion_cards.heading_of(work.content, texts, decided, addition)))
    if news:
        yield from _tell_helper(work, decided, news)
    return work.decision()


def _tell_helper(work: UnitOfWork, suggestion: Suggestion, news: str) -> Asking[None]:
    theirs = yield from work.texts(suggestion.by)
    message = Message.plain(theirs(f"suggestion.{news}", question=unmarked(suggestion.question[:80])))
    work.do(Post(to=suggestion.by, slot=f"suggestion/{suggestion.id}/thanks", message=message))


def _editor(work: UnitOfWork) -> Asking[Person]:
    person = yield from work.person(work.event.person_id)
    if person is None or not person.has(Role.EDITOR) or person.municipality_id is None:
        raise EventRefused((yield from work.refuse("not_editor", "suggestions")))
    return person


def show_editors(work: UnitOfWork, suggestion: Suggestion) -> Asking[None]:
    """Bring every editor's card of a suggestion, and their list, up to date."""
    addition = yield from work.get(Addition, suggestion.id)
    for editor in (yield from find_all(Person, f"role:{Role.EDITOR}@{suggestion.municipality_id}")):
        texts = work.content.texts[editor.language]
        message = suggestion_cards.suggestion(work.content, texts, suggestion, addition)
        work.do(card_effect(work.event, editor.id, f"suggestion/{suggestion.id}", message))
        session = yield from work.get(Session, editor.id)
        if session is not None and session.suggestions:
            # Otherwise a list from one decision could overwrite a newer list from another.
            work.require_unchanged(session)
            listed = yield from _list(work, editor)
            work.do(Post(to=editor.id, slot=session.suggestions, message=listed, only_update=True))


VERBS: Final[Verbs] = {
    "editor.suggestions": listing,
    "editor.approve": approve,
    "editor.reject": reject,
}
TIMERS: Final[Verbs] = {"editor.check": check_result}
