"""A form that comes after its session has ended: kept for its person, shown again, never sent by itself."""

import html
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

import bot.channels.web as home
from bot.channels.web.desk.refill import refilled
from bot.channels.web.desk.seal import FormSeal
from bot.channels.web.desk.visit import MOST_KEPT_BYTES
from dialogs.core.person import Person, Role
from dialogs.editing.model import ArticleHead
from tests.e2e.browser.desk_stage import DeskStage
from tests.e2e.browser.stage import KEY
from tests.unit.web.conftest import NOON, HeldClock
from tests.unit.web.test_desk import Browser

ARTICLE = "/desk/articles/password-change"
EVIL = '"></textarea><script>alert(1)</script>&amp;\n  to linjer'
OTHER_KEY = b"o" * 32
# Hidden inputs of the form of an article without a draft.
NEW = {"base_id": "", "new": ""}


@pytest.fixture
async def stage(clock: HeldClock) -> AsyncIterator[DeskStage]:
    stage = DeskStage(clock=clock)
    await stage.start()
    yield stage
    await stage.stop()


async def editor_of(stage: DeskStage, number: int = 0) -> Person:
    """Return one of the editors that may edit the shared articles."""
    first = await stage.holder_of(Role.EDITOR, municipality_id="dgi")
    if number == 0:
        return first
    second = replace(first, id="second-editor", name="En Annen", addresses={})
    await stage.put(second)
    return second


