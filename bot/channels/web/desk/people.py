"""Ambassadors and contacts: the list with the applications, and an ambassador's settings."""

from typing import Final

from aiohttp import web

from bot.channels.web.desk.visit import DeskPage, PageGroup, PageNotice, Tone, Visit
from dialogs.ambassadors.people import SHOWN_ROLES, member_view, people_view, waiting_applications
from dialogs.core.person import Role
from dialogs.handoff.oversight import OVERSEERS
from dialogs.provisioning.waiting import removals_view, waiting_removals
from knowledge.organisation.nearest import Availability

VERBS: Final = ("save", "absence", "substitute", "cancel_absence", "present", "pause", "resume", "leave")
DECISIONS: Final = frozenset({"ambassador.approve", "ambassador.decline"})
# Forms with input to keep after a refusal.
WRITTEN: Final = frozenset({"ambassador.save", "ambassador.absence"})
STATES = tuple(state for state in Availability if state is not Availability.GONE)


async def show_people(visit: Visit) -> web.StreamResponse:
    """Show the people that fit the search, and the applications."""
    words, role, state = (visit.query(name) for name in ("q", "role", "state"))
    model = await visit.view(people_view, words=words, role=role, state=state, number=visit.page_number)
    everything = ("", visit.texts("desk.filter.all"))
    return visit.render(
        "people.html",
        model=model,
        removals=await visit.view(removals_view),
        words=words,
        role=role,
        state=state,
        roles=[everything, *((shown_role, visit.texts(f"profile.role.{shown_role}")) for shown_role in SHOWN_ROLES)],
        states=[
            everything,
            *((availability, visit.texts(f"ambassador.availability.{availability}")) for availability in STATES),
        ],
    )


async def show_member(visit: Visit) -> web.StreamResponse:
    """Show one ambassador with forms for an administrator."""
    model = await visit.view(member_view, visit.request.match_info["id"])
    return visit.render("member.html", model=model, written={}, suggested=visit.query("substitute"))


async def change_member(visit: Visit) -> web.StreamResponse:
    """Change a setting; after a departure go back to the list. A refused form is shown again as it was written."""
    form, person_id = await visit.form(), visit.request.match_info["id"]
    outcome = await visit.press(form, person_id=person_id)
    if outcome.done:
        return visit.back(outcome, to=PAGE.path if form.verb == "ambassador.leave" else visit.request.path)
    if form.verb not in WRITTEN or outcome.needs_proof:
        return visit.back(outcome)
    model = await visit.view(member_view, person_id)
    notice = PageNotice(text=outcome.summary, tone=Tone.DANGER)
    return visit.render("member.html", status=422, notice=notice, model=model, written=form.data, suggested="")


PAGE = DeskPage(
    path="/desk/people",
    title="desk.people.title",
    group=PageGroup.HELP,
    roles=frozenset(OVERSEERS),
    show=show_people,
    verbs=frozenset({*DECISIONS, "removals.approve"}),
    searched=frozenset({"q", "role", "state"}),
    queues={"applications": waiting_applications, "removals": waiting_removals},
)
MEMBER = DeskPage(
    path="/desk/people/{id}",
    title="desk.people.member",
    roles=frozenset({Role.ADMIN}),
    show=show_member,
    verbs=frozenset(f"ambassador.{verb}" for verb in VERBS),
    act=change_member,
    listed=False,
)
