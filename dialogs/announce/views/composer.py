"""The big composer: a draft's form on one page, its preview, and the last look before sending."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from dialogs.announce.access import Announcer, needs_approval
from dialogs.announce.audience import Audience
from dialogs.announce.cards import describe, handle, link_gaps, send_label
from dialogs.announce.compose.channels import chosen, offered
from dialogs.announce.compose.counting import counted_now
from dialogs.announce.compose.form import KEEP_IMAGE, read_form
from dialogs.announce.compose.form_card import MAX_SHOWN, ROLES
from dialogs.announce.compose.image import latest_upload
from dialogs.announce.compose.wording import by_field
from dialogs.announce.deliver.message_builder import last_day
from dialogs.announce.following import TOPICS, Following
from dialogs.announce.model import EDITABLE, Announcement, AnnouncementState, Severity
from dialogs.announce.office_hours import is_outside_hours, question
from dialogs.announce.views.details import (
    Preview,
    SubjectsForm,
    enclosure_values,
    form_event,
    previews,
    subjects_form,
    wording_values,
)
from dialogs.announce.views.listing import announcement_for, municipality_name, reader_of
from dialogs.core.card import unmarked
from dialogs.core.image import Image
from dialogs.core.names import name_of
from dialogs.core.person import Person
from dialogs.core.query import Asking, count, find, find_all, find_each
from dialogs.core.speaker import Viewer
from dialogs.core.texts import Texts
from knowledge.article.article import Language
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import Sector

# Most people that are counted during writing; more are counted when the form is saved.
COUNTED_LIVE: Final = 500
# Fields of the form that are ticked with "true".
TICKS: Final = ("confirm", "incident", "joiners", "channels_only", "keep_list")


@dataclass(frozen=True, slots=True, kw_only=True)
class FormChoice:
    """A choice of the form. ``level``: depth of a unit below its municipality, from 0."""

    value: str
    name: str
    level: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How many a draft reaches.

    ``people`` is None while they are not counted; ``at_most`` is then an upper bound, where it is known.
    """

    audience: str
    people: int | None
    muted: int = 0
    names: tuple[str, ...] = ()
    channels: int = 0
    at_most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposerPage:
    """A draft or template.

    Attributes:
        returned: who sent it back, as a sentence; empty for other drafts.
        data: of every button: id and edition.
        values: what the form has now, by field as ``announce.preview`` reads it; lists are joined by commas.
        choices: the choices of every list.
        listed: number of people of a pasted list that is too long to show.
        warnings: faults that do not prevent sending, as sentences.
        uploaded: an image sent in the chat that can be put in.
        errors: sentences about refused input, by field.
    """

    id: str
    template: bool
    returned: str
    title: str
    municipality: str
    data: Mapping[str, str]
    values: Mapping[str, str]
    choices: Mapping[str, tuple[FormChoice, ...]]
    listed: int
    image_id: str | None
    uploaded: Image | None
    previews: tuple[Preview, ...]
    reach: Reach | None
    warnings: tuple[str, ...]
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePreview:
    """What the form would be, unsaved: faults as sentences, else previews, reach and warnings."""

    faults: tuple[str, ...]
    previews: tuple[Preview, ...] = ()
    reach: Reach | None = None
    warnings: tuple[str, ...] = ()


def is_draft(viewer: Viewer, id_: str) -> Asking[bool]:
    """Return whether the announcement is still a draft or template. Raises EventRefused."""
    _, announcement = yield from announcement_for(viewer, id_)
    return announcement.state in EDITABLE


def latest_draft(viewer: Viewer) -> Asking[str]:
    """Return the id of the draft that the viewer began last; empty without one. Raises EventRefused."""
    reader_of(viewer)
    own = yield from find_all(Announcement, f"author:{viewer.person.id}")
    drafts = [announcement for announcement in own if announcement.state is AnnouncementState.DRAFT]
    return max(drafts, key=lambda draft: (draft.created_at, draft.id)).id if drafts else ""


