"""From the bot's arrival in a team to a recalled announcement there; only the service and the matcher are not real."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import structlog

from bot.app.clock import SystemRandomSource
from bot.app.maintenance import Maintenance
from bot.channels.teams.adapter import TeamsAdapter
from bot.delivery.courier import Courier
from bot.delivery.limiter import Limiter, Rates
from bot.delivery.recipients import StoredRecipients
from bot.delivery.sender import BackoffPolicy
from bot.delivery.sender import DeliverySender as Sends
from bot.ports import THROTTLED, Commit, Delivery, DeliveryStatus, Incoming, Key, Sender
from bot.records.codec import decode, write_of
from bot.signin.former import FormerMarks
from bot.stores.memory.store import MemoryStore
from bot.turn.identity import Directory
from bot.turn.runtime import Runtime
from dialogs.announce.model import Announcement, AnnouncementState
from dialogs.core.decision import Put
from dialogs.core.event import Arrived, ChannelNews, Pressed, Scope, TeamNews, What
from dialogs.core.person import Address
from dialogs.router import route
from knowledge.article.article import Language
from tests.channels import CHANNELS, TEAMS
from tests.draining import drain
from tests.fakes.connector import Connector, Rule
from tests.timers import due_timers
from tests.unit.announce.town import PEOPLE, TEXTS, Town
from tests.unit.privacy.test_erasing_in_a_store import KnowsNothing, Untimed
from tests.unit.teams.conftest import APP, TENANT, HeldClock

ROOM = "19:rom@thread.tacv2"


class Bot:
    """A bot in one team of Lillevik, and the hands of its announcer."""

    def __init__(self, adapter: TeamsAdapter, connector: Connector, clock: HeldClock) -> None:
        self.store, self.clock = MemoryStore(), clock
        self._connector, self._number = connector, 0
        recipients, limiter = StoredRecipients(store=self.store), Limiter(Rates())
        rng, log, content = SystemRandomSource(), structlog.get_logger(), Town().content
        sender = Sends(
            channels={TEAMS: adapter},
            specs=CHANNELS,
            recipients=recipients,
            limiter=limiter,
            backoff=BackoffPolicy(),
            clock=clock,
            rng=rng,
        )
        self.courier = Courier(
            store=self.store,
            sender=sender,
            recipients=recipients,
            limiter=limiter,
            clock=clock,
            rng=rng,
            log=log,
        )
        self.runtime = Runtime(
            jobs=Maintenance(store=self.store, clock=clock).jobs,
            former=FormerMarks(b"l" * 32),
            store=self.store,
            directory=Directory(store=self.store, former=FormerMarks(b"l" * 32)),
            understanding=KnowsNothing(),
            route=route,
            content=lambda: content,
            sender=sender,
            clock=clock,
            rng=rng,
            stages=Untimed(),
            log=log,
        )

    async def settle_in(self) -> None:
        """Let the people be known and the bot be added to the team by its announcer."""
        people = (replace(one, object_id=one.id, tenant_id=TENANT, registered=True) for one in PEOPLE)
        people = (replace(one, addresses={TEAMS: self._chat(one.id)}) for one in people)
        writes = tuple(write_of(Put(record=one), {}) for one in people)
        await self.store.commit(Commit(at=self.clock.now(), records=writes))
        data = {"service_url": self._connector.service_url(TENANT), "tenant_id": TENANT, "app_id": APP}
        room = ChannelNews(id=ROOM, name="Rom", data={**data, "channel_id": ROOM})
        news = TeamNews(id="19:lag", tenant_id=TENANT, name="Lag", channels=(room,), whole=True)
        await self.happens("anja", Arrived(team=news), scope=Scope.TEAM)

    def _chat(self, of: str) -> Address:
        """Return the chat of a person, or of a team."""
        data = {"service_url": self._connector.service_url(TENANT), "tenant_id": TENANT, "app_id": APP}
        return Address(channel=TEAMS, data={**data, "conversation_id": of})

    async def happens(self, who: str, what: What, *, scope: Scope = Scope.PERSONAL) -> None:
        self._number += 1
        chat = self._chat(who if scope is Scope.PERSONAL else "19:lag")
        turn = await self.runtime.receive(
            Incoming(
                id=str(self._number),
                channel=TEAMS,
                sender=Sender(name="", object_id=who, tenant_id=TENANT),
                address=chat,
                conversation_id=chat.data["conversation_id"],
                scope=scope,
                what=what,
            )
        )
        assert turn.notice is None, turn.notice

    async def announcement(self) -> Announcement:
        [stored] = await self.store.find(Announcement.KIND, "author:anja")
        return decode(Announcement, stored)

    async def press(self, verb: str, **fields: Any) -> None:
        """Press a button of the announcement's card as it is now."""
        one = await self.announcement()
        held = {"announcement_id": one.id, "edition": one.edition}
        await self.happens("anja", Pressed(verb=verb, slot=one.desk, data={**held, **fields}))

    async def work(self, *, ticks: int = 30) -> None:
        """Let timers ring and messages be delivered, for two seconds a tick."""
        for _ in range(ticks):
            self.clock.time += timedelta(seconds=2)
            for timer in await due_timers(self.store, now=self.clock.now(), limit=100):
                await self.runtime.ring(timer)
            await drain(self.courier)

    async def write(self, **fields: str) -> None:
        await self.happens("anja", Pressed(verb="announce.new"))
        await self.press("announce.preview", **TEXTS, **fields)

    async def send(self, *, ticks: int = 30) -> None:
        await self.write(units="nord", channels=ROOM)
        await self.press("announce.send")
        await self.work(ticks=ticks)

    async def facts(self, slot: str) -> dict[str, str]:
        """Return what the announcer's newest card in a slot of this beginning tells in pairs."""
        *_, found = [each for each in await self.store.deliveries_of_recipient("anja") if each.slot.startswith(slot)]
        assert found.message is not None
        sets = [element for element in (found.message.card or {})["body"] if element["type"] == "FactSet"]
        return {fact["title"]: fact["value"] for each in sets for fact in each["facts"]}

    async def there(self) -> list[str]:
        """Return what stands in the channel's threads."""
        messages = await self._connector.messages()
        return [str(each) for name, found in messages.items() if name.startswith(ROOM) for each in found.values()]

    async def delivery(self) -> Delivery:
        found = await self.store.find_delivery(f"channel:{ROOM}", (await self.announcement()).slot)
        assert found is not None
        return found


