"""Split a message into clauses, so that several questions in it can be read apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise
from typing import Final

from knowledge.language.lexicon.bokmaal import in_bokmaal
from knowledge.language.lexicon.tables import sections
from knowledge.language.text import WORD, fold, words

MAX_CLAUSES: Final = 8
"""Clauses read on their own; of a longer message only the whole is read."""

_LEAST_WORDS = 2
# Words of a clause among which its question word stands: "men hvordan …".
_OPENING = 2
# "3. etg. blinker", "kl. 10" and "fra 1. september" end no sentence, and begin no list.
_SHORTENED = "".join(
    rf"(?<!\b{re.escape(abbreviation)})"
    for abbreviation in ("etg", "ca", "eks", "bl.a", "kl", "nr", "tlf", "evt", "dvs", "pga", "ift", "mtp", "iht", "jf")
)
_COUNTED = (
    r"(?!\s+(?:januar|februar|mars|april|mai|juni|juli|august|september|oktober|november|desember"
    r"|etg|etasje|etasjen|klasse|klassen|trinn|gang|gong|kvartal|avdeling)\b)"
)
# A whole run of blanks: a search that began again at each of them would take time quadratic in their number.
_GAP = r"(?<!\s)\s++"
# Ends of a sentence, list marks, and line breaks, which a cleaned text no longer has.
_SENTENCES = re.compile(
    rf"(?<![.?!;])(?:[.?!;]{{2,}}+|(?:{_SHORTENED}(?<!\d)|(?=\.\s+[A-ZÆØÅ]))\.|[?!;])(?=\s|$)|\n+"
    rf"|(?:^|\s)(?:\d{{1,2}}(?:\)|\.{_COUNTED})|[a-dA-D]\)|[-•*/])\s++"
)
# "og" joins two questions only where the second has a question word, a subject or a verb first.
_JOINTS = re.compile(
    r"(?:,|(?<![,\s]))\s++(?:og|(?<!\blov\s)å|and|men|but|samt|pluss|plus|dessuten|i tillegg|også|also|ps:?)"
    r"\s++(?:(?:så|også|òg|also)\s++)?(?=(\S++)\s++(\S++))",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<!\.)[.!?](?=\s|$)|[!?;\n]")
_JOINING = frozenset(map(fold, ("og", "å", "and", "men", "but", "samt", "dessuten", "forresten", "also")))
# These join two sentences whatever follows.
_BREAKS = re.compile(
    rf",\s++(?:og|å|and|men|but|also|samt)\s++(?:så\s++)?|{_GAP}(?:og|å|and)\s++så\s++|{_GAP}\+\s++"
    r"|(?:,|(?<![,\s]))\s++(?:(?:og|å|and)\s++)?(?:dessuten|dessutan|forresten|i tillegg|pluss|by the way|btw),?\s++"
    rf"|{_GAP}(?:(?:og|å|and)\s++samtidig|men\s++(?:også|òg)|but\s++also)\s++"
    rf"|{_GAP}(?:(?:og|å|and|også|men)\s++)?(?:(?:en|ein|one)\s++(?:ting|thing)\s++(?:til|te|more),?|for\s++det\s++andre"
    r"|second(?:ly)?,)\s++"
    rf"|,?{_GAP}(?:elles|ellers)\s++(?:så\s++)?|,?{_GAP}ps:?\s++(?!(?:på|i|til|te|for|og|eller|on|in)\s)|{_GAP}(?:og|å|and)\s++(?=(?:si|sei|fortell|tell)\s++(?:meg|me|mæ)\s)|;",
    re.IGNORECASE,
)
# What follows one of these is another matter than what is before it, whatever its form.
_ANOTHER = re.compile(
    r"(?:^|[,.!?;]\s*+|\s)(?:(?:og|å|and|men|but)\s++)?(?:dessuten|dessutan|forresten|i\s++tillegg(?!\s+til)|pluss|ellers"
    r"|elles|(?:en|ein|one|1)\s++(?:ting|thing)\s++(?:til|te|more)|second\s++thing|another\s++thing|by\s++the\s++way|btw|ps:?"
    r"|\+)(?=\W)[\s,:]*+",
    re.IGNORECASE,
)
# "Jeg mener ikke Teams, men Outlook". Not "det er ikke lyd i Teams, men bilde", which asks about the missing sound.
_CORRECTION = re.compile(
    r"\s*+(?:nei,?\s++|no,?\s++)?(?:(?:jeg|eg|æ)\s++(?:mener|meiner|mente|meinte|spør|spurte|spurde)\s++(?:ikke|ikkje)"
    r"|det\s++(?:gjelder|gjeld|handler|handlar)\s++(?:ikke|ikkje)|i\s++(?:don't|do\s++not|didn't)\s++mean"
    r"|it'?s\s++not\s++about)\s++(?:om\s++)?([^,.]{2,80}?),?\s++(?:men|but|det\s++er|it'?s|i\s++mean)\s++"
    r"(?:om\s++|about\s++)?(\S.*)",
    re.IGNORECASE | re.DOTALL,
)
# A number of one digit that stands alone, as people count: "spm 1", "1 … 2 …".
_NUMBER = re.compile(
    r"(?:(?<=\s)|^)(?:(?:spm|spørsmål|spørsmål nr|question|nr)\.?\s++)?([1-8])(?:[.):]|\s*+-)?(?=\s)", re.IGNORECASE
)
_LEAST_NUMBERED = 2
_ENTRY = re.compile(r"^[ \t]*+(?:[-•*]|\d{1,2}[.)])[ \t]++(\S.*)$", re.MULTILINE)
_COMMAS = re.compile(r",\s++(?=(\S++)\s++(\S++))")
_WORDS = {
    title[0]: frozenset(fold(word) for line in lines for word in line.split())
    for title, lines in sections("clauses.txt")
}
_INTERROGATIVES, _STARTERS, _SUBJECT = _WORDS["interrogative"], _WORDS["question"], _WORDS["subject"]
_REFUSALS, _NEGATIONS, _WISHES = _WORDS["refusal"], _WORDS["negation"], _WORDS["wish"]
_TROUBLES = _WORDS["trouble"]
_JOINED = _SUBJECT | _WORDS["asking"]
_VERBS, _PERFECT = _WORDS["verb"], _WORDS["perfect"]
_LISTED = frozenset().union(*_WORDS.values())
# Verbs that stand right behind an interrogative in a main clause only, and words that lead into a subordinate one.
_INVERTED = _STARTERS - _INTERROGATIVES
_LEADING = _WORDS["leading"]
# Letters of a word that says something.
_SHORTEST = 2
# Verbs before which the subject of a statement is often left out.
_ELIDING: Final = frozenset(map(fold, ("har", "ha", "får", "må", "vil", "trenger", "treng", "skal", "have", "has")))
# Words of a question before a further one without a mark.
_LEAST_BEFORE = 4
_WILLING = frozenset(map(fold, ("vil", "ønsker", "ønskjer", "skal")))
# Words of a joined sentence among which its verb stands: "og den nye printeren virker ikke".
_VERB_WITHIN = 4


def clauses(text: str) -> tuple[str, ...]:
    """Return the clauses of a message, or nothing if it is one clause or has more than ``MAX_CLAUSES``."""
    kept = _every_clause(text)
    return kept if 2 <= len(kept) <= MAX_CLAUSES else ()


def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of a message as written."""
    return tuple(sentence.strip() for sentence in _SENTENCES.split(text) if sentence.strip())


