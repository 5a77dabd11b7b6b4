"""Keyed hashes of an erased person's words, kept for a proof of the erasure and destroyed after 30 days."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Final

from dialogs.core.data_rules import DataRules, Erasing, Ground, Purpose, Whose
from dialogs.core.month import month_term

KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureHashes:
    """Hashes of five words in a row that only this person had, with the random key of this erasure.

    They say nothing of the words without the key, and leave with it. ``id`` is a hash of the person id.
    """

    KIND: ClassVar[str] = "erasure_hashes"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="one, for 30 days",
        whose=Whose.FORMER,
        ground=Ground.LEGAL_OBLIGATION,
        months=2,
        dated="at",
        terms=(),
        erasing=Erasing.KEPT_PROOF,
    )

    id: Annotated[str, Purpose.ORDER]
    key: Annotated[str, Purpose.EVIDENCE]
    runs: Annotated[tuple[int, ...], Purpose.EVIDENCE]
    at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        yield month_term(self.at)


def hashes_id(person_id: str) -> str:
    """Return the id of a person's hashes."""
    return hashlib.sha256(f"erasure hashes of {person_id}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
