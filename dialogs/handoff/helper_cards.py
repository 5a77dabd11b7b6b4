"""The helper's cards: the offer, the accepted handoff, and the outcome of handoffs that moved on."""

from collections.abc import Collection
from dataclasses import dataclass

from dialogs.core import card
from dialogs.core.message import Message
from dialogs.core.texts import Texts
from dialogs.handoff.cards import MAX_LETTERS
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import Status, Transition
from knowledge.language.concerns import Concern


@dataclass(frozen=True, slots=True, kw_only=True)
class HelperView:
    """Facts about a handoff that a helper may see.

    Every helper sees the unit; only the owner sees the asker's name. ``absent`` is the ambassador the helper
    substitutes for; ``passed_to`` is the colleague the helper last passed the question to. ``article_helped`` is what
    the asker said about the bot's answer; None without a word.
    """

    unit: str
    asker: str = ""
    owner: str = ""
    passed_to: str = ""
    chat_url: str = ""
    article_title: str = ""
    article_text: str = ""
    article_helped: bool | None = None
    absent: str = ""
    about_title: str = ""
    about_text: str = ""


def helper(texts: Texts, handoff: Handoff, viewer_id: str, view: HelperView) -> Message:
    """Return one helper's card for the current state of the handoff."""
    if handoff.status is Status.OFFERED and handoff.assignment.offered_to == viewer_id:
        return _offer(texts, handoff, view)
    if handoff.status is Status.ESCALATED and viewer_id in handoff.assignment.contacts:
        return _escalated(texts, handoff, view)
    if handoff.status is Status.ACCEPTED and handoff.assignment.owner_id == viewer_id:
        return _own(texts, handoff, view)
    if handoff.status is Status.RESOLVED and handoff.assignment.owner_id == viewer_id:
        return _done(texts, handoff, view)
    return _gone(texts, handoff, viewer_id, view)


def _offer(texts: Texts, handoff: Handoff, view: HelperView) -> Message:
    line = texts("handoff.offer.line", unit=view.unit)
    until = texts("handoff.offer.until", moment=texts.moment(handoff.next_at)) if handoff.next_at else ""
    body = [
        card.heading(texts("handoff.offer.title")),
        *_substitute(texts, view),
        card.paragraph(line),
        card.quote(handoff.question),
        *_images(texts, handoff),
        *_context(texts, handoff, view),
        *([card.small(until)] if until else ()),
    ]
    return Message(
        text=f"{line} {handoff.question}",
        card=card.card(
            body,
            [
                card.press(texts("handoff.offer.accept"), "handoff.accept", primary=True, handoff_id=handoff.id),
                card.press(texts("handoff.offer.decline"), "handoff.decline", handoff_id=handoff.id),
                card.press(texts("handoff.pass_on"), "handoff.pass_card", handoff_id=handoff.id),
            ],
        ),
    )


def _escalated(texts: Texts, handoff: Handoff, view: HelperView) -> Message:
    line = texts("handoff.escalated.line", unit=view.unit)
    return Message(
        text=f"{line} {handoff.question}",
        card=card.card(
            [
                card.heading(texts(f"handoff.escalated.{'given' if handoff.given_to_contact else 'title'}")),
                card.paragraph(line),
                card.quote(handoff.question),
                *_images(texts, handoff),
                *_context(texts, handoff, view),
            ],
            [
                card.press(texts("handoff.offer.accept"), "handoff.accept", primary=True, handoff_id=handoff.id),
                card.press(texts("handoff.pass_on"), "handoff.pass_card", handoff_id=handoff.id),
            ],
        ),
    )


