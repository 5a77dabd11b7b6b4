"""The public plan as calendar and pictures: read by two parsers, with stable ids, nothing of people, and as text."""

import io
import json
import os
import subprocess
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree

import icalendar
import pytest
from PIL import Image

from bot.report.files import SCALE, plan_calendar, plan_png
from bot.support.pen import Pen
from dialogs.core.milestone import Certainty, Milestone
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import viewer_of
from dialogs.rollout.timeline.form import EVERYWHERE
from dialogs.rollout.timeline.picture import (
    BAR,
    NARROW,
    SMALL_TITLE,
    TOP,
    WIDTH,
    PlanMark,
    draw_plan,
    plan_picture,
    plan_svg,
)
from dialogs.rollout.timeline.plan import overlaid
from dialogs.rollout.timeline.views import (
    PublicPlan,
    milestone_page,
    new_milestone_page,
    own_picture,
    plan_page,
    public_plan,
)
from knowledge.article.article import Language
from tests.needs import NODE
from tests.unit.driver import CATALOGUE
from tests.unit.rollout.test_planning import LINE, SHARED, TEXTS, PlanTown

READER = "tests/fakes/read_calendar.mjs"
NB = CATALOGUE[Language.NB]


@pytest.fixture
def town() -> PlanTown:
    return PlanTown(
        replace(LINE, owner={Language.NB: "Prosjektleder Bjørk"}),
        replace(SHARED, date="2027-03-01/2027-04-15", public=True),
        replace(SHARED, id="inside", what={Language.NB: "Bare for ansatte"}, public=False),
        replace(SHARED, id="storvik", what={Language.NB: "I Storvik"}, municipalities=frozenset({"storvik"})),
    )


def public(town: PlanTown, municipality: str = "lillevik", language: Language = Language.NB) -> PublicPlan | None:
    def asking(work: Any) -> Any:
        viewer = yield from viewer_of("", town.content, town.now)
        return (yield from public_plan(viewer, municipality, language))

    found: PublicPlan | None = town.answer_to("anja", asking)
    return found


def ics(town: PlanTown, municipality: str = "lillevik") -> bytes:
    plan = public(town, municipality)
    assert plan is not None
    return plan_calendar(NB, plan, now=town.now)


def events(town: PlanTown) -> dict[str, Any]:
    calendar = icalendar.Calendar.from_ical(ics(town))
    return {str(each["uid"]): each for each in calendar.walk("VEVENT")}


def test_the_calendar_has_the_public_milestones_of_the_municipality_as_whole_days(town: PlanTown) -> None:
    found = events(town)
    assert set(found) == {"teams@timeline.heia", "shared@timeline.heia"}
    teams, shared = found["teams@timeline.heia"], found["shared@timeline.heia"]
    assert (teams["dtstart"].dt, teams["dtend"].dt) == (date(2027, 3, 1), date(2027, 4, 1))
    assert (shared["dtstart"].dt, shared["dtend"].dt) == (date(2027, 3, 1), date(2027, 4, 16))
    assert (teams["status"], teams["transp"], teams["summary"]) == ("TENTATIVE", "TRANSPARENT", "Teams til helse")
    assert "mars 2027, sannsynlig" in teams["description"]


def test_another_maker_s_parser_reads_the_same_whatever_the_zone_of_its_machine(town: PlanTown) -> None:
    town.change("move", start="15.5.2027", certainty="certain")
    read = [
        json.loads(
            subprocess.run(
                [NODE, READER], input=ics(town), capture_output=True, check=True, env={**os.environ, "TZ": zone}
            ).stdout
        )
        for zone in ("Europe/Oslo", "Pacific/Kiritimati", "America/Los_Angeles")
    ]
    assert read[0] == read[1] == read[2]
    assert read[0]["version"] == "2.0"
    [teams] = [each for each in read[0]["events"] if each["uid"] == "teams@timeline.heia"]
    assert teams == {
        "uid": "teams@timeline.heia",
        "summary": "Teams til helse",
        "sequence": 1,
        "start": "2027-05-15",
        "end": "2027-05-16",
        "is_date": True,
        "zone": "floating",
        "status": "CONFIRMED",
    }


def test_a_change_raises_the_sequence_keeps_the_id_and_a_withdrawn_one_is_cancelled(town: PlanTown) -> None:
    seen = [events(town)["teams@timeline.heia"]]
    for verb, data in (("move", {"start": "2027-05", "certainty": "likely"}), ("withdraw", {}), ("reopen", {})):
        town.now += timedelta(hours=1)
        town.change(verb, **data)
        seen.append(events(town)["teams@timeline.heia"])
    assert [int(each["sequence"]) for each in seen] == [0, 1, 2, 3]
    assert [each["status"] for each in seen] == ["TENTATIVE", "TENTATIVE", "CANCELLED", "TENTATIVE"]
    assert "tidligere plan: mars 2027" in seen[1]["description"]
    stamps = [each["dtstamp"].dt for each in seen]
    assert stamps == sorted(stamps)


