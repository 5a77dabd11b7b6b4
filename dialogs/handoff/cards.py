"""The asker's cards: preview, status, and replies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from dialogs.core import card
from dialogs.core.article_view import ArticleView, shown
from dialogs.core.message import Message
from dialogs.core.texts import Texts
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import Status

MAX_LETTERS = 4000
MAX_LISTED = 6
RATINGS = ("5", "4", "3", "2", "1")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskerView:
    """Facts about the helper that the asker may see.

    Empty texts are not shown.

    ``absent`` is the ambassador the helper substitutes for. ``contact`` and ``address`` are the municipality's
    published fallback contact, ``service_desk`` the lines about its service desk.
    """

    helper: str = ""
    helper_unit: str = ""
    absent: str = ""
    chat_url: str = ""
    contact: str = ""
    address: str = ""
    service_desk: tuple[str, ...] = ()


# Field of the box with which an asker refuses suggestions to the editors.
NO_SUGGESTION: Final = "no_suggestion"


def may_suggest(texts: Texts, *, refused: bool = False) -> list[card.Element]:
    """Return that the helper may suggest the question to the editors, with a box to say no."""
    box = card.toggle(NO_SUGGESTION, texts("handoff.preview.no_suggestion"), on=refused)
    return [card.small(texts("handoff.preview.may_suggest")), box]


def question_field(texts: Texts, words: str, *, name: str = "question") -> card.Element:
    """Return the box of the text that goes to others, with ``words`` in it."""
    label, required = texts("handoff.preview.label"), texts("handoff.preview.required")
    return card.write(name, label, value=words, multiline=True, required=required, most=MAX_LETTERS)


def masked_note(texts: Texts, masked: bool) -> list[card.Element]:
    return [card.status(texts("handoff.masked"), style="warning")] if masked else []


def beside_question(texts: Texts, handoff: Handoff, line: str, words: str) -> Message:
    """Return what a colleague wrote, introduced by ``line``, and the question it is about."""
    about = [card.small(texts("handoff.network.about")), card.quote(handoff.question)]
    return Message(text=f"{line} {words}", card=card.card([card.small(line), card.quote(words), *about]))


def preview(
    texts: Texts,
    *,
    handoff_id: str,
    question: str,
    unit: str,
    masked: bool,
    images: Sequence[str] = (),
    about: str = "",
) -> Message:
    """Return the preview: recipient group and text, with buttons to edit, send or cancel.

    ``about`` is the title of the announcement the question replies to.
    """
    recipients = texts("handoff.preview.whom", unit=unit)
    along = images_along(texts, len(images))
    return Message(
        text=f"{texts('handoff.preview.title')}. {recipients}",
        card=card.card(
            [
                *masked_note(texts, masked),
                card.heading(texts("handoff.preview.title")),
                card.paragraph(recipients),
                question_field(texts, question),
                *along,
                *may_suggest(texts),
                *([card.small(texts("handoff.preview.about", title=card.unmarked(about)))] if about else []),
                card.small(texts("handoff.preview.seen", unit=unit)),
            ],
            [
                card.press(texts("handoff.preview.send"), "handoff.send", primary=True, handoff_id=handoff_id),
                card.press(texts("handoff.preview.cancel"), "handoff.cancel", checks=False, handoff_id=handoff_id),
            ],
        ),
        image_id=images[0] if images else None,
    )


def images_along(texts: Texts, number: int, *, chosen: bool = False) -> list[card.Element]:
    """Return the choice to send images along, if there are any; the asker makes it."""
    if not number:
        return []
    choice = card.toggle("images", texts.plural("handoff.preview.images", number), on=chosen)
    return [choice, card.small(texts("handoff.preview.images_show"))]


def cancelled(texts: Texts) -> Message:
    """Return the confirmation that the draft was discarded."""
    return Message.plain(texts("handoff.cancelled"))


def status(texts: Texts, handoff: Handoff, view: AskerView) -> Message:
    """Return the status card with the asker's possible actions."""
    line = status_sentence(texts, handoff, view)
    body = [card.status(line, style=_style(handoff))]
    if view.absent and handoff.status in {Status.OFFERED, Status.ACCEPTED}:
        substitute = texts("handoff.substitute", name=view.helper, absent=view.absent)
        line = f"{line} {substitute}"
        body.append(card.small(substitute))
    body.append(card.quote(handoff.question))
    if deadline := deadline_sentence(texts, handoff, view):
        line = f"{line} {deadline}" if handoff.is_late else line
        body.append(card.small(deadline))
    if urgent := in_the_meantime(texts, handoff, view):
        line = f"{line} {urgent}"
        body.append(card.small(urgent))
    if handoff.status is Status.RESOLVED and handoff.outcome.answer:
        body += [card.small(texts("handoff.answer_was")), card.quote(handoff.outcome.answer)]
    if handoff.status is Status.ACCEPTED and view.chat_url:
        body.append(card.buttons(card.link(texts("handoff.open_chat", name=view.helper), view.chat_url)))
    actions = [] if handoff.status is Status.RESOLVED else _actions(texts, handoff, view)  # the closing card has them
    return Message(text=line, card=card.card(body, actions))


