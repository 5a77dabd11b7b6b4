"""The pages of announcements: list, calendar, composer with its form, and report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from aiohttp import web
from markupsafe import Markup

from bot.channels.web.desk.articles import ReportedLink, reported_links
from bot.channels.web.desk.form import DeskForm, SentFile
from bot.channels.web.desk.rendering import message_html, render
from bot.channels.web.desk.visit import (
    DeskPage,
    PageGroup,
    PageNotice,
    PressOutcome,
    Tone,
    Visit,
    frame_values,
    page_response,
    see_other,
)
from bot.images.cleaning import MAX_BYTES
from dialogs.announce.compose.wording import LINK_FIELDS, MAX_LINKS, lines_of_fields, link_field
from dialogs.announce.views.composer import (
    SAVE,
    ComposerPage,
    composer_page,
    is_draft,
    latest_draft,
    live_preview,
    release_page,
    said_after,
    with_written,
)
from dialogs.announce.views.details import (
    Preview,
    answer_of_plan,
    correction_errors,
    details_page,
    shown_image,
)
from dialogs.announce.views.listing import READERS, calendar_page, list_page, waiting_approvals, waiting_returned
from dialogs.core.event import Refusal
from knowledge.article.article import Language

# The links of the announcement form: a field for each label and address on the page, a line each for the flow.


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    """The fields of one link. ``values`` by field name, ``link1_nb`` to ``link1_url``."""

    number: int
    values: Mapping[str, str]


def form_data(data: Mapping[str, str]) -> dict[str, str]:
    """Return the data of a form as the chat's card would send it."""
    sent = {name: value for name, value in data.items() if not name.startswith("link")}
    if (lines := lines_of_fields(data)) is not None:
        sent["links"] = lines
    return sent


def link_rows(links: str) -> tuple[LinkRow, ...]:
    """Return the fields for links written one a line; a new announcement has empty ones."""
    lines = links.splitlines()[:MAX_LINKS]
    return tuple(_row(number, lines[number - 1] if number <= len(lines) else "") for number in range(1, MAX_LINKS + 1))


def _row(number: int, line: str) -> LinkRow:
    *labels, url = (part.strip() for part in line.split("|")) if line else ("",)
    labels += [""] * (len(Language) - len(labels))
    parts = dict(zip(LINK_FIELDS, [*labels[: len(Language)], url], strict=True))
    return LinkRow(number=number, values={link_field(number, name): value for name, value in parts.items()})


PATH: Final = "/desk/announcements"
# The input for an image of the composer, and of a correction.
IMAGE: Final = "image_file"
ONE: Final = f"{PATH}/{{id:[A-Za-z0-9_-]+}}"
# Buttons of the composer, by the value of ``next``; each saves first. What follows is a place or a verb.
PLACES: Final = {"release": "/send", "links": "?check=1"}
VERBS_AFTER: Final = {"template": "announce.template", "copy": "announce.duplicate"}


async def show_announcements(visit: Visit) -> web.StreamResponse:
    """Show the list with its filters."""
    chosen = {name: visit.query(name) for name in ("state", "municipality", "words")}
    model = await visit.view(list_page, number=visit.page_number, **chosen)
    return visit.render("announcements.html", model=model, chosen=chosen)


async def begin_announcement(visit: Visit) -> web.StreamResponse:
    """Start a draft and lead to its composer."""
    outcome = await visit.press(await visit.form())
    # The heading of the form says what happened.
    return see_other(await _latest(visit)) if outcome.done else visit.back(outcome)


async def show_calendar(visit: Visit) -> web.StreamResponse:
    """Show a month of planned and sent announcements."""
    return visit.render("announcement_calendar.html", model=await visit.view(calendar_page, month=visit.query("month")))


async def show_announcement(visit: Visit) -> web.StreamResponse:
    """Show the composer of a draft, otherwise the report."""
    id_ = visit.request.match_info["id"]
    if not await visit.view(is_draft, id_):
        return await _report(visit, id_)
    model = await visit.view(composer_page, id_)
    return _composer(visit, model, checked=await _reported(visit, model) if visit.query("check") else ())


async def _reported(visit: Visit, model: ComposerPage) -> tuple[ReportedLink, ...]:
    bodies = (value for name, value in model.values.items() if name.startswith("body_"))
    return await reported_links(visit, (*bodies, model.values["links"]))


async def _report(
    visit: Visit, id_: str, *, outcome: PressOutcome | None = None, written: Mapping[str, str] | None = None
) -> web.StreamResponse:
    """Return the report. ``outcome`` and ``written``: of a form that was refused."""
    model = await visit.view(details_page, id_)
    written = written or {}
    reports = visit.desk.reports
    report = await reports.visible_report(visit.person.id, id_) if reports is not None and model.report else None
    course = await report.course() if report is not None else None
    links = written.get("links", model.correction.values["links"] if model.correction else "")
    return visit.render(
        "announcement.html",
        status=200 if outcome is None else 422,
        notice=_refusal(visit, outcome),
        model=model,
        said=outcome.texts if outcome is not None else (),
        written=written,
        errors=await visit.view(correction_errors, id_, written) if f"title_{Language.NB}" in written else {},
        answer_of_time=_answer_of_time(visit, outcome, written),
        cards=_cards(model.previews, id_),
        # A plot is drawn by our own code, which escapes the title.
        plot=Markup(course.plot) if course else "",  # noqa: S704
        bars=course.bars if course else (),
        links=link_rows(links),
    )


