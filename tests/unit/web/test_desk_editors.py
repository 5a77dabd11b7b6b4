"""Pages of editors and leaders over HTTP: what waits, the import of several files, the export, own units."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import aiohttp

from dialogs.core.person import Role
from dialogs.editing.model import ArticleHead, ArticleRevision
from dialogs.handoff.suggestion import Suggestion
from knowledge.article.article import Language
from knowledge.article.bundle import bundled
from knowledge.matching.match import Candidate, Match
from tests.e2e.browser.desk_stage import DeskStage
from tests.unit.web.conftest import HeldClock
from tests.unit.web.test_desk import Browser

FILE = (
    "---\ntitle: {title}\nchanged: 2026-11-01\nreview_by: 2027-11-01\nnew: true\nphrasings: [{title}]\n---\nI gangen.\n"
)


async def test_the_first_page_of_an_editor_says_what_waits(clock: HeldClock) -> None:
    stage = DeskStage(clock=clock)
    await stage.start()
    editor = await stage.holder_of(Role.EDITOR)
    suggestion = Suggestion(
        id="suggestion-1",
        municipality_id=editor.municipality_id or "",
        handoff_id="handoff-1",
        language=Language.NB,
        question="Hvor er grevlingen?",
        answer="I arkivet.",
        by="p001",
        created_at=clock.now() - timedelta(days=1),
    )
    await stage.put(suggestion)
    async with Browser(stage) as browser:
        await browser.enter(editor)
        assert stage.content.texts[editor.language].plural("desk.waiting.suggestions", 1) in await browser.text("/desk")
    await stage.stop()


async def test_a_leader_reads_the_coverage_of_the_own_units(clock: HeldClock) -> None:
    stage = DeskStage(clock=clock)
    await stage.start()
    leader = await stage.holder_of(Role.LEADER)
    texts = stage.content.texts[leader.language]
    async with Browser(stage) as browser:
        await browser.enter(leader)
        page = await browser.text("/desk/coverage")
        assert texts("ambassador.coverage.units") in page or texts("handoff.refused.no_unit") in page
        assert 'href="/desk/people' not in page
    await stage.stop()


async def test_several_files_become_drafts_and_the_export_is_a_zip(clock: HeldClock) -> None:
    stage = DeskStage(clock=clock)
    await stage.start()
    editor = await stage.holder_of(Role.EDITOR)
    own = editor.municipality_id or ""
    texts = stage.content.texts[editor.language]
    async with Browser(stage) as browser:
        await browser.enter(editor)
        form = aiohttp.FormData(default_to_multipart=True)
        for name, value in (("form", f"form-{1:032x}"), ("verb", "article.import"), ("act", "try"), ("language", "nb")):
            form.add_field(name, value)
        form.add_field("municipality_id", own)
        for stem in ("grevling", "elg"):
            form.add_field("file", FILE.format(title=f"Hvor er {stem}").encode(), filename=f"{stem}.md")
        page = await (await browser.ask("POST", "/desk/articles/+import", data=form)).text()
        assert texts.plural("article.import_save", 2) in page
        text = bundled((f"articles/nb/{stem}.md", FILE.format(title=f"Hvor er {stem}")) for stem in ("grevling", "elg"))
        await browser.send("/desk/articles/+import", "article.import", text=text, language="nb", municipality_id=own)
        assert {each.article_id for each in await stage.all_of(ArticleHead)} == {"grevling", "elg"}
        exported = await browser.ask("GET", "/desk/articles/+export")
        names = zipfile.ZipFile(io.BytesIO(await exported.read())).namelist()
        assert (exported.status, exported.content_type) == (200, "application/zip")
        assert all(name.startswith("articles/") for name in names)
    await stage.stop()


async def test_what_was_not_saved_comes_back_to_its_author_alone(clock: HeldClock) -> None:
    stage = DeskStage(clock=clock)
    await stage.start()
    editor = await stage.holder_of(Role.EDITOR, municipality_id="dgi")
    other = replace(editor, id="second-editor", name="En Annen", addresses={})
    await stage.put(other)
    texts, path = stage.content.texts[editor.language], "/desk/articles/password-change"
    async with Browser(stage) as browser:
        await browser.enter(editor)
        form = await browser.form_id(path)
        sent = {"base_id": "", "new": "", "answer_nb": "<b>Halvferdig</b> 01019010046"}
        answer = await browser.send(f"{path}/unsaved", "article.save", form=form, **sent)
        assert (answer.status, await answer.text()) == (204, "")
        page = await browser.text(path)
        assert texts("article.unsaved_get") in page
        assert "Halvferdig" not in page, "shown when asked for"
        page = await browser.text(f"{path}?unsaved=1")
        assert "&lt;b&gt;Halvferdig&lt;/b&gt;" in page
        assert "01019010046" not in page
        assert 'data-unsaved="true"' in page
        await browser.enter(other)
        for address in (path, f"{path}?unsaved=1"):
            page = await browser.text(address)
            assert "Halvferdig" not in page
            assert texts("article.unsaved_get") not in page
        assert (await browser.send(f"{path}/unsaved", "article.save", form=form, **sent)).status == 409
        await browser.enter(editor)
        await browser.send(path, "article.save", form=form, **sent)
        assert texts("article.unsaved_get") not in await browser.text(path), "the form's own id was still good for it"
        [head] = await stage.all_of(ArticleHead)
        assert head.draft_id is not None
    await stage.stop()


async def finds_password_change(utterances: Sequence[str], **_: object) -> tuple[Match, ...]:
    best = Candidate(article_id="password-change", confidence=0.9)
    return tuple(
        Match(utterance=each, language="nb", small_talk=None, candidates=(best,), precision=0.9) for each in utterances
    )


async def test_the_page_of_a_publication_says_when_readers_get_it(clock: HeldClock) -> None:
    stage = DeskStage(clock=clock)
    await stage.start()
    editor = await stage.holder_of(Role.EDITOR, municipality_id="dgi")
    path = "/desk/articles/password-change"
    async with Browser(stage) as browser:
        await browser.enter(editor)
        assert "data-live=" not in await browser.text(path), "nothing of the desk is published"
        await browser.send(path, "article.save", base_id="", answer_nb="Trykk på **Bytt passord**.")
        [head] = await stage.all_of(ArticleHead)
        await browser.send(path, "article.publish", base_id=head.draft_id or "")
        page = await browser.text(path)
        assert 'data-live="waiting"' in page
        assert "desk-live.js" in page
        assert 'data-live="waiting"' in await browser.text(f"{path}/live")
        [revision] = [each for each in await stage.all_of(ArticleRevision) if each.in_use]
        book = revision.to_change().applied_to(stage.content.articles)
        stage.content = replace(stage.content, articles=book)
        stage.match_each = finds_password_change  # type: ignore[method-assign]
        assert 'data-live="live"' in await browser.text(f"{path}/live")
        page = await browser.text(path)
        assert 'data-live="live"' in page
        assert "desk-live.js" not in page
    await stage.stop()
