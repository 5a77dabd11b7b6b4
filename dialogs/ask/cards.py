"""Cards of answers, clarifications and hand-over offers, with the notes below them."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from dialogs.announce.model import Announcement
from dialogs.ask.language import answer_language
from dialogs.core import card
from dialogs.core.article_view import ArticleView, answer_of, brief, origin_of, see_also, shown
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Decision, Reply, do
from dialogs.core.event import Event, Scope
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Flow, find
from dialogs.core.question import Question
from dialogs.core.session import session_of
from dialogs.core.texts import Texts
from dialogs.handoff.cards import question_field
from knowledge.article.action import Action, ActionKind
from knowledge.article.article import Language
from knowledge.language.concerns import Concern, concerns_in
from knowledge.language.emergency import emergency_in
from knowledge.language.excerpt import FIRST, LAST, is_too_long
from knowledge.language.masking import Secret

# Further candidates below an answer that is only likely; the rest of ``card.MOST_CHOICES`` are its neighbours.
_MOST_NEXT: Final = 2


def answered(
    texts: Texts,
    view: ArticleView,
    *,
    question_id: str,
    masked: frozenset[Secret],
    asked: str = "",
    actions: Collection[str] = (),
    next_choices: Sequence[ArticleView | Action] = (),
    beside: bool = False,
    quote: str = "",
    again: bool = False,
    room: int = card.MOST_CHOICES,
) -> Message:
    """Return the answer with source, date, scope and the ways on, by rank.

    One button; other answers as lines of text; whether it helped as small words.

    Args:
        asked: the question, of which the case comes first.
        actions: verbs that an article's own button may have.
        next_choices: further candidates, if this one is only likely.
        beside: it is one of several answers, and shows its first sentences until it is unfolded.
        quote: the part of it that answers a follow-up, shown first.
        again: the answer was read before.
        room: how many other answers it may offer.
    """
    button = view.article.button
    own = button if button is not None and button.action in actions else None
    colleague = card.press(texts("ask.human"), "handoff.start", question_id=question_id)
    controls = [
        card.press(texts("ask.helped"), "ask.helped", question_id=question_id),
        card.press(texts("ask.not_helped"), "ask.not_helped", question_id=question_id),
    ]
    others = _other_answers(texts, view, _without_colleague(next_choices), question_id=question_id, room=room)
    if beside:
        body = brief(texts, view, [*others, card.text_link(colleague)], asked=asked, controls=controls)
    else:
        lowest = card.small_controls(*controls, *([colleague] if own else []))
        body = [*shown(texts, view, asked=asked, quote=quote, again=again), *others, lowest]
    main = card.press(own.title, own.action, primary=True) if own else None if beside else colleague
    return Message(
        text="\n\n".join((view.title, quote)) if quote else view.running_text,
        language=view.article.language,
        card=card.card([*_masking(texts, masked), *body], [main] if main else []),
        shows_plan=view.shows_plan and not beside,
    )


def _other_answers(
    texts: Texts,
    view: ArticleView,
    next_choices: Sequence[ArticleView | Action],
    *,
    question_id: str,
    room: int = card.MOST_CHOICES,
) -> list[card.Element]:
    """Return the other answers below a line that says what they are: further candidates, then neighbours."""
    nearest = next_choices[:_MOST_NEXT]
    links = [card.text_link(_choice(texts, choice, question_id)) for choice in nearest]
    # A candidate has its link already.
    offered = {choice.id for choice in nearest}
    neighbours = replace(view, related=tuple(pair for pair in view.related if pair[0] not in offered))
    links += see_also(texts, neighbours, room=room - len(links))
    return [card.small(texts("ask.or" if nearest else "ask.see_also")), *links] if links else []


def action_reply(
    texts: Texts, action: Action, offers: Sequence[Action], *, question_id: str, masked: frozenset[Secret]
) -> Message:
    """Return the reply of an action, with the actions it offers as buttons.

    A colleague may know more about an off-topic message, or see that it is not.
    """
    line = action.reply(texts.language) or action.title(texts.language)
    buttons = _doing(texts, offers, question_id=question_id)
    if action.kind is ActionKind.OUT_OF_SCOPE and not any(offer.verb == "handoff.start" for offer in offers):
        buttons.append(card.press(texts("ask.human"), "handoff.start", question_id=question_id))
    return Message(text=line, card=card.card([*_masking(texts, masked), card.paragraph(line)], buttons))


def _doing(texts: Texts, actions: Sequence[Action], *, question_id: str) -> list[card.Element]:
    """Return a button for each action; a hand-off is one of this question."""
    buttons = []
    for action in actions:
        if action.button_verb == "handoff.start":
            buttons.append(card.press(action.title(texts.language), action.button_verb, question_id=question_id))
        elif action.button_verb is not None:
            buttons.append(card.press(action.title(texts.language), action.button_verb))
    return buttons


def answered_with_thanks(texts: Texts, view: ArticleView, *, question_id: str, asked: str = "") -> Message:
    """Return the answer with thanks in place of the feedback buttons."""
    thanks = texts("ask.thanks_helped")
    return Message(
        text=view.running_text,
        language=view.article.language,
        card=card.card(
            [
                *answer_of(texts, view, asked=asked),
                card.small(origin_of(texts, view)),
                *_other_answers(texts, view, (), question_id=question_id),
                card.small(thanks),
            ],
            [card.press(texts("ask.human"), "handoff.start", question_id=question_id)],
        ),
        shows_plan=view.shows_plan,
    )


def did_not_help(
    texts: Texts,
    article: ArticleView,
    next_choices: Sequence[ArticleView],
    *,
    question_id: str,
    to_editors: bool,
    told: bool = False,
    rest: str = "",
) -> Message:
    """Return the ways on after an answer that did not help: another answer, a colleague, the editors.

    Args:
        next_choices: further candidates for the question.
        rest: what comes next in the answer.
        to_editors: whether the editors may be shown the question.
        told: whether they have been.
    """
    thanks = texts("ask.try_next" if rest else "ask.thanks_not_helped")
    lines = [texts("ask.not_helped_next")] if next_choices else []
    editors, notes = _editors(texts, question_id, offered=to_editors, told=told)
    return Message(
        text="\n".join(filter(None, (article.title, texts("ask.editors_told") if told else thanks, rest, *lines))),
        card=card.card(
            [
                card.heading(article.title),
                card.paragraph(thanks),
                *([card.paragraph(rest)] if rest else []),
                *notes,
                *map(card.small, lines),
                *(card.text_link(_choice(texts, view, question_id)) for view in next_choices[: card.MOST_CHOICES]),
            ],
            [
                card.press(texts("ask.human_yes"), "handoff.start", primary=True, question_id=question_id),
                *editors,
            ],
        ),
    )


def clarify(
    texts: Texts,
    entries: Sequence[ArticleView | Action],
    *,
    question_id: str,
    masked: frozenset[Secret],
    doubtful: bool = False,
    line: str = "ask.clarify",
) -> Message:
    """Return the candidates, and the choice "none of these".

    Args:
        doubtful: probably none is right, so that a colleague comes first.
        line: key of the text above them.
    """
    titles = "\n".join(f"- {_title(texts, entry)}" for entry in entries)
    said = texts("ask.nearest" if doubtful else line)
    colleague = card.press(texts("ask.human"), "handoff.start", question_id=question_id)
    nothing = card.press(texts("ask.none_of_these"), "ask.none", question_id=question_id)
    return Message(
        text=f"{said}\n\n{titles}",
        card=card.card(
            [*_masking(texts, masked), card.paragraph(said)],
            [
                *(
                    _choice(texts, entry, question_id)
                    for entry in (_without_colleague(entries) if doubtful else entries)
                ),
                colleague if doubtful else nothing,
            ],
        ),
    )


def no_more(
    texts: Texts,
    line: str,
    entries: Sequence[ArticleView | Action],
    *,
    question_id: str,
    masked: frozenset[Secret],
) -> Message:
    """Return that an article does not answer a follow-up, with other entries and a colleague."""
    others = _without_colleague(entries)
    titles = "\n".join(f"- {_title(texts, entry)}" for entry in others)
    choices = [card.text_link(_choice(texts, entry, question_id)) for entry in others]
    return Message(
        text=f"{line}\n\n{titles}" if others else line,
        card=card.card(
            [
                *_masking(texts, masked),
                card.paragraph(line),
                *([card.small(texts("ask.or")), *choices] if choices else []),
            ],
            [card.press(texts("ask.human_yes"), "handoff.start", primary=True, question_id=question_id)],
        ),
    )


def _without_colleague(entries: Sequence[ArticleView | Action]) -> Sequence[ArticleView | Action]:
    """Return the entries of a card that has a button to a colleague already."""
    return [entry for entry in entries if not (isinstance(entry, Action) and entry.button_verb == "handoff.start")]


def _title(texts: Texts, entry: ArticleView | Action) -> str:
    return entry.title if isinstance(entry, ArticleView) else entry.title(texts.language)


def _choice(texts: Texts, entry: ArticleView | Action, question_id: str) -> card.Element:
    """Return the button of a candidate: an action is done at once."""
    if isinstance(entry, Action) and entry.button_verb is not None:
        return _doing(texts, [entry], question_id=question_id)[0]
    return card.press(_title(texts, entry), "ask.pick", question_id=question_id, article_id=entry.id)


def unknown(
    texts: Texts, *, question_id: str, masked: frozenset[Secret], to_editors: bool = False, told: bool = False
) -> Message:
    """Return that no answer was found, with an offer of a colleague.

    Args:
        to_editors: whether the editors may be shown the question.
        told: whether they have been.
    """
    editors, notes = _editors(texts, question_id, offered=to_editors, told=told)
    return Message(
        text=texts("ask.editors_told" if told else "ask.unknown"),
        card=card.card(
            [*_masking(texts, masked), card.paragraph(texts("ask.unknown")), *notes],
            [card.press(texts("ask.human_yes"), "handoff.start", primary=True, question_id=question_id), *editors],
        ),
    )


def _editors(texts: Texts, question_id: str, *, offered: bool, told: bool) -> tuple[list[card.Element], ...]:
    """Return the button to the editors if it is offered, and the note if they have been told."""
    button = card.press(texts("ask.to_editors"), "ask.to_editors", question_id=question_id)
    note = card.status(texts("ask.editors_told"), style="good")
    return [button] if offered else [], [note] if told else []


def editors_preview(
    texts: Texts, words: str, concerns: Collection[Concern], *, question_id: str, place: str
) -> Message:
    """Return what the editors of ``place`` would get, to edit, send or keep, with warnings about the words."""
    readers = texts("ask.editors.readers", place=place)
    noticed = [texts(f"warned.{concern}") for concern in Concern if concern in concerns]
    send = "warned.anyway" if noticed else "ask.editors.send"
    return Message(
        text="\n".join((texts("ask.editors.title"), *noticed, readers)),
        card=card.card(
            [
                card.heading(texts("ask.editors.title")),
                *(card.status(sentence, style="warning") for sentence in noticed),
                card.paragraph(readers),
                question_field(texts, words),
            ],
            [
                # The words that the asker was warned about: sent unchanged, the warning was read.
                card.press(
                    texts(send),
                    "ask.show_editors",
                    primary=True,
                    question_id=question_id,
                    warned=words if noticed else "",
                ),
                card.press(texts("ask.editors.keep"), "ask.keep_from_editors", checks=False, question_id=question_id),
            ],
        ),
    )


def masking(texts: Texts, masked: frozenset[Secret], message: Message | None = None) -> Message:
    """Return the note on masked numbers, above ``message`` if given."""
    told = [texts(f"ask.masked.{secret}") for secret in sorted(masked)]
    notes = _masking(texts, masked)
    if message is None:
        return Message(text="\n\n".join(told), card=card.card(notes), language=texts.language)
    return message.below("".join(f"{sentence}\n\n" for sentence in told), notes)


def about(texts: Texts, announcement: Announcement, question: Question, *, masked: frozenset[Secret]) -> Message:
    """Return that the announcement says no more, with two ways on.

    The reader can ask a colleague, or say that the question is about something else.
    """
    title = card.unmarked(announcement.wording(texts.language).title)
    line = texts("ask.about", title=title, moment=texts.moment(announcement.said_at))
    return Message(
        text=line,
        card=card.card(
            [*_masking(texts, masked), card.paragraph(line)],
            [
                card.press(texts("ask.human_yes"), "handoff.start", primary=True, question_id=question.id),
                card.press(texts("ask.about.other"), "ask.other", question_id=question.id),
            ],
        ),
    )


def with_image_unread(texts: Texts, message: Message) -> Message:
    """Return the answer with a note that a colleague sees the image."""
    note, shown = texts("ask.image.goes_along"), message.shown
    return replace(
        message, text=f"{message.text}\n\n{note}", card={**shown, "body": [*shown["body"], card.small(note)]}
    )


def with_note_above(message: Message, note: str) -> Message:
    """Return the message below a note."""
    return message.below(f"{note}\n\n", [card.paragraph(note)])


def with_faults_above(texts: Texts, message: Message, faults: Sequence[Announcement]) -> Message:
    """Return the message below the texts of announced faults."""
    said, elements = "", list[card.Element]()
    for fault in faults:
        wording = fault.wording(texts.language)
        banner = texts("ask.fault", title=card.unmarked(wording.title))
        moment = texts("ask.fault_since", moment=texts.moment(fault.said_at))
        said += f"{banner}\n\n{wording.body}\n\n{moment}\n\n"
        elements += [card.status(banner, style="attention"), card.paragraph(wording.body), card.small(moment)]
    return message.below(said, elements)


def image_unread(texts: Texts, image_ids: Sequence[str], uses: Sequence[card.Element] = ()) -> Message:
    """Return that the bot cannot read the image; offer a colleague.

    ``uses``: buttons for other uses of the image; with any, the reply asks which one was meant.
    """
    line = texts("ask.image.taken" if uses else "ask.image.unread")
    label = "ask.image.colleague" if uses else "ask.human_yes"
    offer = card.press(texts(label), "handoff.start", primary=not uses, image_ids=" ".join(image_ids))
    return Message.plain(line, [*uses, offer])


def farewell(texts: Texts, key: str, *, waits: bool) -> Message:
    """Return a catalogue sentence with one way on: to the waiting questions, else to suggestions."""
    more = (texts("ask.my_questions"), "handoff.mine") if waits else (texts("welcome.what_can_i_ask"), "ask.suggest")
    return Message.plain(texts(key), [card.press(*more)], language=texts.language)


def said(texts: Texts, *keys: str, suggestions: Sequence[str] = ()) -> Message:
    """Return catalogue sentences, one paragraph each."""
    return Message(text="\n\n".join(map(texts, keys)), suggestions=tuple(suggestions), language=texts.language)


def _masking(texts: Texts, masked: frozenset[Secret]) -> list[card.Element]:
    return [card.status(texts(f"ask.masked.{secret}"), style="warning") for secret in sorted(masked)]


# Notes below a reply: on masked numbers, passwords and people in a message, and on what of it was not read.

# A name alone may be that of a colleague.
_WARNED: Final = (Concern.PASSWORD, Concern.BAD_IDENTITY_NUMBER, Concern.HEALTH, Concern.PUPIL)


def told_what_was_masked(event: Event, texts: Texts) -> Decision:
    """Return the message about the masked numbers of a typed message, if it had any."""
    secrets = event.said.utterance.found
    return do(Reply(slot=f"ask/{event.id}/masked", message=masking(texts, secrets))) if secrets else NOTHING


def told_what_is_private(event: Event, content: Content) -> Flow:
    """Return the advice about a password, a patient or a pupil in a message, if it has any."""
    concerns = concerns_in(event.said.utterance) if emergency_in(event.said.utterance) is None else ()
    warned = next((concern for concern in _WARNED if concern in concerns), None)
    if warned is None or event.scope is not Scope.PERSONAL:
        return NOTHING
    person = yield from find(Person, event.person_id)
    session = yield from session_of(event.person_id, event.at)
    usual = person.language if person is not None else Language.NB
    fixed = person is not None and person.language_chosen
    spoken = usual if fixed else answer_language(event.said.utterance, usual=usual, heard=session.heard)
    texts = content.texts[spoken]
    message = Message(text=texts(f"ask.private.{warned}"), language=texts.language)
    return do(Reply(slot=f"ask/{event.id}/warned", message=message))


def told_what_was_unread(event: Event, content: Content, replied: Decision) -> Decision:
    """Return that the middle of a long message was not read for the reply, in the language of the reply."""
    if not is_too_long(event.said.utterance):
        return NOTHING
    languages = (effect.message.language for effect in replied.effects if isinstance(effect, Reply))
    texts = content.texts[next(filter(None, languages), Language.NB)]
    line = texts("ask.middle_unread", first=FIRST, last=LAST)
    return do(Reply(slot=f"ask/{event.id}/unread", message=Message(text=line, language=texts.language)))
