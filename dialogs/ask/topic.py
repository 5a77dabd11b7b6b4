"""What a reply to the card of a program, the ambassadors, the courses or a deletion stands for."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from dialogs.ambassadors.finding import MINE, PLACE, read_place
from dialogs.core.content import Content
from dialogs.core.event import Event, Pressed, Scope
from dialogs.core.query import Asking
from dialogs.core.session import Session, TopicKind
from dialogs.rollout.classroom.enrolling import SHOW, picked_reply
from dialogs.rollout.software.apply.flow import APPLY
from dialogs.rollout.software.lookup.offering import has_any
from knowledge.language.assent import Assent
from knowledge.language.clauses import asks, begins_question
from knowledge.language.emergency import emergency_in
from knowledge.language.text import words
from knowledge.matching.followup import says_still

# How long a reply refers to the last question or card.
PENDING_FOR: Final = timedelta(hours=1)
# Words of a reply; a longer message names its own subject.
_LONGEST: Final = 8
_LONGEST_PURPOSE: Final = 30
# Words among which a reply says that it is a purpose.
_OPENING: Final = 5


def topic_press(said: Assent | None, event: Event, session: Session, content: Content) -> Asking[Pressed | None]:
    """Return the press that a reply to the last card stands for, if any.

    Args:
        said: what the whole message says, if it is no more than yes, no or a place in a list.
    """
    topic, utterance = session.topic, event.said.utterance
    if emergency_in(utterance) is not None:
        return None
    if topic is None or event.scope is not Scope.PERSONAL or event.at - session.changed_at > PENDING_FOR:
        return None
    match topic.kind:
        case TopicKind.ERASURE if said is Assent.NO:
            return Pressed(verb="privacy.keep")
        case TopicKind.ERASURE if said is Assent.YES:
            # Only a press deletes.
            return Pressed(verb="privacy.press_erase")
        case TopicKind.PROGRAM if (reason := _reason_to_apply(said, utterance, content)) is not None:
            return Pressed(verb=APPLY, data={"program": topic.offered, "use": topic.use, **reason})
        case TopicKind.AMBASSADORS if _has_both(utterance, content, "ask.reply.person", "ask.reply.present"):
            return Pressed(verb=MINE, data={PLACE: topic.offered} if topic.offered else {})
        case TopicKind.AMBASSADORS if _is_reply(utterance) and PLACE in (named := read_place(utterance, content, None)):
            # "Furuheim bofellesskap" after "hvem er superbruker hos oss".
            return Pressed(verb=MINE, data=named)
        case TopicKind.COURSES if _has_both(utterance, content, "ask.reply.courses", "ask.reply.held"):
            return Pressed(verb=SHOW, data={"words": utterance})
        case TopicKind.COURSES if topic.offered and _is_reply(utterance):
            return (yield from picked_reply(utterance, topic.offered, event.at))
    return None


def _is_reply(utterance: str) -> bool:
    """Return whether a message is short and asks nothing itself, or names a day: "nei, 12. passer ikke"."""
    said = words(utterance)
    own = "?" in utterance or begins_question(utterance) or says_still(utterance)
    return len(said) <= _LONGEST and not own and (not asks(utterance) or any(word.isdigit() for word in said))


def _reason_to_apply(said: Assent | None, utterance: str, content: Content) -> Mapping[str, str] | None:
    """Return the reason to apply that a reply gives, which may be empty.

    None: the reply does not ask to apply.
    """
    if said is Assent.YES or (said is None and _ends_with_wish(utterance, content)):
        return {}
    purpose = said is None and len(words(utterance)) <= _LONGEST_PURPOSE and "?" not in utterance
    # "Får ikke åpnet Teams, trenger det til møtet" names its own subject first.
    opening = " ".join(words(utterance)[:_OPENING])
    return {"reason": utterance} if purpose and has_any(opening, content, "ask.reply.purpose") else None


def _ends_with_wish(utterance: str, content: Content) -> bool:
    """Return whether a short message ends with a wish to apply.

    "Jeg vil søke om ferie" does not.
    """
    line = words(utterance.lower())
    wishes = (phrase for texts in content.texts.values() for phrase in texts.phrases("ask.reply.apply"))
    return len(line) <= _LONGEST and any(f" {' '.join(line)}".endswith(f" {phrase}") for phrase in wishes)


def _has_both(utterance: str, content: Content, who: str, what: str) -> bool:
    """Return whether a short message asks this about what was shown."""
    return len(words(utterance)) <= _LONGEST and has_any(utterance, content, who) and has_any(utterance, content, what)
