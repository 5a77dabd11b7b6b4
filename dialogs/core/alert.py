"""Alerts outside the pages: that something waits, and nothing else.

A flow marks a post that brings something new (`Post.alerts`). Its recipient gets an alert if they chose that, in office
hours only. Alerts of the same ten minutes are one message, because they have one slot; it is withdrawn when the person
uses Heia before it goes out.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import Effect, Post, Urgency, do
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.person import Address, Person
from dialogs.core.query import Flow, find_each

# Page that turns them off, on the web.
ALERTS_PATH: Final = "/chat/alerts"
# Prefix of the slots of alerts.
ALERT_SLOT: Final = "alert/"
# An alert goes out at the next multiple of this.
DIGEST: Final = timedelta(minutes=10)
# After so much working time an alert is not worth a message any more.
VALID_FOR: Final = timedelta(hours=8)


def wants_alerts(person: Person) -> bool:
    """Return whether alerts may be sent to the person now."""
    return person.mail_alerts and person.mailable


def alert_time(person: Person, at: datetime, content: Content) -> datetime:
    """Return when an alert decided at ``at`` goes out."""
    return content.opening(person, _next_multiple(at))


def alert_end(person: Person, at: datetime, content: Content) -> datetime:
    """Return the expiry of an alert that goes out at ``at``.

    It counts office hours only: a channel that was down at closing time sends it at the next opening.
    """
    return content.after_working_time(person.municipality_id or "", at, VALID_FOR)


def alert_slot(at: datetime) -> str:
    """Return the slot of the alerts that go out at a time; slots sort by it."""
    return f"{ALERT_SLOT}{at.astimezone(UTC):%Y-%m-%dT%H:%M}"


def with_alerts(event: Event, content: Content, flow: Flow) -> Flow:
    """Add the alerts to the decision of a flow, and withdraw that of the acting person."""
    decision = yield from flow
    if content.channels.for_alerts is None:
        return decision
    alerted = {effect.to for effect in decision.effects if isinstance(effect, Post) and effect.alerts}
    concerned = sorted(alerted | set(filter(None, [event.person_id])))
    people = yield from find_each(Person, concerned)
    effects = [
        _alert(people[id_], event, content, withdraw=id_ == event.person_id)
        for id_ in concerned
        if id_ in people and wants_alerts(people[id_])
    ]
    return decision + do(*effects)


def _alert(person: Person, event: Event, content: Content, *, withdraw: bool) -> Effect:
    channel = content.channels.for_alerts
    if channel is None:
        raise ValueError("no channel carries alerts")
    at = alert_time(person, event.at, content)
    return Post(
        to=person.id,
        slot=alert_slot(at),
        message=None if withdraw else Message(text=content.texts[person.language]("alert.subject")),
        urgency=Urgency.QUIET,
        not_before=at,
        expires_at=alert_end(person, at, content),
        only_update=withdraw,
        address=Address(channel=channel.name),
    )


def _next_multiple(at: datetime) -> datetime:
    """Return the first multiple of ``DIGEST`` after ``at``."""
    begun = at - datetime.min.replace(tzinfo=at.tzinfo)
    return at + DIGEST - begun % DIGEST
