"""Look-up of programs in a register of 5,000: how often the right one is among three, and the time of each request.

The blind requests (``tests/data/programs``) were written before the search and its word tables; the everyday ones after
the everyday tasks, by an author who had not read them; the late ones after both, by another; those of the chat last, as
messages to Heia. Times are processor time.
"""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import quantiles

from bot.content.encoder import load_encoder
from knowledge.language.identify import identify
from knowledge.language.text import clean
from knowledge.matching.encoder import Encoder
from knowledge.matching.kept_vector import pack_vector
from knowledge.matching.matcher import Matcher
from knowledge.software.everyday import EverydayTasks, TaskGuess, task_phrasings
from knowledge.software.program import Program
from knowledge.software.register import ProgramChange, ProgramPlace, Register
from tests.learned import sample_lesson, sample_tasks
from tests.program_register import SIZE, TODAY, ProgramRequest, register_programs, requests

ROUNDS = 5
CHANGED = 100
SETS = {
    "blind": "requests.csv",
    "tuning": "requests-tuning.csv",
    "everyday": "requests-everyday.csv",
    "late": "requests-late.csv",
    "chat": "requests-chat.csv",
}
Guess = Callable[[str], Sequence[TaskGuess]]


def accuracy(register: Register, asked: Sequence[ProgramRequest], guess: Guess) -> float:
    """Return the share of requests with a right program among the first three."""
    return sum(_is_right(register, each, guess(each.text)) for each in asked) / len(asked)


def _is_right(register: Register, request: ProgramRequest, guesses: Sequence[TaskGuess] = ()) -> bool:
    hits = register.find_programs(request.text, ProgramPlace(), guesses=guesses, day=TODAY)
    return any(hit.program.id in request.right for hit in hits)


def changed(programs: tuple[Program, ...]) -> list[ProgramChange]:
    """Return changes of every fiftieth program, as decisions make them."""
    return [ProgramChange(program_id=each.id, number=1, program=each) for each in programs[:: SIZE // CHANGED]]


def vector_of(text: str, tasks: EverydayTasks, encoder: Encoder) -> bytes:
    """Return the vector that the match of a message has."""
    matcher = tasks.by_meaning or tasks.by_letters
    if matcher is None:
        return b""
    said = clean(text)
    sentence = matcher.index.reader.read(said, language=identify(said)).sentence
    return pack_vector(encoder.encode([sentence])[0], encoder=encoder.name)


def main() -> None:
    """Print accuracy and times."""
    encoder = load_encoder()
    tasks = sample_tasks()
    if encoder is not None:
        by_meaning = Matcher.build(task_phrasings(tasks.tasks.values()), encoder=encoder)
        tasks = replace(tasks, by_meaning=by_meaning)
    programs = register_programs()
    began = time.process_time()
    register = Register.from_files(programs)
    print(f"index of {len(programs)} programs: {time.process_time() - began:.2f} s")
    began = time.process_time()
    register.learn_tasks(sample_lesson(programs, encoder))
    print(f"programs for {len(tasks.tasks)} tasks: {time.process_time() - began:.2f} s")
    began = time.process_time()
    register = register.with_changes(changed(programs))
    print(f"{CHANGED} changed programs: {(time.process_time() - began) * 1000:.0f} ms")
    asked = {name: requests(file) for name, file in SETS.items()}
    vectors, encoding = dict[str, bytes](), list[float]()
    for each in (each for requested in asked.values() for each in requested) if encoder is not None else ():
        began = time.process_time()
        vectors[each.text] = vector_of(each.text, tasks, encoder)
        encoding.append((time.process_time() - began) * 1000)
    ways: dict[str, Guess] = {
        "by words": lambda _: (),
        "and tasks by letters": tasks.guess,
        "and tasks by meaning": lambda text: tasks.guess(text, vectors.get(text, b"")),
    }
    for way, guess in ways.items() if encoder is not None else list(ways.items())[:2]:
        found = (f"{name} {accuracy(register, requested, guess):.1%}" for name, requested in asked.items())
        print(f"right program among three, {way}: {', '.join(found)}")
        times = timed(register, asked["blind"] + asked["everyday"], guess)
        at = quantiles(times, n=100)
        print(f"  time of a request: median {at[49]:.2f} ms, p99 {at[98]:.2f} ms, longest {max(times):.2f} ms")
    if encoding:
        at = quantiles(encoding, n=100)
        print(f"encoding beside it: median {at[49]:.1f} ms, p99 {at[98]:.1f} ms")


def timed(register: Register, asked: Sequence[ProgramRequest], guess: Guess) -> list[float]:
    """Return the processor time of each look-up with its guesses, in milliseconds."""
    times: list[float] = []
    gc.collect()
    gc.disable()
    for request in list(asked) * ROUNDS:
        began = time.process_time()
        register.find_programs(request.text, ProgramPlace(), guesses=guess(request.text), day=TODAY)
        times.append((time.process_time() - began) * 1000)
    gc.enable()
    return times
