"""Question flow: from an utterance to an answer, choice or offer."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from dialogs.announce.model import Announcement
from dialogs.announce.reader import announced_faults, asked_about
from dialogs.ask import cards
from dialogs.ask.cards import told_what_is_private, told_what_was_masked, told_what_was_unread
from dialogs.ask.context import after_choice, after_question, after_turn, asked_before, context_of
from dialogs.ask.emergency import repeat_numbers
from dialogs.ask.faults import after_faults, begun_with
from dialogs.ask.feedback import FEEDBACK_VERBS, without_answer
from dialogs.ask.follow_up import quoted
from dialogs.ask.kept import kept, question_of
from dialogs.ask.language import (
    answer_language,
    changes_language,
    clear_language,
    in_this_language,
    language_wished,
    small_talk_language,
    speaking,
    speaking_as,
)
from dialogs.ask.meaning import understand
from dialogs.ask.menu import help_keys, show_service_desk
from dialogs.ask.own_answer import (
    QuestionAsker,
    article_for,
    card_reply,
    entries_for,
    own_answers,
    own_question,
    presser,
    show_related,
)
from dialogs.ask.parameters import parameters
from dialogs.ask.pending import (
    ABOUT_ANSWER,
    last_question,
    leave,
    no_list,
    pending_press,
    press_send,
    question_named,
    typed_press,
    use_buttons,
)
from dialogs.ask.readings import Meaning
from dialogs.ask.several import answer_each
from dialogs.core import card
from dialogs.core.action_use import ActionUse
from dialogs.core.content import Content
from dialogs.core.decision import Decision, Notice, Put, Reply, do, put
from dialogs.core.event import Event, Pressed, Scope
from dialogs.core.feature import Feature, Verbs
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, count, find, new_id
from dialogs.core.question import Question
from dialogs.core.record import Record
from dialogs.core.review import Exempt, ReviewGround
from dialogs.core.session import Session, session_of
from dialogs.core.texts import Texts
from dialogs.core.web_utterance import WebUtterance
from dialogs.handoff.model import Handoff
from dialogs.rollout.software.lookup.offering import LOOK_UP, with_offer
from knowledge.article.action import Action
from knowledge.article.article import Language
from knowledge.language.clauses import counted_questions, has_many_clauses
from knowledge.language.excerpt import is_too_long
from knowledge.language.masking import Secret, mask
from knowledge.language.smalltalk import SmallTalk
from knowledge.matching.followup import depends_on_previous, says_still
from knowledge.matching.match import NOTHING_ASKED, Match
from knowledge.matching.policy import Outcome, OutcomeKind

SUGGESTED: Final = ("rollout-when", "ambassador-role", "help-centre")


# Runs the flow of a verb; given by the router, which imports every feature.
Press = Callable[[Event, Content, str], Flow]


def ask(event: Event, content: Content, press: Press) -> Flow:
    """Answer an utterance, run its action or small talk, with privacy advice."""
    replied = yield from _reply_in_chat(event, content, press)
    unread = told_what_was_unread(event, content, replied)
    return replied + unread + (yield from told_what_is_private(event, content))


def _reply_in_chat(event: Event, content: Content, press: Press) -> Flow:
    person = yield from find(Person, event.person_id)
    session = yield from session_of(event.person_id, event.at)
    named = yield from question_named(event, session)
    if named:
        event = replace(event, what=replace(event.said, utterance=mask(named)))
    masked = event.said.utterance
    pending = None if named else (yield from pending_press(event, session, content))
    if pending is not None:
        done = press(replace(event, what=pending), content, pending.verb)
        return (yield from (done if pending.verb in VERBS else speaking(event, done)))
    about = yield from asked_about(session, person, event, content)
    # Others read along in a group: questions asked alone stay there.
    alone = event.scope is not Scope.PERSONAL or bool(named)
    context = () if alone else context_of(session, event.at)
    before = None if alone else (yield from last_question(event, session))
    meaning = yield from understand(
        masked,
        content=content,
        previous_article_ids=context,
        asked_before=NOTHING_ASKED if alone else (yield from asked_before(session, event.at, before)),
        municipality_id=person.municipality_id if person else None,
        begins=about is None,
    )
    asker, learned, heard = _asker(event, content, person, session, meaning.match)
    if meaning.match.small_talk is not None:
        waits = bool((yield from count(Handoff, f"open:{event.person_id}")))
        message = _small_talk(asker.texts, content, meaning.match.small_talk, waits=waits)
        if meaning.match.small_talk is SmallTalk.EMPTY and ("://" in masked or "www." in masked):
            message = cards.said(asker.texts, "ask.link_unread")  # only an address, which the matcher does not read
        if masked.found:
            message = cards.masking(asker.texts, masked.found, message)
        # A turn without an answer: follow-ups reach back over five turns.
        counted = after_turn(heard, event.at) if heard.turns else heard
        return _also(do(Reply(slot=f"ask/{event.id}", message=message)), *_changed(session, counted))
    pressed: Pressed | None = None
    if meaning.programs is not None and meaning.programs.sure:
        pressed = Pressed(verb=LOOK_UP, data=meaning.programs.data)
        # The look-up stands in the place of a question: "ja" to it is none to the offer before.
        heard = replace(heard, question_id=None, programs=(), changed_at=event.at)
    elif meaning.action is not None:
        pressed = yield from typed_press(event, content, meaning.action, meaning.match.vector)
        heard = heard if pressed is None else replace(heard, topic=None)
    if pressed is not None:
        done = speaking_as(person, asker.language, press(replace(event, what=pressed), content, pressed.verb))
        used = yield from _used(event, person)
        told = told_what_was_masked(event, asker.texts)
        begins = pressed.verb == LOOK_UP
        replied = yield from after_faults((yield from done), meaning, asker, event, content, begins=begins)
        return _also(replied, *_changed(session, heard), *_changed(person, learned), *used) + told
    wished = language_wished(meaning)
    if wished is not None:
        asker = replace(asker, language=wished, texts=content.texts[wished])
    parts = [(part.outcome.article_id, part.match.utterance) for part in meaning.parts or (meaning,)]
    if meaning.outcome.continues:
        parts.append((meaning.match.follows, meaning.match.utterance))
    own = yield from own_answers(parts, person=person, texts=asker.texts, content=content, at=event.at)
    asked = _questions(event, content, replace(asker, session=heard, own=own), meaning, press, about=about)
    replied = yield from after_faults((yield from asked), meaning, asker, event, content, begins=about is None)
    return _also(in_this_language(replied, asker.language), *_changed(person, learned))


def _questions(
    event: Event, content: Content, asker: QuestionAsker, meaning: Meaning, press: Press, *, about: Announcement | None
) -> Flow:
    """Store and answer the question of a message, or each of several; ``about``: it may follow an announcement."""
    masked, outcome = event.said.utterance, meaning.outcome
    # A follow-up to an announcement must not be answered from an unrelated article.
    if about is not None and (outcome.kind in _UNSURE or depends_on_previous(masked)):
        outcome = Outcome(kind=OutcomeKind.HAND_OVER, confidence=outcome.confidence, candidates=outcome.candidates)
        meaning = Meaning(match=meaning.match, outcome=outcome)
    if outcome.kind is OutcomeKind.ANSWERS:
        several = answer_each(
            event,
            meaning,
            asker.texts,
            session=asker.session,
            municipality_id=asker.municipality_id,
            also_from=content.policy.also_from,
            answer=lambda question, part: _answer_question(event, asker, content, question, part, beside=True),
            act=lambda verb, words: speaking_as(
                asker.person,
                asker.language,
                press(
                    replace(
                        event, what=Pressed(verb=verb, data=parameters(verb, words, content, asker.municipality_id))
                    ),
                    content,
                    verb,
                ),
            ),
        )
        return (yield from several)
    earlier = (yield from last_question(event, asker.session)) if event.scope is Scope.PERSONAL else None
    continues = _continues(masked, meaning)
    told = earlier.told or earlier.utterance if earlier is not None else ""
    counted = masked in counted_questions(told)
    meaning = yield from quoted(meaning, asker=asker, content=content, before=earlier)
    question = question_of(
        event,
        meaning,
        masked,
        id_=(yield from new_id("q")),
        language=asker.language,
        municipality_id=asker.municipality_id,
        announcement_id=about.id if about else None,
        follows_id=earlier.id if earlier is not None and continues and not counted else None,
        # "Nr 2" goes on meaning the second of these, but for a list below this answer.
        told=told if counted and outcome.kind is not OutcomeKind.CLARIFY else "",
        also_from=content.policy.also_from,
    )
    message = _answer_question(event, asker, content, question, meaning, about=about)
    if question.images:
        message = cards.with_image_unread(asker.texts, message)
    if has_many_clauses(masked) and not is_too_long(masked):  # of a long message a note below says it
        message = cards.with_note_above(message, asker.texts("ask.one_at_a_time"))
    thread = after_question(asker.session, event.at, question, content=content)
    said_about = about.id if about and question.article_id is None else None
    # "Det hjalp ikke" without an answer before it is no question for a colleague.
    asks = meaning.action is None or meaning.action.verb not in ABOUT_ANSWER
    thread = replace(thread, question_id=question.id if asks else None, announcement_id=said_about)
    return (yield from kept(question, thread)) + do(Reply(slot=f"ask/{question.id}", message=message))


_UNSURE: Final = frozenset({OutcomeKind.CLARIFY, OutcomeKind.HAND_OVER})


def _continues(masked: str, meaning: Meaning) -> bool:
    """Whether a question goes on from the one before; without an answer, resembling a follow-up is not enough."""
    resembles = bool(meaning.match.follows) and meaning.outcome.kind not in _UNSURE
    return depends_on_previous(masked) or resembles or meaning.outcome.continues


def pick(event: Event, content: Content) -> Flow:
    """Answer with the chosen candidate, and store it as the question's meaning."""
    question = yield from own_question(event)
    asker = yield from presser(event, content, question)
    article_id = event.pressed.text("article_id")
    # Only entries that were offered: the id comes from the client's card.
    offered = question is not None and article_id in question.candidates
    article = article_for(asker, content, article_id) if offered else None
    action = content.actions.get(article_id) if offered else None
    if question is not None and action is not None and action.button_verb is None:
        return card_reply(asker, event, question, _action_reply(asker, content, question, action, frozenset()))
    if question is None or article is None:
        return do(Notice(text=asker.texts("ask.old_card")))
    chosen = replace(question, article_id=article.id, outcome=OutcomeKind.ANSWER, helped=None, choices=())
    message = cards.answered(
        asker.texts,
        article,
        question_id=question.id,
        masked=frozenset(),
        asked=question.utterance,
        actions=frozenset(content.commands.values()),
    )
    thread = replace(after_choice(asker.session, event.at, article.id), announcement_id=None)
    faults = yield from announced_faults({article.id: 1.0}, asker.person, event, content)
    return put(chosen, thread) + begun_with(faults, card_reply(asker, event, question, message), asker.texts)


