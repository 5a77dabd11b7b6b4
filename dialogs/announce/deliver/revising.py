"""Replacement of the text of a sent announcement."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from dialogs.announce.model import Announcement, AnnouncementState, Earlier, Pending, Task, TaskKind

# Earlier texts kept of an incident.
MAX_EARLIER: Final = 10


def revise(old: Announcement, correction: Pending, at: datetime) -> Announcement:
    """Return the announcement with corrected text and a task to deliver it.

    Recipients still waiting get the new text only. An incident keeps its earlier texts.
    """
    again = old.confirm and correction.confirm_again
    # A request to confirm again also reaches those whom an interrupted revision has not asked yet.
    asks = again or any(task.ask_again for task in old.tasks)
    earlier = (*old.earlier, Earlier(wordings=old.wordings, at=old.said_at))[-MAX_EARLIER:]
    new = replace(
        old.corrected_by(correction),
        version=old.version + 1,
        # Buttons of cards that show the earlier text no longer apply.
        edition=old.edition + 1,
        earlier=earlier if old.incident else old.earlier,
        # Earlier confirmations keep counting, unless the author asks for new ones.
        confirm_since=old.version + 1 if again else old.confirm_since,
        # The request has a slot of its own, so that it arrives as a new message.
        chases=old.chases + again,
        pending=None,
        # A running revision starts again from the first recipient, with the newest text.
        tasks=(
            Task(kind=TaskKind.REVISE, ask_again=asks),
            *(task for task in old.tasks if task.kind is not TaskKind.REVISE),
        ),
    )
    return restarted(new, at).noted("updated" if old.incident else "corrected", correction.by, at)


def restarted(announcement: Announcement, at: datetime) -> Announcement:
    """Return the announcement as sending again, with a restarted clock."""
    sending = (
        announcement if announcement.state is AnnouncementState.SENDING else announcement.to(AnnouncementState.SENDING)
    )
    return replace(sending, started_at=at)