def hidden_inputs(page: str) -> dict[str, str]:
    """Return the hidden inputs of the form that gets a form back."""
    return {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', page)}


async def late_page(browser: Browser, path: str, verb: str, **data: str) -> str:
    """Send a form without a session, and return the page."""
    form = await browser.form_id(path)
    browser.http.cookie_jar.clear()
    answer = await browser.send(path, verb, form=form, **data)
    assert answer.status == 401
    return await answer.text()


async def test_a_late_form_comes_back_with_its_text_and_is_not_sent(stage: DeskStage) -> None:
    editor = await editor_of(stage)
    async with Browser(stage) as browser:
        await browser.enter(editor)
        page = await late_page(browser, ARTICLE, "article.save", **NEW, title_nb=EVIL, review_by="2027-03-01")
        assert "linjer" not in page, "nobody reads it in the page"
        await browser.enter(editor)
        shown = await browser.ask("POST", ARTICLE, data=hidden_inputs(page))
        text = await shown.text()
        assert shown.status == 200
        assert html.escape("<script>alert(1)</script>&amp;") in text
        assert "<script>alert" not in text
        assert 'value="2027-03-01"' in text
        assert 'data-unsaved="true"' in text
        assert await stage.all_of(ArticleHead) == [], "nothing is saved before it is sent again"


async def test_another_person_gets_a_refusal_and_no_text(stage: DeskStage) -> None:
    editor, other = await editor_of(stage), await editor_of(stage, 1)
    async with Browser(stage) as browser:
        await browser.enter(editor)
        page = await late_page(browser, ARTICLE, "article.save", **NEW, answer_nb="hemmelig tekst")
        await browser.enter(other)
        answer = await browser.ask("POST", ARTICLE, data=hidden_inputs(page))
        assert answer.status == 409
        assert "hemmelig" not in await answer.text()
        # Nor with the mark of a form of their own.
        mine = {**hidden_inputs(page), "form": await browser.form_id(ARTICLE)}
        answer = await browser.ask("POST", ARTICLE, data=mine)
        assert (answer.status, "hemmelig" in await answer.text()) == (410, False)


async def test_a_form_of_the_person_before_does_nothing(stage: DeskStage) -> None:
    editor, other = await editor_of(stage), await editor_of(stage, 1)
    async with Browser(stage) as browser:
        await browser.enter(editor)
        form = await browser.form_id(ARTICLE)
        await browser.enter(other)
        answer = await browser.send(ARTICLE, "article.save", form=form, **NEW, title_nb="I feil navn")
        assert answer.status == 409
        assert "feil navn" not in await answer.text()
        assert await stage.all_of(ArticleHead) == []


async def test_rights_are_checked_anew(stage: DeskStage) -> None:
    editor = await editor_of(stage)
    async with Browser(stage) as browser:
        await browser.enter(editor)
        page = await late_page(browser, ARTICLE, "article.save", **NEW, answer_nb="hemmelig tekst")
        await stage.put(replace(editor, roles=frozenset({Role.EMPLOYEE})))
        await browser.enter(editor)
        answer = await browser.ask("POST", ARTICLE, data=hidden_inputs(page))
        assert (answer.status, "hemmelig" in await answer.text()) == (403, False)


@pytest.mark.parametrize(("path", "after"), [(ARTICLE, timedelta(hours=12)), (f"{ARTICLE}-x", timedelta())])
async def test_it_is_kept_twelve_hours_and_for_its_page(
    stage: DeskStage, clock: HeldClock, path: str, after: timedelta
) -> None:
    editor = await editor_of(stage)
    async with Browser(stage) as browser:
        await browser.enter(editor)
        page = await late_page(browser, ARTICLE, "article.save", **NEW, answer_nb="hemmelig tekst")
        clock.at += after
        await browser.enter(editor)
        answer = await browser.ask("POST", path, data=hidden_inputs(page))
        assert (answer.status, "hemmelig" in await answer.text()) == (410, False)


async def test_pressed_before_the_sign_in_it_is_kept_on(stage: DeskStage) -> None:
    editor = await editor_of(stage)
    async with Browser(stage) as browser:
        await browser.enter(editor)
        page = await late_page(browser, ARTICLE, "article.save", **NEW, title_nb="Ny tittel")
        again = await browser.ask("POST", ARTICLE, data=hidden_inputs(page))
        assert again.status == 401
        await browser.enter(editor)
        shown = await browser.ask("POST", ARTICLE, data=hidden_inputs(await again.text()))
        assert 'value="Ny tittel"' in await shown.text()


async def test_text_of_a_form_that_is_gone_is_shown_to_copy(stage: DeskStage) -> None:
    editor = await editor_of(stage)
    async with Browser(stage) as browser:
        await browser.enter(editor)
        page = await late_page(browser, ARTICLE, "article.retire", redirect="", reason="Vi har sluttet med det")
        await browser.enter(editor)
        shown = await browser.ask("POST", ARTICLE, data=hidden_inputs(page))
        assert 'value="Vi har sluttet med det"' in await shown.text()
        page = await late_page(browser, ARTICLE, "article.publish", **NEW, reason="Dette er <b>ferdig</b> nå")
        await browser.enter(editor)
        shown = await browser.ask("POST", ARTICLE, data=hidden_inputs(page))
        assert "Dette er &lt;b&gt;ferdig&lt;/b&gt; nå" in await shown.text()


@pytest.mark.parametrize("characters", [MOST_KEPT_BYTES, 2 * MOST_KEPT_BYTES])
async def test_a_large_form_without_a_session_is_not_read(stage: DeskStage, characters: int) -> None:
    async with Browser(stage) as browser:
        sent = {"form": f"form-{'0' * 32}.{'a' * 22}", "verb": "article.save", "answer_nb": "x" * characters}
        answer = await browser.ask("POST", ARTICLE, data=sent)
        assert answer.status == 401
        assert 'name="kept"' not in await answer.text()


@pytest.mark.parametrize(
    "sent",
    [
        {"form": f"form-{'0' * 32}", "verb": "article.save", "answer_nb": "uten merke"},
        {"form": f"form-{'0' * 32}.{'a' * 22}", "verb": "desk.search", "q": "Kari Nordmann"},
        {"verb": "article.save"},
    ],
)
async def test_a_form_of_no_known_person_is_not_kept(stage: DeskStage, sent: dict[str, str]) -> None:
    async with Browser(stage) as browser:
        answer = await browser.ask("POST", ARTICLE, data=sent)
        assert (answer.status, 'name="kept"' in await answer.text()) == (401, False)


async def test_another_site_gets_no_page_that_keeps_a_form(stage: DeskStage) -> None:
    async with Browser(stage) as browser:
        sent = {"form": f"form-{'0' * 32}.{'a' * 22}", "verb": "article.save", "answer_nb": "x"}
        headers = {"Origin": "https://elsewhere.example"}
        assert (await browser.ask("POST", ARTICLE, data=sent, headers=headers)).status == 403


async def test_the_way_to_sign_in_leads_to_the_same_page_only(stage: DeskStage) -> None:
    async with Browser(stage) as browser:
        sent = {"form": f"form-{'0' * 32}.{'a' * 22}", "verb": "article.save", "answer_nb": "x"}
        query = urlencode({"next": "https://elsewhere.example", "way_in": "//elsewhere.example"})
        page = await (await browser.ask("POST", f"{ARTICLE}?{query}", data=sent)).text()
        assert "elsewhere" not in page
        assert 'href="/chat"' in page


def test_a_mark_is_of_one_form_and_one_person_and_names_nobody() -> None:
    seal, renewed = FormSeal((KEY,)), FormSeal((OTHER_KEY, KEY))
    mark = seal.mark("form-1", person_id="p001")
    assert seal.is_mark(mark, "form-1", person_id="p001")
    assert renewed.is_mark(mark, "form-1", person_id="p001"), "while the key is replaced"
    assert not seal.is_mark(mark, "form-2", person_id="p001")
    assert not seal.is_mark(mark, "form-1", person_id="p002")
    assert not seal.is_mark("æ", "form-1", person_id="p001")
    sealed = seal.keep({"a": ["æ\ud800"]}, mark=mark, path="/desk", at=NOON)
    assert seal.kept(sealed, mark=mark, path="/desk", now=NOON) == {"a": ["æ\ud800"]}
    assert seal.kept(f"A{sealed}", mark=mark, path="/desk", now=NOON) == {}


PAGE = """<!doctype html><!-- a --><form method="post"><input type="hidden" name="verb" value="x.save">
<input type="hidden" name="thing_id" value="1"><input name="a" value="&lt;1&gt;"><textarea name="b">
&amp; &#39;en&#39;</textarea></form><p>&nbsp;&copy;</p>
<form><input type="hidden" name="verb" value="x.save"><input type="hidden" name="thing_id" value="2"><input type="hidden" name="c" value=""><input name="c" type="checkbox" value="yes" checked><input name="d" type="checkbox" value="1"><input name="d" type="checkbox" value="2"><input name="a" value="old"><textarea name="b" rows="2">
old &amp; kept</textarea><select name="e"><option value="">-</option><option value="2" selected>Two</option></select><input type="file" name="f"><button type="submit" name="act" value="go">Go</button></form>"""  # noqa: E501


def test_a_page_is_filled_in_where_the_form_is_about_the_same_and_nowhere_else() -> None:
    inputs = {
        "verb": ["x.save"],
        "thing_id": ["2"],
        "c": [""],
        "d": ["2"],
        "a": ['"&'],
        "b": ["</textarea>"],
        "e": [""],
    }
    filled = refilled(PAGE, inputs)
    assert filled is not None
    first, _, second = filled.partition("<p>")
    assert PAGE.startswith(first)
    assert '<input name="c" type="checkbox" value="yes">' in second
    assert '<input name="d" type="checkbox" value="1">' in second
    assert '<input name="d" type="checkbox" value="2" checked="">' in second
    assert '<input name="a" value="&#34;&amp;">' in second
    assert "&lt;/textarea&gt;</textarea>" in second
    assert "old" not in second
    assert '<option value="" selected="">-</option><option value="2">Two</option>' in second
    assert refilled(PAGE, {**inputs, "thing_id": ["3"]}) is None
    assert refilled(PAGE, {**inputs, "verb": ["x.remove"]}) is None


def test_of_boxes_that_were_ticked_those_alone_come_back_that_the_person_changed() -> None:
    def listed(*numbers: int, ticked: str) -> str:
        boxes = (
            f'<input name="came" type="checkbox" value="{number}"{" checked" if str(number) in ticked else ""}>'
            for number in numbers
        )
        hidden = f'<input type="hidden" name="verb" value="x.save"><input type="hidden" name="ticked" value="{ticked}">'
        return f"<form>{hidden}{''.join(boxes)}</form>"

    now = listed(1, 3, 4, 5, ticked="1,4,5")
    sent = {"verb": ["x.save"], "ticked": ["1,2"], "came": ["2", "3"]}
    changed = now.replace('value="1" checked', 'value="1"').replace('value="3"', 'value="3" checked=""')
    assert refilled(now, sent) == changed


def test_a_page_without_anything_to_fill_in_is_as_it_was() -> None:
    assert refilled(PAGE, {"verb": ["x.save"], "thing_id": ["1"]}) == PAGE


def test_every_name_that_a_script_keeps_in_the_browser_is_in_the_papers() -> None:
    static = Path(home.__file__).parent / "static"
    scripts = [path.read_text("utf-8") for path in sorted(static.glob("*.js"))]
    names = {name for script in scripts for name in re.findall(r'"(heia\.[a-z]+)\.?"', script)}
    papers = (Path(__file__).parents[3] / "docs/access.md").read_text("utf-8")
    assert {"heia.unsent", "heia.desk", "heia.alerts"} <= names
    assert {name for name in names if f"`{name}" not in papers} == set()
