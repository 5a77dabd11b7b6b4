"""Matchers of the everyday tasks, built once a process and cached like those of the articles."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bot.ports import Cache
from knowledge.language.text import clean
from knowledge.matching.encoder import Encoder
from knowledge.matching.matcher import Matcher
from knowledge.matching.memory import Vocabulary
from knowledge.matching.reading import Reader
from knowledge.matching.repair import Repair
from knowledge.software.everyday import EverydayTasks, task_phrasings
from knowledge.software.task import EverydayTask, data_folder

# File beside the tasks with the encoder's vectors of their phrasings.
TASK_VECTORS: Final = "vectors.bin"
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
    return EverydayTasks.matched_by(tasks, by_letters=by_letters, by_meaning=by_meaning)


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
