"""Cache of computed bytes; losing an entry costs time and nothing else."""

from typing import Protocol


class Cache(Protocol):
    """Bytes by name that survive a restart."""

    def read(self, name: str) -> memoryview | None:
        """Return the bytes stored under ``name``, or None.

        Later writes do not change a returned view.
        """
        ...

    def write(self, name: str, data: bytes | memoryview) -> None:
        """Store ``data`` atomically: a reader never sees a part of it."""
        ...
