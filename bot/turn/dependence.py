"""What a turn's commit depends on, so that no order of an erasure and a turn leaves a person's words."""

from collections.abc import Set as AbstractSet
from datetime import timedelta
from typing import Final

from bot.ports import FindRead, Key, RecordRead, Store, Turn
from bot.records.erasures import last_erasure
from bot.records.query_answering import QueryAnswering
from dialogs.core.content import Content
from dialogs.core.data_rules import Erasing
from dialogs.core.decision import Decision, Forget
from dialogs.core.event import Event, Said
from dialogs.core.person import Person
from dialogs.core.query import find
from dialogs.core.web_utterance import WebUtterance
from dialogs.privacy.inventory import INVENTORY
from knowledge.article.article import Language

# A longer one is not looked for: an erasure that began before a turn and ended during it is at most so old.
LONGEST_TURN: Final = timedelta(minutes=1)
# Kinds of people's own data, erased with the person.
PERSONAL: Final = frozenset(
    holding.kind for holding in INVENTORY if holding.erasing is Erasing.REMOVED and "person:{id}" in holding.terms
)


class ErasedMeanwhile(Exception):
    """The sender's data was deleted during the turn."""


def reads_of(
    event: Event, decision: Decision, reading: QueryAnswering, written: AbstractSet[Key]
) -> tuple[tuple[RecordRead, ...], tuple[FindRead, ...]]:
    """Return the records and finds that must be the same at the commit.

    An erasure must have seen everything that it deletes. Any other turn must not come after the erasure of its sender,
    or of its subject: the records that it read by id.
    """
    erases = any(isinstance(effect, Forget) for effect in decision.effects)
    versions = reading.versions
    about = {key for key in reading.named if key.kind in PERSONAL}
    keys = (versions.keys() if erases else versions.keys() & (about | _sender_keys(event))) - written
    reads = tuple(RecordRead(key=key, version=versions[key]) for key in keys)
    if not erases:
        return reads, ()
    return reads, tuple(FindRead(kind=kind, term=term, ids=ids) for (kind, term), ids in reading.finds.items())


async def read_sender(event: Event, reading: QueryAnswering) -> None:
    """Read what the turn's words depend on. Raises ErasedMeanwhile: the stored message is gone."""
    for key in _sender_keys(event):
        record = await reading.result_of(find(Person if key.kind == Person.KIND else WebUtterance, key.id))
        if record is None and key.kind == WebUtterance.KIND:
            raise ErasedMeanwhile


async def is_erased(store: Store, event: Event, key: Key) -> bool:
    """Return whether the sender's erasure caused a conflict; erased words stay erased."""
    if key not in _sender_keys(event):
        return False
    if key not in await store.get([key]):
        return True
    erased_at = await last_erasure(store, event.person_id)
    return erased_at is not None and erased_at > event.at - LONGEST_TURN


def dropped_turn(content: Content, sender: tuple[Person, int] | None) -> Turn:
    """Return the notice to the sender of a dropped turn."""
    texts = content.texts[sender[0].language if sender else Language.NB]
    return Turn(notice=texts("privacy.erased_meanwhile"), refused=True)


def _sender_keys(event: Event) -> set[Key]:
    """Return the sender's record, and the stored message of the event."""
    keys = {Key(kind=Person.KIND, id=event.person_id)} if event.person_id else set()
    if isinstance(event.what, Said) and event.what.stored_as is not None:
        keys.add(Key(kind=WebUtterance.KIND, id=event.what.stored_as))
    return keys
