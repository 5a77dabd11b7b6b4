"""The composer of the desk without a script: what is sent is what the announcer last saw."""

import html
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.ports import Key
from bot.records.codec import decode
from dialogs.announce.model import Announcement, AnnouncementState
from dialogs.core.person import Role
from knowledge.article.article import Language
from tests.e2e.browser.desk_stage import DeskStage
from tests.unit.web.conftest import HeldClock
from tests.unit.web.test_desk import Browser
from tests.unit.web.test_desk_forms import drafted, value_of

OLD = {"title_nb": "Gammel tittel", "body_nb": "Gammel tekst"}
NEW = {"title_nb": "Ny tittel", "body_nb": "Ny tekst"}


@pytest.fixture
async def browser(clock: HeldClock) -> AsyncIterator[Browser]:
    stage = DeskStage(clock=clock)
    await stage.start()
    async with Browser(stage) as client:
        yield client
    await stage.stop()


async def stored(browser: Browser, path: str) -> Announcement:
    key = Key(kind=Announcement.KIND, id=path.rpartition("/")[2])
    found = (await browser.stage.store.get([key]))[key]
    return decode(Announcement, found)


async def saved(browser: Browser, path: str, *, edition: int = 0, **written: str) -> str:
    """Save the composer, and return the address that it leads to."""
    answer = await browser.send(path, "announce.preview", edition=str(edition), **written)
    assert answer.status == 303, await answer.text()
    return answer.headers["Location"].removesuffix("#notice")


async def test_sending_saves_what_is_written_first_and_then_asks_once(browser: Browser) -> None:
    path = await drafted(browser)
    await saved(browser, path, roles="announcer", **OLD)
    asked = await saved(browser, path, edition=1, next="release", roles="announcer,editor", **NEW)
    assert asked == f"{path}/send"
    page = html.unescape(await browser.text(asked))
    draft = await stored(browser, path)
    assert draft.state is AnnouncementState.DRAFT, "nothing is sent yet"
    assert draft.counts is not None
    assert draft.counts.people > 1
    assert f"Send til {draft.counts.people} mottakere" in page
    assert "Send «Ny tittel»" in page
    assert "Gammel" not in page
    answer = await browser.send(asked, "announce.send", edition=value_of(page, "edition"))
    assert (answer.status, answer.headers["Location"]) == (303, f"{path}#notice")
    sent = await stored(browser, path)
    assert sent.wordings[Language.NB].title == "Ny tittel"
    assert sent.state is AnnouncementState.SENDING
    assert "på vei til mottakerne" in await browser.text(path)


async def test_the_composer_itself_cannot_send(browser: Browser) -> None:
    path = await drafted(browser)
    await saved(browser, path, **OLD)
    page = await browser.text(path)
    assert 'value="announce.send"' not in page
    assert (await browser.send(path, "announce.send", edition="1")).status == 400


async def test_an_edition_saved_after_the_question_is_not_sent(browser: Browser) -> None:
    path = await drafted(browser)
    asked = await saved(browser, path, next="release", **OLD)
    await saved(browser, path, edition=1, **NEW)
    answer = await browser.send(asked, "announce.send", edition="1")
    page = html.unescape(await answer.text())
    assert answer.status == 422
    assert "Kunngjøringen er endret" in page
    assert "Send «Ny tittel»" in page
    assert (await stored(browser, path)).state is AnnouncementState.DRAFT


