"""Milestones in words, the same in chat, on pages, in calendars and in pictures."""

from datetime import date

from dialogs.core.content import Content
from dialogs.core.milestone import Milestone, MilestoneState, date_in_words
from dialogs.core.person import Person
from dialogs.core.texts import Texts


def milestone_line(texts: Texts, milestone: Milestone, today: date) -> str:
    """Return date and text in one line of Markdown; for an open one also how sure it is, and the date before."""
    line = texts("status.milestone", date=shown_date(texts, milestone), what=what_of(texts, milestone))
    notes = notes_of(texts, milestone, today)
    return f"{line} ({', '.join(notes)})" if notes else line


def shown_date(texts: Texts, milestone: Milestone) -> str:
    """Return the planned date in words; for a completed milestone its day, if known."""
    done_on = milestone.done_on if milestone.done else ""
    return date_in_words(texts, done_on or milestone.date)


def what_of(texts: Texts, milestone: Milestone) -> str:
    """Return what happens; a sample says first that it is an example."""
    text = milestone.what_in(texts.language)
    return texts("common.sample", text=text) if milestone.sample else text


def notes_of(texts: Texts, milestone: Milestone, today: date) -> list[str]:
    """Return how sure an open milestone is, that it is late, and its date before it was moved."""
    notes = []
    match milestone.state(today):
        case MilestoneState.LATE:
            notes.append(texts("timeline.note.late"))
        case MilestoneState.PLANNED if milestone.certainty is not None:
            notes.append(texts(f"timeline.certainty.{milestone.certainty}"))
        case MilestoneState.WITHDRAWN:
            notes.append(texts("timeline.state.withdrawn"))
        case _:
            pass
    if milestone.was:
        notes.append(texts("timeline.note.was", date=date_in_words(texts, milestone.was)))
    return notes


def own_title(texts: Texts, content: Content, person: Person | None) -> str:
    """Return the title of the plan for a person's unit, else municipality, else for everyone."""
    organisation = content.organisation
    unit = organisation.find_unit(person.unit_id) if person is not None and person.unit_id else None
    municipality = organisation.municipalities.get(person.municipality_id or "") if person is not None else None
    place = unit or municipality
    return texts("timeline.title_of", place=place.names.text(texts.language)) if place else texts("timeline.source")


def picture_address(content: Content, person: Person | None) -> str:
    """Return the address of the picture of the plan; for outside visitors the public one. Empty without web pages."""
    if not content.origin:
        return ""
    if person is not None and not person.is_outsider:
        return f"{content.origin}/desk/timeline"
    place = person.municipality_id if person is not None else None
    return f"{content.origin}/timeline/{place}.png" if place and content.public_calendar else ""


def scope_of(texts: Texts, content: Content, milestone: Milestone) -> str:
    """Return the units or municipalities that a milestone concerns."""
    organisation = content.organisation
    if milestone.units:
        units = (organisation.find_unit(unit_id) for unit_id in sorted(milestone.units))
        return ", ".join(dict.fromkeys(unit.names.text(texts.language) for unit in units if unit is not None))
    if milestone.municipalities:
        places = (
            organisation.municipalities.get(municipality_id) for municipality_id in sorted(milestone.municipalities)
        )
        return ", ".join(place.names.text(texts.language) for place in places if place is not None)
    return texts("timeline.everyone")
