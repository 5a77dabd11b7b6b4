"""The asker's steps, from preview to rating.

No colleague receives a question before the asker has seen the preview.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.decision import Decision, Notice, Post, Reply, do, later, never
from dialogs.core.event import Event, Scope
from dialogs.core.image import MAX_AT_ONCE
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, find_all, new_id
from dialogs.core.question import Question, words_of_thread
from dialogs.core.refusal import EventRefused
from dialogs.core.review import is_confirmed, reasons_to_warn
from dialogs.core.session import Session
from dialogs.core.speaker import answer, slot_of, speaker_of
from dialogs.core.texts import Texts
from dialogs.handoff import cards
from dialogs.handoff.chat import HandoffChat
from dialogs.handoff.deadlines import DRAFT_FOR, REOPEN_FOR
from dialogs.handoff.draft import Draft
from dialogs.handoff.limits import MAX_OPEN, make_room_for_draft, refuse_sending, too_many_open
from dialogs.handoff.model import Handoff
from dialogs.handoff.projection import OWN_LIST, finish, own_list, reply_or_post, status_slot, without_secrets
from dialogs.handoff.relay import attach_images, own_images, relay
from dialogs.handoff.routing import assign, availability_of, contacts_of, offer_queued
from dialogs.handoff.suggesting import doubt
from dialogs.handoff.transitions import ENDED, Status, Transition
from dialogs.handoff.unit_of_work import UnitOfWork
from dialogs.handoff.views import asked_about, asker_view, unit_name
from dialogs.handoff.warning import recipients_of_question, warn_about, warning_message
from dialogs.profile.cards import place_card
from knowledge.language.concerns import Concern
from knowledge.language.masking import mask
from knowledge.organisation.nearest import Availability
from knowledge.organisation.unit import Unit


def start(event: Event, content: Content) -> Flow:
    """Show the preview of the question.

    Ask for the asker's unit first if it is unknown.
    """
    work = UnitOfWork(event, content)
    speaker = yield from speaker_of(event, content)
    person, texts = speaker.person, speaker.texts
    question_id = event.pressed.text("question_id")
    if not person.placed or content.organisation.find_unit(person.unit_id or "") is None:
        given = {name: event.pressed.text(name) for name in ("question_id", "image_ids")}
        place_first = place_card(
            content,
            texts,
            person=person,
            then_verb="handoff.start",
            then_data={name: value for name, value in given.items() if value},
        )
        return answer(event, "profile", place_first, texts)
    if (yield from too_many_open(work, person.id)):
        return _reply_text(event, texts("handoff.refused.too_many", number=MAX_OPEN))
    question = yield from _question_to_ask(work, question_id)
    if question is not None and (yield from _was_sent(question, event.at)):
        if event.pressed.slot is not None:
            return (yield from list_own(event, content))
        question = None  # words that ask for a colleague: about something else
    brought = question.images if question else event.pressed.text("image_ids").split()[:MAX_AT_ONCE]
    images = tuple(image.id for image in (yield from own_images(work, person.id, brought, within=None)))
    yield from make_room_for_draft(work, person.id)
    draft = Draft(
        id=(yield from new_id("handoff")),
        asker_id=person.id,
        question=(yield from words_of_thread(question, all_told=True))[: cards.MAX_LETTERS] if question else "",
        question_id=question.id if question else None,
        article_id=question.article_id if question else None,
        topics=_topics(content, question),
        images=images,
        created_at=event.at,
    )
    work.put(draft)
    concerns = reasons_to_warn(draft.question)
    work.do(later(f"handoff/{draft.id}/draft", event.at + DRAFT_FOR, "handoff.draft_over", handoff_id=draft.id))
    about = yield from asked_about(work, draft.question_id)
    message = cards.preview(
        texts,
        handoff_id=draft.id,
        question=draft.question,
        unit=unit_name(work.content, person.unit_id, texts),
        masked=False,
        images=images,
        about=about.wording(texts.language).title if about else "",
    )
    if concerns:
        message = _warning(texts, draft, concerns, along=False, unit=unit_name(work.content, person.unit_id, texts))
    reply_or_post(work, person.id, status_slot(draft.id), message)
    if event.scope is not Scope.PERSONAL:
        work.do(Reply(slot=f"handoff/{event.id}", message=Message.plain(texts("common.sent_privately"))))
    return work.decision()


def _question_to_ask(work: UnitOfWork, question_id: str) -> Asking[Question | None]:
    """Return the actor's question, None if it was not asked of Heia, or raise the refusal for one of others."""
    question = (yield from work.get(Question, question_id)) if question_id else None
    if question is not None and question.person_id != work.event.person_id:
        raise EventRefused((yield from work.refuse("unknown", question_id)))
    return question