async def test_what_an_incident_is_about_goes_along_with_the_button_that_sends_it(browser: Browser) -> None:
    path = await drafted(browser)
    asked = await saved(browser, path, next="release", incident="true", roles="announcer", **OLD)
    page = html.unescape(await browser.text(asked))
    assert "Sett dagen hendelsen gjelder til og med" in page
    assert 'name="subject_words"' not in page, "without an end nothing can be picked"
    day = (browser.stage.clock.now() + timedelta(days=9)).date().isoformat()
    asked = await saved(
        browser, path, edition=1, next="release", incident="true", roles="announcer", expires=day, **NEW
    )
    ticked = {"subjects": "rollout-when", "subject_words": "nytt passord", "day": "", "time": ""}
    refused = await browser.send(asked, "announce.schedule", edition="2", **{**ticked, "day": "2020-01-01"})
    page = html.unescape(await refused.text())
    assert refused.status == 422
    assert "nytt passord</textarea>" in page, "a refused form stands as it was filled in"
    await browser.send(asked, "announce.send", edition="2", **{**ticked, "subject_words": ""})
    now = await stored(browser, path)
    assert (now.state, now.subjects) == (AnnouncementState.SENDING, ("rollout-when",))
    over = await browser.send(path, "announce.subjects", edition=value_of(await browser.text(path), "edition"))
    assert (over.status, over.headers["Location"]) == (303, f"{path}#notice")
    assert (await stored(browser, path)).subjects == ()
    assert "Det er lagret hva hendelsen gjelder." in html.unescape(await browser.text(path))


async def test_the_browser_forgets_what_was_written_once_it_is_saved_whichever_button_saved_it(
    browser: Browser,
) -> None:
    path = await drafted(browser)
    for edition, chosen in enumerate(("release", "", "release")):
        page = await browser.text(await saved(browser, path, edition=edition, next=chosen, roles="announcer", **OLD))
        assert re.search(r'data-done="form-\w+"', page), chosen
        assert "Utkastet er lagret." in page


async def test_enter_in_the_form_that_sends_presses_another_button(browser: Browser) -> None:
    path = await drafted(browser)
    page = await browser.text(await saved(browser, path, next="release", roles="announcer", **OLD))
    verbs = re.findall(r'<button[^>]*name="verb" value="(announce.\w+)"', page)
    assert verbs == ["announce.schedule", "announce.send"], "Enter presses the first button of a form"


async def test_at_night_a_planned_night_is_asked_about_for_itself(browser: Browser, clock: HeldClock) -> None:
    path = await drafted(browser)
    asked = await saved(browser, path, next="release", roles="announcer", **OLD)
    clock.at += timedelta(hours=10)
    given = value_of(await browser.text(asked), "off_hours")
    night = {"day": "2026-11-26", "time": "03:00"}
    answer = await browser.send(asked, "announce.schedule", edition="1", off_hours=given, **night)
    assert answer.status == 422
    assert "Behold tidspunktet" in await answer.text()


async def test_a_refused_save_sends_nothing_and_shows_why(browser: Browser) -> None:
    path = await drafted(browser)
    await saved(browser, path, **OLD)
    answer = await browser.send(path, "announce.preview", edition="1", next="release", title_nb="Ny", body_nb="")
    page = html.unescape(await answer.text())
    assert answer.status == 422
    assert value_of(page, "title_nb") == "Ny"
    assert "Rett det som er meldt over" in page
    assert "Gammel tekst" not in page, "a preview of another text would mislead"
    answer = await browser.send(path, "announce.preview", edition="1", list="ukjent@x.example", **NEW)
    assert "Ny tekst" in (await answer.text()).partition('id="preview"')[2], "a text without faults is shown"


async def test_approving_with_a_remark_asks_first_and_keeps_it(browser: Browser) -> None:
    path = await drafted(browser)
    await saved(browser, path, **OLD)
    waiting = replace(await stored(browser, path), state=AnnouncementState.AWAITING)
    approver = await browser.stage.holder_of(Role.AMBASSADOR, municipality_id=waiting.municipality_id)
    assert approver.id != waiting.author_id
    await browser.stage.put(waiting, replace(approver, roles=approver.roles | {Role.APPROVER}))
    await browser.enter(approver)
    edition = str(waiting.edition)
    asked = await browser.send(path, "announce.approve", edition=edition, why="Skriv når.")
    page = html.unescape(await asked.text())
    assert asked.status == 422
    assert "Vil du sende tilbake, eller godkjenne likevel?" in page
    assert (value_of(page, "why"), value_of(page, "sure")) == ("Skriv når.", "true")
    assert "Godkjenn og send likevel" in page
    assert (await stored(browser, path)).state is AnnouncementState.AWAITING
    done = await browser.send(path, "announce.approve", edition=edition, why="Skriv når.", sure="true")
    assert done.status == 303
    assert (await stored(browser, path)).state is AnnouncementState.SENDING


