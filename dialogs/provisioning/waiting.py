"""Removals of people that wait for an administrator, by municipality."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dialogs.core.query import Asking, count, find_all
from dialogs.core.speaker import Viewer
from dialogs.core.waiting import WaitingItem
from dialogs.provisioning.flow import may_approve
from dialogs.provisioning.model import ScimUser, waiting_term

# Accounts that are looked at for how long removals wait.
_LOOKED_AT: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRemovals:
    """How many people of a municipality wait for their removal, and since when."""

    municipality_id: str
    municipality: str
    people: int
    since: datetime


def removals_view(viewer: Viewer) -> Asking[tuple[WaitingRemovals, ...]]:
    """Return the removals that the reader may approve, without names."""
    rows = []
    for municipality in viewer.content.organisation.municipalities.values():
        if viewer.person.is_outsider or not may_approve(viewer.person, municipality.id, viewer.content):
            continue
        people = yield from count(ScimUser, waiting_term(municipality.id))
        if not people:
            continue
        accounts = yield from find_all(ScimUser, waiting_term(municipality.id), limit=_LOOKED_AT)
        rows.append(
            WaitingRemovals(
                municipality_id=municipality.id,
                municipality=municipality.names.text(viewer.texts.language),
                people=people,
                since=min((account.changed_at for account in accounts), default=viewer.at),
            )
        )
    return tuple(rows)


def waiting_removals(viewer: Viewer) -> Asking[tuple[WaitingItem, ...]]:
    """Return the removals that the reader may approve, one item a municipality."""
    return tuple(
        WaitingItem(
            title=viewer.texts.plural("removals.confirm", row.people, municipality=row.municipality),
            path="/desk/people#removals",
            since=row.since,
        )
        for row in (yield from removals_view(viewer))
    )
