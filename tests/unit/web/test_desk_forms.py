"""Forms of the desk without a script: with files, and shown again as they were written when they are refused."""

import html
import io
import re
from codecs import BOM_UTF16_LE
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.content.link_check import LinkChecker, LinkFinding, LinkState
from bot.images.cleaning import MAX_BYTES
from bot.images.files import FileImages
from dialogs.announce.model import Announcement, AnnouncementState, Wording
from dialogs.core.person import Person, Role
from dialogs.insight.model import end_of, last_closed_week
from dialogs.insight.suppression import Band
from dialogs.unanswered.theme import Theme, ThemeWeek
from knowledge.article.article import Language
from tests.e2e.browser.desk_stage import DeskStage
from tests.unit.images.pictures import drawn, file_of
from tests.unit.web.conftest import HeldClock
from tests.unit.web.test_desk import Browser


@pytest.fixture
async def browser(clock: HeldClock, tmp_path: Path) -> AsyncIterator[Browser]:
    stage = DeskStage(clock=clock, images=FileImages(tmp_path))
    await stage.start()
    async with Browser(stage) as client:
        yield client
    await stage.stop()


async def entered(browser: Browser, *roles: Role, municipality_id: str | None = None) -> Person:
    person = await browser.stage.holder_of(*roles, municipality_id=municipality_id)
    await browser.enter(person)
    return person


def value_of(page: str, name: str) -> str:
    """Return the value of a field: of an input, of a textarea, or the selected choice."""
    if area := re.search(rf'<textarea[^>]* name="{name}"[^>]*>\n([^<]*)</textarea>', page):
        return html.unescape(area[1])
    if select := re.search(rf'<select[^>]* name="{name}"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', select[1])
        return html.unescape(chosen[1]) if chosen else ""
    found = re.search(rf'<input[^>]* name="{name}"[^>]*? value="([^"]*)"', page)
    assert found is not None, name
    return html.unescape(found[1])


def is_ticked(page: str, name: str) -> bool:
    found = re.search(rf'<input[^>]* name="{name}"[^>]*>', page)
    assert found is not None, name
    return " checked" in found[0]


async def themed(stage: DeskStage, person: Person) -> str:
    """Put a theme of the last closed week, and return its page."""
    assert person.municipality_id is not None
    week = last_closed_week(stage.clock.now())
    theme = Theme(
        entry_id="screen-blurry",
        sentence="skjermen er uskarp",
        language=Language.NB,
        terms=("skjerm", "kontoret"),
        people=Band.FEW,
    )
    await stage.put(
        ThemeWeek(municipality_id=person.municipality_id, week=week, themes=(theme,), ended_at=end_of(week))
    )
    return f"/desk/unanswered/{week}-1"


class GoneLinks(LinkChecker):
    """Finds every page gone, and remembers what was tried."""

    def __init__(self) -> None:
        self.tried: list[str] = []

    async def check(self, urls: Iterable[str]) -> list[LinkFinding]:
        self.tried = list(urls)
        return [LinkFinding(url=url, state=LinkState.GONE, detail="404") for url in self.tried]


async def test_links_are_tried_when_an_editor_asks_for_it(clock: HeldClock) -> None:
    links = GoneLinks()
    stage = DeskStage(clock=clock, links=links)
    await stage.start()
    async with Browser(stage) as browser:
        await entered(browser, Role.EDITOR, municipality_id="dgi")
        page = "/desk/articles/password-change"
        answer = "Se [siden](https://a.example/x) eller skriv til <mailto:b@a.example>, http://c.example."
        await browser.send(page, "article.save", answer_nb=answer, source_url="https://s.example/kilde")
        await browser.text(page)
        assert links.tried == []
        unsaved = answer.replace("a.example", "d.example")
        more = {"answer_nb": unsaved, "source_url": "https://s.example/kilde"}
        checked = await browser.send(page, "article.save", act="check", **more)
        assert set(links.tried) >= {"https://d.example/x", "http://c.example", "https://s.example/kilde"}
        shown = await checked.text()
        assert "Siden finnes ikke (404)." in shown
        assert value_of(shown, "answer_nb") == unsaved, "and keeps what was written"
        assert 'data-unsaved="true"' in shown
        # Both take the saved text, not the one that the editor sees.
        assert "article.publish" not in shown
        assert "rehearsal.start" not in shown
        assert "Lagre utkastet først." in shown
        assert value_of(await browser.text(page), "answer_nb") == answer, "nothing was saved"
        path = await drafted(browser)
        written = {**WRITTEN, "link1_nb": "Les", "link1_url": "https://l.example", "body_nb": "[k](https://k.example)"}
        await browser.send(path, "announce.preview", **written)
        assert "Lagre og prøv lenkene" in await browser.text(path)
        await browser.text(f"{path}?check=1")
        assert links.tried == ["https://k.example", "https://l.example"]
    await stage.stop()