async def test_errors_stand_at_their_fields(browser: Browser) -> None:
    path = await drafted(browser)
    links = {"link2_nb": "Drift", "link2_url": "http://drift.example"}
    answer = await browser.send(
        path, "announce.preview", edition="0", title_nb="Ny", body_nb="", expires="2020-01-01", **links
    )
    page = html.unescape(await answer.text())
    assert answer.status == 422
    for field in ("body_nb", "link1_url", "expires"):
        assert f'id="{field}-error"' in page
        assert f'aria-describedby="{field}' in page
    assert 'id="title_nb-error"' not in page


async def test_errors_of_a_correction_stand_at_their_fields(browser: Browser) -> None:
    path = await drafted(browser)
    asked = await saved(browser, path, next="release", roles="announcer", **OLD)
    await browser.send(asked, "announce.send", edition="1")
    links = {"link2_nb": "Drift", "link2_url": "http://drift.example"}
    written = {"title_nb": "Ny", "body_nb": "", "expires": "2020-01-01", **links}
    edition = value_of(await browser.text(path), "edition")
    answer = await browser.send(path, "announce.corrected", edition=edition, **written)
    page = html.unescape(await answer.text())
    assert answer.status == 422
    for field in ("body_nb", "link1_url", "expires"):
        assert f'id="{field}-error"' in page
    assert 'id="title_nb-error"' not in page
    assert value_of(page, "title_nb") == "Ny"


async def test_a_correction_is_asked_about_with_the_form_as_written(browser: Browser) -> None:
    path = await drafted(browser)
    asked = await saved(browser, path, next="release", roles="announcer", **OLD)
    await browser.send(asked, "announce.send", edition="1")
    page = await browser.text(path)
    edition = value_of(page, "edition")
    assert 'name="sure"' not in page
    written = {"title_nb": "Rettet", "body_nb": "Alt virker igjen."}
    answer = await browser.send(path, "announce.corrected", edition=edition, **written)
    page = html.unescape(await answer.text())
    assert answer.status == 422
    assert "Rettingen kommer til" in page
    assert (value_of(page, "title_nb"), value_of(page, "sure")) == ("Rettet", "true")
    assert (await stored(browser, path)).version == 1
    done = await browser.send(path, "announce.corrected", edition=edition, sure="true", **written)
    assert done.status == 303
    assert (await stored(browser, path)).version == 2


async def test_a_day_that_cannot_be_is_refused_beside_the_same_draft(browser: Browser) -> None:
    path = await drafted(browser)
    asked = await saved(browser, path, next="release", **OLD)
    answer = await browser.send(asked, "announce.schedule", edition="1", day="2020-01-01", time="08:00")
    page = await answer.text()
    assert answer.status == 422
    assert (value_of(page, "day"), value_of(page, "time")) == ("2020-01-01", "08:00")


async def test_outside_office_hours_the_last_page_asks_and_its_button_is_the_answer(
    browser: Browser, clock: HeldClock
) -> None:
    path = await drafted(browser)
    asked = await saved(browser, path, next="release", roles="announcer", **OLD)
    assert "utenfor arbeidstiden" not in await browser.text(asked)
    clock.at += timedelta(hours=10)
    answer = await browser.send(asked, "announce.send", edition="1")
    page = html.unescape(await answer.text())
    assert answer.status == 422, "the page was opened in office hours"
    assert page.count("Skal kunngjøringen ut likevel?") == 2, "as the notice, and beside the button"
    assert (await stored(browser, path)).state is AnnouncementState.DRAFT
    await browser.send(asked, "announce.send", edition="1", off_hours=value_of(page, "off_hours"))
    assert (await stored(browser, path)).state is AnnouncementState.SENDING


