"""Select the flow for an event."""

from dataclasses import replace
from typing import Final, assert_never

from rapidfuzz import fuzz, process

from dialogs import features
from dialogs.announce.access import announcer_of
from dialogs.announce.teams import flow as team
from dialogs.ask import flow as ask
from dialogs.ask.attached import attached
from dialogs.ask.cards import told_what_was_masked
from dialogs.ask.emergency import show_numbers
from dialogs.ask.language import speaking
from dialogs.ask.parameters import named_request
from dialogs.ask.pending import carried
from dialogs.core.alert import with_alerts
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Notice, Reply, do
from dialogs.core.event import Arrived, Event, Left, Pressed, Rang, Rearranged, Said, Scope
from dialogs.core.feature import Verbs
from dialogs.core.fresh_proof import WithFreshProof
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, find
from dialogs.core.refusal import catch_refusal
from dialogs.core.review import at_first_card, reviewed
from dialogs.core.session import session_of, with_split_numbers
from dialogs.core.speaker import answer, speaker_of
from dialogs.handoff.talking import talk
from dialogs.handoff.typed import answer_to_offer, typed_action
from dialogs.handoff.undo import held
from dialogs.privacy import flow as privacy
from dialogs.profile.cards import has_left, is_suspended
from dialogs.provisioning.model import awaits_removal
from dialogs.welcome import flow as welcome
from knowledge.article.article import Language
from knowledge.language.clauses import refuses

FEATURES: Final = (*features.FEATURES, privacy.FEATURE)

# Verbs of card presses and commands.
VERBS: Final[Verbs] = {verb: flow for feature in FEATURES for verb, flow in feature.verbs.items()}

# Verbs of timers only; no user event can trigger them.
TIMERS: Final[Verbs] = {verb: flow for feature in FEATURES for verb, flow in feature.timers.items()}

# Verbs that may need a recent sign-in, where the operator demands it.
STEP_UP_VERBS: Final = frozenset(verb for verb, flow in VERBS.items() if isinstance(flow, WithFreshProof))

# Inputs that need no review before they reach another person.
EXEMPT: Final = {verb: exempt for feature in FEATURES for verb, exempt in feature.exempt.items()}

# Verbs about colleagues; closed to people that left the registry.
CLOSED_TO_LEAVERS: Final = tuple(prefix for feature in FEATURES for prefix in feature.closed_to_leavers)
# Verbs about oneself; all others are closed while a removal waits.
OPEN_UNTIL_REMOVAL: Final = tuple(prefix for feature in FEATURES for prefix in feature.open_until_removal)

# "kunngjøringer": an announcer's own list, and for all others those that apply to them.
ANNOUNCERS_LIST: Final = "announce.mine"
CURRENT: Final = "status.show"
LONGEST_COMMAND: Final = 60
# Minimum similarity in percent: one wrong letter in ten. "Bli ambassadør" and "min ambassadør" (79) stay distinct.
NEARLY: Final = 90
# Only with the same first word: "rett opplysningene mine" asks for correction, "slett …" for erasure.
SAME_FIRST_WORD: Final = frozenset({"privacy.erase"})


def route(event: Event, content: Content) -> Flow:
    """Return the flow that decides ``event``."""
    return with_alerts(event, content, _route(event, content))


def _route(event: Event, content: Content) -> Flow:
    match event.what:
        case Said():
            if event.scope is not Scope.PERSONAL:
                return _heard(event, content)
            return with_split_numbers(event, lambda unsplit: _heard(unsplit, content))
        case Pressed():
            return press(event, content, event.what.verb)
        case Rang():
            return TIMERS.get(event.what.verb, _nothing)(event, content)
        case Arrived():
            return welcome.arrive(event, content)
        case Left():
            return welcome.left(event, content)
        case Rearranged():
            return team.rearranged(event, content)
        case _:
            assert_never(event.what)


def _heard(event: Event, content: Content) -> Flow:
    """Return the flow of a typed message."""
    flow = attached(event, content, _said) if event.said.attachments else _said(event, content)
    return _answered_in_the_chat(event, flow)


