"""How many people an act on an announcement concerns: and the recent sign-in it then needs."""

from collections.abc import Callable
from dataclasses import dataclass

from dialogs.announce.access import announcer_of
from dialogs.announce.approve.authority import is_approver
from dialogs.announce.model import Announcement
from dialogs.announce.report.figures import figures_of
from dialogs.core.content import Content
from dialogs.core.event import Event
from dialogs.core.person import Person
from dialogs.core.query import Asking, find


@dataclass(frozen=True, slots=True)
class ToMany:
    """Condition: the announcement of the pressed card, by ``people``, concerns more people than need no step-up."""

    people: Callable[[Announcement], Asking[int]]

    def __call__(self, event: Event, content: Content) -> Asking[bool]:
        announcement = yield from find(Announcement, event.pressed.text("announcement_id")[:100])
        person = yield from find(Person, event.person_id)
        if content.step_up is None or announcement is None or person is None:
            return False
        who = announcer_of(person, content)
        sees = who is not None and who.sees(announcement, content.organisation)
        # Everyone else is refused by the flow, with a sentence that does not reveal the announcement.
        if not sees and not is_approver(person, announcement):
            return False
        return (yield from self.people(announcement)) > content.step_up.max_people


def recipients(announcement: Announcement) -> Asking[int]:
    """Return the number of present and coming recipients, without channels."""
    figures = yield from figures_of(announcement)
    counted = announcement.counted.people if announcement.counted is not None else 0
    # People that came later are in the figures only, and a draft has no figures.
    return max(counted, figures.final + figures.waiting + figures.throttled + figures.to_come)


def failed(announcement: Announcement) -> Asking[int]:
    """Return how many people it could not be delivered to."""
    figures = yield from figures_of(announcement)
    return figures.unreachable + figures.dead + figures.expired


def unconfirmed(announcement: Announcement) -> Asking[int]:
    """Return how many people have it and have not confirmed it."""
    figures = yield from figures_of(announcement)
    return max(0, figures.sent + figures.waiting + figures.throttled + figures.to_come - figures.confirmed)
