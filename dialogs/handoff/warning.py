"""Warning an asker before words go to a colleague: what was noticed, one press to edit it, one to send it anyway.

Nothing of a warning is stored but the words, in the draft or among the unsent ones; the helper never sees it.
"""

from collections.abc import Collection, Mapping, Sequence

from dialogs.core import card
from dialogs.core.decision import Post
from dialogs.core.event import Event, Pressed
from dialogs.core.message import Message
from dialogs.core.query import Asking
from dialogs.core.texts import Texts
from dialogs.handoff import cards
from dialogs.handoff.projection import show
from dialogs.handoff.unit_of_work import UnitOfWork
from knowledge.language.concerns import Concern, concerns_in


def sends_anyway(event: Event) -> bool:
    """Tell whether the writer saw the warning about exactly the words they send now."""
    return isinstance(event.what, Pressed) and event.what.text("anyway") == "true"


def warned(
    texts: Texts,
    concerns: Collection[Concern],
    *,
    words: str,
    field: str,
    verb: str,
    handoff_id: str,
    carries: Mapping[str, str],
    drop: card.Element | None = None,
    along: Sequence[card.Element] = (),
) -> Message:
    """Return what was noticed in ``words`` and the ways on: edit, send anyway, and ``drop`` where there is one.

    ``verb`` sends, with edited words in ``field``; ``carries`` goes along with the button that sends them as they are.
    """
    title = texts("handoff.warned.title")
    noticed = [texts(f"handoff.warned.{concern}") for concern in Concern if concern in concerns]
    form = card.card(
        [
            card.write(
                field,
                texts("handoff.preview.label"),
                value=words,
                multiline=True,
                required=texts("handoff.preview.required"),
                most=cards.MOST_LETTERS,
            )
        ],
        [card.press(texts("handoff.preview.send"), verb, primary=True, handoff_id=handoff_id)],
    )
    anyway = card.press(texts("handoff.warned.anyway"), verb, checks=False, handoff_id=handoff_id, anyway="true")
    anyway = {**anyway, "data": {**anyway["data"], **carries}}
    return Message(
        text=" ".join((title, *noticed)),
        card=card.card(
            [
                card.status(title, style="warning"),
                *(card.paragraph(sentence) for sentence in noticed),
                card.quote(words),
                *along,
            ],
            [card.reveal(texts("handoff.warned.edit"), form), anyway, *([drop] if drop else [])],
        ),
    )


def warn_of(work: UnitOfWork, words: str, *, field: str, verb: str, handoff_id: str) -> Asking[bool]:
    """Show the asker a warning about words for an existing handoff; return whether there was reason for one."""
    concerns = frozenset() if sends_anyway(work.event) else concerns_in(words)
    slot = warned_slot(handoff_id)
    if concerns:
        texts = yield from work.actor_texts()
        message = warned(
            texts, concerns, words=words, field=field, verb=verb, handoff_id=handoff_id, carries={field: words}
        )
        show(work, work.event.person_id, slot, message)
    elif isinstance(work.event.what, Pressed) and work.event.what.slot == slot:
        work.do(Post(to=work.event.person_id, slot=slot, message=None, only_update=True))
    return bool(concerns)


def warned_slot(handoff_id: str) -> str:
    """Return where the asker is warned about what they want to add to a handoff."""
    return f"handoff/{handoff_id}/warned"
