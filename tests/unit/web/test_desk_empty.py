"""An empty list says why it is empty, and leads out of a filter that nothing fits."""

import pytest

from dialogs.core.person import Role
from knowledge.article.article import Language
from tests.e2e.browser.desk_stage import DeskStage
from tests.unit.web.conftest import HeldClock
from tests.unit.web.test_desk import Browser

FILTERED = (
    (Role.EDITOR, "/desk/articles", "q=zzqxw"),
    (Role.EDITOR, "/desk/programs", "q=zzqxw"),
    (Role.CONTACT, "/desk/questions", "overdue=yes"),
    (Role.ANNOUNCER, "/desk/announcements", "words=zzqxw"),
    (Role.TEACHER, "/desk/teaching", "show=past"),
)


@pytest.mark.parametrize(("role", "path", "query"), FILTERED, ids=[path for _, path, _ in FILTERED])
async def test_a_filter_that_nothing_fits_is_cleared_with_one_press(
    clock: HeldClock, role: Role, path: str, query: str
) -> None:
    stage = DeskStage(clock=clock)
    await stage.start()
    reader = await stage.holder_of(role)
    texts = stage.content.texts[reader.language]
    leads_out = f'href="{path}">{texts("desk.filter.show_all")}</a>'
    async with Browser(stage) as browser:
        await browser.enter(reader)
        filtered, whole = await browser.text(f"{path}?{query}"), await browser.text(path)
    await stage.stop()
    assert texts("desk.filter.none") in filtered
    assert leads_out in filtered
    assert leads_out not in whole


async def test_an_empty_list_without_a_filter_says_what_is_missing(clock: HeldClock) -> None:
    stage = DeskStage(clock=clock)
    await stage.start()
    texts = stage.content.texts[Language.NB]
    contact = await stage.holder_of(Role.CONTACT, municipality_id="nes")
    async with Browser(stage) as browser:
        await browser.enter(contact)
        for address in ("/desk/questions", "/desk/questions?page=2"):
            shown = await browser.text(address)
            assert texts("desk.questions.none") in shown
            assert texts("desk.filter.show_all") not in shown
    await stage.stop()
