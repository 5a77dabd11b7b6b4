"""The desk of the register: what each role sees and may change, and what is refused."""

from datetime import date, timedelta
from typing import Any

import pytest

from dialogs.core.decision import Decision
from dialogs.core.person import Role
from dialogs.core.query import Asking
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import Viewer
from dialogs.handoff.unit_of_work import UnitOfWork
from dialogs.rollout.software.assess.importing import export_view
from dialogs.rollout.software.assess.listing import programs_view
from dialogs.rollout.software.assess.page import ProgramPage, new_program_view, program_view
from dialogs.rollout.software.decide.views import case_view, cases_view, waiting_cases
from dialogs.rollout.software.model import Application
from dialogs.rollout.software.register.entry import ProgramEntry
from knowledge.article.article import Language
from knowledge.organisation.unit import Sector
from knowledge.software.program import PersonalData, ProgramUse
from tests.unit.driver import Stage
from tests.unit.handoff.scene import person
from tests.unit.rollout.program_scene import SIGNAL, applied, program_stage, published, status_of

NEW = {"name": "Inkscape", "vendor": "Inkscape", "aliases": "inkskape, ink", "purpose_nb": "Vektorgrafikk"}

ASSESSED = {"program_id": "zoom", "sector": "", "use": "staff", "seen": "0"}


@pytest.fixture
def stage() -> Stage:
    return program_stage()


def seen_by(stage: Stage, who: str, view: Any, *given: Any, **more: Any) -> Any:
    """Return what a view shows a person now."""

    def look(work: UnitOfWork) -> Asking[Any]:
        person = yield from work.person(who)
        assert person is not None
        viewer = Viewer(person=person, texts=stage.texts(who), content=stage.content, at=stage.now)
        return (yield from view(viewer, *given, **more))

    found = stage.answer_to(who, look)
    # The stage runs it as a flow, in which a refusal counts as a decision.
    if isinstance(found, Decision):
        raise EventRefused(found)
    return found


def page_of(stage: Stage, who: str, program_id: str) -> ProgramPage:
    page: ProgramPage = seen_by(stage, who, program_view, program_id)
    return page


def refusal(stage: Stage, who: str, verb: str, **data: Any) -> str:
    outcome = stage.press(who, verb, **data)
    assert not outcome.changed
    assert not stage.audits
    return outcome.notice


def assessed(stage: Stage, who: str = "gro", program_id: str = "zoom", **data: Any) -> Any:
    given = {"status": "approved", "sector": "", "use": "staff", "seen": "0", **data}
    return stage.press(who, "software.assess", program_id=program_id, **given)


# The list


def test_the_list_is_searched_by_name_and_purpose_and_filtered_by_status(stage: Stage) -> None:
    every = seen_by(stage, "gro", programs_view)
    assert [row.program_id for row in every.rows.items] == ["signal", "zoom"]
    found = seen_by(stage, "gro", programs_view, words="zom")
    assert [row.program_id for row in found.rows.items] == ["zoom"]
    of_status = seen_by(stage, "gro", programs_view, chosen="review")
    assert [row.program_id for row in of_status.rows.items] == ["zoom"]
    of_school = seen_by(stage, "gro", programs_view, chosen="none", list_code="school")
    assert of_school.rows.total == 2
    assert seen_by(stage, "gro", programs_view, chosen="changed").rows.total == 0


def test_a_decided_case_shows_when_the_program_is_assessed_again(stage: Stage) -> None:
    application = applied(stage)
    assert seen_by(stage, "gro", case_view, application.id).review_by == ""
    data = {"verdict": "approved", "review_by": "2027-06-01"}
    outcome = stage.press("gro", "software.decide", application_id=application.id, alternative="nowhere", **data)
    assert outcome.notice.startswith("Fant ikke «nowhere» i programregisteret.")
    stage.press("gro", "software.decide", application_id=application.id, **data)
    assert seen_by(stage, "gro", case_view, application.id).review_by == "1. juni 2027"


def test_a_late_case_names_the_deadline_that_passed_and_the_new_one(stage: Stage) -> None:
    application = applied(stage)
    first = stage.get(Application, application.id).due_at
    stage.ring_until(first + timedelta(minutes=1))
    row = seen_by(stage, "kim", case_view, application.id).row
    assert (row.late, row.due) == ("Første frist gikk ut 8. desember 2026", "15. desember 2026")
    assert [each.late for each in seen_by(stage, "kim", cases_view).rows.items] == [row.late]
    stage.press("gro", "software.deadline", application_id=application.id, due="2026-12-31")
    row = seen_by(stage, "kim", case_view, application.id).row
    assert (row.late, row.due) == ("", "31. desember 2026")