@pytest.fixture
async def bot(make_adapter: Callable[..., TeamsAdapter], connector: Connector, clock: HeldClock) -> Bot:
    bot = Bot(make_adapter(), connector, clock)
    await bot.settle_in()
    return bot


@pytest.mark.parametrize("audience", [{"units": "nord"}, {"channels_only": "true"}], ids=["and people", "alone"])
@pytest.mark.full
async def test_it_is_posted_corrected_in_place_and_taken_away(bot: Bot, audience: dict[str, str]) -> None:
    await bot.write(**audience, channels=ROOM)
    await bot.press("announce.send")
    await bot.work()
    [posted] = await bot.there()
    assert "Vi jobber med saken." in posted
    first = (await bot.delivery()).reference
    await bot.press("announce.corrected", **{**TEXTS, "body_nb": "Teams virker igjen.", "sure": "true"})
    await bot.work()
    [corrected] = await bot.there()
    assert "Teams virker igjen." in corrected
    assert "Vi jobber" not in corrected
    assert (await bot.delivery()).reference == first
    await bot.press("announce.recalled")
    await bot.work()
    assert await bot.there() == []
    assert (await bot.delivery()).status is DeliveryStatus.DELETED


@pytest.mark.full
async def test_a_channel_that_is_throttled_waits_as_asked_and_gets_it_once(bot: Bot, connector: Connector) -> None:
    throttled = Rule(method="POST", conversation="", status=429, headers={"Retry-After": "4"}, times=1)
    await connector.script(throttled)
    await bot.send(ticks=2)
    desk, texts = (await bot.announcement()).desk, Town().content.texts[Language.NB]
    assert (await bot.facts(desk))["Lag › Rom"] == texts("announce.channel.throttled")
    await bot.work()
    assert (await bot.facts(desk))["Lag › Rom"] == texts("announce.channel.sent")
    assert len(await bot.there()) == 1
    assert (await connector.tally()).early == 0


