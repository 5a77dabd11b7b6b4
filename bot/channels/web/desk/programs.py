"""Programs: the register with search and filters, one program, and the applications."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from aiohttp import web

from bot.channels.web.desk.form import DeskForm, text_of_file
from bot.channels.web.desk.visit import DeskPage, PageGroup, PageNotice, PressOutcome, Tone, Visit
from dialogs.rollout.software.assess.importing import export_view, program_import_view
from dialogs.rollout.software.assess.listing import READING, ProgramFilter, programs_view
from dialogs.rollout.software.assess.page import ListStanding, ProgramPage, new_program_view, program_view
from dialogs.rollout.software.decide.views import CASE_ROLES, case_view, cases_view, waiting_cases
from dialogs.rollout.software.reviewers import DECIDERS
from knowledge.article.article import Language
from knowledge.software.program import PersonalData, ProgramStatus

PATH: Final = "/desk/programs"
CASES: Final = "/desk/applications"
# Colours of a status, of the design system.
COLOURS: Final = {
    ProgramStatus.APPROVED: "success",
    ProgramStatus.CONDITIONS: "success",
    ProgramStatus.REVIEW: "info",
    ProgramStatus.REJECTED: "danger",
    ProgramStatus.EXPIRED: "warning",
}


async def show_programs(visit: Visit) -> web.StreamResponse:
    """Show the programs that fit the search, on the chosen list."""
    model = await visit.view(
        programs_view,
        words=visit.query("q", most=300),
        chosen=visit.query("show"),
        list_code=visit.query("list"),
        number=visit.page_number,
    )
    texts = visit.texts
    statuses = [(status.value, texts(f"software.tag.{status}")) for status in ProgramStatus]
    filters = [(chosen.value, texts(f"software.filter.{chosen}")) for chosen in ProgramFilter]
    return visit.render(
        "programs.html",
        model=model,
        colours=COLOURS,
        filters=[*filters, *statuses],
        lists=[(program_list.code, program_list.name) for program_list in model.lists],
    )


async def show_new_program(visit: Visit) -> web.StreamResponse:
    """Show the empty form of a new program."""
    model = await visit.view(new_program_view)
    return visit.render("program_new.html", model=model, personal=_personal(visit))


async def add_program(visit: Visit) -> web.StreamResponse:
    """List a program, and lead to the register with it; after a refusal show the form again."""
    form = await visit.form()
    outcome = await visit.press(form)
    if not outcome.refused and outcome.done:
        return visit.back(outcome, to=f"{PATH}?q={quote(form.data.get('name', ''))}")
    model = _with_fields(await visit.view(new_program_view), form.data)
    return visit.render(
        "program_new.html", status=422, model=model, personal=_personal(visit), notice=_refusal(outcome)
    )


async def show_program(visit: Visit) -> web.StreamResponse:
    """Show one program with its lists."""
    return _program(visit, await visit.view(program_view, visit.request.match_info["id"]))


async def change_program(visit: Visit) -> web.StreamResponse:
    """Send a form about one program to its flow. A refused form is shown again as it was written."""
    form, program_id = await visit.form(), visit.request.match_info["id"]
    outcome = await visit.press(form, program_id=program_id)
    if outcome.done:
        return visit.back(outcome, to=PATH if form.data.get("removes") else "")
    return _program(visit, await visit.view(program_view, program_id), form=form, outcome=outcome)


def _program(
    visit: Visit, model: ProgramPage, *, form: DeskForm | None = None, outcome: PressOutcome | None = None
) -> web.Response:
    """Return the page of a program; ``form``: a refused one, which is open."""
    opened, fields = "", model
    if form is not None and form.verb == "software.save_program":
        fields, opened = _with_fields(model, form.data), "fields"
    elif form is not None and form.verb == "software.assess":
        sector, use = form.data.get("sector", ""), form.data.get("use", "")
        here = [
            program_list
            for program_list in model.lists
            if ((program_list.shown.sector or ""), program_list.shown.use.value) == (sector, use)
        ]
        lists = tuple(
            _with_assessment(program_list, form.data) if program_list in here else program_list
            for program_list in model.lists
        )
        model, opened = replace(model, lists=lists), "".join(program_list.shown.code for program_list in here)
    elif form is not None and form.verb == "software.restore":
        opened = "removal"
    return visit.render(
        "program.html",
        status=200 if outcome is None else 422,
        notice=None if outcome is None else _refusal(outcome),
        model=model,
        fields=fields,
        opened=opened,
        colours=COLOURS,
        statuses=[(status.value, visit.texts(f"software.tag.{status}")) for status in ProgramStatus],
        personal=_personal(visit),
    )


def _with_fields(model: ProgramPage, written: Mapping[str, str]) -> ProgramPage:
    return replace(
        model,
        name=written.get("name", ""),
        vendor=written.get("vendor", ""),
        aliases=written.get("aliases", ""),
        purposes=_in_codes(written, "purpose"),
        wheres=_in_codes(written, "where"),
        personal_data=written.get("personal_data", ""),
    )


def _with_assessment(model: ListStanding, written: Mapping[str, str]) -> ListStanding:
    return replace(
        model,
        written=written.get("status", ""),
        notes=_in_codes(written, "note"),
        alternative_written=written.get("alternative", ""),
        review_by=written.get("review_by", ""),
        expires=written.get("expires", ""),
    )


def _in_codes(written: Mapping[str, str], name: str) -> Mapping[str, str]:
    return {language.value: written.get(f"{name}_{language}", "") for language in Language}


async def show_cases(visit: Visit) -> web.StreamResponse:
    """Show the applications that the reader answers or decides."""
    model = await visit.view(cases_view, chosen=visit.query("show") or "pending", number=visit.page_number)
    filters = [(state, visit.texts(f"software.cases.{state}")) for state in ("pending", "decided")]
    return visit.render("cases.html", model=model, filters=filters)


async def show_case(visit: Visit) -> web.StreamResponse:
    """Show one application with its forms."""
    model = await visit.view(case_view, visit.request.match_info["id"])
    return visit.render("case.html", model=model, written={})


async def change_case(visit: Visit) -> web.StreamResponse:
    """Send a form about one application to its flow. A refused form is shown again as it was written."""
    form, application_id = await visit.form(), visit.request.match_info["id"]
    outcome = await visit.press(form, application_id=application_id)
    if outcome.done:
        # The flow answers with the whole case, which the page shows anyway.
        return visit.back(PressOutcome(texts=(visit.texts("desk.done"),), done=True))
    model = await visit.view(case_view, application_id)
    return visit.render("case.html", status=422, model=model, written=form.data, notice=_refusal(outcome))


async def show_program_import(visit: Visit) -> web.StreamResponse:
    """Show the empty form of an import."""
    return visit.render("program_import.html", model=await visit.view(program_import_view))


async def run_program_import(visit: Visit) -> web.StreamResponse:
    """Show what would become of an import, or import."""
    form = await visit.form()
    if "file" in form.files:
        form = replace(form, data={**form.data, "text": text_of_file(form.files["file"])})
    outcome = None if form.data.get("act") == "try" else await visit.press(form)
    if outcome is not None and outcome.done:
        return visit.back(outcome, to=PATH)
    model = await visit.view(program_import_view, text=form.data.get("text", ""))
    notice = _refusal(outcome) if outcome is not None and not model.faults else None
    return visit.render("program_import.html", model=model, notice=notice)


async def export_register(visit: Visit) -> web.StreamResponse:
    """Return the register as CSV."""
    text = await visit.view(export_view)
    return visit.download("programs.csv", "text/csv; charset=utf-8", text.encode())


def _personal(visit: Visit) -> list[tuple[str, str]]:
    return [(answer.value, visit.texts(f"software.personal.{answer}")) for answer in PersonalData]


def _refusal(outcome: PressOutcome) -> PageNotice:
    return PageNotice(text=outcome.summary, tone=Tone.DANGER)


PROGRAMS: Final = DeskPage(
    path=PATH,
    title="desk.programs.title",
    group=PageGroup.PROGRAMS,
    roles=frozenset(READING),
    show=show_programs,
)
_CASES: Final = DeskPage(
    path=CASES,
    title="desk.applications.title",
    group=PageGroup.PROGRAMS,
    roles=frozenset(CASE_ROLES),
    show=show_cases,
    queues={"cases": waiting_cases},
)
PAGES: Final = (
    PROGRAMS,
    replace(
        PROGRAMS,
        path=f"{PATH}/+new",
        title="desk.programs.new",
        roles=frozenset(DECIDERS),
        show=show_new_program,
        verbs=frozenset({"software.save_program"}),
        act=add_program,
        listed=False,
    ),
    replace(
        PROGRAMS,
        path=f"{PATH}/+import",
        title="desk.programs.import",
        roles=frozenset(DECIDERS),
        show=show_program_import,
        verbs=frozenset({"software.import"}),
        act=run_program_import,
        files=frozenset({"file"}),
        listed=False,
    ),
    replace(
        PROGRAMS,
        path=f"{PATH}/+export",
        title="software.export",
        roles=frozenset(DECIDERS),
        show=export_register,
        listed=False,
    ),
    replace(
        PROGRAMS,
        path=f"{PATH}/{{id}}",
        title="desk.programs.one",
        show=show_program,
        verbs=frozenset({"software.save_program", "software.assess", "software.restore"}),
        act=change_program,
        listed=False,
    ),
    _CASES,
    replace(
        _CASES,
        path=f"{CASES}/{{id}}",
        title="desk.applications.one",
        show=show_case,
        verbs=frozenset(
            f"software.{verb}" for verb in ("endorse", "turn_down", "comment", "report", "deadline", "decide", "reopen")
        ),
        act=change_case,
        listed=False,
    ),
)