def test_the_list_has_the_latest_change_before_the_register_is_read_again(stage: Stage) -> None:
    stage.press("gro", "software.save_program", **NEW)
    assert [row.name for row in seen_by(stage, "gro", programs_view, words="inkskape").rows.items] == ["Inkscape"]
    assert [row.name for row in seen_by(stage, "gro", programs_view, chosen="changed").rows.items] == ["Inkscape"]
    assert "lillevik.inkscape" in seen_by(stage, "gro", export_view)
    assert seen_by(stage, "siv", programs_view, words="inkskape").rows.total == 0


def test_the_list_shows_what_is_due_and_what_was_changed(stage: Stage) -> None:
    assessed(stage, review_by="2026-12-10")
    published(stage)
    due = seen_by(stage, "gro", programs_view, chosen="due")
    assert [(row.program_id, row.due) for row in due.rows.items] == [("zoom", True)]
    assert [row.program_id for row in seen_by(stage, "gro", programs_view, chosen="changed").rows.items] == ["zoom"]


@pytest.mark.parametrize("who", ["kari", "lars"])
@pytest.mark.parametrize(("view", "given"), [(programs_view, ()), (program_view, ("zoom",)), (cases_view, ())])
def test_employees_have_no_pages(stage: Stage, who: str, view: Any, given: tuple[str, ...]) -> None:
    with pytest.raises(EventRefused):
        seen_by(stage, who, view, *given)


def test_a_program_of_another_municipality_has_no_page(stage: Stage) -> None:
    stage.press("gro", "software.save_program", **NEW)
    published(stage)
    assert page_of(stage, "gro", "lillevik.inkscape").name == "Inkscape"
    with pytest.raises(EventRefused):
        page_of(stage, "siv", "lillevik.inkscape")
    assert "lillevik.inkscape" not in {row.program_id for row in seen_by(stage, "siv", programs_view).rows.items}


def test_each_reviewer_may_assess_the_list_of_their_forum(stage: Stage) -> None:
    rights = {
        who: [each.shown.code for each in page_of(stage, who, "zoom").lists if each.decides]
        for who in ("gro", "rita", "kim", "lea")
    }
    assert rights == {"gro": ["all"], "rita": ["school", "pupils"], "kim": ["all", "school", "pupils"], "lea": []}


# Changes


def test_a_program_is_listed_with_everything_that_is_known_of_it(stage: Stage) -> None:
    stage.press("gro", "software.save_program", **NEW, where_en="Company Portal", personal_data="no")
    register = published(stage)
    [program] = register.called("inkskape", "lillevik")
    assert (program.id, program.vendor, program.aliases) == ("lillevik.inkscape", "Inkscape", ("inkskape", "ink"))
    assert program.purpose == {Language.NB: "Vektorgrafikk"}
    assert program.where == {Language.EN: "Company Portal"}
    assert program.personal_data is PersonalData.NO
    assert [(each.act, each.subject) for each in stage.audits] == [("software.listed", "lillevik.inkscape")]


def test_a_change_of_the_fields_leaves_the_assessments(stage: Stage) -> None:
    stage.press("dina", "software.save_program", program_id="zoom", seen="0", **{**NEW, "name": "Zoom Workplace"})
    register = published(stage)
    zoom = register.programs["zoom"]
    assert zoom.name == "Zoom Workplace"
    assert status_of(stage, "Zoom Workplace") == "review"


@pytest.mark.parametrize(
    ("who", "data", "key"),
    [
        ("kari", NEW, "software.not_allowed"),
        ("lea", NEW, "software.not_allowed"),
        ("gro", {**NEW, "program_id": "zoom", "seen": "0"}, "software.not_yours"),
        ("gro", {**NEW, "program_id": "nowhere"}, "software.not_yours"),
        ("gro", {**NEW, "name": ""}, "software.program_needed"),
        ("gro", {**NEW, "name": "Zoom"}, "software.listed_before"),
        ("gro", {**NEW, "name": "x" * 1_000}, "software.program_too_long"),
        ("gro", {**NEW, "aliases": "x" * 81}, "software.program_too_long"),
        ("gro", {**NEW, "aliases": ",".join(map(str, range(30)))}, "software.enough_aliases"),
        ("gro", {**NEW, "purpose_nb": "x" * 501}, "software.too_long"),
    ],
)
def test_a_bad_program_is_refused(stage: Stage, who: str, data: dict[str, str], key: str) -> None:
    said = refusal(stage, who, "software.save_program", **data)
    assert said.startswith(stage.texts(who).sentences[key][0].split("{")[0])
    assert stage.all(ProgramEntry) == []


