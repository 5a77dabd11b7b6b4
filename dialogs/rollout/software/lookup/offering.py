"""The look-up of programs and everyday tasks that a message may ask for."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from typing import Any, Final

from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.message import Message
from dialogs.core.query import Asking, match
from dialogs.core.texts import Texts
from dialogs.rollout.software.lookup.naming import name_in_capitals, named_as_written, names_apart, program_data
from knowledge.article.article import ArticleBook, Language
from knowledge.language.lexicon.known import speakers
from knowledge.language.masking import mask
from knowledge.language.text import words
from knowledge.matching.match import Match
from knowledge.matching.policy import Outcome, OutcomeKind
from knowledge.software.everyday import TaskGuess
from knowledge.software.index import LONGEST_REQUEST
from knowledge.software.program import Program
from knowledge.software.register import MAX_FOUND, ProgramPlace
from knowledge.software.words import name_line, name_words

LOOK_UP: Final = "software.ask"
# A program that more articles name is a topic of theirs: "Teams" in a question is no request for it.
MOST_ARTICLES: Final = 4
# Candidates that are read for whether they name the program.
READ_CANDIDATES: Final = 3
# Share of a guessed task from which its programs are looked up at once: of any message, of one that asks for a tool
# and of one without any answer; and from which they are offered, beside a list or a colleague and beside an answer.
SURE_FROM: Final = 0.9
SURE_TOOL_FROM: Final = 0.4
SURE_ALONE_FROM: Final = 0.7
# Confidence of a list's first choice from which a task alone does not come before it.
CANDIDATE_COUNTS_FROM: Final = 0.5
OFFER_TOOL_FROM: Final = 0.15
OFFER_FROM: Final = 0.25
OFFER_BESIDE_FROM: Final = 0.3
# Score of a name from which a near spelling is offered.
NEARLY_NAMED: Final = 1.2
_ENGLISH: Final = frozenset({"en"})
_UNSURE: Final = frozenset({OutcomeKind.CLARIFY, OutcomeKind.HAND_OVER})
# "Når tømmes søpla" is about waste collection, and no request for a program for it.
_OUTSIDE: Final = frozenset({OutcomeKind.DECLINE, OutcomeKind.OUT_OF_SCOPE})
_OFFERED: Final = _UNSURE | _OUTSIDE | {OutcomeKind.ANSWER}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramOffer:
    """A look-up that a message may ask for.

    Attributes:
        words: the message.
        named: the listed programs that it names.
        written: without one, a name as it stands in the message, which is looked up as written.
        task: without a program, the likeliest task; None: programs are searched for by its words.
        sure: the message asks for this and nothing else.
        beside: names of programs that it asks for, too.
    """

    words: str
    named: tuple[Program, ...] = ()
    written: str = ""
    task: TaskGuess | None = None
    sure: bool = False
    beside: tuple[str, ...] = ()

    @property
    def data(self) -> Mapping[str, str]:
        """The data of the look-up."""
        if len(self.named) != 1:
            return program_data(self.written or self.words[:LONGEST_REQUEST], self.words, self.beside)
        # Two programs may have one name.
        return {**program_data(self.named[0].name, self.words, self.beside), "program_id": self.named[0].id}

    def button(self, texts: Texts, question_id: str) -> card.Element:
        """Return the button that begins the look-up, with the search as title."""
        data: dict[str, Any] = dict(self.data)
        title = texts("software.offer_any")
        if self.named:
            names = ", ".join(program.name for program in self.named)
            title = texts("software.offer_program", program=names)
        elif self.written:
            title = texts("software.offer_program", program=self.written)
        elif self.task is not None:
            title = texts("software.offer_task", task=self.task.task.register[texts.language][0])
        if len(self.named) != 1 and not self.written:
            del data["program"]
        return card.press(title, LOOK_UP, question_id=question_id, **data)


def program_offer(
    matched: Match, outcome: Outcome, content: Content, municipality_id: str | None, *, about_programs: bool
) -> ProgramOffer | None:
    """Return the look-up that a message may ask for, if any.

    Args:
        outcome: of the message without an offer.
        about_programs: that is an article or an action about programs in general.
    """
    if not (about_programs or outcome.kind in _OFFERED):
        return None
    said = matched.utterance
    unsure = about_programs or outcome.kind in _UNSURE
    tool = has_any(said, content, "software.tool")
    wanted = tool or has_any(said, content, "software.wanted")
    asked = named_as_written(said, content, municipality_id)
    # An answer is enough where nothing asks for a program; one that is named as it is spelled is offered beside it.
    answered = outcome.kind is OutcomeKind.ANSWER and not (about_programs or wanted)
    naming = _programs_named(said, content, municipality_id, wanted=wanted, exactly=answered)
    topics = [program for program in naming.named if _is_topic(program, content, municipality_id)]
    # "Miro i Teams" asks for Miro.
    named = tuple(program for program in naming.named if program not in topics) or naming.named
    written = bool(named) and all(_is_written_as_name(program, said) for program in named)
    if named and (tool or ((wanted or written) and named[0] not in topics)):
        first = [candidate.article_id for candidate in matched.candidates[:READ_CANDIDATES]]
        known = any(any(_articles_about(program, content, first, municipality_id)) for program in named)
        # "Får ikke logget inn i Gerica" is about one that the person uses already.
        trouble = not about_programs and has_any(said, content, "software.trouble")
        clear = about_programs or (unsure and bool(asked))
        clear = clear or (not known and not trouble and (unsure or (tool and outcome.likely)))
        beside = names_apart(named[0].name, said, content, municipality_id)[1:] if len(named) == 1 else ()
        return ProgramOffer(words=said, named=named, sure=clear and written, beside=beside)
    name = asked or name_in_capitals(said)
    if not naming.named and name and (asked or wanted or tool or name == said.strip(" ?!.")):
        names = names_apart(name, said, content, municipality_id)
        return ProgramOffer(words=said, written=names[0], sure=unsure, beside=names[1:])
    if answered or (outcome.kind in _OUTSIDE and not tool):
        return None
    guess = _task_described(matched, content, municipality_id)
    if guess is None or guess.share < _offered_from(unsure=unsure, tool=tool):
        return ProgramOffer(words=said) if unsure and tool and naming.similar else None
    least = (
        SURE_ALONE_FROM if outcome.kind is OutcomeKind.HAND_OVER else SURE_FROM,
        max(SURE_TOOL_FROM, outcome.confidence) if tool else 1.0,
    )
    sure = unsure and guess.share >= min(least) and (tool or outcome.confidence < CANDIDATE_COUNTS_FROM)
    return ProgramOffer(words=said, task=guess, sure=sure)


def _offered_from(*, unsure: bool, tool: bool) -> float:
    """Return the share from which the programs for a task are offered."""
    if unsure:
        return OFFER_TOOL_FROM if tool else OFFER_FROM
    return OFFER_BESIDE_FROM


def read_names(articles: ArticleBook) -> None:
    """Read the words of all articles beforehand, so that no message waits for them."""
    for article in articles.articles.values():
        if article.language is Language.NB:
            name_line(article.title)
            name_line(article.answer)


def has_any(utterance: str, content: Content, key: str) -> bool:
    """Return whether a message has one of the words or phrases of a text, such as "app" or "noe å"."""
    said = words(utterance.lower())
    line = f" {' '.join(said)} "
    return any(
        not single.isdisjoint(said) or any(phrase in line for phrase in longer)
        for single, longer in (_apart(texts.phrases(key)) for texts in content.texts.values())
    )


@cache
def _apart(phrases: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the phrases in lower case: single words, and longer ones with a blank on both sides of each."""
    lower = [phrase.lower() for phrase in phrases]
    return frozenset(lower), tuple(f" {phrase} " for phrase in lower if " " in phrase)


