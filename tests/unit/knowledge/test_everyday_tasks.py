"""Requests in everyday words: the file of tasks, the guesses, and the places that programs get by them."""

from pathlib import Path

import numpy as np
import pytest

from bot.content.index_builder import FolderCache, ReadOnlyCache
from bot.content.task_matchers import PURPOSES, build_tasks, lesson_of
from knowledge.article.article import Language
from knowledge.matching.encoder import Vectors
from knowledge.matching.kept_vector import pack_vector
from knowledge.matching.matcher import Matcher
from knowledge.software.everyday import EverydayTasks, TaskGuess, task_phrasings
from knowledge.software.program import Program
from knowledge.software.register import ProgramChange, ProgramPlace, Register
from knowledge.software.task import EverydayTask, parse_tasks, shipped_tasks
from tests.learned import sample_tasks
from tests.program_register import ProgramRequest, register_programs, requests

ANYWHERE = ProgramPlace()
NO_CACHE = ReadOnlyCache(cache=FolderCache(Path("/nonexistent")))


def task(id_: str, phrase: str, *asked: str) -> EverydayTask:
    return EverydayTask(id=id_, register=dict.fromkeys(Language, (phrase,)), asked=asked)


MERGE = task("pdf-merge", "Sammenslåing av PDF-filer", "flere papirer skal bli til ett", "samle vedleggene i ett brev")
SIGN = task("e-sign", "Elektronisk signering", "sjefen skal skrive under uten å møte opp", "få navnet på kontrakten")
DRAW = task("drawing", "Digital tegning", "ungene vil lage en figur på skjermen", "male uten pensel")
TASKS = (MERGE, SIGN, DRAW)


def program(id_: str, name: str, purpose: str) -> Program:
    return Program(id=id_, name=name, purpose={Language.NB: purpose})


REGISTER = Register.from_files(
    (
        program("pdfsam", "PDFsam", "Sammenslåing av PDF-filer"),
        program("pdf24", "PDF24", "Sammenslåing og oppdeling av PDF-filer"),
        program("pdfill", "PDFill", "Sammenslåing av PDF-filer for alle ansatte"),
        program("posten", "Posten signering", "Elektronisk signering av avtaler"),
        program("krita", "Krita", "Digital tegning"),
        program("zoom", "Zoom", "Videomøter"),
    )
)


def guesses(*shares: tuple[EverydayTask, float]) -> tuple[TaskGuess, ...]:
    return tuple(TaskGuess(task=each, share=share) for each, share in shares)


def found(text: str, *shares: tuple[EverydayTask, float]) -> list[str]:
    return [hit.program.id for hit in REGISTER.find_programs(text, ANYWHERE, guesses=guesses(*shares))]


# The file


def test_the_shipped_tasks_are_sound() -> None:
    shipped = shipped_tasks()
    assert shipped.faults == ()
    assert len(shipped.tasks) >= 200


ENTRY = '- id: one\n  register: {nb: ["Én"], nn: ["Ein"], en: ["One"]}\n  asked: ["en ting"]\n'


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("one: two", 1, "must be a list"),
        ("- id: [", 1, "expected"),
        ("- id: one\n  asked: [x]", 1, "exactly asked, id, register"),
        (ENTRY.replace("one", "One Two"), 1, "'One Two' is not of"),
        (ENTRY.replace("nn: ", "se: "), 2, "exactly en, nb, nn"),
        (ENTRY.replace('["en ting"]', "[]"), 3, "at least one entry"),
        (ENTRY.replace('"en ting"', "7"), 3, "must be a text"),
        (ENTRY + ENTRY, 4, "two tasks one"),
        (ENTRY + ENTRY.replace("id: one", "id: two"), 6, "one has this request"),
    ],
)
def test_a_malformed_task_is_refused_with_its_line(text: str, line: int, reason: str) -> None:
    [fault] = parse_tasks(text, file="tasks.yaml").faults
    assert (fault.file, fault.line) == ("tasks.yaml", line)
    assert reason in fault.reason


