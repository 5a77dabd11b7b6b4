"""The pages of unanswered questions: all themes, and one theme with its actions."""

from typing import Final

from aiohttp import web

from bot.channels.web.desk.articles import PATH as ARTICLES
from bot.channels.web.desk.form import DeskForm
from bot.channels.web.desk.visit import DeskPage, PageGroup, Visit
from dialogs.core.person import Role
from dialogs.unanswered.flow import VERBS
from dialogs.unanswered.suggestion_views import suggestion_view, suggestions_view, waiting_suggestions
from dialogs.unanswered.themes import drafted_article, service_desk_file, theme_view, themes_view

PATH: Final = "/desk/unanswered"
EDITORS: Final = frozenset({Role.EDITOR})
# Which list of the form a verb takes its entry from.
_ENTRY_OF: Final = {"unanswered.phrasings": "article", "unanswered.propose": "article", "unanswered.action": "action"}

# The verbs that write a draft, which the editor goes on with.
_WRITING: Final = frozenset({"unanswered.article", "unanswered.phrasings"})


async def show_themes(visit: Visit) -> web.StreamResponse:
    """Show the themes, and the decisions on earlier ones; or send the list for the service desk as CSV."""
    if visit.query("format") == "csv":
        name = f"{visit.texts('unanswered.service_desk_list.name')}-{visit.desk.web.clock.now():%Y-%m-%d}.csv"
        file = await visit.view(service_desk_file)
        return visit.download(name, "text/csv; charset=utf-8", file.encode())
    model = await visit.view(themes_view, visit.page_number)
    return visit.render("unanswered.html", model=model, suggestions=await visit.view(suggestions_view))


async def show_theme(visit: Visit) -> web.StreamResponse:
    """Show one theme with its questions."""
    model = await visit.view(theme_view, visit.request.match_info["id"])
    return visit.render("theme.html", model=model, written={}, asked="")


async def act_on_theme(visit: Visit) -> web.StreamResponse:
    """Send the form's verb. Once something is done, the theme is no longer open: lead to the draft or the list.

    A refused form is shown again as it was written; one that counts at once, with the question whether it should.
    """
    form = await visit.form()
    data = {**form.data, "theme": visit.request.match_info["id"]}
    if form.verb in _ENTRY_OF:
        data["entry_id"] = form.data.get(_ENTRY_OF[form.verb], "")
    outcome = await visit.press(DeskForm(id=form.id, verb=form.verb, data=data))
    if not outcome.done:
        model = await visit.view(theme_view, visit.request.match_info["id"])
        if form.verb == "unanswered.action" and not outcome.refused:
            return visit.render("theme.html", model=model, written=form.data, asked=outcome.summary)
        notice = visit.notice_of(outcome)
        return visit.render("theme.html", status=422, notice=notice, model=model, written=form.data, asked="")
    written = await visit.view(drafted_article) if form.verb in _WRITING else ""
    return visit.back(outcome, to=f"{ARTICLES}/{written}" if written else PATH)


async def show_suggestion(visit: Visit) -> web.StreamResponse:
    """Show one suggestion with what Heia answers now."""
    model = await visit.view(suggestion_view, visit.request.match_info["id"])
    return visit.render("suggestion.html", model=model, written={})


async def act_on_suggestion(visit: Visit) -> web.StreamResponse:
    """Send the form's verb: the same as a press on the card in the chat. A refused form is shown as it was written."""
    form = await visit.form()
    outcome = await visit.press(form, suggestion_id=visit.request.match_info["id"])
    if outcome.done:
        return visit.back(outcome, to=visit.request.path)
    model = await visit.view(suggestion_view, visit.request.match_info["id"])
    notice = visit.notice_of(outcome)
    return visit.render("suggestion.html", status=422, notice=notice, model=model, written=form.data)


PAGES: Final = (
    DeskPage(
        path=PATH,
        title="unanswered.title",
        group=PageGroup.CONTENT,
        roles=EDITORS,
        show=show_themes,
        verbs=frozenset({"unanswered.reopen"}),
        queues={"suggestions": waiting_suggestions},
    ),
    DeskPage(
        path=f"{PATH}/{{id:[A-Za-z0-9_-]+}}",
        title="unanswered.theme.title",
        roles=EDITORS,
        show=show_theme,
        verbs=frozenset(VERBS) - {"unanswered.reopen"},
        act=act_on_theme,
        listed=False,
    ),
    DeskPage(
        path=f"{PATH}/suggestions/{{id:[A-Za-z0-9_-]+}}",
        title="suggestion.page",
        roles=EDITORS,
        show=show_suggestion,
        verbs=frozenset({"editor.approve", "editor.reject", "editor.undo", "article.publish_suggestion"}),
        act=act_on_suggestion,
        listed=False,
    ),
)
