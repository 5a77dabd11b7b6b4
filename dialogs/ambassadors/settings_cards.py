"""Cards of an ambassador's settings."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from dialogs.ambassadors.fields import FIELDS
from dialogs.availability.profile import IMPORT, AmbassadorProfile, ProfileChange
from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.message import Message
from dialogs.core.names import name_of
from dialogs.core.person import Person
from dialogs.core.texts import Texts

WEEKDAYS = ("0", "1", "2", "3", "4", "5", "6")


def topics_of(content: Content) -> frozenset[str]:
    """Return the topics of all articles, which ambassadors can choose from."""
    return frozenset(topic for article in content.articles.articles.values() for topic in article.topics)


def settings(
    texts: Texts,
    profile: AmbassadorProfile,
    *,
    topics: Collection[str],
    substitutes: Sequence[tuple[str, str]],
    on: date,
    news: str,
    names: Mapping[str, str],
    whose: str,
    changed: str,
) -> Message:
    """Return the settings card.

    Args:
        substitutes: name and person id of possible substitutes.
        on: today in the municipality.
        news: note on the change just made; may be empty.
        names: names of the substitutes in the absences, by person id.
        whose: name of the ambassador if an admin looks at it, else empty.
        changed: note on the latest earlier change; may be empty.
    """
    ambassador, id_ = profile.ambassador, profile.id
    title = texts("ambassador.settings.of", name=whose) if whose else texts("ambassador.settings.title")
    body: list[card.Element] = [card.status(news, style="good")] if news else []
    body += [card.heading(title), card.facts(_facts(texts, profile, on, names))]
    body += [card.small(changed)] if changed else []
    away = [absence for absence in ambassador.absences if absence.last_day >= on]
    actions = [
        card.reveal(texts("ambassador.settings.edit"), _form(texts, profile, topics)),
        card.reveal(texts("ambassador.settings.absence"), _absence_form(texts, id_, substitutes)),
        card.reveal(texts("ambassador.settings.hours"), _hours_form(texts, profile)),
        card.press(texts("ambassador.settings.present"), "ambassador.present", checks=False, person_id=id_)
        if away
        else None,
        card.press(texts("ambassador.settings.resume"), "ambassador.resume", checks=False, person_id=id_)
        if ambassador.paused
        else card.press(texts("ambassador.settings.pause"), "ambassador.pause", checks=False, person_id=id_),
        card.press(texts("ambassador.settings.leave"), "ambassador.leave", checks=False, person_id=id_),
    ]
    return Message(text=news or title, card=card.card(body, [action for action in actions if action]))


def changed(texts: Texts, last: ProfileChange, by: Person | None, *, viewer_id: str) -> str:
    """Return when and by which source the settings last changed.

    The source is the viewer, another person, or an import.
    """
    moment = texts.moment(last.at)
    if last.by == viewer_id:
        return texts("ambassador.settings.changed_by_you", moment=moment)
    if last.by == IMPORT:
        return texts("ambassador.settings.changed_by_import", moment=moment)
    return texts("ambassador.settings.changed_by", moment=moment, name=name_of(by, texts))


def changes_notice(
    texts: Texts,
    before: AmbassadorProfile,
    after: AmbassadorProfile,
    *,
    by: Person | None,
    on: date,
    names: Mapping[str, str],
) -> Message | None:
    """Return a notice of changes made by another person, or None.

    None if the saved values equal the earlier ones.
    """
    was, now = _compared(texts, before, on, names), _compared(texts, after, on, names)
    rows = [
        (name, texts("ambassador.settings.was", now=value, before=was[name]))
        for name, value in now.items()
        if was[name] != value
    ]
    if not rows:
        return None
    line = texts("ambassador.settings.told", name=name_of(by, texts))
    return Message(
        text="\n".join((line, *(f"{name}: {value}" for name, value in rows))),
        card=card.card(
            [card.paragraph(line), card.facts(rows)],
            [card.press(texts("ambassador.settings.open"), "ambassador.settings")],
        ),
    )


def taken_out(texts: Texts, by: Person | None) -> Message:
    """Return the notice that another person ended the role."""
    return Message.plain(texts("ambassador.settings.taken_out", name=name_of(by, texts)))


def _compared(texts: Texts, profile: AmbassadorProfile, on: date, names: Mapping[str, str]) -> dict[str, str]:
    """Return every setting as text, including unset ones, for comparison."""
    values = {texts(f"ambassador.settings.{name}"): "" for name in ("away", "hours", "state")}
    for name, value in _facts(texts, profile, on, names):
        values[name] = f"{values[name]}; {value}" if values.get(name) else value
    values[texts("ambassador.settings.tips")] = texts(f"ambassador.settings.{'on' if profile.tips else 'off'}")
    values[texts("ambassador.settings.state")] = values[texts("ambassador.settings.state")] or texts(
        "ambassador.settings.at_work"
    )
    return {name: value or "–" for name, value in values.items()}


def _facts(texts: Texts, profile: AmbassadorProfile, on: date, names: Mapping[str, str]) -> list[tuple[str, str]]:
    ambassador = profile.ambassador
    facts = [(field.label(texts), field.shown(texts, ambassador)) for field in FIELDS]
    for absence in ambassador.absences:
        if absence.last_day >= on:
            days = f"{texts.day(absence.first_day)} – {texts.day(absence.last_day)}"
            stand_in = names.get(absence.substitute_id or "", "")
            who = f" ({texts('ambassador.settings.substitute_is', name=stand_in)})" if stand_in else ""
            facts.append((texts("ambassador.settings.away"), f"{days}{who}"))
    if ambassador.office_hours:
        hours = ambassador.office_hours
        days = ", ".join(texts(f"ambassador.weekday.{day}") for day in sorted(hours.weekdays))
        facts.append((texts("ambassador.settings.hours"), f"{days}: {hours.opens:%H:%M}–{hours.closes:%H:%M}"))
    if ambassador.paused:
        facts.append((texts("ambassador.settings.state"), texts("ambassador.availability.paused")))
    return facts


def _form(texts: Texts, profile: AmbassadorProfile, topics: Collection[str]) -> card.Element:
    body = [element for field in FIELDS for element in field.asked(texts, profile.ambassador, topics)]
    body.append(card.toggle("tips", texts("ambassador.settings.tips"), on=profile.tips))
    save = card.press(texts("ambassador.settings.save"), "ambassador.save", primary=True, person_id=profile.id)
    return card.card(body, [save])


def _absence_form(texts: Texts, person_id: str, substitutes: Sequence[tuple[str, str]]) -> card.Element:
    nobody = (texts("ambassador.settings.no_substitute"), "")
    body = [
        card.pick_date(
            "first_day",
            texts("ambassador.settings.first_day"),
            required=texts("ambassador.settings.first_day_needed"),
        ),
        card.pick_date("last_day", texts("ambassador.settings.last_day")),
        card.choose("substitute_id", texts("ambassador.settings.substitute"), [nobody, *substitutes]),
    ]
    save = card.press(texts("ambassador.settings.save"), "ambassador.absence", primary=True, person_id=person_id)
    return card.card(body, [save])


def _hours_form(texts: Texts, profile: AmbassadorProfile) -> card.Element:
    own = profile.ambassador.office_hours
    days = [(texts(f"ambassador.weekday.{day}"), day) for day in WEEKDAYS]
    body = [
        card.choose(
            "weekdays",
            texts("ambassador.settings.weekdays"),
            days,
            value=",".join(str(day) for day in sorted(own.weekdays)) if own else "0,1,2,3,4",
            several=True,
        ),
        card.pick_time("opens", texts("ambassador.settings.opens"), value=f"{own.opens:%H:%M}" if own else ""),
        card.pick_time("closes", texts("ambassador.settings.closes"), value=f"{own.closes:%H:%M}" if own else ""),
        card.small(texts("ambassador.settings.hours_hint")),
    ]
    save = card.press(texts("ambassador.settings.save"), "ambassador.hours", primary=True, person_id=profile.id)
    return card.card(body, [save])


def left(texts: Texts) -> Message:
    """Return the farewell, with a way to rejoin."""
    again = card.press(texts("ambassador.apply.again"), "ambassador.apply")
    return Message.plain(texts("ambassador.settings.left"), [again])


def removed(texts: Texts, person: Person | None) -> Message:
    """Return an administrator's confirmation of a colleague's ended role."""
    return Message.plain(texts("ambassador.settings.removed", name=name_of(person, texts)))


def stranger(texts: Texts, person: Person | None) -> Message:
    """Return the note for people without the role, and how to apply."""
    if person is None or person.is_outsider:
        return Message.plain(texts("ambassador.not_for_guests"))
    line = texts("ambassador.not_one")
    apply = card.press(texts("ambassador.apply.open"), "ambassador.apply")
    return Message.plain(line, [apply])
