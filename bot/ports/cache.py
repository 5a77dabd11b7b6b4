"""What was worked out once and may be worked out again: forgetting it costs time and nothing else."""

from typing import Protocol


class Cache(Protocol):
    """Keeps bytes by name, so that a restart need not work them out again."""

    def read(self, name: str) -> memoryview | None:
        """Return what was kept under ``name``, or None. It stays as it is, whatever is written afterwards."""
        ...

    def write(self, name: str, data: bytes | memoryview) -> None:
        """Keep ``data``, whole or not at all."""
        ...
