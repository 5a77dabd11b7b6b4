"""Show, export and delete personal data, for the actor only.

Another person cannot be selected.
"""

from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import Audit, do
from dialogs.core.event import Event
from dialogs.core.feature import Feature, Verbs
from dialogs.core.fresh_proof import WithFreshProof
from dialogs.core.message import Message
from dialogs.core.query import Flow
from dialogs.core.review import Exempt, ReviewGround
from dialogs.core.session import Topic, TopicKind, keep_topic
from dialogs.core.speaker import answer, speaker_of
from dialogs.privacy import cards, officer, requests, retention
from dialogs.privacy.erasing import erase
from dialogs.privacy.export import export_messages, sent_to_own_chat
from dialogs.privacy.notice import notice
from dialogs.privacy.officer import is_officer
from dialogs.privacy.own_data import held_of
from dialogs.privacy.report import task_ground


def show_my_data(event: Event, content: Content) -> Flow:
    """Show the number of stored records per kind."""
    speaker = yield from speaker_of(event, content)
    held = yield from held_of(event.person_id)
    downloads = content.channels.of(event.channel).downloads
    employer = content.organisation.municipalities.get(speaker.person.municipality_id or "")
    ground = task_ground(speaker.texts, () if employer is None else (employer,))
    message = cards.my_data(speaker.texts, speaker.person, held, ground=ground, downloads=downloads)
    return answer(event, "privacy", message, speaker.texts)


def show_notice(event: Event, content: Content) -> Flow:
    """Show the privacy notice of the actor's municipality."""
    speaker = yield from speaker_of(event, content)
    sections = notice(speaker.texts, content.organisation, speaker.person.municipality_id)
    return answer(event, "privacy/notice", cards.notice(speaker.texts, sections), speaker.texts)


def show_officer(event: Event, content: Content) -> Flow:
    """Show the officer's page to an officer, and to others who theirs is, with the way to the notice."""
    speaker = yield from speaker_of(event, content)
    if is_officer(speaker.person):
        return (yield from officer.show(event, content))
    [responsible, *_] = notice(speaker.texts, content.organisation, speaker.person.municipality_id)
    return answer(event, "privacy/notice", cards.responsible(speaker.texts, responsible), speaker.texts)


def export(event: Event, content: Content) -> Flow:
    """Export all data as JSON, in as many messages as the channel needs."""
    speaker = yield from speaker_of(event, content)
    messages, records = yield from export_messages(event, content, speaker.texts, speaker.person)
    act = Audit(
        act="privacy.exported",
        subject=event.person_id,
        by=event.person_id,
        details=(("records", str(records)),),
        about_person=True,
        repeatable=True,
    )
    return do(act) + sent_to_own_chat(event, "privacy", messages)


def confirm_erasure(event: Event, content: Content) -> Flow:
    """Ask for confirmation before deletion."""
    speaker = yield from speaker_of(event, content)
    held = yield from held_of(event.person_id)
    holdings = [held_data.holding for held_data in held if held_data.records]
    kept = yield from keep_topic(event, Topic(kind=TopicKind.ERASURE))
    return kept + answer(event, "privacy", cards.confirm(speaker.texts, speaker.person, holdings), speaker.texts)


def keep_data(event: Event, content: Content) -> Flow:
    """Say that nothing was deleted, after "no" to the confirmation."""
    speaker = yield from speaker_of(event, content)
    return answer(event, "privacy", Message.plain(speaker.texts("privacy.kept")), speaker.texts)


def press_erase(event: Event, content: Content) -> Flow:
    """Point to the button of the confirmation, after "yes" to it."""
    speaker = yield from speaker_of(event, content)
    return answer(event, "privacy", Message.plain(speaker.texts("privacy.press_erase")), speaker.texts)


def erase_now(event: Event, content: Content) -> Flow:
    """Delete all data of the actor that need not be retained."""
    speaker = yield from speaker_of(event, content)
    erasure = yield from erase(event, content, speaker.person)
    message = cards.erased(speaker.texts, speaker.person, erasure.receipt)
    return erasure.decision + answer(event, "privacy", message, speaker.texts)


VERBS: Final[Verbs] = {
    "privacy.show": show_my_data,
    "privacy.notice": show_notice,
    "privacy.officer": show_officer,
    "privacy.export": export,
    "privacy.erase": confirm_erasure,
    "privacy.keep": keep_data,
    "privacy.press_erase": press_erase,
    "privacy.erase_now": WithFreshProof(erase_now),
    **officer.VERBS,
    **requests.VERBS,
}
TIMERS: Final[Verbs] = {retention.VERB: retention.retain, **requests.TIMERS}
FEATURE: Final = Feature(
    open_until_removal=("privacy.",),
    verbs=VERBS,
    timers=TIMERS,
    answers=("privacy", "notice", "officer"),
    exempt={"officer.person": Exempt(ReviewGround.SEARCH)},
    closed_to_leavers=("officer.",),
)
