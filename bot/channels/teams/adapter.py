"""The Teams channel, and the adapter for botbuilder's turns.

botbuilder's own CloudAdapter makes a new client and requests a new token in every turn, on the event loop; here all
turns share one session and one token.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from botbuilder.core import BotAdapter, TurnContext
from botbuilder.schema import (
    Activity,
    ActivityTypes,
    ConversationAccount,
    ConversationParameters,
    ConversationReference,
    ResourceResponse,
)
from structlog.typing import FilteringBoundLogger

from bot.channels.teams import render
from bot.channels.teams.connector import Answer, Connector, failure
from bot.channels.teams.registration import PUBLIC_SERVICE_URL, Registrations
from bot.channels.teams.render import TeamsImages
from bot.channels.teams.target import ConversationTarget
from bot.ports import Delivery, Faulted, Landed, Missing, Outcome, StoreUnavailable, Unreachable
from dialogs.core.decision import Urgency
from dialogs.core.message import Message
from dialogs.core.person import Address

# botbuilder gives this key no public name.
INVOKE_RESPONSE = BotAdapter._INVOKE_RESPONSE_KEY


class NotSent(Exception):
    """An activity of a botbuilder turn was not sent; ``outcome`` gives the reason."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(repr(outcome))
        self.outcome = outcome


