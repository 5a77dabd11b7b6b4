"""Images that people send each other: where their bytes lie. What is known of an image is a record of its own."""

import re
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from typing import Final, Protocol

IMAGE_ID: Final = re.compile(r"image-[0-9a-f]{32}")
"""What ``Chance.id`` makes of "image". Nothing else is looked up: an id becomes a file's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredImage:
    """An image as it was kept. ``media_type`` is ``image/png`` or ``image/jpeg``."""

    body: bytes
    media_type: str


class Images(Protocol):
    """Bytes of images under ids nobody can guess. Every method raises StoreUnavailable when that is not to be had."""

    async def put(self, id: str, image: StoredImage) -> None:
        """Keep an image durably; of two puts under one id the last counts. Raises ValueError: not an image's id."""
        ...

    async def find(self, id: str) -> StoredImage | None:
        """Return the image, or None: there is none, or the id is not one of an image."""
        ...

    async def forget(self, ids: Collection[str]) -> None:
        """Drop these for good; one that is not there is no fault."""
        ...

    def ids(self) -> AsyncIterator[str]:
        """Yield the id of everything kept, in any order, each once."""
        ...