async def change_announcement(visit: Visit) -> web.StreamResponse:
    """Send the form's verb. A refused form is shown again as it was written."""
    form = await visit.form()
    id_ = visit.request.match_info["id"]
    sent = DeskForm(id=form.id, verb=form.verb, data={**form_data(form.data), "announcement_id": id_})
    if IMAGE in form.files:
        image_id, reason = await _upload(visit, form.files[IMAGE])
        if reason is not None:
            outcome = PressOutcome(texts=(visit.texts(f"web.image.{reason}"),), refused=True)
            return await _refused(visit, sent, outcome)
        sent = replace(sent, data={**sent.data, "image": image_id})
    outcome = await visit.press(sent)
    if not outcome.done:
        return await _refused(visit, sent, outcome)
    if form.verb == SAVE:
        return await _saved(visit, sent)
    return await _acted(visit, form.verb, outcome)


async def _saved(visit: Visit, saved: DeskForm) -> web.StreamResponse:
    """Go on from a saved draft to where its button leads."""
    id_, chosen = visit.request.match_info["id"], saved.data.get("next", "")
    if verb := VERBS_AFTER.get(chosen):
        model = await visit.view(composer_page, id_)
        outcome = await visit.press(DeskForm(id=f"{saved.id}-next", verb=verb, data=model.data))
        return await _acted(visit, verb, outcome) if outcome.done else await _refused(visit, saved, outcome)
    return await _acted(visit, SAVE, PressOutcome(texts=(), done=True), to=f"{PATH}/{id_}{PLACES.get(chosen, '')}")


async def _acted(visit: Visit, verb: str, outcome: PressOutcome, *, to: str = "") -> web.StreamResponse:
    """Redirect after a verb, with a notice of its outcome."""
    if verb == "announce.duplicate":
        return visit.back(outcome, to=await _latest(visit))
    # An approver does not see the draft that it becomes.
    if verb in {"announce.discard", "announce.reject"}:
        return visit.back(outcome, to=PATH)
    id_ = visit.request.match_info["id"]
    said = await visit.view(said_after, id_, verb=verb)
    return visit.back(replace(outcome, texts=(said,)), to=to or f"{PATH}/{id_}")


async def show_release(visit: Visit) -> web.StreamResponse:
    """Show a saved draft with its send buttons; otherwise the report."""
    return await _release(visit)


async def release_announcement(visit: Visit) -> web.StreamResponse:
    """Send or schedule the edition that the page showed."""
    form = await visit.form()
    data = {**form.data, "announcement_id": visit.request.match_info["id"]}
    outcome = await visit.press(replace(form, data=data))
    if outcome.done:
        return await _acted(visit, form.verb, outcome)
    return await _release(visit, outcome=outcome, planned=data)


async def _release(
    visit: Visit, *, outcome: PressOutcome | None = None, planned: Mapping[str, str] | None = None
) -> web.StreamResponse:
    id_ = visit.request.match_info["id"]
    model = await visit.view(release_page, id_) if await visit.view(is_draft, id_) else None
    if model is None:
        to = f"{PATH}/{id_}"
        return visit.back(outcome, to=to) if outcome is not None else see_other(to)
    return visit.render(
        "announcement_release.html",
        status=200 if outcome is None else 422,
        notice=_refusal(visit, outcome),
        model=model,
        planned=planned or {},
        answer_of_time=_answer_of_time(visit, outcome, planned or {}),
        cards=_cards(model.previews, id_),
    )


def _answer_of_time(visit: Visit, outcome: PressOutcome | None, written: Mapping[str, str]) -> str:
    """Return the answer to the question that a refused form led to, about its time; empty if nothing is asked."""
    if outcome is None:
        return ""
    return answer_of_plan(visit.texts, outcome.texts, day=written.get("day", ""), time=written.get("time", ""))


async def _refused(visit: Visit, sent: DeskForm, outcome: PressOutcome) -> web.StreamResponse:
    """Return the page of a refused form, as it was written."""
    id_ = visit.request.match_info["id"]
    if not await visit.view(is_draft, id_):
        return await _report(visit, id_, outcome=outcome, written=sent.data)
    model = await visit.view(composer_page, id_)
    if sent.verb != SAVE:
        return _composer(visit, model, outcome=outcome)
    shown = await visit.view(live_preview, id_, sent.data)
    return _composer(visit, with_written(model, sent.data, shown), outcome=outcome)


