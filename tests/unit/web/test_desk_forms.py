"""Forms of the desk that are refused come back as they were written."""

import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from dialogs.announce.model import Announcement, AnnouncementState, Wording
from dialogs.core.person import Person, Role
from dialogs.core.question import Question
from knowledge.article.article import Language
from knowledge.matching.policy import OutcomeKind
from tests.e2e.browser.desk_stage import DeskStage
from tests.unit.web.conftest import HeldClock
from tests.unit.web.test_desk import Browser


@pytest.fixture
async def browser(clock: HeldClock) -> AsyncIterator[Browser]:
    stage = DeskStage(clock=clock)
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


async def asked(stage: DeskStage, person: Person) -> None:
    """Put a question that its asker shows to the editors."""
    asker = await stage.holder_of(Role.EMPLOYEE, municipality_id=person.municipality_id)
    await stage.put(
        Question(
            id="q1",
            person_id=asker.id,
            municipality_id=person.municipality_id,
            utterance="hvordan får jeg ny skjerm på kontoret",
            language=Language.NB,
            outcome=OutcomeKind.HAND_OVER,
            for_editors=True,
            asked_at=stage.clock.now() - timedelta(days=1),
        )
    )


async def test_a_refused_theme_keeps_title_ticks_and_choices(browser: Browser) -> None:
    editor = await entered(browser, Role.EDITOR)
    await asked(browser.stage, editor)
    answer = await browser.send("/desk/unanswered/q1", "unanswered.article", title="?!", pick_q1="yes", action="talk")
    page = await answer.text()
    assert answer.status == 422
    assert "Skriv en tittel." in page
    assert (value_of(page, "title"), is_ticked(page, "pick_q1")) == ("?!", True)
    answer = await browser.send("/desk/unanswered/q1", "unanswered.phrasings", title="Ny skjerm", article="mfa-setup")
    page = await answer.text()
    assert (value_of(page, "title"), is_ticked(page, "pick_q1")) == ("Ny skjerm", False)
    assert value_of(page, "article") == "mfa-setup"
    answer = await browser.send("/desk/unanswered/q1", "unanswered.article", title="Ny skjerm", pick_q1="yes")
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