async def test_a_planned_night_is_asked_about_once(browser: Browser) -> None:
    path = await drafted(browser)
    asked = await saved(browser, path, next="release", roles="announcer", **OLD)
    night = {"day": "2026-11-25", "time": "03:00"}
    answer = await browser.send(asked, "announce.schedule", edition="1", **night)
    page = html.unescape(await answer.text())
    assert (answer.status, value_of(page, "time")) == (422, "03:00")
    assert "Behold tidspunktet" in page
    await browser.send(asked, "announce.schedule", edition="1", off_hours=value_of(page, "off_hours"), **night)
    assert (await stored(browser, path)).state is AnnouncementState.SCHEDULED
    answer = await browser.send(path, "announce.schedule", edition="1", day="2026-11-26", time="03:00")
    assert "Behold tidspunktet" in await answer.text()


async def test_a_time_that_is_refused_for_another_reason_is_not_asked_about(browser: Browser) -> None:
    path = await drafted(browser)
    asked = await saved(browser, path, next="release", roles="announcer", **OLD)
    answer = await browser.send(asked, "announce.schedule", edition="1", day="2020-01-04", time="03:00")
    page = await answer.text()
    assert answer.status == 422
    assert 'name="off_hours"' not in page
    assert "Behold tidspunktet" not in page


async def test_the_answer_about_one_night_is_none_about_another(browser: Browser) -> None:
    path = await drafted(browser)
    asked = await saved(browser, path, next="release", roles="announcer", **OLD)
    answer = await browser.send(asked, "announce.schedule", edition="1", day="2026-11-25", time="03:00")
    given = value_of(await answer.text(), "off_hours")
    answer = await browser.send(
        asked, "announce.schedule", edition="1", off_hours=given, day="2026-11-28", time="12:00"
    )
    assert answer.status == 422
    assert "Behold tidspunktet" in await answer.text()
    assert (await stored(browser, path)).state is AnnouncementState.DRAFT


async def test_every_button_of_the_composer_saves_first(browser: Browser) -> None:
    path = await drafted(browser)
    await saved(browser, path, next="template", **OLD)
    kept = await stored(browser, path)
    assert (kept.state, kept.wordings[Language.NB].title) == (AnnouncementState.TEMPLATE, "Gammel tittel")
    copy = await saved(browser, path, edition=kept.edition, next="copy", **NEW)
    assert copy != path
    assert (await stored(browser, copy)).wordings[Language.NB].title == "Ny tittel"
    assert await saved(browser, copy, next="links", **NEW) == f"{copy}?check=1"
    assert (await browser.ask("GET", f"{path}/send")).headers["Location"] == path, "a template is not sent"


async def test_the_answers_say_what_was_done(browser: Browser) -> None:
    path = await drafted(browser)
    await saved(browser, path, **OLD)
    assert "Utkastet er lagret." in await browser.text(path)
    asked = f"{path}/send"
    day = browser.stage.clock.now().date().replace(year=browser.stage.clock.now().year + 1)
    await browser.send(asked, "announce.schedule", edition="1", day=day.isoformat(), time="12:00")
    assert "Kunngjøringen er planlagt og sendes" in await browser.text(path)
    await browser.send(path, "announce.unschedule", edition="1")
    assert "Utsendingen er avlyst." in await browser.text(path)


async def test_a_reader_without_an_own_text_is_shown_with_the_one_they_see(browser: Browser) -> None:
    path = await drafted(browser)
    await saved(browser, path, **OLD, title_nn="Ny", body_nn="Eigen tekst")
    page = await browser.text(path)
    assert "Teksten finnes ikke på engelsk. De ser den på bokmål." in page
    assert "Teksten finnes ikke på nynorsk" not in page


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"link1_nb": "Slik", "link1_url": "http://a.example"}, "Den må begynne med https://"),
        ({"link1_nb": "Slik"}, "Lenken «Slik» mangler adresse."),
        ({"link1_url": "https://a.example"}, "Lenken til «https://a.example» mangler tekst på bokmål."),
        ({"link1_nb": "Slik", "link1_nn": "x" * 61, "link1_url": "https://a.example"}, "Grensen er 60 tegn."),
    ],
)
async def test_a_bad_link_is_told_in_the_words_of_its_fields(
    browser: Browser, fields: dict[str, str], told: str
) -> None:
    path = await drafted(browser)
    answer = await browser.send(path, "announce.preview", edition="0", **OLD, **fields)
    page = html.unescape(await answer.text())
    assert told in page
    assert "loddrett strek" not in page
