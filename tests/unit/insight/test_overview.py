"""The overview: who sees what, what is added up, and the same numbers as plot, table, file and card."""

import csv
import io
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dialogs.announce.model import Announcement, AnnouncementState, Wording
from dialogs.core.person import Role
from dialogs.core.query import Asking
from dialogs.core.speaker import viewer_of_event
from dialogs.handoff.unit_of_work import UnitOfWork
from dialogs.insight.figures import Amount, WeekSpan
from dialogs.insight.flow import FEATURE
from dialogs.insight.model import (
    ClosedPeriod,
    HandoffFigures,
    end_of,
    first_day,
    last_closed_week,
    last_day,
    month_of,
    week_of,
    weeks_of,
)
from dialogs.insight.overview import OverviewPage, overview, overview_csv, week_name
from dialogs.insight.table import DataTable, without_hidden
from knowledge.article.article import Language
from tests.unit.driver import CATALOGUE, TUESDAY, Stage
from tests.unit.handoff import scene
from tests.unit.handoff.scene import person

WEEK = last_closed_week(TUESDAY)
CELLS: Mapping[str, int | None] = {
    "questions": 40,
    "answer": 30,
    "answer#mfa": 20,
    "answer@health": None,
    "helped": 9,
    "not_helped": 6,
    "not_helped#mfa": 6,
    "unknown": None,
}


@pytest.fixture
def stage() -> Stage:
    town = scene.stage(verbs=FEATURE.verbs, timers={})
    town.put(person("leder", "nord", Role.LEADER), person("admin", "bryggen", Role.ADMIN, municipality_id="storvik"))
    town.put(closed("lillevik", WEEK, CELLS))
    return town


def closed(municipality_id: str, period: str, cells: Mapping[str, int | None], **more: Any) -> ClosedPeriod:
    work = HandoffFigures(
        created=8, resolved=5, own_unit=3, accept_minutes=(5, 30, 300), resolve_minutes=(60, 70, 4000)
    )
    return ClosedPeriod(
        municipality_id=municipality_id, period=period, cells=cells, handoffs=work, ended_at=end_of(period), **more
    )


def page_of(stage: Stage, person_id: str = "leder", **chosen: str) -> OverviewPage:
    def question(work: UnitOfWork) -> Asking[OverviewPage]:
        viewer = yield from viewer_of_event(work.event, work.content)
        return (yield from overview(viewer, **chosen))

    return stage.answer_to(person_id, question)


def table(page: OverviewPage, name: str) -> DataTable:
    return next(each for each in page.tables if each.name == name)


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        ("2026-11-02", "2026-10-05", "Første dag var etter siste dag"),
        ("2026-11-24", "2026-11-26", "Bare uker som er over, er talt"),
        ("2026-10-05", "2026-11-01", ""),
    ],
)
def test_a_span_that_is_not_the_one_asked_for_says_why(stage: Stage, first: str, last: str, told: str) -> None:
    page = page_of(stage, first=first, last=last)
    assert page.adjusted.startswith(told)
    assert bool(page.adjusted) == bool(told)
    assert page.first <= page.last


def test_dates_the_wrong_way_round_are_swapped(stage: Stage) -> None:
    page = page_of(stage, first="2026-11-01", last="2026-10-05")
    assert (page.first, page.last) == ("2026-10-05", "2026-11-01")


def test_a_leader_sees_own_municipality_only(stage: Stage) -> None:
    page = page_of(stage)
    assert (page.place, page.choices) == ("Lillevik kommune", ())
    assert not isinstance(page_of(stage, municipality_id="storvik"), OverviewPage)


@pytest.mark.parametrize("who", ["kari", "ana", "stranger"])
def test_others_are_refused(stage: Stage, who: str) -> None:
    assert not isinstance(page_of(stage, who), OverviewPage)


def test_what_is_hidden_is_named_so_and_a_partial_sum_is_a_lower_bound(stage: Stage) -> None:
    before = week_of(TUESDAY.date() - timedelta(weeks=2))
    stage.put(closed("lillevik", before, {"questions": None, "unknown": None}))
    [row] = table(page_of(stage), "outcomes").shown(CATALOGUE[Language.NB])
    assert row[:4] == ("Lillevik kommune", "minst 40", "30", "0")
    assert row[4] == "skjult"


def test_whole_months_are_added_by_month_and_other_weeks_by_week() -> None:
    month = weeks_of("2026-10")
    span = WeekSpan(
        first=week_of(WeekSpan(first=month[0], last=month[0]).first_day - timedelta(weeks=1)), last=month[-1]
    )
    assert span.periods == (span.first, "2026-10")
    assert all(month_of(week) == "2026-10" for week in month)
    assert Amount.total([Amount(number=3), Amount(partial=True)]) == Amount(number=3, partial=True)


def test_of_a_hidden_month_the_published_weeks_are_added(stage: Stage) -> None:
    month, weeks = closed("lillevik", "2026-10", {"questions": None}, weeks_sum={"questions": 12}), weeks_of("2026-10")
    stage.put(month)
    page = page_of(stage, first=str(first_day(weeks[0])), last=str(last_day(weeks[-1])))
    [row] = table(page, "outcomes").shown(CATALOGUE[Language.NB])
    assert row[1] == "minst 12"
    assert page.effect.sentences[0] == "De ansatte har stilt minst 12 spørsmål."


