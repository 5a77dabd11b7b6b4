"""Render messages and images for Teams: plain dicts, ready for JSON.

Sources: Microsoft, "Format your bot messages" (2025-11-03: about 100 KB a message in UTF-16, stay under 80 KB),
"Send suggested actions" (not together with attachments), "Notifications" (channelData.notification.alert). Teams turns
several attachments into several messages, returns no id for them and refuses to update them (MicrosoftDocs/msteams-docs
issue 1646), so there is only one attachment.
"""

import asyncio
import base64
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.channels.teams.target import ConversationTarget
from bot.images.cleaning import shrink
from bot.images.intake import Intake
from bot.ports import StoredImage
from bot.report.files import Reports, plan_png
from dialogs.core.message import Card, Message
from dialogs.core.texts import Texts, beginning_of
from dialogs.rollout.timeline.picture import PlanPicture
from dialogs.teams_membership.model import CHANNEL

# Images in Teams: inline if small enough, otherwise a note and a link.

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
    provides the files of an announcement's report, ``plan_of`` the picture of what the plan has for a person.
    """

    def __init__(
        self,
        *,
        intake: Intake,
        texts_of: Callable[[str], Awaitable[Texts]],
        link: Callable[[str], Awaitable[str | None]] | None,
        reports: Reports | None = None,
        plan_of: Callable[[str], Awaitable[PlanPicture | None]] | None = None,
    ) -> None:
        self._intake = intake
        self._texts_of = texts_of
        self._link = link
        self._reports = reports
        self._plan_of = plan_of
        self._shrunk: dict[str | PlanPicture, _ShrunkImage] = {}
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

    async def plan(self, recipient: str) -> Picture:
        """Return the picture of the plan for ``recipient``; empty in a chat of several. Raises StoreUnavailable."""
        if self._plan_of is None or _is_shared(recipient):
            return Picture()
        plan = await self._plan_of(recipient)
        if plan is None:
            return Picture()
        async with self._making:
            # The same for all people of a unit.
            made = self._shrunk.get(plan)
            if made is None:
                small = await asyncio.to_thread(_drawn_plan, plan)
                made = self._cached(plan, _ShrunkImage.from_image(small, whole=True))
        return Picture(data_uri=made.data_uri, alt=f"{plan.title}. {plan.as_of} {plan.description}")

    async def _link_for(self, recipient: str) -> str | None:
        if self._link is None or _is_shared(recipient):
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
                self._cached(image_id, _ShrunkImage.from_image(small, whole=small is image))
            return self._shrunk[image_id]

    def _cached(self, key: str | PlanPicture, made: "_ShrunkImage") -> "_ShrunkImage":
        """Cache a made image by the id of its source, or by the drawn plan; the oldest goes."""
        self._shrunk[key] = made
        while len(self._shrunk) > _MAX_SHRUNK:
            del self._shrunk[next(iter(self._shrunk))]
        return made


def _is_shared(recipient: str) -> bool:
    """Return whether several people read what ``recipient`` gets."""
    return recipient.startswith(("conversation:", CHANNEL))


def _drawn_plan(plan: PlanPicture) -> StoredImage | None:
    return shrink(StoredImage(body=plan_png(plan), media_type="image/png"), most_bytes=MAX_INLINE_BYTES)


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


CARD_TYPE = "application/vnd.microsoft.card.adaptive"
MAX_MESSAGE_BYTES = 80_000
MAX_SUMMARY_LENGTH = 300
# Enough of a text for its summary, also with long addresses in it.
_SUMMARISED = 2_000
MAX_CARD_ACTIONS = 6

_SLOTTED = frozenset({"Action.Execute", "Action.Submit"})
_TAG = re.compile(r"<(?=[A-Za-z/!?])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """An activity as JSON. ``shortened``: the message was too large and is shown as cut text."""

    body: bytes
    shortened: bool = False


class Repeated:
    """Cache of JSON for messages sent to many people; ``most`` entries."""

    def __init__(self, most: int = 32) -> None:
        self._most = most
        self._contents: dict[tuple[int, str, bool], tuple[Message, bytes]] = {}

    def content(self, message: Message, *, slot: str, alert: bool) -> bytes:
        """Return the part of an activity that shows ``message`` and is the same for all recipients."""
        key = (id(message), slot, alert)
        kept = self._contents.get(key)
        if kept is None or kept[0] is not message:
            kept = message, encode(_content(message, slot=slot, alert=alert))
            self._contents[key] = kept
            while len(self._contents) > self._most:
                del self._contents[next(iter(self._contents))]
        return kept[1]


def message_activity(
    message: Message,
    *,
    target: ConversationTarget,
    slot: str,
    alert: bool,
    too_large_note: str,
    picture: Picture | None = None,
    repeated: Repeated | None = None,
    max_bytes: int = MAX_MESSAGE_BYTES,
) -> Rendered:
    """Return the activity that shows ``message`` and its picture.

    A card has ``slot`` in the data of each of its actions. A message above ``max_bytes`` (in UTF-16, without the data
    of pictures) is shown as its text, cut if necessary, with ``too_large_note`` below.
    """
    if repeated is not None and picture is None and not message.suggestions:
        content = repeated.content(message, slot=slot, alert=alert)
        body = b"".join((encode({"type": "message", **_ends(target)})[:-1], b",", content[1:]))
        if not _exceeds(body, max_bytes):
            return Rendered(body=body)
    shown = _with_picture_note(message, picture) if picture is not None else message
    activity = _activity(shown, target=target, slot=slot, alert=alert)
    body = encode(activity)
    if not _exceeds(body, max_bytes):
        if picture is None or not picture.data_uri:
            return Rendered(body=body)
        illustrated = _with_picture(shown, picture)
        return Rendered(body=encode(_activity(illustrated, target=target, slot=slot, alert=alert)))
    room = max_bytes // 16  # an escaped character takes up to 12 bytes
    text = message.text if len(message.text) <= room else message.text[:room].rstrip() + " …"
    note = picture.note if picture is not None else ""
    short = Message(text="\n\n".join(part for part in (text, too_large_note, note) if part))
    return Rendered(body=encode(_activity(short, target=target, slot=slot, alert=alert)), shortened=True)


def typing_activity(target: ConversationTarget) -> bytes:
    """Return the JSON of the typing indicator, shown for about three seconds."""
    return encode({"type": "typing", **_ends(target)})


def with_slot(card: Card, slot: str) -> Card:
    """Return a copy of the card with ``slot`` in the data of its actions.

    Only actions that come back to the bot get it.
    """
    slotted: Card = _slotted(card, slot)
    return slotted


def encode(body: Mapping[str, Any]) -> bytes:
    """Return compact JSON in UTF-8."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _with_picture_note(message: Message, picture: Picture) -> Message:
    """Return the message as a card with the note below."""
    # Teams would split text from a picture.
    card = message.card or {
        "type": "AdaptiveCard",
        "version": "1.5",
        "body": [{"type": "TextBlock", "text": message.text, "wrap": True}],
    }
    if picture.note:
        note = {"type": "TextBlock", "text": picture.note, "wrap": True, "isSubtle": True, "size": "Small"}
        card = {**card, "body": [*card.get("body", ()), note]}
    return replace(message, card=card)


