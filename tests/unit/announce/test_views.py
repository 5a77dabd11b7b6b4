"""What the desk shows of announcements: each reader their own, in pages; the composer and the chat share one draft."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Concatenate, ParamSpec, TypeVar

import pytest

from bot.records.query_answering import FlowRun
from bot.report.files import COLUMNS, local_columns, local_row
from dialogs.announce.model import AnnouncementState
from dialogs.announce.views.composer import ReleasePage, composer_page, latest_draft, live_preview, release_page
from dialogs.announce.views.details import details_page, shown_image
from dialogs.announce.views.listing import LISTED_AT_ONCE, calendar_page, list_page, waiting_returned
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import Viewer, viewer_of
from knowledge.article.article import Language
from knowledge.organisation.importers.rows import csv_of_rows
from tests.unit.announce.town import TEXTS, Town
from tests.unit.at_once import run

P = ParamSpec("P")
T = TypeVar("T")


def view(town: Town, who: str, of: Callable[Concatenate[Viewer, P], Asking[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    def reading() -> Asking[T]:
        viewer = yield from viewer_of(who, town.content, town.now)
        return (yield from of(viewer, *args, **kwargs))

    return run(FlowRun(store=town.store).result_of(reading()))


def released(town: Town, id_: str) -> ReleasePage:
    page = view(town, "anja", release_page, id_)
    assert page is not None
    return page


def listed(town: Town, who: str, **filters: Any) -> list[str]:
    return [each.title for each in view(town, who, list_page, **filters).rows.items]


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.mark.parametrize("who", ["nils", "bo", "nobody"])
def test_nobody_without_the_role_sees_the_list(town: Town, who: str) -> None:
    with pytest.raises(EventRefused):
        view(town, who, list_page)


def test_the_list_is_of_the_readers_municipality_and_the_providers_of_all(town: Town) -> None:
    town.draft(title_nb="Utkast")
    town.send(units="helse", title_nb="Sendt i Lillevik")
    town.send("berit", title_nb="Sendt i Storvik")
    assert set(listed(town, "anja")) == {"Utkast", "Sendt i Lillevik"}
    assert listed(town, "berit") == ["Sendt i Storvik"]
    assert set(listed(town, "drude")) == {"Utkast", "Sendt i Lillevik", "Sendt i Storvik"}
    assert listed(town, "drude", municipality="storvik") == ["Sendt i Storvik"]
    assert listed(town, "gro") == ["Sendt i Lillevik"], "an approver sees no drafts"
    assert not view(town, "gro", list_page).may_write


def test_the_list_is_filtered_searched_and_paged(town: Town) -> None:
    town.draft(title_nb="Nytt om Windows")
    town.send(units="helse", title_nb="Nytt om Outlook")
    assert listed(town, "anja", state="sent") == ["Nytt om Outlook"]
    assert listed(town, "anja", words="WINDOWS nytt") == ["Nytt om Windows"]
    assert listed(town, "anja", words="finnes ikke") == []
    for number in range(LISTED_AT_ONCE):
        town.draft(title_nb=f"Utkast {number}")
    page = view(town, "anja", list_page, number=2).rows
    assert (len(page.items), page.number, page.pages, page.total) == (2, 2, 2, LISTED_AT_ONCE + 2)


def test_the_calendar_has_what_is_planned_on_its_day_in_norway(town: Town) -> None:
    draft = town.draft(units="helse")
    town.act("announce.schedule", draft, day="2026-12-01", time="00:30", off_hours="true")
    page = view(town, "anja", calendar_page, month="2026-12")
    days = {each.day.isoformat(): each for week in page.weeks for each in week}
    assert [row.title for row in days["2026-12-01"].rows] == ["Teams er nede"]
    assert [row.title for row in days["2026-11-30"].rows] == []
    assert (page.planned, page.before, page.after) == (1, "2026-11", "2027-01")
    assert all(len(week) == 7 and week[0].day.weekday() == 0 for week in page.weeks)
    assert view(town, "anja", calendar_page, month="no month").month.isoformat() == "2026-11-01"


def test_the_composer_has_the_draft_of_the_chat_and_sends_back_what_it_shows(town: Town) -> None:
    draft = town.draft(units="nord", roles="ambassador", links="Les | https://a.example", confirm="true")
    assert view(town, "anja", latest_draft) == draft.id
    page = view(town, "anja", composer_page, draft.id)
    assert page.reach is not None
    assert page.reach.people == 1
    assert [each.name for each in page.previews] == ["bokmål", "nynorsk", "engelsk"]
    town.act("announce.preview", draft, **page.values)
    again = town.now_is(draft)
    kept = ("wordings", "links", "audience", "severity", "confirm", "incident", "joiners", "expires_at", "sender")
    assert {name: getattr(again, name) for name in kept} == {name: getattr(draft, name) for name in kept}


def test_people_of_a_list_are_named_to_untick_and_more_can_be_added(town: Town) -> None:
    draft = town.draft(list="nils@lillevik.example\nsven")
    page = view(town, "anja", composer_page, draft.id)
    assert [(choice.value, choice.name) for choice in page.choices["people"]] == [
        ("nils", "Ansatt nils, Nord"),
        ("sven", "Ansatt sven, Sor"),
    ]
    assert (page.values["people"], page.values["list"]) == ("nils,sven", "")
    town.act("announce.preview", draft, **{**page.values, "people": "sven", "list": "siri@lillevik.example"})
    assert town.now_is(draft).audience.person_ids == {"siri", "sven"}


def test_people_of_other_municipalities_are_not_named(town: Town) -> None:
    draft = town.draft("drude", municipalities="storvik,samdrift", list="bo\ndrude")
    page = view(town, "drude", composer_page, draft.id)
    assert [choice.value for choice in page.choices["people"]] == ["drude"]
    assert page.values["list"] == "bo"


def test_a_ticked_person_of_elsewhere_is_as_unknown_as_a_written_one(town: Town) -> None:
    outcome, draft = town.fill(people="bo")
    assert town.texts("anja").plural("announce.fault.unknown_people", 1, names="bo") in outcome.notice
    assert draft.wordings == {}


def test_the_live_preview_saves_nothing_and_names_faults(town: Town) -> None:
    draft = town.begin()
    found = view(town, "anja", live_preview, draft.id, {**TEXTS, "units": "nord"})
    assert found.reach is not None
    assert (found.faults, found.reach.people) == ((), 2)
    assert "jobbar" in found.previews[1].message.text
    assert view(town, "anja", live_preview, draft.id, {"title_nb": "Bare en tittel"}).faults
    assert town.now_is(draft) == draft


def test_the_button_says_how_many_it_reaches(town: Town) -> None:
    assert released(town, town.draft(units="nord").id).go == "Send til 2 mottakere"
    assert view(town, "anja", release_page, town.begin().id) is None, "nothing is written"
    strict = Town(approval=True)
    assert released(strict, strict.draft(units="nord").id).go == "Be om godkjenning (2 mottakere)"


def test_a_draft_that_reaches_no_one_cannot_be_sent(town: Town) -> None:
    page = released(town, town.draft(units="nord", languages="en").id)
    assert page.why == town.texts("anja")("announce.fault.empty")


def test_a_link_without_a_label_in_a_language_of_the_text_is_warned_of(town: Town) -> None:
    told = "Lenken «Les mer» mangler tekst på {}. Leserne av den teksten ser «Les mer»."
    draft = town.draft(units="nord", links="Les mer | https://a.example\nDrift | Drift | Status | https://b.example")
    assert set(draft.wordings) == {Language.NB, Language.NN}
    assert view(town, "anja", composer_page, draft.id).warnings == (told.format("nynorsk"),)
    assert told.format("nynorsk") in str(town.posts["anja", draft.desk].card)
    written = {**TEXTS, "title_en": "Teams is down", "body_en": "We are on it.", "links": "Les mer | https://a.example"}
    assert view(town, "anja", live_preview, draft.id, written).warnings == (told.format("nynorsk, engelsk"),)
    only = {"title_nb": "Kort", "body_nb": "Tekst", "links": "Les mer | https://a.example"}
    assert view(town, "anja", live_preview, draft.id, only).warnings == ()


def test_many_recipients_are_counted_when_saved_and_not_while_writing(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dialogs.announce.views.composer.COUNTED_LIVE", 1)
    draft = town.draft(units="nord")
    same = view(town, "anja", live_preview, draft.id, {**TEXTS, "units": "nord", "title_nb": "Ny"}).reach
    wider = view(town, "anja", live_preview, draft.id, {**TEXTS, "units": "helse"}).reach
    assert same is not None
    assert wider is not None
    assert (same.people, wider.people, wider.at_most) == (2, None, 3)


def test_details_show_what_can_be_done_and_names_of_the_own_municipality_only(town: Town) -> None:
    sent = town.send(units="helse")
    page = view(town, "anja", details_page, sent.id)
    assert page.state is AnnouncementState.SENT
    assert page.correction is not None
    assert page.report
    assert [each.by for each in page.history] == ["Ansatt anja"]
    assert view(town, "drude", details_page, sent.id).history[0].by == ""
    with pytest.raises(EventRefused):
        view(town, "berit", details_page, sent.id)
    with pytest.raises(EventRefused):
        view(town, "berit", shown_image, sent.id)


def test_an_approver_is_offered_the_answer_and_the_author_is_not() -> None:
    town = Town(approval=True)
    draft = town.draft(units="helse")
    town.act("announce.send", draft)
    assert view(town, "gro", details_page, draft.id).may_approve
    assert not view(town, "anja", details_page, draft.id).may_approve
    town.change("anja", roles=frozenset({Role.ANNOUNCER, Role.APPROVER}))
    assert not view(town, "anja", details_page, draft.id).may_approve


def test_the_table_is_in_the_readers_language_and_starts_no_formula(town: Town) -> None:
    texts, organisation = town.texts("anja"), town.content.organisation
    row = dict.fromkeys(COLUMNS, "") | {
        "name": "=HYPERLINK(1)",
        "municipality": "lillevik",
        "unit": "nord",
        "state": "sent",
        "possibly_twice": "yes",
        "settled_at": "2026-11-24T08:00:00+00:00",
    }
    table = csv_of_rows(local_columns(texts), [local_row(tuple(row.values()), texts, organisation)], delimiter=";")
    head, line = table.splitlines()
    assert head.startswith("Id;Navn;Kommune;Enhet;Status")
    assert line == ";'=HYPERLINK(1);Lillevik kommune;Nord;sendt;;;ja;;2026-11-24 09:00:00;"


@pytest.mark.parametrize(("day", "time", "outside"), [("2026-12-01", "10:00", False), ("2026-12-25", "03:00", True)])
def test_a_time_outside_office_hours_is_warned_of_and_stands_in_the_form(
    town: Town, day: str, time: str, outside: bool
) -> None:
    draft = town.draft(units="nord")
    town.act("announce.schedule", draft, day=day, time=time, off_hours="true")
    page = view(town, "anja", details_page, draft.id)
    assert (page.planned, page.outside_hours) == ({"day": day, "time": time}, outside)


def test_an_image_without_a_description_is_warned_of_before_it_is_sent(town: Town) -> None:
    told = town.texts("anja")("desk.announcements.no_alt")
    draft = town.draft(units="nord")
    town.put(replace(draft, image_id="image-1"))
    assert told in released(town, draft.id).warnings
    town.put(replace(draft, image_id="image-1", image_alt={Language.NB: "Et kart"}))
    assert told not in released(town, draft.id).warnings


def test_a_draft_that_was_sent_back_says_so_to_its_author_until_it_is_submitted_again() -> None:
    town = Town(approval=True)
    draft = town.draft(units="nord")
    assert view(town, "anja", composer_page, draft.id).returned == ""
    town.act("announce.send", draft)
    town.act("announce.reject", town.now_is(draft), "gro", why="Skriv når.")
    assert view(town, "anja", composer_page, draft.id).returned.startswith(town.get(Person, "gro").name)
    [item] = view(town, "anja", waiting_returned)
    assert item.path.endswith(draft.id)
    assert view(town, "gro", waiting_returned) == ()
    town.act("announce.send", town.now_is(draft))
    assert view(town, "anja", waiting_returned) == ()
