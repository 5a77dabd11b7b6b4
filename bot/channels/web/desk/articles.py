"""The pages of articles: list, new article, editor with preview, history, files and links."""

import asyncio
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Final

from aiohttp import web
from markupsafe import Markup

from bot.channels.web.desk.form import MOST_TEXT_BYTES, DeskForm, SentFile, text_of_file
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
    press_and_return,
)
from bot.channels.web.desk.word_file import is_word, markdown_of_word
from bot.content.link_check import LinkState
from bot.directory.file_rows import MAX_ENTRIES, BadPackage, check_directory
from dialogs.core.person import Role
from dialogs.core.slug import slug
from dialogs.editing.history import history_view
from dialogs.editing.imported import import_fault, import_view
from dialogs.editing.listing import ArticleFilter, articles_view, exported_files, exported_table
from dialogs.editing.reading import ArticlePage, LiveState, article_view, beside_draft, live_state
from dialogs.editing.standing import ArticleState, article_state
from dialogs.editing.unsaved import unsaved_of
from dialogs.editing.waiting import waiting_drafts, waiting_reviews
from dialogs.rehearsal.asked import rehearsal_note
from knowledge.article.article import Language
from knowledge.article.bundle import bundled, named_file
from knowledge.article.importing import BadImport, ImportRule
from knowledge.article.links import links

# The links of an editor's texts, tried on the hosts that the operator lists, for a page.


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedLink:
    """One address with its finding in words. ``warns``: readers may not get there."""

    url: str
    told: str
    warns: bool


async def reported_links(visit: Visit, texts: Iterable[str], more: Iterable[str] = ()) -> tuple[ReportedLink, ...]:
    """Return the addresses in Markdown texts, and ``more``, tried; none without hosts that may be tried."""
    checker = visit.desk.links
    if checker is None:
        return ()
    addresses = [*(link.url for text in texts for link in links(text)), *more]
    checked = await checker.check(url for url in addresses if url.startswith(("http://", "https://")))
    return tuple(
        ReportedLink(
            url=link.url,
            told=visit.texts(f"link.state.{link.state}", detail=link.detail),
            warns=link.state in {LinkState.GONE, LinkState.SILENT, LinkState.PRIVATE},
        )
        for link in checked
    )


# Article files of a form: Word, text files, several at once, or a zip of the folder; and the zip of the export.

_MARKDOWN: Final = ".md"
_ZIP: Final = ".zip"
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,  # encrypted; its subclass NotImplementedError means an unknown compression method
    ValueError,
    BadPackage,
)