def _with_picture(message: Message, picture: Picture) -> Message:
    """Return the message with the picture below the card's content.

    The note stays right under the picture.
    """
    card = message.card or {}
    body = [*card.get("body", ())]
    image = {"type": "Image", "url": picture.data_uri, "altText": message.image_alt or picture.alt}
    body.insert(len(body) - 1 if picture.note else len(body), image)
    return replace(message, card={**card, "body": body})


def _activity(message: Message, *, target: ConversationTarget, slot: str, alert: bool) -> dict[str, Any]:
    content = _content(message, slot=slot, alert=alert, user_id=target.user_id)
    return {"type": "message", **_ends(target), **content}


def _content(message: Message, *, slot: str, alert: bool, user_id: str = "") -> dict[str, Any]:
    activity: dict[str, Any] = {"summary": beginning_of(message.text[:_SUMMARISED], MAX_SUMMARY_LENGTH)}
    if alert:
        activity["channelData"] = {"notification": {"alert": True}}
    if message.card is None:
        # User text passes through here: a tag in it must stay text.
        activity |= {"text": _TAG.sub("&lt;", message.text), "textFormat": "markdown"}
        if message.suggestions:
            actions = [{"type": "imBack", "title": words, "value": words} for words in message.suggestions]
            activity["suggestedActions"] = {"to": [user_id] if user_id else [], "actions": actions}
    else:
        # Text beside an attachment would be split into two messages, without an id in the answer.
        card = _with_suggestions(with_slot(message.card, slot), message.suggestions)
        activity["attachments"] = [{"contentType": CARD_TYPE, "content": card}]
    return activity


def _ends(target: ConversationTarget) -> dict[str, Any]:
    ends: dict[str, Any] = {"conversation": {"id": target.conversation_id}}
    if target.app_id:
        ends["from"] = {"id": target.bot_id}
    if target.user_id:
        ends["recipient"] = {"id": target.user_id}
    return ends


def _slotted(value: Any, slot: str) -> Any:
    if isinstance(value, str):  # most values are
        return value
    if isinstance(value, list | tuple):
        return [_slotted(item, slot) for item in value]
    if not isinstance(value, Mapping):
        return value
    copy = {name: _slotted(item, slot) for name, item in value.items()}
    if copy.get("type") in _SLOTTED and isinstance(copy.get("data", {}), dict):
        copy["data"] = {**copy.get("data", {}), "slot": slot}
    return copy


def _with_suggestions(card: Card, suggestions: tuple[str, ...]) -> Card:
    """Return the card with a button for each suggestion, as many as Teams shows."""
    actions = [*card.get("actions", ())]
    free = max(0, MAX_CARD_ACTIONS - len(actions))
    if not suggestions[:free]:
        return card
    says = [
        {"type": "Action.Submit", "title": words, "data": {"msteams": {"type": "imBack", "value": words}}}
        for words in suggestions[:free]
    ]
    return {**card, "actions": [*actions, *says]}


def _exceeds(raw: bytes, limit: int) -> bool:
    """Return whether the JSON takes more than ``limit`` bytes in UTF-16."""
    # The first test avoids the exact count.
    return 2 * len(raw) > limit and len(raw.decode().encode("utf-16-le")) > limit