def test_a_sound_task_beside_a_faulty_one_is_kept() -> None:
    read = parse_tasks(ENTRY + "- id: two\n", file="tasks.yaml")
    assert [each.id for each in read.tasks] == ["one"]
    assert [each.line for each in read.faults] == [4]


# The places


def test_a_sure_guess_takes_all_places_and_an_unsure_one_leaves_some() -> None:
    words = "noe helt annet"
    assert set(found(words, (MERGE, 0.9), (SIGN, 0.06))) == {"pdfsam", "pdf24", "pdfill"}
    assert set(found(words, (MERGE, 0.4), (SIGN, 0.3), (DRAW, 0.2))) == {"pdfsam", "posten", "krita"}


def test_with_a_sure_name_nothing_changes() -> None:
    assert found("zoom") == found("zoom", (MERGE, 1.0)) == ["zoom"]
    assert found("kan jeg få zom på pc-en") == found("kan jeg få zom på pc-en", (MERGE, 0.05))[:1] == ["zoom"]


def test_what_the_words_find_themselves_stays_first() -> None:
    assert found("sammenslåing av pdf-filer", (SIGN, 0.5))[0] in {"pdfsam", "pdfill"}


def test_a_guess_is_offered_though_no_word_is_shared() -> None:
    assert REGISTER.look_up("flere ark til ett", ANYWHERE).similar == ()
    match = REGISTER.look_up("flere ark til ett", ANYWHERE, guesses=guesses((MERGE, 0.3)))
    assert match.program is None
    assert {each.id for each in match.similar} == {"pdfsam", "pdf24", "pdfill"}


def test_a_task_without_a_program_gives_none() -> None:
    other = task("parking", "Betaling av parkering", "bilen må stå et sted")
    assert REGISTER.look_up("hvor gjør jeg av bilen", ANYWHERE, guesses=guesses((other, 0.9))).similar == ()


def test_a_program_of_a_later_change_is_found_by_its_task() -> None:
    new = program("smallpdf", "Smallpdf", "Sammenslåing av PDF-filer")
    changed = REGISTER.with_changes([ProgramChange(program_id="smallpdf", number=1, program=new)])
    hits = changed.find_programs("flere ark til ett", ANYWHERE, guesses=guesses((MERGE, 0.9)), limit=4)
    assert "smallpdf" in {hit.program.id for hit in hits}


# The guesses


class Words:
    """An encoder that knows three subjects by a word of each."""

    name = "words"

    def __init__(self) -> None:
        self.encoded = 0

    def encode(self, texts: list[str]) -> Vectors:
        self.encoded += len(texts)
        subjects = (("ett", "papir", "pdf", "hefte"), ("skriv", "kontrakt", "signer"), ("mal", "figur", "tegn"))
        rows = np.full((len(texts), 8), 0.05, np.float32)
        for row, text in zip(rows, texts, strict=True):
            for at, stems in enumerate(subjects):
                row[at] += sum(stem in text.lower() for stem in stems)
            row[3 + len(text) % 5] += 0.1
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def test_a_vector_decides_where_letters_do_not_and_is_not_encoded_again(tmp_path: Path) -> None:
    encoder = Words()
    known = build_tasks(TASKS, cache=FolderCache(tmp_path), encoder=encoder, before=None)
    assert known.by_meaning is not None
    vector = pack_vector(encoder.encode(["et hefte"])[0], encoder=encoder.name)
    before = encoder.encoded
    assert known.guess("xyz", vector)[0].task is MERGE
    assert encoder.encoded == before
    assert known.guess("xyz", b"1234" + vector[4:]) == known.guess("xyz"), "a vector of another encoder says nothing"


