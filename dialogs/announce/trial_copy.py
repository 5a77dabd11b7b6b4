"""The copy of an announcement that its announcer gets to try: marked, with buttons that store nothing."""

from dialogs.announce.deliver.message_builder import channel_message, reader_message
from dialogs.announce.model import Announcement
from dialogs.core.content import Content
from dialogs.core.decision import Decision, Post, do
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking, find_each
from dialogs.core.texts import Texts


def trial_slot(announcement: Announcement) -> str:
    """Return the slot of the copy in the announcer's chat."""
    return f"announce/test/{announcement.id}"


def trial_message(texts: Texts, announcement: Announcement, content: Content, *, confirmed: bool = False) -> Message:
    """Return the message, or the channel post, as a reader gets it, marked as a copy to try."""
    if announcement.channels_alone:
        return channel_message(content.texts, announcement, content.organisation, trial=True)
    return reader_message(texts, announcement, content.organisation, confirmed=confirmed, trial=True)


def updated_trials(announcement: Announcement, content: Content, *, gone: bool = False) -> Asking[Decision]:
    """Return the decision that shows the present text in copies to try, or takes them away."""
    people = yield from find_each(Person, (announcement.author_id, *announcement.colleagues))
    return do(
        *(
            Post(
                to=person.id,
                slot=trial_slot(announcement),
                message=None if gone else trial_message(content.texts[person.language], announcement, content),
                only_update=True,
            )
            for person in people.values()
        )
    )