def composer_page(viewer: Viewer, id_: str) -> Asking[ComposerPage]:
    """Return the form of a draft with its preview. Raises EventRefused."""
    draft, announcer = yield from draft_for(viewer, id_)
    channels = yield from offered(announcer)
    uploaded = yield from latest_upload(viewer.person.id)
    written = bool(draft.wordings)
    reach = (yield from reach_of(viewer, draft)) if written else None
    people = yield from _listed_people(viewer, draft)
    return ComposerPage(
        id=draft.id,
        template=draft.state is AnnouncementState.TEMPLATE,
        returned=(yield from _returned(viewer, draft)),
        title=draft.wording(viewer.texts.language).title if written else viewer.texts("announce.form.heading"),
        municipality=municipality_name(viewer, draft.municipality_id),
        data={name: str(value) for name, value in handle(draft).items()},
        values=_values(draft, people),
        choices={
            **_choices(viewer, announcer),
            "people": people,
            "channels": tuple(
                FormChoice(value=channel.channel_id, name=channel.display_name(viewer.texts)) for channel in channels
            ),
        },
        listed=len(draft.audience.person_ids) if _is_long(draft.audience) else 0,
        image_id=draft.image_id,
        uploaded=uploaded,
        previews=previews(viewer, draft) if written else (),
        reach=reach,
        warnings=tuple(link_gaps(viewer.texts, draft)),
    )


def live_preview(viewer: Viewer, id_: str, data: Mapping[str, str]) -> Asking[LivePreview]:
    """Return what the form with ``data`` would be, without saving it. Raises EventRefused."""
    draft, announcer = yield from draft_for(viewer, id_)
    event = form_event(viewer, data, verb=SAVE)
    form, faults = read_form(event, viewer.content, announcer)
    targets = yield from chosen(form.channel_ids, form.audience, viewer.content)
    if targets is None:
        faults = (*faults, viewer.texts("announce.fault.channel"))
    if faults:
        return LivePreview(faults=faults)
    # People of a list are looked up only when the form is saved.
    kept = draft.audience.person_ids if form.keeps_list else frozenset[str]()
    filled = form.fill(draft, person_ids=kept, channels=targets or (), at=viewer.at)
    at_most = None
    if draft.counts is not None and filled.audience == draft.audience and not form.listed:
        filled = replace(filled, counted=replace(draft.counts, edition=filled.edition))
    elif not form.listed:
        at_most = yield from _bound(viewer, filled)
        if at_most <= COUNTED_LIVE:
            filled = yield from counted_now(filled, viewer.content)
    reach = replace((yield from reach_of(viewer, filled)), at_most=at_most)
    gaps = tuple(link_gaps(viewer.texts, filled))
    return LivePreview(faults=(), previews=previews(viewer, filled), reach=reach, warnings=gaps)


def _bound(viewer: Viewer, draft: Announcement) -> Asking[int]:
    """Return a number of people that the audience cannot exceed, from the sizes of its index terms."""
    bound = 0
    for term in draft.audience.reach(viewer.content.organisation):
        if term.startswith("topic:"):
            bound += yield from count(Following, term)
        else:
            bound += 1 if term.startswith("person:") else (yield from count(Person, term))
    return bound


def draft_for(viewer: Viewer, id_: str) -> Asking[tuple[Announcement, Announcer]]:
    """Return the draft or template with its reader, an announcer. Raises EventRefused."""
    reader, draft = yield from announcement_for(viewer, id_)
    if reader.announcer is None or draft.state not in EDITABLE:
        raise viewer.refusal(f"announce.refuse.{draft.state}")
    return draft, reader.announcer


def reach_of(viewer: Viewer, draft: Announcement) -> Asking[Reach]:
    """Return how many the draft reaches, as far as they are counted."""
    counts = draft.counts
    sample = yield from find_each(Person, counts.sample if counts else ())
    # Only names of the owning municipality: announcers must not see staff of others.
    names = tuple(
        unmarked(person.name) for person in sample.values() if person.municipality_id == draft.municipality_id
    )
    return Reach(
        audience=describe(viewer.texts, viewer.content.organisation, draft),
        people=counts.people if counts else None,
        muted=counts.muted if counts else 0,
        names=names,
        channels=len(draft.channels),
    )