def again(event: Event, content: Content) -> Flow:
    """Show the candidates again, after "yes" to a list of several."""
    question = yield from own_question(event)
    asker = yield from presser(event, content, question)
    entries = entries_for(asker, content, question.candidates) if question is not None else []
    if question is None or not entries:
        return do(Notice(text=asker.texts("ask.old_card")))
    message = cards.clarify(asker.texts, entries, question_id=question.id, masked=frozenset(), line="ask.which_one")
    return do(Reply(slot=f"ask/{event.id}", message=message))


def other(event: Event, content: Content) -> Flow:
    """Treat the question as unrelated to the announcement.

    The reply lists the matching articles, or offers a colleague.
    """
    question = yield from own_question(event)
    asker = yield from presser(event, content, question)
    if question is None or question.announcement_id is None:
        return do(Notice(text=asker.texts("ask.old_card")))
    shown = entries_for(asker, content, question.candidates)
    freed = replace(
        question,
        announcement_id=None,
        outcome=OutcomeKind.CLARIFY if shown else OutcomeKind.HAND_OVER,
        choices=question.candidates if shown else (),
    )
    if shown:
        message = cards.clarify(asker.texts, shown, question_id=question.id, masked=frozenset())
    else:
        message = without_answer(asker, question)
    thread = replace(asker.session, announcement_id=None, changed_at=event.at)
    return put(freed, thread) + card_reply(asker, event, question, message)