def test_matchers_are_cached_and_kept_over_builds(tmp_path: Path) -> None:
    cache = FolderCache(tmp_path)
    first = build_tasks(TASKS, cache=cache, encoder=None, before=None)
    assert first.by_letters is not None
    assert build_tasks(TASKS, cache=cache, encoder=None, before=first).by_letters is first.by_letters
    encoder = Words()
    later = build_tasks(TASKS, cache=cache, encoder=encoder, before=first)
    assert later.by_letters is not None
    spent = encoder.encoded
    assert build_tasks(TASKS, cache=cache, encoder=encoder, before=None).by_meaning is not None
    assert encoder.encoded == spent, "the second start reads the cache"


def test_purposes_are_compared_by_meaning_once_and_those_of_later_changes_by_letters(tmp_path: Path) -> None:
    encoder, cache = Words(), FolderCache(tmp_path)
    tasks = build_tasks(TASKS, cache=cache, encoder=encoder, before=None)
    programs = tuple(REGISTER.programs.values())
    before = encoder.encoded
    first = lesson_of(tasks, programs, cache=cache, encoder=encoder)
    assert encoder.encoded == before + len({each.purpose[Language.NB] for each in programs})
    spent = encoder.encoded
    again = lesson_of(tasks, programs, cache=cache, encoder=encoder)
    for each in programs:
        purpose = each.purpose[Language.NB]
        assert [guess.task for guess in again.guess(purpose)] == [guess.task for guess in first.guess(purpose)]
    assert again.guess("Sjefen skal skrive under")[0].task == SIGN
    assert encoder.encoded == spent
    cache.write(PURPOSES, b"half a file")
    lesson_of(tasks, programs, cache=cache, encoder=encoder)
    assert encoder.encoded > spent


def test_a_register_finds_programs_by_what_their_purposes_are_guessed_to_be() -> None:
    brush = program("brush", "Brush", "Male uten pensel")
    known = Register.from_files((*REGISTER.programs.values(), brush))
    asked = guesses((DRAW, 0.9))

    def ids(register: Register) -> list[str]:
        return [hit.program.id for hit in register.find_programs("ungene vil ha det moro", ANYWHERE, guesses=asked)]

    assert "brush" not in ids(known)
    known.learn_tasks(build_tasks(TASKS, cache=NO_CACHE, encoder=None, before=None).lesson())
    assert "brush" in ids(known)
    later = program("later", "Later", "Ungene vil lage en figur")
    changed = known.with_changes([ProgramChange(program_id="later", number=1, program=later)])
    assert "later" in ids(changed)


def test_without_tasks_nothing_is_guessed() -> None:
    assert EverydayTasks().guess("samle vedleggene") == ()


def test_unlikely_tasks_are_no_guess() -> None:
    many = [task(f"t{n}", f"Fag {n}", f"spørsmål {n} om fag {n}") for n in range(30)]
    known = EverydayTasks.matched_by(many, by_letters=Matcher.build(task_phrasings(many)))
    assert known.guess("hva blir det til middag") == ()


def right(known: Register, tasks: EverydayTasks | None, each: ProgramRequest, vector: bytes = b"") -> bool:
    likely = tasks.guess(each.text, vector) if tasks is not None else ()
    match = known.look_up(each.text, ANYWHERE, guesses=likely)
    shown = [match.program] if match.program else match.similar
    return any(program.id in each.right for program in shown)


def test_paraphrases_in_three_languages_and_dialect_find_their_program_by_letters() -> None:
    large, asked = Register.from_files(register_programs()), requests("requests-everyday.csv")
    alone = sum(right(large, None, each) for each in asked)
    guessed = sum(right(large, sample_tasks(), each) for each in asked)
    assert alone < 0.2 * len(asked)
    assert guessed > 0.5 * len(asked)


def test_named_programs_are_found_as_before() -> None:
    large = Register.from_files(register_programs())
    named = [each for each in requests() if len(each.right) == 1]
    assert len(named) > 100
    for each in named:
        if right(large, None, each):
            assert right(large, sample_tasks(), each), each.text
