"""The pages of data protection: start, requests, inventory, record of processing, audit log."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Final

from aiohttp import web

from bot.channels.web.desk.visit import DeskPage, PageGroup, PressOutcome, Visit, press_and_return
from bot.export.bundle import page_of
from bot.ports import StoreUnavailable
from dialogs.privacy.audit_view import AuditFilter, audit_page
from dialogs.privacy.views import (
    HANDLERS,
    OFFICERS,
    exportable_person,
    inventory_page,
    privacy_page,
    record_page,
    requests_page,
    waiting_requests,
)

PATH: Final = "/desk/privacy"
REQUESTS: Final = f"{PATH}/requests"
# The input of a search for a person, and the inputs of the audit log's filter.
WHO: Final = "who"
# Of a table of the record, beside the others.
MOST_ROWS: Final = 30
FILTERS: Final = frozenset(field.name for field in fields(AuditFilter))


async def show_privacy(visit: Visit) -> web.StreamResponse:
    """Show the state of retention, receipts and requests."""
    model = await visit.view(privacy_page, words=visit.query(WHO), number=visit.page_number)
    await _record_search(visit)
    return visit.render("privacy.html", model=model, answer=(), request_for=_request_address(visit))


async def look_up(visit: Visit) -> web.StreamResponse:
    """Send the verb, and show its whole answer on the page: a notice would cut it."""
    outcome = await visit.press(await visit.form())
    if outcome.needs_proof:
        return visit.back(outcome)
    model = await visit.view(privacy_page, words=visit.query(WHO))
    answer = outcome.summary.splitlines()
    return visit.render("privacy.html", model=model, answer=answer, request_for=_request_address(visit))


def _request_address(visit: Visit) -> Callable[[str], str]:
    """Return what makes the address of the form for a request of a person, who is chosen in it."""
    return lambda person_id: f"{visit.search_address(REQUESTS, {WHO: person_id})}#register-heading"


async def show_requests(visit: Visit) -> web.StreamResponse:
    """Show the requests with the possible actions."""
    await _record_search(visit)
    return await _requests(visit)


async def _requests(
    visit: Visit, *, outcome: PressOutcome | None = None, written: Mapping[str, str] | None = None
) -> web.StreamResponse:
    """Return the requests. ``outcome`` and ``written``: of a form that was refused."""
    model = await visit.view(requests_page, words=visit.query(WHO), number=visit.page_number)
    notice = visit.notice_of(outcome) if outcome is not None else None
    return visit.render(
        "privacy_requests.html",
        status=200 if outcome is None else 422,
        notice=notice,
        model=model,
        written=written or {},
    )


async def act_on_request(visit: Visit) -> web.StreamResponse:
    """Send the verb; the download of a confirmed export is answered with the file."""
    form = await visit.form()
    if form.verb == "officer.register":
        outcome = await visit.press(form)
        return visit.back(outcome) if outcome.done else await _requests(visit, outcome=outcome, written=form.data)
    if form.verb != "officer.export":
        return await press_and_return(visit)
    person_id = await visit.view(exportable_person, form.data.get("request_id", ""))
    downloads = visit.desk.downloads
    if downloads is None or downloads.count_request(visit.person.id):
        raise web.HTTPNotFound
    download = await downloads.download(visit.person.id, person_id)
    if download is None:
        raise web.HTTPNotFound
    # Otherwise a proxy such as nginx would keep the data in a file until a slow reader has it.
    headers = {**visit.desk.web.pages.attachment(download.name, "application/zip"), "X-Accel-Buffering": "no"}
    answer = web.StreamResponse(headers=headers)
    await answer.prepare(visit.request)
    try:
        async for chunk in download.chunks:
            await answer.write(chunk)
    except StoreUnavailable:
        # So that no part of the archive passes for the whole.
        if visit.request.transport is not None:
            visit.request.transport.abort()
        return answer
    await answer.write_eof()
    return answer


async def show_inventory(visit: Visit) -> web.StreamResponse:
    """Show every stored field with purpose, ground and retention."""
    words = visit.query("words")
    model = await visit.view(inventory_page, words=words)
    return visit.render("privacy_inventory.html", model=model, words=words, kind=visit.query("kind"))


async def show_record(visit: Visit) -> web.StreamResponse:
    """Show the record of processing activities, for reading; its largest tables one at a time."""
    model = await visit.view(record_page)
    return visit.render("privacy_record.html", model=model, chapter=visit.query("chapter"), most_rows=MOST_ROWS)


async def take_record(visit: Visit) -> web.StreamResponse:
    """Answer with the record as a page that stands alone, as ``heia privacy record --format html`` prints it."""
    document = page_of(await visit.view(record_page), visit.texts.language)
    return visit.download("processing-record.html", "text/html; charset=utf-8", document.encode())


async def show_audit(visit: Visit) -> web.StreamResponse:
    """Show the audit log, filtered. Looking up a person is recorded, as in the chat."""
    wanted = AuditFilter(**{name: visit.query(name) for name in FILTERS})
    model = await visit.view(audit_page, wanted, number=visit.page_number)
    if model.person_id:
        await visit.record("privacy.looked_up", model.person_id, about_person=True)
    elif wanted.person:
        await visit.record("privacy.searched", visit.person.municipality_id or "")
    return visit.render("privacy_audit.html", model=model, wanted=wanted)


async def _record_search(visit: Visit) -> None:
    """Record that the officer searched the registry, without the search words."""
    if visit.query(WHO) and visit.person.has(*OFFICERS):
        await visit.record("privacy.searched", visit.person.municipality_id or "")


_START: Final = DeskPage(
    path=PATH,
    title="desk.privacy.title",
    group=PageGroup.SERVICE,
    roles=HANDLERS,
    show=show_privacy,
    verbs=frozenset({"officer.person", "officer.audit"}),
    act=look_up,
    searched=frozenset({WHO}),
    queues={"requests": waiting_requests},
)
PAGES: Final = (
    _START,
    replace(
        _START,
        path=REQUESTS,
        title="desk.privacy.requests",
        show=show_requests,
        verbs=frozenset(f"officer.{act}" for act in ("register", "confirm", "deliver", "close", "export")),
        act=act_on_request,
        listed=False,
    ),
    replace(_START, path=f"{PATH}/inventory", title="desk.privacy.inventory", show=show_inventory, listed=False),
    replace(_START, path=f"{PATH}/record", title="desk.privacy.record", show=show_record, listed=False),
    replace(_START, path=f"{PATH}/record.html", show=take_record, listed=False),
    replace(
        _START,
        path=f"{PATH}/audit",
        title="desk.privacy.audit",
        roles=OFFICERS,
        show=show_audit,
        listed=False,
        searched=FILTERS,
    ),
)
