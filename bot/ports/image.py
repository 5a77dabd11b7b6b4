"""Storage for the bytes of images that people send."""

import re
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from typing import Final, Protocol

# The form of ``RandomSource.new_id("image")``. Other ids are rejected, because an id becomes a file name.
IMAGE_ID: Final = re.compile(r"image-[0-9a-p]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredImage:
    """A stored image. ``media_type`` is ``image/png`` or ``image/jpeg``."""

    body: bytes
    media_type: str


class Images(Protocol):
    """Image bytes under unguessable ids.

    Every method raises StoreUnavailable when the storage cannot be reached.
    """

    async def put(self, id: str, image: StoredImage) -> None:
        """Store an image durably.

        A second put with the same id replaces it. Raises ValueError: not an image id.
        """
        ...

    async def get(self, id: str) -> StoredImage | None:
        """Return the image, or None, also for an invalid id."""
        ...

    async def delete(self, ids: Collection[str]) -> None:
        """Delete images permanently. Missing ids are ignored."""
        ...

    def ids(self) -> AsyncIterator[str]:
        """Yield the id of each stored image once, in any order."""
        ...