def deadline_sentence(texts: Texts, handoff: Handoff, view: AskerView) -> str:
    """Return when an answer is promised, or that the time has passed; empty without a promise."""
    if handoff.promised_at:
        return texts("handoff.expected", moment=texts.moment(handoff.promised_at))
    if handoff.is_late and handoff.assignment.expected_at:
        return texts("handoff.late", contact=view.contact, moment=texts.moment(handoff.assignment.expected_at))
    return ""


def in_the_meantime(texts: Texts, handoff: Handoff, view: AskerView) -> str:
    """Return where to turn if it is urgent, while no helper is free; else, or without a service desk, empty."""
    if handoff.status not in {Status.WAITING, Status.ESCALATED} or not view.service_desk:
        return ""
    return " ".join((texts("service_desk.urgent"), *view.service_desk))


def status_sentence(texts: Texts, handoff: Handoff, view: AskerView) -> str:
    key = str(handoff.status)
    if handoff.adrift:
        key = "adrift" if view.address else "adrift_without_address"
        if view.service_desk:  # the contact for urgent cases follows
            key = "adrift_beside_desk" if view.address else "adrift_desk_only"
    elif handoff.given_to_contact:
        key = "given"
    elif handoff.status is Status.RESOLVED:
        key = "confirmed" if handoff.outcome.helped else "closed" if handoff.next_at is None else "resolved"
    return texts(
        f"handoff.status.{key}",
        name=view.helper,
        unit=view.helper_unit,
        contact=view.contact,
        address=view.address,
        moment=texts.moment(handoff.next_at) if handoff.next_at else "",
    )


def _style(handoff: Handoff) -> str:
    if handoff.adrift:
        return "warning"
    return {Status.ACCEPTED: "good", Status.RESOLVED: "good", Status.WITHDRAWN: "default"}.get(handoff.status, "accent")


def _actions(texts: Texts, handoff: Handoff, view: AskerView) -> list[card.Element]:
    id_ = handoff.id
    match handoff.status:
        case Status.WAITING | Status.OFFERED | Status.ESCALATED:
            return [
                card.reveal(texts("handoff.edit"), _edit_form(texts, handoff)),
                card.press(texts("handoff.withdraw"), "handoff.withdraw", checks=False, handoff_id=id_),
            ]
        case Status.ACCEPTED:
            return [
                card.press(texts("handoff.write_to", name=view.helper), "handoff.focus", handoff_id=id_),
                card.press(texts("handoff.solved"), "handoff.confirm", handoff_id=id_),
                card.press(texts("handoff.withdraw"), "handoff.withdraw", handoff_id=id_),
            ]
        case Status.RESOLVED:
            return closing_actions(texts, handoff, view)
        case Status.WITHDRAWN:
            return []


