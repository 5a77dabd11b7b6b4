"""Messages that were delivered in another channel and are shown on the web page too."""

from collections.abc import Iterable, Iterator
from typing import Any

from bot.channels.web.spec import WEB
from bot.ports import Delivery
from dialogs.core.message import Message


class CarriedOver:
    """Chooses them for one page.

    They have an image or a file, for which the other channel may not have had room, or a button with one of ``verbs``:
    an act that the other channel refuses, so that it goes on here. A slot that was shown once stays shown, because the
    message about the outcome has no such button.
    """

    def __init__(self, verbs: Iterable[str] = ()) -> None:
        self._verbs = frozenset(verbs)
        self._slots: set[str] = set()

    def shows(self, delivery: Delivery) -> bool:
        """Return whether the page shows the message; always for one that was delivered on the web."""
        if delivery.channel == WEB:
            return True
        message = delivery.message
        if message is not None and (_has_file(message) or not self._verbs.isdisjoint(_verbs_of(message.card))):
            self._slots.add(delivery.slot)
        return delivery.slot in self._slots

    def __contains__(self, slot: object) -> bool:
        return slot in self._slots


def _has_file(message: Message) -> bool:
    files = (message.image_id, message.report_id, message.data_of, message.calendar_of)
    return any(file_id is not None for file_id in files)


def _verbs_of(node: Any) -> Iterator[str]:
    """Yield the verbs of all buttons in a card."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if isinstance(verb := part.get("verb"), str):
                yield verb
            waiting += part.values()
        elif isinstance(part, list | tuple):
            waiting += part
