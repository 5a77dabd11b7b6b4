"""Metadata of an uploaded image.

The bytes are stored elsewhere and deleted with this record.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Final

from dialogs.core.data_rules import DataRules, Purpose, month_term
from dialogs.core.decision import Audit, Decision, do
from dialogs.core.event import Attachment, Event, Refusal
from dialogs.core.person import is_guest_id
from dialogs.core.texts import Texts
from knowledge.organisation.unit import PersonId

# Search term of the unattached images of all guests.
LOOSE_OF_GUESTS: Final = "loose:guests"
# Maximum number of images in one message.
MAX_AT_ONCE: Final = 4
# Maximum number of images in a handoff, from both ends. Each is kept as long as the handoff.
MAX_IN_HANDOFF: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image uploaded by ``person_id``.

    It is visible to the other end of ``handoff_id``, or to readers of ``announcement_id`` and its copies. Without
    either it is unattached: uploaded, but not part of a question yet. Unattached images are deleted early.
    """

    KIND: ClassVar[str] = "image"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="20 unsent and 200 in all; guests 40 unsent from one address, 400 together; 40 in one handoff",
        months=12,
        dated="at",
    )

    id: Annotated[str, Purpose.ORDER]
    person_id: Annotated[PersonId, Purpose.ORDER]
    handoff_id: Annotated[str | None, Purpose.ORDER] = None
    announcement_id: Annotated[str | None, Purpose.ORDER] = None
    media_type: Annotated[str, Purpose.HELP]
    size_bytes: Annotated[int, Purpose.HELP]
    at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
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
        """Whether it is attached to nothing, so only the uploader has seen it."""
        return self.handoff_id is None and self.announcement_id is None


def loose_of(person_id: str) -> str:
    """Return the search term of a person's unattached images."""
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
    """Return audit entries for the refused files of a message: reason and size."""
    return do(
        *(
            Audit(
                act="file.refused",
                subject=event.id,
                by=event.person_id,
                details=(("reason", attachment.refused), ("bytes", str(attachment.size_bytes))),
                repeatable=True,
            )
            for attachment in event.said.attachments
            if attachment.refused is not None
        )
    )


def why_refused(texts: Texts, attachments: Sequence[Attachment]) -> str | None:
    """Return the text why attachments cannot be relayed; None if all can."""
    refused = [attachment for attachment in attachments if attachment.refused is not None]
    if not refused:
        return None
    names = ", ".join(attachment.name[:60] for attachment in refused)
    return texts(_SENTENCES[refused[0].refused or Refusal.NOT_IMAGE], names=names, number=MAX_AT_ONCE)