def test_the_calendar_names_nobody_and_is_the_same_until_the_plan_changes(town: PlanTown) -> None:
    town.change("move", start="2027-05", certainty="likely", reason="Fordi anja ville")
    first = ics(town)
    for words in ("anja", "Bjørk", "ORGANIZER", "ATTENDEE", "CREATED-BY", "Fordi"):
        assert words not in first.decode()
    assert ics(town) == first


def test_long_and_odd_texts_stay_whole_in_the_calendar(town: PlanTown) -> None:
    odd = "Teams; Outlook, «å\u00f8\u00e6» \\n og\u2028 mer " + "x" * 40
    town.press("anja", "timeline.save", **{**TEXTS, "what_nb": odd}, start="2027-05", public="yes")
    [found] = [each for uid, each in events(town).items() if uid.startswith("milestone")]
    assert "Teams; Outlook, «åøæ» n og mer" in found["summary"]
    assert all(len(line) <= 75 for line in ics(town).split(b"\r\n"))


def test_no_municipality_and_no_public_calendar_give_nothing(town: PlanTown) -> None:
    assert public(town, "nowhere") is None
    town.content = replace(town.content, public_calendar=False)
    assert public(town) is None


def test_the_picture_has_a_title_a_description_and_a_bar_for_each_milestone_in_force(town: PlanTown) -> None:
    plan = public(town)
    assert plan is not None
    assert plan.picture is not None
    svg = plan_svg(plan.picture, id_="p", paper=True)
    root = ElementTree.fromstring(svg)  # noqa: S314
    name = "{http://www.w3.org/2000/svg}"
    assert root.find(f"{name}title").text == "Planen for Lillevik kommune"  # type: ignore[union-attr]
    description = root.find(f"{name}desc").text or ""  # type: ignore[union-attr]
    assert "Teams til helse, mars 2027, sannsynlig." in description
    assert "Bare for ansatte" not in svg
    assert root.attrib["aria-labelledby"] == "p-title p-description"
    assert len(plan.picture.rows) == 2
    image = Image.open(io.BytesIO(plan_png(plan.picture)))
    assert image.size == (WIDTH * SCALE, plan.picture.height * SCALE)


def test_marks_bars_and_the_axis_follow_the_dates() -> None:
    today = date(2026, 11, 27)

    def one(id_: str, when: str, **more: Any) -> Milestone:
        return replace(LINE, id=id_, date=when, **{"certainty": Certainty.CERTAIN, **more})

    lines = overlaid(
        [
            one("done", "2026-10", done=True, done_on="2026-11-01"),
            one("late", "2026-11-01"),
            one("sure", "2027-03-15"),
            one("likely", "2027-05", certainty=Certainty.LIKELY, was="2027-01"),
            one("unsure", "2028", certainty=Certainty.UNSURE),
            one("gone", "2027", withdrawn=True),
            one("history", "2018", certainty=None),
        ],
        [],
    )
    picture = plan_picture(NB, PlanTown().content, lines, title="P", today=today)
    assert picture is not None
    marks = [PlanMark.DONE, PlanMark.LATE, PlanMark.CERTAIN, PlanMark.LIKELY, PlanMark.UNSURE]
    assert [each.mark for each in picture.rows] == marks
    assert [mark for mark, _ in picture.legend] == [each for each in PlanMark if each in marks]
    _, late, sure, likely, unsure = picture.rows
    assert late.x < picture.today < sure.x < likely.x < unsure.x
    assert likely.was is not None
    assert likely.was[0] < likely.x
    assert unsure.x + unsure.width <= WIDTH
    assert 2 <= len(picture.ticks) <= 10


def test_without_a_milestone_there_is_no_picture_and_without_an_open_one_the_latest() -> None:
    content = PlanTown().content
    assert plan_picture(NB, content, [], title="P", today=date(2026, 11, 27)) is None
    past = [replace(LINE, id=f"m{n}", date=f"20{n}", certainty=None) for n in range(10, 20)]
    picture = plan_picture(NB, content, overlaid(past, []), title="P", today=date(2026, 11, 27))
    assert picture is not None
    assert [each.note[0][:4] for each in picture.rows] == ["2015", "2016", "2017", "2018", "2019"]


def page(town: PlanTown, who: str, view: Any, *args: Any, **more: Any) -> Any:
    def asking(work: Any) -> Any:
        viewer = yield from viewer_of(who, town.content, town.now)
        return (yield from view(viewer, *args, **more))

    return town.answer_to(who, asking)


