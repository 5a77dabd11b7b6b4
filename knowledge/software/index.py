"""Search index of programs: by name, by near spelling, by words of names, and by words of purposes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from knowledge.article.article import Language
from knowledge.language.identify import identify
from knowledge.language.lexicon.known import is_known, speakers
from knowledge.language.text import WORD, clean, fold
from knowledge.software.everyday import TaskGuess, TaskLesson
from knowledge.software.postings import (
    documents_of,
    grams_of,
    lists_by_meaning,
    posting_lists,
    rarity_of,
    vendors_of,
)
from knowledge.software.program import Program, purposes_of
from knowledge.software.task import EverydayTask
from knowledge.software.words import FRAME, meanings, name_key, name_words, sound_of, windows

Floats = NDArray[np.float64]

# Maximum characters of a request that are read.
LONGEST_REQUEST: Final = 300
LONGEST_WINDOW: Final = 5
# Windows compared by spelling have at most so many words and so few letters.
FUZZY_WORDS: Final = 3
FUZZY_LETTERS: Final = 3
# A word of a dictionary with at most so many letters is no misspelt name: "sms", and not "ssms".
SHORT_KNOWN: Final = 4
# Maximum letters of a window that begins or ends with a word of the frame: "wats app".
LONGEST_FRAMED: Final = 12
# Similarity, 0–1, from which a spelling counts, also with another first letter, and candidates that are compared.
NEAR: Final = 0.74
NEAR_BEGINNING: Final = 0.8
CANDIDATES: Final = 40
# Of so few names all are candidates.
ALL_COMPARED: Final = 256
# Minimum words of a sentence of English; shorter requests may be names in any language.
ENGLISH_SENTENCE: Final = 5
# Score of a name that is the whole request; from ``SURE`` a name is taken for meant.
EXACT: Final = 2.0
# Score of a name with an ending, and of a near spelling times its similarity.
INFLECTED: Final = 1.4
# Share of the score of a name inside a longer one.
INNER: Final = 0.6
# Score of a name that is an ordinary word, or of words that are names, more with each further word.
ORDINARY: Final = 0.7
SPELLED: Final = 1.45
SURE: Final = 1.27
# Score of a purpose that has all words of the request.
PURPOSE: Final = 0.9
# Share of a task's phrase that a program for the task covers at least.
LEAST_COVER: Final = 0.5
# Share from which the purpose of a program is taken to be a task.
LEAST_GUESSED: Final = 0.2
# Share of a word of the request that is only part of a compound in the purpose.
PART: Final = 0.8
_ENDINGS: Final = ("ene", "ane", "ens", "en", "et", "er", "ar", "s", "a", "n", "t", "e")
_SHORT_NAME: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramHit:
    """A found program.

    Attributes:
        name: score of its name, 0 (not named) to ``EXACT``.
        purpose: share of the request that its purpose covers, 0 to 1; of a guessed task, the task's share times
            ``cover``.
        cover: share of a guessed task's phrase that its purpose covers, 0 to 1.
        score: name and purpose together.
    """

    program: Program
    name: float
    purpose: float
    cover: float = 0.0

    @property
    def score(self) -> float:
        return self.name + PURPOSE * self.purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Rarity:
    """Weights of meanings and of words of names: the rarer, the heavier."""

    meanings: Mapping[str, float]
    words: Mapping[str, float]
    rarest: float

    def of_meaning(self, meaning: str) -> float:
        return self.meanings.get(meaning, self.rarest)

    def of_word(self, word: str) -> float:
        return self.words.get(word, self.rarest)


class ProgramIndex:
    """Inverted indexes over the names and purposes of programs. Immutable once made."""

    def __init__(
        self, programs: Sequence[Program], *, shared: Rarity | None = None, lesson: TaskLesson | None = None
    ) -> None:
        """Index ``programs``, and learn ``lesson``. Scores compare with those of the index with ``shared`` weights."""
        self.programs = tuple(programs)
        self._exact: dict[str, list[int]] = {}
        grams: dict[str, list[int]] = {}
        name_of: list[str] = []
        owner_of: list[int] = []
        word_owners: dict[str, set[int]] = {}
        name_sets: list[tuple[int, frozenset[str]]] = []
        for at, program in enumerate(self.programs):
            for name in dict.fromkeys((program.name, *program.aliases)):
                key = name_key(name)
                if not key:
                    continue
                owners = self._exact.setdefault(key, [])
                if at not in owners:
                    owners.append(at)
                spelled = sound_of(key)
                for gram in grams_of(spelled):
                    grams.setdefault(gram, []).append(len(name_of))
                name_of.append(spelled)
                owner_of.append(at)
                parts = frozenset(name_words(name))
                name_sets.append((at, parts))
                for word in parts:
                    word_owners.setdefault(word, set()).add(len(name_sets) - 1)
        self._names = name_of
        self._name_lengths = np.array([max(1, len(grams_of(name))) for name in name_of], dtype=np.float64)
        self._owners = np.array(owner_of, dtype=np.int32)
        self._grams = posting_lists(grams)
        self._name_words = posting_lists(word_owners)
        self._name_sets = name_sets
        self._vendors = posting_lists(vendors_of(self.programs))
        documents, self.vocabulary = documents_of(self.programs)
        self._documents = np.array([at for at, _ in documents], dtype=np.int32)
        # Purposes of one program follow each other.
        self._first_documents = np.flatnonzero(np.diff(self._documents, prepend=-1))
        self._by_meaning = lists_by_meaning(documents, parts=False)
        self._by_part = lists_by_meaning(documents, parts=True)
        size = max(1, len(self.programs))
        self.rarity = shared or Rarity(
            meanings={meaning: rarity_of(size, self._frequency(meaning)) for meaning in self.vocabulary},
            words={word: rarity_of(len(name_sets), len(owners)) for word, owners in self._name_words.items()},
            rarest=rarity_of(size, 1),
        )
        self._document_weights = np.array(
            [sum(map(self.rarity.of_meaning, own)) or 1.0 for _, own in documents], dtype=np.float64
        )
        # Programs for each task that was guessed once, best first, with their cover.
        self._for_task: dict[str, Sequence[tuple[int, float]]] = {}
        self.lesson: TaskLesson | None = None
        if lesson is not None:
            self.learn_tasks(lesson)

    @classmethod
    def from_programs(cls, programs: Iterable[Program], *, lesson: TaskLesson | None = None) -> Self:
        """Return the index of these programs."""
        return cls(sorted(programs, key=lambda program: program.id), lesson=lesson)

    def called(self, name: str) -> tuple[Program, ...]:
        """Return the programs with exactly this name or alias, apart from case, accents and punctuation."""
        return tuple(self.programs[at] for at in self._exact.get(name_key(name), ()))

    def may_name(self, text: str) -> bool:
        """Return whether a text surely names a program, wherever it is used."""
        scores = self._by_names(text[:LONGEST_REQUEST]) if self.programs else {}
        return bool(self.called(text)) or max(scores.values(), default=0.0) >= SURE

    def hits_for(self, text: str, wanted: Callable[[Program], bool], limit: int) -> list[ProgramHit]:
        """Return the best programs for a request, best first, of those ``wanted``."""
        if not self.programs:
            return []
        text = text[:LONGEST_REQUEST]
        names = self._by_names(text)
        purposes = self._by_purpose(text)
        # By the program that the name belongs to: one of two equal names may be unwanted.
        total = PURPOSE * purposes
        for at, score in names.items():
            total[at] += score
        order = np.argsort(-total, kind="stable")
        hits: list[ProgramHit] = []
        for at in order:
            if total[at] <= 0 or len(hits) == limit:
                break
            program = self.programs[at]
            if wanted(program):
                hits.append(ProgramHit(program=program, name=names.get(int(at), 0.0), purpose=float(purposes[at])))
        return hits

    def hits_of(self, guess: TaskGuess, wanted: Callable[[Program], bool], limit: int) -> list[ProgramHit]:
        """Return the best programs for a guessed task, best first, of those ``wanted``."""
        covered = ((self.programs[at], cover) for at, cover in self._of_task(guess.task))
        hits = (
            ProgramHit(program=program, name=0.0, purpose=guess.share * cover, cover=cover)
            for program, cover in covered
            if wanted(program)
        )
        return list(islice(hits, limit))

    def learn_tasks(self, lesson: TaskLesson) -> None:
        """Find the programs for each task: by the words of its phrases, and by the tasks guessed of their purposes."""
        self.lesson = lesson
        guessed: dict[str, dict[int, float]] = {}
        for at, program in enumerate(self.programs):
            for text in purposes_of(program):
                for guess in lesson.guess(text):
                    shares = guessed.setdefault(guess.task.id, {})
                    shares[at] = max(shares.get(at, 0.0), guess.share)
        for task in lesson.tasks:
            self._for_task[task.id] = self._covering(task, guessed.get(task.id, {}))

    def _of_task(self, task: EverydayTask) -> Sequence[tuple[int, float]]:
        """Return the programs for a task, best first, with their cover."""
        if task.id not in self._for_task:
            self._for_task[task.id] = self._covering(task, {})
        return self._for_task[task.id]

    def _covering(self, task: EverydayTask, guessed: Mapping[int, float]) -> Sequence[tuple[int, float]]:
        """Return the programs with a purpose that covers a phrase of the task or is guessed to be it, best first."""
        cover = np.max([self._by_purpose(phrase) for phrase in task.phrases], axis=0, initial=0.0)
        cover[cover < LEAST_COVER] = 0.0
        for at, share in guessed.items():
            if share >= LEAST_GUESSED:
                cover[at] = max(cover[at], share)
        fit = np.flatnonzero(cover)
        order = fit[np.argsort(-cover[fit], kind="stable")]
        return list(zip(order.tolist(), cover[order].tolist(), strict=True))

    def mentioned(self, text: str, wanted: Callable[[Program], bool], *, ordinary: bool = False) -> list[Program]:
        """Return the programs that a request names, the longest name first; an ordinary word only if ``ordinary``.

        Of two programs with one name it is the first.
        """
        mentions: list[tuple[int, int]] = []
        if not self.programs:
            return []
        for spoken, owners, score in self._exact_names(text[:LONGEST_REQUEST]):
            at = next((owner for owner in owners if wanted(self.programs[owner])), None)
            if at is not None and score >= (ORDINARY if ordinary else SURE):
                mentions.append((-len("".join(spoken)), at))
        return [self.programs[at] for at in dict.fromkeys(at for _, at in sorted(mentions))]

    def _exact_names(self, text: str, *, english: bool = False) -> Iterator[tuple[Sequence[str], Sequence[int], float]]:
        """Yield the words of a request that are a name, the programs with it, and their score; longest first."""
        spoken = name_words(text)
        capital = {fold(word.lower()) for word in WORD.findall(text)[1:] if word[:1].isupper()}
        taken: list[tuple[int, int]] = []
        for start, end in windows(spoken, LONGEST_WINDOW):
            words = spoken[start:end]
            owners = self._exact.get("".join(words))
            if owners is None or (all(word in FRAME for word in words) and end - start < len(spoken)):
                continue
            rest = [word for word in (*spoken[:start], *spoken[end:]) if word not in FRAME]
            is_plain = all(_is_ordinary(word, english=english) for word in words) and words[0] not in capital
            score = _exact_score(words, rest, written_as_name=words[0] in capital, is_plain=is_plain)
            yield words, owners, score * (INNER if any(a <= start and end <= b for a, b in taken) else 1.0)
            taken.append((start, end))

    def _by_names(self, text: str) -> dict[int, float]:
        """Return the score of each named program."""
        scores: dict[int, float] = {}
        used: set[str] = set()
        english = _is_english(text)
        for words, owners, score in self._exact_names(text, english=english):
            used.update(words)
            for at in owners:
                scores[at] = max(scores.get(at, 0.0), score)
        spoken = name_words(text)
        for start, end in windows(spoken, FUZZY_WORDS):
            if used.isdisjoint(spoken[start:end]):
                self._nearly(spoken[start:end], scores, english=english)
        self._by_words(spoken, scores, english=english)
        return scores

    def _nearly(self, words: Sequence[str], scores: dict[int, float], *, english: bool) -> None:
        """Add the programs with a name spelled nearly as these words."""
        key = "".join(words)
        framed = [word for word in (words[0], words[-1]) if word in FRAME]
        if framed and (len(words) == 1 or len(key) > LONGEST_FRAMED):
            return
        if all(_is_ordinary(word, english=english) for word in words):
            return
        if len(key) <= SHORT_KNOWN and is_known(key):
            return
        for ending in _ENDINGS if key.endswith(_ENDINGS) else ():
            if key.endswith(ending) and len(key) - len(ending) > _SHORT_NAME:
                for at in self._exact.get(key.removesuffix(ending), ()):
                    scores[at] = max(scores.get(at, 0.0), INFLECTED)
        if len(key) < FUZZY_LETTERS:
            return
        spelled = sound_of(key)
        places, names = self._alike(spelled)
        for name, likeness, number in process.extract(
            spelled, names, scorer=fuzz.ratio, score_cutoff=100 * NEAR - 1, limit=None
        ):
            if likeness / 100 >= (NEAR if name[0] == spelled[0] else NEAR_BEGINNING):
                owner = int(self._owners[places[number]])
                scores[owner] = max(scores.get(owner, 0.0), SPELLED * (likeness / 100))

    def _alike(self, spelled: str) -> tuple[Sequence[int], Sequence[str]]:
        """Return the names that share most pairs and triples of letters with a spelling, and their positions."""
        if len(self._names) <= ALL_COMPARED:
            return range(len(self._names)), self._names
        own = grams_of(spelled)
        postings = [self._grams[gram] for gram in own if gram in self._grams]
        if not postings:
            return (), ()
        counts = np.bincount(np.concatenate(postings), minlength=len(self._names))
        shared = 2 * counts / (self._name_lengths + len(own))
        best = np.argpartition(-shared, CANDIDATES)[:CANDIDATES].tolist()
        return best, [self._names[at] for at in best]

    def _by_words(self, spoken: Sequence[str], scores: dict[int, float], *, english: bool) -> None:
        """Add the programs with a part of their name, or with their vendor, among the words."""
        words = [word for word in dict.fromkeys(spoken) if word not in FRAME]
        asked = sum(map(self.rarity.of_word, words))
        matched: dict[int, float] = {}
        for word in words:
            for at in self._name_words.get(word, ()):
                matched[int(at)] = matched.get(int(at), 0.0) + self.rarity.of_word(word)
        for at, weight in matched.items():
            owner, parts = self._name_sets[at]
            whole = sum(map(self.rarity.of_word, parts))
            ordinary = 0.6 if all(_is_ordinary(word, english=english) for word in parts if word in words) else 1.0
            score = ordinary * (0.6 * weight / whole + 0.5 * weight / asked)
            scores[owner] = max(scores.get(owner, 0.0), score)
        for word in words:
            for at in self._vendors.get(word, ()):
                if at in scores:
                    scores[int(at)] += 0.05

    def _frequency(self, meaning: str) -> int:
        return sum(len(postings.get(meaning, ())) for postings in (self._by_meaning, self._by_part))

    def _by_purpose(self, text: str) -> Floats:
        """Return for each program the share of the request that its purpose covers, 0 to 1."""
        asked = meanings(text, self.vocabulary)
        best = np.zeros(len(self.programs))
        whole = sum(map(self.rarity.of_meaning, asked))
        if not whole or not len(self._documents):
            return best
        covered = np.zeros(len(self._documents))
        for meaning in asked:
            for postings, share in ((self._by_meaning, 1.0), (self._by_part, PART)):
                if meaning in postings:
                    covered[postings[meaning]] += share * self.rarity.of_meaning(meaning)
        # A purpose that says little else is nearer than one that mentions the words in passing.
        score = covered / whole * (0.7 + 0.3 * np.minimum(1.0, covered / self._document_weights))
        best[self._documents[self._first_documents]] = np.maximum.reduceat(score, self._first_documents)
        return best


def _exact_score(words: Sequence[str], rest: Sequence[str], *, written_as_name: bool, is_plain: bool) -> float:
    """Return the score of words that are a name, beside the rest of the request; ``is_plain``: ordinary words."""
    if not rest:
        return EXACT
    length = sum(map(len, words))
    if length <= _SHORT_NAME and not written_as_name:
        return 0.5
    if is_plain:
        return ORDINARY + 0.2 * (len(words) - 1)
    return 1.6 + 0.05 * min(len(words), 4)


def _is_ordinary(word: str, *, english: bool) -> bool:
    """Return whether a folded word is one of a dictionary of Norwegian, or a common one of English.

    In an ``english`` sentence it is any word of English.
    """
    spoken = speakers(word)
    return bool(spoken) if english else bool(spoken - {"en"}) or (is_known(word) and word in FRAME)


def _is_english(text: str) -> bool:
    """Return whether a request is a sentence of English, in which "word" and "pages" are no names."""
    said = clean(text)
    return len(said.split()) >= ENGLISH_SENTENCE and identify(said) == Language.EN