def test_people_are_those_of_the_newest_period_and_never_added_up(stage: Stage) -> None:
    before = week_of(TUESDAY.date() - timedelta(weeks=2))
    stage.put(closed("lillevik", before, CELLS, people=30), closed("lillevik", WEEK, CELLS, people=25))
    assert ("Ansatte som har spurt, ", "25") in [(name[:23], value) for name, value in page_of(stage).facts]


def test_each_plot_has_a_title_and_a_description_and_shows_the_numbers_of_its_table(stage: Stage) -> None:
    plots = [each for each in page_of(stage).tables if each.plot]
    assert {each.name for each in plots} == {"weekly", "outcomes", "articles"}
    for each in plots:
        drawing = ET.fromstring(each.plot)  # noqa: S314 - our own drawing
        named = {element.get("id") for element in drawing}
        assert set((drawing.get("aria-labelledby") or "").split()) <= named
        assert drawing.get("role") == "img"
    assert "40" in table(page_of(stage), "weekly").plot


def test_the_file_has_semicolons_the_byte_order_mark_and_no_formulas(stage: Stage) -> None:
    sent = Announcement(
        id="a1",
        author_id="leder",
        municipality_id="lillevik",
        desk="x",
        state=AnnouncementState.SENT,
        wordings={Language.NB: Wording(title="=1+1;2", body="Hei")},
        started_at=TUESDAY,
        created_at=TUESDAY,
        changed_at=TUESDAY,
    )
    stage.put(sent)
    page = page_of(stage)
    text = overview_csv(CATALOGUE[Language.EN], page, TUESDAY)
    assert text.startswith("\ufeffOverview;Lillevik kommune\r\n")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
    assert ["Lillevik kommune", "40", "30", "0", "hidden", "0", "0", "0", "9", "6"] in rows
    assert [row[0] for row in rows if row and "1+1" in row[0]] == ["'=1+1;2"]


def test_a_recalled_announcement_is_named_as_such(stage: Stage) -> None:
    recalled = Announcement(
        id="a1",
        author_id="leder",
        municipality_id="lillevik",
        desk="x",
        state=AnnouncementState.RECALLED,
        wordings={Language.NB: Wording(title="Nytt fra Teams", body="Hei")},
        started_at=TUESDAY,
        created_at=TUESDAY,
        changed_at=TUESDAY,
    )
    stage.put(recalled)
    assert "Nytt fra Teams (trukket tilbake)" in str(table(page_of(stage), "announcements"))


def test_the_file_says_the_effect_as_the_page_does(stage: Stage) -> None:
    page = page_of(stage)
    text = overview_csv(CATALOGUE[Language.NB], page, TUESDAY).removeprefix("\ufeff")
    rows = [row[0] for row in csv.reader(io.StringIO(text), delimiter=";") if len(row) == 1]
    assert rows[: len(page.effect.sentences) + 2] == [
        "Effekten i korte trekk",
        *page.effect.sentences,
        page.effect.note,
    ]


@pytest.mark.parametrize(
    ("language", "name"),
    [
        (Language.NB, "uke 27 (29. juni–5. juli 2026)"),
        (Language.NN, "veke 27 (29. juni–5. juli 2026)"),
        (Language.EN, "week 27 (29 Jun\u2009–\u20095 Jul 2026)"),
    ],
)
def test_a_week_has_its_number_and_its_days(language: Language, name: str) -> None:
    assert week_name(CATALOGUE[language], "2026-W27") == name


def test_the_effect_is_said_in_plain_words(stage: Stage) -> None:
    said = page_of(stage).effect
    assert said.sentences == (
        "De ansatte har stilt 40 spørsmål.",
        "30 fikk svar med det samme (75 %).",
        "Av dem som sa fra om svaret, sa 60 % at det hjalp.",
        "Svarene tilsvarer om lag 4 timer som kollegene kunne bruke på noe annet.",
        "Kollegene løste 5 spørsmål selv, halvparten av dem innen 70 minutter.",
    )
    assert "10 minutter" in said.note


def test_open_and_overdue_questions_are_of_now(stage: Stage) -> None:
    stage = scene.stage()
    stage.put(person("leder", "nord", Role.LEADER))
    scene.asked(stage)
    [row] = table(page_of(stage), "handoffs").rows
    assert row[1:3] == (1, 0)
    stage.now += timedelta(days=10)
    [row] = table(page_of(stage), "handoffs").rows
    assert row[1:3] == (1, 1)


def test_the_word_in_the_chat_shows_a_card_to_a_leader_and_refuses_others(stage: Stage) -> None:
    stage.press("leder", "insight.show")
    [slot] = stage.slots("leder", "insight/")
    shown = stage.shown("leder", slot)
    assert "Statistikk for Lillevik kommune" in shown
    assert "De ansatte har stilt 40 spørsmål." in shown
    assert stage.press("kari", "insight.show").notices == [CATALOGUE[Language.NB]("insight.refused")]


def test_rows_without_any_number_are_counted_on_the_page_and_stay_in_the_file() -> None:
    hidden = Amount(number=0, partial=True)
    rows = (("Kjent", Amount(number=12, partial=False)), *((f"Program {number}", hidden) for number in range(4)))
    whole = DataTable(name="programs", title="Programmer", headings=("Navn", "Spurt"), rows=rows)
    short, left = without_hidden(whole)
    assert (short.rows, left) == (rows[:1], 4)
    few = replace(whole, rows=rows[:3])
    assert without_hidden(few) == (few, 0)