def _was_sent(question: Question, at: datetime) -> Asking[bool]:
    """Return whether the question is with a colleague, or solved and can be reopened.

    A second hand-off of it would ask two colleagues the same.
    """
    sent = yield from find_all(Handoff, f"person:{question.person_id}")
    return any(one.question_id == question.id and (one.status not in ENDED or one.may_reopen(at)) for one in sent)


def send(event: Event, content: Content) -> Flow:
    """Send the question to the nearest helper."""
    work = UnitOfWork(event, content)
    id_ = event.pressed.text("handoff_id")
    draft = yield from work.get(Draft, id_)
    if draft is None:
        return (yield from _answer_repeated_press(work, id_, "draft_gone"))
    person = yield from work.person(event.person_id)
    if person is None or draft.asker_id != person.id:
        return (yield from work.refuse("unknown", id_))
    texts = yield from work.actor_texts()
    # Mask again: an older version with weaker masking may have written the draft.
    words = event.pressed.text("question") if "question" in event.pressed.data else mask(draft.question)
    if not words.strip():
        return do(Notice(text=texts("handoff.preview.required")))
    unit = content.organisation.find_unit(person.unit_id or "")
    if unit is None:
        return do(Notice(text=texts("handoff.refused.not_placed")))
    asked = _handoff_of(event, draft, person, unit)
    refusal = yield from refuse_sending(work, asked)
    if refusal is not None:
        return refusal
    question = yield from without_secrets(work, words, most=cards.MAX_LETTERS)
    wanted = event.pressed.text("images") == "true"
    concerns = frozenset() if is_confirmed(event, {"question": question}) else reasons_to_warn(question)
    if concerns:
        draft = replace(draft, question=question)
        work.put(draft)
        unit_now = unit_name(work.content, unit.id, texts)
        refused = event.pressed.text(cards.NO_SUGGESTION) == "true"
        warning = _warning(texts, draft, concerns, along=wanted, unit=unit_now, refused=refused)
        reply_or_post(work, person.id, status_slot(draft.id), warning)
        return work.decision()
    along = draft.images if wanted else ()
    images = yield from attach_images(work, draft.id, person.id, along)
    work.remove(Draft, draft.id)
    work.do(never(f"handoff/{draft.id}/draft"))
    handoff = replace(
        asked,
        question=question,
        question_images=images,
        chat=HandoffChat(images=images),
    ).log(Transition.ASKED, event.at, by=person.id)
    yield from work.get(Handoff, handoff.id)
    yield from assign(work, handoff)
    asked_first = (yield from work.get(Question, draft.question_id)) if draft.question_id else None
    if asked_first is not None and not asked_first.handed_over:
        work.put(replace(asked_first, handed_over=True))
    if len(images) < len(along):
        work.do(Notice(text=(yield from work.actor_texts())("handoff.refused.image_gone")))
    return (yield from finish(work))


def _handoff_of(event: Event, draft: Draft, person: Person, unit: Unit) -> Handoff:
    """Return the handoff that a draft becomes, without its words."""
    return Handoff(
        id=draft.id,
        asker_id=person.id,
        municipality_id=unit.municipality_id,
        unit_id=unit.id,
        language=person.language,
        question="",
        question_id=draft.question_id,
        article_id=draft.article_id,
        topics=draft.topics,
        # A card of an earlier version, or words in place of a press, show no box.
        suggestible=event.pressed.text(cards.NO_SUGGESTION) == "false",
        created_at=event.at,
        changed_at=event.at,
    )


def cancel(event: Event, content: Content) -> Flow:
    """Discard the draft."""
    work = UnitOfWork(event, content)
    id_ = event.pressed.text("handoff_id")
    draft = yield from work.get(Draft, id_)
    if draft is None:
        return (yield from _answer_repeated_press(work, id_, "draft_gone"))
    if draft.asker_id != event.person_id:
        return (yield from work.refuse("unknown", id_))
    work.remove(Draft, draft.id)
    work.do(never(f"handoff/{draft.id}/draft"))
    reply_or_post(work, event.person_id, status_slot(draft.id), cards.cancelled((yield from work.actor_texts())))
    return work.decision()


