"""Alerts at a real SMTP server: what it gets, and what happens where it is slow, refuses or is none."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import structlog

from bot.app.doctor import surface
from bot.app.doctor.surface import mail_findings
from bot.channels.mail.channel import MOST_CONNECTIONS, MailChannel
from bot.channels.mail.setup import mail_server
from bot.channels.mail.spec import MAIL, mail_spec
from bot.content.catalogue import load_catalogue
from bot.delivery.courier import Courier
from bot.delivery.limiter import Limiter, Rates
from bot.delivery.recipients import StoredRecipients
from bot.delivery.sender import BackoffPolicy, DeliverySender
from bot.delivery.substitutes import completed
from bot.ports import Commit, DeliveryStatus, Faulted, Landed, Outcome, PostWrite, Throttled
from bot.settings.model import BadSettings, Settings, load_settings
from bot.stores.memory.store import MemoryStore
from dialogs.core.alert import alert_end, alert_slot
from dialogs.core.channel import Channels
from dialogs.core.message import Message
from dialogs.core.person import Address, Person
from dialogs.core.texts import Texts
from tests.channels import CHANNELS
from tests.draining import drain
from tests.unit.alerts.mail_server import HOST, PASSWORD, Mailbox, raw_server, smtp_server
from tests.unit.alerts.test_alerts import alerts, sent, town
from tests.unit.delivery.scene import NOON, Dice, HeldClock, owed

ORIGIN: Final = "https://heia.nes.example"
ANA: Final = Person(
    id="ana", name="Ana Nordmann", email="ana@nes.example", registered=True, mail_alerts=True, created_at=NOON
)


def settings(folder: Path, port: int, **changes: Any) -> Settings:
    """Return settings for the server at a port, trusted by the certificate in the folder."""
    given = {
        "smtp_host": HOST,
        "smtp_port": port,
        "smtp_ca_file": folder / "server.pem",
        "smtp_sender": "heia@nes.example",
        "public_url": ORIGIN,
        **changes,
    }
    return load_settings(**given)


@dataclass
class Post:
    """The channel with people of a dictionary."""

    given: Settings
    seconds: float = 5.0
    people: dict[str, Person] = field(default_factory=lambda: {"ana": ANA})
    clock: HeldClock = field(default_factory=HeldClock)
    opens_at: Callable[[Person, datetime], datetime] = lambda _, at: at

    @property
    def channel(self) -> MailChannel:
        async def find_person(id_: str) -> Person | None:
            return self.people.get(id_)

        async def texts_of(id_: str) -> Texts:
            return load_catalogue()[self.people[id_].language]

        return MailChannel(
            server=mail_server(self.given),
            find_person=find_person,
            texts_of=texts_of,
            opens_at=self.opens_at,
            origin=ORIGIN,
            clock=self.clock,
            seconds=self.seconds,
        )

    async def send(self, **changes: object) -> Outcome:
        """Send one alert to Ana."""
        delivery = owed("ana", slot="alert/2026-11-24T11:00", **changes)
        return await self.channel.send(delivery, Address(channel=MAIL), Message(text="Noe venter"))


class Stand:
    """A courier over a store in memory, with Ana in it and the channel; it keeps the log lines."""

    def __init__(self, given: Settings, person: Person, **changes: Any) -> None:
        self.store = MemoryStore()
        self.clock = HeldClock()
        self.content = town().content
        self.lines: list[Any] = []
        self._person = person
        spec = mail_spec(given, dev=False)
        channel = Post(given, people={person.id: person}, clock=self.clock, **changes).channel
        recipients, limiter = StoredRecipients(store=self.store), Limiter(Rates())
        sender = DeliverySender(
            channels={MAIL: completed(channel, spec, texts_of=channel._texts_of)},
            specs=Channels((*CHANNELS, spec)),
            recipients=recipients,
            limiter=limiter,
            backoff=BackoffPolicy(),
            clock=self.clock,
            rng=Dice(drawn=0.5),
        )
        log = structlog.wrap_logger(structlog.PrintLogger(), processors=[self._kept])
        self.courier = Courier(
            store=self.store,
            sender=sender,
            recipients=recipients,
            limiter=limiter,
            clock=self.clock,
            rng=Dice(drawn=0.5),
            log=log,
        )

    def _kept(self, _: Any, name: str, line: Any) -> str:
        self.lines.append(line)
        return f"{name} {line}"

    async def post(self, slot: str, message: Message | None, *, due_at: datetime) -> None:
        """Post an alert, as a turn does."""
        write = PostWrite(
            recipient=self._person.id,
            slot=slot,
            message=message,
            due_at=due_at,
            expires_at=alert_end(self._person, due_at, self.content),
            only_update=message is None,
            address=Address(channel=MAIL),
        )
        await self.store.commit(Commit(at=self.clock.now(), posts=(write,)))

    async def deliver(self, *, at: datetime) -> None:
        """Deliver everything that is due at a time."""
        self.clock.at = at
        await drain(self.courier)

    async def statuses(self) -> list[DeliveryStatus]:
        """Return the state of each alert, oldest first."""
        deliveries = await self.store.latest_deliveries(self._person.id, limit=10)
        return [delivery.status for delivery in sorted(deliveries, key=lambda delivery: delivery.sequence)]


async def outcome_at(mailbox: Mailbox, folder: Path, **changes: Any) -> Outcome:
    """Return the outcome of one alert at a server with this mailbox."""
    async with smtp_server(mailbox, folder) as port:
        return await Post(settings(folder, port), **changes).send()


async def test_the_mail_says_that_something_waits_and_nothing_else(tmp_path: Path) -> None:
    mailbox = Mailbox()
    assert isinstance(await outcome_at(mailbox, tmp_path), Landed)
    [(recipients, mail)] = mailbox.taken
    assert recipients == ["ana@nes.example"]
    assert (mail["To"], mail["From"]) == ("ana@nes.example", "heia@nes.example")
    text = mail.get_content().replace("\r\n", "\n")
    assert text.startswith("Noe venter på deg i Heia.\n")
    assert mail["Subject"] == "Noe venter på deg i Heia"
    assert re.findall(r"\w+://\S*", text) == [f"{ORIGIN}/chat", f"{ORIGIN}/chat/alerts"]
    whole = "\n".join([text, *(f"{name}: {value}" for name, value in mail.items())])
    assert not [secret for secret in ("Nordmann", "Ana ", "alert/2026", "d-ana") if secret in whole]


async def test_the_mail_asks_for_no_reply_and_names_the_page_that_ends_it(tmp_path: Path) -> None:
    mailbox = Mailbox()
    await outcome_at(mailbox, tmp_path)
    [(_, mail)] = mailbox.taken
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] == f"<{ORIGIN}/chat/alerts>"
    assert mail["List-Unsubscribe-Post"] is None


async def test_each_attempt_of_an_alert_has_the_same_message_id(tmp_path: Path) -> None:
    mailbox = Mailbox()
    for _ in range(2):
        await outcome_at(mailbox, tmp_path)
    (_, first), (_, second) = mailbox.taken
    assert first["Message-ID"] == second["Message-ID"]


async def test_a_password_goes_to_the_server_within_tls(tmp_path: Path) -> None:
    mailbox = Mailbox()
    async with smtp_server(mailbox, tmp_path, sign_in=True) as port:
        wrong = settings(tmp_path, port, smtp_user="heia", smtp_password="feil")
        assert await Post(wrong).send() == Faulted(reason="smtp_sign_in", again=True)
        right = settings(tmp_path, port, smtp_user="heia", smtp_password=PASSWORD)
        assert isinstance(await Post(right).send(), Landed)
    assert len(mailbox.taken) == 1


async def test_a_server_may_speak_tls_from_the_first_byte(tmp_path: Path) -> None:
    mailbox = Mailbox()
    async with smtp_server(mailbox, tmp_path, tls=True) as port:
        given = settings(tmp_path, port, smtp_tls="tls")
        assert (await examined(given)).startswith("ok: ")
        assert isinstance(await Post(given).send(), Landed)
        untrusted = settings(tmp_path, port, smtp_tls="tls", smtp_ca_file=None)
        assert await Post(untrusted).send() == Faulted(reason="smtp_tls", again=True)
    assert len(mailbox.taken) == 1


async def test_nothing_is_sent_to_a_server_without_tls(tmp_path: Path) -> None:
    mailbox = Mailbox()
    async with smtp_server(mailbox, tmp_path, starttls=False) as port:
        for tls in ("starttls", "tls"):
            outcome = await Post(settings(tmp_path, port, smtp_tls=tls)).send()
            assert isinstance(outcome, Faulted)
            assert (outcome.again, outcome.unsure) == (True, False)
    assert (mailbox.attempts, mailbox.taken) == (0, [])


@pytest.mark.parametrize("trusted", [True, False], ids=["another name", "an unknown authority"])
async def test_nothing_is_sent_to_a_server_that_is_not_vouched_for(tmp_path: Path, trusted: bool) -> None:
    mailbox = Mailbox()
    names = ("mail.other.example",) if trusted else (HOST,)
    async with smtp_server(mailbox, tmp_path, names=names) as port:
        changes = {} if trusted else {"smtp_ca_file": None}
        outcome = await Post(settings(tmp_path, port, **changes)).send()
    assert outcome == Faulted(reason="smtp_tls", again=True)
    assert (mailbox.attempts, mailbox.taken) == (0, [])


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        ("450 4.2.1 ADDRESS is busy", Faulted(reason="smtp_450", again=True)),
        ("550 5.1.1 no mailbox ADDRESS here", Faulted(reason="smtp_550", again=False)),
    ],
)
async def test_a_refusal_is_kept_as_its_number_alone(tmp_path: Path, reply: str, outcome: Outcome) -> None:
    assert await outcome_at(Mailbox(to_recipient=reply), tmp_path) == outcome
    assert await outcome_at(Mailbox(to_data=reply), tmp_path) == outcome


async def test_a_server_that_is_slow_after_it_got_the_mail_gets_no_second_one(tmp_path: Path) -> None:
    mailbox = Mailbox(before_answer=asyncio.Event().wait)
    outcome = await outcome_at(mailbox, tmp_path, seconds=0.5)
    assert outcome == Faulted(reason="smtp_slow", again=False, unsure=True)
    assert len(mailbox.taken) == 1


async def test_a_server_that_says_nothing_is_tried_again(tmp_path: Path) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with smtp_server(Mailbox(), tmp_path), raw_server(silent) as port:
        outcome = await Post(settings(tmp_path, port), seconds=0.2).send()
    assert outcome == Faulted(reason="smtp_slow", again=True)


async def test_a_server_that_echoes_is_tried_again_and_gets_no_address(tmp_path: Path) -> None:
    heard = bytearray()

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        while line := await reader.readline():
            heard.extend(line)
            writer.write(line)

    async with smtp_server(Mailbox(), tmp_path), raw_server(echo) as port:
        outcome = await Post(settings(tmp_path, port)).send()
    assert outcome == Faulted(reason="smtp_broken_off", again=True)
    assert b"ana" not in heard


async def test_no_server_at_all_is_tried_again(tmp_path: Path) -> None:
    async with smtp_server(Mailbox(), tmp_path) as port:
        given = settings(tmp_path, port)
    assert await Post(given).send() == Faulted(reason="smtp_no_connection", again=True)


@pytest.mark.parametrize("changes", [{"left": True}, {"registered": False}, {"mail_alerts": False}, {"email": None}])
async def test_a_person_who_left_or_changed_their_mind_meanwhile_gets_nothing(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    mailbox = Mailbox()
    outcome = await outcome_at(mailbox, tmp_path, people={"ana": replace(ANA, **changes)})
    assert outcome == Faulted(reason="not_wanted", again=False)
    assert await outcome_at(mailbox, tmp_path, people={}) == outcome
    assert mailbox.attempts == 0


@pytest.mark.parametrize(
    "email", ["ana@nes.example\r\nBcc: x@y.example", "ana@nes.example, x@y.example", "<ana@nes.example>", "ana", "å@å"]
)
async def test_an_address_that_could_reach_others_is_not_used(tmp_path: Path, email: str) -> None:
    mailbox = Mailbox()
    outcome = await outcome_at(mailbox, tmp_path, people={"ana": replace(ANA, email=email)})
    assert outcome == Faulted(reason="bad_address", again=False)
    assert mailbox.attempts == 0


async def test_what_may_have_been_sent_before_a_crash_is_not_sent_again(tmp_path: Path) -> None:
    mailbox = Mailbox()
    async with smtp_server(mailbox, tmp_path) as port:
        outcome = await Post(settings(tmp_path, port)).send(possibly_twice=True)
    assert outcome == Faulted(reason="unsure", again=False)
    assert mailbox.attempts == 0


async def test_a_slow_server_has_few_connections_and_the_rest_wait_in_the_outbox(tmp_path: Path) -> None:
    full, opened = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        if len(mailbox.taken) == MOST_CONNECTIONS:
            full.set()
        await opened.wait()

    mailbox = Mailbox(before_answer=hold)
    async with smtp_server(mailbox, tmp_path) as port:
        channel = Post(settings(tmp_path, port)).channel
        address, message = Address(channel=MAIL), Message(text="Noe venter")
        sends = [
            asyncio.create_task(channel.send(owed("ana", slot=f"alert/{number}"), address, message))
            for number in range(MOST_CONNECTIONS)
        ]
        await full.wait()
        late = await channel.send(owed("ana", slot="alert/late"), address, message)
        assert isinstance(late, Throttled)
        opened.set()
        assert all(isinstance(outcome, Landed) for outcome in await asyncio.gather(*sends))


async def test_an_offer_becomes_a_mail_through_outbox_and_courier_and_no_address_is_logged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scene = town()
    [alert] = alerts(sent(scene))
    mailbox = Mailbox(to_recipient="550 5.1.1 no mailbox ADDRESS here")
    async with smtp_server(mailbox, tmp_path) as port:
        stand = Stand(settings(tmp_path, port), scene.get(Person, "ana"))
        assert alert.not_before is not None
        await stand.post(alert.slot, alert.message, due_at=alert.not_before)
        await stand.deliver(at=alert.not_before - timedelta(seconds=1))
        assert mailbox.attempts == 0
        await stand.deliver(at=alert.not_before)
        assert await stand.statuses() == [DeliveryStatus.DEAD]
        mailbox.to_recipient = None
        await stand.post("alert/next", alert.message, due_at=alert.not_before)
        await stand.deliver(at=alert.not_before)
        await stand.deliver(at=alert.not_before + timedelta(days=1))
    assert [recipients for recipients, _ in mailbox.taken] == [["ana@nes.example"]]
    assert await stand.statuses() == [DeliveryStatus.DEAD, DeliveryStatus.SENT]
    assert "ana@nes.example" not in repr(stand.lines) + capsys.readouterr().out
    assert stand.lines


async def test_alerts_that_waited_for_a_server_together_are_one_mail(tmp_path: Path) -> None:
    mailbox = Mailbox(to_recipient="450 4.3.2 later")
    async with smtp_server(mailbox, tmp_path) as port:
        stand = Stand(settings(tmp_path, port), ANA)
        for minute in (0, 10, 20):
            at = NOON + timedelta(minutes=minute)
            await stand.post(alert_slot(at), Message(text="Noe venter"), due_at=at)
            await stand.deliver(at=at)
        mailbox.to_recipient = None
        await stand.deliver(at=NOON + timedelta(minutes=40))
        assert len(mailbox.taken) == 1
        at = NOON + timedelta(minutes=50)
        await stand.post(alert_slot(at), Message(text="Noe venter"), due_at=at)
        await stand.deliver(at=at)
    assert len(mailbox.taken) == 2


async def test_an_alert_that_is_late_waits_for_the_morning(tmp_path: Path) -> None:
    scene = town()
    mailbox = Mailbox(to_recipient="450 4.3.2 later")
    opens_at = scene.content.opening
    due, evening = datetime(2026, 11, 24, 14, 20, tzinfo=UTC), datetime(2026, 11, 24, 14, 45, tzinfo=UTC)
    async with smtp_server(mailbox, tmp_path) as port:
        stand = Stand(settings(tmp_path, port), scene.get(Person, "ana"), opens_at=opens_at)
        await stand.post("alert/1", Message(text="Noe venter"), due_at=due)
        await stand.deliver(at=due)
        mailbox.to_recipient = None
        await stand.deliver(at=evening)
        assert mailbox.taken == []
        await stand.deliver(at=opens_at(scene.get(Person, "ana"), evening))
    assert len(mailbox.taken) == 1


async def test_an_alert_withdrawn_before_it_is_due_is_never_sent(tmp_path: Path) -> None:
    mailbox = Mailbox()
    async with smtp_server(mailbox, tmp_path) as port:
        stand = Stand(settings(tmp_path, port), ANA)
        await stand.post("alert/1", Message(text="Noe venter"), due_at=NOON)
        await stand.post("alert/1", Message(text="Noe venter"), due_at=NOON)
        await stand.post("alert/1", None, due_at=NOON)
        await stand.deliver(at=NOON)
    assert mailbox.attempts == 0
    assert await stand.statuses() == [DeliveryStatus.DELETED]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"smtp_sender": ""}, "HEIA_SMTP_SENDER"),
        ({"public_url": ""}, "HEIA_PUBLIC_URL"),
        ({"smtp_sender": "Heia <heia@nes.example>"}, "HEIA_SMTP_SENDER"),
        ({"smtp_user": "heia"}, "HEIA_SMTP_USER"),
        ({"smtp_tls": "none"}, "HEIA_SMTP_TLS"),
        ({"smtp_host": "smtp://mail.nes.example"}, "HEIA_SMTP_HOST"),
    ],
)
def test_settings_that_cannot_work_are_refused(tmp_path: Path, changes: dict[str, Any], name: str) -> None:
    with pytest.raises(BadSettings, match=name):
        settings(tmp_path, 587, **changes)


def test_a_file_without_certificates_is_refused(tmp_path: Path) -> None:
    (tmp_path / "server.pem").write_text("no certificate")
    with pytest.raises(BadSettings, match="HEIA_SMTP_CA_FILE"):
        mail_server(settings(tmp_path, 587))


async def examined(given: Settings) -> str:
    """Return what doctor says of the mail server."""
    return "; ".join([f"{finding.state}: {finding.found}" async for finding in mail_findings(given)])


async def test_doctor_finds_a_server_that_takes_alerts_and_sends_it_none(tmp_path: Path) -> None:
    mailbox = Mailbox()
    async with smtp_server(mailbox, tmp_path, sign_in=True) as port:
        given = settings(tmp_path, port, smtp_user="heia", smtp_password=PASSWORD)
        assert await examined(given) == f"ok: localhost:{port} takes alerts, over verified TLS"
    assert (mailbox.attempts, mailbox.taken) == (0, [])
    assert await examined(load_settings()) == ""


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"smtp_ca_file": None}, "smtp_tls"),
        ({"smtp_host": "127.0.0.1"}, "smtp_tls"),
        ({"smtp_user": "heia", "smtp_password": "feil"}, "smtp_sign_in"),
        ({}, "smtp_530"),
    ],
    ids=["unknown authority", "another name", "password", "no sign-in"],
)
async def test_doctor_says_why_a_server_takes_no_alerts(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    async with smtp_server(Mailbox(), tmp_path, sign_in=True) as port:
        given = settings(tmp_path, port, **changes)
        assert await examined(given) == f"fail: {given.smtp_host}:{port} takes no alerts: {reason}"


async def test_doctor_finds_a_server_that_is_away_plain_or_refuses_the_sender(tmp_path: Path) -> None:
    async with smtp_server(Mailbox(), tmp_path) as port:
        away = settings(tmp_path, port)
    assert (await examined(away)).endswith("takes no alerts: smtp_no_connection")
    async with smtp_server(Mailbox(), tmp_path, starttls=False) as port:
        assert (await examined(settings(tmp_path, port))).endswith("takes no alerts: smtp_broken_off")
    mailbox = Mailbox(to_sender="553 5.7.1 ADDRESS is not yours")
    async with smtp_server(mailbox, tmp_path) as port:
        assert (await examined(settings(tmp_path, port))).endswith("takes no alerts: smtp_553")


async def test_doctor_does_not_wait_for_a_silent_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    monkeypatch.setattr(surface, "MAIL_SECONDS", 0.2)
    async with smtp_server(Mailbox(), tmp_path), raw_server(silent) as port:
        assert (await examined(settings(tmp_path, port))).endswith("takes no alerts: smtp_slow")


async def test_words_of_a_server_from_before_tls_are_not_believed(tmp_path: Path) -> None:
    heard = bytearray()

    async def injected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        await reader.readline()
        writer.write(b"250-here\r\n250 STARTTLS\r\n")
        await reader.readline()
        writer.write(b"220 go\r\n250 OK\r\n250 OK\r\n250 OK\r\n")
        heard.extend(await reader.read())

    async with smtp_server(Mailbox(), tmp_path), raw_server(injected) as port:
        outcome = await Post(settings(tmp_path, port)).send()
    assert isinstance(outcome, Faulted)
    assert (outcome.again, outcome.unsure) == (True, False)
    assert b"ana" not in heard
