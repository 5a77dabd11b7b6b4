"""Replies to "nei", "nr 2" and "ja" where there is nothing more to do."""

from dataclasses import replace

from dialogs.ask import cards
from dialogs.ask.asker import presser
from dialogs.ask.pending import is_one_of_several, last_question
from dialogs.core.content import Content
from dialogs.core.decision import Reply, do, put
from dialogs.core.event import Event
from dialogs.core.query import Flow


def leave(event: Event, content: Content) -> Flow:
    """Leave the question after "no" to the offer of a colleague, so that a later "yes" means nothing."""
    asker = yield from presser(event, content)
    closed = replace(asker.session, question_id=None, changed_at=event.at)
    return put(closed) + do(Reply(slot=f"ask/{event.id}", message=cards.said(asker.texts, "ask.left")))


def no_list(event: Event, content: Content) -> Flow:
    """Say that there is no list, after "nr 2" without one, or that there are several."""
    asker = yield from presser(event, content)
    question = yield from last_question(event, asker.session)
    key = "ask.which_list" if question is not None and is_one_of_several(question) else "ask.no_list"
    return do(Reply(slot=f"ask/{event.id}", message=cards.said(asker.texts, key)))


def press_send(event: Event, content: Content) -> Flow:
    """Point to the button of an open preview, after "yes"."""
    asker = yield from presser(event, content)
    return do(Reply(slot=f"ask/{event.id}", message=cards.said(asker.texts, "ask.press_send")))


def use_buttons(event: Event, content: Content) -> Flow:
    """Point to the buttons, after "ja" or "nr 2" in a group."""
    asker = yield from presser(event, content)
    return do(Reply(slot=f"ask/{event.id}", message=cards.said(asker.texts, "ask.use_buttons")))
