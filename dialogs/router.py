"""Select the flow for an event."""

from dataclasses import replace
from typing import Final, assert_never

from rapidfuzz import fuzz, process

from dialogs import features
from dialogs.announce.teams import flow as team
from dialogs.ask import flow as ask
from dialogs.ask.attached import attached
from dialogs.ask.cards import masking
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Decision, Notice, Reply, do
from dialogs.core.event import Arrived, Event, Left, Pressed, Rang, Rearranged, Said, Scope
from dialogs.core.feature import Verbs
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, find
from dialogs.core.refusal import catch_refusal
from dialogs.core.session import session_of
from dialogs.core.speaker import answer, speaker_of
from dialogs.handoff import flow as handoff
from dialogs.privacy import flow as privacy
from dialogs.profile.cards import has_left
from dialogs.rollout.software import flow as software
from dialogs.welcome import flow as welcome
from knowledge.article.article import Language

FEATURES: Final = (*features.FEATURES, privacy.FEATURE)

# Verbs of card presses and commands.
VERBS: Final[Verbs] = {verb: flow for each in FEATURES for verb, flow in each.verbs.items()}

# Verbs of timers only; no user event can trigger them.
TIMERS: Final[Verbs] = {verb: flow for each in FEATURES for verb, flow in each.timers.items()}

# Verbs about colleagues; closed to people that left the registry.
CLOSED_TO_LEAVERS: Final = tuple(prefix for each in FEATURES for prefix in each.closed_to_leavers)

LONGEST_COMMAND: Final = 60
# Minimum similarity in percent: one wrong letter in ten. "Bli ambassadør" and "min ambassadør" (79) stay distinct.
NEARLY: Final = 90
# Only with the same first word: "rett opplysningene mine" asks for correction, "slett …" for erasure.
SAME_FIRST_WORD: Final = frozenset({"privacy.erase"})


def route(event: Event, content: Content) -> Flow:
    """Return the flow that decides ``event``."""
    match event.what:
        case Said():
            return _answered_in_the_chat(
                event, attached(event, content, _said) if event.what.attachments else _said(event, content)
            )
        case Pressed():
            return _pressed(event, content, event.what.verb)
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


def _pressed(event: Event, content: Content, verb: str) -> Flow:
    # Checked here and not in each flow, so that a new verb with the prefix cannot miss it.
    if verb.startswith(CLOSED_TO_LEAVERS):
        speaker = yield from speaker_of(event, content)
        if speaker.person.left:
            return answer(event, "profile", has_left(speaker.texts), speaker.texts)
    return (yield from VERBS.get(verb, _unknown)(event, content))


def _answered_in_the_chat(event: Event, flow: Flow) -> Flow:
    """Turn the notice about a typed message into a reply."""
    # A notice belongs to a pressed card, and a typed message has none. A notice with the same text as a reply is
    # dropped.
    decision = yield from catch_refusal(flow)
    notices = [effect for effect in decision.effects if isinstance(effect, Notice)]
    if not notices:
        return decision
    others = tuple(effect for effect in decision.effects if not isinstance(effect, Notice))
    text = notices[-1].text
    if any(isinstance(effect, Reply) and effect.message.text == text for effect in others):
        return Decision(writes=decision.writes, effects=others)
    return Decision(writes=decision.writes, effects=others) + do(
        Reply(slot=f"notice/{event.id}", message=Message(text=text))
    )


def _said(event: Event, content: Content) -> Flow:
    """Route a typed message: to the flow of a command, to the other end of a handoff, or to the matcher."""
    words = " ".join(event.said.utterance.lower().split()).strip(" ?!.")
    # Before the conversation: a command works while the person talks with a colleague, too.
    verb = content.commands.get(words)
    if verb is not None:
        return (yield from _pressed(replace(event, what=Pressed(verb=verb)), content, verb))
    if event.scope is Scope.PERSONAL:
        session = yield from session_of(event.person_id, event.at)
        if session.talking_in and not (yield from speaker_of(event, content)).person.left:
            return (yield from handoff.talk(event, content, session))
    # After the conversation: words to a colleague may resemble a command.
    meant = _nearly(words, content)
    if meant is not None:
        told = yield from _told_what_was_masked(event, content)
        return (yield from catch_refusal(_pressed(replace(event, what=meant), content, meant.verb))) + told
    return (yield from ask.ask(event, content))


def _told_what_was_masked(event: Event, content: Content) -> Asking[Decision]:
    """Return the message about masked numbers, for answers that do not include it."""
    found = event.said.utterance.found
    if not found:
        return NOTHING
    person = yield from find(Person, event.person_id)
    message = masking(content.texts[person.language if person else Language.NB], found)
    return do(Reply(slot=f"ask/{event.id}/masked", message=message))


def _nearly(words: str, content: Content) -> Pressed | None:
    """Return the command with a typing error, or the program in the question."""
    if len(words) <= LONGEST_COMMAND:
        found = process.extractOne(words, content.commands.keys(), scorer=fuzz.ratio, score_cutoff=NEARLY)
        if found is not None and _may_stand_for(words, found[0], content.commands[found[0]]):
            return Pressed(verb=content.commands[found[0]])
    program = software.named(words, content)
    return Pressed(verb="software.ask", data={"program": program}) if program else None


def _may_stand_for(words: str, command: str, verb: str) -> bool:
    return verb not in SAME_FIRST_WORD or words.partition(" ")[0] == command.partition(" ")[0]


def _unknown(event: Event, content: Content) -> Flow:
    person = yield from find(Person, event.person_id)
    return do(Notice(text=content.texts[person.language if person else Language.NB]("ask.old_card")))


def _nothing(event: Event, content: Content) -> Flow:
    """Ignore a timer of a flow that no longer exists."""
    yield from ()
    return NOTHING
