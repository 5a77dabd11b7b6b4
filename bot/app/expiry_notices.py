"""Messages to the provider's administrators before a credential ends."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.directory.current import every
from bot.ports import Clock, Commit, PostWrite, Store
from dialogs.core.content import Content
from dialogs.core.message import Message
from dialogs.core.person import Person, Role

# Before the end; the last one that has begun counts.
STEPS: Final = (timedelta(days=30), timedelta(days=7), timedelta(days=1))
# The job runs at night; people read at work.
READ_AFTER: Final = timedelta(hours=5)

Credentials = Callable[[], Awaitable[Iterable[tuple[str, datetime]]]]
# What stops when a credential ends, by the beginning of its name; others are of Teams.
TEXTS: Final = {"signin": "credential.signin", "scim": "credential.scim", "graph": "credential.graph"}
# Kinds with the id of a municipality in their name.
DIRECTORIES: Final = frozenset({"scim", "graph"})


class ExpiryNotices:
    """Posts one message for each credential, step and administrator, however often it runs."""

    def __init__(self, *, store: Store, clock: Clock, content: Callable[[], Content], credentials: Credentials) -> None:
        self._store = store
        self._clock = clock
        self._content = content
        self._credentials = credentials

    async def post(self) -> int:
        """Post the messages that are due; return their number. Raises StoreUnavailable."""
        now = self._clock.now()
        due = list(_due(await self._credentials(), now))
        posts = [
            post
            for name, ends, slot in due
            for person in await self._administrators(name)
            if await self._store.find_delivery(person.id, slot) is None
            for post in [self._message_to(person, name, ends, slot, now)]
        ]
        if posts:
            await self._store.commit(Commit(at=now, posts=tuple(posts)))
        return len(posts)

    async def _administrators(self, name: str) -> Sequence[Person]:
        """Return administrators of the provider and of a directory credential's municipality."""
        organisation, (kind, _, of) = self._content().organisation, name.partition("/")
        places = [id_ for id_ in organisation.municipalities if organisation.provides(id_)]
        if kind in DIRECTORIES and of not in places:
            places.append(of)
        return [person for id_ in places async for person in every(self._store, Person, f"role:{Role.ADMIN}@{id_}")]

    def _message_to(self, person: Person, name: str, ends: datetime, slot: str, now: datetime) -> PostWrite:
        texts = self._content().texts[person.language]
        kind = TEXTS.get(name.partition("/")[0], "credential.ends")
        text = texts(kind, name=name, day=texts.day(ends.date()))
        return PostWrite(
            recipient=person.id,
            slot=slot,
            message=Message(text=text, language=person.language),
            due_at=now + READ_AFTER,
        )


def _due(credentials: Iterable[tuple[str, datetime]], now: datetime) -> Iterator[tuple[str, datetime, str]]:
    """Yield name, end and slot of each message that is due."""
    for name, ends in credentials:
        begun = [step for step in STEPS if timedelta() < ends - now <= step]
        if begun:
            yield name, ends, f"credential/{name}/{ends:%Y-%m-%d}/{min(begun).days}"