def test_everyone_reads_the_plan_of_their_own_municipality_and_editors_may_change_it(town: PlanTown) -> None:
    for who, editable in (("nils", []), ("anja", ["teams"]), ("ada", ["teams"])):
        model = page(town, who, plan_page)
        assert [each.id for each in model.rows] == ["inside", "teams", "shared"]
        assert [each.id for each in model.rows if each.editable] == editable
        assert model.may_add is bool(editable)
    assert {each.id for each in page(town, "drude", plan_page).rows} == {"teams", "shared", "inside", "storvik"}
    assert all(each.editable for each in page(town, "drude", plan_page).rows)


@pytest.mark.parametrize(("who", "municipality"), [("nils", "storvik"), ("anja", "storvik"), ("guest-1", ""), ("", "")])
def test_the_plan_of_another_municipality_and_the_desk_of_a_stranger_are_refused(
    town: PlanTown, who: str, municipality: str
) -> None:
    assert page(town, who, refused, plan_page, municipality=municipality)


@pytest.mark.parametrize(
    ("who", "milestone"), [("nils", "teams"), ("anja", "shared"), ("berit", "teams"), ("anja", "x")]
)
def test_a_milestone_is_opened_by_those_who_may_change_it_only(town: PlanTown, who: str, milestone: str) -> None:
    assert page(town, who, refused, milestone_page, milestone)


def test_the_history_names_colleagues_of_the_readers_municipality_only(town: PlanTown) -> None:
    town.change("move", "drude", start="2027-05", certainty="likely", reason="Nettet")
    town.change("done", "arne")
    mine, theirs = page(town, "anja", milestone_page, "teams"), page(town, "drude", milestone_page, "teams")
    assert [(each.by, each.before, each.reason) for each in mine.history] == [
        ("Ansatt arne", "mai 2027", ""),
        ("", "mars 2027", "Nettet"),
    ]
    assert [each.by for each in theirs.history] == ["", "Ansatt drude"]
    assert (mine.may_reopen, mine.is_open) == (True, False)
    drafts = {each.author_id: each.id for each in town.drafts()}
    assert (mine.draft_id, theirs.draft_id) == (drafts["arne"], drafts["arne"])


def test_the_list_is_filtered_by_what_stands_and_begins_with_what_is_ahead(town: PlanTown) -> None:
    town.change("done")
    town.content = replace(
        town.content, milestones=(replace(LINE, id="past", date="2020", certainty=None), *town.content.milestones)
    )
    assert [each.id for each in page(town, "anja", plan_page).rows] == ["inside", "shared", "teams", "past"]
    town.content = replace(town.content, milestones=town.content.milestones[1:])
    for show, ids in (("open", ["inside", "shared"]), ("done", ["teams"]), ("withdrawn", [])):
        assert [each.id for each in page(town, "anja", plan_page, show=show).rows] == ids


def test_the_picture_of_a_reader_has_what_the_plan_has_for_them(town: PlanTown) -> None:
    mine, theirs = page(town, "nils", own_picture), page(town, "guest-1", own_picture)
    assert "Bare for ansatte" in mine.description
    assert "I Storvik" not in mine.description
    assert "Bare for ansatte" not in theirs.description
    assert mine.shape == theirs.shape == NARROW
    town.content = replace(town.content, milestones=())
    assert page(town, "nils", own_picture) is None


def refused(viewer: Any, view: Any, *args: Any, **more: Any) -> Any:
    try:
        yield from view(viewer, *args, **more)
    except EventRefused:
        return True
    return False


def test_the_legend_names_each_mark_beside_its_bar_without_overlap() -> None:
    today, base = date(2026, 11, 27), replace(LINE, certainty=Certainty.CERTAIN)
    milestones = [
        replace(base, id="done", date="2026-10", done=True, done_on="2026-11-01"),
        replace(base, id="late", date="2026-11-01"),
        replace(base, id="sure", date="2027-03-15", was="2027-01"),
        replace(base, id="likely", date="2027-05", certainty=Certainty.LIKELY),
    ]
    picture = plan_picture(NB, PlanTown().content, overlaid(milestones, []), title="P", today=today)
    assert picture is not None
    canvas = Drawn()
    draw_plan(canvas, picture)
    below = [(x, y, words) for x, y, words in canvas.texts if y > picture.base + 36]
    assert [words for _, _, words in below] == [*(name for _, name in picture.legend), picture.was_name]
    bars = [(x, width) for x, y, width in canvas.boxes if y >= picture.base + 36]
    assert len(bars) == len(below)
    for (x, width), (at, _, _) in zip(bars, below, strict=True):
        assert x + width < at
    for (at, _, words), (x, _) in zip(below, bars[1:], strict=False):
        assert at + canvas.text_width(words, size=12) < x
    assert canvas.ticks == 2, "of the row that is done, and in the legend"
    years = [words for _, y, words in canvas.texts if y == TOP - 12]
    assert years
    assert all(words in {name for _, name in picture.ticks} for words in years)
    assert (picture.today, picture.base + 18, picture.today_name) in canvas.texts