def _own(texts: Texts, handoff: Handoff, view: HelperView) -> Message:
    line = texts("handoff.own.line", asker=view.asker, unit=view.unit)
    body = [
        card.status(line, style="good"),
        *_substitute(texts, view),
        card.quote(handoff.question),
        *_context(texts, handoff, view),
        card.small(texts("handoff.focus_on", name=view.asker)),
    ]
    quiet = [card.press(texts("handoff.stop"), "handoff.stop", checks=False, handoff_id=handoff.id)]
    if view.chat_url:
        quiet.append(card.link(texts("handoff.open_chat", name=view.asker), view.chat_url))
    body.append(card.buttons(*quiet))
    return Message(
        text=f"{line}. {handoff.question}",
        card=card.card(
            body,
            [
                card.reveal(texts("handoff.resolve"), _resolve_form(texts, handoff)),
                card.press(
                    texts("handoff.write_to", name=view.asker), "handoff.focus", checks=False, handoff_id=handoff.id
                ),
                card.reveal(texts("handoff.with_article"), _search_form(texts, handoff)),
                card.press(texts("handoff.ask_network"), "handoff.ask_network", checks=False, handoff_id=handoff.id),
                card.press(texts("handoff.pass_on"), "handoff.pass_card", checks=False, handoff_id=handoff.id),
                card.press(texts("handoff.release"), "handoff.release", checks=False, handoff_id=handoff.id),
            ],
        ),
    )


def _done(texts: Texts, handoff: Handoff, view: HelperView) -> Message:
    key = "confirmed" if handoff.outcome.helped else "closed" if handoff.next_at is None else "waiting"
    line = texts(f"handoff.done.{key}", asker=view.asker)
    body = [card.status(line, style="good"), card.quote(handoff.question)]
    if handoff.outcome.answer:
        body += [card.small(texts("handoff.answer_was")), card.quote(handoff.outcome.answer)]
    if handoff.outcome.rating:
        body.append(
            card.paragraph(texts("handoff.done.rating", rating=texts(f"handoff.rating.{handoff.outcome.rating}")))
        )
    return Message(text=line, card=card.card(body))


def _gone(texts: Texts, handoff: Handoff, viewer_id: str, view: HelperView) -> Message:
    if handoff.status is Status.WITHDRAWN:
        key = "withdrawn"
    else:
        last = next((m for m in reversed(handoff.history) if viewer_id in {m.to, m.by}), None)
        reasons = {
            Transition.DECLINED: "declined",
            Transition.EXPIRED: "expired",
            Transition.RELEASED: "released",
            Transition.PASSED: "passed",
            Transition.ASSIGNED: "assigned",
            Transition.IDLE: "idle",
            Transition.LOST: "lost",
        }
        key = reasons.get(last.what, "elsewhere") if last else "elsewhere"
        if key == "elsewhere" and view.owner and handoff.status is not Status.OFFERED:
            key = "taken"
    if key == "passed" and view.passed_to:
        line = texts("handoff.pass.done", name=view.passed_to)
    else:
        line = texts(f"handoff.gone.{key}", owner=view.owner)
    return Message.plain(line)


def _substitute(texts: Texts, view: HelperView) -> list[card.Element]:
    """Return the line that names the substituted ambassador."""
    return [card.small(texts("handoff.offer.substitute", absent=view.absent))] if view.absent else []


def _images(texts: Texts, handoff: Handoff) -> list[card.Element]:
    """Return the line with the number of images shown after accepting."""
    number = len(handoff.question_images)
    return [card.small(texts.plural("handoff.image.waits", number))] if number else []


def _context(texts: Texts, handoff: Handoff, view: HelperView) -> list[card.Element]:
    """Return the context of the question: an answer that did not help, its announcement, and the bot's answer."""
    elements: list[card.Element] = []
    if handoff.outcome.resolutions:
        elements.append(card.small(texts("handoff.reopened")))
        if handoff.outcome.answer:
            elements.append(card.quote(handoff.outcome.answer))
    if view.about_title:
        elements += [card.small(texts("handoff.about", title=view.about_title)), card.small(view.about_text)]
    if not view.article_title:
        return [*elements, card.small(texts("handoff.bot_had_none"))]
    key = "handoff.bot_had_no_help" if view.article_helped is False else "handoff.bot_had"
    return [*elements, card.small(texts(key, title=view.article_title)), card.small(view.article_text)]


def resolve_form(texts: Texts, handoff: Handoff, *, asker: str) -> Message:
    """Return the form for closing the question, as a message of its own."""
    title = texts("handoff.resolve_title", name=asker)
    return Message(
        text=title,
        card=_resolve_form(texts, handoff, card.heading(title), card.quote(handoff.question)),
    )


