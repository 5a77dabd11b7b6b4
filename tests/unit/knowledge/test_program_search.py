"""The register of programs: the search by name, spelling and purpose, the lists, and the changes of the store."""

from dataclasses import replace
from datetime import date

import pytest

from knowledge.article.article import Language
from knowledge.organisation.unit import Sector
from knowledge.software import register as module
from knowledge.software.index import SURE
from knowledge.software.program import Assessment, Program, ProgramStatus, ProgramUse
from knowledge.software.register import Forum, ProgramChange, ProgramPlace, Register
from knowledge.software.words import is_about_pupils, meaning, name_key
from tests.program_register import TODAY, register_programs, requests

ANYWHERE = ProgramPlace()
SCHOOL = ProgramPlace(municipality_id="nes", sector=Sector.SCHOOL)
PUPILS = replace(SCHOOL, use=ProgramUse.PUPILS)


def program(id_: str, name: str, *aliases: str, purpose: str = "", status: str = "approved") -> Program:
    texts = {Language.NB: purpose} if purpose else {}
    shared = Assessment(status=ProgramStatus(status))
    return Program(id=id_, name=name, aliases=aliases, purpose=texts, assessments=(shared,))


PROGRAMS = (
    program("7-zip", "7-Zip", "zip-program", purpose="Komprimering av filer"),
    program("notepad-plus-plus", "Notepad++", purpose="Redigering av ren tekst"),
    program("dropbox", "Dropbox", "drop box", status="rejected"),
    program("google-drive", "Google Drive", "googledisk"),
    program("zoom", "Zoom", purpose="Videomøter"),
    program("sumatra", "Sumatra PDF", purpose="Visning av PDF-dokumenter"),
    program("signal", "Signal", purpose="Direktemeldinger"),
)


@pytest.fixture(scope="module")
def known() -> Register:
    return Register.from_files(PROGRAMS)


def found(known: Register, text: str, place: ProgramPlace = ANYWHERE) -> str | None:
    program = known.look_up(text, place).program
    return program.id if program else None


def test_what_a_look_up_finds_may_be_named_and_words_without_a_name_may_not(known: Register) -> None:
    large = Register.from_files(register_programs(500))
    texts = [request.text for request in (*requests(size=500), *requests("requests-chat.csv", size=500))]
    named = [text for text in texts if large.look_up(text, ANYWHERE).program is not None]
    assert len(named) > 20
    assert all(map(large.may_name, named))
    assert known.may_name("kan jeg få droppbox")
    assert not known.may_name("printeren virker ikke")
    assert not Register().may_name("zoom")


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("7-zip", "7-zip"),
        ("7 ZIP", "7-zip"),
        ("Drop Box", "dropbox"),
        ("droppbox", "dropbox"),
        ("gogle drive", "google-drive"),
        ("er notepad pluss pluss godkjent?", "notepad-plus-plus"),
        ("zoom", "zoom"),
        ("zom", None),
        ("winrar", None),
        ("", None),
        ("🙂", None),
        ("++", None),
    ],
)
def test_a_program_is_found_by_name_alias_and_near_spelling(known: Register, text: str, id_: str | None) -> None:
    assert found(known, text) == id_


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("noe å lese PDF med", "sumatra"),
        ("noko å lese pdf-ar med", "sumatra"),
        ("something to read PDFs", "sumatra"),
        ("pakke ut en fil", "7-zip"),
        ("videokonferanse", "zoom"),
        ("teksteditor", "notepad-plus-plus"),
    ],
)
def test_a_purpose_finds_its_program_in_three_languages(known: Register, text: str, id_: str) -> None:
    assert [hit.program.id for hit in known.find_programs(text, ANYWHERE)][:1] == [id_]


def test_an_ordinary_word_of_an_english_sentence_is_no_sure_name() -> None:
    known = Register.from_files(
        (program("word", "Microsoft Word", "word"), program("maps", "Tankekart", purpose="Tankekart"))
    )
    [hit] = known.find_programs("draw our ideas as branches from one word", ANYWHERE)
    assert hit.name < SURE
    assert found(known, "can I use Word at work to write letters") == "word"
    assert found(known, "word") == "word"


