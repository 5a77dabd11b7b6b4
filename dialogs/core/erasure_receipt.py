"""What stays of an erasure: a receipt, and keyed hashes of words for its proof."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Final

from dialogs.core.data_rules import DataRules, Erasing, Ground, Purpose, Whose, month_term


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureReceipt:
    """One erasure. The person keeps the unguessable ``id``; nothing else connects it to the person.

    Attributes:
        removed: number of removed records by kind.
        signed: number and time with the signature of the audit log's key; empty in receipts of earlier versions.
        kept: number of remaining records by kind, for the grounds that the inventory names.
    """

    KIND: ClassVar[str] = "erasure_receipt"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="one for each erasure",
        whose=Whose.NOBODY,
        ground=Ground.LEGAL_OBLIGATION,
        months=24,
        dated="at",
        terms=(),
        erasing=Erasing.KEPT,
    )

    id: Annotated[str, Purpose.EVIDENCE]
    at: Annotated[datetime, Purpose.TIME]
    municipality_id: Annotated[str | None, Purpose.PLACE] = None
    removed: Annotated[tuple[tuple[str, int], ...], Purpose.EVIDENCE] = ()
    signed: Annotated[str, Purpose.EVIDENCE] = ""
    kept: Annotated[tuple[tuple[str, int], ...], Purpose.EVIDENCE] = ()

    def terms(self) -> Iterable[str]:
        yield "all"
        yield month_term(self.at)
        if self.municipality_id:
            yield f"municipality:{self.municipality_id}"


# Keyed hashes of an erased person's words, kept for a proof of the erasure and destroyed after 30 days.

KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureHashes:
    """Hashes of five words in a row that this person was the first to have, with the random key of this erasure.

    They say nothing of the words without the key, and leave with it. ``id`` is a hash of the person id.

    Attributes:
        first_used: for each of ``runs``, a time before which the person did not store it, as a Unix time in seconds.
        of_account: those of ``runs`` that are in the person record itself, such as the name.
        written: number of runs that the person wrote, also those that others had before.
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
    first_used: Annotated[tuple[float, ...], Purpose.TIME]
    of_account: Annotated[tuple[int, ...], Purpose.EVIDENCE]
    written: Annotated[int, Purpose.EVIDENCE]
    at: Annotated[datetime, Purpose.TIME]

    @property
    def has_writing(self) -> bool:
        """Whether anything that the person wrote can be searched for."""
        return not set(self.runs) <= set(self.of_account)

    def terms(self) -> Iterable[str]:
        yield month_term(self.at)


def hashes_id(person_id: str) -> str:
    """Return the id of a person's hashes."""
    return hashlib.sha256(f"erasure hashes of {person_id}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