def _returned(viewer: Viewer, draft: Announcement) -> Asking[str]:
    """Return the sentence about who sent the draft back; empty for other drafts."""
    if draft.returned is None:
        return ""
    approver = yield from find(Person, draft.returned.by)
    by, moment = name_of(approver, viewer.texts), viewer.texts.moment(draft.returned.at)
    return viewer.texts("announce.returned", by=by, moment=moment)


def _listed_people(viewer: Viewer, draft: Announcement) -> Asking[tuple[FormChoice, ...]]:
    """Return the people of a list by name; those of other municipalities stay ids."""
    listed = yield from find_each(Person, () if _is_long(draft.audience) else draft.audience.person_ids)
    own = [person for person in listed.values() if person.municipality_id == draft.municipality_id]
    return tuple(
        FormChoice(
            value=person.id, name=", ".join(filter(None, (person.name or person.id, viewer.workplace_of(person))))
        )
        for person in sorted(own, key=lambda person: (person.name.casefold(), person.id))
    )


def _values(draft: Announcement, people: Iterable[FormChoice]) -> Mapping[str, str]:
    audience = draft.audience
    named = frozenset(choice.value for choice in people)
    lists = {
        "municipalities": audience.municipality_ids,
        "units": audience.unit_ids,
        "sectors": audience.sectors,
        "sites": audience.site_ids,
        "roles": audience.roles,
        "languages": audience.languages,
        "people": named,
        "channels": frozenset(channel.channel_id for channel in draft.channels),
    }
    ticked = {
        "confirm": draft.confirm,
        "incident": draft.incident,
        "joiners": draft.joiners,
        "channels_only": audience.channels_only,
        "keep_list": _is_long(audience),
    }
    return {
        **wording_values(draft),
        **enclosure_values(draft),
        **{name: ",".join(sorted(chosen)) for name, chosen in lists.items()},
        **{name: "true" if on else "" for name, on in ticked.items()},
        "image": KEEP_IMAGE,
        "sender": draft.sender,
        "severity": draft.severity,
        "topic": audience.topic,
        "list": "" if _is_long(audience) else "\n".join(sorted(audience.person_ids - named)),
    }


def _is_long(audience: Audience) -> bool:
    return len(audience.person_ids) > MAX_SHOWN


def _choices(viewer: Viewer, announcer: Announcer) -> Mapping[str, tuple[FormChoice, ...]]:
    texts, organisation = viewer.texts, viewer.content.organisation
    own = announcer.municipality_id
    municipalities = organisation.municipalities.values() if own is None else ()
    sites = (site for site in organisation.sites.values() if own in {None, site.municipality_id})
    return {
        "severity": tuple(
            FormChoice(value=severity, name=texts(f"announce.severity.{severity}")) for severity in Severity
        ),
        "municipalities": tuple(
            FormChoice(value=municipality.id, name=municipality.names.text(viewer.texts.language))
            for municipality in municipalities
        ),
        "units": tuple(
            _units(organisation, organisation.municipalities if own is None else (own,), viewer.texts.language)
        ),
        "sectors": tuple(FormChoice(value=sector, name=texts(f"announce.sector.{sector}")) for sector in Sector),
        "sites": tuple(FormChoice(value=site.id, name=site.names.text(viewer.texts.language)) for site in sites),
        "roles": tuple(FormChoice(value=role, name=texts(f"announce.role.{role}")) for role in ROLES),
        "languages": tuple(
            FormChoice(value=language, name=texts(f"announce.language.{language}")) for language in Language
        ),
        "topic": (
            FormChoice(value="", name=texts("announce.form.all")),
            *(FormChoice(value=topic, name=texts(f"status.topic.{topic}")) for topic in TOPICS),
        ),
    }


def _units(organisation: Organisation, tops: Iterable[str], language: Language) -> Iterable[FormChoice]:
    """Yield municipalities and their units, depth first; a municipality has level 0 and is no unit to choose."""
    for top in tops:
        yield FormChoice(value="", name=organisation.municipalities[top].names.text(language))
        yield from _below(organisation, top, language, 1)


def _below(organisation: Organisation, above: str, language: Language, level: int) -> Iterable[FormChoice]:
    for unit in organisation.children(above):
        yield FormChoice(value=unit.id, name=unit.names.text(language), level=level)
        yield from _below(organisation, unit.id, language, level + 1)