def test_an_assessment_counts_at_once_for_its_list_and_tells_those_who_asked(stage: Stage) -> None:
    stage.press("nils", "software.ask", program="zoom")
    assessed(stage, note_nb="Bare møter uten opptak.", status="conditions", expires="2027-06-30")
    stage.ring_until(stage.now)
    assert "Bare møter uten opptak." in stage.shown("nils", "software/asked:zoom")
    assert status_of(stage, "zoom") == "conditions"
    assert status_of(stage, "zoom", day=date(2027, 7, 1)) == "expired"
    assert status_of(stage, "zoom", sector=Sector.SCHOOL) is None
    assert status_of(stage, "zoom", municipality="storvik") == "review"
    assert [each.act for each in stage.audits] == ["software.assessed"]


def test_the_school_assesses_for_pupils(stage: Stage) -> None:
    assessed(stage, "rita", sector="school", use="pupils")
    assert status_of(stage, "zoom", use=ProgramUse.PUPILS) == "approved"
    assert status_of(stage, "zoom", sector=Sector.SCHOOL) is None


@pytest.mark.parametrize(
    ("who", "data", "key"),
    [
        ("kari", {}, "software.not_allowed"),
        ("rita", {}, "software.not_your_list"),
        ("gro", {"sector": "school"}, "software.not_your_list"),
        ("gro", {"sector": "health"}, "software.not_your_list"),
        ("gro", {"program_id": "nowhere"}, "software.no_program"),
        ("gro", {"status": ""}, "software.status_needed"),
        ("gro", {"status": "waiting"}, "software.status_needed"),
        ("gro", {"status": "rejected"}, "software.word_needed"),
        ("gro", {"review_by": "2026-11-24"}, "software.bad_date"),
        ("gro", {"expires": "2026-11-31"}, "software.bad_date"),
        ("gro", {"alternative": "nowhere"}, "software.no_alternative"),
        ("gro", {"alternative": "zoom"}, "software.no_alternative"),
        ("gro", {"seen": "7"}, "software.saved_since"),
    ],
)
def test_a_bad_assessment_is_refused(stage: Stage, who: str, data: dict[str, str], key: str) -> None:
    outcome = assessed(stage, who, **data)
    assert outcome.notice.startswith(stage.texts(who).sentences[key][0].split("{")[0])
    assert not outcome.changed
    assert stage.all(ProgramEntry) == []


def test_of_two_assessments_at_once_the_second_is_not_written(stage: Stage) -> None:
    data = {"program_id": "zoom", "sector": "", "use": "staff", "seen": "0"}
    outcomes = stage.race(
        stage.pressing("gro", "software.assess", **data, status="approved"),
        stage.pressing("gunn", "software.assess", **data, status="rejected", note_nb="Nei."),
    )
    assert [each.changed for each in outcomes] == [True, False]
    assert outcomes[1].notice == stage.texts("gunn")("software.saved_since")
    assert status_of(stage, "zoom") == "approved"


def test_an_assessment_meanwhile_is_shown_before_an_application_is_decided(stage: Stage) -> None:
    application = applied(stage, program="Zoom")
    seen = seen_by(stage, "gunn", case_view, application.id).seen
    assessed(stage, status="rejected", note_nb="Nei.")
    outcome = stage.press(
        "gunn", "software.decide", application_id=application.id, verdict="approved", word="Ja.", seen=str(seen)
    )
    assert stage.texts("gunn")("software.status.rejected") in outcome.notice
    assert status_of(stage, "zoom") == "rejected"
    assert stage.get(Application, application.id).pending


