"""Data inventory: every kind of record, with the rules and purposes declared beside it."""

from collections.abc import Mapping
from typing import Final

from dialogs.core.data_rules import Purpose
from dialogs.core.holding import Holding
from dialogs.core.record import Record
from dialogs.features import FEATURES
from dialogs.handoff.model import Handoff


def fields(**names: str) -> Mapping[str, Purpose]:
    """Return fields by purpose: ``fields(order="id", answer="utterance language")``."""
    return {name: Purpose(purpose) for purpose, listed in names.items() for name in listed.split()}


RECORDS: Final[tuple[type[Record], ...]] = tuple(each for feature in FEATURES for each in feature.records)
_HANDOFF: Final = Holding(
    kind="handoff",
    record=Handoff,
    months=12,
    dated="changed_at",
    purposes=fields(
        order="id asker_id acceptances resolutions reminders rounds said",
        help="question question_id article_id sent_article_id topics language answer tips asked knowing"
        " question_images images"
        " status next_at expected_at last_said_by last_said_at owner_spoke turned told",
        network="offered_to stands_in_for owner_id contacts declined tried",
        improve="helped rating",
        place="municipality_id unit_id",
        evidence="history",
        time="created_at changed_at",
    ),
)
_TABLES: Final = (
    Holding(
        kind="delivery",
        record=None,
        months=12,
        terms=(),
        purposes=fields(
            order="id slot version sequence group attempts possibly_twice lease_token lease_until turn",
            reach="recipient message status reason urgency address channel reference",
            time="posted_at due_at ready_at expires_at settled_at",
        ),
    ),
    Holding(kind="timer", record=None, terms=(), purposes=fields(order="key verb data", time="at")),
)
"""Data that the store itself keeps, whose classes stand above this room."""
INVENTORY: Final[tuple[Holding, ...]] = (
    *(_HANDOFF if each is Handoff else Holding.of(each) for each in RECORDS),
    *_TABLES,
)