def edit(event: Event, content: Content) -> Flow:
    """Change the question until a helper has accepted it.

    Current cards show the new text.
    """
    work = UnitOfWork(event, content)
    handoff = yield from own_handoff(work)
    if handoff.status in ENDED or handoff.status is Status.ACCEPTED:
        return (yield from refuse_outdated(work, handoff, "too_late_to_edit"))
    words = yield from without_secrets(work, event.pressed.text("question"), most=cards.MAX_LETTERS)
    if not words.strip():
        return do(Notice(text=(yield from work.actor_texts())("handoff.preview.required")))
    if words != handoff.question:
        if (yield from warn_about(work, words, field="question", verb="handoff.edit", handoff=handoff)):
            return work.decision()
        edited = handoff.log(Transition.EDITED, event.at, by=event.person_id)
        yield from work.change(replace(edited, question=words))
    return (yield from finish(work))


def withdraw(event: Event, content: Content) -> Flow:
    """Withdraw the question at the asker's request."""
    work = UnitOfWork(event, content)
    handoff = yield from own_handoff(work)
    if handoff.status in ENDED:
        return (yield from refuse_outdated(work, handoff, str(handoff.status)))
    yield from work.change(handoff.withdraw(event.at))
    yield from offer_queued(work, handoff.municipality_id)
    return (yield from finish(work))


def confirm(event: Event, content: Content) -> Flow:
    """Confirm the answer. Confirming an accepted handoff also resolves it."""
    work = UnitOfWork(event, content)
    handoff = yield from own_handoff(work)
    if handoff.status is Status.ACCEPTED:
        handoff = handoff.resolve(event.at, by=event.person_id, answer="", until=event.at + REOPEN_FOR)
    elif handoff.status is not Status.RESOLVED:
        return (yield from refuse_outdated(work, handoff, "not_answered"))
    if handoff.outcome.helped is not None:
        return (yield from refuse_outdated(work, handoff, "confirmed"))
    confirmed = handoff.log(Transition.CONFIRMED, event.at, by=event.person_id)
    yield from work.change(replace(confirmed, outcome=handoff.outcome.mark_helped()))
    yield from offer_queued(work, handoff.municipality_id)
    return (yield from finish(work))


def reopen(event: Event, content: Content) -> Flow:
    """Reopen within 14 days: with the same helper if they have capacity, else with the next nearest."""
    work = UnitOfWork(event, content)
    handoff = yield from own_handoff(work)
    if handoff.status is not Status.RESOLVED:
        return (yield from refuse_outdated(work, handoff, "not_resolved"))
    if not handoff.may_reopen(event.at):
        return (yield from refuse_outdated(work, handoff, "too_late_to_reopen"))
    if (yield from too_many_open(work, handoff.asker_id)):
        texts = yield from work.actor_texts()
        return do(Notice(text=texts("handoff.refused.too_many", number=MAX_OPEN)))
    words = yield from without_secrets(work, event.pressed.text("words"), most=cards.MAX_LETTERS)
    if (yield from warn_about(work, words, field="words", verb="handoff.reopen", handoff=handoff)):
        return work.decision()
    owner_id = handoff.assignment.owner_id or ""
    deadlines = work.deadlines(handoff.municipality_id)
    # The answer kept the first promise; the open question gets another one.
    expected_at = deadlines.after(event.at, deadlines.answer)
    again = replace(
        handoff, outcome=handoff.outcome.reopen(), assignment=handoff.assignment.reopen(expected_at=expected_at)
    )
    contacts = yield from contacts_of(handoff.municipality_id, work.content)
    free = (yield from availability_of(work, handoff, owner_id)) is Availability.FREE
    if free or any(person.id == owner_id for person in contacts):
        reopened = again.log(Transition.REOPENED, event.at, by=event.person_id, to=owner_id)
        handoff = yield from work.change(
            reopened.accept(owner_id, event.at, until=deadlines.after(event.at, deadlines.idle))
        )
    else:
        handoff = yield from assign(work, again.wait(Transition.REOPENED, event.at, by=event.person_id))
    yield from doubt(work, handoff.id)
    if words and handoff.status is Status.ACCEPTED:
        yield from relay(work, handoff, event.person_id, words, images=())
    elif words:
        added = mask(
            f"{handoff.question}\n\n{words}", most=cards.MAX_LETTERS
        )  # mask again: each part may contain half of a number
        yield from work.change(replace(handoff, question=added))
    return (yield from finish(work))