class TeamsAdapter(BotAdapter):  # type: ignore[misc]  # botbuilder carries no types
    """Implements ``bot.ports.Channel`` for Teams, and botbuilder's ``BotAdapter``.

    ``too_large_note`` is added below a message that was too large to show whole. ``default_service_url`` is called to
    open a chat with a person that never wrote; empty: such people cannot be reached yet. ``pictures`` renders the
    images of messages.
    """

    def __init__(
        self,
        *,
        connector: Connector,
        registrations: Registrations,
        log: FilteringBoundLogger,
        too_large_note: str = "[…]",
        default_service_url: str = PUBLIC_SERVICE_URL,
        pictures: TeamsImages | None = None,
    ) -> None:
        super().__init__()
        self._pictures = pictures
        self._repeated = render.Repeated()
        self._connector = connector
        self._registrations = registrations
        self._log = log
        self._too_large_note = too_large_note
        self._default_service_url = default_service_url

    # The port: bot.ports.Channel

    async def send(self, delivery: Delivery, address: Address, message: Message) -> Outcome:
        """Post a new message in the recipient's chat, opening the chat if there is none yet."""
        known = ConversationTarget.from_data(address.data)
        if known.channel_id and not known.conversation_id:
            return await self._begin_thread(delivery, known, message)
        target = known if known.conversation_id else await self._open_chat(known)
        if not isinstance(target, ConversationTarget):
            return target
        sent = await self._send(delivery, target, message)
        if isinstance(sent, Unreachable) and "NotFound" in sent.reason and known.conversation_id and known.object_id:
            # The remembered chat is gone (the app was removed and installed again): there may be a new one.
            reopened = await self._open_chat(known)
            if isinstance(reopened, ConversationTarget) and reopened.conversation_id != known.conversation_id:
                return await self._send(delivery, reopened, message, moved=True)
            return sent if isinstance(reopened, ConversationTarget) else reopened
        if isinstance(sent, Landed) and not known.conversation_id:
            return Landed(reference=sent.reference, address=target.address)
        return sent

    async def update(self, delivery: Delivery, reference: Mapping[str, str], message: Message) -> Outcome:
        """Replace the delivered message of ``reference``."""
        target, activity_id = ConversationTarget.from_data(reference), reference.get("activity_id", "")
        if not activity_id:
            return Missing()
        body = await self._render(delivery, target, message, alert=False)
        if not isinstance(body, bytes):
            return body
        answer = await self._connector.update(target, activity_id, body)
        return self._changed(answer, target, reference)

    async def delete(self, delivery: Delivery, reference: Mapping[str, str]) -> Outcome:
        """Delete the message."""
        target, activity_id = ConversationTarget.from_data(reference), reference.get("activity_id", "")
        if not activity_id:
            return Missing()
        return self._changed(await self._connector.delete(target, activity_id), target, reference)

    async def typing(self, address: Address) -> Outcome:
        """Show the typing indicator, for about three seconds."""
        target = ConversationTarget.from_data(address.data)
        answer = await self._connector.send(target, render.typing_activity(target))
        return self._changed(answer, target, {})

    async def _send(
        self, delivery: Delivery, target: ConversationTarget, message: Message, *, moved: bool = False
    ) -> Outcome:
        # A reply in an ongoing conversation needs no entry in the user's activity feed.
        alert = delivery.urgency is not Urgency.QUIET and delivery.address is None
        body = await self._render(delivery, target, message, alert=alert)
        if not isinstance(body, bytes):
            return body
        answer = await self._connector.send(target, body)
        if isinstance(answer, Faulted):
            return answer
        if not answer.ok:
            return failure(answer, tenant_id=target.tenant_id, changing=False)
        return Landed(
            reference={**_reference(target), "activity_id": answer.id}, address=target.address if moved else None
        )

    async def _begin_thread(self, delivery: Delivery, target: ConversationTarget, message: Message) -> Outcome:
        """Post the message in a channel, as a new thread.

        https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/channel-and-group-conversations
        """
        # Channel posts never alert in activity feeds, not even critical ones.
        activity = await self._render(delivery, target, message, alert=False)
        if not isinstance(activity, bytes):
            return activity
        parameters = {
            "isGroup": True,
            "bot": {"id": target.bot_id},
            "tenantId": target.tenant_id,
            "channelData": {"channel": {"id": target.channel_id}, "tenant": {"id": target.tenant_id}},
        }
        body = b"".join((render.encode(parameters)[:-1], b',"activity":', activity, b"}"))
        answer = await self._connector.create(target, body)
        if isinstance(answer, Faulted):
            return answer
        if not answer.ok:
            return failure(answer, tenant_id=target.tenant_id, changing=False)
        activity_id = answer.body.get("activityId")
        if not answer.id or not isinstance(activity_id, str):  # it was posted, but cannot be changed any more
            self._log.warning("teams_thread_without_id", delivery_id=delivery.id)
        there = _reference(target.at(answer.id))
        return Landed(reference={**there, "activity_id": activity_id if isinstance(activity_id, str) else ""})

    async def _open_chat(self, target: ConversationTarget) -> ConversationTarget | Outcome:
        """Return the place with a personal chat, new or existing."""
        service_url = target.service_url or self._default_service_url
        if not (target.object_id or target.user_id) or not target.tenant_id or not service_url:
            return Unreachable(reason="no_address")
        registration = self._registrations.get_for_tenant(target.tenant_id)
        app_id = target.app_id or (registration.app_id if registration else "")
        if not app_id:
            return Unreachable(reason="no_registration")
        asked = ConversationTarget(
            service_url=service_url,
            tenant_id=target.tenant_id,
            user_id=target.user_id,
            object_id=target.object_id,
            app_id=app_id,
        )
        parameters = {
            "isGroup": False,
            "bot": {"id": asked.bot_id},
            "members": [{"id": asked.user_id or asked.object_id}],
            "tenantId": asked.tenant_id,
            "channelData": {"tenant": {"id": asked.tenant_id}},
        }
        answer = await self._connector.create(asked, render.encode(parameters))
        if isinstance(answer, Faulted):
            return answer
        if not answer.ok:
            return failure(answer, tenant_id=asked.tenant_id, changing=False)
        return asked.at(answer.id) if answer.id else Faulted(reason="no_conversation_id", again=True)

    async def _render(
        self, delivery: Delivery, target: ConversationTarget, message: Message, *, alert: bool
    ) -> bytes | Faulted:
        picture = None
        if self._pictures is not None:
            try:
                if message.image_id is not None:
                    picture = await self._pictures.image_for(delivery.recipient, message.image_id)
                elif message.report_id is not None:
                    picture = await self._pictures.report(delivery.recipient, message.report_id)
                elif message.calendar_of is not None:
                    picture = await self._pictures.calendar_note(delivery.recipient, ends=message.calendar_ends)
                elif message.shows_plan:
                    picture = await self._pictures.plan(delivery.recipient)
            except StoreUnavailable:
                return Faulted(reason="images_unavailable", again=True)
        rendered = render.message_activity(
            message,
            target=target,
            slot=delivery.slot,
            alert=alert,
            too_large_note=self._too_large_note,
            picture=picture,
            repeated=self._repeated,
        )
        if rendered.shortened:
            self._log.warning("teams_message_too_large", delivery_id=delivery.id)
        return rendered.body

    def _changed(self, answer: Answer | Faulted, target: ConversationTarget, reference: Mapping[str, str]) -> Outcome:
        if isinstance(answer, Faulted):
            return answer
        return Landed(reference=reference) if answer.ok else failure(answer, tenant_id=target.tenant_id, changing=True)

    # botbuilder's interface

    async def run(self, activity: Activity, logic: Callable[[TurnContext], Awaitable[None]], **state: Any) -> Any:
        """Run one inbound turn through the middleware and return its invoke response, or None.

        ``state`` is added to the turn's state before it starts.
        """
        context = TurnContext(self, activity)
        context.turn_state.update(state)
        await self.run_pipeline(context, logic)
        return context.turn_state.get(INVOKE_RESPONSE)

    async def send_activities(self, context: TurnContext, activities: Sequence[Activity]) -> list[ResourceResponse]:
        """Send the activities of a turn; an invoke response is kept for the HTTP answer. Raises NotSent."""
        responses = []
        for activity in activities:
            if activity.type == ActivityTypes.invoke_response:
                context.turn_state[INVOKE_RESPONSE] = activity.value
                responses.append(ResourceResponse())
            elif activity.type != ActivityTypes.trace:
                target = _target_of(activity)
                done = _done(await self._connector.send(target, render.encode(activity.serialize())), target)
                responses.append(ResourceResponse(id=done.id))
        return responses

    async def update_activity(self, context: TurnContext, activity: Activity) -> ResourceResponse:
        """Replace an activity. Raises NotSent."""
        target = _target_of(activity)
        done = _done(await self._connector.update(target, activity.id, render.encode(activity.serialize())), target)
        return ResourceResponse(id=done.id or activity.id)

    async def delete_activity(self, context: TurnContext, reference: ConversationReference) -> None:
        """Delete an activity. Raises NotSent."""
        target = _target_of_reference(reference)
        _done(await self._connector.delete(target, reference.activity_id), target)

    async def create_conversation(  # noqa: PLR0917 - botbuilder's signature
        self,
        reference: ConversationReference,
        logic: Callable[[TurnContext], Awaitable[None]] | None = None,
        conversation_parameters: ConversationParameters | None = None,
        channel_id: str | None = None,
        service_url: str | None = None,
        credentials: Any = None,
    ) -> None:
        """Open a personal chat with the reference's user, then run ``logic`` in it. Raises NotSent.

        ``conversation_parameters`` replaces the default request; ``credentials`` is ignored, the adapter has its own.
        """
        known = _target_of_reference(reference)
        target = ConversationTarget.from_data(
            {**known.data, "service_url": service_url or known.service_url, "conversation_id": ""}
        )
        if conversation_parameters is None:
            opened = await self._open_chat(target)
            if not isinstance(opened, ConversationTarget):
                raise NotSent(opened)
        else:
            body = render.encode(conversation_parameters.serialize())
            opened = target.at(_done(await self._connector.create(target, body), target).id)
        if logic is not None:
            there = ConversationReference(
                user=reference.user,
                bot=reference.bot,
                channel_id=channel_id or reference.channel_id,
                service_url=opened.service_url,
                conversation=ConversationAccount(id=opened.conversation_id, tenant_id=opened.tenant_id),
            )
            await self.continue_conversation(there, logic)