async def test_a_refused_theme_keeps_title_phrasings_and_choices(browser: Browser) -> None:
    editor = await entered(browser, Role.EDITOR)
    path = await themed(browser.stage, editor)
    page = await browser.text(path)
    assert value_of(page, "phrasings") == "skjermen er uskarp\nskjerm kontoret"
    answer = await browser.send(path, "unanswered.article", title="?!", phrasings="ny skjerm", action="talk")
    page = await answer.text()
    assert answer.status == 422
    assert "Skriv en tittel." in page
    assert (value_of(page, "title"), value_of(page, "phrasings")) == ("?!", "ny skjerm")
    answer = await browser.send(path, "unanswered.phrasings", title="Ny skjerm", article="mfa-setup")
    page = await answer.text()
    assert (value_of(page, "title"), value_of(page, "article")) == ("Ny skjerm", "mfa-setup")
    answer = await browser.send(path, "unanswered.article", title="Ny skjerm", phrasings="ny skjerm på kontoret")
    assert answer.status == 303


async def test_a_refused_import_keeps_its_text(browser: Browser) -> None:
    await entered(browser, Role.EDITOR, municipality_id="dgi")
    text = "Spørsmål;Tekst\nHvor er skanneren?;I gangen.\n"
    answer = await browser.send("/desk/articles/+import", "article.import", text=text, language="nn")
    page = await answer.text()
    assert "Første linje må ha kolonnene" in page
    assert (value_of(page, "text"), value_of(page, "language")) == (text, "nn")


async def test_a_refused_plan_of_an_article_keeps_its_time(browser: Browser) -> None:
    await entered(browser, Role.EDITOR, municipality_id="dgi")
    page = "/desk/articles/password-change"
    assert (await browser.send(page, "article.start")).status == 400, "it has no such verb"
    await browser.send(page, "article.save", answer_nb="Trykk Ctrl + Alt + Delete.")
    answer = await browser.send(page, "article.publish", publish_at="2020-01-01T08:00")
    assert value_of(await answer.text(), "publish_at") == "2020-01-01T08:00"
    answer = await browser.send(page, "article.retire", redirect="ukjent", reason="Dobbelt opp")
    shown = await answer.text()
    assert 'id="retire-reason" name="reason" type="text" value="Dobbelt opp"' in shown


async def test_a_planned_new_article_opens_and_a_discarded_one_leads_to_the_list(browser: Browser) -> None:
    await entered(browser, Role.EDITOR, municipality_id="dgi")
    begun = await browser.send("/desk/articles", "article.start", title="Papegøyen er stum", language="nb")
    page = begun.headers["Location"]
    written = {"answer_nb": "Gi den nøtter.", "source_title_nb": "Dyrlegen", "phrasings_nb": "papegøyen er taus"}
    await browser.send(page, "article.save", new="true", base_id=await base_of(browser, page), **written)
    at = f"{browser.stage.clock.now() + timedelta(days=3):%Y-%m-%dT%H:%M}"
    planned = await browser.send(page, "article.publish", base_id=await base_of(browser, page), publish_at=at)
    assert (planned.status, planned.headers["Location"]) == (303, page)
    shown = await browser.text(page)
    assert "Artikkelen blir publisert" in shown
    assert "Gi den nøtter." in shown
    await browser.send(page, "article.unschedule")
    gone = await browser.send(page, "article.discard")
    assert (gone.status, gone.headers["Location"]) == (303, "/desk/articles#notice")
    assert "Utkastet er forkastet" in await browser.text("/desk/articles")
    assert (await browser.ask("GET", page)).status == 200, "its last text is there to take up again"


async def base_of(browser: Browser, page: str) -> str:
    return value_of(await browser.text(page), "base_id")


