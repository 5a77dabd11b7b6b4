"""Changes of the plan on the desk: who may, what is refused, the history, and the announcement each drafts."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from dialogs import router
from dialogs.announce.compose.editing import MAX_DRAFTS
from dialogs.announce.model import Announcement, AnnouncementState
from dialogs.core.milestone import Certainty, Milestone
from dialogs.core.person import Person, Role
from dialogs.core.speaker import viewer_of
from dialogs.rollout.timeline.form import BadPlanDate, read_date, read_period
from dialogs.rollout.timeline.model import PlanChange, PlanEntry
from dialogs.rollout.timeline.plan import PlanLine, whole_plan
from dialogs.rollout.timeline.views import MilestonePage, milestone_page
from knowledge.article.article import Language
from tests.unit.announce.town import Town, person
from tests.unit.driver import CATALOGUE, Outcome

LINE = Milestone(
    date="2027-03",
    id="teams",
    what={Language.NB: "Teams til helse", Language.NN: "Teams til helse", Language.EN: "Teams for health"},
    municipalities=frozenset({"lillevik"}),
    units=frozenset({"helse"}),
    certainty=Certainty.LIKELY,
)
SHARED = replace(LINE, id="shared", what={Language.NB: "Teams til alle"}, municipalities=frozenset(), units=frozenset())
TEXTS = {
    "what_nb": "Outlook til skolen",
    "what_nn": "Outlook til skulen",
    "what_en": "Outlook for the school",
    "certainty": "likely",
    "municipality": "lillevik",
}


class PlanTown(Town):
    """The town with a plan, and an administrator who may not announce."""

    def __init__(self, *milestones: Milestone) -> None:
        super().__init__(verbs=router.VERBS, timers=router.TIMERS)
        self.content = replace(self.content, milestones=milestones or (LINE, SHARED))
        self.put(person("ada", "skole", Role.ADMIN))

    def change(self, verb: str, who: str = "anja", milestone: str = "teams", **data: Any) -> Outcome:
        return self.press(
            who, f"timeline.{verb}", **{"milestone_id": milestone, "number": self.number(milestone), **data}
        )

    def number(self, milestone: str) -> int:
        found = self.find(PlanEntry, milestone)
        return found.number if found else 0

    def plan(self) -> dict[str, PlanLine]:
        return {each.id: each for each in self.answer_to("anja", lambda work: whole_plan(work.content))}

    def drafts(self) -> list[Announcement]:
        return [each for each in self.all(Announcement) if each.state is AnnouncementState.DRAFT]


@pytest.fixture
def town() -> PlanTown:
    return PlanTown()


def test_moving_keeps_and_shows_the_old_date_and_drafts_the_announcement_for_exactly_those_concerned(
    town: PlanTown,
) -> None:
    outcome = town.change("move", start="mai 2027", certainty="certain", reason="Venter på nettet")
    assert "utkast" in outcome.notices[0]
    line = town.plan()["teams"]
    assert (line.milestone.date, line.milestone.was, line.milestone.certainty) == ("2027-05", "2027-03", "certain")
    assert line.sequence == 1
    [change] = town.all(PlanChange)
    assert (change.act, change.by, change.before, change.after, change.reason) == (
        "moved",
        "anja",
        "2027-03",
        "2027-05",
        "Venter på nettet",
    )
    assert [(each.act, each.subject, each.by) for each in town.audits] == [("timeline.moved", "teams", "anja")]
    [draft] = town.drafts()
    assert set(draft.wordings) == set(Language)
    assert draft.author_id == "anja"
    for language, words in (
        (Language.NB, ("Teams til helse", "mai 2027", "Planen var tidligere mars 2027", "Datoen er sikker")),
        (Language.NN, ("Planen var tidlegare mars 2027",)),
        (Language.EN, ("Teams for health", "May 2027", "The plan was March 2027 before")),
    ):
        assert all(each in draft.wordings[language].body for each in words)
    organisation = town.content.organisation
    reached = {each.id for each in town.all(Person) if draft.audience.reaches(each, organisation)}
    assert reached == {"nils", "nora", "sven"}
    assert draft.counts is not None
    assert draft.counts.people == 3
    assert not town.readers(draft), "nothing is sent"
    assert draft.desk in town.slots("anja"), "the announcer has the draft in the chat"
    town.act("announce.send", draft)
    town.wait()
    assert town.readers(draft) == {"nils", "nora", "sven"}


def test_a_draft_nobody_touched_is_written_again_with_the_date_that_readers_know(town: PlanTown) -> None:
    town.change("move", start="mai 2027", certainty="likely")
    town.change("move", start="juni 2027", certainty="likely")
    [draft] = town.drafts()
    assert "juni 2027" in draft.wordings[Language.NB].body
    assert "tidligere mars 2027" in draft.wordings[Language.NB].body
    assert "mai" not in draft.wordings[Language.NB].body
    assert town.plan()["teams"].milestone.was == "2027-05"
    assert [each.before for each in town.all(PlanChange)] == ["2027-03", "2027-05"]


def test_a_milestone_moved_before_its_first_announcement_is_announced_as_new_without_a_date_before(
    town: PlanTown,
) -> None:
    town.press("anja", "timeline.save", milestone_id="", start="mars 2027", **TEXTS)
    [added] = [each for each in town.plan() if each not in {"teams", "shared"}]
    [first] = town.drafts()
    town.change("move", milestone=added, start="mai 2027", certainty="likely")
    [draft] = town.drafts()
    assert draft.wordings[Language.NB].title == first.wordings[Language.NB].title
    assert "mai 2027" in draft.wordings[Language.NB].body
    assert "mars" not in draft.wordings[Language.NB].body
    town.act("announce.send", draft)
    town.change("move", milestone=added, start="juni 2027", certainty="likely")
    [later] = town.drafts()
    assert later.wordings[Language.NB].title == "Flyttet: Outlook til skolen"
    assert "tidligere mai 2027" in later.wordings[Language.NB].body


def test_the_same_milestone_again_is_refused(town: PlanTown) -> None:
    town.press("anja", "timeline.save", milestone_id="", start="mars 2027", **TEXTS)
    again = {**TEXTS, "what_nb": "OUTLOOK til skolen"}
    outcome = town.press("anja", "timeline.save", milestone_id="", start="2027-03", **again)
    assert "finnes allerede" in outcome.notices[0]
    town.press("anja", "timeline.save", milestone_id="", start="2027-04", **again)
    assert len(town.plan()) == 4


def test_a_draft_the_announcer_worked_on_is_left_alone(town: PlanTown) -> None:
    town.change("move", start="mai 2027", certainty="likely")
    [first] = town.drafts()
    town.act(
        "announce.preview", first, title_nb="Mine ord", body_nb="Om Teams.", units="helse", municipalities="lillevik"
    )
    town.change("done")
    texts = [each.wordings[Language.NB].title for each in town.drafts()]
    assert sorted(texts) == ["Ferdig: Teams til helse", "Mine ord"]


def test_an_administrators_change_gives_the_draft_to_an_announcer(town: PlanTown) -> None:
    outcome = town.change("move", "ada", start="mai 2027", certainty="likely")
    assert "En kunngjører har fått" in outcome.notices[0]
    [draft] = town.drafts()
    assert draft.author_id == "anja"
    assert [(each.act, each.by) for each in draft.history] == [("drafted", "ada")]
    assert not town.act("announce.send", draft).notices


def test_without_room_for_a_draft_the_change_is_saved_all_the_same(town: PlanTown) -> None:
    for who in ("anja", "arne"):
        town.put(
            *(
                Announcement(
                    id=f"{who}-{n}",
                    author_id=who,
                    municipality_id="lillevik",
                    desk="x",
                    created_at=town.now,
                    changed_at=town.now,
                )
                for n in range(MAX_DRAFTS)
            )
        )
    outcome = town.change("done", "ada")
    assert "ikke laget noe utkast" in outcome.notices[0]
    assert town.plan()["teams"].milestone.done


def test_the_provider_plans_for_all_and_a_municipality_for_itself_alone(town: PlanTown) -> None:
    town.change("move", "drude", "shared", start="2027-08", certainty="unsure")
    [draft] = town.drafts()
    assert (draft.author_id, draft.audience.municipality_ids) == ("drude", frozenset())
    before = town.all(PlanEntry)
    for who, milestone in (
        ("anja", "shared"),
        ("berit", "teams"),
        ("nils", "teams"),
        ("gro", "teams"),
        ("guest-1", "teams"),
    ):
        for verb in ("move", "done", "withdraw", "save", "reopen", "keep", "use_file"):
            outcome = town.change(verb, who, milestone, start="2027-09", **TEXTS)
            assert outcome.notices, (who, verb)
    assert town.all(PlanEntry) == before
    assert "finnes ikke i planen din" in town.change("done", "berit", "teams").notices[0]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"start": "30. februar 2027"}, "finnes ikke"),
        ({"start": "2027-13"}, "finnes ikke"),
        ({"start": "snart"}, "finnes ikke"),
        ({"start": ""}, "Skriv en dato"),
        ({"start": "2027-05-01T10:00+09:00"}, "uten klokkeslett og tidssone"),
        ({"start": "1.5.2027 kl 10"}, "uten klokkeslett og tidssone"),
        ({"start": "mai 2027", "until": "april 2027"}, "slutter før den begynner"),
        ({"start": "oktober 2026"}, "Den tiden er over"),
        ({"start": "mars 2027"}, "den datoen den har"),
        ({"start": "mai 2027", "certainty": "maybe"}, "hvor sikker"),
        ({"start": "mai 2027", "number": "7"}, "i mellomtiden"),
        ({"start": "9" * 1000}, "finnes ikke"),
    ],
)
def test_an_impossible_move_is_refused_in_words_and_changes_nothing(
    town: PlanTown, data: dict[str, str], said: str
) -> None:
    outcome = town.change("move", **{"certainty": "likely", **data})
    assert said in outcome.notices[0]
    assert not outcome.changed
    assert (town.all(PlanEntry), town.all(PlanChange), town.all(Announcement)) == ([], [], [])


def page_of(town: PlanTown, who: str = "anja") -> MilestonePage:
    """Return the page of the first milestone."""

    def asking(work: Any) -> Any:
        viewer = yield from viewer_of(who, town.content, town.now)
        return (yield from milestone_page(viewer, "teams"))

    page: MilestonePage = town.answer_to(who, asking)
    return page


def form_of(town: PlanTown, who: str = "anja") -> dict[str, str]:
    """Return the values of the form of the first milestone, as a browser sends them."""
    return dict(page_of(town, who).values)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(
    "date", ["2027", "2027-03", "2027-03-15", "2027-autumn", "2027-01/2027-02", "2027-06-21/2027-08"]
)
def test_the_form_sent_as_it_is_shown_changes_nothing(language: Language, date: str) -> None:
    town = PlanTown(replace(LINE, date=date, what=dict.fromkeys(Language, "Teams til helse")))
    town.put(replace(town.get(Person, "anja"), language=language))
    outcome = town.change("save", **form_of(town))
    assert outcome.notices == [CATALOGUE[language]("timeline.refuse.same")]
    assert not outcome.changed


@pytest.mark.parametrize(
    ("who", "units"), [("drude", {"helse", "brygge"}), ("drude", {"helse"}), ("drude", ()), ("anja", {"helse"})]
)
def test_a_milestone_whose_places_the_form_cannot_choose_is_moved_and_keeps_them(who: str, units: set[str]) -> None:
    old = replace(LINE, municipalities=frozenset(), units=frozenset(units), sample=True)
    town = PlanTown(replace(old, what=dict.fromkeys(Language, "Teams til helse")))
    form = form_of(town, who)
    assert town.change("save", who, **form).notices == [town.texts(who)("timeline.refuse.same")]
    outcome = town.change("save", who, **{**form, "start": "mai 2027"})
    moved = town.plan()["teams"].milestone
    assert (moved.date, moved.municipalities, moved.units) == ("2027-05", old.municipalities, old.units), outcome
    if len(units) == 2:
        chosen = town.change("save", who, **{**form, "units": "skole", "number": town.number("teams")})
        assert "Velg enten alle kommunene eller enheter i én kommune." in chosen.notices[0]


class Forwards(frozenset[str]):
    """A set in the order of one process; the seed of hashes is another in the next."""

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(super().__iter__()))


class Backwards(Forwards):
    """The same set in another process."""

    def __iter__(self) -> Iterator[str]:
        return reversed(list(super().__iter__()))


SEVERAL = ("lillevik", "storvik")


@pytest.mark.parametrize("units", [(), ("brygge", "helse")])
@pytest.mark.parametrize(("before", "after"), [(Forwards, Backwards), (Backwards, Forwards)])
def test_a_text_is_edited_in_any_process_and_the_places_stay(
    before: type[Forwards], after: type[Forwards], units: tuple[str, ...]
) -> None:
    shown, town = (
        PlanTown(replace(LINE, municipalities=order(SEVERAL), units=order(units))) for order in (before, after)
    )
    form = form_of(shown, "drude")
    town.change("save", "drude", **{**form, **{name: text for name, text in TEXTS.items() if "what" in name}})
    saved = town.plan()["teams"].milestone
    assert saved.what[Language.NB] == TEXTS["what_nb"]
    assert (saved.municipalities, saved.units) == (set(SEVERAL), set(units))


@pytest.mark.parametrize("only", SEVERAL)
def test_the_provider_narrows_several_municipalities_to_one(only: str) -> None:
    town = PlanTown(replace(LINE, municipalities=frozenset(SEVERAL), units=frozenset()))
    page = page_of(town, "drude")
    assert (page.values["municipality"], "Lillevik kommune, Storvik kommune") in page.places
    town.change("save", "drude", **{**page.values, "municipality": only})
    assert town.plan()["teams"].milestone.municipalities == {only}


def test_units_of_several_municipalities_are_narrowed_within_them() -> None:
    town = PlanTown(replace(LINE, municipalities=frozenset(SEVERAL), units=frozenset({"helse", "brygge"})))
    form = form_of(town, "drude")
    assert "ikke i kommunen" in town.change("save", "drude", **{**form, "municipality": "storvik"}).notices[0]
    town.change("save", "drude", **{**form, "units": "brygge,skole"})
    narrowed = town.plan()["teams"].milestone
    assert (narrowed.municipalities, narrowed.units) == (set(SEVERAL), {"brygge", "skole"})
    refused = town.change("save", "drude", **{**form, "municipality": "lillevik,nowhere", "number": "1"})
    assert not refused.changed


def test_one_form_moves_a_milestone_and_changes_its_text(town: PlanTown) -> None:
    form = form_of(town)
    assert (form["start"], form["until"]) == ("mars 2027", "")
    town.change("save", **{**form, "what_nb": "Teams til sykehjemmene", "start": "mai 2027", "reason": "Nettet"})
    moved = town.plan()["teams"].milestone
    assert (moved.date, moved.was, moved.what[Language.NB]) == ("2027-05", "2027-03", "Teams til sykehjemmene")
    [change] = town.all(PlanChange)
    assert (change.act, change.before, change.after, change.reason) == ("moved", "2027-03", "2027-05", "Nettet")
    assert len(town.drafts()) == 1


def test_one_form_marks_a_milestone_as_done_also_when_its_time_is_over(town: PlanTown) -> None:
    town.now = datetime(2027, 4, 20, 9, tzinfo=UTC)
    form = form_of(town)
    assert "Den tiden er over" in town.change("save", **{**form, "start": "februar 2027"}).notices[0]
    assert "dag som kommer" in town.change("save", **{**form, "done": "yes", "done_on": "1.5.2027"}).notices[0]
    town.change("save", **{**form, "done": "yes", "done_on": "15.4.2027"})
    done = town.plan()["teams"].milestone
    assert (done.done, done.done_on, done.date, done.was) == (True, "2027-04-15", "2027-03", "")
    assert [change.act for change in town.all(PlanChange)] == ["done"]


def test_what_is_done_is_marked_with_its_day_and_can_be_opened_again(town: PlanTown) -> None:
    assert "dag som kommer" in town.change("done", done_on="25.11.2026").notices[0]
    assert "dagen det ble ferdig" in town.change("done", done_on="november 2026").notices[0]
    town.change("done", done_on="20.11.2026")
    assert (town.plan()["teams"].milestone.done, town.plan()["teams"].milestone.done_on) == (True, "2026-11-20")
    assert "Åpne den igjen" in town.change("move", start="2027-05", certainty="likely").notices[0]
    assert "Åpne den igjen" in town.change("done").notices[0]
    town.change("reopen")
    assert not town.plan()["teams"].milestone.done
    assert "er åpen" in town.change("reopen").notices[0]


def test_today_is_that_of_norway_when_something_is_done_late_in_the_evening(town: PlanTown) -> None:
    town.now = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    town.change("done")
    assert town.plan()["teams"].milestone.done_on == "2026-11-25"


def test_what_is_withdrawn_leaves_the_plan_of_readers_and_its_sequence_goes_up(town: PlanTown) -> None:
    town.change("withdraw")
    assert (town.plan()["teams"].milestone.withdrawn, town.plan()["teams"].sequence) == (True, 1)
    town.press("nils", "status.show")
    shown = town.shown("nils", town.slots("nils", "status/")[-1])
    assert "Teams til alle" in shown
    assert "Teams til helse" not in shown
    town.change("reopen")
    assert town.plan()["teams"].sequence == 2


def test_a_new_milestone_is_for_the_units_chosen_and_asks_for_three_languages(town: PlanTown) -> None:
    outcome = town.press(
        "anja", "timeline.save", **TEXTS, start="1. mars 2027", until="30. april 2027", units="skole", public="yes"
    )
    assert "utkast" in outcome.notices[0]
    [entry] = town.all(PlanEntry)
    plan = entry.plan
    assert (plan.date, plan.units, plan.municipalities, plan.public) == (
        "2027-03-01/2027-04-30",
        {"skole"},
        {"lillevik"},
        True,
    )
    [draft] = town.drafts()
    reached = {each.id for each in town.all(Person) if draft.audience.reaches(each, town.content.organisation)}
    assert reached == {each.id for each in town.all(Person) if each.unit_id == "skole"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"what_nn": ""}, "bokmål, nynorsk og engelsk"),
        ({"what_en": "x" * 91}, "90 tegn"),
        ({"owner_nb": "x" * 81}, "80 tegn"),
        ({"what_nb": "Fødselsnummer 01010012356"}, "et nummer"),
        ({"municipality": "storvik"}, "din egen kommune"),
        ({"municipality": "all"}, "din egen kommune"),
        ({"municipality": "nowhere"}, "din egen kommune"),
        ({"units": "brygge"}, "ikke i kommunen"),
        ({"units": "nowhere"}, "ikke i kommunen"),
        ({"start": "oktober 2026"}, "Den tiden er over"),
        ({"start": "oktober 2026", "done": "yes", "done_on": "1.1.2027"}, "dag som kommer"),
        ({"certainty": ""}, "hvor sikker"),
    ],
)
def test_an_impossible_milestone_is_refused_in_words_and_changes_nothing(
    town: PlanTown, data: dict[str, str], said: str
) -> None:
    outcome = town.press("anja", "timeline.save", **{**TEXTS, "start": "mai 2027", **data})
    assert said in outcome.notices[0]
    assert not outcome.changed
    assert town.all(PlanEntry) == []


def test_the_text_alone_is_no_news_and_certainty_and_places_are(town: PlanTown) -> None:
    same = {**TEXTS, "units": "helse", "certainty": "likely", "public": "yes"}
    town.change("save", **same)
    assert town.plan()["teams"].milestone.what[Language.EN] == "Outlook for the school"
    assert town.drafts() == []
    assert "Ingenting er endret" in town.change("save", **same).notices[0]
    town.change("save", **{**same, "certainty": "certain"})
    assert len(town.drafts()) == 1


def test_the_file_is_chosen_again_or_the_desks_text_kept_once_the_file_changed(town: PlanTown) -> None:
    assert "sier det samme" in town.change("use_file").notices[0]
    town.change("move", start="mai 2027", certainty="likely")
    assert "sier det samme" in town.change("keep").notices[0]
    town.content = replace(town.content, milestones=(replace(LINE, date="2027-09"), SHARED))
    assert (town.plan()["teams"].milestone.date, town.plan()["teams"].file_changed) == ("2027-09", True)
    town.change("keep")
    assert (town.plan()["teams"].milestone.date, town.plan()["teams"].file_changed) == ("2027-05", False)
    town.change("use_file")
    assert (town.plan()["teams"].milestone.date, town.plan()["teams"].file_changed) == ("2027-09", False)
    sequences = [each.act for each in sorted(town.all(PlanChange), key=lambda each: each.number)]
    assert sequences == ["moved", "kept", "file_again"]
    assert town.plan()["teams"].sequence == 4, "one for each change, the file's too"


def test_of_two_at_once_one_is_told(town: PlanTown) -> None:
    data = {"milestone_id": "teams", "number": "0", "certainty": "likely"}
    town.race(
        town.pressing("anja", "timeline.move", **data, start="2027-05"),
        town.pressing("arne", "timeline.move", **data, start="2027-06"),
    )
    assert town.number("teams") == 1
    assert len(town.all(PlanChange)) == 1


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("15.3.2027", "2027-03-15"),
        (" 15. MARS 2027 ", "2027-03-15"),
        ("15 March 2027", "2027-03-15"),
        ("mars 2027", "2027-03"),
        ("Hausten 2027", "2027-autumn"),
        ("spring 2027", "2027-spring"),
        ("des. 2027", "2027-12"),
        ("2027", "2027"),
        ("2027-03-15", "2027-03-15"),
    ],
)
def test_dates_are_read_as_people_write_them(written: str, read: str) -> None:
    assert read_date(written, CATALOGUE) == read


@pytest.mark.parametrize("written", ["31.4.2027", "0.1.2027", "2027-02-29", "smarch 2027", "15.3.27", "1.1.1999"])
def test_what_is_no_date_is_refused(written: str) -> None:
    with pytest.raises(BadPlanDate):
        read_date(written, CATALOGUE)


def test_a_period_may_be_as_rough_as_its_ends() -> None:
    assert read_period("15.3.2027", "våren 2027", CATALOGUE) == "2027-03-15/2027-spring"
    with pytest.raises(BadPlanDate, match="backwards"):
        read_period("2027-06-21", "2027-06-20", CATALOGUE)


def test_a_line_of_history_stays_without_a_certainty_when_its_text_is_edited() -> None:
    town = PlanTown(replace(LINE, id="past", date="2020", certainty=None), LINE)
    assert town.change("save", milestone="past", **TEXTS).changed
    assert town.plan()["past"].milestone.certainty is None
    assert town.plan()["past"].milestone.what[Language.NB] == "Outlook til skolen"
    assert town.change("save", **{**TEXTS, "certainty": "certain"}).changed
    assert town.plan()["teams"].milestone.certainty is Certainty.CERTAIN
