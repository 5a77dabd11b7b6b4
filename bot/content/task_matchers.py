"""Matchers of the everyday tasks, built once a process and cached like those of the articles."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from bot.content.learned_files import LEARNED, keep_learned, learned_in, write_learned
from bot.ports import Cache
from knowledge.language.identify import identify
from knowledge.language.text import clean
from knowledge.matching.encoder import Encoder
from knowledge.matching.index import Learned
from knowledge.matching.kept_vector import digest, pack_vector
from knowledge.matching.matcher import Matcher
from knowledge.matching.reading import Reader
from knowledge.matching.repair import Repair
from knowledge.software.everyday import EverydayTasks, TaskGuess, TaskLesson, task_phrasings
from knowledge.software.program import Program, purposes_of
from knowledge.software.task import EverydayTask, data_folder

# The cache of what the purposes of programs were guessed to be.
PURPOSES: Final = "tasks-purposes"
# Phrasings that a start encodes for the tasks; with more, letters decide alone.
MAX_ENCODED: Final = 500
# What the names of their files in the cache begin with.
_PREFIX: Final = "task-"


def build_tasks(
    tasks: Sequence[EverydayTask], *, cache: Cache, encoder: Encoder | None, before: EverydayTasks | None
) -> EverydayTasks:
    """Return the tasks with their matchers, those of ``before`` where they are the same."""
    if not tasks:
        return EverydayTasks()
    same = before is not None and before.is_of(tasks)
    if before is not None and same and (before.by_meaning is not None or encoder is None):
        return before
    phrasings = task_phrasings(tasks)
    known = before.by_letters.learned if before is not None and same and before.by_letters is not None else Learned()
    if not known.speaks(encoder):
        known = learned_in(data_folder() / LEARNED, cache, phrasings, prefix=_PREFIX)
    # An encoder of the operator's would have to read thousands of phrasings before the first answer.
    speaks = encoder if known.speaks(encoder) or len(phrasings) <= MAX_ENCODED else None
    matcher = Matcher.build(phrasings, encoder=speaks, known=known)
    keep_learned(cache, matcher.index, prefix=_PREFIX)
    by_meaning = matcher if speaks is not None else None
    made = EverydayTasks.matched_by(tasks, by_letters=matcher.by_words(), by_meaning=by_meaning)
    return replace(made, purposes=before.purposes) if before is not None and same else made


def lesson_of(
    tasks: EverydayTasks, programs: Iterable[Program], *, cache: Cache, encoder: Encoder | None
) -> TaskLesson:
    """Return what a register with these programs learns of the tasks.

    With the encoder, purposes are compared with the tasks by meaning. Each is encoded once: the guesses are cached.
    """
    if encoder is None or tasks.by_meaning is None:
        return tasks.lesson()
    texts = dict.fromkeys(text for program in programs for text in purposes_of(program))
    name = f"{encoder.name} {digest(*(phrasing.text for phrasing in task_phrasings(tasks.tasks.values()))):x}"
    known = _guesses_of(cache.read(PURPOSES), name, tasks)
    missing = [text for text in texts if text not in known]
    if missing:
        reader = Reader(Repair({}))
        said = [clean(text) for text in missing]
        sentences = [reader.read(sentence, language=identify(sentence), mend=False).sentence for sentence in said]
        own = replace(tasks, by_meaning=tasks.by_meaning.for_another_thread())
        for text, vector in zip(missing, encoder.encode(sentences), strict=True):
            known[text] = own.guess(text, pack_vector(vector, encoder=encoder.name))
        kept = {text: [[guess.task.id, round(guess.share, 3)] for guess in known[text]] for text in texts}
        cache.write(PURPOSES, json.dumps({"name": name, "guesses": kept}).encode())
    return tasks.lesson(known)


def _guesses_of(data: bytes | memoryview | None, name: str, tasks: EverydayTasks) -> dict[str, tuple[TaskGuess, ...]]:
    """Return the cached guesses of these tasks and this encoder."""
    try:
        told = json.loads(bytes(data or b"{}"))
        if told.get("name") != name:
            return {}
        return {
            text: tuple(TaskGuess(task=tasks.tasks[id_], share=share) for id_, share in guesses)
            for text, guesses in told["guesses"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError):  # damaged
        return {}


def write_tasks(tasks: Sequence[EverydayTask], encoder: Encoder, *, cache: Cache, compare: bool) -> int:
    """Write learned data of tasks; return the changed bytes. Raises OSError."""
    folder = data_folder()
    if not isinstance(folder, Path):
        raise OSError("the tasks are in no folder that can be written to")
    phrasings = task_phrasings(tasks)
    known = learned_in(folder / LEARNED, cache, phrasings, prefix=_PREFIX)
    matcher = Matcher.build(phrasings, encoder=encoder, known=known, compare=compare)
    return write_learned(folder / LEARNED, matcher.index)