def with_offer(
    texts: Texts, message: Message, offer: ProgramOffer, question_id: str, *, shared: bool = False
) -> Message:
    """Return the reply to a question with the look-up among its buttons, before the last one, which leads elsewhere.

    Args:
        shared: others read the reply, and may not know the programs of the asker's municipality.
    """
    if shared and any(program.municipality_id is not None for program in offer.named):
        offer = replace(offer, named=())
    shown = message.shown
    actions, button = list(shown.get("actions", ())), offer.button(texts, question_id)
    if len(actions) == card.MOST_ACTIONS:
        return replace(message, card={**shown, "body": [*shown["body"], card.buttons(button)]})
    actions.insert(max(0, len(actions) - 1), button)
    return replace(message, card={**shown, "actions": actions})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Naming:
    """The programs that a message names, and those that its words find otherwise."""

    named: tuple[Program, ...] = ()
    similar: tuple[Program, ...] = ()


def _programs_named(
    said: str, content: Content, municipality_id: str | None, *, wanted: bool, exactly: bool
) -> _Naming:
    """Return the listed programs that a message names, maybe misspelt or as an ordinary word, or what its words find.

    Args:
        wanted: the message has words of a request, so that a spelling nearly as a name will do.
        exactly: only a name that is spelled right counts.
    """
    named = content.register.mentioned(said, municipality_id)
    if named or exactly:
        return _Naming(named=named[:MAX_FOUND])
    # Without words of a request only a sure name counts, and few messages have words that are nearly one.
    if not wanted and not content.register.may_name(said):
        return _Naming()
    program_match = content.register.look_up(said, ProgramPlace(municipality_id=municipality_id))
    if program_match.program is not None:
        return _Naming(named=(program_match.program,))
    if wanted:
        named = content.register.mentioned(said, municipality_id, ordinary=True)[:1]
        if not named and program_match.nearest is not None and program_match.nearest.name >= NEARLY_NAMED:
            named = (program_match.nearest.program,)
    return _Naming(named=named, similar=program_match.similar)


