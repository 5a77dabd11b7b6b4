"""The form to pass a question on or to assign it, and the note that goes with it."""

from collections.abc import Collection, Sequence
from typing import Any

from dialogs.core import card
from dialogs.core.message import Message
from dialogs.core.review import noticed
from dialogs.core.texts import Texts
from dialogs.handoff.cards import beside_question
from dialogs.handoff.model import Handoff
from knowledge.language.concerns import Concern

MAX_SEARCH = 80
MAX_NOTE = 1000


def pass_on(
    texts: Texts,
    handoff: Handoff,
    *,
    question: str,
    about: tuple[str, str] | None,
    colleagues: Sequence[tuple[str, str]],
    busy: Sequence[tuple[str, str]],
    topics: Sequence[tuple[str, str]],
    words: str,
    found: bool,
    note: str,
    chosen: str = "",
    moved: bool = False,
    concerns: Collection[Concern] = (),
    chat: bool = False,
) -> Message:
    """Return the form with a search.

    Args:
        question: empty for an overseer that must not read it.
        about: for an overseer: unit and topics, and the state.
        colleagues: (title, person id) of those that can get it: ``found`` by the search, or the nearest.
        busy: (title, reason) of those found that cannot.
        topics: (title, topic).
        words: the search text; empty before a search.
        chosen: the colleague that was chosen before.
        moved: whether another helper got it since the reader last saw the form.
        concerns: about the note; the same note once more is sent.
        chat: the reader and the asker have written to each other.
    """
    title = texts("handoff.pass.title")
    body: list[card.Element] = [card.heading(title)]
    if question:
        body.append(card.quote(question))
    if about:
        body += [card.paragraph(f"**{about[0]}**"), card.small(about[1])]
    news = texts("handoff.pass.moved") if moved else _about_note(texts, concerns)
    news = news or _no_choice(
        texts, words, any_match=found or bool(busy), free=bool(colleagues or topics), own=not about
    )
    if news:
        body.append(card.status(news, style="warning"))
    if colleagues:
        label = texts("handoff.pass.found" if found else "handoff.pass.colleague")
        body.append(card.choose("colleague_id", label, colleagues, value=chosen, expanded=True))
    if busy:
        body.append(card.small(texts("handoff.pass.busy")))
        body.append(card.facts(busy))
    if topics:
        body.append(card.choose("topic", texts("handoff.pass.topic"), topics))
    body += _search(texts, handoff, words)
    if colleagues or topics:
        body.append(card.write("note", texts("handoff.pass.note"), value=note, multiline=True, most=MAX_NOTE))
    if chat:
        body.append(card.small(texts("handoff.pass.chat")))
    send, cancel = _send_and_cancel(texts, handoff, warned=note if concerns else "")
    return Message(text=news or title, card=card.card(body, [send, cancel] if colleagues or topics else [cancel]))


def _send_and_cancel(texts: Texts, handoff: Handoff, *, warned: str) -> tuple[card.Element, card.Element]:
    """Return the buttons to pass it on and to close the form; ``warned`` is the note that the form warns about."""
    data: dict[str, Any] = {"handoff_id": handoff.id, "step": str(handoff.moves)}
    if warned:
        data["warned"] = warned
    return (
        card.press(texts("handoff.pass.send"), "handoff.pass", primary=True, **data),
        card.press(texts("handoff.pass.cancel"), "handoff.pass_cancel", checks=False, handoff_id=handoff.id),
    )


def note(texts: Texts, handoff: Handoff, *, name: str, words: str) -> Message:
    """Return the note of the person that passed the question on."""
    line = texts("handoff.pass.note_by", name=name)
    return beside_question(texts, handoff, line, words)


def _search(texts: Texts, handoff: Handoff, words: str) -> list[card.Element]:
    label, hint = texts("handoff.pass.search_label"), texts("handoff.pass.hint")
    find = card.press(texts("handoff.search"), "handoff.pass_find", handoff_id=handoff.id)
    return [card.write("words", label, value=words, most=MAX_SEARCH, hint=hint), card.buttons(find)]


def _about_note(texts: Texts, concerns: Collection[Concern]) -> str:
    if not concerns:
        return ""
    sentences = noticed(texts, concerns)
    return " ".join((*sentences, texts("handoff.pass.look_over")))


def _no_choice(texts: Texts, words: str, *, any_match: bool, free: bool, own: bool) -> str:
    if words and not any_match:
        return texts("handoff.pass.not_found", words=card.unmarked(words))
    return "" if words or free else texts("handoff.pass.nobody" if own else "handoff.pass.nobody_here")