def test_the_files_entry_counts_again_and_the_page_says_when_it_has_changed(stage: Stage) -> None:
    assessed(stage)
    page = page_of(stage, "gro", "zoom")
    assert (page.changed, page.file_changed, page.seen) == (True, False, 1)
    stage.press("gro", "software.restore", program_id="zoom", seen="1", sure="yes")
    assert status_of(stage, "zoom") == "review"
    assert page_of(stage, "gro", "zoom").seen == 2
    again = stage.press("gro", "software.restore", program_id="zoom", seen="2", sure="yes")
    assert again.notice == stage.texts("gro")("software.not_changed")


def test_a_program_that_is_in_no_file_is_removed_with_its_entry(stage: Stage) -> None:
    stage.press("gro", "software.save_program", **NEW)
    assert page_of(stage, "gro", "lillevik.inkscape").removable
    outcome = stage.press("gro", "software.restore", program_id="lillevik.inkscape", seen="1", sure="yes")
    assert outcome.notice == stage.texts("gro")("software.removed")
    assert published(stage).called("inkskape", "lillevik") == ()
    assessed(stage)
    assert not page_of(stage, "gro", "zoom").removable


def test_a_note_of_another_status_is_written_again_or_emptied(stage: Stage) -> None:
    texts = stage.texts("gro")
    said = refusal(stage, "gro", "software.assess", **ASSESSED, status="rejected", note_nb="Merknad.", note_en="No.")
    assert said == texts("software.old_note", languages=texts("article.language.nb"))
    assessed(stage, status="rejected", note_en="No.")
    assert status_of(stage, "zoom") == "rejected"
    assessed(stage, status="rejected", note_en="No.", seen="1", review_by="2027-05-01")
    assert stage.audits[-1].act == "software.assessed"


def test_nobody_undoes_what_another_forum_decided(stage: Stage) -> None:
    assessed(stage, "rita", sector="school")
    outcome = stage.press("gro", "software.restore", program_id="zoom", seen="1", sure="yes")
    assert outcome.notice == stage.texts("gro")("software.not_your_list")
    assert not outcome.changed


# Applications


def test_a_reader_sees_the_cases_of_their_own(stage: Stage) -> None:
    applied(stage)
    of_school = applied(stage, "lars", program="Kahoot")
    seen = {
        who: [row.program for row in seen_by(stage, who, cases_view).rows.items]
        for who in ("gro", "rita", "lea", "siv")
    }
    assert seen == {"gro": ["WinRAR"], "rita": ["Kahoot"], "lea": ["Kahoot"], "siv": []}
    page = seen_by(stage, "lea", case_view, of_school.id)
    assert (page.answers, page.decides) == (True, False)
    page = seen_by(stage, "rita", case_view, of_school.id)
    assert (page.answers, page.decides) == (False, False)
    for stranger in ("gro", "siv"):
        with pytest.raises(EventRefused):
            seen_by(stage, stranger, case_view, of_school.id)


def test_a_manager_does_not_see_the_reviewers_comments(stage: Stage) -> None:
    application = applied(stage, "lars")
    stage.press("lea", "software.endorse", application_id=application.id)
    stage.press("rita", "software.comment", application_id=application.id, comment="Ikke for deg.")
    assert seen_by(stage, "lea", case_view, application.id).comments == ()
    assert [each.text for each in seen_by(stage, "rune", case_view, application.id).comments] == ["Ikke for deg."]


def test_a_reviewer_sees_their_own_case_without_the_forms(stage: Stage) -> None:
    own = applied(stage, "gro", program="Zoom")
    stage.press("gunn", "software.comment", application_id=own.id, comment="Hva med Teams?")
    said = stage.press("gro", "software.comment", application_id=own.id, comment="Nei takk.").notice
    assert said == stage.texts("gro")("software.own_application")
    assert seen_by(stage, "gro", case_view, own.id).comments == ()
    stage.press("gro", "software.open", application_id=own.id)
    assert "Hva med Teams?" not in stage.shown("gro", stage.slots("gro")[-1])
    page = seen_by(stage, "gro", case_view, own.id)
    assert (page.answers, page.decides, page.own) == (False, False, True)
    assert seen_by(stage, "gunn", case_view, own.id).decides
    assert page.program_name == "Zoom"


def test_a_decided_case_is_in_the_other_list_and_on_the_programs_page(stage: Stage) -> None:
    application = applied(stage, program="Signal")
    stage.press("gro", "software.decide", application_id=application.id, verdict="approved", word="Ja.")
    assert seen_by(stage, "gro", cases_view).rows.total == 0
    [row] = seen_by(stage, "gro", cases_view, chosen="decided").rows.items
    assert (row.program, row.due, row.ended) == ("Signal", "", stage.texts("gro").day(stage.now.date()))
    assert [id_ for id_, *_ in page_of(stage, "gro", SIGNAL.id).cases] == [application.id]


