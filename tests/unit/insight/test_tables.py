"""The tables and sentences of the overview, number by number, for one municipality and for the provider of several."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from dialogs.announce.model import Announcement, AnnouncementState, Wording
from dialogs.core.person import Role
from dialogs.insight.figures import Amount, Figures, WeekSpan
from dialogs.insight.flow import FEATURE
from dialogs.insight.model import (
    HandoffFigures,
    first_day,
    last_closed_week,
    last_day,
    month_of,
    percentile,
    week_of,
    weeks_of,
)
from dialogs.insight.overview import MOST_ARTICLES, duration, effect_of, week_label
from dialogs.insight.table import DataTable, shown_cell, statistics_csv
from knowledge.article.article import ArticleBook, Language
from knowledge.organisation.organisation import Organisation
from tests.unit.driver import CATALOGUE, TUESDAY, Stage
from tests.unit.handoff import scene
from tests.unit.handoff.scene import ARTICLE, person
from tests.unit.insight.test_overview import CELLS, closed, page_of, table

NB = CATALOGUE[Language.NB]
WEEK = last_closed_week(TUESDAY)
BEFORE = week_of(TUESDAY.date() - timedelta(weeks=2))


@pytest.fixture
def stage() -> Stage:
    town = scene.stage(verbs=FEATURE.verbs, timers={})
    town.put(person("leder", "nord", Role.LEADER), person("admin", "bryggen", Role.ADMIN, municipality_id="storvik"))
    return town


@pytest.fixture
def provided(stage: Stage) -> Stage:
    """The same town, with the second municipality as provider of both."""
    known = stage.content.organisation
    places = [replace(place, provider=place.id == "storvik") for place in known.municipalities.values()]
    units = [unit for id_ in known.municipalities for unit in known.units(id_)]
    organisation = Organisation.from_units(municipalities=places, units=units)
    stage.content = replace(stage.content, organisation=organisation)
    return stage


def figures(cells: Mapping[str, int | None], **work: Any) -> Figures:
    return Figures.from_periods([replace(closed("lillevik", WEEK, cells), handoffs=HandoffFigures(**work))])


def said(cells: Mapping[str, int | None], earlier: Amount | None = None, **work: Any) -> tuple[str, ...]:
    return effect_of(NB, figures(cells, **work), earlier or Amount()).sentences


@pytest.mark.parametrize(
    ("cells", "sentences"),
    [
        ({}, ()),
        ({"questions": None}, ()),
        ({"questions": 8}, ("De ansatte har stilt 8 spørsmål.",)),
        (
            {"questions": 8, "answer": 6, "not_helped": 6},
            (
                "De ansatte har stilt 8 spørsmål.",
                "6 fikk svar med det samme (75 %).",
                "Av dem som sa fra om svaret, sa 0 % at det hjalp.",
            ),
        ),
        (
            {"questions": 8, "helped": 6, "not_helped": None},
            ("De ansatte har stilt 8 spørsmål.", "6 sa at svaret hjalp."),
        ),
        ({"questions": 8, "helped": None}, ("De ansatte har stilt 8 spørsmål.",)),
    ],
)
def test_a_sentence_stands_only_where_its_numbers_are_known(
    cells: Mapping[str, int | None], sentences: tuple[str, ...]
) -> None:
    assert said(cells) == sentences


def test_hours_are_of_answers_that_were_not_called_unhelpful() -> None:
    assert said({"questions": 99, "answer": 36, "not_helped": 6})[-1] == (
        "Svarene tilsvarer om lag 5 timer som kollegene kunne bruke på noe annet."
    )
    assert said({"questions": 99, "answer": 60})[-1].startswith("Svarene tilsvarer om lag 10 timer")


def test_solved_questions_are_said_with_the_half_of_their_times() -> None:
    assert said({"questions": 8}, resolved=3, resolve_minutes=(10, 61, 900))[-1] == (
        "Kollegene løste 3 spørsmål selv, halvparten av dem innen 61 minutter."
    )
    assert len(said({"questions": 8}, resolved=0, resolve_minutes=(10,))) == 1
    assert len(said({"questions": 8}, resolved=3)) == 1


@pytest.mark.parametrize(
    ("earlier", "told"),
    [
        (Amount(number=20), "Det er 100 % flere spørsmål enn i den like lange perioden før."),
        (Amount(number=80), "Det er 50 % færre spørsmål enn i den like lange perioden før."),
        (Amount(number=40), "Det er like mange spørsmål som i den like lange perioden før."),
        (Amount(number=20, partial=True), "De ansatte har stilt 40 spørsmål."),
        (Amount(), "De ansatte har stilt 40 spørsmål."),
    ],
)
def test_the_change_is_said_where_both_spans_are_known(earlier: Amount, told: str) -> None:
    assert said({"questions": 40}, earlier)[-1] == told


def test_the_span_before_is_as_long_and_ends_where_this_one_begins(stage: Stage) -> None:
    stage.put(closed("lillevik", WEEK, {"questions": 30}), closed("lillevik", BEFORE, {"questions": 20}))
    page = page_of(stage, first=str(first_day(WEEK)), last=str(last_day(WEEK)))
    assert "Det er 50 % flere spørsmål enn i den like lange perioden før." in page.effect.sentences
    stage.put(closed("lillevik", week_of(TUESDAY.date() - timedelta(weeks=3)), {"questions": 99}))
    same = page_of(stage, first=str(first_day(WEEK)), last=str(last_day(WEEK)))
    assert same.effect == page.effect


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        (1, "1 minutt"),
        (119, "119 minutter"),
        (120, "2 timer"),
        (2849, "47 timer"),
        (2880, "2 døgn"),
        (60 * 24 * 9, "9 døgn"),
    ],
)
def test_a_duration_is_in_the_unit_that_reads_best(minutes: int, told: str) -> None:
    assert duration(NB, minutes) == told


def test_a_percentile_is_one_of_the_values() -> None:
    values = tuple(range(1, 101))
    assert [percentile(values, share) for share in (0.0, 0.005, 0.5, 0.95, 1.0)] == [1, 1, 50, 95, 100]
    assert percentile((7, 9), 0.5) == 7
    assert percentile((), 0.5) is None


def test_weeks_are_labelled_by_number_and_the_first_by_its_year() -> None:
    assert [week_label(week) for week in ("2026-W48", "2027-W01", "2027-W02")] == ["48", "1 (2027)", "2"]


def test_every_table_of_one_municipality_has_its_numbers(stage: Stage) -> None:
    cells = {
        **CELLS,
        "handed_over": 7,
        "answer@health": 12,
        "answer@education": None,
        "program": 9,
        "program#slides": 9,
        "course": 6,
        "course#first": 6,
    }
    stage.put(closed("lillevik", WEEK, cells))
    page = page_of(stage)
    shown = {drawn.name: drawn.shown(NB) for drawn in page.tables}
    assert shown["outcomes"] == (("Lillevik kommune", "40", "30", "0", "skjult", "7", "0", "0", "9", "6"),)
    assert {row[0]: row[1] for row in shown["sectors"]}["Helse og omsorg"] == "12"
    assert shown["articles"] == (("Totrinnsbekreftelse", "20", "6"),)
    assert shown["unhelpful"] == (("Totrinnsbekreftelse", "20", "6"),)
    [work] = shown["handoffs"]
    assert work == ("Lillevik kommune", "0", "0", "8", "5", "3", "30 minutter", "5 timer", "70 minutter", "3 døgn")
    [cover] = shown["coverage"]
    assert (cover[0], cover[1]) == ("Lillevik kommune", "3")
    assert shown["weekly"][-1][1] == "40"
    assert all(len(row) == len(drawn.headings) for drawn in page.tables for row in drawn.rows)
    noted = {drawn.name for drawn in page.tables if drawn.note}
    assert noted == {"weekly", "outcomes", "sectors", "unhelpful", "handoffs", "coverage"}


def test_programs_and_courses_are_listed_by_number_with_their_sum(stage: Stage) -> None:
    stage.put(
        closed(
            "lillevik",
            WEEK,
            {"program": 20, "program#a": 6, "program#b": 9, "program#c": None, "course": None, "course#x": None},
        )
    )
    page = page_of(stage)
    rows = table(page, "program").shown(NB)
    assert [row[1] for row in rows] == ["9", "6", "skjult", "20"]
    assert rows[-1][0] == NB("insight.together")
    assert rows[0][0] == NB("insight.other"), "not in the register any more"
    assert table(page, "course").rows == ()


def test_articles_are_those_shown_most_and_an_unknown_one_has_its_id(stage: Stage) -> None:
    numbers = {f"answer#a{number}": 100 - number for number in range(20)}
    unhelpful = {"not_helped#a3": 9, "not_helped#a1": 60, "not_helped#a2": None}
    stage.put(closed("lillevik", WEEK, {"questions": 999, **numbers, "answer#hidden": None, **unhelpful}))
    page = page_of(stage)
    used = table(page, "articles").shown(NB)
    assert len(used) == MOST_ARTICLES
    assert used[0] == ("a0", "100", "0")
    assert [row[0] for row in used[:3]] == ["a0", "a1", "a2"]
    assert [row[0] for row in table(page, "unhelpful").rows] == ["a1", "a3"]


def test_a_long_title_is_shortened_in_the_plot_only(stage: Stage) -> None:
    long, fits = "Hvordan deler jeg lange ord", "Hvordan deler jeg lenker??"
    assert (len(long), len(fits)) == (27, 26)
    books = ArticleBook.from_articles([replace(ARTICLE, id="long", title=long), replace(ARTICLE, title=fits)])
    stage.content = replace(stage.content, articles=books)
    stage.put(closed("lillevik", WEEK, {"questions": 90, "answer": 90, "answer#mfa": 40, "answer#long": 50}))
    drawn = table(page_of(stage), "articles")
    assert [row[0] for row in drawn.rows] == [long, fits]
    assert f"{long[:25]}…" in drawn.plot
    assert long not in drawn.plot
    assert fits in drawn.plot


def test_a_provider_sees_all_side_by_side_and_together_and_may_choose_one(provided: Stage) -> None:
    provided.put(closed("lillevik", WEEK, CELLS, people=25), closed("storvik", WEEK, {"questions": 5}, people=5))
    provided.put(closed("storvik", BEFORE, {"questions": None}))
    page = page_of(provided, "admin")
    assert page.place == NB("insight.all_municipalities")
    assert page.municipality_id == ""
    assert dict(page.choices).keys() == {"lillevik", "storvik"}
    assert [row[0] for row in table(page, "outcomes").rows] == ["Lillevik kommune", "Storvik kommune"]
    assert table(page, "weekly").headings[1:] == ("Lillevik kommune", "Storvik kommune", NB("insight.together"))
    assert [row[1:] for row in table(page, "weekly").shown(NB)] == [("0", "skjult", "skjult"), ("40", "5", "45")]
    facts = dict(page.facts)
    assert facts[NB("insight.fact.questions")] == "minst 45"
    people = NB("insight.fact.people", first=NB.day(first_day(WEEK)), last=NB.day(last_day(WEEK)))
    assert facts[people] == "30"
    one = page_of(provided, "admin", municipality_id="lillevik")
    assert (one.place, one.municipality_id) == ("Lillevik kommune", "lillevik")
    assert one.choices == page.choices
    assert table(one, "weekly").headings[1:] == ("Lillevik kommune",)


def test_people_of_a_municipality_that_hides_them_make_the_number_a_lower_bound(provided: Stage) -> None:
    provided.put(closed("lillevik", WEEK, CELLS, people=25), closed("storvik", WEEK, {"questions": None}))
    shown = [value for name, value in page_of(provided, "admin").facts if name.startswith("Ansatte som har spurt")]
    assert shown == ["minst 25"]
    provided.put(closed("storvik", WEEK, {}))
    shown = [value for name, value in page_of(provided, "admin").facts if name.startswith("Ansatte som har spurt")]
    assert shown == ["25"], "without questions nobody is hidden"


def test_an_empty_span_says_so_and_the_card_in_the_chat_too(stage: Stage) -> None:
    page = page_of(stage)
    assert page.empty
    assert page.effect.sentences == ()
    stage.press("leder", "insight.show")
    [slot] = stage.slots("leder", "insight/")
    assert NB("insight.none") in stage.shown("leder", slot)
    stage.put(closed("lillevik", WEEK, CELLS))
    assert not page_of(stage).empty


def sent(id_: str, at: datetime, **more: Any) -> Announcement:
    return Announcement(
        id=id_, author_id="leder", municipality_id="lillevik", desk="x",
        wordings={Language.NB: Wording(title=id_, body="Hei")}, started_at=at, created_at=at,
        **{"state": AnnouncementState.SENT, "changed_at": at, **more},
    )  # fmt: skip


def test_announcements_of_the_span_are_listed_newest_first_and_drafts_are_not(stage: Stage) -> None:
    stage.put(closed("lillevik", WEEK, CELLS))
    monday = datetime.combine(first_day(WEEK), TUESDAY.timetz())
    stage.put(
        sent("first", monday),
        sent("now", TUESDAY),
        sent("before", monday - timedelta(days=1)),
        sent("draft", TUESDAY, state=AnnouncementState.DRAFT),
    )
    page = page_of(stage, first=str(first_day(WEEK)), last=str(last_day(WEEK)))
    assert [row[0] for row in table(page, "announcements").rows] == ["now", "first"]
    assert table(page, "announcements").rows[0][1] == "Lillevik kommune"
    for number in range(25):
        stage.put(sent(f"more-{number:02}", TUESDAY + timedelta(minutes=number)))
    rows = table(page_of(stage), "announcements").rows
    assert (len(rows), rows[0][0]) == (20, "more-24")


@pytest.mark.parametrize(
    ("first", "last", "span"),
    [
        ("2026-10-05", "2026-10-18", ("2026-10-05", "2026-10-18")),
        ("2026-10-07", "2026-10-13", ("2026-10-05", "2026-10-18")),
        ("2020-01-01", "2026-10-18", ("2023-10-16", "2026-10-18")),
        ("", "2026-10-18", ("2026-07-20", "2026-10-18")),
        ("0001-01-01", "nonsense", ("2026-08-31", "2026-11-22")),
    ],
)
def test_a_span_is_whole_weeks_of_at_most_three_years(
    stage: Stage, first: str, last: str, span: tuple[str, str]
) -> None:
    page = page_of(stage, first=first, last=last)
    assert (page.first, page.last) == span


def test_a_span_in_the_future_is_the_last_closed_week_and_says_so(stage: Stage) -> None:
    for first in ("2027-01-01", str(TUESDAY.date())):
        page = page_of(stage, first=first, last="2027-02-01")
        assert page.first == str(first_day(WEEK))
        assert page.adjusted.startswith("Bare uker som er over")
    assert page_of(stage).adjusted == ""


def test_periods_of_a_span_cover_each_week_once() -> None:
    span = WeekSpan.between(date(2026, 9, 28), date(2026, 11, 8), now=TUESDAY)
    covered = [week for period in span.periods for week in (weeks_of(period) if "W" not in period else (period,))]
    assert covered == list(span.weeks)
    assert any("W" not in period for period in span.periods)


def test_weeks_of_a_month_are_shown_one_by_one(stage: Stage) -> None:
    weeks = weeks_of("2026-10")
    numbers = {week: (None if number == 1 else number * 5) for number, week in enumerate(weeks)}
    stage.put(closed("lillevik", "2026-10", {"questions": 50}, weekly=numbers))
    page = page_of(stage, first=str(first_day(weeks[0])), last=str(last_day(weeks[-1])))
    assert [row[1] for row in table(page, "weekly").shown(NB)][:3] == ["0", "skjult", "10"]


@pytest.mark.parametrize(
    ("cell", "shown", "in_file"),
    [
        (None, "–", ""),
        ("=1", "=1", "'=1"),
        (12345, NB.number(12345), "12345"),
        (Amount(number=12345), NB.number(12345), "12345"),
        (Amount(number=12345, partial=True), f"minst {NB.number(12345)}", "minst 12345"),
        (Amount(partial=True), "skjult", "skjult"),
        (Amount(), "0", "0"),
    ],
)
def test_a_cell_reads_alike_on_the_page_and_calculates_in_a_file(cell: Any, shown: str, in_file: str) -> None:
    assert shown_cell(NB, cell) == shown
    drawn = DataTable(name="t", title="=T", headings=("=H", "N"), rows=(("a", cell),))
    file = statistics_csv(NB, [("=lead", "x"), ()], [drawn])
    assert file == f"\ufeff'=lead;x\r\n\r\n\r\n'=T\r\n'=H;N\r\na;{in_file}\r\n"


@pytest.mark.parametrize(("week", "month"), [("2026-W18", "2026-04"), ("2026-W53", "2026-12"), ("2027-W01", "2027-01")])
def test_a_week_belongs_to_the_month_of_its_thursday(week: str, month: str) -> None:
    assert month_of(week) == month


def test_announcements_are_ordered_by_when_they_were_sent_and_not_by_later_changes(stage: Stage) -> None:
    stage.put(sent("old", TUESDAY - timedelta(days=2), changed_at=TUESDAY), sent("new", TUESDAY - timedelta(days=1)))
    assert [row[0] for row in table(page_of(stage), "announcements").rows] == ["new", "old"]
