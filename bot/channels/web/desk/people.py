"""Ambassadors and contacts: the list with the applications, and an ambassador's settings."""

from aiohttp import web

from bot.channels.web.desk.visit import DeskPage, Visit
from dialogs.ambassadors.people import SHOWN_ROLES, member_view, people_view
from dialogs.core.person import Role
from dialogs.handoff.open_questions import OVERSEERS
from knowledge.organisation.nearest import Availability

STATES = tuple(state for state in Availability if state is not Availability.GONE)


async def show_people(visit: Visit) -> web.StreamResponse:
    """Show the people that fit the search, and the applications."""
    words, role, state = (visit.query(name) for name in ("q", "role", "state"))
    model = await visit.view(people_view, words=words, role=role, state=state, number=visit.page_number)
    everything = ("", visit.texts("desk.filter.all"))
    return visit.render(
        "people.html",
        model=model,
        words=words,
        role=role,
        state=state,
        roles=[everything, *((each, visit.texts(f"profile.role.{each}")) for each in SHOWN_ROLES)],
        states=[everything, *((each, visit.texts(f"ambassador.availability.{each}")) for each in STATES)],
    )


async def show_member(visit: Visit) -> web.StreamResponse:
    """Show one ambassador with forms for an administrator."""
    model = await visit.view(member_view, visit.request.match_info["id"])
    return visit.render("member.html", model=model)


async def change_member(visit: Visit) -> web.StreamResponse:
    """Change a setting; after a departure go back to the list."""
    form = await visit.form()
    outcome = await visit.press(form, person_id=visit.request.match_info["id"])
    gone = outcome.done and form.verb == "ambassador.leave"
    return visit.back(outcome, to=PAGE.path if gone else "")


PAGE = DeskPage(
    path="/desk/people",
    title="desk.people.title",
    roles=frozenset(OVERSEERS),
    show=show_people,
    verbs=frozenset({"ambassador.approve", "ambassador.decline"}),
    searched=frozenset({"q", "role", "state"}),
)
MEMBER = DeskPage(
    path="/desk/people/{id}",
    title="desk.people.member",
    roles=frozenset({Role.ADMIN}),
    show=show_member,
    verbs=frozenset(f"ambassador.{verb}" for verb in ("save", "absence", "present", "pause", "resume", "leave")),
    act=change_member,
    listed=False,
)