async def test_a_refused_correction_keeps_all_it_says(browser: Browser) -> None:
    announcer = await entered(browser, Role.ANNOUNCER)
    now = browser.stage.clock.now()
    sent = Announcement(
        id="a1",
        author_id=announcer.id,
        municipality_id=announcer.municipality_id or "",
        desk="x",
        state=AnnouncementState.SENT,
        wordings={Language.NB: Wording(title="Teams er nede", body="Vi jobber med saken.")},
        started_at=now,
        created_at=now,
        changed_at=now,
    )
    await browser.stage.put(sent)
    written = {"title_nb": "Teams er oppe", "body_nb": "", "link1_nb": "Status", "link1_url": "http://usikker.example"}
    answer = await browser.send("/desk/announcements/a1", "announce.corrected", edition="0", alt_nb="Kart", **written)
    page = await answer.text()
    assert answer.status == 422
    for name, value in {**written, "alt_nb": "Kart"}.items():
        assert value_of(page, name) == value


async def sent_with_file(
    browser: Browser, path: str, verb: str, name: str, body: bytes, **data: str
) -> aiohttp.ClientResponse:
    """Send a form as a browser does that has a file in it; texts stand before and behind the file."""
    form = aiohttp.FormData(default_to_multipart=True)
    form.add_field("form", await browser.form_id(path))
    form.add_field("verb", verb)
    form.add_field(name, io.BytesIO(body), filename="fil.png", content_type="image/png")
    for key, value in data.items():
        form.add_field(key, value)
    return await browser.ask("POST", path, data=form)


async def drafted(browser: Browser) -> str:
    await entered(browser, Role.ANNOUNCER)
    answer = await browser.send("/desk/announcements", "announce.new")
    return answer.headers["Location"]


WRITTEN = {"edition": "0", "title_nb": "Kart", "body_nb": "Slik\r\nfinner du fram.", "alt_nb": "Et kart"}


async def test_an_image_comes_with_the_form(browser: Browser) -> None:
    path = await drafted(browser)
    answer = await sent_with_file(browser, path, "announce.preview", "image_file", file_of(drawn()), **WRITTEN)
    assert answer.status == 303
    page = await browser.text(path)
    assert f'<img class="desk-picture" src="{path}/image" alt="Et kart">' in page
    assert value_of(page, "body_nb") == "Slik\nfinner du fram."
    assert (await browser.ask("GET", f"{path}/image")).headers["Content-Type"] == "image/png"
    answer = await sent_with_file(browser, path, "announce.preview", "image_file", b"", **{**WRITTEN, "edition": "1"})
    assert "desk-picture" in await browser.text(path), "an empty field keeps the image"


@pytest.mark.parametrize(
    ("body", "told"),
    [(b"GIF89a no", "web.image.not_image"), (b"x" * (MAX_BYTES + 1), "web.image.too_large")],
    ids=["none", "large"],
)
async def test_a_refused_image_is_named_and_nothing_written_is_lost(browser: Browser, body: bytes, told: str) -> None:
    path = await drafted(browser)
    answer = await sent_with_file(browser, path, "announce.preview", "image_file", body, **WRITTEN)
    page = await answer.text()
    assert answer.status == 422
    assert browser.stage.content.texts[Language.NB](told) in html.unescape(page)
    assert (value_of(page, "title_nb"), value_of(page, "alt_nb")) == ("Kart", "Et kart")


async def test_an_image_that_is_in_waits_while_the_rest_is_mended(browser: Browser) -> None:
    path = await drafted(browser)
    faulty = {**WRITTEN, "title_nb": ""}
    answer = await sent_with_file(browser, path, "announce.preview", "image_file", file_of(drawn()), **faulty)
    image_id = value_of(await answer.text(), "image")
    assert image_id.startswith("image-")
    answer = await browser.send(path, "announce.preview", image=image_id, **WRITTEN)
    assert answer.status == 303
    assert "desk-picture" in await browser.text(path)


@pytest.mark.parametrize("encoded", ["utf-8-sig", "cp1252", "utf-16"])
async def test_an_import_takes_the_files_that_spreadsheets_write(browser: Browser, encoded: str) -> None:
    await entered(browser, Role.EDITOR, municipality_id="dgi")
    text = "Spørsmål;Svar\nHvor er døra?;På høyre side.\n"
    raw = (BOM_UTF16_LE + text.encode("utf-16-le")) if encoded == "utf-16" else text.encode(encoded)
    answer = await sent_with_file(browser, "/desk/articles/+import", "article.import", "file", raw, act="try")
    page = await answer.text()
    assert "hvor-er-dora" in page
    assert value_of(page, "text") == text


