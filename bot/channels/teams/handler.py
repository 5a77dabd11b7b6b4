"""botbuilder handler: turns become ``Incoming``, and the inbox's answer becomes the invoke response."""

import html
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp.web import HTTPException
from botbuilder.core import ActivityHandler, TurnContext
from botbuilder.schema import Activity, ActivityTypes, ChannelAccount, InvokeResponse

from bot.channels.teams.activity import BadActivity
from bot.channels.teams.adapter import INVOKE_RESPONSE, NotSent
from bot.channels.teams.attachment import Files
from bot.channels.teams.bearer import CallerRefused, tenant_of
from bot.channels.teams.connector import Connector
from bot.channels.teams.limits import MAX_CHARACTERS, Apology, TeamsLimits
from bot.channels.teams.render import CARD_TYPE, with_slot
from bot.channels.teams.target import TEAMS, ConversationTarget
from bot.channels.teams.team import ENDED, EVENTS, event_type, news_of, target_of, whole
from bot.ports import Inbox, Incoming, Overloaded, Sender, StoreUnavailable, Turn
from bot.turn.cleaning import masked_message
from dialogs.core.cleaning import clean_text
from dialogs.core.event import (
    Arrived,
    Attachment,
    Left,
    Pressed,
    Rearranged,
    Said,
    Scope,
    TeamNews,
    What,
)

log = structlog.get_logger(__name__)

MESSAGE_TYPE = "application/vnd.microsoft.activity.message"
APP_ID = "heia.app_id"
MAX_NAME_LENGTH = 128
MAX_RAW_NAME_LENGTH = 1024
MAX_VERB_LENGTH = 128
MAX_SLOT_LENGTH = 500

