"""Changes of the program register in the store, for the knowledge in use and for commands."""

from collections.abc import Sequence
from typing import Final

from bot.ports import Key, Store, Stored
from bot.records.codec import decode
from dialogs.rollout.software.register.entry import EVERY_ENTRY, ProgramEntry, RegisterEdition, edition_term
from knowledge.software.register import ProgramChange

_EDITION: Final = Key(kind=RegisterEdition.KIND, id=RegisterEdition.ID)
# Later editions that are read one by one; after more, everything is read again.
MOST_EDITIONS: Final = 50


async def program_changes(store: Store) -> tuple[ProgramChange, ...]:
    """Return all changes of the register. Raises StoreUnavailable."""
    return tuple([_change_of(stored) for stored in await store.find(ProgramEntry.KIND, EVERY_ENTRY)])


class LiveProgramChanges:
    """The changes of a store's register; after a change only the entries of later editions are read."""

    def __init__(self, store: Store) -> None:
        self._store = store
        # Version of the edition's record, and its number.
        self._seen: tuple[int, int] | None = None
        self._changes: dict[tuple[str, str | None], ProgramChange] = {}
        self._found: Sequence[ProgramChange] = ()

    async def read(self) -> Sequence[ProgramChange]:
        """Return the changes; the same object while nothing changed. Raises StoreUnavailable."""
        stored = (await self._store.get([_EDITION])).get(_EDITION)
        version, number = (stored.version, decode(RegisterEdition, stored).number) if stored else (0, 0)
        if self._seen is not None and self._seen[0] == version:
            return self._found
        # A restored backup has an edition that does not follow.
        follows = self._seen is not None and 0 < number - self._seen[1] <= MOST_EDITIONS
        if follows and self._seen is not None:
            for edition in range(self._seen[1] + 1, number + 1):
                for row in await self._store.find(ProgramEntry.KIND, edition_term(edition)):
                    self._take(_change_of(row))
        else:
            self._changes.clear()
            for change in await program_changes(self._store):
                self._take(change)
        # Read before the entries: what a commit meanwhile changed is read again with its edition.
        self._seen, self._found = (version, number), tuple(self._changes.values())
        return self._found

    def _take(self, change: ProgramChange) -> None:
        self._changes[change.change_key] = change


def _change_of(stored: Stored) -> ProgramChange:
    return decode(ProgramEntry, stored).to_change()
