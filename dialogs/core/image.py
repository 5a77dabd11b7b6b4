"""What is known of an image somebody sent. Its bytes lie elsewhere and are gone when this record is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from dialogs.core.decision import Audit, Decision, do
from dialogs.core.event import Attachment, Event, Refusal
from dialogs.core.month import month_term
from dialogs.core.person import is_guest_id
from dialogs.core.texts import Texts

LOOSE_OF_GUESTS: Final = "loose:guests"
"""Term of the loose images of all guests."""
MOST_AT_ONCE: Final = 4
"""Images one message may bring."""
MOST_IN_HANDOFF: Final = 40
"""Images both ends of a handoff may send each other; each is kept as long as the handoff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image of ``person_id``, shown to the other end of ``handoff_id`` alone, or to readers of ``announcement_id``
    and of its copies.

    Without either it is loose: sent, or about to be, and nobody's question yet. Loose ones do not live long.
    """

    KIND: ClassVar[str] = "image"
    SCHEMA: ClassVar[int] = 1

    id: str
    person_id: str
    handoff_id: str | None = None
    announcement_id: str | None = None
    media_type: str
    size_bytes: int
    at: datetime

    def terms(self) -> Iterable[str]:
        """Return the words it is found by."""
        yield f"person:{self.person_id}"
        yield month_term(self.at)
        if self.handoff_id is not None:
            yield f"handoff:{self.handoff_id}"
        if self.announcement_id is not None:
            yield f"announcement:{self.announcement_id}"
        if self.loose:
            yield from ("loose", loose_of(self.person_id))
            if is_guest_id(self.person_id):
                yield LOOSE_OF_GUESTS

    @property
    def loose(self) -> bool:
        """Whether nobody has been shown it."""
        return self.handoff_id is None and self.announcement_id is None


def loose_of(person_id: str) -> str:
    """Return the term of a person's loose images."""
    return f"loose:{person_id}"


_SENTENCES: Final[Mapping[Refusal, str]] = {
    Refusal.NOT_IMAGE: "handoff.talk.not_image",
    Refusal.TOO_LARGE: "handoff.talk.not_image",
    Refusal.TOO_MANY: "handoff.image.too_many",
    Refusal.ELSEWHERE: "handoff.image.elsewhere",
    Refusal.NOT_HERE: "handoff.image.not_here",
    Refusal.UNAVAILABLE: "handoff.image.unavailable",
}


def refused_files(event: Event) -> Decision:
    """Return the entries of the audit log for the files of an utterance that were not taken: why, and how large."""
    return do(
        *(
            Audit(
                act="file.refused",
                subject=event.id,
                by=event.person_id,
                details=(("reason", each.refused), ("bytes", str(each.size_bytes))),
                repeatable=True,
            )
            for each in event.said.attachments
            if each.refused is not None
        )
    )


def why_refused(texts: Texts, attachments: Sequence[Attachment]) -> str | None:
    """Return the sentence why attachments cannot be passed on; None when all can."""
    refused = [each for each in attachments if each.refused is not None]
    if not refused:
        return None
    names = ", ".join(each.name[:60] for each in refused)
    return texts(_SENTENCES[refused[0].refused or Refusal.NOT_IMAGE], names=names, number=MOST_AT_ONCE)