_SCOPES = {"personal": Scope.PERSONAL, "groupchat": Scope.GROUP, "channel": Scope.TEAM}
# Display names are chosen by users and appear inside our sentences on other people's cards.
_MARKUP = str.maketrans("", "", "[]<>`\\|*_#!")
# A tag ends before the next one begins, so that the search is linear in the text.
_AT = re.compile(r"</?at[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


class HeiaBot(ActivityHandler):  # type: ignore[misc]  # botbuilder carries no types
    """Hands in messages, presses, installations and changes to teams; all other activities are ignored.

    ``files`` stores the files of messages; without it they are ignored. ``connector`` requests the channels of teams;
    without it only channels named in activities are known. ``limits`` refuses long messages and too many turns; without
    it there are no limits. ``acknowledgement`` answers a press that has nothing to show. Teams treats an empty answer
    as a failure and presses again, so it must not be empty; a symbol needs no translation.
    """

    def __init__(
        self,
        *,
        inbox: Inbox,
        files: Files | None = None,
        connector: Connector | None = None,
        limits: TeamsLimits | None = None,
        apology: Apology | None = None,
        acknowledgement: str = "✓",
    ) -> None:
        super().__init__()
        self._limits = limits
        self._apology = apology
        self._connector = connector
        self._known_teams: set[str] = set()
        self._inbox = inbox
        self._files = files
        self._acknowledgement = acknowledgement

    async def on_turn(self, turn_context: TurnContext) -> None:
        """Run one turn. If it fails, the person gets a message; a failed press gets an error answer."""
        try:
            await super().on_turn(turn_context)
        except (BadActivity, CallerRefused):
            raise
        except Exception as fault:
            activity = turn_context.activity
            if self._apology is None or isinstance(fault, HTTPException):
                raise
            sentence = self._apology.sentence(fault, locale=activity.locale or "")
            if activity.type == ActivityTypes.message:
                await self._send_refusal(turn_context, sentence)
            if activity.type != ActivityTypes.invoke or not isinstance(fault, StoreUnavailable | Overloaded):
                raise
            body = {"statusCode": 200, "type": MESSAGE_TYPE, "value": sentence}
            turn_context.turn_state[INVOKE_RESPONSE] = InvokeResponse(status=HTTPStatus.OK, body=body)

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        """Hand in a message, or the press of an Action.Submit."""
        # Teams sends the press as a message.
        activity = turn_context.activity
        pressed = isinstance(activity.value, dict) and isinstance(activity.value.get("verb"), str)
        said = not pressed and (scope_of(activity) is Scope.PERSONAL or _mentions_bot(activity))
        if pressed or said:
            refusal = await self._refusal(activity, text="" if pressed else activity.text or "")
            if refusal is not None:
                await self._send_refusal(turn_context, refusal)
                return
        await self._read_team(turn_context)
        if pressed:
            data = dict(activity.value)
            await self._receive(turn_context, _pressed(data.pop("verb"), data))
        elif said:
            await self._said(turn_context)

    async def _refusal(self, activity: Activity, *, text: str) -> str | None:
        """Return the sentence that refuses a turn, or None when it may run."""
        sender = _sender(activity)
        if self._limits is None or sender.object_id is None or sender.tenant_id is None:
            return None
        locale = activity.locale or ""
        refusal = await self._limits.refusal(sender, text=text, locale=locale)
        if refusal is None and len(utterance_of(activity)) > MAX_CHARACTERS:
            return await self._limits.too_long(sender, locale=locale)
        return refusal

    async def _send_refusal(self, turn_context: TurnContext, refusal: str) -> None:
        """Answer a refused message, unless the sender got such an answer just before."""
        if self._limits is None or not self._limits.may_answer(_sender(turn_context.activity)):
            return
        try:
            await turn_context.send_activity(refusal)
        except NotSent:
            log.warning("teams_refusal_not_sent")

    async def _said(self, turn_context: TurnContext) -> None:
        activity = turn_context.activity
        sender = _sender(activity)
        attachments: tuple[Attachment, ...] = ()
        if self._files is not None and sender.object_id and sender.tenant_id:
            app_id = _app_id(turn_context)
            attachments = await self._files.receive(activity, sender, scope=scope_of(activity), app_id=app_id)
        said = Said(utterance=await masked_message(utterance_of(activity)), attachments=attachments)
        turn = await self._receive(turn_context, said, sender)
        if turn.duplicate and self._files is not None:
            await self._files.drop(sender, attachments)

    async def on_members_added_activity(
        self, members_added: Sequence[ChannelAccount], turn_context: TurnContext
    ) -> None:
        """Hand in that the bot was added to the conversation."""
        if _names_bot(members_added, turn_context.activity):
            await self._receive(turn_context, Arrived(team=await self._team(turn_context)))

    async def on_members_removed_activity(
        self, members_removed: Sequence[ChannelAccount], turn_context: TurnContext
    ) -> None:
        """Hand in that the bot was removed from the conversation."""
        if _names_bot(members_removed, turn_context.activity):
            await self._handle_removal(turn_context)

    async def on_installation_update(self, turn_context: TurnContext) -> None:
        """Hand in that the app was installed or removed. Upgrades are ignored."""
        if turn_context.activity.action == "add":
            await self._receive(turn_context, Arrived(team=await self._team(turn_context)))
        elif turn_context.activity.action == "remove":
            await self._handle_removal(turn_context)

    async def on_conversation_update_activity(self, turn_context: TurnContext) -> None:
        """Also hand in changes of a team or its channels."""
        await super().on_conversation_update_activity(turn_context)
        kind = event_type(turn_context.activity)
        if kind in ENDED:
            await self._handle_removal(turn_context)
        elif kind in EVENTS:
            await self._rearranged(turn_context)

    async def _handle_removal(self, turn_context: TurnContext) -> None:
        news = news_of(turn_context.activity, _app_id(turn_context))
        if news is not None:
            self._known_teams.discard(news.id)
        await self._receive(turn_context, Left(team=news))

    async def _read_team(self, turn_context: TurnContext) -> None:
        """Read the sender's team if it is unknown."""
        # The bot may have joined it before teams were stored.
        news = news_of(turn_context.activity, _app_id(turn_context))
        if news is not None and news.id not in self._known_teams:
            await self._rearranged(turn_context)

    async def _rearranged(self, turn_context: TurnContext) -> None:
        activity = turn_context.activity
        if (news := await self._team(turn_context)) is None:
            return
        nobody = Sender(name="", tenant_id=news.tenant_id)  # the person that renamed a channel is not recorded
        await self._hand_in(turn_context, nobody, Rearranged(team=news), f"{activity.id}/team")

    async def _team(self, turn_context: TurnContext) -> TeamNews | None:
        """Return the current facts of the activity's team, if possible with all channels."""
        activity, app_id = turn_context.activity, _app_id(turn_context)
        news = news_of(activity, app_id)
        if news is None or self._connector is None:
            return news
        news = await whole(news, target_of(activity, app_id), self._connector)
        if news.whole:
            self._known_teams.add(news.id)
        return news

    async def on_invoke_activity(self, turn_context: TurnContext) -> None:
        """Hand in the press of an Action.Execute and keep the answer.

        Other invokes are acknowledged.
        """
        activity = turn_context.activity
        body: Mapping[str, Any] = {}
        if activity.name == "adaptiveCard/action":
            pressed = _execute(activity.value)
            refusal = await self._refusal(activity, text="")
            turn = await self._receive(turn_context, pressed) if refusal is None else Turn(notice=refusal)
            body = self._invoke_response(turn, pressed)
        turn_context.turn_state[INVOKE_RESPONSE] = InvokeResponse(status=HTTPStatus.OK, body=body)

    async def _receive(self, turn_context: TurnContext, what: What, known_sender: Sender | None = None) -> Turn:
        activity = turn_context.activity
        sender, spoken = known_sender or _sender(activity), isinstance(what, Said | Pressed)
        if sender.object_id is None or sender.tenant_id is None:
            if spoken:
                raise CallerRefused(403, "sender_without_identity")
            if not isinstance(what, Arrived | Left) or what.team is None:
                return Turn()
        return await self._hand_in(turn_context, sender, what, activity.id)

    async def _hand_in(self, turn_context: TurnContext, sender: Sender, what: What, id_: str) -> Turn:
        activity = turn_context.activity
        return await self._inbox.receive(
            Incoming(
                # Message ids in Teams are unique within a conversation only.
                id=f"{activity.conversation.id}/{id_}",
                channel=TEAMS,
                sender=sender,
                address=_target(activity, sender, _app_id(turn_context)).address,
                conversation_id=activity.conversation.id,
                scope=scope_of(activity),
                what=what,
            )
        )

    def _invoke_response(self, turn: Turn, pressed: Pressed) -> Mapping[str, Any]:
        """Return the Universal Action response.

        https://learn.microsoft.com/adaptive-cards/authoring-cards/universal-action-model
        """
        if turn.card is not None and turn.card.card is not None:
            card = with_slot(turn.card.card, pressed.slot) if pressed.slot else turn.card.card
            return {"statusCode": 200, "type": CARD_TYPE, "value": card}
        text = turn.notice or (turn.card.text if turn.card is not None else "")
        return {"statusCode": 200, "type": MESSAGE_TYPE, "value": text or self._acknowledgement}


def scope_of(activity: Activity) -> Scope:
    """Return the kind of audience. An unknown conversation type counts as a group, so that nothing private is shown."""
    kind = activity.conversation.conversation_type
    if kind is None:
        return Scope.GROUP if activity.conversation.is_group else Scope.PERSONAL
    return _SCOPES.get(kind.lower(), Scope.GROUP)


def utterance_of(activity: Activity) -> str:
    """Return the person's text: the bot's mention removed, other mentions reduced to their names."""
    text: str = activity.text or ""
    for mention in TurnContext.get_mentions(activity):
        if mention.additional_properties["mentioned"]["id"] == activity.recipient.id:
            text = text.replace(mention.additional_properties["text"], " ", 1)
    if (activity.text_format or "").lower() in {"xml", "html"}:
        text = html.unescape(_TAG.sub(" ", _AT.sub("", text)))
    return _AT.sub("", text).replace("&nbsp;", " ").replace("\N{NO-BREAK SPACE}", " ").strip()


def _mentions_bot(activity: Activity) -> bool:
    mentions = TurnContext.get_mentions(activity)
    return any(m.additional_properties["mentioned"]["id"] == activity.recipient.id for m in mentions)


def _names_bot(members: Sequence[ChannelAccount], activity: Activity) -> bool:
    return any(member.id == activity.recipient.id for member in members)


def _execute(value: Any) -> Pressed:
    action = value.get("action") if isinstance(value, dict) else None
    if not isinstance(action, dict) or not isinstance(action.get("verb"), str):
        raise BadActivity("value.action.verb is missing")
    data = action.get("data")
    if data is not None and not isinstance(data, dict):
        raise BadActivity("value.action.data must be an object")
    return _pressed(action["verb"], dict(data or {}))


def _pressed(verb: str, data: dict[str, Any]) -> Pressed:
    if not verb or len(verb) > MAX_VERB_LENGTH:
        raise BadActivity("the verb is empty or too long")
    slot = data.pop("slot", None)
    known = isinstance(slot, str) and 0 < len(slot) <= MAX_SLOT_LENGTH
    return Pressed(verb=verb, data=data, slot=slot if known else None)


def _sender(activity: Activity) -> Sender:
    account = activity.from_property
    object_id = account.aad_object_id
    return Sender(
        name=" ".join(clean_text(account.name or "").translate(_MARKUP).split())[:MAX_NAME_LENGTH],
        object_id=object_id.lower() if object_id else None,
        # A guest in a shared channel belongs to another tenant than the conversation.
        tenant_id=(account.additional_properties["tenantId"] or tenant_of(activity)).lower() or None,
    )


def _app_id(turn_context: TurnContext) -> str:
    """Return the app id of the registration the activity is addressed to."""
    proven: str | None = turn_context.turn_state.get(APP_ID)
    return proven or str(turn_context.activity.recipient.id).removeprefix("28:")


def _target(activity: Activity, sender: Sender, app_id: str) -> ConversationTarget:
    personal = scope_of(activity) is Scope.PERSONAL
    return ConversationTarget(
        service_url=activity.service_url,
        conversation_id=activity.conversation.id,
        tenant_id=tenant_of(activity),
        user_id=activity.from_property.id if personal else "",
        object_id=(sender.object_id or "") if personal else "",
        app_id=app_id,
    )