def has_many_clauses(text: str) -> bool:
    """Return whether a message has more clauses than are read on their own: a pasted thread, log or table."""
    return len(_every_clause(text)) > MAX_CLAUSES


def counted_questions(text: str) -> tuple[str, ...]:
    """Return the questions that a message counts, "1. … 2. …", in their order, or nothing."""
    _, *counted = _numbered(text)
    return tuple(question.strip(" ,:-") for question in counted)


def _every_clause(text: str) -> tuple[str, ...]:
    candidates = [
        _without_joint(clause.strip(" ,:-*•"))
        for item in _numbered(text)
        for sentence in _SENTENCES.split(item)
        for clause in _in_sentence(sentence)
    ]
    return tuple(clause for clause in candidates if len(words(clause)) >= _LEAST_WORDS)


def _numbered(text: str) -> list[str]:
    """Return a text cut at the numbers 1, 2, … that count its questions: "1 pc-en er treg 2 skjermen er svart"."""
    marks, number = list[re.Match[str]](), 1
    for mark in _NUMBER.finditer(text):
        if int(mark[1]) == number:
            marks.append(mark)
            number += 1
    if len(marks) < _LEAST_NUMBERED:
        return [text]
    starts = [
        (0, marks[0].start()),
        *((mark.end(), after) for mark, after in zip(marks, [*(m.start() for m in marks[1:]), len(text)], strict=True)),
    ]
    return [text[start:end] for start, end in starts]


