"""Pages of an announcement's audience, small enough for one turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from dialogs.announce.following import Following
from dialogs.announce.model import Announcement
from dialogs.core.content import Content
from dialogs.core.person import Person
from dialogs.core.query import Asking, find_all, find_each

# A page blocks other turns about as long as one question does; much smaller pages cost more in commits than in people.
# People per page.
PORTION: Final = 300
_MAX_LOOKS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientPage:
    """A page of recipients, with the position to continue from.

    Args:
        people: recipients.
        muted: people left out because they muted announcements.
        term: index of the term to continue in.
        after: last person looked at in that term.
        done: this is the last page.
    """

    people: tuple[Person, ...]
    muted: int
    term: int
    after: str
    done: bool


def recipients_page(
    announcement: Announcement, reach: Sequence[str], term: int, after: str, content: Content
) -> Asking[RecipientPage]:
    """Return the next page of the audience, after ``after`` in ``reach[term]``.

    Looks at no more than PORTION people in at most _MAX_LOOKS queries, so a page can be empty without being the last.
    """
    recipients: list[Person] = []
    looks = 0
    # Bounded by queries, too: a long list of small units must not keep other turns waiting.
    while term < len(reach) and len(recipients) < PORTION and looks < _MAX_LOOKS:
        # A list has one term for each person: look them up together, instead of one query each.
        named = _named(reach[term : term + PORTION - len(recipients)])
        if named:
            recipients += (yield from find_each(Person, named)).values()
            term += len(named)
        else:
            some, after = yield from _look(reach[term], after, PORTION - len(recipients))
            recipients += some
            term += 0 if after else 1
        looks += 1
    # Terms are coarser than the audience, so each person found is checked.
    included = [p for p in recipients if announcement.audience.reaches(p, content.organisation)]
    people = tuple(p for p in included if announcement.heard_by(p))
    return RecipientPage(
        people=people, muted=len(included) - len(people), term=term, after=after, done=term >= len(reach)
    )


def _named(terms: Sequence[str]) -> list[str]:
    """Return the person ids of the leading ``person:`` terms."""
    people = takewhile(lambda name: name.startswith("person:"), terms)
    return [name.removeprefix("person:") for name in people]


def _look(name: str, after: str, limit: int) -> Asking[tuple[tuple[Person, ...], str]]:
    """Return up to ``limit`` people of a term, and the last id.

    The id is empty at the end of the term.
    """
    # Found by their subscriptions: the record of a person does not name topics.
    if name.startswith("topic:"):
        following = yield from find_all(Following, name, after=after, limit=limit)
        people = yield from find_each(Person, (follower.id for follower in following))
        return tuple(people.values()), following[-1].id if len(following) == limit else ""
    members = yield from find_all(Person, name, after=after, limit=limit)
    return members, members[-1].id if len(members) == limit else ""
