"""Looking programs up, applying and deciding."""

from dataclasses import replace
from typing import Any

import pytest

from dialogs.ask.parameters import parameters
from dialogs.core.person import Person, Role
from dialogs.rollout.software.feature import TIMERS, VERBS
from dialogs.rollout.software.lookup.naming import named, named_as_written, read_program
from dialogs.rollout.software.model import Application, ProgramState
from knowledge.article.article import Language
from knowledge.matching.matcher import Matcher
from knowledge.software.everyday import EverydayTasks, task_phrasings
from knowledge.software.program import Assessment, Program, ProgramStatus
from knowledge.software.register import ProgramChange, Register
from knowledge.software.task import EverydayTask
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import organisation, person


def program(id_: str, name: str, status: str, *aliases: str) -> Program:
    note = {Language.NB: f"Merknad om {name}."}
    assessment = Assessment(status=ProgramStatus(status), note=note)
    return Program(id=id_, name=name, aliases=aliases, assessments=(assessment,))


PROGRAMS = (
    program("7-zip", "7-Zip", "approved", "zip-program"),
    program("zoom", "Zoom", "review"),
    program("dropbox", "Dropbox", "rejected", "drop box"),
    program("google-drive", "Google Drive", "rejected", "googledisk"),
)


@pytest.fixture
def stage() -> Stage:
    scene = Stage(organisation(), verbs=VERBS, timers=TIMERS)
    scene.content = replace(scene.content, register=Register.from_files(PROGRAMS))
    scene.put(
        person("kari", "nord"),
        person("dina", "lillevik", Role.CONTACT),
        person("dag", "lillevik", Role.CONTACT),
        person("siv", "storvik", Role.CONTACT, municipality_id="storvik"),
        Person(id="nina", name="Nina", created_at=TUESDAY),
    )
    return scene


def applied(stage: Stage, **data: Any) -> Application:
    stage.press("kari", "software.send", **{"program": "WinRAR", "reason": "Pakke ut arkiv", **data})
    application: Application = stage.all(Application)[-1]
    return application


@pytest.mark.parametrize(("name", "status"), [("7-zip", "approved"), ("dropbox", "rejected"), ("zoom", "review")])
def test_the_answer_says_where_it_stands_and_why(stage: Stage, name: str, status: str) -> None:
    stage.press("kari", "software.ask", program=name)
    [slot] = stage.slots("kari")
    assert stage.texts("kari")(f"software.status.{status}") in stage.shown("kari", slot)
    assert "Merknad om" in stage.shown("kari", slot)
    assert ("software.apply" in stage.buttons("kari", slot)) == (status != "approved")


def test_an_unknown_program_can_be_applied_for(stage: Stage) -> None:
    stage.press("kari", "software.ask", program="WinRAR")
    assert "software.apply" in stage.buttons("kari", stage.slots("kari")[0])


def test_whoever_has_no_place_is_asked_for_it_on_the_way(stage: Stage) -> None:
    stage.press("nina", "software.apply", program="WinRAR")
    card = stage.posts[("nina", stage.slots("nina")[0])].card
    assert card is not None
    assert card["actions"][0]["data"] == {"then_program": "WinRAR", "then_verb": "software.apply"}


def test_an_application_reaches_the_contacts_of_ones_own_municipality_only(stage: Stage) -> None:
    application = applied(stage)
    slot = f"software/{application.id}"
    assert "WinRAR" in stage.shown("dina", slot)
    assert "Pakke ut arkiv" in stage.shown("dag", slot)
    assert not stage.slots("siv")


