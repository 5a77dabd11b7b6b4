"""Changes of the register in the store: read what counts now, and write the next state of an entry."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import Decision, put
from dialogs.core.query import Asking, find, find_all, find_each
from dialogs.rollout.software.register.entry import ProgramEntry, RegisterEdition, edition_term, entry_key, first_entry
from knowledge.software.program import ListKey, Program
from knowledge.software.register import Register, merged
from knowledge.software.words import name_words

_SLUG: Final = re.compile(r"[^a-z0-9]+")
_LONGEST_SLUG: Final = 60
# Names in a list to pick from; more would make the page too heavy.
MOST_NAMES: Final = 500


def owner_of(content: Content, municipality_id: str) -> str | None:
    """Return the municipality that a change is for; None: the provider's changes are for everyone."""
    return None if content.organisation.provides(municipality_id) else municipality_id


def entry_of(content: Content, program_id: str, municipality_id: str | None, at: datetime) -> Asking[ProgramEntry]:
    """Return the entry of a program for everyone or for a municipality; a new one if there is none."""
    key = entry_key(program_id, municipality_id)
    entry = (yield from find_each(ProgramEntry, [key])).get(key)
    return entry or first_entry(program_id, municipality_id, content.register.files.get(program_id), at)


def current_program(content: Content, program_id: str, municipality_id: str | None) -> Asking[Program | None]:
    """Return a program as the store has it now, if the municipality may know it.

    The register in use may be half a second older.
    """
    keys = [entry_key(program_id, owner) for owner in dict.fromkeys((None, municipality_id))]
    entries = yield from find_each(ProgramEntry, keys)
    changes = [entry.to_change() for entry in entries.values()]
    program = merged(content.register.files.get(program_id), changes)
    return program if program is not None and program.municipality_id in {None, municipality_id} else None


def current_register(content: Content) -> Asking[Register]:
    """Return the register in use with the latest change, which it may not have yet."""
    edition = yield from find(RegisterEdition, RegisterEdition.ID)
    if edition is None:
        return content.register
    latest = yield from find_all(ProgramEntry, edition_term(edition.number))
    return content.register.with_later(entry.to_change() for entry in latest)


def put_entries(entries: Iterable[ProgramEntry], at: datetime) -> Asking[Decision]:
    """Write the next states of entries as one edition, so that every process reads them."""
    edition = ((yield from find(RegisterEdition, RegisterEdition.ID)) or RegisterEdition()).next_at(at)
    changed = (replace(entry, number=entry.number + 1, edition=edition.number, changed_at=at) for entry in entries)
    return put(edition, *changed)


def program_to_use(content: Content, municipality_id: str | None, name: str) -> Asking[Program | None]:
    """Return the program with this id or name."""
    named = content.register.called(name, municipality_id) if name else ()
    return (yield from current_program(content, named[0].id if len(named) == 1 else name, municipality_id))


def names_to_pick(content: Content, municipality_id: str | None, *, besides: str = "") -> tuple[str, ...]:
    """Return the names of the programs on the register, for a list to pick from; ``besides``: id of one left out."""
    programs = content.register.of_municipality(municipality_id)
    return tuple(sorted((program.name for program in programs if program.id != besides), key=str.casefold)[:MOST_NAMES])


def new_program_id(name: str, owner: str | None) -> str:
    """Return the id of a program that is listed by a decision; that of one municipality begins with its id."""
    slug = _SLUG.sub("-", "-".join(name_words(name)))[:_LONGEST_SLUG].strip("-")
    # A name in other letters than ours leaves nothing.
    slug = slug or f"program-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return f"{owner}.{slug}" if owner else slug


def list_label(key: ListKey) -> str:
    """Return a list for the audit log: ``school/pupils@nes``."""
    return f"{key.sector or 'all'}/{key.use}@{key.municipality_id or 'all'}"
