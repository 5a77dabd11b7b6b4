"""Message contents in memory, one copy for all recipients."""

from collections.abc import Callable, Iterator

from bot.stores.document import MessageContent, from_json, message_from
from dialogs.core.message import Message

Changed = Callable[[str, bytes | None, bytes | None], None]

# Cache of decoded messages: at any time few messages are being sent to many people.
_RECENT = 256


class Contents:
    """Contents by hash, reference-counted by deliveries and removed with the last reference.

    ``changed`` is called with a hash, its new document and its old one.
    """

    def __init__(self, changed: Changed) -> None:
        self._changed = changed
        self._documents: dict[str, bytes] = {}
        self._holders: dict[str, int] = {}
        self._recent: dict[str, Message] = {}

    def __iter__(self) -> Iterator[MessageContent]:
        for hash_, document in self._documents.items():
            yield MessageContent(hash_, document)

    def document(self, hash_: str) -> bytes | None:
        return self._documents.get(hash_)

    def message(self, hash_: str | None) -> Message | None:
        """Return the message of a hash; the same object while it is in use, so callers must not change it."""
        if hash_ is None:
            return None
        message = self._recent.get(hash_)
        if message is None:
            message = self._recent[hash_] = message_from(from_json(self._documents[hash_]))
            if len(self._recent) > _RECENT:
                del self._recent[next(iter(self._recent))]
        return message

    def add(self, content: MessageContent) -> None:
        """Add contents; the caller must ``add_reference`` them right after."""
        if content.hash not in self._documents:
            self.load(content)
            self._changed(content.hash, content.document, None)

    def load(self, content: MessageContent) -> None:
        """Add stored contents without a change notification."""
        self._documents[content.hash] = content.document
        self._holders[content.hash] = 0

    def restore(self, hash_: str, document: bytes) -> None:
        """Add removed contents again; the deliveries restored next will ``add_reference`` them."""
        if hash_ not in self._documents:
            self.load(MessageContent(hash_, document))

    def add_reference(self, hash_: str | None) -> None:
        """Add a reference. Raises KeyError: the contents do not exist."""
        if hash_ is not None:
            self._holders[hash_] += 1

    def release_reference(self, hash_: str | None) -> None:
        """Remove a reference, and the contents with the last one."""
        if hash_ is None:
            return
        self._holders[hash_] -= 1
        if not self._holders[hash_]:
            del self._holders[hash_]
            document = self._documents.pop(hash_)
            self._recent.pop(hash_, None)
            self._changed(hash_, None, document)
