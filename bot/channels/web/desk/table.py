"""The table of pages, in the order of the navigation. A new page adds its line here."""

from typing import Final

from bot.channels.web.desk import (
    announcements,
    articles,
    classes,
    coverage,
    directory,
    learning,
    operation,
    overview,
    people,
    privacy,
    programs,
    questions,
    rehearsal,
    start,
    timeline,
    unanswered,
)
from bot.channels.web.desk.visit import DeskPage
from dialogs.core.person import Role

PAGES: Final[tuple[DeskPage, ...]] = (
    start.PAGE,
    *timeline.PAGES,
    *classes.PAGES,
    overview.PAGE,
    learning.PAGE,
    learning.MODULE,
    *unanswered.PAGES,
    *rehearsal.PAGES,
    *articles.PAGES,
    *announcements.PAGES,
    *programs.PAGES,
    people.PAGE,
    people.MEMBER,
    coverage.PAGE,
    questions.PAGE,
    questions.ASSIGNMENT,
    directory.PAGE,
    *privacy.PAGES,
    operation.PAGE,
)

# The roles that have pages here beyond those of every employee; the chat shows them the way.
DESK_ROLES: Final = frozenset(role for page in PAGES if Role.EMPLOYEE not in page.roles for role in page.roles)
