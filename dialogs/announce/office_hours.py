"""The question asked before an announcement goes out at night, in a weekend or on a holiday."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, Final

from dialogs.announce.card_slots import new_card_slot
from dialogs.announce.model import Announcement
from dialogs.announce.subjects import has_choice
from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.decision import Reply, do
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.refusal import EventRefused
from dialogs.core.texts import Texts

# Field of a button that answers the question.
ANSWERED: Final = "off_hours"
YES: Final = "true"
# Of a form that can also plan a time, which it has not asked about.
YES_NOW: Final = "now"
_CARRIED: Final = ("announcement_id", "edition", "day", "time")


def is_outside_hours(announcement: Announcement, at: datetime, content: Content) -> bool:
    """Return whether ``at`` is outside the office hours of the announcement's municipality."""
    return content.opening_in(announcement.municipality_id, at) > at


def needs_answer(
    event: Event, announcement: Announcement, at: datetime, content: Content, answers: Collection[str] = (YES, YES_NOW)
) -> bool:
    """Return whether it would go out outside office hours and the press does not say that this is intended."""
    given = event.pressed.text(ANSWERED).lower().split()
    return set(answers).isdisjoint(given) and is_outside_hours(announcement, at, content)


def answer_for(at: datetime) -> str:
    """Return the answer of a form whose time can be changed: it holds for ``at`` alone."""
    return f"{at.astimezone(UTC):%Y-%m-%dt%H:%M}"


def question(texts: Texts, at: datetime) -> str:
    """Return the question about a time outside office hours."""
    return texts("announce.off_hours.ask", moment=texts.moment(at))


def ask_outside_hours(
    event: Event, content: Content, texts: Texts, announcement: Announcement, *, at: datetime | None
) -> None:
    """Ask once whether it goes out outside office hours: at ``at``, or at once.

    Raises:
        EventRefused: with the question, whose button repeats the press.
    """
    answers = (YES, YES_NOW) if at is None else (YES, answer_for(at))
    if not needs_answer(event, announcement, at or event.at, content, answers):
        return
    pressed, asked = event.pressed, question(texts, at or event.at)
    data: dict[str, Any] = {name: pressed.text(name) for name in _CARRIED if name in pressed.data}
    data[ANSWERED] = YES
    if has_choice(event):
        # Also none: what was unticked would come back from the draft.
        data["subjects"] = ",".join(announcement.subjects)
    yes = texts("announce.off_hours.send" if at is None else "announce.off_hours.schedule")
    message = Message.plain(asked, [card.press(yes, pressed.verb, checks=False, **data)])
    # Below the card that was pressed: its other buttons are the way back.
    raise EventRefused(do(Reply(slot=new_card_slot(event, announcement), message=message)))