def suggest(event: Event, content: Content) -> Flow:
    """Show help with example questions, and help for the person's roles."""
    asker = yield from presser(event, content)
    roles = asker.person.roles if asker.person else frozenset()
    message = _with_suggestions(asker.texts, content, *help_keys(roles))
    return do(Reply(slot=f"ask/{event.id}", message=message))


VERBS: Final[Verbs] = {
    "ask.pick": pick,
    "ask.again": again,
    "ask.leave": leave,
    "ask.no_list": no_list,
    "ask.press_send": press_send,
    "ask.use_buttons": use_buttons,
    "ask.numbers": repeat_numbers,
    "ask.other": other,
    **FEEDBACK_VERBS,
    "ask.suggest": suggest,
    "ask.service_desk": show_service_desk,
    "ask.related": show_related,
}


def _asker(
    event: Event, content: Content, person: Person | None, session: Session, matched: Match
) -> tuple[QuestionAsker, Person | None, Session]:
    """Return the asker, the person with the language learned, if any, and the updated session."""
    said = event.said.utterance
    usual = person.language if person is not None else Language.from_code(matched.language)
    fixed = person is not None and person.language_chosen
    chosen, learned, heard = usual, None, session
    if not fixed and matched.small_talk is not None:
        # One word is too short to learn from.
        chosen = small_talk_language(said, session.heard or usual)
    elif not fixed:
        chosen = answer_language(said, usual=usual, heard=session.heard)
        clear = clear_language(said, session.heard or usual)
        if clear is not None and clear is not session.heard:
            heard = replace(session, heard=clear, changed_at=event.at)
        if (
            person is not None
            and clear is not None
            and changes_language(said, clear=clear, usual=usual, heard=session.heard)
        ):
            learned = replace(person, language=clear)
    texts = content.texts[chosen]
    asker = QuestionAsker(id=event.person_id, person=person, session=session, language=chosen, texts=texts)
    return asker, learned, heard


