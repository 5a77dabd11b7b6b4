"""The look-up of programs that a message may ask for: begun at once if sure, else offered beside the reply."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.message import Message
from dialogs.core.texts import Texts
from dialogs.rollout.software.lookup.naming import program_data
from knowledge.language.lexicon.known import speakers
from knowledge.language.text import words
from knowledge.matching.match import Match
from knowledge.matching.policy import Outcome, OutcomeKind
from knowledge.software.everyday import TaskGuess
from knowledge.software.index import LONGEST_REQUEST
from knowledge.software.program import Program
from knowledge.software.register import ProgramPlace
from knowledge.software.words import name_words

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
OFFER_TOOL_FROM: Final = 0.15
OFFER_FROM: Final = 0.25
OFFER_BESIDE_FROM: Final = 0.3
OFFER_BESIDE_ANSWER_FROM: Final = 0.7
_UNSURE: Final = frozenset({OutcomeKind.CLARIFY, OutcomeKind.HAND_OVER})
_OFFERED: Final = _UNSURE | {OutcomeKind.ANSWER, OutcomeKind.DECLINE, OutcomeKind.OUT_OF_SCOPE}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramOffer:
    """A look-up that a message may ask for.

    Attributes:
        words: the message.
        program: the listed program that it names; None: it describes a task.
        task: the likeliest task, without a program.
        sure: the message asks for this and nothing else.
    """

    words: str
    program: Program | None = None
    task: TaskGuess | None = None
    sure: bool = False

    @property
    def data(self) -> Mapping[str, str]:
        """The data of the look-up."""
        return program_data(self.program.name if self.program else self.words[:LONGEST_REQUEST], self.words)

    def button(self, texts: Texts, question_id: str) -> card.Element:
        """Return the button that begins the look-up; it says what is looked up, and its data is no message."""
        data: dict[str, Any] = dict(self.data)
        if self.task is None:
            return card.press(texts("software.offer_program", program=data["program"]), LOOK_UP, **data)
        del data["program"]
        title = texts("software.offer_task", task=self.task.task.register[texts.language][0])
        return card.press(title, LOOK_UP, question_id=question_id, **data)


def program_offer(
    matched: Match, outcome: Outcome, content: Content, municipality_id: str | None, *, about_programs: bool
) -> ProgramOffer | None:
    """Return the look-up that a message may ask for, if any.

    Args:
        outcome: what it gets otherwise.
        about_programs: that is an article or an action about programs in general.
    """
    if not (about_programs or outcome.kind in _OFFERED):
        return None
    said = matched.utterance
    unsure = about_programs or outcome.kind in _UNSURE
    tool = asks_for_a_tool(said, content)
    program = _program_named(said, content, municipality_id)
    written = program is not None and _is_written_as_name(program, said)
    if program is not None and (tool or (written and not _is_topic(program, content))):
        known = _articles_about(program, content, (each.article_id for each in matched.candidates[:READ_CANDIDATES]))
        clear = about_programs or (not known and (unsure or (tool and outcome.likely)))
        return ProgramOffer(words=said, program=program, sure=clear and written)
    guess = _task_described(matched, content, municipality_id)
    if guess is None or guess.share < _offered_from(outcome, unsure=unsure, tool=tool):
        return None
    sure_from = min(
        SURE_FROM,
        SURE_ALONE_FROM if outcome.kind is OutcomeKind.HAND_OVER else 1.0,
        max(SURE_TOOL_FROM, outcome.confidence) if tool else 1.0,
    )
    return ProgramOffer(words=said, task=guess, sure=unsure and guess.share >= sure_from)


def _offered_from(outcome: Outcome, *, unsure: bool, tool: bool) -> float:
    """Return the share from which the programs for a task are offered."""
    if unsure:
        return OFFER_TOOL_FROM if tool else OFFER_FROM
    # An answer that fits is enough; with one that may not, or none, a program may be what is asked for.
    doubted = tool or outcome.likely or outcome.kind is not OutcomeKind.ANSWER
    return OFFER_BESIDE_FROM if doubted else OFFER_BESIDE_ANSWER_FROM


def asks_for_a_tool(utterance: str, content: Content) -> bool:
    """Return whether a message has words that ask for a tool, such as "app" or "noe å … med"."""
    said = f" {' '.join(words(utterance.lower()))} "
    return any(f" {cue.lower()} " in said for texts in content.texts.values() for cue in texts.phrases("software.tool"))


def with_offer(texts: Texts, message: Message, offer: ProgramOffer, question_id: str) -> Message:
    """Return the reply to a question with the look-up among its buttons, before the last one, which leads elsewhere."""
    shown = message.card or card.card([card.paragraph(message.text)])
    actions, button = list(shown.get("actions", ())), offer.button(texts, question_id)
    if len(actions) == card.MOST_ACTIONS:
        return replace(message, card={**shown, "body": [*shown["body"], card.buttons(button)]})
    actions.insert(max(0, len(actions) - 1), button)
    return replace(message, card={**shown, "actions": actions})


def _program_named(said: str, content: Content, municipality_id: str | None) -> Program | None:
    """Return the listed program that a message names, maybe misspelt or as an ordinary word."""
    register, place = content.register, ProgramPlace(municipality_id=municipality_id)
    return (
        register.mentioned(said, municipality_id)
        or register.look_up(said, place).program
        or register.mentioned(said, municipality_id, ordinary=True)
    )


def _task_described(matched: Match, content: Content, municipality_id: str | None) -> TaskGuess | None:
    """Return the likeliest task of a message that listed programs are for."""
    guesses = content.tasks.guess(matched.utterance, matched.vector)
    if not guesses or guesses[0].share < OFFER_TOOL_FROM:
        return None
    place = ProgramPlace(municipality_id=municipality_id)
    return guesses[0] if content.register.has_programs(guesses[0], place) else None


def _is_written_as_name(program: Program, said: str) -> bool:
    """Return whether a name stands out: "pages" is a word of English, and "Pages" inside a sentence a program."""
    spoken = name_words(said)
    found = [name for name in map(name_words, (program.name, *program.aliases)) if name[0] in spoken]
    if not any(all(speakers(word) for word in name) for name in found):
        return True
    return any(re.search(rf"\w \W*{re.escape(name[0].capitalize())}\b", said) for name in found)


def _is_topic(program: Program, content: Content) -> bool:
    return len(_articles_about(program, content, content.articles.ids())) > MOST_ARTICLES


def _articles_about(program: Program, content: Content, ids: Iterable[str]) -> Sequence[str]:
    """Return those articles that name a program."""
    names = [f" {' '.join(name_words(name))} " for name in (program.name, *program.aliases)]
    return [each for each in ids if any(name in content.articles.folded_words(each) for name in names)]
