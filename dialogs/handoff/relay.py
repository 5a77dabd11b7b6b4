"""Relay text and images between the two ends of a handoff."""

from collections.abc import Sequence
from dataclasses import replace

from dialogs.core.article_view import ArticleView
from dialogs.core.decision import Post
from dialogs.core.image import Image
from dialogs.core.message import Message
from dialogs.core.names import name_for
from dialogs.core.query import Asking
from dialogs.core.texts import Texts
from dialogs.handoff import cards
from dialogs.handoff.model import Handoff
from dialogs.handoff.unit_of_work import UnitOfWork


def relay(work: UnitOfWork, handoff: Handoff, by: str, words: str, *, images: Sequence[str]) -> Asking[Handoff]:
    """Relay masked text and images to the other end and restart the idle timer.

    Each image gets its own message. Images that do not, or no longer, belong to ``by`` are left out.
    """
    texts, name = yield from _reader_and_name(work, handoff, by)
    given = yield from attach_images(work, handoff.id, by, images)
    first = cards.relayed_text(texts, handoff, name=name, words=words, image_id=given[0] if given else None)
    more = (cards.relayed_text(texts, handoff, name=name, words="", image_id=image) for image in given[1:])
    return (yield from _post_messages(work, handoff, by, (first, *more), images=given))


def relay_article(work: UnitOfWork, handoff: Handoff, by: str, view: ArticleView) -> Asking[Handoff]:
    """Relay an article in the bot's own layout and restart the idle timer."""
    texts, name = yield from _reader_and_name(work, handoff, by)
    message = cards.relayed_article(texts, handoff, view, name=name)
    return (
        yield from _post_messages(work, replace(handoff, outcome=handoff.outcome.send_article(view.id)), by, (message,))
    )


def _reader_and_name(work: UnitOfWork, handoff: Handoff, by: str) -> Asking[tuple[Texts, str]]:
    """Return the reader's texts and the writer's name for the reader."""
    to = _other_end(handoff, by)
    reader, writer = (yield from work.person(to)), (yield from work.person(by))
    texts = yield from work.texts(to)
    return texts, name_for(reader, writer, texts)


def relay_slot(handoff_id: str, number: int) -> str:
    """Return the slot of a relayed message, the first of which is number 1."""
    return f"handoff/{handoff_id}/said/{number}"


def _other_end(handoff: Handoff, by: str) -> str:
    to = handoff.other_end(by)
    if to is None:
        raise ValueError("only the two ends of an accepted handoff talk")
    return to


def _post_messages(
    work: UnitOfWork, handoff: Handoff, by: str, messages: Sequence[Message], *, images: Sequence[str] = ()
) -> Asking[Handoff]:
    to = _other_end(handoff, by)
    # Numbered through the whole conversation: a message in a used slot would replace an earlier one.
    for number, message in enumerate(messages, start=handoff.chat.messages + 1):
        work.do(Post(to=to, slot=relay_slot(handoff.id, number), message=message, alerts=True))
    deadlines = work.deadlines(handoff.municipality_id)
    by_owner = by == handoff.assignment.owner_id
    # The deadline of the end that has to answer now.
    quiet_for = deadlines.asker_idle if by_owner else deadlines.idle
    chat = handoff.chat.add_messages(len(messages), by=by, at=work.at, by_owner=by_owner, images=tuple(images))
    return (
        yield from work.change(
            replace(
                handoff,
                chat=chat,
                next_at=deadlines.after(work.at, quiet_for),
                changed_at=work.at,
            )
        )
    )


def attach_images(work: UnitOfWork, handoff_id: str, by: str, images: Sequence[str]) -> Asking[tuple[str, ...]]:
    """Attach ``by``'s images to a handoff, which then limits their retention.

    Return the attached ids.

    An image of another handoff stays with that handoff.
    """
    given = yield from own_images(work, by, images, within=handoff_id)
    for image in given:
        work.put(replace(image, handoff_id=handoff_id))
    return tuple(image.id for image in given)


def own_images(work: UnitOfWork, by: str, images: Sequence[str], *, within: str | None) -> Asking[tuple[Image, ...]]:
    """Return the images that belong to ``by``, still exist, and are unattached or in handoff ``within``."""
    own = []
    # Ids come from a card: they may repeat, or be of an image that is deleted or belongs to others.
    for id_ in dict.fromkeys(images):
        image = yield from work.get(Image, id_)
        ours = image is not None and image.person_id == by and image.announcement_id is None
        if image is not None and ours and image.handoff_id in {None, within}:
            own.append(image)
    return tuple(own)
