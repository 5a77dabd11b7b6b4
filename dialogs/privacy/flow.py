"""Show, export and delete personal data, for the actor only.

Another person cannot be selected.
"""

from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import Audit, Decision, Post, Reply, do
from dialogs.core.event import ChannelName, Event, Scope
from dialogs.core.feature import Feature, Verbs
from dialogs.core.message import Message
from dialogs.core.query import Flow
from dialogs.core.speaker import answer, speaker_of
from dialogs.privacy import cards, retention
from dialogs.privacy.erasing import erase
from dialogs.privacy.export import MOST_CHARACTERS, besides_of, exported, parts
from dialogs.privacy.found import held_of
from dialogs.privacy.notice import notice


def show(event: Event, world: Content) -> Flow:
    """Show the number of stored records per kind."""
    speaker = yield from speaker_of(event, world)
    held = yield from held_of(event.person_id)
    return answer(event, "privacy", cards.mine(speaker.texts, speaker.person, held), speaker.texts)


def show_notice(event: Event, world: Content) -> Flow:
    """Show the privacy notice of the actor's municipality."""
    speaker = yield from speaker_of(event, world)
    sections = notice(speaker.texts, world.organisation, speaker.person.municipality_id)
    return answer(event, "privacy/notice", cards.notice(speaker.texts, sections), speaker.texts)


def export(event: Event, world: Content) -> Flow:
    """Export all data as JSON: in one message on the web, otherwise in as many as needed."""
    speaker = yield from speaker_of(event, world)
    held = yield from held_of(event.person_id)
    most = None if event.channel is ChannelName.WEB else MOST_CHARACTERS
    besides = besides_of(speaker.person, speaker.texts)
    chunks = list(parts(exported(held, of=event.person_id, at=event.at, besides=besides), most=most))
    messages = [
        cards.export_part(speaker.texts, chunk, number=number, of=len(chunks))
        for number, chunk in enumerate(chunks, start=1)
    ]
    records = sum(len(found.records) for found in held)
    act = Audit(
        act="privacy.exported",
        subject=event.person_id,
        by=event.person_id,
        details=(("records", str(records)),),
        repeatable=True,
    )
    return do(act) + _all(event, messages)


def ask(event: Event, world: Content) -> Flow:
    """Ask for confirmation before deletion."""
    speaker = yield from speaker_of(event, world)
    held = yield from held_of(event.person_id)
    holdings = [found.holding for found in held if found.records]
    return answer(event, "privacy", cards.confirm(speaker.texts, speaker.person, holdings), speaker.texts)


def erase_now(event: Event, world: Content) -> Flow:
    """Delete all data of the actor that need not be retained."""
    speaker = yield from speaker_of(event, world)
    gone = yield from erase(event, world, speaker.person)
    return gone + answer(event, "privacy", cards.erased(speaker.texts, speaker.person), speaker.texts)


def _all(event: Event, messages: list[Message]) -> Decision:
    """Send messages in order, always to the person's own chat."""
    slots = [f"privacy/{event.id}/{number}" for number in range(1, len(messages) + 1)]
    if event.scope is Scope.PERSONAL:
        return do(*(Reply(slot=slot, message=message) for slot, message in zip(slots, messages, strict=True)))
    return do(
        *(Post(to=event.person_id, slot=slot, message=message) for slot, message in zip(slots, messages, strict=True))
    )


VERBS: Final[Verbs] = {
    "privacy.show": show,
    "privacy.notice": show_notice,
    "privacy.export": export,
    "privacy.erase": ask,
    "privacy.erase_now": erase_now,
}
TIMERS: Final[Verbs] = {retention.VERB: retention.retain}
FEATURE: Final = Feature(verbs=VERBS, timers=TIMERS, answers=("privacy", "notice"))
