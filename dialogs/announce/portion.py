"""The people an announcement reaches, found one portion at a time so that memory and turns stay small."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from dialogs.announce.model import Announcement, Severity
from dialogs.person import Person
from dialogs.query import Asking, find_all, find_each
from dialogs.status.model import Following
from dialogs.world import World

PORTION: Final = 300
"""People at a time. What is done with them holds up everybody who asks meanwhile, so that it should take no longer than
a question does; far fewer, and the commits would cost more than the people."""
_MOST_LOOKS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Some of the people, and how far the search has come: to ``after`` within the term numbered ``term``.

    ``muted`` were left out because they want no announcements.
    """

    people: tuple[Person, ...]
    muted: int
    term: int
    after: str
    done: bool


def portion(announcement: Announcement, reach: Sequence[str], term: int, after: str, world: World) -> Asking[Portion]:
    """Return the next people of the audience after ``after`` in ``reach[term]``.

    At most PORTION are looked at, in a bounded number of look-ups; a portion may be empty without being the last.
    """
    found: list[Person] = []
    looks = 0
    while term < len(reach) and len(found) < PORTION and looks < _MOST_LOOKS:
        named = _named(reach[term : term + PORTION - len(found)])
        if named:
            found += (yield from find_each(Person, named)).values()
            term += len(named)
        else:
            some, after = yield from _look(reach[term], after, PORTION - len(found))
            found += some
            term += 0 if after else 1
        looks += 1
    included = [p for p in found if announcement.audience.reaches(p, world.organisation)]
    heard = included if announcement.severity is Severity.CRITICAL else [p for p in included if not p.muted]
    return Portion(
        people=tuple(heard), muted=len(included) - len(heard), term=term, after=after, done=term >= len(reach)
    )


def _named(terms: Sequence[str]) -> list[str]:
    """Return the ids of the people these terms begin with, each a term of its own."""
    people = takewhile(lambda name: name.startswith("person:"), terms)
    return [name.removeprefix("person:") for name in people]


def _look(name: str, after: str, limit: int) -> Asking[tuple[tuple[Person, ...], str]]:
    """Return up to ``limit`` people of one term, and the id to go on after; empty when the term is finished."""
    if name.startswith("topic:"):
        following = yield from find_all(Following, name, after=after, limit=limit)
        people = yield from find_each(Person, (follower.id for follower in following))
        return tuple(people.values()), following[-1].id if len(following) == limit else ""
    found = yield from find_all(Person, name, after=after, limit=limit)
    return found, found[-1].id if len(found) == limit else ""