def test_a_declined_case_is_reopened_with_a_new_deadline_and_the_applicant_is_told(stage: Stage) -> None:
    application = applied(stage, program="Signal")
    declined = {"application_id": application.id, "verdict": "declined", "word": "Nei."}
    stage.press("gro", "software.decide", **declined)
    assert (seen_by(stage, "gro", case_view, application.id).reopens, status_of(stage, "signal")) == (True, "rejected")
    stage.now += timedelta(days=3)
    assert stage.press("gro", "software.reopen", application_id=application.id).changed
    again = stage.get(Application, application.id)
    assert (again.pending, again.decided_by, again.word) == (True, None, "")
    assert again.due_at == stage.now + timedelta(days=14)
    assert stage.audits[-1].act == "software.reopened"
    page = seen_by(stage, "gro", case_view, application.id)
    assert (page.reopens, page.decides, status_of(stage, "signal")) == (False, True, "rejected")
    assert [item.path for item in seen_by(stage, "gro", waiting_cases)] == [f"/desk/applications/{application.id}"]
    seen = str(page.seen)
    stage.press("gro", "software.decide", **{**declined, "verdict": "approved", "word": "Ja.", "seen": seen})
    assert status_of(stage, "signal") == "approved"


def test_a_case_that_a_manager_turned_down_goes_back_to_the_manager(stage: Stage) -> None:
    application = applied(stage, "lars")
    stage.press("lea", "software.turn_down", application_id=application.id, word="Nei.")
    stage.press("rita", "software.reopen", application_id=application.id)
    assert stage.get(Application, application.id).with_manager
    assert [item.path for item in seen_by(stage, "lea", waiting_cases)] == [f"/desk/applications/{application.id}"]


def test_only_a_reviewer_reopens_and_only_what_is_declined(stage: Stage) -> None:
    application = applied(stage, program="Signal")
    said = refusal(stage, "gro", "software.reopen", application_id=application.id)
    assert said == stage.texts("gro")("software.not_declined")
    stage.press("gro", "software.decide", application_id=application.id, verdict="declined", word="Nei.")
    for who in ("siv", "rita", application.person_id):
        assert not stage.press(who, "software.reopen", application_id=application.id).changed
        assert not stage.get(Application, application.id).pending


def test_what_to_use_instead_is_picked_from_the_register(stage: Stage) -> None:
    application = applied(stage, program="Signal")
    assert seen_by(stage, "gro", case_view, application.id).programs == ("Zoom",), "not the program itself"
    assert page_of(stage, "gro", "zoom").programs == ("Signal",)


def test_a_program_is_removed_with_its_assessments_after_a_question(stage: Stage) -> None:
    stage.press("gro", "software.save_program", **NEW)
    assessed(stage, program_id="lillevik.inkscape", seen="1")
    asked = refusal_after(stage, "lillevik.inkscape", seen="2")
    assert asked == stage.texts("gro").plural("software.remove_sure", 1, program="Inkscape")
    assert not stage.get(ProgramEntry, stage.all(ProgramEntry)[0].id).withdrawn
    stage.press("gro", "software.restore", program_id="lillevik.inkscape", seen="2", sure="yes")
    assert stage.get(ProgramEntry, stage.all(ProgramEntry)[0].id).withdrawn


def test_the_files_entry_counts_again_after_a_question(stage: Stage) -> None:
    assessed(stage)
    asked = refusal_after(stage, "zoom", seen="1")
    assert asked == stage.texts("gro").plural("software.restore_sure", 1, program="Zoom")


def refusal_after(stage: Stage, program_id: str, *, seen: str) -> str:
    """Return the refusal of a removal that has not been confirmed."""
    outcome = stage.press("gro", "software.restore", program_id=program_id, seen=seen)
    assert not outcome.changed
    return outcome.notice


