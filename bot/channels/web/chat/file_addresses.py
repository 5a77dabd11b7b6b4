"""Addresses of the files that the chat hands out, signed for one person: images, reports, calendar files."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from bot.channels.web.signin.signer import Signer
from dialogs.core.message import Message

_IMAGE: Final = "image"
_REPORT: Final = "report"
_CALENDAR: Final = "calendar"


def image_address(signer: Signer, person_id: str, image_id: str) -> str:
    """Return the address of an image for ``person_id``. It is signed, and useless to other people."""
    return f"/chat/images/{image_id}?mark={signer.signature(_IMAGE, f'{person_id}/{image_id}')}"


def is_image_signature(signer: Signer, person_id: str, image_id: str, mark: str) -> bool:
    """Return whether ``signature`` was made for this person and image."""
    return signer.is_signature(_IMAGE, f"{person_id}/{image_id}", mark)


def report_addresses(signer: Signer, person_id: str, report_id: str, *, shown_at: str) -> Mapping[str, str]:
    """Return the addresses of a report's files for ``person_id``. A report shown later has other addresses."""
    query = f"at={quote(shown_at)}&mark={signer.signature(_REPORT, f'{person_id}/{report_id}')}"
    return {name: f"/chat/reports/{report_id}.{ending}?{query}" for name, ending in (("table", "csv"), ("plot", "svg"))}


def is_report_signature(signer: Signer, person_id: str, report_id: str, mark: str) -> bool:
    """Return whether ``signature`` was made for this person and report."""
    return signer.is_signature(_REPORT, f"{person_id}/{report_id}", mark)


def calendar_file(signer: Signer, person_id: str, message: Message) -> Mapping[str, Any] | None:
    """Return the address of a message's calendar file for ``person_id``, and whether it cancels; None without one."""
    session_id = message.calendar_of
    if session_id is None:
        return None
    mark = signer.signature(_CALENDAR, f"{person_id}/{session_id}")
    return {"url": f"/chat/calendar/{session_id}.ics?mark={mark}", "ends": message.calendar_ends}


def is_calendar_signature(signer: Signer, person_id: str, session_id: str, mark: str) -> bool:
    """Return whether ``signature`` was made for this person and classroom session."""
    return signer.is_signature(_CALENDAR, f"{person_id}/{session_id}", mark)