def _task_described(matched: Match, content: Content, municipality_id: str | None) -> TaskGuess | None:
    """Return the likeliest task of a message that listed programs are for."""
    guesses = content.tasks.guess(matched.utterance[:LONGEST_REQUEST], matched.vector)
    if not guesses or guesses[0].share < OFFER_TOOL_FROM:
        return None
    place = ProgramPlace(municipality_id=municipality_id)
    return guesses[0] if content.register.has_programs(guesses[0], place) else None


def _is_written_as_name(program: Program, said: str) -> bool:
    """Return whether a name stands out in a message.

    "Pages" with a capital inside a sentence does, and "python" in a sentence of Norwegian; in one of English, "pages"
    does not.
    """
    spoken = name_words(said)
    names_said = [name for name in _names_of(program) if name[0] in spoken]
    if not names_said or any(len(name) > 1 and f" {' '.join(name)} " in f" {' '.join(spoken)} " for name in names_said):
        return True
    (word, *_) = max(names_said, key=len)
    # "Tasten R" and "vitamin C" are about no program.
    if len(word) == 1:
        return False
    typed = words(said.lower())
    at = typed.index(word) if word in typed else 0
    beside = (*typed[max(0, at - 1) : at], *typed[at + 1 : at + 2])
    foreign = speakers(word) == _ENGLISH and not any(speakers(neighbour) == _ENGLISH for neighbour in beside)
    capital = re.search(rf"\w \W*{re.escape(word.capitalize())}\b", said)
    return not speakers(word) or foreign or capital is not None


def _names_of(program: Program) -> Sequence[Sequence[str]]:
    """Return the words of each name of a program; a name of signs alone has none, and is left out."""
    return [words_of_name for name in (program.name, *program.aliases) if (words_of_name := name_words(name))]


def is_in_articles(name: str, content: Content, municipality_id: str | None) -> bool:
    """Return whether an article names this program."""
    called = content.register.called(name, municipality_id)
    names = [name_words(name), *(own for program in called for own in _names_of(program))]
    return any(_articles_naming(names, content, content.articles.ids(), municipality_id))


def _is_topic(program: Program, content: Content, municipality_id: str | None) -> bool:
    about = _articles_about(program, content, content.articles.ids(), municipality_id)
    return len(list(islice(about, MOST_ARTICLES + 1))) > MOST_ARTICLES


def _articles_about(
    program: Program, content: Content, ids: Iterable[str], municipality_id: str | None
) -> Iterator[str]:
    """Yield those articles that name a program, as the municipality reads them in Bokmål."""
    return _articles_naming(_names_of(program), content, ids, municipality_id)


def _articles_naming(
    names: Iterable[Sequence[str]], content: Content, ids: Iterable[str], municipality_id: str | None
) -> Iterator[str]:
    lines = [f" {' '.join(name)} " for name in names if name]
    for id_ in ids:
        text = content.articles.get(id_, Language.NB, municipality_id)
        if text is not None and any(line in name_line(said) for said in (text.answer, text.title) for line in lines):
            yield id_


# The everyday tasks that a request for a program may be about.


def guess_tasks(content: Content, words: str, municipality_id: str | None) -> Asking[Sequence[TaskGuess]]:
    """Return the likely tasks; the words are encoded as a message would be, in the matcher's thread."""
    if not content.tasks.tasks:
        return ()
    masked = mask(words)
    matched = yield from match(masked, municipality_id=municipality_id)
    return content.tasks.guess(masked, matched.vector)
