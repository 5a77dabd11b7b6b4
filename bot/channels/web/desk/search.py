"""One search over the reader's pages: articles, programs, courses, announcements and people."""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote, urlencode

from aiohttp import web

from bot.channels.web.desk import announcements, articles, classes, helping, people, privacy, programs
from bot.channels.web.desk.visit import EVERYONE, RESULTS, DeskPage, Visit
from dialogs.ambassadors.directory import directory_view
from dialogs.ambassadors.people import people_view
from dialogs.announce.views.listing import list_page
from dialogs.core.refusal import EventRefused
from dialogs.editing.listing import articles_view
from dialogs.privacy.views import OFFICERS, found_people
from dialogs.rollout.classroom.views import classes_page
from dialogs.rollout.software.assess.listing import programs_view

# Hits of a page; the page itself has all.
SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchHit:
    """Something found: its title, a word about it, and its page."""

    title: str
    path: str
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageHits:
    """What a page has of the words. ``path``: the page with the same search."""

    hits: tuple[SearchHit, ...]
    total: int
    path: str


async def _articles(visit: Visit, words: str) -> PageHits:
    model = await visit.view(articles_view, words=words)
    return _page_hits(
        (
            SearchHit(title=row.title, about=row.municipality, path=f"{articles.PATH}/{row.key}")
            for row in model.rows.items
        ),
        model.rows.total,
        f"{articles.PATH}?{urlencode({'q': words})}",
    )


async def _programs(visit: Visit, words: str) -> PageHits:
    model = await visit.view(programs_view, words=words)
    return _page_hits(
        (
            SearchHit(title=row.name, about=row.vendor, path=f"{programs.PATH}/{quote(row.program_id)}")
            for row in model.rows.items
        ),
        model.rows.total,
        f"{programs.PATH}?{urlencode({'q': words})}",
    )


async def _classes(visit: Visit, words: str) -> PageHits:
    model, wanted = await visit.view(classes_page, words=words), words.casefold().split()
    path = f"{classes.PATH}?{urlencode({'q': words})}"
    rows = [row for row in (*model.own, *model.rows.items) if all(word in row.title.casefold() for word in wanted)]
    return _page_hits((SearchHit(title=row.title, about=row.when, path=path) for row in rows), len(rows), path)


async def _announcements(visit: Visit, words: str) -> PageHits:
    model = await visit.view(list_page, words=words)
    return _page_hits(
        (
            SearchHit(title=row.title, about=row.state_name, path=f"{announcements.PATH}/{row.id}")
            for row in model.rows.items
        ),
        model.rows.total,
        f"{announcements.PATH}?{urlencode({'words': words})}",
    )


async def _people(visit: Visit, words: str) -> PageHits:
    model = await visit.view(people_view, words=words)
    path = visit.search_address(people.PAGE.path, {"q": words})
    return _page_hits(
        (
            SearchHit(
                title=row.name,
                about=row.unit,
                path=f"{people.PAGE.path}/{quote(row.person_id)}" if row.changeable else path,
            )
            for row in model.members.items
        ),
        model.members.total,
        path,
    )


async def _ambassadors(visit: Visit, words: str) -> PageHits:
    model, path = (
        await visit.view(directory_view, words=words),
        visit.search_address(helping.DIRECTORY.path, {"q": words}),
    )
    entries = model.entries
    return _page_hits(
        (SearchHit(title=row.name, about=row.unit, path=path) for row in entries.items), entries.total, path
    )


async def _registry(visit: Visit, words: str) -> PageHits:
    """Search the registry for an officer; it is recorded, as on the page of data protection."""
    found = await visit.view(found_people, words)
    await visit.record("privacy.searched", visit.person.municipality_id or "")
    return _page_hits(
        (
            SearchHit(title=row.name, about=row.place, path=visit.search_address(privacy.PATH, {privacy.WHO: row.id}))
            for row in found.people
        ),
        len(found.people),
        visit.search_address(privacy.PATH, {privacy.WHO: words}),
    )


def _page_hits(hits: Iterable[SearchHit], total: int, path: str) -> PageHits:
    return PageHits(hits=tuple(hits)[:SHOWN], total=total, path=path)


# Whoever oversees the ambassadors finds them there, with the contacts; others in the directory.
SEARCHED: Final[tuple[tuple[DeskPage, Callable[[Visit, str], Awaitable[PageHits]]], ...]] = (
    (articles.PAGES[0], _articles),
    (programs.PROGRAMS, _programs),
    (classes.PAGES[0], _classes),
    (announcements.PAGES[0], _announcements),
    (people.PAGE, _people),
    (helping.DIRECTORY, _ambassadors),
    (replace(privacy.PAGES[0], roles=OFFICERS), _registry),
)


async def show_hits(visit: Visit) -> web.StreamResponse:
    """Show what the reader's pages have of the words, at most ``SHOWN`` of each."""
    words, sections = visit.query("q"), []
    for page, find in SEARCHED if words else ():
        doubled = page is helping.DIRECTORY and people.PAGE.is_for(visit.person)
        if not page.is_for(visit.person) or doubled:
            continue
        with suppress(EventRefused):  # such as of a person without a workplace: nothing to see there
            hits = await find(visit, words)
            sections += [(page, hits)] if hits.hits else []
    return visit.render("search.html", words=words, sections=sections)


PAGE: Final = DeskPage(
    path=RESULTS,
    title="desk.search.title",
    roles=EVERYONE,
    show=show_hits,
    listed=False,
    searched=frozenset({"q"}),
)