def _resolve_form(texts: Texts, handoff: Handoff, *before: card.Element) -> card.Element:
    return card.card(
        [
            *before,
            card.write("answer", texts("handoff.resolve_label"), multiline=True, most=MAX_LETTERS),
            *([card.toggle("share", texts("handoff.resolve_share"))] if handoff.suggestible else ()),
        ],
        [card.press(texts("handoff.resolve_send"), "handoff.resolve", primary=True, handoff_id=handoff.id)],
    )


def suggestion_preview(
    texts: Texts, handoff: Handoff, *, question: str, answer: str, concerns: Collection[Concern]
) -> Message:
    """Return exactly what the editors would get, to edit, send or keep, with warnings about the words."""
    noticed = [texts(f"warned.{concern}") for concern in Concern if concern in concerns]
    fields = [
        card.write(
            "question",
            texts("suggestion.edit_question"),
            value=question,
            multiline=True,
            required=texts("suggestion.required"),
            most=MAX_LETTERS,
        )
    ]
    if not handoff.outcome.sent_article_id:
        label = texts("suggestion.edit_answer")
        fields.append(card.write("answer", label, value=answer, multiline=True, most=MAX_LETTERS))
    send = "warned.anyway" if noticed else "handoff.suggest.send"
    warned = f"{question}\n{answer}" if noticed else ""
    return Message(
        text="\n".join((texts("handoff.suggest.title"), *noticed)),
        card=card.card(
            [
                card.heading(texts("handoff.suggest.title")),
                *(card.status(sentence, style="warning") for sentence in noticed),
                card.paragraph(texts("handoff.suggest.readers")),
                *fields,
            ],
            [
                card.press(texts(send), "handoff.suggest", primary=True, handoff_id=handoff.id, warned=warned),
                card.press(texts("handoff.suggest.keep"), "handoff.keep", checks=False, handoff_id=handoff.id),
            ],
        ),
    )


def answer_offered(texts: Texts, handoff: Handoff, *, unit: str, words: str, stored_as: str) -> Message:
    """Return the offer to take a question and send what was typed under its offer, with the text to edit."""
    title = texts("handoff.offered_answer.title")
    label, required = texts("handoff.offered_answer.label", unit=unit), texts("handoff.talk.empty")
    again = texts("handoff.offered_answer.again")
    return Message(
        text=f"{title} {again}",
        card=card.card(
            [
                card.heading(title),
                card.quote(handoff.question),
                card.write("words", label, value=words, multiline=True, required=required, most=MAX_LETTERS),
                card.small(again),
            ],
            [
                card.press(
                    texts("handoff.offered_answer.send"),
                    "handoff.send_answer",
                    primary=True,
                    handoff_id=handoff.id,
                    stored_as=stored_as,
                )
            ],
        ),
    )


def _search_form(texts: Texts, handoff: Handoff) -> card.Element:
    return card.card(
        [
            card.write(
                "words",
                texts("handoff.search_label"),
                value=handoff.question[:200],
                required=texts("handoff.search_required"),
                most=200,
            )
        ],
        [card.press(texts("handoff.search"), "handoff.search", primary=True, handoff_id=handoff.id)],
    )


def reminder(texts: Texts, handoff: Handoff, *, asker: str, last: bool) -> Message:
    """Return the reminder that the asker is still waiting."""
    line = texts("handoff.reminder.last" if last else "handoff.reminder.first", asker=asker)
    return Message(
        text=line,
        card=card.card(
            [card.paragraph(line), card.quote(handoff.question)],
            [
                card.press(texts("handoff.answer", name=asker), "handoff.focus", primary=True, handoff_id=handoff.id),
                card.press(texts("handoff.release"), "handoff.release", handoff_id=handoff.id),
            ],
        ),
    )


def escalation_reminder(texts: Texts, handoff: Handoff) -> Message:
    """Return the reminder to a contact that the question has no helper yet."""
    line = texts("handoff.reminder.contact")
    if handoff.is_late and handoff.assignment.expected_at:
        line = f"{line} {texts('handoff.open.overdue', moment=texts.moment(handoff.assignment.expected_at))}"
    return Message(
        text=line,
        card=card.card(
            [card.paragraph(line), card.quote(handoff.question)],
            [card.press(texts("handoff.offer.accept"), "handoff.accept", primary=True, handoff_id=handoff.id)],
        ),
    )
