"""Weekly tips from ambassadors, sent in one card to subscribers."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, ClassVar, Final
from zoneinfo import ZoneInfo

from dialogs.ambassadors.settings import subject
from dialogs.availability.profile import AmbassadorProfile
from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.data_rules import DataRules, Purpose, Whose, month_term
from dialogs.core.decision import NOTHING, Notice, Post, do, later, put
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.names import name_of
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, find, find_all, new_id
from dialogs.core.speaker import answer, find_texts
from dialogs.core.texts import Texts
from dialogs.handoff.projection import masked_notes
from knowledge.organisation.office_hours import OfficeHours
from knowledge.organisation.unit import PersonId

# A tip shared among ambassadors.


@dataclass(frozen=True, slots=True, kw_only=True)
class Tip:
    """One tip, masked.

    ``week``: ISO week of its sending, such as 2026-W48.
    """

    KIND: ClassVar[str] = "tip"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(most="5 a week", whose=Whose.HELPER, months=12, dated="created_at")

    id: Annotated[str, Purpose.ORDER]
    by: Annotated[PersonId, Purpose.NETWORK]
    municipality_id: Annotated[str, Purpose.PLACE]
    text: Annotated[str, Purpose.NETWORK]
    week: Annotated[str, Purpose.ORDER]
    created_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        yield f"person:{self.by}"
        yield f"week:{self.week}@{self.municipality_id}"
        yield month_term(self.created_at)


def week_of(at: datetime) -> str:
    """Return the ISO week of an instant."""
    year, week, _ = at.isocalendar()
    return f"{year}-W{week:02d}"


MAX_LETTERS: Final = 1000
MAX_A_WEEK: Final = 5
FRIDAY: Final = 4
AT_NINE: Final = time(9, 0)


def tip(event: Event, content: Content) -> Flow:
    """Show the form for a tip, or store it for Friday's card."""
    profile = yield from subject(event, content)
    texts = yield from find_texts(content, event.person_id)
    written = event.pressed.text("tip")
    words = written[:MAX_LETTERS].strip()
    if not words:
        return answer(event, "ambassador/tip", _form(texts), texts)
    municipality_id = profile.ambassador.municipality_id
    out_at = next_friday(content, municipality_id, event.at)
    week = week_of(out_at)
    before = yield from find_all(Tip, f"week:{week}@{municipality_id}")
    if sum(tip.by == profile.id for tip in before) >= MAX_A_WEEK:
        return do(Notice(text=texts("ambassador.tip.enough", number=MAX_A_WEEK)))
    given = Tip(
        id=(yield from new_id("tip")),
        by=profile.id,
        municipality_id=municipality_id,
        text=words,
        week=week,
        created_at=event.at,
    )
    data = {"municipality_id": municipality_id, "week": week}
    sent = later(f"ambassador/tips/{municipality_id}/{week}", out_at, "ambassador.tips", **data)
    noted = masked_notes(event, texts, written)
    thanks = Message.plain(texts("ambassador.tip.thanks", moment=texts.moment(out_at)))
    return put(given) + do(*noted, sent) + answer(event, "ambassador/tip", thanks, texts)


def send_out(event: Event, content: Content) -> Flow:
    """Send the week's tips to subscribed ambassadors, also of sharing municipalities."""
    week, municipality_id = event.rang.data.get("week", ""), event.rang.data.get("municipality_id", "")
    tips = yield from find_all(Tip, f"week:{week}@{municipality_id}")
    if not tips:
        return NOTHING
    posts = []
    for profile in (yield from _readers(content, municipality_id)):
        if profile.tips:
            message = yield from _card((yield from find_texts(content, profile.id)), tips)
            posts.append(Post(to=profile.id, slot=_slot(municipality_id, week), message=message))
    return do(*posts)


def taken_away(content: Content, person_id: str) -> Asking[tuple[Post, ...]]:
    """Return the posts that remove a person's tips from the cards already sent."""
    posts = []
    own = yield from find_all(Tip, f"person:{person_id}")
    for municipality_id, week in sorted({(tip.municipality_id, tip.week) for tip in own}):
        tips = yield from find_all(Tip, f"week:{week}@{municipality_id}")
        others = tuple(tip for tip in tips if tip.by != person_id)
        for profile in (yield from _readers(content, municipality_id)):
            message = (yield from _card((yield from find_texts(content, profile.id)), others)) if others else None
            posts.append(Post(to=profile.id, slot=_slot(municipality_id, week), message=message, only_update=True))
    return tuple(posts)


def _readers(content: Content, municipality_id: str) -> Asking[list[AmbassadorProfile]]:
    """Return the ambassadors that may receive a municipality's tips."""
    profiles: list[AmbassadorProfile] = []
    for id_ in (municipality_id, *sorted(content.organisation.sharing(municipality_id))):
        profiles += yield from find_all(AmbassadorProfile, f"active@{id_}")
    return profiles


def _slot(municipality_id: str, week: str) -> str:
    return f"ambassador/tips/{municipality_id}/{week}"


def unsubscribe(event: Event, content: Content) -> Flow:
    """Stop the weekly tips; the settings enable them again."""
    profile = yield from subject(event, content)
    texts = yield from find_texts(content, event.person_id)
    return put(replace(profile, tips=False)) + do(Notice(text=texts("ambassador.tip.stopped")))


def next_friday(content: Content, municipality_id: str, at: datetime) -> datetime:
    """Return the next Friday at nine, local time, after ``at``."""
    municipality = content.organisation.municipalities.get(municipality_id)
    hours = municipality.office_hours if municipality else OfficeHours()
    zone = ZoneInfo(hours.timezone)
    day = at.astimezone(zone).date()
    while True:
        out_at = datetime.combine(day, AT_NINE, zone).astimezone(UTC)
        if day.weekday() == FRIDAY and out_at > at:
            return out_at
        day += timedelta(days=1)


def _card(texts: Texts, tips: tuple[Tip, ...]) -> Asking[Message]:
    title = texts.plural("ambassador.tip.title", len(tips))
    body: list[card.Element] = [card.heading(title)]
    lines = [title]
    for tip in tips:
        by = yield from find(Person, tip.by)
        body += [card.quote(tip.text), card.small(name_of(by, texts))]
        lines.append(f"- {tip.text}")
    return Message(
        text="\n".join(lines),
        card=card.card(
            body,
            [
                card.press(texts("ambassador.tip.own"), "ambassador.tip"),
                card.press(texts("ambassador.tip.stop"), "ambassador.tips_off"),
            ],
        ),
    )


def _form(texts: Texts) -> Message:
    return Message(
        text=texts("ambassador.tip.ask"),
        card=card.card(
            [
                card.heading(texts("ambassador.tip.ask")),
                card.write(
                    "tip",
                    texts("ambassador.tip.label"),
                    multiline=True,
                    required=texts("ambassador.tip.required"),
                    most=MAX_LETTERS,
                ),
            ],
            [card.press(texts("ambassador.tip.send"), "ambassador.tip", primary=True)],
        ),
    )
