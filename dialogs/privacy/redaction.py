"""Removal of a person's id from records of other people."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, TypeVar

from dialogs.core.question import Question
from dialogs.core.record import Record
from dialogs.core.web_utterance import WebUtterance
from dialogs.privacy.own_data import is_plainly_id, without_others
from dialogs.privacy.person_ids import with_ids
from knowledge.organisation.unit import ERASED

R = TypeVar("R", bound=Record)

# Fields with a person's words to Heia.
_WRITTEN: Final[Mapping[type, str]] = {WebUtterance: "text", Question: "utterance"}


def redacted(record: R, person_id: str) -> R:
    """Return the record with ``ERASED`` wherever its types contain the id of this person.

    In what others wrote to Heia, such as an officer's "look up p002", an id with a digit is replaced, too.
    """
    return _unwritten(with_ids(record, lambda id_: ERASED if id_ == person_id else id_), person_id)


def _unwritten(record: R, person_id: str) -> R:
    name = _WRITTEN.get(type(record))
    if name is None or not is_plainly_id(person_id):  # an ordinary word that equals an id may mean anything
        return record
    words = without_others(getattr(record, name), frozenset({person_id}), shown=ERASED)
    return record if words == getattr(record, name) else replace(record, **{name: words})  # type: ignore[type-var]