def closing(texts: Texts, handoff: Handoff, view: AskerView, *, beside: Sequence[card.Element] = ()) -> Message:
    """Return the message that asks whether the answer helped, and later shows the result.

    ``beside``: elements below the buttons of the rating.
    """
    if handoff.status is not Status.RESOLVED:
        return Message.plain(texts("handoff.closing.reopened"))
    line = status_sentence(texts, handoff, view)
    body = [card.paragraph(line)]
    if handoff.outcome.answer:
        body.append(card.quote(handoff.outcome.answer))
    if handoff.outcome.helped:
        body += [*_rating(texts, handoff, view), *beside]
    if handoff.outcome.helped and handoff.next_at is not None:
        body.append(card.small(texts("handoff.closing.later")))
    actions = [] if handoff.outcome.helped else closing_actions(texts, handoff, view)
    return Message(text=f"{line}\n\n{handoff.outcome.answer}".strip(), card=card.card(body, actions))


def closing_actions(texts: Texts, handoff: Handoff, view: AskerView) -> list[card.Element]:
    """Return the asker's actions after an answer: confirm once, reopen, rate."""
    actions: list[card.Element] = []
    if handoff.outcome.helped is None and handoff.next_at is not None:
        actions.append(card.press(texts("handoff.confirm"), "handoff.confirm", checks=False, handoff_id=handoff.id))
    if handoff.next_at is not None:
        reopen = texts("handoff.reopen_after_all" if handoff.outcome.helped else "handoff.reopen")
        actions.append(card.reveal(reopen, _reopen_form(texts, handoff)))
    if handoff.outcome.helped and may_rate(handoff):
        title = texts("handoff.rate" if handoff.outcome.rating is None else "handoff.rate_again")
        actions.append(card.reveal(title, card.card(_rating(texts, handoff, view))))
    return actions


def may_rate(handoff: Handoff) -> bool:
    """Return whether the asker may rate the help, or change the rating: as long as the question can be reopened."""
    return handoff.outcome.rating is None or handoff.next_at is not None


def _rating(texts: Texts, handoff: Handoff, view: AskerView) -> list[card.Element]:
    """Return the line about the rating and its buttons, which a press does not move."""
    rating = handoff.outcome.rating
    line = texts("handoff.rate_label" if rating is None else "handoff.thanks_rating", name=view.helper)
    elements = [card.paragraph(line)]
    if may_rate(handoff):
        elements.append(card.buttons(*_ratings(texts, handoff)))
        if rating is not None:
            elements.append(card.small(texts("handoff.rated_as", rating=texts(f"handoff.rating.{rating}"))))
    return elements


def was_accepted(texts: Texts, view: AskerView) -> Message:
    """Return the past acceptance without buttons, after the conversation ended."""
    return Message.plain(texts("handoff.accepted.line", name=view.helper, unit=view.helper_unit))


def accepted(texts: Texts, handoff: Handoff, view: AskerView, *, focused: bool) -> Message:
    """Return the acceptance, and whether the asker's messages now go to the helper."""
    line = texts("handoff.accepted.line", name=view.helper, unit=view.helper_unit)
    where = texts("handoff.focus_on" if focused else "handoff.focus_off", name=view.helper)
    return Message(
        text=f"{line} {where}",
        card=card.card([card.paragraph(line), card.small(where)], focus_actions(texts, handoff, view.helper, focused)),
    )


def focus_actions(texts: Texts, handoff: Handoff, name: str, focused: bool) -> list[card.Element]:
    """Return the button that starts or stops writing to the other end."""
    if focused:
        return [card.press(texts("handoff.stop"), "handoff.stop", handoff_id=handoff.id)]
    return [card.press(texts("handoff.write_to", name=name), "handoff.focus", handoff_id=handoff.id)]


def news(texts: Texts, key: str, **values: object) -> Message:
    """Return one sentence about an event."""
    return Message.plain(texts(f"handoff.news.{key}", **values))


def relayed_text(texts: Texts, handoff: Handoff, *, name: str, words: str, image_id: str | None = None) -> Message:
    """Return a message from the other end, with a button to reply."""
    line = texts("handoff.said_by", name=name)
    said = words or texts("handoff.image.alone")
    return Message(
        text=f"{line} {said}",
        card=card.card(
            [card.small(line), card.quote(said)],
            [card.press(texts("handoff.answer", name=name), "handoff.focus", handoff_id=handoff.id)],
        ),
        image_id=image_id,
    )


