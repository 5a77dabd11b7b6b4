"""Records: persistent state of flows, stored by kind and id."""

from collections.abc import Iterable
from typing import ClassVar, Protocol

from dialogs.core.data_rules import DataRules


class Record(Protocol):
    """A frozen dataclass in the store.

    ``KIND`` names the collection. ``SCHEMA`` is the version of its fields; increase it if stored records need a
    migration. ``RULES``, with a purpose on each field, is the entry in the data inventory. ``terms`` are the exact
    search terms for ``find``; they must hold ids and states only, never text.
    """

    KIND: ClassVar[str]
    SCHEMA: ClassVar[int]
    RULES: ClassVar[DataRules]

    @property
    def id(self) -> str:
        """Unique within the kind."""
        ...

    def terms(self) -> Iterable[str]:
        """Return the search terms of the record, such as ``owner:p7`` or ``open``."""
        ...
