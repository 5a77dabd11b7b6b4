"""The first page, and the table of pages in the order of the navigation. A new page adds its line here."""

from typing import Final

from aiohttp import web

from bot.channels.web.desk import (
    announcements,
    articles,
    classes,
    helping,
    operation,
    people,
    privacy,
    programs,
    rehearsal,
    search,
    statistics,
    timeline,
    unanswered,
)
from bot.channels.web.desk.visit import EVERYONE, DeskPage, Visit
from dialogs.core.person import Role


async def show_start(visit: Visit) -> web.StreamResponse:
    """Show what waits for the person, the oldest first, and a link to every page."""
    queues = [(queue, queue.items[:SHOWN_AT_ONCE]) for queue in visit.waiting]
    decides = any(page.queues for page in visit.pages)
    return visit.render("start.html", queues=queues, decides=decides, now=visit.desk.web.clock.now())


# Of each queue; the page behind it has all.
SHOWN_AT_ONCE: Final = 5
START: Final = DeskPage(path="/desk", title="desk.start.title", roles=EVERYONE, show=show_start)


PAGES: Final[tuple[DeskPage, ...]] = (
    START,
    search.PAGE,
    *timeline.PAGES,
    *classes.PAGES,
    statistics.OVERVIEW,
    statistics.LEARNING,
    statistics.MODULE,
    *unanswered.PAGES,
    *rehearsal.PAGES,
    *articles.PAGES,
    *announcements.PAGES,
    *programs.PAGES,
    people.PAGE,
    people.MEMBER,
    helping.COVERAGE,
    helping.QUESTIONS,
    helping.ASSIGNMENT,
    helping.DIRECTORY,
    *privacy.PAGES,
    operation.PAGE,
)

# The roles that have pages here beyond those of every employee; the chat shows them the way.
DESK_ROLES: Final = frozenset(role for page in PAGES if Role.EMPLOYEE not in page.roles for role in page.roles)
