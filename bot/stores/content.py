"""Message contents in memory, one copy for everybody who gets the same message."""

from collections.abc import Callable, Iterator

from bot.stores.document import Content, from_json, message_from
from dialogs.message import Message

Changed = Callable[[str, bytes | None], None]


class Contents:
    """Contents by hash, counted by the deliveries that hold them and dropped with the last one."""

    def __init__(self, changed: Changed) -> None:
        self._changed = changed
        self._messages: dict[str, Message] = {}
        self._documents: dict[str, bytes] = {}
        self._holders: dict[str, int] = {}
        # Shared messages by identity: they live as long as their contents do, so an id names only one of them.
        self._hashes: dict[int, str] = {}

    def __iter__(self) -> Iterator[Content]:
        for hash_, document in self._documents.items():
            yield Content(hash_, document)

    def shared(self, content: Content) -> Message:
        """Return the one message with these contents, to be held by a delivery."""
        if content.hash not in self._messages:
            self._add(content)
            self._changed(content.hash, content.document)
        return self._messages[content.hash]

    def hash_of(self, message: Message | None) -> str | None:
        """Return the hash of a shared message."""
        return None if message is None else self._hashes[id(message)]

    def hold(self, message: Message | None) -> None:
        """Count one more holder of a shared message."""
        if message is not None:
            self._holders[self._hashes[id(message)]] += 1

    def let_go(self, message: Message | None) -> None:
        """Count one holder less, and drop the contents with the last."""
        if message is None:
            return
        hash_ = self._hashes[id(message)]
        self._holders[hash_] -= 1
        if not self._holders[hash_]:
            del self._hashes[id(message)], self._holders[hash_], self._messages[hash_], self._documents[hash_]
            self._changed(hash_, None)

    def load(self, content: Content) -> None:
        """Take in stored contents."""
        self._add(content)

    def take(self, hash_: str | None) -> Message | None:
        """Return the message of a hash and count its holder. Raises KeyError: there is none."""
        if hash_ is None:
            return None
        self._holders[hash_] += 1
        return self._messages[hash_]

    def _add(self, content: Content) -> None:
        message = message_from(from_json(content.document))
        self._messages[content.hash] = message
        self._documents[content.hash] = content.document
        self._holders[content.hash] = 0
        self._hashes[id(message)] = content.hash