async def _upload(visit: Visit, file: SentFile) -> tuple[str, Refusal | None]:
    """Take in the image of a form, and return its id, or why it is refused. Raises StoreUnavailable."""
    images, person_id = visit.desk.images, visit.person.id
    if images is None:
        return "", Refusal.UNAVAILABLE
    if file.body is None:
        taken = await images.refuse(Refusal.TOO_LARGE, person_id=person_id, name="", size_bytes=MAX_BYTES)
    else:
        taken = await images.accept(file.body, person_id=person_id, name="")
    return taken.id, taken.refused


async def preview_announcement(visit: Visit) -> web.StreamResponse:
    """Answer with the preview of the composer as it is written, unsaved."""
    id_ = visit.request.match_info["id"]
    form = await visit.form()
    preview = await visit.view(live_preview, id_, form_data(form.data))
    body = render(
        "announcement_preview.html", **frame_values(visit.texts), model=preview, cards=_cards(preview.previews, id_)
    )
    return page_response(body)


async def show_announcement_image(visit: Visit) -> web.StreamResponse:
    """Answer with the image of an announcement that the person may look at."""
    id_ = visit.request.match_info["id"]
    images = visit.desk.images
    image_id = await visit.view(shown_image, id_)
    image = await images.get(image_id) if images is not None and image_id else None
    if image is None:
        raise web.HTTPNotFound
    return visit.desk.web.pages.image(image.body, image.media_type)


async def take_report(visit: Visit) -> web.StreamResponse:
    """Answer with the report as a table for spreadsheets."""
    id_ = visit.request.match_info["id"]
    reports = visit.desk.reports
    report = await reports.visible_report(visit.person.id, id_) if reports is not None else None
    if reports is None or report is None:
        raise web.HTTPNotFound
    pages = [page async for page in report.local_table()]
    await reports.taken(visit.person.id, id_)
    # With the byte order mark, spreadsheets read the letters right.
    return visit.download(f"{id_}.csv", "text/csv; charset=utf-8", "".join(["\ufeff", *pages]).encode())


async def _latest(visit: Visit) -> str:
    return f"{PATH}/{await visit.view(latest_draft)}"


def _composer(
    visit: Visit,
    model: ComposerPage,
    *,
    outcome: PressOutcome | None = None,
    checked: Sequence[ReportedLink] = (),
) -> web.Response:
    """Return the composer. ``checked``: links that were tried."""
    return visit.render(
        "announcement_composer.html",
        status=200 if outcome is None else 422,
        notice=_refusal(visit, outcome),
        model=model,
        refused=outcome is not None,
        checked=checked,
        may_check=visit.desk.links is not None,
        links=link_rows(model.values["links"]),
        options={
            name: [(choice.value, choice.name) for choice in model.choices[name]] for name in ("severity", "topic")
        },
        cards=_cards(model.previews, model.id),
    )


def _refusal(visit: Visit, outcome: PressOutcome | None) -> PageNotice | None:
    return replace(visit.notice_of(outcome), tone=Tone.DANGER) if outcome is not None else None


def _cards(previews: Sequence[Preview], id_: str) -> list[tuple[Preview, Markup]]:
    """Return each preview with its card as HTML."""
    return [
        (preview, message_html(preview.message, image=f"{PATH}/{id_}/image" if preview.message.image_id else ""))
        for preview in previews
    ]


WRITING: Final = frozenset(
    f"announce.{act}"
    for act in (
        "preview", "template", "discard", "duplicate", "schedule", "unschedule",
        "approve", "reject", "corrected", "recalled", "resend", "chase",
        "subjects",
    )
)  # fmt: skip
_LIST = DeskPage(
    path=PATH,
    title="desk.announcements.title",
    group=PageGroup.CONTENT,
    roles=READERS,
    show=show_announcements,
    verbs=frozenset({"announce.new"}),
    act=begin_announcement,
    queues={"approvals": waiting_approvals, "returned": waiting_returned},
)
PAGES: Final = (
    _LIST,
    replace(_LIST, path=f"{PATH}/calendar", title="desk.announcements.calendar", show=show_calendar, listed=False),
    replace(
        _LIST,
        path=ONE,
        title="desk.announcements.one",
        show=show_announcement,
        verbs=WRITING,
        files=frozenset({IMAGE}),
        act=change_announcement,
        listed=False,
    ),
    replace(
        _LIST,
        path=f"{ONE}/send",
        title="desk.announcements.release",
        show=show_release,
        verbs=frozenset({"announce.send", "announce.schedule"}),
        act=release_announcement,
        listed=False,
    ),
    replace(
        _LIST,
        path=f"{ONE}/preview",
        show=show_announcement,
        verbs=frozenset({"announce.preview"}),
        act=preview_announcement,
        listed=False,
    ),
    replace(_LIST, path=f"{ONE}/image", show=show_announcement_image, listed=False),
    replace(_LIST, path=f"{ONE}/report.csv", show=take_report, listed=False),
)
