"""Matchers of the everyday tasks, built once a process and cached like those of the articles."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from bot.ports import Cache
from knowledge.language.identify import identify
from knowledge.language.text import clean
from knowledge.matching.encoder import Encoder
from knowledge.matching.kept_vector import pack_vector
from knowledge.matching.matcher import Matcher
from knowledge.matching.memory import Vocabulary, digest
from knowledge.matching.reading import Reader
from knowledge.matching.repair import Repair
from knowledge.software.everyday import EverydayTasks, TaskGuess, TaskLesson, task_phrasings
from knowledge.software.program import Program, purposes_of
from knowledge.software.task import EverydayTask, data_folder

# File beside the tasks with the encoder's vectors of their phrasings.
TASK_VECTORS: Final = "vectors.bin"
# The cache of what the purposes of programs were guessed to be.
PURPOSES: Final = "tasks-purposes"
# Phrasings that a start encodes for the tasks; with more missing, letters decide alone.
MAX_ENCODED: Final = 500


def build_tasks(
    tasks: Sequence[EverydayTask], *, cache: Cache, encoder: Encoder | None, before: EverydayTasks | None
) -> EverydayTasks:
    """Return the tasks with their matchers, those of ``before`` where they are the same."""
    if not tasks:
        return EverydayTasks()
    if before is not None and before.is_of(tasks):
        by_letters, by_meaning = before.by_letters, before.by_meaning
    else:
        by_letters, by_meaning = None, None
    if by_letters is None:
        by_letters = _matcher(tasks, "tasks-lexical", cache=cache, encoder=None)
    if by_meaning is None and encoder is not None and len(missing_vectors(tasks, encoder)) <= MAX_ENCODED:
        by_meaning = _matcher(tasks, "tasks-semantic", cache=cache, encoder=encoder)
    made = EverydayTasks.matched_by(tasks, by_letters=by_letters, by_meaning=by_meaning)
    return replace(made, purposes=before.purposes) if before is not None and before.is_of(tasks) else made


def lesson_of(
    tasks: EverydayTasks, programs: Iterable[Program], *, cache: Cache, encoder: Encoder | None
) -> TaskLesson:
    """Return what a register with these programs learns of the tasks.

    With the encoder, purposes are compared with the tasks by meaning. Each is encoded once: the guesses are cached.
    """
    if encoder is None or tasks.by_meaning is None:
        return tasks.lesson()
    texts = dict.fromkeys(text for program in programs for text in purposes_of(program))
    name = f"{encoder.name} {digest(*(each.text for each in task_phrasings(tasks.tasks.values()))):x}"
    known = _guesses_of(cache.read(PURPOSES), name, tasks)
    missing = [text for text in texts if text not in known]
    if missing:
        reader = Reader(Repair({}))
        said = [clean(text) for text in missing]
        sentences = [reader.read(each, language=identify(each), mend=False).sentence for each in said]
        own = replace(tasks, by_meaning=tasks.by_meaning.for_another_thread())
        for text, vector in zip(missing, encoder.encode(sentences), strict=True):
            known[text] = own.guess(text, pack_vector(vector, encoder=encoder.name))
        kept = {text: [[each.task.id, round(each.share, 3)] for each in known[text]] for text in texts}
        cache.write(PURPOSES, json.dumps({"name": name, "guesses": kept}).encode())
    return tasks.lesson(known)


def _guesses_of(data: bytes | memoryview | None, name: str, tasks: EverydayTasks) -> dict[str, tuple[TaskGuess, ...]]:
    """Return the cached guesses of these tasks and this encoder."""
    try:
        told = json.loads(bytes(data or b"{}"))
        if told.get("name") != name:
            return {}
        return {
            text: tuple(TaskGuess(task=tasks.tasks[id_], share=share) for id_, share in found)
            for text, found in told["guesses"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError):  # damaged
        return {}


def shipped_vectors(encoder: Encoder) -> Vocabulary:
    """Return the vectors that Heia is delivered with; none of another encoder."""
    file = data_folder() / TASK_VECTORS
    return Vocabulary.shipped(file.read_bytes() if file.is_file() else None, encoder=encoder.name)


def missing_vectors(tasks: Sequence[EverydayTask], encoder: Encoder) -> list[str]:
    """Return the sentences without a shipped vector."""
    return shipped_vectors(encoder).missing(_sentences(tasks))


def write_vectors(tasks: Sequence[EverydayTask], encoder: Encoder) -> int:
    """Write the vectors of the tasks beside them, and return their number. Raises OSError."""
    folder = data_folder()
    if not isinstance(folder, Path):
        raise OSError("the tasks are in no folder that can be written to")
    vocabulary, sentences = shipped_vectors(encoder), _sentences(tasks)
    vocabulary.encode_missing(sentences, encoder)
    made = vocabulary.only(sentences)
    (folder / TASK_VECTORS).write_bytes(made.ship(encoder=encoder.name))
    return len(made.names)


def _sentences(tasks: Sequence[EverydayTask]) -> list[str]:
    """Return the phrasings as the encoder reads them."""
    reader = Reader(Repair({}))
    return [
        reader.read(clean(each.text), language=each.language, mend=False).sentence for each in task_phrasings(tasks)
    ]


def _matcher(tasks: Sequence[EverydayTask], name: str, *, cache: Cache, encoder: Encoder | None) -> Matcher:
    phrasings, known = task_phrasings(tasks), cache.read(name)
    vocabulary = shipped_vectors(encoder) if encoder is not None else None
    matcher = Matcher.build(phrasings, encoder=encoder, state=known, vocabulary=vocabulary)
    if matcher.state() is not known:
        cache.write(name, matcher.state())
        # Loaded from the file, it needs a tenth of the memory it holds after training.
        matcher = Matcher.build(phrasings, encoder=encoder, state=cache.read(name) or matcher.state())
    return matcher