def _used(event: Event, person: Person | None) -> Asking[tuple[ActionUse, ...]]:
    """Return what the statistics count of an action: nothing of people without a municipality."""
    if person is None or person.municipality_id is None:
        return ()
    id_ = yield from new_id("use")
    return (ActionUse(id=id_, person_id=person.id, municipality_id=person.municipality_id, at=event.at),)


def _changed(before: Record | None, after: Record | None) -> tuple[Record, ...]:
    return () if after is None or after == before else (after,)


def _also(decision: Decision, *changed: Record) -> Decision:
    """Return the decision with further records, except those that it writes itself."""
    decision = _with_heard(decision, *changed)
    written = {(write.record.KIND, write.record.id) for write in decision.writes if isinstance(write, Put)}
    return put(*(record for record in changed if (record.KIND, record.id) not in written)) + decision


def _with_heard(decision: Decision, *changed: Record) -> Decision:
    """Return the decision with the language that was heard, in a session that it writes itself."""
    heard = next((record.heard for record in changed if isinstance(record, Session)), None)
    if heard is None:
        return decision
    writes = tuple(
        replace(write, record=replace(write.record, heard=heard))
        if isinstance(write, Put) and isinstance(write.record, Session)
        else write
        for write in decision.writes
    )
    return replace(decision, writes=writes)