def test_an_application_goes_to_the_reviewers_where_there_are_any(stage: Stage) -> None:
    stage.put(
        person("rita", "sor", Role.REVIEWER),
        person("roy", "bryggen", Role.REVIEWER, municipality_id="storvik"),
        person("tor", "sor", Role.TEACHER, Role.LEADER),
    )
    application = applied(stage)
    slot = f"software/{application.id}"
    assert "WinRAR" in stage.shown("rita", slot)
    assert not stage.slots("dina")
    assert not stage.slots("roy")
    for stranger in ("roy", "tor"):
        stage.press(stranger, "software.decide", application_id=application.id, verdict="approved")
        assert stage.get(Application, application.id).standing is ProgramState.WAITING
    stage.press("dina", "software.list")
    assert "WinRAR" in stage.shown("dina", stage.slots("dina")[-1]), "contacts still may look and decide"
    stage.press("rita", "software.decide", application_id=application.id, verdict="approved", word="Greit.")
    assert stage.get(Application, application.id).decided_by == "rita"


def test_identity_numbers_are_masked_in_what_is_stored_and_sent(stage: Stage) -> None:
    application = applied(stage, reason="Gjelder 15076500565")
    assert "15076500565" not in application.reason
    assert "15076500565" not in stage.shown("dina", f"software/{application.id}")


def test_the_applicant_is_told_with_the_deciders_word_and_other_cards_follow(stage: Stage) -> None:
    application = applied(stage)
    slot = f"software/{application.id}"
    stage.press(
        "dina", "software.decide", slot=slot, application_id=application.id, verdict="approved", word="Hent det."
    )
    assert stage.get(Application, application.id).standing is ProgramState.APPROVED
    assert "Hent det." in stage.shown("kari", f"{slot}/own/decided")
    assert stage.buttons("dag", slot) == stage.buttons("dina", slot) == []
    assert [(a.act, a.by) for a in stage.audits] == [("software.approved", "dina")]


def test_the_second_decider_changes_nothing(stage: Stage) -> None:
    application = applied(stage)
    stage.press("dina", "software.decide", application_id=application.id, verdict="approved")
    outcome = stage.press("dag", "software.decide", application_id=application.id, verdict="declined")
    assert not outcome.changed
    assert stage.get(Application, application.id).decided_by == "dina"


def test_two_who_decide_at_once_make_one_decision(stage: Stage) -> None:
    application = applied(stage)
    stage.race(
        stage.pressing("dina", "software.decide", application_id=application.id, verdict="approved"),
        stage.pressing("dag", "software.decide", application_id=application.id, verdict="declined"),
    )
    assert stage.get(Application, application.id).standing is ProgramState.APPROVED


@pytest.mark.parametrize("who", ["kari", "siv", "nina"])
@pytest.mark.parametrize("verb", ["software.decide", "software.open"])
def test_nobody_else_decides_or_reads_it(stage: Stage, who: str, verb: str) -> None:
    application = applied(stage)
    seen = len(stage.slots(who))
    outcome = stage.press(who, verb, application_id=application.id, verdict="approved")
    assert not outcome.changed
    assert len(stage.slots(who)) == seen


@pytest.mark.parametrize("verdict", ["", "waiting", "withdrawn", "APPROVED", "1"])
def test_only_the_two_verdicts_count(stage: Stage, verdict: str) -> None:
    application = applied(stage)
    assert not stage.press("dina", "software.decide", application_id=application.id, verdict=verdict).changed


def test_withdrawing_takes_the_card_from_those_who_decide(stage: Stage) -> None:
    application = applied(stage)
    stage.press("siv", "software.withdraw", application_id=application.id)
    assert stage.get(Application, application.id).standing is ProgramState.WAITING
    stage.press("kari", "software.withdraw", application_id=application.id)
    assert stage.get(Application, application.id).standing is ProgramState.WITHDRAWN
    assert not stage.shown("dina", f"software/{application.id}")


def test_the_same_program_is_applied_for_once_and_five_may_wait(stage: Stage) -> None:
    applied(stage)
    applied(stage, program="winrar")
    assert len(stage.all(Application)) == 1
    for n in range(9):
        applied(stage, program=f"Program {n}")
    assert len(stage.all(Application)) == 5


def test_the_queue_is_for_those_who_decide_and_their_municipality(stage: Stage) -> None:
    applied(stage)
    stage.press("dina", "software.list")
    assert "WinRAR" in stage.shown("dina", stage.slots("dina")[-1])
    stage.press("siv", "software.list")
    assert "WinRAR" not in stage.shown("siv", stage.slots("siv")[-1])
    assert stage.press("kari", "software.list").notice


