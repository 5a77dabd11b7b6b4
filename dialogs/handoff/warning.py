"""Warn authors before a message goes to a colleague, with buttons to edit or send anyway.

Only the message itself is stored (as a draft or unsent message), never the warning; the other end never sees it.
"""

from collections.abc import Collection, Mapping, Sequence

from dialogs.core import card
from dialogs.core.decision import Post
from dialogs.core.event import Pressed
from dialogs.core.message import Message
from dialogs.core.query import Asking
from dialogs.core.review import REVIEWED, fingerprint, is_confirmed, noticed, reasons_to_warn
from dialogs.core.texts import Texts
from dialogs.handoff import cards
from dialogs.handoff.model import Handoff
from dialogs.handoff.projection import reply_or_post
from dialogs.handoff.unit_of_work import UnitOfWork
from dialogs.handoff.views import unit_name
from knowledge.language.concerns import Concern


def warning_message(
    texts: Texts,
    concerns: Collection[Concern],
    *,
    words: str,
    field: str,
    verb: str,
    handoff_id: str,
    carries: Mapping[str, str],
    recipients: Sequence[str],
    drop: card.Element | None = None,
    along: Sequence[card.Element] = (),
) -> Message:
    """Return the warning about ``words`` with its actions: edit, send anyway, and ``drop`` if given.

    ``verb`` sends; the edited text is in ``field``. ``carries`` is added to the data of the "send anyway" button.
    ``recipients`` are sentences on the readers and the data shown to them.
    """
    title = texts("warned.title")
    sentences = noticed(texts, concerns)
    form = card.card(
        [cards.question_field(texts, words, name=field)],
        [card.press(texts("handoff.preview.send"), verb, primary=True, handoff_id=handoff_id)],
    )
    anyway = card.press(texts("warned.anyway"), verb, checks=False, handoff_id=handoff_id)
    anyway = {**anyway, "data": {**anyway["data"], REVIEWED: fingerprint({field: words}), **carries}}
    return Message(
        text=" ".join((title, *sentences, *recipients)),
        card=card.card(
            [
                card.status(title, style="warning"),
                *map(card.paragraph, sentences),
                card.quote(words),
                *map(card.paragraph, recipients),
                *along,
            ],
            [card.reveal(texts("warned.edit"), form), anyway, *([drop] if drop else [])],
        ),
    )


def recipients_of_question(texts: Texts, unit: str) -> tuple[str, ...]:
    """Return sentences on recipients of a question from ``unit``, and the data they see."""
    return texts("handoff.preview.whom", unit=unit), texts("handoff.preview.seen", unit=unit)


def warn_about(work: UnitOfWork, words: str, *, field: str, verb: str, handoff: Handoff) -> Asking[bool]:
    """Warn the asker about text for an existing handoff.

    Return whether there was a concern.
    """
    concerns = frozenset() if is_confirmed(work.event, {field: words}) else reasons_to_warn(words)
    slot = warned_slot(handoff.id)
    if concerns:
        texts = yield from work.actor_texts()
        message = warning_message(
            texts,
            concerns,
            words=words,
            field=field,
            verb=verb,
            handoff_id=handoff.id,
            carries={field: words},
            recipients=recipients_of_question(texts, unit_name(work.content, handoff.unit_id, texts)),
        )
        reply_or_post(work, work.event.person_id, slot, message)
    elif isinstance(work.event.what, Pressed) and work.event.what.slot == slot:
        work.do(Post(to=work.event.person_id, slot=slot, message=None, only_update=True))
    return bool(concerns)


def warned_slot(handoff_id: str) -> str:
    """Return the slot of the warning about an addition to a handoff."""
    return f"handoff/{handoff_id}/warned"