def _in_sentence(sentence: str) -> list[str]:
    halves = [part for half in _whole(_BREAKS.split(sentence)) for part in _cut(half, _JOINTS, joined=True)]
    parts = [clause for half in halves for clause in _cut(half, _COMMAS, joined=True)]
    return [question for part in parts for question in _at_questions(part)]


def _at_questions(text: str) -> list[str]:
    """Return a text cut where a main clause asks on without a mark: "hvordan får jeg nett hvordan bytter jeg kode"."""
    found = list(WORD.finditer(text))
    said = [_as_listed(match[0].lower()) for match in found]
    cuts = [
        found[at].start()
        for at in range(_LEAST_BEFORE, len(said) - _LEAST_WORDS)
        if said[at] in _INTERROGATIVES and said[at + 1] in _INVERTED and said[at - 1] not in _LEADING
    ]
    return [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Starts:
    """The places of the words at which parts of a text begin, increasing, without its first word.

    Each kind includes the one before: ``questions`` also what asks or complains without a mark before it, ``clauses``
    also what may be a clause after a comma or a joint.
    """

    sentences: Sequence[int]
    questions: Sequence[int]
    clauses: Sequence[int]


def part_starts(text: str) -> Starts:
    """Return where sentences, questions and clauses of a text begin; more may than ``clauses`` cuts at."""
    found = list(WORD.finditer(text))
    said = [_as_listed(match[0].lower()) for match in found]
    sentence_starts, question_starts, clause_starts = list[int](), list[int](), list[int]()
    for at in range(1, len(found)):
        between = text[found[at - 1].end() : found[at].start()]
        ends = _SENTENCE_END.search(between) is not None
        asks_on = ends or _may_begin(said, at)
        joined = "," in between or said[at - 1] in _JOINING
        if ends:
            sentence_starts.append(at)
        if asks_on:
            question_starts.append(at)
        if asks_on or (joined and said[at] in _JOINED | _STARTERS):
            clause_starts.append(at)
    return Starts(sentences=sentence_starts, questions=question_starts, clauses=clause_starts)


def _may_begin(said: Sequence[str], at: int) -> bool:
    """Return whether a question or complaint may begin at a word: "hvordan logger jeg …", "får ikke …"."""
    after, following = (said[at + 1 : at + 2] or [""])[0], (said[at + 2 : at + 3] or [""])[0]
    if said[at] in _INTERROGATIVES:
        return after in _INVERTED | _VERBS or following in _SUBJECT
    return after in _NEGATIONS and said[at] in (_STARTERS | _VERBS) - _SUBJECT and said[at - 1] not in _SUBJECT


def _without_joint(clause: str) -> str:
    """Return a clause without what joins it to the one before: "Dessuten: …"."""
    joint = _ANOTHER.match(clause)
    return clause if joint is None else clause[joint.end() :]


def denied(text: str) -> tuple[str, str] | None:
    """Return what a message says it is *not* about, and the rest: "nei, jeg har ikke glemt passordet, det er …".

    None where nothing is denied, or nothing else is said.
    """
    corrected = _CORRECTION.match(text)
    if corrected is not None:
        return corrected[1].strip(), corrected[2].strip()
    opening, _, rest = text.partition(",")
    first = _listed_words(opening)
    if not first or first[0] not in _REFUSALS:
        return None
    refused, _, asked = (opening, "", rest) if len(first) > 1 else rest.partition(",")
    if not asked.strip() or not _NEGATIONS.intersection(_listed_words(refused)):
        return None
    return refused.strip(), asked.strip()


def asks(clause: str) -> bool:
    """Return whether a clause asks for something: by how it begins, a wish or something that fails."""
    return begins_question(clause) or not (_WISHES | _NEGATIONS | _TROUBLES).isdisjoint(_listed_words(clause))


def tells_of_trouble(text: str) -> bool:
    """Return whether a message may tell that something fails: it is no question, or has a word for trouble."""
    return not begins_question(text) or not (_NEGATIONS | _TROUBLES).isdisjoint(_listed_words(text))


def entries_of_list(text: str) -> tuple[str, ...]:
    """Return the entries of a list of questions, one a line behind a mark; nothing for fewer than two."""
    entries = [_without_joint(entry[1].strip(" ,:-.?!")) for entry in _ENTRY.finditer(text)]
    return tuple(entries) if len(entries) >= _LEAST_NUMBERED else ()


def refuses(clause: str) -> bool:
    """Return whether a clause refuses something: "ikke bytt språk", "jeg vil ikke snakke med noen"."""
    said = _listed_words(clause)
    if len(said) < _LEAST_WORDS:
        return False
    begins = said[0] in _NEGATIONS or said[:2] == ["do", "not"]
    return begins or any(_unwanted(*pair) for pair in pairwise(said))


def said_words(clause: str) -> frozenset[str]:
    """Return the words that say what a clause is about, without who wants or refuses it."""
    frame = _NEGATIONS | _WISHES | _WILLING | _SUBJECT | _REFUSALS
    return frozenset(word for word in _listed_words(clause) if word not in frame and len(word) > _SHORTEST)


def _unwanted(wish: str, negation: str) -> bool:
    return (wish in _WILLING and negation in _NEGATIONS) or (wish in _NEGATIONS and negation == "want")


def begins_question(clause: str) -> bool:
    """Return whether a clause begins as a question does."""
    said = _listed_words(clause)
    # "E det lov": before another subject it is "er", and else "I".
    verb = said[:1] == ["e"] and not _SUBJECT.isdisjoint(said[1:_OPENING])
    return verb or not (_STARTERS.isdisjoint(said[:1]) and _INTERROGATIVES.isdisjoint(said[:_OPENING]))


def has_subject(clause: str) -> bool:
    """Return whether a clause has its subject, or needs none to be a question; "har glemt passordet" has none."""
    said = _listed_words(clause)
    return not (said[:1] and said[0] in _ELIDING) or not _SUBJECT.isdisjoint(said[1:_OPENING])


def set_apart(text: str) -> tuple[str, ...]:
    """Return the clauses of a message that it says are another matter: "…, forresten, skriveren er frakoblet"."""
    first, *others = _ANOTHER.split(text)
    beginnings = tuple((clauses(clause) or (clause,))[0].strip(" ,:-.?!") for clause in others)
    return beginnings if first.strip() else beginnings[1:]


def _listed_words(text: str) -> list[str]:
    """Return the words of a text as the lists have them."""
    return [_as_listed(word) for word in words(text)]


@lru_cache(maxsize=1 << 13)
def _as_listed(word: str) -> str:
    """Return a folded word as the lists have it: "korlis" and "åssen" are "hvordan"."""
    folded = fold(word)
    return folded if folded in _LISTED else fold(in_bokmaal(word))


def _whole(halves: list[str]) -> list[str]:
    """Return the halves of a sentence with the beginning of one put back: "hvem er", "forresten", "ambassadør her"."""
    wholes: list[list[str]] = []
    length = _LEAST_WORDS + 1
    for half in halves:
        if length > _LEAST_WORDS:
            wholes.append([])
            length = 0
        wholes[-1].append(half)
        length += len(words(half))
    return [" ".join(whole) for whole in wholes]


def _cut(text: str, at: re.Pattern[str], *, joined: bool) -> list[str]:
    parts, start, before = [], 0, _Before()
    for mark in at.finditer(text):
        first, second = (_as_listed(word.lower().strip(",.?!")) for word in mark.groups())
        starts = first in _STARTERS or (joined and first in _JOINED) or (first in _SUBJECT and second in _STARTERS)
        if joined and not starts:
            before.extend(text, start, mark.start())
            starts = before.is_sentence and _goes_on_as_sentence(text, mark.end())
        if starts:
            parts.append(text[start : mark.start()])
            start, before = mark.end(), _Before()
    return [*parts, text[start:]]


class _Before:
    """What stands before a joint, read once however many joints there are."""

    def __init__(self) -> None:
        self._read_to = 0
        self._verb = self._perfect = False

    def extend(self, text: str, start: int, end: int) -> None:
        """Read on until ``end``."""
        said = _listed_words(text[max(start, self._read_to) : end])
        self._read_to = end
        self._verb = self._verb or not _VERBS.isdisjoint(said)
        self._perfect = self._perfect or not _PERFECT.isdisjoint(said)

    @property
    def is_sentence(self) -> bool:
        """Whether it has a verb, and is no account of what happened before.

        "Nettet er nede og tavla viser feil farger" is two questions, "jeg har byttet telefon og koden kommer ikke" one.
        """
        return self._verb and not self._perfect


def _goes_on_as_sentence(text: str, start: int) -> bool:
    """Return whether the words from ``start`` have a verb near their beginning, as "tavla viser feil farger" has."""
    follows = [_as_listed(word[0].lower()) for word in islice(WORD.finditer(text, start), _VERB_WITHIN)]
    noun = any(word.endswith("ing") for word in follows[:1])
    return not noun and not (_VERBS | _PERFECT).isdisjoint(follows[1:])