def test_an_editor_reads_the_register_and_changes_nothing(stage: Stage) -> None:
    stage.put(person("edda", "adm", Role.EDITOR))
    assert seen_by(stage, "edda", programs_view).rows.total == 2
    page = page_of(stage, "edda", "zoom")
    assert not page.edits
    assert not any(each.decides for each in page.lists)
    assert not seen_by(stage, "edda", programs_view).may_add
    said = refusal(stage, "edda", "software.assess", status="approved", **ASSESSED)
    assert said == stage.texts("edda")("software.not_allowed")


def test_the_list_marks_what_waits_for_the_reader(stage: Stage) -> None:
    application = applied(stage, "lars")
    waits = {who: [row.yours for row in seen_by(stage, who, cases_view).rows.items] for who in ("lea", "rita")}
    assert waits == {"lea": [True], "rita": [False]}
    stage.press("lea", "software.endorse", application_id=application.id)
    waits = {who: [row.yours for row in seen_by(stage, who, cases_view).rows.items] for who in ("lea", "rita")}
    assert waits == {"lea": [False], "rita": [True]}


def test_a_refused_day_names_its_field(stage: Stage) -> None:
    said = refusal(stage, "gro", "software.assess", status="approved", expires="2020-01-01", **ASSESSED)
    assert stage.texts("gro")("software.expires") in said


def test_the_next_assessment_is_of_any_list_if_the_shown_one_has_none(stage: Stage) -> None:
    stage.press(
        "rita",
        "software.assess",
        program_id="signal",
        status="approved",
        sector="school",
        use="staff",
        seen="0",
        review_by="2027-05-01",
    )
    published(stage)
    rows = {row.program_id: row for row in seen_by(stage, "gro", programs_view, list_code="pupils").rows.items}
    assert rows["signal"].review_by == stage.texts("gro").day(date(2027, 5, 1))


def test_a_case_names_who_agreed_and_who_decided_with_their_words(stage: Stage) -> None:
    application = applied(stage, "lars", link="https://program.example", reason="Til elevene")
    stage.press("lea", "software.endorse", application_id=application.id, word="Trengs.")
    case = seen_by(stage, "rita", case_view, application.id)
    assert (case.manager, case.manager_word, case.decided_by) == ("Medarbeider Lea", "Trengs.", "")
    assert (case.decides, case.own, case.answers) == (True, False, False)
    assert (case.reason, case.link, case.users) == ("Til elevene", "https://program.example", "Hele avdelingen")
    assert case.due_day
    stage.press("rune", "software.comment", application_id=application.id, comment="Sjekk avtalen.")
    [comment] = seen_by(stage, "rita", case_view, application.id).comments
    assert (comment.name, comment.text) == ("Medarbeider Rune", "Sjekk avtalen.")
    assert seen_by(stage, "lea", case_view, application.id).comments == (), "reviewers' own"
    stage.press("rita", "software.decide", application_id=application.id, verdict="declined", word="Nei.")
    case = seen_by(stage, "lea", case_view, application.id)
    assert (case.decided_by, case.word, case.decides) == ("Medarbeider Rita", "Nei.", False)
    assert case.row.ended
    assert not case.row.due


def test_the_form_of_a_program_begins_with_what_is_known_in_each_language(stage: Stage) -> None:
    stage.press("gro", "software.save_program", **NEW, purpose_en="Vector graphics")
    published(stage)
    form = page_of(stage, "gro", "lillevik.inkscape")
    assert (form.name, form.vendor, form.aliases) == ("Inkscape", "Inkscape", "inkskape, ink")
    assert form.purposes == {"nb": "Vektorgrafikk", "nn": "", "en": "Vector graphics"}
    assert (form.changed, form.own, form.edits, form.removable) == (True, True, True, True)
    assessed(stage, program_id="lillevik.inkscape", note_nb="Greit.", review_by="2027-06-01", seen=str(form.seen))
    published(stage)
    [standing] = [shown for shown in page_of(stage, "gro", "lillevik.inkscape").lists if shown.status == "approved"]
    assert standing.notes == {"nb": "Greit.", "nn": "", "en": ""}
    assert (standing.written, standing.review_by, standing.decides) == ("approved", "2027-06-01", True)
    empty = seen_by(stage, "gro", new_program_view)
    assert (empty.name, empty.seen, empty.edits, empty.changed) == ("", 0, True, False)
    assert set(empty.purposes.values()) == {""}


def test_only_who_decides_begins_a_program(stage: Stage) -> None:
    for who in ("kari", "lea"):
        with pytest.raises(EventRefused):
            seen_by(stage, who, new_program_view)
