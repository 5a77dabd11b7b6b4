"""What flows remember: records that a store keeps under their kind and id."""

from collections.abc import Iterable
from typing import ClassVar, Protocol


class Record(Protocol):
    """A frozen dataclass kept by the store.

    ``KIND`` names the collection and ``SCHEMA`` the shape of its fields, raised when stored records must be migrated.
    ``terms`` are the exact words the record can be found by (``find``); they hold ids and states, never texts.
    """

    KIND: ClassVar[str]
    SCHEMA: ClassVar[int]

    @property
    def id(self) -> str:
        """Unique within the kind."""
        ...

    def terms(self) -> Iterable[str]:
        """Return the words this record is found by, such as ``owner:p7`` or ``open``."""
        ...
