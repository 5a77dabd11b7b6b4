"""Receipt of an erasure: proof that it happened, without a trace of the person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from dialogs.core.data_rules import DataRules, Erasing, Ground, Purpose, Whose
from dialogs.core.month import month_term


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