def test_a_purpose_is_no_name(known: Register) -> None:
    match = known.look_up("noe å lese PDF med", ANYWHERE)
    assert match.program is None
    assert [each.id for each in match.similar] == ["sumatra"]


def test_two_programs_with_one_name_are_both_offered_and_neither_is_assumed() -> None:
    twice = Register.from_files((program("one", "Notatblokk"), program("two", "notatblokk")))
    match = twice.look_up("notatblokk", ANYWHERE)
    assert match.program is None
    assert {each.id for each in match.similar} == {"one", "two"}


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("kan jeg få drop box på PC-en?", "dropbox"),
        ("Jeg trenger Google Drive, ikke Zoom", "google-drive"),
        ("kan jeg bruke Signal til jobb", "signal"),
        ("fikk et signal fra leverandøren om lisensen", None),
        ("vi zoomer inn", None),
        ("", None),
    ],
)
def test_a_message_mentions_a_name_and_no_ordinary_word(known: Register, text: str, id_: str | None) -> None:
    mentioned = known.mentioned(text, None)
    assert (mentioned[0].id if mentioned else None) == id_


def test_a_request_with_two_names_gets_both_programs_whatever_else_it_says(known: Register) -> None:
    assert {each.id for each in known.mentioned("trenger Zoom eller Google Drive", None)} == {"zoom", "google-drive"}
    match = known.look_up("trenger Zoom eller Google Drive til videomøter", ANYWHERE)
    assert match.program is None
    assert {each.id for each in match.similar} == {"zoom", "google-drive"}


def test_of_programs_for_one_purpose_those_to_use_come_first() -> None:
    ends = replace(program("a", "A", purpose="Tankekart"), assessments=())
    ended = Assessment(status=ProgramStatus.APPROVED, expires=date(2026, 1, 1))
    several = Register.from_files(
        (
            program("b", "Bee", purpose="Tankekart", status="rejected"),
            ends.with_assessment(ended),
            program("c", "See", purpose="Tankekart", status="conditions"),
            program("d", "Dee", purpose="Tankekart", status="review"),
        )
    )
    assert [hit.program.id for hit in several.find_programs("tankekart", ANYWHERE, day=TODAY)] == ["c", "d", "a"]


@pytest.mark.parametrize(
    ("one", "other"),
    [("redigere", "redigering"), ("lesing", "leser"), ("bilder", "pictures"), ("heimeside", "nettside")],
)
def test_forms_synonyms_and_translations_have_one_meaning(one: str, other: str) -> None:
    assert meaning(one) == meaning(other)


@pytest.mark.parametrize(
    ("name", "key"), [("Notepad++", "notepadplusplus"), ("C#", "csharp"), ("µTorrent", "utorrent")]
)
def test_signs_of_names_count(name: str, key: str) -> None:
    assert name_key(name) == key


@pytest.mark.parametrize(
    ("text", "pupils"),
    [
        ("kan elevene bruke Kahoot", True),
        ("can pupils use it", True),
        ("trenger Padlet til 3. klasse", True),
        ("ungan på 5. trinn ska bruk det", True),
        ("for the children", True),
        ("er Zoom godkjent", False),
        ("til klasserommet", False),
    ],
)
def test_a_request_for_pupils_is_recognised(text: str, pupils: bool) -> None:
    assert is_about_pupils(text) is pupils


def test_blind_requests_find_their_program_among_five_thousand() -> None:
    large = Register.from_files(register_programs())
    asked = requests()
    right = [
        any(hit.program.id in each.right for hit in large.find_programs(each.text, ANYWHERE, day=TODAY))
        for each in asked
    ]
    assert len(asked) == 200
    assert sum(right) / len(asked) >= 0.95


# Lists


def on(status: str, **more: object) -> Assessment:
    return Assessment(status=ProgramStatus(status), **more)  # type: ignore[arg-type]


def test_a_school_has_its_own_list_and_pupils_another() -> None:
    listed = replace(
        program("kahoot", "Kahoot!"),
        assessments=(
            on("review"),
            on("approved", sector=Sector.SCHOOL),
            on("conditions", sector=Sector.SCHOOL, use=ProgramUse.PUPILS),
        ),
    )
    known = Register.from_files([listed], [Forum(sector=Sector.SCHOOL, own_list=True)])
    health = ProgramPlace(municipality_id="nes", sector=Sector.HEALTH)
    statuses = [known.standing_of(listed, place).status_on(TODAY) for place in (health, SCHOOL, PUPILS)]
    assert statuses == ["review", "approved", "conditions"]