def _action_reply(
    asker: QuestionAsker, content: Content, question: Question, action: Action, masked: frozenset[Secret]
) -> Message:
    # One of several questions is done at a press.
    offers = [action] if action.button_verb is not None else content.actions.offered(action)
    return cards.action_reply(asker.texts, action, offers, question_id=question.id, masked=masked)


def _answer_question(
    event: Event,
    asker: QuestionAsker,
    content: Content,
    question: Question,
    meaning: Meaning,
    *,
    about: Announcement | None = None,
    beside: bool = False,
) -> Message:
    found = event.said.utterance.found
    message = _reply_to(asker, content, question, meaning, about=about, masked=found, beside=beside)
    if meaning.programs is None or about is not None:
        return message
    shared = event.scope is not Scope.PERSONAL
    return with_offer(asker.texts, message, meaning.programs, question.id, shared=shared)


def _reply_to(
    asker: QuestionAsker,
    content: Content,
    question: Question,
    meaning: Meaning,
    *,
    about: Announcement | None,
    masked: frozenset[Secret],
    beside: bool,
) -> Message:
    outcome = meaning.outcome
    if meaning.action is not None:
        return _action_reply(asker, content, question, meaning.action, masked)
    article = article_for(asker, content, outcome.article_id) if outcome.article_id else None
    if article is not None:
        message = cards.answered(
            asker.texts,
            article,
            question_id=question.id,
            masked=masked,
            asked=question.utterance,
            quote=meaning.quote.text if meaning.quote is not None else "",
            again=outcome.continues,
            beside=beside,
            room=card.MOST_CHOICES - (meaning.programs is not None),
            actions=frozenset(content.commands.values()),
            next_choices=entries_for(asker, content, question.choices) if outcome.likely else (),
        )
        return _with_doubt(asker.texts, message, outcome, question, content) if outcome.continues else message
    shown = entries_for(asker, content, question.choices)
    topic = article_for(asker, content, meaning.match.follows) if outcome.continues else None
    if topic is not None:
        no_more = "ask.no_more" if meaning.quote is not None else "ask.no_answer_there"
        key = "ask.no_more_advice" if says_still(question.utterance) else no_more
        line = asker.texts(key, title=card.unmarked(topic.title))
        return cards.no_more(asker.texts, line, shown, question_id=question.id, masked=masked)
    if shown and outcome.kind is OutcomeKind.CLARIFY:
        return cards.clarify(asker.texts, shown, question_id=question.id, masked=masked, doubtful=outcome.doubtful)
    if about is not None:
        return cards.about(asker.texts, about, question, masked=masked)
    return without_answer(asker, question, masked=masked)


def _with_doubt(texts: Texts, message: Message, outcome: Outcome, question: Question, content: Content) -> Message:
    """Return the reply to a follow-up with a line above that says how it goes on, or that it is a guess."""
    if says_still(question.utterance):
        return cards.with_note_above(message, texts("ask.try_next"))
    unsure = outcome.confidence < content.policy.likely_quote_from
    return cards.with_note_above(message, texts("ask.perhaps")) if unsure else message


def _small_talk(texts: Texts, content: Content, said: SmallTalk, *, waits: bool) -> Message:
    """Return the reply with next steps: questions at the beginning, one button at the end.

    ``waits``: the person has asked a colleague something.
    """
    if said in {SmallTalk.GREETING, SmallTalk.NOISE, SmallTalk.EMPTY}:
        return _with_suggestions(texts, content, f"ask.small_talk.{said}")
    return cards.farewell(texts, f"ask.small_talk.{said}", waits=waits)


def _with_suggestions(texts: Texts, content: Content, *keys: str) -> Message:
    titles = (content.articles.get(article_id, texts.language) for article_id in SUGGESTED)
    return cards.said(texts, *keys, suggestions=[article.title for article in titles if article])


FEATURE: Final = Feature(
    open_until_removal=("ask.",),
    verbs=VERBS,
    records=(Question, WebUtterance),
    answers=("service_desk",),
    exempt={"ask.show_editors": Exempt(ReviewGround.HELD)},
)