@pytest.mark.parametrize(
    ("utterance", "name"),
    [
        ("er zoom godkjent", "zoom"),
        ("er zoom godkjend", "zoom"),
        ("is dropbox allowed", "dropbox"),
        ("zip-program", "zip-program"),
        ("sjekk program winrar", "winrar"),
        ("er kahoot godkjent", "kahoot"),
        ("er dpia godkjent", ""),
        ("er søknaden min godkjent", ""),
        ("når kommer teams", ""),
    ],
)
def test_a_sentence_about_a_program_is_understood(stage: Stage, utterance: str, name: str) -> None:
    assert named(utterance, stage.content) == name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("er Miro godkjent i kommunen?", "Miro"),
        ("er Miro godkjend hjå oss?", "Miro"),
        ("er Zoom godkjent hjå oss?", "Zoom"),
        ("Hei, er Miro godkjent?", "Miro"),
        ("vet du om Miro er godkjent på jobb?", "Miro"),
        ("er appen miro godkjent", "miro"),
        ("is Miro approved in the municipality?", "Miro"),
        ("kan elevene bruke minecraft education", "minecraft education"),
        ("kan ansatte bruke Zoom?", "Zoom"),
        ("kan ansatte bruke Kahoot?", "Kahoot"),
        ("kan lærerne bruke Padlet?", "Padlet"),
        ("kan de ansatte bruke Blooket på skolen?", "Blooket"),
        ("kan lærarane bruke Padlet?", "Padlet"),
        ("har tilsette lov til å bruke Padlet?", "Padlet"),
        ("er Padlet godkjent for lærere?", "Padlet"),
        ("can teachers use Padlet?", "Padlet"),
        ("are staff allowed to use Padlet?", "Padlet"),
        ("kan lærerne bruke padlet?", ""),
        ("kan ansatte bruke tjenestebilen?", ""),
        ("kan lærerne bruke mentimeter?", "mentimeter"),
        ("kan ansatte bruke superquizzen?", "superquizzen"),
        ("kan jeg få programmet Superquizzen 3000 til klassen?", "Superquizzen 3000"),
        ("kan jeg få programmet på norsk?", ""),
        ("kan ansatte bruke ferien sin?", ""),
        ("kan ansatte bruke Teams hjemme?", ""),
        ("kan ansatte bruke velferdsrommet?", ""),
        ("kan lærerne bruke mobilen?", ""),
        ("er minecraft education godkjent for elever?", "minecraft education"),
        ("can i use the printr", ""),
        ("søk om Miro", "Miro"),
        ("Er Adobe Creative Cloud godkjent?", "Adobe Creative Cloud"),
        ("er Blue Ocean Planner lov for elever?", "Blue Ocean Planner"),
        ("er Kari Hansen godkjent?", ""),
        ("kan jeg bruke Gjerdrum Ungdomsskole?", ""),
        ("er DPIA godkjent?", ""),
        ("er ferien min godkjent her?", ""),
        ("er appen vi bruker godkjent hos oss?", ""),
        ("er tjenesten trygg godkjent", ""),
    ],
)
def test_a_program_that_is_not_listed_is_named_with_the_place_and_as_it_is_written(
    stage: Stage, written: str, name: str
) -> None:
    assert named_as_written(written, stage.content) == name


@pytest.mark.parametrize(
    ("words", "program"),
    [
        ("søk om zoom", "zoom"),
        ("søk om photoshop", "photoshop"),
        ("eg vil søkje om kahoot", "kahoot"),
        ("søk om programmet fiken", "fiken"),
        ("søk om permisjon", ""),
        ("jeg vil søke om sosialhjelp", ""),
    ],
)
def test_an_application_by_words_names_a_program_and_nothing_else(stage: Stage, words: str, program: str) -> None:
    assert named(words, stage.content) == program


