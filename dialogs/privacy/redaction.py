"""Removal of a person's id from records of other people."""

from typing import TypeVar

from dialogs.core.record import Record
from dialogs.privacy.person_ids import with_ids
from knowledge.organisation.person_id import ERASED

R = TypeVar("R", bound=Record)


def redacted(record: R, person_id: str) -> R:
    """Return the record with ``ERASED`` wherever its types contain the id of this person."""
    return with_ids(record, lambda id_: ERASED if id_ == person_id else id_)
