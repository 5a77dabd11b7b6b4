"""Removals: their counts, the guard against many, and messages to administrators."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.directory.current import every
from bot.directory.plan import FEW
from bot.ports import PostWrite, Store
from dialogs.core.content import Content
from dialogs.core.person import Person, Role
from dialogs.provisioning.cards import many_demoted, removals_wait
from dialogs.provisioning.model import ScimCounts

SHARE: Final = 0.25
WINDOW: Final = timedelta(hours=24)
_HOUR: Final = "%Y-%m-%dT%H"


def may_remove(counts: ScimCounts, active: int, at: datetime) -> bool:
    """Return whether one more account may leave at once.

    Those added within the window do not count: a directory could make the share small with invented accounts.

    Args:
        active: accounts active now, the one to remove included.
    """
    gone = removed_lately(counts, at)
    return not removes_too_many(gone + 1, active - added_lately(counts, at) + gone, SHARE)


def removed_lately(counts: ScimCounts, at: datetime) -> int:
    """Return how many accounts left within the window."""
    return sum(_within(counts.removed, at).values())


def added_lately(counts: ScimCounts, at: datetime) -> int:
    """Return how many accounts became active within the window."""
    return sum(_within(counts.added, at).values())


def removes_too_many(removed: int, active: int, share: float) -> bool:
    """Return whether ``removed`` of ``active`` accounts are more than may leave without an administrator."""
    return removed > max(FEW, share * active)


def with_addition(counts: ScimCounts, at: datetime) -> ScimCounts:
    """Return the counts with one more account that became active."""
    return replace(counts, added=_one_more(counts.added, at))


def with_removal(counts: ScimCounts, at: datetime) -> ScimCounts:
    """Return the counts with one more removal."""
    return replace(counts, removed=_one_more(counts.removed, at))


def with_demotion(counts: ScimCounts, at: datetime) -> ScimCounts:
    """Return the counts with one more person that lost the unit or a role."""
    return replace(counts, demoted=_one_more(counts.demoted, at))


def demoted_lately(counts: ScimCounts, at: datetime) -> int:
    """Return how many people lost their unit or a role within the window."""
    return sum(_within(counts.demoted, at).values())


def with_refusal(counts: ScimCounts, at: datetime) -> tuple[ScimCounts, bool]:
    """Return the counts with one more refused pupil, and whether it is the first of its hour."""
    first = f"{at.astimezone(UTC):{_HOUR}}" not in counts.refused
    return replace(counts, refused=_one_more(counts.refused, at)), first


def _one_more(hours: Mapping[str, int], at: datetime) -> dict[str, int]:
    now = f"{at.astimezone(UTC):{_HOUR}}"
    kept = _within(hours, at)
    return {**kept, now: kept.get(now, 0) + 1}


def _within(hours: Mapping[str, int], at: datetime) -> dict[str, int]:
    # The hour in which the window begins counts whole.
    begins = f"{(at - WINDOW).astimezone(UTC):{_HOUR}}"
    return {hour: number for hour, number in hours.items() if hour >= begins}


async def removal_notices(store: Store, content: Content, municipality_id: str, *, at: datetime) -> list[PostWrite]:
    """Return a message for each administrator of the municipality and of the provider.

    Call it when the first removal begins to wait, in the commit that stores it.
    """
    name = content.organisation.municipalities[municipality_id].names
    return [
        PostWrite(
            recipient=person.id,
            slot=f"removals/{municipality_id}/{at:%Y-%m-%dT%H:%M:%S}",
            message=removals_wait(
                content.texts[person.language],
                municipality_id=municipality_id,
                municipality=name.text(person.language),
            ),
            due_at=at,
        )
        for person in await removal_administrators(store, content, municipality_id)
    ]


async def demotion_notices(store: Store, content: Content, municipality_id: str, *, at: datetime) -> list[PostWrite]:
    """Return a message for the same administrators that many people lost their unit or a role."""
    name = content.organisation.municipalities[municipality_id].names
    return [
        PostWrite(
            recipient=person.id,
            slot=f"removals/{municipality_id}/lost/{at:%Y-%m-%dT%H:%M:%S}",
            message=many_demoted(content.texts[person.language], municipality=name.text(person.language)),
            due_at=at,
        )
        for person in await removal_administrators(store, content, municipality_id)
    ]


async def removal_administrators(store: Store, content: Content, municipality_id: str) -> Sequence[Person]:
    """Return the administrators who may approve removals of a municipality."""
    organisation = content.organisation
    places = [municipality_id, *(id_ for id_ in organisation.municipalities if organisation.provides(id_))]
    return [
        person for id_ in dict.fromkeys(places) async for person in every(store, Person, f"role:{Role.ADMIN}@{id_}")
    ]