def test_a_program_of_a_municipality_is_named_there_only(stage: Stage) -> None:
    own = Program(id="lillevik.book-creator", name="Book Creator", municipality_id="lillevik")
    change = ProgramChange(program_id=own.id, municipality_id="lillevik", number=1, program=own)
    content = replace(stage.content, register=stage.content.register.with_changes([change]))
    assert named_as_written("kan elevene bruke book creator?", content, "lillevik") == "book creator"
    assert named_as_written("kan elevene bruke book creator?", content, "storvik") == ""


@pytest.mark.parametrize(
    ("said", "program"),
    [
        ("kan jeg få drop box på PC-en?", "Dropbox"),
        ("Jeg trenger Google Drive, ikke Zoom", "Google Drive"),
        ("vi zoomer inn", ""),
        ("kan jeg få notion?", "notion"),
        ("trenger photoshop og indesign", "photoshop og indesign"),
        ("can I get Notion?", "Notion"),
        ("er padlet lov å bruke", "padlet"),
        ("e zoom godkjent hos dåkker", "Zoom"),
        ("e panikk godkjent hos dåkker?", "panikk"),
        ("can I get a program", ""),
        ("kan jeg få et program", ""),
        ("", ""),
    ],
)
def test_the_program_of_a_request_is_found_in_a_message(stage: Stage, said: str, program: str) -> None:
    assert read_program(said, stage.content, None).get("program", "") == program


def test_a_person_sees_their_own_applications_and_can_withdraw_those_that_wait(stage: Stage) -> None:
    stage.press("kari", "software.mine")
    assert stage.texts("kari")("software.mine_empty") in stage.shown("kari", stage.slots("kari", "software/")[-1])
    first = applied(stage)
    stage.press("dina", "software.decide", application_id=first.id, verdict="declined", word="For dyrt.")
    second = applied(stage, program="Fiken")
    stage.press("siv", "software.mine")
    assert "Fiken" not in stage.shown("siv", stage.slots("siv", "software/")[-1])
    stage.press("kari", "software.mine")
    slot = stage.slots("kari", "software/")[-1]
    shown = stage.shown("kari", slot)
    assert shown.index("Fiken") < shown.index("WinRAR"), "the newest first"
    assert "For dyrt." in shown
    assert stage.buttons("kari", slot) == ["software.withdraw"]
    stage.press("kari", "software.withdraw", slot=slot, application_id=second.id)
    assert stage.get(Application, second.id).standing is ProgramState.WITHDRAWN


def test_a_guest_has_no_applications(stage: Stage) -> None:
    stage.put(Person(id="guest-1", name="", created_at=TUESDAY))
    stage.press("guest-1", "software.mine")
    assert stage.texts("kari")("software.guest") in stage.shown("guest-1", stage.slots("guest-1")[-1])


def test_everyday_words_find_the_program_for_their_task(stage: Stage) -> None:
    task = EverydayTask(
        id="zip",
        register=dict.fromkeys(Language, ("Komprimering av filer",)),
        asked=("mappa er for svær til å sendes", "gjøre mange filer til en liten"),
    )
    known = replace(PROGRAMS[0], purpose={Language.NB: "Komprimering av filer"})
    stage.content = replace(stage.content, register=Register.from_files((known, *PROGRAMS[1:])))
    words = "denne svære mappa må bli liten"
    stage.press("kari", "software.ask", program=words)
    assert "7-Zip" not in stage.shown("kari", stage.slots("kari")[-1])
    stage.content = replace(
        stage.content, tasks=EverydayTasks.matched_by([task], by_letters=Matcher.build(task_phrasings([task])))
    )
    stage.press("kari", "software.ask", program=words)
    assert "7-Zip" in stage.shown("kari", stage.slots("kari")[-1])
    assert parameters("software.ask", words, stage.content, None) == {"program": words}
    assert parameters("software.apply", words, stage.content, None) == {}
    stage.press("kari", "software.ask", program="zoom")
    assert "Merknad om Zoom" in stage.shown("kari", stage.slots("kari")[-1])
