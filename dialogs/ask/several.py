"""Several questions in one message: each is a separate question, with its own reply."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from dialogs.ask.context import NO_ANSWER, after_turn
from dialogs.ask.kept import kept, question_of
from dialogs.ask.pending import START_HANDOFF
from dialogs.ask.readings import Meaning
from dialogs.core import card
from dialogs.core.decision import NOTHING, Decision, Put, Reply, do, put
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.query import Flow, new_id
from dialogs.core.question import Question
from dialogs.core.session import Session, Topic
from dialogs.core.texts import Texts
from dialogs.rollout.software.apply.flow import APPLY
from knowledge.language.concerns import concerns_in

# Letters of a question that stand above its answer, or name it as left.
_LONGEST_NAME: Final = 140
# Two of these at once would begin two conversations: they stay buttons.
BEGINS: Final = frozenset({START_HANDOFF, APPLY, "ambassador.apply", "privacy.erase", "profile.place"})


def answer_each(
    event: Event,
    meaning: Meaning,
    texts: Texts,
    *,
    session: Session,
    municipality_id: str | None,
    also_from: float,
    answer: Callable[[Question, Meaning], Message],
    act: Callable[[str, str], Flow],
) -> Flow:
    """Answer each question of a message below its own words.

    What follows refers to the last one: "ja", "og på mobil?", and "nr 2" if no other one has choices.

    Args:
        also_from: minimum confidence of the choices below a likely answer.
        answer: returns the reply to one question.
        act: does what a verb does, with what the words of its question name.
    """
    done = _verbs_done(meaning)
    replies, acted, asked = NOTHING, NOTHING, list[Question]()
    # A follow-up refers to one of these answers.
    thread = replace(session, turns=(), article_id=None)
    for part in meaning.parts:
        if part.action is not None and part.action.verb in done:
            shown = yield from act(part.action.verb, "? ".join((part.match.utterance, *part.also)))
            acted = _unless_written(acted, shown) + shown
            continue
        question = question_of(
            event,
            part,
            part.match.utterance,
            id_=(yield from new_id("q")),
            language=texts.language,
            municipality_id=municipality_id,
            told=event.said.utterance,
            also_from=also_from,
        )
        asked.append(question)
        message = _below(texts, answer(question, part), (part.match.utterance, *part.also))
        replies += do(Reply(slot=f"ask/{question.id}", message=message))
        thread = after_turn(thread, event.at, question.article_id or NO_ANSWER)
        thread = replace(thread, question_id=question.id, announcement_id=None)
    left_over = [utterance for utterance in meaning.left if not concerns_in(utterance)]
    if left_over:
        left = texts("ask.left_over", words="; ".join(map(_name, left_over)))
        replies += do(Reply(slot=f"ask/{event.id}", message=Message.plain(left)))
    thread = replace(thread, asked=thread.asked + max(len(asked) - 1, 0))
    if sum(bool(question.choices) for question in asked) > 1:
        # "Nr 2" may be of any of them.
        asked[-1] = replace(asked[-1], choices=())
    topic = _topic_shown(acted)
    if topic is not None:
        # A reply may be about the card that was shown beside the answers, or about the last question.
        thread = replace(thread, topic=topic)
        acted = _unless_written(acted, put(thread))
    stored = put(*asked[:-1]) + (yield from kept(asked[-1], thread)) if asked else put(thread)
    return _unless_written(stored, acted) + replies + acted


def _verbs_done(meaning: Meaning) -> frozenset[str]:
    """Return the verbs that are done at once; the others are buttons."""
    actions = (part.action for part in meaning.parts if part.action is not None)
    verbs = Counter(action.button_verb for action in actions if action.button_verb is not None)
    # A colleague needs the question, which is stored with this decision.
    stay = {START_HANDOFF} if len(verbs) == 1 else BEGINS
    return frozenset(verb for verb, times in verbs.items() if times == 1) - stay


def _topic_shown(decision: Decision) -> Topic | None:
    records = [write.record for write in decision.writes if isinstance(write, Put)]
    return next((record.topic for record in records if isinstance(record, Session)), None)


def _unless_written(decision: Decision, by: Decision) -> Decision:
    """Return a decision without the records that another one writes: a record has one write in a commit."""
    written = {(write.record.KIND, write.record.id) for write in by.writes if isinstance(write, Put)}
    kept_writes = tuple(
        write
        for write in decision.writes
        if not isinstance(write, Put) or (write.record.KIND, write.record.id) not in written
    )
    return replace(decision, writes=kept_writes)


def _below(texts: Texts, message: Message, said: Sequence[str]) -> Message:
    """Return a message below the words it replies to; a password or a patient is not named again."""
    private = any(concerns_in(utterance) for utterance in said)
    line = texts("ask.about_some") if private else texts("ask.about_part", words=" … ".join(map(_name, said)))
    return message.below(f"{line}\n", [card.small(line)])


def _name(question: str) -> str:
    """Return the words that name a question: all of them, or its beginning."""
    return card.unmarked(question if len(question) <= _LONGEST_NAME else f"{question[: _LONGEST_NAME - 1].rstrip()}…")
