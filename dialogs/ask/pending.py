"""What a short reply or a word about the last answer stands for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from dialogs.ask import cards
from dialogs.ask.own_answer import presser
from dialogs.ask.parameters import parameters
from dialogs.ask.topic import PENDING_FOR, topic_press
from dialogs.core.content import Content
from dialogs.core.decision import Reply, do, put
from dialogs.core.event import Event, Pressed, Scope
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, find, find_all
from dialogs.core.question import Question
from dialogs.core.session import Session, session_of
from dialogs.handoff.draft import Draft
from dialogs.handoff.model import Handoff
from dialogs.rollout.software.lookup.offering import LOOK_UP
from knowledge.article.action import Action
from knowledge.language.assent import LAST, Assent, assent, place_named, subject_named
from knowledge.language.clauses import clauses, counted_questions
from knowledge.language.text import fold, words
from knowledge.matching.policy import OutcomeKind

START_HANDOFF: Final = "handoff.start"
# Words of a message that says more than that an answer did not help.
_TELLING: Final = 5
# Words that name a question which was left over, and letters of each that count.
_LONGEST_SUBJECT: Final = 3
_STEM: Final = 6
# Verbs about the last answer. Without one, the action's reply is shown.
ABOUT_ANSWER: Final = frozenset({"ask.helped", "ask.not_helped"})


def pending_press(event: Event, session: Session, content: Content) -> Asking[Pressed | None]:
    """Return the press that a reply such as "ja" or "nr 2" stands for, if the last message offered something.

    In a group it is never done: the last question may have been asked alone, and others read along.
    """
    said = assent(event.said.utterance)
    if said is None:
        return (yield from topic_press(said, event, session, content))
    meant = yield from _meant_press(said, event, session, content)
    if meant is None or event.scope is Scope.PERSONAL:
        return meant
    return Pressed(verb="ask.use_buttons")


def _meant_press(said: Assent, event: Event, session: Session, content: Content) -> Asking[Pressed | None]:
    question = yield from last_question(event, session)
    if said in (Assent.YES, Assent.NO):
        draft = yield from _preview(event, question)
        # A card that was shown after the preview is replied to.
        if draft is not None and (session.topic is None or draft.created_at >= session.changed_at):
            # A press without words may have asked something since: only the card's button shows the text to send.
            if said is Assent.YES:
                return Pressed(verb="ask.press_send")
            return Pressed(verb="handoff.cancel", data={"handoff_id": draft.id})
    about_card = yield from topic_press(said, event, session, content)
    if about_card is not None:
        return about_card
    if session.programs and event.at - session.changed_at <= PENDING_FOR:
        return _program_press(said, session)
    listed = question is not None and bool(_listed_below(question))
    if said not in (Assent.YES, Assent.NO) and not listed:
        return Pressed(verb="ask.no_list")
    if question is None or (yield from _was_sent(question)):
        return None
    outside = question.outcome in {OutcomeKind.OUT_OF_SCOPE, OutcomeKind.DECLINE}
    if outside and not content.actions.kinds.urgent.isdisjoint(question.candidates[:1]):
        return Pressed(verb="ask.numbers", data={"question_id": question.id})
    return _press_for(said, question, content, slot=f"ask/{event.id}")


def question_named(event: Event, session: Session) -> Asking[str]:
    """Return the words of the question of an earlier message that this one names, or nothing.

    "Nr 3" and "den siste" mean the asker's own numbers, and "hva med møterommet" a question that was left over.
    """
    question = yield from last_question(event, session)
    if question is None or event.scope is not Scope.PERSONAL or _card_shown_since(question, session):
        return ""
    utterance, told = event.said.utterance, question.told or question.utterance
    counted = counted_questions(told)
    asked = counted or clauses(told)
    answered = max((at for at, asked_ in enumerate(asked) if question.utterance in asked_), default=len(asked))
    left = asked[answered + 1 :]
    place = place_named(utterance)
    if place is None:
        named = [question for question in left if _is_named(question, subject_named(utterance))]
        return named[0] if len(named) == 1 else ""
    listed = counted or (left if place == LAST else ())
    return listed[place] if -len(listed) <= place < len(listed) else ""


def _card_shown_since(question: Question, session: Session) -> bool:
    """Return whether a number is about a card: one that was shown after the question, not beside its answer."""
    return session.topic is not None and session.changed_at > question.asked_at


def _is_named(question: str, subject: Sequence[str]) -> bool:
    """Return whether a question has the words of a subject, whatever their endings."""
    said = [fold(word) for word in words(question)]
    stems = [word[:_STEM] for word in subject]
    return 0 < len(stems) <= _LONGEST_SUBJECT and all(any(word.startswith(stem) for word in said) for stem in stems)


def _program_press(said: Assent, session: Session) -> Pressed | None:
    """Return the press for a reply to a list of programs: one of them, or another search."""
    at = said.position(len(session.programs))
    if said is Assent.YES and len(session.programs) == 1:
        at = 0
    if at is not None:
        return Pressed(verb=LOOK_UP, data={"program_id": session.programs[at], "use": session.program_use})
    if said in (Assent.NO, Assent.NONE):
        return Pressed(verb=LOOK_UP)
    return Pressed(verb="ask.no_list") if said is not Assent.YES else None


def _press_for(said: Assent, question: Question, content: Content, *, slot: str) -> Pressed | None:
    data = {"question_id": question.id}
    at = said.position(len(_listed_below(question)))
    if at is not None:
        chosen = _listed_below(question)[at]
        action = content.actions.get(chosen)
        if action is not None and action.button_verb is not None:
            return Pressed(verb=action.button_verb, data=data if action.button_verb == START_HANDOFF else {})
        return Pressed(verb="ask.pick", data={**data, "article_id": chosen}, slot=slot)
    if question.outcome is OutcomeKind.CLARIFY:
        return Pressed(verb="ask.none" if said in (Assent.NO, Assent.NONE) else "ask.again", data=data, slot=slot)
    if said is Assent.NONE:
        return Pressed(verb="ask.not_helped", data=data, slot=slot)
    if said not in (Assent.YES, Assent.NO):
        return Pressed(verb="ask.no_list")
    if question.outcome is not OutcomeKind.HAND_OVER and question.helped is not False:
        return _own_button(question, content) if said is Assent.YES and question.helped is None else None
    # A colleague was offered.
    return Pressed(verb=START_HANDOFF, data=data) if said is Assent.YES else Pressed(verb="ask.leave")


def _own_button(question: Question, content: Content) -> Pressed | None:
    """Return the press of the button that an answer has of its own, such as "Vis klasseromskurs"."""
    if question.article_id is None or question.outcome is not OutcomeKind.ANSWER or question.told:
        return None
    article = content.articles.get(question.article_id, question.language, question.municipality_id)
    button = article.button if article is not None else None
    return Pressed(verb=button.action) if button is not None and button.action in content.commands.values() else None


def _listed_below(question: Question) -> tuple[str, ...]:
    """Return the entries below the last reply to a question."""
    # Records of earlier versions have only the candidates.
    listed = question.candidates if question.outcome is OutcomeKind.CLARIFY and not is_one_of_several(question) else ()
    return question.choices or listed


def is_one_of_several(question: Question) -> bool:
    """Return whether a question is one of several in a message, of which more than one has choices below it."""
    return bool(question.told) and question.helped is None and not question.choices


def typed_press(event: Event, content: Content, action: Action, vector: bytes = b"") -> Asking[Pressed | None]:
    """Return the press of an action that a message asks for; None if the action only has a reply.

    Args:
        vector: of the message, as ``Match.vector`` has it.
    """
    if action.verb is None:
        return None
    data = yield from carried(event, action.verb, content, vector)
    if action.button_verb is None:
        return Pressed(verb=action.verb, data=data, slot=f"ask/{event.id}") if data else None
    return Pressed(verb=action.verb, data=data)


def carried(event: Event, verb: str, content: Content, vector: bytes = b"") -> Asking[Mapping[str, str]]:
    """Return the data for a verb that a message asks for.

    A colleague gets the question that was just asked, thanks are about the last answer, what did not help is about the
    last reply, and the others take along what the words name.
    """
    if verb != START_HANDOFF and verb not in ABOUT_ANSWER:
        person = yield from find(Person, event.person_id)
        municipality_id = person.municipality_id if person else None
        return parameters(verb, event.said.utterance, content, municipality_id, vector=vector)
    session = yield from session_of(event.person_id, event.at)
    question = yield from last_question(event, session)
    if question is None or (verb == "ask.helped" and question.article_id is None):
        return {}
    data = {"question_id": question.id}
    said = event.said.utterance
    # "Men jeg finner ikke den knappen" says what a colleague must know, and "det hjalp ikke" does not.
    return {**data, "words": said} if verb == "ask.not_helped" and len(words(said)) >= _TELLING else data


def last_question(event: Event, session: Session) -> Asking[Question | None]:
    """Return the question that a short reply is about, if it was asked within the hour."""
    if session.question_id is None:
        return None
    question = yield from find(Question, session.question_id)
    recent = question is not None and event.at - question.asked_at <= PENDING_FOR
    return question if recent else None


def _preview(event: Event, question: Question | None) -> Asking[Draft | None]:
    """Return the newest question that waits for "send", unless another one was asked since."""
    drafts = yield from find_all(Draft, f"person:{event.person_id}")
    newest = max(drafts, key=lambda draft: (draft.created_at, draft.id), default=None)
    if newest is None or event.at - newest.created_at > PENDING_FOR:
        return None
    return newest if question is None or newest.created_at >= question.asked_at else None


def _was_sent(question: Question) -> Asking[bool]:
    handoffs = yield from find_all(Handoff, f"person:{question.person_id}")
    return any(handoff.question_id == question.id for handoff in handoffs)


# Replies to "nei", "nr 2" and "ja" where there is nothing more to do.


def leave(event: Event, content: Content) -> Flow:
    """Leave the question after "no" to the offer of a colleague, so that a later "yes" means nothing."""
    asker = yield from presser(event, content)
    closed = replace(asker.session, question_id=None, changed_at=event.at)
    return put(closed) + do(Reply(slot=f"ask/{event.id}", message=cards.said(asker.texts, "ask.left")))


def no_list(event: Event, content: Content) -> Flow:
    """Say that there is no list, after "nr 2" without one, or that there are several."""
    asker = yield from presser(event, content)
    question = yield from last_question(event, asker.session)
    key = "ask.which_list" if question is not None and is_one_of_several(question) else "ask.no_list"
    return do(Reply(slot=f"ask/{event.id}", message=cards.said(asker.texts, key)))


def press_send(event: Event, content: Content) -> Flow:
    """Point to the button of an open preview, after "yes"."""
    asker = yield from presser(event, content)
    return do(Reply(slot=f"ask/{event.id}", message=cards.said(asker.texts, "ask.press_send")))


def use_buttons(event: Event, content: Content) -> Flow:
    """Point to the buttons, after "ja" or "nr 2" in a group."""
    asker = yield from presser(event, content)
    return do(Reply(slot=f"ask/{event.id}", message=cards.said(asker.texts, "ask.use_buttons")))
