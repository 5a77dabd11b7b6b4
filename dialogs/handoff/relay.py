"""Words from one end of a handoff to the other."""

from collections.abc import Sequence
from dataclasses import replace

from dialogs.decision import Post
from dialogs.handoff import cards
from dialogs.handoff.model import Handoff
from dialogs.handoff.work import Work, name_of
from dialogs.query import Asking


def relay(work: Work, handoff: Handoff, by: str, words: str, *, images: Sequence[str]) -> Asking[Handoff]:
    """Bring masked words and images of one end to the other, each in a message of its own, and start the clock anew."""
    to = handoff.other_end(by)
    if to is None:
        raise ValueError("only the two ends of an accepted handoff talk")
    texts = yield from work.texts(to)
    writer = yield from work.person(by)
    name = name_of(writer, texts)
    parts: list[tuple[str, str | None]] = [(words, images[0] if images else None)]
    parts += [("", image) for image in images[1:]]
    number = handoff.said
    for text, image in parts:
        number += 1
        message = cards.said(texts, handoff, name=name, words=text, image_id=image)
        work.do(Post(to=to, slot=f"handoff/{handoff.id}/said/{number}", message=message))
    pace = work.pace(handoff.municipality_id)
    quiet_for = pace.asker_idle if by == handoff.owner_id else pace.idle
    return (
        yield from work.change(
            replace(
                handoff,
                said=number,
                last_said_by=by,
                last_said_at=work.at,
                owner_spoke=by == handoff.owner_id,
                turned={**handoff.turned, by: work.at},
                images=(*handoff.images, *images),
                reminders=0,
                next_at=pace.after(work.at, quiet_for),
                changed_at=work.at,
            )
        )
    )
