"""Files in messages: images are fetched and stored, other files are refused with a sentence.

Sources: Microsoft, "Send and receive files through a bot" and "Send and receive media": an image pasted into a message
is served by the connector with the bot's own token; a file is in the person's OneDrive, a host we do not call.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from botbuilder.schema import Activity

from bot.channels.teams.connector import Connector
from bot.images.cleaning import MAX_BYTES
from bot.images.intake import Intake
from bot.ports import Sender
from dialogs.core.cleaning import clean_text
from dialogs.core.event import Attachment, Refusal, Scope
from dialogs.core.image import MAX_AT_ONCE
from knowledge.language.masking import cut

DOWNLOAD: Final = frozenset({"application/vnd.microsoft.teams.file.download.info", "reference"})
NO_FILE: Final = ("text/html", "messagereference", "application/vnd.microsoft.card", "application/vnd.microsoft.teams")
# For all images of a message together: Teams waits about fifteen seconds and then sends the message again.
FETCH_SECONDS: Final = 8.0
MAX_NAME: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file in a message. ``refused`` is set if it is refused without fetching."""

    name: str
    url: str
    refused: Refusal | None = None


class Files:
    """Stores the files of messages. ``who`` returns the id a sender's person has, or will get."""

    def __init__(self, *, connector: Connector, intake: Intake, who: Callable[[Sender], Awaitable[str]]) -> None:
        self._connector = connector
        self._intake = intake
        self._who = who

    async def receive(self, activity: Activity, sender: Sender, *, scope: Scope, app_id: str) -> tuple[Attachment, ...]:
        """Return the files of a message, each stored or refused. Raises StoreUnavailable."""
        files = files_of(activity)
        if not files:
            return ()
        if scope is not Scope.PERSONAL:
            return tuple(
                Attachment(id="", name=file.name, media_type="", size_bytes=0, refused=Refusal.NOT_HERE)
                for file in files
            )
        person_id = await self._who(sender)
        until = asyncio.get_running_loop().time() + FETCH_SECONDS
        return tuple([await self._receive_one(file, person_id, app_id, until) for file in files])

    async def drop(self, sender: Sender, attachments: Sequence[Attachment]) -> None:
        """Delete the files stored for a message that was a repeat. Raises StoreUnavailable."""
        ids = [attachment.id for attachment in attachments if attachment.refused is None]
        if ids:
            await self._intake.drop(await self._who(sender), ids)

    async def _receive_one(self, file: File, person_id: str, app_id: str, until: float) -> Attachment:
        got: bytes | Refusal | None = file.refused
        if got is None:
            try:
                async with asyncio.timeout_at(until):
                    got = await self._connector.fetch(file.url, app_id, most_bytes=MAX_BYTES)
            except TimeoutError:
                got = Refusal.UNAVAILABLE
        if isinstance(got, Refusal):
            return await self._intake.refuse(got, person_id=person_id, name=file.name, size_bytes=0)
        return await self._intake.accept(got, person_id=person_id, name=file.name)


def files_of(activity: Activity) -> list[File]:
    """Return a message's files, without its own text as HTML, cards and quoted messages."""
    files: list[File] = []
    for attachment in activity.attachments or []:
        kind, url = (attachment.content_type or "").lower(), attachment.content_url or ""
        name = cut(clean_text((attachment.name or "").strip()), MAX_NAME)
        if kind in DOWNLOAD:
            files.append(File(name=name, url=url, refused=Refusal.ELSEWHERE))
        elif kind.startswith(NO_FILE) or not url:
            continue
        elif not kind.startswith("image/"):
            files.append(File(name=name, url=url, refused=Refusal.NOT_IMAGE))
        else:
            taken = sum(file.refused is None for file in files)
            files.append(File(name=name, url=url, refused=Refusal.TOO_MANY if taken >= MAX_AT_ONCE else None))
    return files