def with_written(page: ComposerPage, data: Mapping[str, str], shown: LivePreview) -> ComposerPage:
    """Return the page with the refused input and its preview."""
    return replace(
        page,
        values={name: data.get(name, "") for name in page.values},
        previews=shown.previews,
        reach=shown.reach,
        warnings=shown.warnings,
        # Of several faults of a field the first one stands there; the notice above has them all.
        errors=by_field(shown.faults),
    )


# The last look at a saved draft before it is sent, and the sentence about what an act on it has done.

SAVE: Final = "announce.preview"
SUBJECTS: Final = "announce.subjects"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasePage:
    """A saved draft as it would be sent.

    Attributes:
        data: of every button: id and edition, so that no other edition is sent.
        facts: pairs of name and value.
        waits: another person approves it first.
        go: the label of the button that sends, with the number of recipients.
        why: the reason when it cannot be sent, as a sentence; empty when it can.
        counting: the recipients are being counted.
        subjects: the form of an incident.
        off_hours: the question about sending it at once, outside office hours; else empty.
    """

    id: str
    title: str
    data: Mapping[str, str]
    facts: tuple[tuple[str, str], ...]
    reach: Reach
    previews: tuple[Preview, ...]
    warnings: tuple[str, ...]
    waits: bool
    go: str
    why: str
    counting: bool
    subjects: SubjectsForm | None
    off_hours: str


def release_page(viewer: Viewer, id_: str) -> Asking[ReleasePage | None]:
    """Return the saved draft as it would be sent; None for one that is not written yet. Raises EventRefused."""
    draft, _ = yield from draft_for(viewer, id_)
    if not draft.wordings or draft.state is not AnnouncementState.DRAFT:
        return None
    reach = yield from reach_of(viewer, draft)
    waits = needs_approval(draft, viewer.content)
    asks = not waits and is_outside_hours(draft, viewer.at, viewer.content)
    return ReleasePage(
        id=draft.id,
        title=draft.wording(viewer.texts.language).title,
        data={name: str(value) for name, value in handle(draft).items()},
        facts=_facts(viewer.texts, draft),
        reach=reach,
        previews=previews(viewer, draft),
        warnings=tuple(_warnings(viewer.texts, draft)),
        waits=waits,
        go=send_label(viewer.texts, draft, waits=waits),
        why=_why_not(viewer.texts, draft),
        counting=draft.counts is None,
        subjects=(yield from subjects_form(viewer, draft)),
        off_hours=question(viewer.texts, viewer.at) if asks else "",
    )


def said_after(viewer: Viewer, id_: str, *, verb: str) -> Asking[str]:
    """Return the sentence about what ``verb`` has just done to the announcement. Raises EventRefused."""
    _, announcement = yield from announcement_for(viewer, id_)
    texts = viewer.texts
    if verb == SUBJECTS:
        return texts("announce.done.subjects")
    if verb == SAVE or not announcement.history:
        return texts("announce.done.saved")
    act = announcement.history[-1].act
    if act == "scheduled" and announcement.scheduled_at is not None:
        return texts("announce.done.scheduled", moment=texts.moment(announcement.scheduled_at))
    return texts(f"announce.done.{act}")


def _facts(texts: Texts, draft: Announcement) -> tuple[tuple[str, str], ...]:
    pairs = [(texts("announce.form.severity"), texts(f"announce.severity.{draft.severity}"))]
    if draft.expires_at is not None:
        pairs.append((texts("announce.form.expires"), texts.day(last_day(draft.expires_at))))
    ticked = {"confirm": draft.confirm, "incident": draft.incident, "joiners": draft.joiners}
    pairs += [(texts(f"announce.form.{name}"), texts("audit.yes")) for name, on in ticked.items() if on]
    return tuple(pairs)


def _warnings(texts: Texts, draft: Announcement) -> Iterator[str]:
    yield from link_gaps(texts, draft)
    if draft.image_id is not None and not draft.image_alt:
        yield texts("desk.announcements.no_alt")


def _why_not(texts: Texts, draft: Announcement) -> str:
    if draft.counts is None:
        return texts("announce.refuse.counting")
    return texts("announce.fault.empty") if not draft.counts.people and not draft.channels else ""