@pytest.mark.full
async def test_what_teams_puts_off_is_a_number_of_its_own_until_it_is_sent(bot: Bot, connector: Connector) -> None:
    await connector.script(Rule(method="POST", conversation="nils", status=429, headers={"Retry-After": "20"}))
    texts = Town().content.texts[Language.NB]
    await bot.write(units="nord")
    await bot.press("announce.send")
    await bot.work(ticks=5)
    one = await bot.announcement()
    assert one.state is AnnouncementState.SENDING
    assert await bot.store.tally(one.id) == {THROTTLED: 1, "sent": 1}
    shown = await bot.facts(one.desk)
    assert shown[texts("announce.number.throttled")] == "1"
    assert (shown[texts("announce.number.sent")], shown[texts("announce.number.waiting")]) == ("1", "0")
    await bot.press("announce.report")
    await connector.script()
    assert (await bot.facts("announce/report/"))[texts("announce.number.throttled")] == "1"
    await bot.work()
    assert await bot.store.tally(one.id) == {"sent": 2}
    shown = await bot.facts(one.desk)
    assert texts("announce.number.throttled") not in shown
    assert shown[texts("announce.number.sent")] == "2"


@pytest.mark.full
async def test_a_channel_the_bot_was_thrown_out_of_is_told_of_and_resent_to(bot: Bot, connector: Connector) -> None:
    await connector.script(Rule(method="POST", conversation="", status=403, code="BotNotInConversationRoster"))
    await bot.send()
    assert await bot.there() == []
    assert (await bot.delivery()).status is DeliveryStatus.UNREACHABLE
    texts = Town().content.texts[Language.NB]
    card = await bot.store.find_delivery("anja", (await bot.announcement()).desk)
    assert card is not None
    assert texts("announce.channel.unreachable") in str(card.message)
    await connector.script()
    await bot.press("announce.resend", sure="true")
    await bot.work()
    assert len(await bot.there()) == 1


async def test_nobody_of_the_team_became_known_by_it(bot: Bot) -> None:
    before = await bot.store.count("person", "all")
    news = TeamNews(id="19:lag", tenant_id=TENANT, name="Laget")
    await bot.runtime.receive(
        Incoming(
            id="renamed",
            channel=TEAMS,
            sender=Sender(name="", tenant_id=TENANT),
            address=Address(channel=TEAMS),
            conversation_id="19:lag",
            scope=Scope.TEAM,
            what=Arrived(team=news),
        )
    )
    assert await bot.store.count("person", "all") == before
    [team] = (await bot.store.get([Key(kind="team", id="19:lag")])).values()
    assert team.body["name"] == "Laget"


@pytest.mark.full
async def test_a_recall_that_failed_is_tried_again_until_it_is_gone(bot: Bot, connector: Connector) -> None:
    await bot.send()
    await connector.script(Rule(method="DELETE", status=403, code="BotNotInConversationRoster"))
    await bot.press("announce.recalled")
    await bot.work()
    assert len(await bot.there()) == 1
    assert (await bot.delivery()).status is DeliveryStatus.UNREACHABLE
    await connector.script()
    await bot.press("announce.resend", sure="true")
    await bot.work()
    assert await bot.there() == []
    assert (await bot.delivery()).status is DeliveryStatus.DELETED
    assert set(await bot.store.tally((await bot.announcement()).id)) == {"deleted"}
