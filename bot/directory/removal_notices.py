"""Messages to administrators that removals from the registry wait for them."""

from collections.abc import Sequence
from datetime import datetime

from bot.directory.current import every
from bot.ports import PostWrite, Store
from dialogs.core.content import Content
from dialogs.core.person import Person, Role
from dialogs.provisioning.cards import many_demoted, removals_wait


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