def press(event: Event, content: Content, verb: str) -> Flow:
    """Return the flow of a pressed button, or of a message that asks for the same."""
    # Checked here and not in each flow, so that a new verb with the prefix cannot miss it.
    if verb in VERBS and not verb.startswith(OPEN_UNTIL_REMOVAL):
        speaker = yield from speaker_of(event, content)
        if speaker.person.left and verb.startswith(CLOSED_TO_LEAVERS):
            return answer(event, "profile", has_left(speaker.texts), speaker.texts)
        if (yield from awaits_removal(speaker.person)):
            return answer(event, "profile", is_suspended(speaker.texts), speaker.texts)
    flow = VERBS.get(verb, _unknown)
    if not isinstance(event.what, Pressed):
        return (yield from flow(event, content))
    reviewing = reviewed(event, content, flow(at_first_card(event), content), EXEMPT)
    return (yield from held(event, content, reviewing))


def _answered_in_the_chat(event: Event, flow: Flow) -> Flow:
    """Turn the notice about a typed message into a reply."""
    # A notice belongs to a pressed card, and a typed message has none. A notice with the same text as a reply is
    # dropped.
    decision = yield from catch_refusal(flow)
    notices = [effect for effect in decision.effects if isinstance(effect, Notice)]
    if not notices:
        return decision
    others = tuple(effect for effect in decision.effects if not isinstance(effect, Notice))
    text, quiet = notices[-1].text, replace(decision, effects=others)
    if any(isinstance(effect, Reply) and effect.message.text == text for effect in others):
        return quiet
    return quiet + do(Reply(slot=f"notice/{event.id}", message=Message(text=text)))


def _said(event: Event, content: Content) -> Flow:
    """Route a typed message: to the flow of a command, to the other end of a handoff, or to the matcher."""
    words = " ".join(event.said.utterance.lower().split()).strip(" ?!.")
    # Before the conversation: a command works while the person talks with a colleague, too.
    verb = content.commands.get(words)
    if verb is not None:
        verb = yield from _allowed(verb, event, content)
        data = yield from carried(event, verb, content)
        done = press(replace(event, what=Pressed(verb=verb, data=data)), content, verb)
        return (yield from speaking(event, done))
    if event.scope is Scope.PERSONAL:
        session = yield from session_of(event.person_id, event.at)
        if session.talking_in:
            person = (yield from speaker_of(event, content)).person
            if not person.left and not (yield from awaits_removal(person)):
                talked = yield from typed_action(event, content, session)
                if talked is None:
                    talked = yield from talk(event, content, session)
                return talked + (yield from show_numbers(event, content))
    # After the conversation: words to a colleague may resemble a command.
    meant = yield from _nearly(words, content, event)
    if meant is not None:
        meant = replace(meant, verb=(yield from _allowed(meant.verb, event, content)))
        texts = (yield from speaker_of(event, content)).texts
        told = told_what_was_masked(event, texts)
        done = catch_refusal(press(replace(event, what=meant), content, meant.verb))
        return (yield from speaking(event, done)) + told
    offered = (yield from answer_to_offer(event, content)) if event.scope is Scope.PERSONAL else None
    if offered is not None:
        return offered + (yield from show_numbers(event, content))
    return (yield from ask.ask(event, content, press))


def _allowed(verb: str, event: Event, content: Content) -> Asking[str]:
    """Return the verb of a command, or what the same word means for a person without the role."""
    if verb != ANNOUNCERS_LIST:
        return verb
    person = yield from find(Person, event.person_id)
    return ANNOUNCERS_LIST if announcer_of(person, content) is not None else CURRENT


def _nearly(words: str, content: Content, event: Event) -> Asking[Pressed | None]:
    """Return the command with a typing error, or the program in the question."""
    if len(words) <= LONGEST_COMMAND:
        nearest = process.extractOne(words, content.commands.keys(), scorer=fuzz.ratio, score_cutoff=NEARLY)
        if nearest is not None and _may_stand_for(words, nearest[0], content.commands[nearest[0]]):
            return Pressed(verb=content.commands[nearest[0]])
    person = yield from find(Person, event.person_id)
    return named_request(event.said.utterance, content, person.municipality_id if person else None)


def _may_stand_for(words: str, command: str, verb: str) -> bool:
    """Return whether a message is a command with a typing error: a refusal of one is none."""
    same_first = words.partition(" ")[0] == command.partition(" ")[0]
    return refuses(words) == refuses(command) and (same_first or verb not in SAME_FIRST_WORD)


def _unknown(event: Event, content: Content) -> Flow:
    person = yield from find(Person, event.person_id)
    return do(Notice(text=content.texts[person.language if person else Language.NB]("ask.old_card")))


def _nothing(event: Event, content: Content) -> Flow:
    """Ignore a timer of a flow that no longer exists."""
    yield from ()
    return NOTHING