def rate(event: Event, content: Content) -> Flow:
    """Rate the help, or change the rating while the question can be reopened."""
    work = UnitOfWork(event, content)
    handoff = yield from own_handoff(work)
    rating = event.pressed.text("rating")
    if handoff.status is not Status.RESOLVED or not handoff.outcome.helped:
        return (yield from refuse_outdated(work, handoff, "not_confirmed"))
    if rating not in cards.RATINGS:
        return (yield from work.refuse("no_rating", handoff.id))
    if int(rating) == handoff.outcome.rating or not cards.may_rate(handoff):
        return (yield from refuse_outdated(work, handoff, "rated"))
    # Logged once: a rating changed to and fro would crowd the rest out of the history.
    first = handoff.outcome.rating is None
    rated = handoff.log(Transition.RATED, event.at, by=event.person_id) if first else handoff
    yield from work.change(replace(rated, outcome=handoff.outcome.rate(int(rating))))
    return (yield from finish(work))


def list_own(event: Event, content: Content) -> Flow:
    """Show the asker's questions and their status, newest first; the last list shown is kept up to date."""
    work = UnitOfWork(event, content)
    texts = yield from work.actor_texts()
    slot = slot_of(event, OWN_LIST)
    session = (yield from work.get(Session, event.person_id)) or Session(id=event.person_id, changed_at=event.at)
    if session.own_questions not in {None, slot}:
        work.do(Post(to=event.person_id, slot=session.own_questions or "", message=None, only_update=True))
    work.put(replace(session, own_questions=slot, changed_at=event.at))
    message = yield from own_list(work, event.person_id)
    return work.decision() + answer(event, OWN_LIST, message, texts)


def own_handoff(work: UnitOfWork) -> Asking[Handoff]:
    """Return the asker's handoff, or raise the refusal."""
    # An unknown id and another person's id get the same refusal, so the answer does not reveal which ids exist.
    id_ = work.event.pressed.text("handoff_id")
    handoff = yield from work.get(Handoff, id_)
    if handoff is None or handoff.asker_id != work.event.person_id:
        raise EventRefused((yield from work.refuse("unknown", id_)))
    return handoff


def refuse_outdated(work: UnitOfWork, handoff: Handoff, reason: str) -> Asking[Decision]:
    """Refuse a press on an outdated card and show the current status."""
    texts = yield from work.texts(handoff.asker_id)
    view = yield from asker_view(work, handoff, texts)
    refusal = yield from work.refuse(reason, handoff.id, name=view.helper)
    work.require_unchanged(handoff)
    reply_or_post(work, handoff.asker_id, status_slot(handoff.id), cards.status(texts, handoff, view))
    return refusal + work.decision()


def _answer_repeated_press(work: UnitOfWork, id_: str, reason: str) -> Asking[Decision]:
    """Answer a second press on the preview: the status if it was sent, otherwise the reason."""
    handoff = yield from work.get(Handoff, id_)
    if handoff is None or handoff.asker_id != work.event.person_id:
        return (yield from work.refuse(reason, id_))
    texts = yield from work.actor_texts()
    view = yield from asker_view(work, handoff, texts)
    work.require_unchanged(handoff)
    reply_or_post(work, handoff.asker_id, status_slot(handoff.id), cards.status(texts, handoff, view))
    return work.decision()


def _warning(
    texts: Texts, draft: Draft, concerns: Collection[Concern], *, along: bool, unit: str, refused: bool = False
) -> Message:
    """Return the warning about a draft; it replaces the preview."""
    return warning_message(
        texts,
        concerns,
        words=draft.question,
        field="question",
        verb="handoff.send",
        handoff_id=draft.id,
        carries={},
        recipients=recipients_of_question(texts, unit),
        drop=card.press(texts("handoff.preview.cancel"), "handoff.cancel", checks=False, handoff_id=draft.id),
        along=[
            *cards.images_along(texts, len(draft.images), chosen=along),
            *cards.may_suggest(texts, refused=refused),
        ],
    )


def _reply_text(event: Event, text: str) -> Decision:
    return do(Reply(slot=f"handoff/{event.id}", message=Message.plain(text)))


def _topics(content: Content, question: Question | None) -> frozenset[str]:
    """Return the topics of the question, from the bot's best candidate article."""
    if question is None:
        return frozenset()
    best = question.article_id or next(iter(question.candidates), "")
    article = content.articles.get(best, question.language, question.municipality_id)
    return frozenset(article.topics) if article else frozenset()