MULTIPART = {"Content-Type": "multipart/form-data; boundary=x"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no boundary",
        b"--x\r\n",
        b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nno end",
        b"--x\r\n:\r\n\r\na\r\n--x--\r\n",
        b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--x--\r\n',
        b'--x\r\nContent-Disposition: form-data; name="other"; filename="a"\r\n\r\na\r\n--x--\r\n',
        b'--x\r\nContent-Disposition: form-data; name="file"\r\nContent-Encoding: gzip\r\n\r\na\r\n--x--\r\n',
        b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y--\r\n--x--\r\n",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\na\r\n' * 501 + b"--x--\r\n",
    ],
)
async def test_a_form_with_files_that_no_page_made_is_refused(browser: Browser, body: bytes) -> None:
    await entered(browser, Role.EDITOR, municipality_id="dgi")
    answer = await browser.ask("POST", "/desk/articles/+import", data=body, headers=MULTIPART)
    assert answer.status == 400
    assert (await browser.ask("POST", "/desk/articles", data=body, headers=MULTIPART)).status == 415


async def test_texts_of_a_form_with_files_have_a_limit(browser: Browser) -> None:
    await entered(browser, Role.EDITOR, municipality_id="dgi")
    large = {"text": "x" * 2**20, "language": "nb"}
    answer = await sent_with_file(browser, "/desk/articles/+import", "article.import", "file", b"", **large)
    assert answer.status == 413


async def test_a_refused_request_keeps_its_kind_and_its_person(browser: Browser) -> None:
    officer = await entered(browser, Role.DPO)
    person = await browser.stage.holder_of(Role.EMPLOYEE, municipality_id=officer.municipality_id)
    path = "/desk/privacy/requests"
    found = (await browser.send(path, "desk.search", who=person.id)).headers["Location"]
    answer = await browser.send(found, "officer.register", person=person.id, kind="erase", received="2099-01-01")
    page = await answer.text()
    assert answer.status == 422
    assert (value_of(page, "kind"), value_of(page, "received")) == ("erase", "2099-01-01")
    assert re.search(rf'name="person"[^>]* value="{person.id}" required checked', page)


async def test_an_erasure_is_confirmed_behind_a_sentence_about_what_it_does(browser: Browser) -> None:
    officer = await entered(browser, Role.DPO)
    person = await browser.stage.holder_of(Role.EMPLOYEE, municipality_id=officer.municipality_id)
    await browser.send("/desk/privacy/requests", "officer.register", person=person.id, kind="erase")
    await browser.enter(await browser.stage.holder_of(Role.ADMIN, municipality_id=officer.municipality_id))
    page = html.unescape(await browser.text("/desk/privacy/requests"))
    assert page.index("Det kan ikke angres.") < page.index("Ja, slett nå")


async def test_the_record_can_be_downloaded_for_paper(browser: Browser) -> None:
    await entered(browser, Role.DPO)
    assert "/desk/privacy/record.html" in await browser.text("/desk/privacy/record")
    answer = await browser.ask("GET", "/desk/privacy/record.html")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert "E-postadresse (email)" in await answer.text()


async def test_words_to_look_over_can_be_edited_or_sent_anyway_and_nothing_else_is_lost(browser: Browser) -> None:
    await entered(browser, Role.EDITOR, municipality_id="dgi")
    page, source = "/desk/articles/password-change", "https://s.example/kilde"
    words = "Pasienten på rom 4 har diabetes."
    warned = await browser.send(page, "article.save", answer_nb=words, source_url=source)
    shown = await warned.text()
    assert "Vil du se over teksten før den sendes?" in shown
    assert "helse eller omsorg" in shown
    assert (value_of(shown, "answer_nb"), value_of(shown, "source_url")) == (words, source)
    assert value_of(await browser.text(page), "answer_nb") != words, "nothing was saved"
    confirmed = {"source_url": source, "reviewed": value_of(shown, "reviewed")}
    other = await browser.send(page, "article.save", answer_nb="Hun er muslim.", **confirmed)
    assert "tro eller livssyn" in await other.text(), "other words are checked again"
    await browser.send(page, "article.save", answer_nb=words, **confirmed)
    assert value_of(await browser.text(page), "answer_nb") == words