def _reference(target: ConversationTarget) -> Mapping[str, str]:
    """Return the data needed for an update, without the person's ids."""
    return ConversationTarget(
        service_url=target.service_url,
        conversation_id=target.conversation_id,
        tenant_id=target.tenant_id,
        app_id=target.app_id,
    ).data


def _target_of(activity: Activity) -> ConversationTarget:
    reference = TurnContext.get_conversation_reference(activity)
    reference.user, reference.bot = activity.recipient, activity.from_property
    return _target_of_reference(reference)


def _target_of_reference(reference: ConversationReference) -> ConversationTarget:
    conversation, user, bot = reference.conversation, reference.user, reference.bot
    return ConversationTarget(
        service_url=reference.service_url or "",
        conversation_id=(conversation.id if conversation else None) or "",
        tenant_id=(conversation.tenant_id if conversation else None) or "",
        user_id=(user.id if user else None) or "",
        object_id=(user.aad_object_id if user else None) or "",
        app_id=((bot.id if bot else None) or "").removeprefix("28:"),
    )


def _done(answer: Answer | Faulted, target: ConversationTarget) -> Answer:
    if isinstance(answer, Faulted):
        raise NotSent(answer)
    if not answer.ok:
        raise NotSent(failure(answer, tenant_id=target.tenant_id, changing=True))
    return answer
