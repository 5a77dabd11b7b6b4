"""Changes of the register in the store: read what counts now, and write the next state of an entry."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from dialogs.core.content import Content
from dialogs.core.query import Asking, find_each
from dialogs.handoff.unit_of_work import UnitOfWork
from dialogs.rollout.software.entry import ProgramEntry, RegisterEdition, entry_key, first_entry
from knowledge.software.program import Program
from knowledge.software.register import merged


def owner_of(content: Content, municipality_id: str) -> str | None:
    """Return the municipality that a change is for; None: the provider's changes are for everyone."""
    return None if content.organisation.provides(municipality_id) else municipality_id


def entry_of(content: Content, program_id: str, municipality_id: str | None, at: datetime) -> Asking[ProgramEntry]:
    """Return the entry of a program for everyone or for a municipality; a new one if there is none."""
    key = entry_key(program_id, municipality_id)
    found = (yield from find_each(ProgramEntry, [key])).get(key)
    return found or first_entry(program_id, municipality_id, content.register.files.get(program_id), at)


def current_program(content: Content, program_id: str, municipality_id: str | None) -> Asking[Program | None]:
    """Return a program as the store has it now, if the municipality may know it.

    The register in use may be half a second older.
    """
    keys = [entry_key(program_id, owner) for owner in dict.fromkeys((None, municipality_id))]
    entries = yield from find_each(ProgramEntry, keys)
    changes = [each.to_change() for each in entries.values()]
    program = merged(content.register.files.get(program_id), changes)
    return program if program is not None and program.municipality_id in {None, municipality_id} else None


def put_entries(work: UnitOfWork, entries: Iterable[ProgramEntry]) -> Asking[None]:
    """Write the next states of entries as one edition, so that every process reads them."""
    # Every change writes the edition, so that two at once are decided one after the other.
    edition = (yield from work.get(RegisterEdition, RegisterEdition.ID)) or RegisterEdition()
    following = replace(edition, number=edition.number + 1, at=work.at)
    work.put(following)
    for entry in entries:
        work.put(replace(entry, number=entry.number + 1, edition=following.number, changed_at=work.at))
