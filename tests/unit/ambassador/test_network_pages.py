"""What the desk shows of a municipality's ambassadors, their coverage and its open questions, and to whom."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, TypeVar

import pytest

from bot.turn.viewing import Viewing
from dialogs.ambassadors.application import AmbassadorApplication
from dialogs.ambassadors.coverage_view import branches_view, coverage_view
from dialogs.ambassadors.directory import directory_view
from dialogs.ambassadors.people import member_view, people_view
from dialogs.availability.profile import AmbassadorProfile
from dialogs.availability.worklist import Worklist
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Audit
from dialogs.core.person import Address, Person, Role
from dialogs.core.query import Asking
from dialogs.core.refusal import EventRefused
from dialogs.handoff.model import Handoff
from dialogs.handoff.open_questions import assignment_view, open_questions_view, waiting_questions
from dialogs.handoff.transitions import Status
from knowledge.article.article import Language
from knowledge.organisation.coverage import GapKind
from knowledge.organisation.nearest import Absence, Availability
from tests.channels import TEAMS
from tests.unit.at_once import run
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import ambassador, organisation, person

T = TypeVar("T")
ADMIN, CONTACT, EMPLOYEE = "admin", "kontakt", "ansatt"


@pytest.fixture
def town() -> Stage:
    """Lillevik with two ambassadors, an administrator, a contact, a leader and an employee; Storvik shares with it."""
    stage = Stage(organisation(shares=True), verbs={}, timers={})
    stage.put(
        person(ADMIN, "skole", Role.ADMIN),
        person(CONTACT, "skole", Role.CONTACT, name="Kontakt Kari"),
        person(EMPLOYEE, "nord"),
        person("leder", "skole", Role.LEADER, name="Leder Lene"),
        person("nora", "nord", Role.AMBASSADOR, name="Nora Nord"),
        person("sara", "sor", Role.AMBASSADOR, name="Sara Sør"),
        person("bryn", "bryggen", Role.AMBASSADOR, municipality_id="storvik", name="Bryn Brygge"),
        AmbassadorProfile(ambassador=ambassador("nora", "nord", topics=frozenset({"teams"}), capacity=2)),
        AmbassadorProfile(ambassador=ambassador("sara", "sor", capacity=3)),
        AmbassadorProfile(ambassador=ambassador("bryn", "bryggen", municipality_id="storvik")),
    )
    return stage


def view(stage: Stage, person_id: str, read: Callable[..., Asking[T]], *args: Any, **more: Any) -> T:
    return run(viewing(stage).view(person_id, read, *args, **more))


def viewing(stage: Stage) -> Viewing:
    about = stage._surroundings
    return Viewing(
        store=stage.store,
        understanding=about,
        content=lambda: stage.content,
        clock=about,
        rng=about,  # type: ignore[arg-type]
    )


def question(id_: str, *, asker: str = EMPLOYEE, municipality: str = "lillevik", **more: Any) -> Handoff:
    asked = Handoff(
        id=id_,
        asker_id=asker,
        municipality_id=municipality,
        unit_id="nord" if municipality == "lillevik" else "bryggen",
        language=Language.NB,
        question="Hvem har sett passordet mitt?",
        created_at=more.pop("created_at", TUESDAY),
        changed_at=TUESDAY,
        **more,
    )
    return asked.promise(TUESDAY + timedelta(hours=1))


def late(asked: Handoff) -> Handoff:
    return replace(asked, assignment=replace(asked.assignment, expected_at=TUESDAY - timedelta(hours=1)))


def names(stage: Stage, **more: Any) -> list[str]:
    return [each.name for each in view(stage, ADMIN, people_view, **more).members.items]


@pytest.mark.parametrize(
    "read", [people_view, coverage_view, open_questions_view, lambda viewer: assignment_view(viewer, "h1")]
)
def test_the_pages_are_for_contacts_and_administrators(town: Stage, read: Callable[..., Asking[Any]]) -> None:
    town.put(question("h1"))
    for who in (ADMIN, CONTACT):
        assert view(town, who, read)
    for who in (EMPLOYEE, "nora", "leder", "nobody"):
        with pytest.raises(EventRefused):
            view(town, who, read)


def test_a_leader_reads_which_units_below_lack_an_ambassador_and_nothing_of_people(town: Stage) -> None:
    town.put(person("leder", "helse", Role.LEADER, name="Leder Lene"))
    town.put(replace(town.get(AmbassadorProfile, "nora"), ambassador=ambassador("nora", "skole")))
    [row] = view(town, "leder", branches_view)
    assert (row.name, row.covered, row.units, row.ambassadors) == ("Helse", 2, 3, 1)
    assert row.missing == ("Hjemmetjenesten Nord",)
    for who in (EMPLOYEE, "nora", CONTACT):
        with pytest.raises(EventRefused):
            view(town, who, branches_view)


def test_the_people_are_those_of_the_own_municipality(town: Stage) -> None:
    assert names(town) == ["Nora Nord", "Sara Sør", "Kontakt Kari"]
    with pytest.raises(EventRefused):
        view(town, ADMIN, member_view, "bryn")


def test_people_are_found_by_name_unit_topic_role_and_state(town: Stage) -> None:
    assert names(town, words="nora") == names(town, words="hjemme nord") == names(town, words="TEAMS") == ["Nora Nord"]
    assert names(town, words="bryn") == []
    assert names(town, role="contact") == ["Kontakt Kari"]
    town.put(replace(town.get(AmbassadorProfile, "sara"), ambassador=ambassador("sara", "sor", paused=True)))
    assert names(town, state=Availability.PAUSED) == ["Sara Sør"]
    assert names(town, state=Availability.FREE, role="ambassador") == ["Nora Nord"]


def test_a_row_shows_load_and_absence_with_the_substitute(town: Stage) -> None:
    away = Absence(first_day=date(2026, 11, 20), last_day=date(2026, 12, 1), substitute_id="sara")
    town.put(
        replace(
            town.get(AmbassadorProfile, "nora"), ambassador=ambassador("nora", "nord", capacity=2, absences=(away,))
        ),
        Worklist(id="nora", municipality_id="lillevik", open=("h1",)),
    )
    nora = view(town, ADMIN, people_view).members.items[0]
    assert (nora.state, nora.load) == (Availability.ABSENT, "1 / 2")
    assert nora.away == ("Borte 20. november 2026 – 1. desember 2026. Vikar: Sara Sør.",)


def test_every_absence_is_shown_and_the_remedy_leads_to_the_one_without_a_substitute(town: Stage) -> None:
    week = Absence(first_day=date(2026, 11, 24), last_day=date(2026, 11, 30), substitute_id="sara")
    long = Absence(first_day=date(2026, 11, 20), last_day=date(2030, 12, 31))
    nora = ambassador("nora", "nord", absences=(week, long))
    town.put(replace(town.get(AmbassadorProfile, "nora"), ambassador=nora))
    found = view(town, ADMIN, member_view, "nora")
    assert [(each.id, each.days, each.substitute_id) for each in found.absences] == [
        ("2026-11-20-2030-12-31", "Borte 20. november 2026 – 31. desember 2030.", ""),
        ("2026-11-24-2026-11-30", "Borte 24. november 2026 – 30. november 2026.", "sara"),
    ]
    assert len(found.member.away) == 2
    [gap] = view(town, ADMIN, coverage_view, kind=GapKind.ABSENT).gaps.items
    assert gap.what == "Nora Nord: fra 1. desember 2026 til 31. desember 2030"
    assert (gap.remedy.absence_id, gap.remedy.substitute_id) == ("2026-11-20-2030-12-31", "sara")


def test_a_substitute_far_away_stays_among_the_choices(town: Stage) -> None:
    for number in range(20):
        town.put(person(f"near-{number}", "nord", Role.AMBASSADOR, name=f"Nær {number}"))
        town.put(AmbassadorProfile(ambassador=ambassador(f"near-{number}", "nord")))
    away = Absence(first_day=date(2026, 11, 20), last_day=date(2026, 12, 1), substitute_id="sara")
    town.put(replace(town.get(AmbassadorProfile, "nora"), ambassador=ambassador("nora", "nord", absences=(away,))))
    found = view(town, ADMIN, member_view, "nora")
    assert "sara" not in dict(found.substitutes)
    assert dict(found.absences[0].substitutes)["sara"] == "Sara Sør"


def test_a_slip_of_spelling_finds_the_unit_that_was_meant(town: Stage) -> None:
    found = view(town, ADMIN, people_view, words="Hjemetjenesten Nord")
    assert ([each.name for each in found.members.items], found.near) == (["Nora Nord"], "Hjemmetjenesten Nord")
    assert view(town, ADMIN, people_view, words="nora").near == ""
    assert view(town, ADMIN, people_view, words="Gokkestad").members.total == 0


def test_a_contact_has_a_load_and_a_reason_for_no_settings(town: Stage) -> None:
    town.put(Worklist(id=CONTACT, municipality_id="lillevik", open=("h1",)))
    assert view(town, ADMIN, people_view, role="contact").members.items[0].load == "1"
    with pytest.raises(EventRefused) as refused:
        view(town, ADMIN, member_view, CONTACT)
    assert "Personen er kontakt" in repr(refused.value.decision)


def test_an_ambassador_without_places_is_not_called_busy(town: Stage) -> None:
    town.put(replace(town.get(AmbassadorProfile, "nora"), ambassador=ambassador("nora", "nord", capacity=0)))
    assert view(town, ADMIN, people_view).members.items[0].state_name == "Tar ikke imot spørsmål"
    assert view(town, EMPLOYEE, directory_view).entries.items[0].state == "Tar ikke imot spørsmål"


def test_outside_working_hours_the_pages_say_when_they_are_back_as_the_chat_does(town: Stage) -> None:
    assert view(town, ADMIN, people_view).members.items[0].state_name == "Ledig"
    town.now = TUESDAY.replace(hour=21)
    shown = view(town, ADMIN, people_view).members.items[0].state_name
    assert shown != "Ledig"
    assert shown == view(town, EMPLOYEE, directory_view).entries.items[0].state


def test_only_an_administrator_changes_an_ambassador(town: Stage) -> None:
    assert view(town, ADMIN, people_view).members.items[0].changeable
    assert not view(town, CONTACT, people_view).members.items[0].changeable
    found = view(town, ADMIN, member_view, "nora")
    assert ("capacity", "2") in [(asked.name, asked.value) for asked in found.inputs]
    assert (found.paused, found.substitutes) == (False, (("sara", "Sara Sør"),))
    for who, whom in ((CONTACT, "nora"), (ADMIN, CONTACT)):
        with pytest.raises(EventRefused):
            view(town, who, member_view, whom)


def test_applications_are_for_those_who_decide_them(town: Stage) -> None:
    def application(id_: str, **more: Any) -> AmbassadorApplication:
        return AmbassadorApplication(id=id_, municipality_id="lillevik", unit_id="nord", created_at=TUESDAY, **more)

    town.put(application(EMPLOYEE, motive="Gjerne"), application(ADMIN, deciders=(CONTACT,)))
    town.put(replace(application("bryn"), municipality_id="storvik"))
    assert [each.person_id for each in view(town, ADMIN, people_view).applications] == [EMPLOYEE], "not one's own"
    assert [each.person_id for each in view(town, CONTACT, people_view).applications] == [ADMIN]


def test_a_gap_comes_with_a_remedy(town: Stage) -> None:
    def remedies() -> dict[str, str]:
        return {each.where: each.remedy.text for each in view(town, CONTACT, coverage_view).gaps.items}

    assert remedies() == {
        "Skole": "Be Leder Lene, som er leder, foreslå noen. Til da er Nora Nord, Hjemmetjenesten Nord, nærmest."
    }
    town.put(replace(town.get(Person, "leder"), id="nora", name="Nora Nord"))
    town.forget(Person, "leder")
    assert remedies()["Skole"] == "Be Nora Nord, som er leder og den nærmeste ambassadøren til da, foreslå noen."
    town.put(person("nora", "nord", Role.AMBASSADOR, name="Nora Nord"))
    assert "Be lederen der foreslå noen" in remedies()["Skole"]
    town.put(AmbassadorApplication(id=CONTACT, municipality_id="lillevik", unit_id="skole", created_at=TUESDAY))
    assert "venter på svar fra lederen eller en administrator" in remedies()["Skole"]
    away = Absence(first_day=date(2026, 11, 20), last_day=date(2026, 12, 1))
    town.put(replace(town.get(AmbassadorProfile, "nora"), ambassador=ambassador("nora", "nord", absences=(away,))))
    assert (
        remedies()["Hjemmetjenesten Nord"]
        == "Sett Sara Sør, Hjemmetjenesten Sør, som vikar. Det gjør en administrator."
    )
    town.put(Worklist(id="sara", municipality_id="lillevik", open=("h1", "h2", "h3")))
    assert remedies()["Hjemmetjenesten Nord"] == "Ingen andre er ledige. Finn en ambassadør til."


def test_a_remedy_leads_to_where_the_reader_carries_it_out(town: Stage) -> None:
    away = Absence(first_day=date(2026, 11, 20), last_day=date(2026, 12, 1))
    town.put(
        replace(town.get(AmbassadorProfile, "nora"), ambassador=ambassador("nora", "nord", absences=(away,))),
        AmbassadorApplication(id=EMPLOYEE, municipality_id="lillevik", unit_id="skole", created_at=TUESDAY),
    )

    def places(who: str) -> dict[str, tuple[str | None, str]]:
        found = view(town, who, coverage_view).gaps.items
        return {each.where: (each.remedy.place, each.remedy.person_id) for each in found}

    assert places(ADMIN) == {"Hjemmetjenesten Nord": ("absence", "nora"), "Skole": ("applications", "")}
    assert places(CONTACT) == {"Hjemmetjenesten Nord": (None, ""), "Skole": (None, "")}


def test_a_manager_to_ask_is_one_press_away(town: Stage) -> None:
    def way() -> tuple[str, str]:
        [gap] = view(town, CONTACT, coverage_view).gaps.items
        return gap.remedy.write_url, gap.remedy.write_to

    assert way() == ("", "")
    town.put(replace(town.get(Person, "leder"), email="leder@lillevik.example"))
    assert way() == (
        "mailto:leder@lillevik.example?subject=Ambassad%C3%B8r%20for%20Microsoft%20365%20i%20Skole",
        "Leder Lene",
    )
    town.put(town.get(Person, CONTACT).reached_at(Address(channel=TEAMS)))
    assert way()[0].startswith("https://teams.microsoft.com/"), "in Teams, a chat"


def test_the_coverage_counts_units_and_links_to_settings_for_administrators_only(town: Stage) -> None:
    town.put(Worklist(id="sara", municipality_id="lillevik", open=("h1", "h2", "h3")))
    seen = view(town, ADMIN, coverage_view)
    assert (seen.covered, seen.units, seen.ambassadors, seen.free) == (3, 4, 2, 1)
    assert [(each.name, each.squares) for each in seen.departments] == [
        ("Helse", (None, None, GapKind.OVERLOADED)),
        ("Skole", (GapKind.NO_AMBASSADOR,)),
    ]
    only = view(town, ADMIN, coverage_view, kind=GapKind.OVERLOADED).gaps.items
    assert [(each.remedy.place, each.remedy.person_id, each.what) for each in only] == [
        ("capacity", "sara", "Sara Sør: 3 åpne spørsmål, vil ha høyst 3")
    ]
    assert [each.remedy.place for each in view(town, CONTACT, coverage_view).gaps.items] == [None, None]


def test_open_questions_come_without_their_words_and_overdue_first(town: Stage) -> None:
    town.put(
        question("h1"),
        late(question("h2", created_at=TUESDAY + timedelta(minutes=5))),
        question("h3", asker=CONTACT, created_at=TUESDAY + timedelta(minutes=9)),
        question("h4", municipality="storvik"),
        replace(question("h5", created_at=TUESDAY + timedelta(minutes=12)), status=Status.ACCEPTED),
    )
    seen = view(town, CONTACT, open_questions_view)
    assert [(each.id, each.overdue, each.assignable, each.takeable) for each in seen.questions.items] == [
        ("h2", True, True, True),
        ("h1", False, True, True),
        ("h3", False, False, False),
        ("h5", False, False, False),
    ]
    assert (seen.open, seen.overdue) == (4, 1)
    assert "passord" not in repr(seen)
    assert [each.id for each in view(town, CONTACT, open_questions_view, only_overdue=True).questions.items] == ["h2"]


def test_a_row_says_what_the_reader_can_do_with_the_question(town: Stage) -> None:
    def taken_by(id_: str, who: str) -> Handoff:
        return question(id_).offer(who, TUESDAY, until=TUESDAY).accept(who, TUESDAY, until=TUESDAY)

    town.put(
        question("free"),
        question("offered").offer("nora", TUESDAY, until=TUESDAY + timedelta(hours=1)),
        taken_by("theirs", "nora"),
        taken_by("mine", CONTACT),
        question("own", asker=CONTACT),
    )

    def seen(who: str) -> dict[str, tuple[bool, bool, bool, bool, str]]:
        rows = view(town, who, open_questions_view).questions.items
        return {each.id: (each.assignable, each.takeable, each.mine, each.own, each.holder) for each in rows}

    assert seen(CONTACT) == {
        "free": (True, True, False, False, ""),
        "offered": (True, False, False, False, ""),
        "theirs": (False, False, False, False, "Nora Nord"),
        "mine": (False, False, True, False, ""),
        "own": (False, False, False, True, ""),
    }
    assert seen(ADMIN)["free"] == (True, False, False, False, ""), "only helpers take a question"


def test_a_question_offered_to_somebody_in_time_waits_for_nobody_else(town: Stage) -> None:
    soon = TUESDAY + timedelta(hours=1)
    offered = question("h1").offer("nora", TUESDAY, until=soon)
    town.put(question("h2"), offered)

    def waits(who: str) -> list[str]:
        return [each.path for each in view(town, who, waiting_questions)]

    assert waits(CONTACT) == ["/desk/questions/h2"]
    town.put(late(offered))
    assert set(waits(CONTACT)) == {"/desk/questions/h1", "/desk/questions/h2"}
    town.put(question("h1").offer(CONTACT, TUESDAY, until=soon))
    assert set(waits(CONTACT)) == {"/desk/questions/h1", "/desk/questions/h2"}


def test_the_helper_of_an_overdue_question_can_be_reminded(town: Stage) -> None:
    taken = question("h1").offer("nora", TUESDAY, until=TUESDAY).accept("nora", TUESDAY, until=TUESDAY)
    town.put(taken, question("h2"))

    def remindable(who: str) -> dict[str, bool]:
        return {each.id: each.remindable for each in view(town, who, open_questions_view).questions.items}

    assert remindable(ADMIN) == {"h1": False, "h2": False}
    town.put(late(taken), late(question("h2")))
    assert remindable(ADMIN) == {"h1": True, "h2": False}


def test_a_question_is_assigned_to_someone_who_is_found(town: Stage) -> None:
    town.put(question("h1"))
    nearest = view(town, CONTACT, assignment_view, "h1")
    assert [each.person_id for each in nearest.people][:2] == ["nora", "sara"]
    assert "passord" not in repr(nearest)
    found = view(town, CONTACT, assignment_view, "h1", "sara")
    assert [(each.person_id, each.why_not) for each in found.people] == [("sara", "")]
    town.put(Worklist(id="sara", municipality_id="lillevik", open=("h7", "h8", "h9")))
    assert [each.why_not for each in view(town, CONTACT, assignment_view, "h1", "sara").people] == [
        "Opptatt med andre spørsmål"
    ]


def test_what_may_not_be_assigned_has_no_page(town: Stage) -> None:
    taken = replace(question("taken"), status=Status.ACCEPTED)
    town.put(taken, question("own", asker=CONTACT), question("far", municipality="storvik"))
    for id_ in ("taken", "own", "far", "none"):
        with pytest.raises(EventRefused):
            view(town, CONTACT, assignment_view, id_)


def test_every_employee_finds_an_ambassador_of_the_own_municipality(town: Stage) -> None:
    def found(words: str = "", who: str = EMPLOYEE) -> list[str]:
        return [each.name for each in view(town, who, directory_view, words=words).entries.items]

    assert found() == ["Nora Nord", "Sara Sør"], "the nearest first"
    assert found("hjemmetjenesten sør") == ["Sara Sør", "Nora Nord"]
    assert found("ambassadøren på skole") == ["Nora Nord", "Sara Sør"]
    assert found("teams") == found("nora") == ["Nora Nord"]
    assert found("bryggen") == found("bryn") == []
    assert found(who="nora") == ["Nora Nord", "Sara Sør"]


@pytest.mark.parametrize("who", ["guest-1", "left", "homeless"])
def test_the_directory_is_closed_to_guests_and_leavers(town: Stage, who: str) -> None:
    town.put(
        Person(id="guest-1", name="", municipality_id="lillevik", created_at=TUESDAY),
        replace(person("left", "nord"), left=True),
        Person(id="homeless", name="Ny", created_at=TUESDAY),
    )
    with pytest.raises(EventRefused):
        view(town, who, directory_view)


def test_reading_is_recorded_once_an_hour(town: Stage) -> None:
    views = viewing(town)
    act = Audit(act="handoff.open", subject="lillevik", by=CONTACT, repeatable=True)
    run(views.record(act))
    run(views.record(act))
    assert [(each.act, each.by) for each in town.all(AuditEntry)] == [("handoff.open", CONTACT)]
