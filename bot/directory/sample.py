"""The sample organisation's people, for trying the bot."""

from collections.abc import Collection, Mapping
from datetime import datetime
from importlib.resources import files

from bot.content.fault_text import in_words
from bot.directory.current import person_of
from bot.ports import Commit, Store
from bot.records.codec import write_of
from dialogs.availability.profile import AmbassadorProfile
from dialogs.core.decision import Put
from dialogs.core.event import ChannelName
from dialogs.core.person import Address, Person, Role
from dialogs.core.record import Record
from knowledge.organisation.importers.ambassadors import AMBASSADOR_COLUMNS, parse_ambassadors
from knowledge.organisation.importers.people import PEOPLE_COLUMNS, parse_people
from knowledge.organisation.importers.rows import rows_of_csv
from knowledge.organisation.organisation import Organisation


class BadSample(Exception):
    """The sample files have faults; the text lists every fault with its line."""


async def load_sample(
    store: Store,
    organisation: Organisation,
    *,
    topics: Collection[str],
    addresses: Mapping[ChannelName, Address],
    at: datetime,
) -> int:
    """Load the sample people, reachable at ``addresses``, into a store without people. Return their number.

    Raises BadSample.
    """
    if await store.count(Person.KIND, "registered"):
        return 0
    folder = files("knowledge") / "content"
    rows, faults = rows_of_csv((folder / "people.csv").read_text("utf-8"), PEOPLE_COLUMNS)
    people, more = parse_people(rows, organisation=organisation, roles=frozenset(Role))
    lines = [f"people.csv:{fault.line}: {in_words(fault)}" for fault in (*faults, *more)]
    rows, faults = rows_of_csv((folder / "ambassadors.csv").read_text("utf-8"), AMBASSADOR_COLUMNS)
    ambassadors, more = parse_ambassadors(rows, organisation=organisation, people=people, topics=topics)
    lines += [f"ambassadors.csv:{fault.line}: {in_words(fault)}" for fault in (*faults, *more)]
    if lines:
        raise BadSample("\n".join(lines))
    records: tuple[Record, ...] = (
        *(person_of(colleague, at=at, addresses=addresses) for colleague in people),
        *(AmbassadorProfile(ambassador=ambassador, joined_at=at) for ambassador in ambassadors),
    )
    await store.commit(Commit(at=at, records=tuple(write_of(Put(record=record), {}) for record in records)))
    return len(people)