def text_of_articles(files: Sequence[SentFile], language: str) -> str:
    """Return the files of a form as one text for the import. Raises BadImport.

    Args:
        language: of a Markdown file, since a single one comes without its folder.

    Slow for Word.
    """
    if documents := [file for file in files if is_word(file)]:
        if len(documents) < len(files):
            raise BadImport(ImportRule.MIXED)
        return _of_size("\n".join(map(markdown_of_word, documents)))
    if not any(file.name.lower().endswith((_MARKDOWN, _ZIP)) for file in files):
        if len(files) > 1:
            raise BadImport(ImportRule.ONE_TABLE)
        return _checked(text_of_file(files[0]), files[0])
    articles: dict[str, str] = {}
    for file in files:
        if file.body is None:
            raise BadImport(ImportRule.SIZE, most=MOST_TEXT_BYTES // 2**20)
        if file.name.lower().endswith(_ZIP):
            articles.update(_unpacked(file.body))
        else:
            articles[_name_of(file.name, language)] = _checked(text_of_file(file), file)
    if not articles:
        raise BadImport(ImportRule.NO_FILES)
    return _of_size(bundled(sorted(articles.items())))


def _of_size(text: str) -> str:
    if len(text.encode()) > MOST_TEXT_BYTES:
        raise BadImport(ImportRule.SIZE, most=MOST_TEXT_BYTES // 2**20)
    return text


def zip_of_articles(files: Iterable[tuple[str, str]]) -> bytes:
    """Return files as a zip, the same bytes for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files:
            archive.writestr(
                zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), text, compress_type=zipfile.ZIP_DEFLATED
            )
    return out.getvalue()


def _name_of(sent: str, language: str) -> str:
    """Return the name of a file that was sent without its folder."""
    stem = PurePosixPath(sent.replace("\\", "/")).stem
    spoken = Language.from_code(language)
    return named_file(f"{spoken}/{stem}.md") or f"articles/{spoken}/{slug(stem) or 'artikkel'}.md"


def _checked(text: str, file: SentFile) -> str:
    if not text and file.body != b"":
        raise BadImport(ImportRule.SIZE, most=MOST_TEXT_BYTES // 2**20)
    return text


def _unpacked(body: bytes) -> dict[str, str]:
    """Return the article files of a zip by name. Nothing is written, and no more is unpacked than an import takes."""
    try:
        return dict(_entries(body))
    except _BROKEN:
        raise BadImport(ImportRule.ZIP) from None


def _entries(body: bytes) -> Iterator[tuple[str, str]]:
    check_directory(io.BytesIO(body))
    left = MOST_TEXT_BYTES
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        entries = archive.infolist()
        if len(entries) > MAX_ENTRIES:
            raise BadPackage(f"more than {MAX_ENTRIES:,} parts")
        for entry in entries:
            # The copies that macOS adds begin with a dot.
            name = named_file(entry.filename)
            if name is None or "__MACOSX" in entry.filename:
                continue
            with archive.open(entry) as part:
                # The size stated in the zip may be false.
                read = part.read(left + 1)
            left -= len(read)
            if left < 0:
                raise BadImport(ImportRule.SIZE, most=MOST_TEXT_BYTES // 2**20)
            yield name, read.decode("utf-8-sig")


PATH: Final = "/desk/articles"
IMPORT: Final = f"{PATH}/+import"
ONE: Final = f"{PATH}/{{key:[A-Za-z0-9_-]+(?:@[A-Za-z0-9_-]+)?}}"


async def show_articles(visit: Visit) -> web.StreamResponse:
    """Show the list with search and filters."""
    model = await visit.view(
        articles_view,
        words=visit.query("q", most=300),
        chosen=visit.query("show"),
        place=visit.query("place"),
        topic=visit.query("topic"),
        number=visit.page_number,
    )
    filters = [(state, f"{visit.texts(f'article.filter.{state}')} ({model.counts[state]})") for state in ArticleFilter]
    topics = [(topic, topic) for topic in model.topics]
    return visit.render("articles.html", model=model, filters=filters, topics=topics)


async def begin_article(visit: Visit) -> web.StreamResponse:
    """Begin a new article under an id made of its title, and lead to it."""
    form = await visit.form()
    article_id = slug(form.data.get("title", ""))
    if not article_id:
        return visit.back(refused(visit, "article.no_title"))
    place = form.data.get("municipality_id", "")
    outcome = await visit.press(form, article_id=article_id)
    key = f"{article_id}@{place}" if place else article_id
    return visit.back(outcome, to="" if outcome.refused else f"{PATH}/{key}")


async def show_article(visit: Visit) -> web.StreamResponse:
    """Show the editor of an article, with what its reader has not saved if they ask for it."""
    key = visit.request.match_info["key"]
    if visit.query("unsaved") and (unsaved := await visit.view(unsaved_of, key)) is not None:
        model = await visit.view(article_view, key, form=unsaved.data)
        return await editor_page(
            visit, model, notice=PageNotice(text=visit.texts("article.unsaved_back")), unsaved=True
        )
    model = await visit.view(
        article_view,
        key,
        revision_id=visit.query("revision"),
        mine_id=visit.query("mine"),
    )
    return await editor_page(visit, model)


async def change_article(visit: Visit) -> web.StreamResponse:
    """Send the form's verb, or show the form again with its preview or its check."""
    form = await visit.form()
    key = visit.request.match_info["key"]
    if (act := form.data.get("act")) in {"preview", "check"}:
        checks = act == "check"
        model = await visit.view(article_view, key, form=form.data, check=checks)
        notice = PageNotice(text=visit.texts("article.check_unsaved" if checks else "article.preview_unsaved"))
        checked = await _reported(visit, model) if checks else ()
        return await editor_page(visit, model, notice=notice, unsaved=True, checked=checked)
    outcome = await press_of_article(visit, form)
    if outcome.done and form.verb == "article.save" and (mine := await visit.view(beside_draft, key)):
        return visit.back(outcome, to=f"{PATH}/{key}?mine={mine}")
    if outcome.done:
        if form.verb == "article.save":
            # The way on for keyboard users: the form between is long.
            outcome = replace(outcome, href="#go", label=visit.texts("article.to_publish"))
        gone = await visit.view(article_state, key) in {ArticleState.DISCARDED, ArticleState.ABSENT}
        return visit.back(outcome, to=PATH if gone else visit.request.path)
    # Shown again as it was written.
    refused_save = form.verb == "article.save"
    model = await visit.view(article_view, key, form=form.data if refused_save else None)
    notice = visit.notice_of(outcome)
    return await editor_page(visit, model, notice=notice, written=form.data, unsaved=refused_save)


async def press_of_article(visit: Visit, form: DeskForm) -> PressOutcome:
    """Send the form's verb for the article of the address."""
    article_id, _, municipality_id = visit.request.match_info["key"].partition("@")
    return await visit.press(form, article_id=article_id, municipality_id=municipality_id)


async def preview_article(visit: Visit) -> web.StreamResponse:
    """Answer with the preview of the form as it is written, unsaved."""
    form = await visit.form()
    model = await visit.view(article_view, visit.request.match_info["key"], form=form.data)
    body = render("article_preview.html", **frame_values(visit.texts), model=model, cards=_cards(model))
    return page_response(body)


async def show_live(visit: Visit) -> web.StreamResponse:
    """Answer with whether readers get the publication, for the page that waits for it."""
    state = await visit.view(live_state, visit.request.match_info["key"])
    return page_response(render("article_live.html", **frame_values(visit.texts), live=state))


async def keep_unsaved(visit: Visit) -> web.StreamResponse:
    """Keep the form as it is written, for its author alone."""
    form = await visit.form()
    # The form's own id is for saving it.
    own = replace(form, id=visit.desk.web.rng.new_id("form"), verb="article.keep_unsaved")
    outcome = await press_of_article(visit, own)
    return web.Response(status=422 if outcome.refused else 204)


async def show_history(visit: Visit) -> web.StreamResponse:
    """Show the history with its editors."""
    model = await visit.view(history_view, visit.request.match_info["key"], number=visit.page_number)
    return visit.render("article_history.html", model=model)


async def change_history(visit: Visit) -> web.StreamResponse:
    """Send the form's verb, and show the history again."""
    return visit.back(await press_of_article(visit, await visit.form()), to=visit.request.path)


async def show_import(visit: Visit) -> web.StreamResponse:
    """Show the empty form of an import."""
    return visit.render("article_import.html", model=await visit.view(import_view))


async def run_import(visit: Visit) -> web.StreamResponse:
    """Show what would become of an import, or save its drafts."""
    form = await visit.form()
    if form.files:
        try:
            text = await asyncio.to_thread(text_of_articles, [*form.files.values()], form.data.get("language", ""))
        except BadImport as fault:
            reason = import_fault(visit.texts, fault)
            bad = PageNotice(text=visit.texts("article.import_bad", reason=reason), tone=Tone.DANGER)
            model = await visit.view(import_view, language=form.data.get("language", ""))
            return visit.render("article_import.html", status=422, model=model, notice=bad)
        form = replace(form, data={**form.data, "text": text})
    outcome = None if form.data.get("act") == "try" else await visit.press(form)
    if form.verb == "article.undo_import" and outcome is not None:
        return visit.back(outcome)
    if outcome is not None and outcome.done:
        undoing = replace(outcome, href=f"{IMPORT}#undo", label=visit.texts("article.import_undo"))
        return visit.back(undoing, to=f"{PATH}?show={ArticleFilter.DRAFT}")
    model = await visit.view(
        import_view,
        text=form.data.get("text", ""),
        language=form.data.get("language", ""),
        municipality_id=form.data.get("municipality_id", ""),
        taken=form.data.get("take", ""),
    )
    # The fault of a text is on the page already.
    notice = visit.notice_of(outcome) if outcome is not None and not model.fault else None
    return visit.render("article_import.html", model=model, notice=notice)


async def export_articles(visit: Visit) -> web.StreamResponse:
    """Return the articles that the editor may change, as a zip of Markdown or as CSV."""
    day = f"{visit.desk.web.clock.now():%Y-%m-%d}"
    name = f"{visit.texts('article.export_name')}-{day}"
    if visit.query("format") == "csv":
        table = await visit.view(exported_table)
        return visit.download(f"{name}.csv", "text/csv; charset=utf-8", table.encode())
    files = await visit.view(exported_files)
    packed = await asyncio.to_thread(zip_of_articles, files)
    return visit.download(f"{name}.zip", "application/zip", packed)


async def _reported(visit: Visit, model: ArticlePage) -> tuple[ReportedLink, ...]:
    source = model.common["source_url"]
    return await reported_links(visit, (version.answer for version in model.languages), [source] if source else [])


async def editor_page(
    visit: Visit,
    model: ArticlePage,
    *,
    notice: PageNotice | None = None,
    written: Mapping[str, str] | None = None,
    unsaved: bool = False,
    checked: Sequence[ReportedLink] = (),
) -> web.Response:
    """Return the page of an article.

    Args:
        written: what a refused form had.
        unsaved: the form has text that was not saved.
        checked: links that were tried.
    """
    rehearsed = await visit.view(rehearsal_note, model.key) if model.draft else None
    live = await visit.view(live_state, model.key) if model.origin in {"desk", "retired"} else LiveState.NONE
    kept = await visit.view(unsaved_of, model.key) if model.may_edit and not unsaved else None
    return visit.render(
        "article.html",
        model=model,
        cards=_cards(model),
        notice=notice,
        written=written or {},
        rehearsed=rehearsed,
        unsaved=unsaved,
        kept=visit.texts.moment(kept.at) if kept is not None else "",
        checked=checked,
        live=live,
        tries_links=visit.desk.links is not None,
    )


def refused(visit: Visit, key: str) -> PressOutcome:
    """Return the refusal of a form that is not sent to a flow."""
    return PressOutcome(texts=(visit.texts(key),), refused=True)


def _cards(model: ArticlePage) -> list[tuple[str, str, str, Markup]]:
    """Return code and name of each language with a text, the length of the answer, and its card as HTML."""
    return [
        (version.language, version.name, version.length, message_html(version.preview))
        for version in model.languages
        if version.preview is not None
    ]


_LIST = DeskPage(
    path=PATH,
    title="desk.articles.title",
    group=PageGroup.CONTENT,
    roles=frozenset({Role.EDITOR}),
    show=show_articles,
    verbs=frozenset({"article.start"}),
    act=begin_article,
    queues={"drafts": waiting_drafts, "reviews": waiting_reviews},
)
WRITING: Final = frozenset(
    f"article.{act}"
    for act in ("save", "drop_unsaved", "publish", "unschedule", "discard", "retire", "withdraw", "keep")
)
PAGES: Final = (
    _LIST,
    replace(
        _LIST,
        path=IMPORT,
        title="desk.articles.import",
        show=show_import,
        verbs=frozenset({"article.import", "article.undo_import"}),
        files=frozenset({"file"}),
        several=True,
        act=run_import,
        listed=False,
    ),
    replace(
        _LIST,
        path=f"{PATH}/+export",
        title="article.export_link",
        show=export_articles,
        verbs=frozenset(),
        act=press_and_return,
        listed=False,
    ),
    replace(
        _LIST,
        path=ONE,
        title="desk.articles.one",
        show=show_article,
        verbs=WRITING,
        act=change_article,
        listed=False,
    ),
    replace(
        _LIST,
        path=f"{ONE}/preview",
        show=show_article,
        verbs=frozenset({"article.save"}),
        act=preview_article,
        listed=False,
    ),
    replace(
        _LIST,
        path=f"{ONE}/live",
        show=show_live,
        verbs=frozenset(),
        act=press_and_return,
        listed=False,
    ),
    replace(
        _LIST,
        path=f"{ONE}/unsaved",
        show=show_article,
        verbs=frozenset({"article.save"}),
        act=keep_unsaved,
        listed=False,
    ),
    replace(
        _LIST,
        path=f"{ONE}/history",
        title="desk.articles.history",
        show=show_history,
        verbs=frozenset({"article.roll_back"}),
        act=change_history,
        listed=False,
    ),
)
