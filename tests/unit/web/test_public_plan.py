"""The public address of the plan: found without signing in, again only when it changed, and off by a setting."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import icalendar
import pytest

from bot.channels.web import plan_files
from bot.report.files import plan_png
from dialogs.core.milestone import Certainty, Milestone
from dialogs.rollout.timeline.model import PlanEntry
from dialogs.rollout.timeline.picture import PlanPicture
from knowledge.article.article import Language
from tests.e2e.browser.desk_stage import DeskStage
from tests.unit.web.conftest import Client, HeldClock

PLAN = Milestone(
    id="teams",
    date="2027-03",
    what={Language.NB: "Teams i Nes", Language.NN: "Teams i Nes no", Language.EN: "Teams in Nes"},
    municipalities=frozenset({"nes"}),
    certainty=Certainty.LIKELY,
)


@pytest.fixture
async def stage(clock: HeldClock) -> AsyncIterator[DeskStage]:
    stage = DeskStage(clock=clock)
    await stage.start()
    yield stage
    await stage.stop()


async def test_the_calendar_is_read_without_a_sign_in_and_again_only_when_it_changed(stage: DeskStage) -> None:
    await stage.put(PlanEntry(id="teams", number=1, plan=PLAN, changed_at=stage.clock.now()))
    async with Client(stage) as client:
        answer = await client.ask("GET", "/timeline/nes.ics?lang=en")
        assert (answer.status, answer.content_type) == (200, "text/calendar")
        summaries = [str(each["summary"]) for each in icalendar.Calendar.from_ical(await answer.read()).walk("VEVENT")]
        assert "Teams in Nes" in summaries
        tag = answer.headers["ETag"]
        again = await client.ask("GET", "/timeline/nes.ics?lang=en", headers={"If-None-Match": f'"x", W/{tag}'})
        assert (again.status, await again.read()) == (304, b"")
        await stage.put(
            PlanEntry(id="teams", number=2, plan=replace(PLAN, date="2027-05"), changed_at=stage.clock.now())
        )
        changed = await client.ask("GET", "/timeline/nes.ics?lang=en", headers={"If-None-Match": tag})
        assert changed.status == 200
        assert changed.headers["ETag"] != tag


@pytest.mark.parametrize(("form", "starts"), [("svg", b"<svg"), ("png", b"\x89PNG")])
async def test_the_picture_is_a_file_of_its_kind(stage: DeskStage, form: str, starts: bytes) -> None:
    async with Client(stage) as client:
        answer = await client.ask("GET", f"/timeline/nes.{form}")
        assert answer.status == 200
        assert (await answer.read()).startswith(starts)
        assert "public" in answer.headers["Cache-Control"]


async def test_a_picture_is_drawn_once_for_all_visitors_until_the_plan_changes(
    stage: DeskStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[PlanPicture] = []
    now, most = 0, 0

    def draw(picture: PlanPicture) -> bytes:
        nonlocal now, most
        now += 1
        most = max(most, now)
        drawn.append(picture)
        time.sleep(0.02)
        now -= 1
        return plan_png(picture)

    monkeypatch.setattr(plan_files, "plan_png", draw)
    async with Client(stage) as client:
        ways = [f"/timeline/nes.png?lang={language}" for language in Language]
        answers = await asyncio.gather(*(client.ask("GET", way) for way in ways * 4))
        assert {answer.status for answer in answers} == {200}
        assert (len(drawn), most) == (len(Language), 1)
        assert len({answer.headers["ETag"] for answer in answers}) == len(Language)
        await stage.put(PlanEntry(id="teams", number=1, plan=PLAN, changed_at=stage.clock.now()))
        changed = await client.ask("GET", ways[0])
        assert changed.headers["ETag"] not in {answer.headers["ETag"] for answer in answers}
        assert len(drawn) == len(Language) + 1


@pytest.mark.parametrize("path", ["/timeline/nowhere.ics", "/timeline/nes.pdf", "/timeline/NES.ics", "/timeline/..ics"])
async def test_other_addresses_are_not_found(stage: DeskStage, path: str) -> None:
    async with Client(stage) as client:
        assert (await client.ask("GET", path)).status == 404


async def test_nothing_is_public_when_the_operator_does_not_want_it(stage: DeskStage) -> None:
    stage.content = replace(stage.content, public_calendar=False)
    async with Client(stage) as client:
        for form in ("ics", "svg", "png"):
            assert (await client.ask("GET", f"/timeline/nes.{form}")).status == 404
