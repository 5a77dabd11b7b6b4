"""The last look at a saved draft before it is sent, and the sentence about what an act on it has done."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from dialogs.announce.cards import handle, link_gaps, send_label
from dialogs.announce.compose.counting import needs_approval
from dialogs.announce.deliver.message_builder import last_day
from dialogs.announce.model import Announcement, AnnouncementState
from dialogs.announce.views.composer import Reach, draft_for, reach_of
from dialogs.announce.views.details import Preview, previews
from dialogs.announce.views.reader import announcement_for
from dialogs.core.query import Asking
from dialogs.core.texts import Texts
from dialogs.core.viewer import Viewer

SAVE: Final = "announce.preview"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePage:
    """A saved draft as it would be sent.

    Attributes:
        data: of every button: id and edition, so that no other edition is sent.
        facts: pairs of name and value.
        waits: another person approves it first.
        go: the label of the button that sends, with the number of recipients.
        why: the reason when it cannot be sent, as a sentence; empty when it can.
        counting: the recipients are being counted.
    """

    id: str
    title: str
    data: Mapping[str, str]
    facts: tuple[tuple[str, str], ...]
    reach: Reach
    previews: tuple[Preview, ...]
    warnings: tuple[str, ...]
    waits: bool
    go: str
    why: str
    counting: bool


def release_page(viewer: Viewer, id_: str) -> Asking[ReleasePage | None]:
    """Return the saved draft as it would be sent; None for one that is not written yet. Raises EventRefused."""
    draft, _ = yield from draft_for(viewer, id_)
    if not draft.wordings or draft.state is not AnnouncementState.DRAFT:
        return None
    reach = yield from reach_of(viewer, draft)
    waits = needs_approval(draft, viewer.content)
    return ReleasePage(
        id=draft.id,
        title=draft.wording(viewer.texts.language).title,
        data={name: str(value) for name, value in handle(draft).items()},
        facts=_facts(viewer.texts, draft),
        reach=reach,
        previews=previews(viewer, draft),
        warnings=tuple(_warnings(viewer.texts, draft)),
        waits=waits,
        go=send_label(viewer.texts, draft, waits=waits),
        why=_why_not(viewer.texts, draft),
        counting=draft.counts is None,
    )


def said_after(viewer: Viewer, id_: str, *, verb: str) -> Asking[str]:
    """Return the sentence about what ``verb`` has just done to the announcement. Raises EventRefused."""
    _, announcement = yield from announcement_for(viewer, id_)
    texts = viewer.texts
    if verb == SAVE or not announcement.history:
        return texts("announce.done.saved")
    act = announcement.history[-1].act
    if act == "scheduled" and announcement.scheduled_at is not None:
        return texts("announce.done.scheduled", moment=texts.moment(announcement.scheduled_at))
    return texts(f"announce.done.{act}")


def _facts(texts: Texts, draft: Announcement) -> tuple[tuple[str, str], ...]:
    pairs = [(texts("announce.form.severity"), texts(f"announce.severity.{draft.severity}"))]
    if draft.expires_at is not None:
        pairs.append((texts("announce.form.expires"), texts.day(last_day(draft.expires_at))))
    ticked = {"confirm": draft.confirm, "incident": draft.incident, "joiners": draft.joiners}
    pairs += [(texts(f"announce.form.{name}"), texts("audit.yes")) for name, on in ticked.items() if on]
    return tuple(pairs)


def _warnings(texts: Texts, draft: Announcement) -> Iterator[str]:
    yield from link_gaps(texts, draft)
    if draft.image_id is not None and not draft.image_alt:
        yield texts("desk.announcements.no_alt")


def _why_not(texts: Texts, draft: Announcement) -> str:
    if draft.counts is None:
        return texts("announce.refuse.counting")
    return texts("announce.fault.empty") if not draft.counts.people and not draft.channels else ""