def test_on_a_narrow_picture_texts_stand_above_their_bars_and_nothing_is_cut() -> None:
    today, base = date(2026, 11, 1), replace(LINE, certainty=Certainty.CERTAIN)
    milestones = [
        replace(base, id="done", date="2026-11", done=True, done_on="2026-11-01"),
        replace(base, id="sure", date="2027-03-15", was="2027-01"),
        replace(base, id="likely", date="2028-12", certainty=Certainty.LIKELY),
    ]
    lines = overlaid(milestones, [])
    picture = plan_picture(NB, PlanTown().content, lines, title="Planen " * 20, today=today, shape=NARROW)
    wide = plan_picture(NB, PlanTown().content, lines, title="P", today=today)
    assert picture is not None
    assert wide is not None
    assert picture.description == wide.description
    for row, following in zip(picture.rows, (*picture.rows[1:], None), strict=True):
        baselines = [y for y, _, _ in row.text_lines()]
        assert max(baselines) < row.middle - BAR / 2
        assert row.middle + BAR / 2 < (following.y if following is not None else picture.base)
        assert row.x >= 0
        assert row.x + row.width <= NARROW.width
    drawn = Drawn()
    draw_plan(drawn, picture)
    today_at = next(x for x, _, words in drawn.texts if words == picture.today_name)
    assert today_at - drawn.text_width(picture.today_name, size=12) / 2 >= 0
    legend = [(x, y) for x, y, _ in drawn.texts if y > picture.base + 36]
    assert len({y for _, y in legend}) == len(legend) == len(picture.legend) + 1
    assert max(y for _, y in legend) < picture.height
    assert f'viewBox="0 0 {NARROW.width} {picture.height}"' in plan_svg(picture)
    pen = Pen(NARROW.width, picture.height, scale=1)
    assert pen.text_width(drawn.texts[0][2], size=SMALL_TITLE, bold=True) <= NARROW.width - 8
    assert pen.text_width("Planen for Hjemmetjenesten Nord", size=SMALL_TITLE, bold=True) <= NARROW.width - 8


class Drawn:
    """A canvas that notes what is drawn."""

    def __init__(self) -> None:
        self.texts: list[tuple[float, float, str]] = []
        self.boxes: list[tuple[float, float, float]] = []
        self.ticks = 0

    def draw_text(self, at: tuple[float, float], text: str, **_: Any) -> None:
        self.texts.append((*at, text))

    def box(self, at: tuple[float, float], size: tuple[float, float], _: Any) -> None:
        self.boxes.append((*at, size[0]))

    def tick_off(self, _: tuple[float, float]) -> None:
        self.ticks += 1

    def rule(self, *_: float, **__: Any) -> None:
        pass

    def text_width(self, text: str, *, size: int, bold: bool = False) -> float:
        return len(text) * size * (0.6 if bold else 0.5)

    def shorten(self, text: str, **_: Any) -> str:
        return text


def test_the_picture_begins_with_what_was_done_within_a_year_and_ends_with_the_last_day() -> None:
    today = date(2026, 11, 27)
    base = replace(LINE, certainty=Certainty.CERTAIN)
    milestones = [
        replace(base, id="long-ago", date="2025-01", done=True, done_on="2025-10-01"),
        *(replace(base, id=f"d{n}", date="2026-01", done=True, done_on=f"2026-0{n}-01") for n in range(2, 9)),
        replace(base, id="next", date="2027-03"),
    ]
    picture = plan_picture(NB, PlanTown().content, overlaid(milestones, []), title="P", today=today)
    assert picture is not None
    assert [row.mark for row in picture.rows] == [PlanMark.DONE] * 5 + [PlanMark.CERTAIN]
    assert picture.rows[-1].x > picture.today


def test_an_editor_of_a_municipality_chooses_it_alone_and_the_provider_any_or_all(town: PlanTown) -> None:
    mine, all_of_them = page(town, "anja", new_milestone_page), page(town, "drude", new_milestone_page)
    assert mine.places == (("lillevik", "Lillevik kommune"),)
    assert mine.values["municipality"] == "lillevik"
    assert all_of_them.places[0] == (EVERYWHERE, NB("timeline.everyone"))
    assert {id_ for id_, _ in all_of_them.places[1:]} == {*town.content.organisation.municipalities}
    assert {id_ for id_, _, _ in mine.units} < {id_ for id_, _, _ in all_of_them.units}
    depths = {id_: depth for id_, _, depth in mine.units}
    assert depths["lillevik"] < depths["helse"] < depths["nord"]
    assert [value for value, _ in mine.certainties] == [certainty.value for certainty in Certainty]