def relayed_article(texts: Texts, handoff: Handoff, view: ArticleView, *, name: str) -> Message:
    """Return an article sent by the other end, in the bot's own layout, with a button to reply."""
    line = texts("handoff.answered_with", name=name)
    return Message(
        text=f"{line}\n\n{view.running_text}",
        card=card.card(
            [card.small(line), *shown(texts, view)],
            [card.press(texts("handoff.answer", name=name), "handoff.focus", handoff_id=handoff.id)],
        ),
    )


def question_image(texts: Texts, image_id: str, *, name: str) -> Message:
    line = texts("handoff.image.with_question", name=name)
    return Message(text=line, card=card.card([card.small(line)]), image_id=image_id)


def ask_about_chat(texts: Texts, handoff: Handoff, view: AskerView) -> Message:
    """Return the question whether the new owner may read what the asker and an earlier helper wrote."""
    data: dict[str, Any] = {"handoff_id": handoff.id, "acceptance": str(handoff.assignment.acceptances)}
    images = len(handoff.chat.images) - len(handoff.question_images)
    sentences = [texts("handoff.chat.ask", name=view.helper)]
    sentences += [texts.plural("handoff.chat.images", images)] if images > 0 else []
    actions = [
        card.press(texts("handoff.chat.yes"), "handoff.show_chat", checks=False, **data),
        card.press(texts("handoff.chat.no"), "handoff.keep_chat", checks=False, **data),
    ]
    return Message.plain(" ".join(sentences), actions)


def earlier_message(message: Message) -> Message:
    """Return a relayed message for its second reader: without the buttons of the first one."""
    return Message(text=message.text, card=card.card([card.quote(message.text)]), image_id=message.image_id)


def receipt(texts: Texts, handoff: Handoff, *, name: str, masked: bool) -> Message:
    """Return the delivery receipt, with a button back to the bot."""
    line = texts("handoff.sent_to", name=name)
    body = [*masked_note(texts, masked), card.small(line)]
    return Message(text=line, card=card.card(body, focus_actions(texts, handoff, name, focused=True)))


def choose_conversation(texts: Texts, choices: Sequence[tuple[str, str]], *, masked: bool) -> Message:
    """Ask which conversation a message belongs to.

    Args:
        choices: (title, handoff id); at most five are shown.
    """
    return Message(
        text=texts("handoff.which"),
        card=card.card(
            [*masked_note(texts, masked), card.paragraph(texts("handoff.which"))],
            [
                *(card.press(title, "handoff.send_unsent", handoff_id=id_) for title, id_ in choices[:5]),
                card.press(texts("handoff.which_none"), "handoff.drop_unsent"),
            ],
        ),
    )


def own_questions(texts: Texts, rows: Sequence[tuple[Handoff, AskerView]]) -> Message:
    """Return the asker's questions, each with status and actions."""
    if not rows:
        return Message.plain(texts("handoff.mine.none"))
    body: list[card.Element] = [card.heading(texts("handoff.mine.title"))]
    lines = [texts("handoff.mine.title")]
    for handoff, view in rows:
        sentences = (status_sentence(texts, handoff, view), deadline_sentence(texts, handoff, view))
        state = " ".join(filter(None, sentences))
        lines.append(f"- {handoff.question}: {state}")
        body += [card.quote(handoff.question), card.small(state)]
        if actions := _actions(texts, handoff, view):
            body.append(card.buttons(*actions))
    return Message(text="\n".join(lines), card=card.card(body))


def _edit_form(texts: Texts, handoff: Handoff) -> card.Element:
    return card.card(
        [question_field(texts, handoff.question)],
        [card.press(texts("handoff.save"), "handoff.edit", primary=True, handoff_id=handoff.id)],
    )


def _reopen_form(texts: Texts, handoff: Handoff) -> card.Element:
    return card.card(
        [card.write("words", texts("handoff.reopen_label"), multiline=True, most=MAX_LETTERS)],
        [card.press(texts("handoff.reopen_send"), "handoff.reopen", primary=True, handoff_id=handoff.id)],
    )


def _ratings(texts: Texts, handoff: Handoff) -> list[card.Element]:
    """Return one button per rating, best first, so that rating takes one press."""
    return [
        card.press(texts(f"handoff.rating.{value}"), "handoff.rate", checks=False, handoff_id=handoff.id, rating=value)
        for value in RATINGS
    ]
