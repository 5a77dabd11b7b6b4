"""The nearest ambassadors of a person, with the reasons for the choice."""

from dialogs.availability.topic import topic_names
from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow
from dialogs.core.speaker import answer, speaker_of
from dialogs.core.texts import Texts
from dialogs.handoff.cards import plain
from dialogs.handoff.unit_of_work import UnitOfWork, name_for
from dialogs.handoff.views import unit_name
from dialogs.profile.cards import place_card
from knowledge.organisation.nearest import Asker, Ranked, Reason, Why

SHOWN = 3


def show_nearest(event: Event, content: Content) -> Flow:
    """Show the nearest ambassadors of the person's own municipality."""
    work = UnitOfWork(event, content)
    speaker = yield from speaker_of(event, content)
    person, texts = speaker.person, speaker.texts
    if person.municipality_id is None or person.unit_id is None:
        return answer(event, "profile", place_card(content, texts, person=person, then_verb="ambassador.mine"), texts)
    registry = yield from work.registry(person.municipality_id)
    asker = Asker(
        person_id=person.id,
        municipality_id=person.municipality_id,
        unit_id=person.unit_id,
        language=person.language,
    )
    # More than shown: the ranking also contains ambassadors of sharing municipalities.
    ranked = registry.nearest(asker, content, event.at, free_only=False, limit=SHOWN * 5)
    nearest = [each for each in ranked if each.ambassador.municipality_id == person.municipality_id][:SHOWN]
    message = yield from _card(work, person, texts, nearest)
    return answer(event, "ambassador/mine", message, texts)


def why(work: UnitOfWork, viewer: Person, texts: Texts, reasons: tuple[Why, ...]) -> Asking[str]:
    """Return the reasons as one sentence for ``viewer``."""
    parts: list[str] = []
    for each in reasons:
        match each.reason:
            case Reason.KNOWS:
                what = topic_names(texts, each.subjects)
            case Reason.SPEAKS:
                what = texts(f"ambassador.language.{each.subjects[0]}")
            case Reason.STANDS_IN:
                absent = yield from work.person(each.subjects[0])
                what = name_for(viewer, absent, texts)
            case _:
                what = ""
        parts.append(texts(f"ambassador.why.{each.reason}", what=what, number=each.number))
    line = ", ".join(parts)
    return f"{line[:1].upper()}{line[1:]}." if line else ""


def _card(work: UnitOfWork, viewer: Person, texts: Texts, nearest: list[Ranked]) -> Asking[Message]:
    if not nearest:
        if viewer.is_guest:
            return plain(texts("ambassador.mine.none_for_guests"))
        none = texts("ambassador.mine.none")
        apply = card.press(texts("ambassador.apply.open"), "ambassador.apply")
        return Message(text=none, card=card.card([card.paragraph(none)], [apply]))
    body: list[card.Element] = [card.heading(texts("ambassador.mine.title"))]
    lines = [texts("ambassador.mine.title")]
    for each in nearest:
        person: Person | None = yield from work.person(each.ambassador.person_id)
        name = name_for(viewer, person, texts) if person or viewer.is_guest else each.ambassador.name
        name = f"{name[:1].upper()}{name[1:]}"
        unit = unit_name(work, each.ambassador.unit_id, texts) or texts("handoff.the_municipality")
        state = texts(f"ambassador.availability.{each.availability}")
        reasons = yield from why(work, viewer, texts, each.why)
        knows = topic_names(texts, each.ambassador.topics)
        facts = [(texts("ambassador.mine.now"), state)]
        if knows:
            facts.append((texts("ambassador.mine.knows"), knows))
        body += [card.paragraph(f"**{name}**, {unit}"), card.facts(facts), card.small(reasons)]
        lines.append(f"- {name}, {unit}. {state}. {reasons}")
    if viewer.is_guest:
        lines.append(texts("ambassador.mine.guest"))
        body.append(card.small(lines[-1]))
    return Message(
        text="\n".join(lines),
        card=card.card(body, [card.press(texts("ambassador.mine.ask"), "handoff.start", primary=True)]),
    )