@pytest.mark.parametrize(("own_list", "status"), [(True, None), (False, ProgramStatus.APPROVED)])
def test_the_list_for_all_counts_at_school_unless_the_school_has_its_own(
    own_list: bool, status: ProgramStatus | None
) -> None:
    known = Register.from_files([PROGRAMS[0]], [Forum(sector=Sector.SCHOOL, own_list=own_list)])
    standing = known.standing_of(PROGRAMS[0], SCHOOL)
    assert standing.status_on(TODAY) is status
    assert (standing.shared is not None) is own_list
    pupils = known.standing_of(PROGRAMS[0], PUPILS)
    assert pupils.assessment is None, "what staff may use is not thereby for pupils"


def test_a_municipality_has_its_own_word_before_the_one_for_all() -> None:
    listed = PROGRAMS[0].with_assessment(on("rejected", municipality_id="nes"))
    known = Register.from_files([listed])
    assert known.standing_of(listed, ProgramPlace(municipality_id="nes")).status_on(TODAY) is ProgramStatus.REJECTED
    assert known.standing_of(listed, ProgramPlace(municipality_id="eid")).status_on(TODAY) is ProgramStatus.APPROVED


def test_an_approval_ends_with_its_date_and_a_rejection_does_not() -> None:
    ended = {"expires": date(2026, 11, 26)}
    assert on("approved", **ended).status_on(date(2026, 11, 26)) is ProgramStatus.APPROVED
    assert on("approved", **ended).status_on(TODAY) is ProgramStatus.EXPIRED
    assert on("rejected", **ended).status_on(TODAY) is ProgramStatus.REJECTED


# Changes of the store


def test_a_change_counts_at_once_and_is_undone_with_it(known: Register) -> None:
    renamed = replace(PROGRAMS[4], name="Zoom Workplace")
    changed = known.with_changes([ProgramChange(program_id="zoom", number=1, program=renamed)])
    assert found(changed, "zoom workplace") == "zoom"
    assert [each.name for each in changed.called("zoom", None)] == [], "the name before is none"
    assert found(changed.with_changes(()), "zoom") == "zoom"
    assert changed.with_changes([ProgramChange(program_id="zoom", number=1, program=renamed)]) is changed


def test_a_program_of_one_municipality_is_known_there_only(known: Register) -> None:
    own = replace(program("nes.winrar", "WinRAR"), municipality_id="nes")
    changed = known.with_changes([ProgramChange(program_id=own.id, municipality_id="nes", number=1, program=own)])
    assert found(changed, "winrar", ProgramPlace(municipality_id="nes")) == "nes.winrar"
    assert found(changed, "winrar", ProgramPlace(municipality_id="eid")) is None
    assert changed.visible("nes.winrar", "eid") is None
    assert "nes.winrar" not in {each.id for each in changed.of_municipality("eid")}


def test_a_municipalitys_change_leaves_the_program_of_the_others(known: Register) -> None:
    own = Program(id="zoom", name="", assessments=(on("rejected", municipality_id="nes"),))
    changed = known.with_changes([ProgramChange(program_id="zoom", municipality_id="nes", number=1, program=own)])
    zoom = changed.programs["zoom"]
    assert zoom.name == "Zoom"
    nes, eid = (changed.standing_of(zoom, ProgramPlace(municipality_id=each)) for each in ("nes", "eid"))
    assert (nes.status_on(TODAY), eid.status_on(TODAY)) == (ProgramStatus.REJECTED, ProgramStatus.APPROVED)


def test_many_changes_are_indexed_with_the_others(monkeypatch: pytest.MonkeyPatch, known: Register) -> None:
    monkeypatch.setattr(module, "MAX_APART", 2)
    changes = [
        ProgramChange(program_id=f"new-{n}", number=1, program=program(f"new-{n}", f"Kvikkly {n}")) for n in range(5)
    ]
    changed = known
    for count in range(1, 6):
        changed = changed.with_changes(changes[:count])
        assert found(changed, f"kvikkly {count - 1}") == f"new-{count - 1}"
        assert found(changed, "zoom") == "zoom"
