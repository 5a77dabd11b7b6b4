"""Images in Teams: inline if small enough, otherwise a note and a link.

Source: Microsoft, "Send and receive media" (1024 × 1024 pixels, 1 MB); a data URI shows in cards as well
(MicrosoftDocs/msteams-docs issue 9161, 2023-08-09).
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from bot.images.cleaning import shrink
from bot.images.intake import Intake
from bot.ports import StoredImage
from bot.report.files import Reports
from dialogs.core.texts import Texts
from dialogs.teams_membership.model import CHANNEL

MAX_INLINE_BYTES: Final = 60_000
_MAX_SHRUNK: Final = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image in a message.

    ``data_uri`` is empty when only the note is shown; ``note`` is empty for a whole image.

    ``alt`` is the alternative text.
    """

    data_uri: str = ""
    alt: str = ""
    note: str = ""


class TeamsImages:
    """Renders images for recipients.

    ``texts_of`` returns the sentences in a person's language. ``link`` makes a sign-in link to the web page, where the
    image is shown in full size; it is None where people cannot reach that page, or may not sign in. ``reports``
    provides the files of an announcement's report.
    """

    def __init__(
        self,
        *,
        intake: Intake,
        texts_of: Callable[[str], Awaitable[Texts]],
        link: Callable[[str], Awaitable[str | None]] | None,
        reports: Reports | None = None,
    ) -> None:
        self._intake = intake
        self._texts_of = texts_of
        self._link = link
        self._reports = reports
        self._shrunk: dict[str, _ShrunkImage] = {}
        self._making = asyncio.Lock()

    async def image_for(self, recipient: str, image_id: str) -> Picture:
        """Return the image for ``recipient`` in Teams. Raises StoreUnavailable."""
        texts = await self._texts_of(recipient)
        made = await self._shrink(image_id) if await self._intake.has(image_id) else None
        if made is None:
            return Picture(note=texts("handoff.image.gone"))
        if made.data_uri and made.whole:  # no link unless needed: each is a write
            return Picture(data_uri=made.data_uri, alt=texts("web.card.image"))
        url = await self._link_for(recipient)
        on_page = texts("handoff.image.on_page", url=url) if url is not None else ""
        if not made.data_uri:
            return Picture(note=f"{texts('handoff.image.too_heavy')} {on_page or texts('handoff.image.describe')}")
        note = f"{texts('handoff.image.reduced')} {on_page}".strip()
        return Picture(data_uri=made.data_uri, alt=texts("web.card.image"), note=note)

    async def report(self, recipient: str, report_id: str) -> Picture:
        """Return the report's chart for ``recipient`` in Teams, and where to find the table. Raises StoreUnavailable.

        In Teams, a bot can send files only through the reader's own OneDrive, for which it has no permission.
        """
        texts = await self._texts_of(recipient)
        report = await self._reports.visible_report(recipient, report_id) if self._reports is not None else None
        if report is None:
            return Picture()
        url = await self._link_for(recipient)
        note = (
            texts("announce.report.on_page", url=url)
            if url is not None
            else texts("announce.report.from_operator", id=report_id)
        )
        drawn = await report.drawing()
        if drawn is None:
            return Picture(note=note)
        made = _ShrunkImage.from_image(drawn, whole=True)
        return Picture(data_uri=made.data_uri, alt=texts("web.report.plot"), note=note)

    async def calendar_note(self, recipient: str, *, ends: bool) -> Picture:
        """Return where ``recipient`` finds a calendar file: on the web page. Raises StoreUnavailable."""
        url = await self._link_for(recipient)
        texts = await self._texts_of(recipient)
        label = texts("web.calendar.remove" if ends else "web.calendar.download")
        return Picture() if url is None else Picture(note=f"[{label}]({url})")

    async def _link_for(self, recipient: str) -> str | None:
        if self._link is None or recipient.startswith(("conversation:", CHANNEL)):
            return None  # a link signs in one person, so it must not appear in front of others
        return await self._link(recipient)

    async def _shrink(self, image_id: str) -> "_ShrunkImage | None":
        """Return the shrunk image, made once for all recipients; the last few are cached."""
        async with self._making:
            if image_id not in self._shrunk:
                image = await self._intake.get(image_id)
                if image is None:
                    return None
                small = await asyncio.to_thread(shrink, image, most_bytes=MAX_INLINE_BYTES)
                self._shrunk[image_id] = _ShrunkImage.from_image(small, whole=small is image)
                while len(self._shrunk) > _MAX_SHRUNK:
                    del self._shrunk[next(iter(self._shrunk))]
            return self._shrunk[image_id]


@dataclass(frozen=True, slots=True, kw_only=True)
class _ShrunkImage:
    """A shrunk image, the same for all recipients.

    ``data_uri`` is empty when it stays too large.
    """

    data_uri: str = ""
    whole: bool = False

    @classmethod
    def from_image(cls, small: StoredImage | None, *, whole: bool) -> "_ShrunkImage":
        if small is None:
            return cls()
        data = base64.b64encode(small.body).decode()
        return cls(data_uri=f"data:{small.media_type};base64,{data}", whole=whole)
