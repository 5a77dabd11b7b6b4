"""One planned or sent announcement: previews, figures, course, history, and possible actions."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from dialogs.announce.approve.authority import responsible_id
from dialogs.announce.cards import facts, handle
from dialogs.announce.chasing import may_chase
from dialogs.announce.compose.form import expiry_day, links_text, read_enclosures, read_wordings
from dialogs.announce.compose.image import latest_upload
from dialogs.announce.compose.wording import by_field
from dialogs.announce.deliver import progress_card
from dialogs.announce.deliver.launching import sent_on_approval, written_time
from dialogs.announce.deliver.message_builder import channel_message, reader_message
from dialogs.announce.many import failed, recipients, unconfirmed
from dialogs.announce.model import OUT, Announcement, AnnouncementState
from dialogs.announce.office_hours import answer_for, is_outside_hours, question
from dialogs.announce.report.figures import DeliveryFigures, figures_of
from dialogs.announce.subjects import proposed, subject_names
from dialogs.announce.sure import question_before
from dialogs.announce.views.listing import AnnouncementReader, announcement_for, municipality_name
from dialogs.core.event import CLOCK, Event, Pressed
from dialogs.core.image import Image
from dialogs.core.message import Message
from dialogs.core.names import name_of
from dialogs.core.person import Person
from dialogs.core.query import Asking, find, find_each
from dialogs.core.speaker import Viewer
from dialogs.core.texts import OSLO, Texts
from knowledge.article.article import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What readers of one language see; without a language the post in Teams channels.

    ``language`` is that of the text; ``instead`` is its name where readers of the language have no text in theirs.
    """

    language: Language | None
    name: str
    message: Message
    instead: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """One act. ``by`` is empty for a person of another municipality, and for Heia itself."""

    at: datetime
    act: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionForm:
    """The values of the form to correct an announcement, as the fields of ``announce.corrected`` are named.

    ``question``: asked before the correction reaches everyone.
    """

    values: Mapping[str, str]
    languages: tuple[tuple[Language, str], ...]
    confirms: bool
    uploaded: Image | None
    has_image: bool
    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectsForm:
    """What an incident is about: pairs of subject and name to tick, the ticked ones, and whether it has an end."""

    choices: tuple[tuple[str, str], ...]
    chosen: frozenset[str]
    ends: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailsPage:
    """An announcement after its draft.

    Attributes:
        data: of every button: id and edition.
        facts, figures: pairs of name and value.
        actions: verb and label of buttons without further input, with the question that comes first, if any.
        report: the report's files can be taken out.
        schedulable: the time can be moved; ``planned`` is the present one, as the fields ``day`` and ``time``.
        outside_hours: the scheduled time is outside the office hours of the municipality.
        asked: the sentence about who asks for the approval; empty unless it waits for the viewer.
        off_hours: the question to the approver, when it would go out at once and outside office hours; else empty.
        subjects: the form of an incident that is out.
    """

    id: str
    title: str
    state: AnnouncementState
    banner: str
    municipality: str
    data: Mapping[str, str]
    facts: tuple[tuple[str, str], ...]
    figures: tuple[tuple[str, str], ...]
    previews: tuple[Preview, ...]
    history: tuple[HistoryRow, ...]
    actions: tuple[tuple[str, str, str], ...]
    correction: CorrectionForm | None
    may_approve: bool
    report: bool
    schedulable: bool
    planned: Mapping[str, str]
    outside_hours: bool
    asked: str
    off_hours: str
    subjects: SubjectsForm | None


def details_page(viewer: Viewer, id_: str) -> Asking[DetailsPage]:
    """Return the page of an announcement. Raises EventRefused."""
    reader, announcement = yield from announcement_for(viewer, id_)
    figures = yield from figures_of(announcement)
    texts = viewer.texts
    # Approvers judge the corrected announcement, not the one already sent.
    shown = announcement.corrected_by(announcement.pending) if announcement.pending else announcement
    history = yield from _history(viewer, announcement)
    correction = yield from _correction(reader, announcement)
    started = announcement.started_at is not None
    planned = None if started else announcement.scheduled_at
    subjects = None
    if reader.announcer is not None and announcement.live(viewer.at):
        subjects = yield from subjects_form(viewer, announcement)
    return DetailsPage(
        id=announcement.id,
        title=announcement.wording(viewer.texts.language).title,
        state=announcement.state,
        banner=_banner(viewer, announcement),
        municipality=municipality_name(viewer, announcement.municipality_id),
        data={name: str(value) for name, value in handle(announcement).items()},
        facts=tuple(facts(texts, viewer.content, announcement)),
        figures=tuple(progress_card.standing(texts, announcement, figures)) if started else (),
        previews=previews(viewer, shown),
        history=history,
        actions=(yield from _actions(reader, announcement, figures)) if reader.announcer is not None else (),
        correction=correction,
        may_approve=reader.may_approve(announcement),
        report=reader.announcer is not None and announcement.state in OUT | {AnnouncementState.RECALLED},
        schedulable=reader.announcer is not None and announcement.state is AnnouncementState.SCHEDULED,
        planned=_planned(announcement),
        outside_hours=planned is not None and is_outside_hours(announcement, planned, viewer.content),
        asked=(yield from _asked(viewer, announcement)) if reader.may_approve(announcement) else "",
        off_hours=_off_hours_of_approval(viewer, announcement),
        subjects=subjects,
    )


def _asked(viewer: Viewer, announcement: Announcement) -> Asking[str]:
    """Return the sentence about who asks for the approval."""
    author = yield from find(Person, responsible_id(announcement))
    return viewer.texts("announce.approval.ask", author=name_of(author, viewer.texts))


def subjects_form(viewer: Viewer, announcement: Announcement) -> Asking[SubjectsForm | None]:
    """Return the form of what an incident is about; None for other announcements."""
    if not announcement.incident:
        return None
    offered = (*announcement.subjects, *(yield from proposed(announcement, viewer.content)))
    names = subject_names(offered, viewer.texts, viewer.content, announcement.municipality_id)
    return SubjectsForm(
        choices=tuple(names.items()),
        chosen=frozenset(announcement.subjects),
        ends=announcement.expires_at is not None,
    )


def _planned(announcement: Announcement) -> Mapping[str, str]:
    at = announcement.scheduled_at.astimezone(OSLO) if announcement.scheduled_at is not None else None
    return {"day": f"{at:%Y-%m-%d}" if at else "", "time": f"{at:%H:%M}" if at else ""}


def answer_of_plan(texts: Texts, said: Collection[str], *, day: str, time: str) -> str:
    """Return the answer to the question about a written time, if ``said`` contains it; else an empty string."""
    try:
        at = written_time(day, time)
        return answer_for(at) if at is not None and question(texts, at) in said else ""
    except (ValueError, OverflowError):
        return ""


def _off_hours_of_approval(viewer: Viewer, announcement: Announcement) -> str:
    at_once = announcement.pending is None and sent_on_approval(announcement, viewer.at) is None
    asks = at_once and is_outside_hours(announcement, viewer.at, viewer.content)
    return question(viewer.texts, viewer.at) if asks else ""


def previews(viewer: Viewer, announcement: Announcement) -> tuple[Preview, ...]:
    """Return what readers of every language see, and the post in channels if there is one."""
    content, previews = viewer.content, []
    for language in Language:
        # A reader without a text in their language sees another one; that is shown, too.
        message = reader_message(content.texts[language], announcement, content.organisation)
        name = viewer.texts(f"announce.language.{language}")
        shown = message.language or language
        instead = "" if shown is language else viewer.texts(f"announce.language.{shown}")
        previews.append(Preview(language=shown, name=name, message=message, instead=instead))
    if announcement.channels_alone:
        previews = []
    if announcement.channels:
        message = channel_message(content.texts, announcement, content.organisation)
        previews.append(Preview(language=None, name=viewer.texts("announce.number.channels"), message=message))
    return tuple(previews)


def _banner(viewer: Viewer, announcement: Announcement) -> str:
    texts = viewer.texts
    if announcement.pending is not None:
        return texts("announce.waiting.correction")
    if announcement.state is AnnouncementState.AWAITING:
        return texts("announce.waiting.approval")
    if announcement.state is AnnouncementState.SCHEDULED and announcement.scheduled_at is not None:
        return texts("announce.waiting.time", moment=texts.moment(announcement.scheduled_at))
    return texts(f"announce.state.{announcement.state}")


def _actions(
    reader: AnnouncementReader, announcement: Announcement, figures: DeliveryFigures
) -> Asking[tuple[tuple[str, str, str], ...]]:
    """Return the verbs that the state allows, with labels and questions; the flow checks each again."""
    texts, at = reader.viewer.texts, reader.viewer.at
    actions: list[tuple[str, str, str]] = []
    if announcement.state in {AnnouncementState.AWAITING, AnnouncementState.SCHEDULED}:
        actions.append(("announce.unschedule", texts("announce.unschedule"), ""))
    may_try = announcement.live(at) or announcement.state is AnnouncementState.RECALLED
    if may_try and figures.failed and not announcement.tasks:
        verb = "announce.resend"
        asked = question_before(texts, announcement, verb, (yield from failed(announcement)))
        actions.append((verb, texts.plural("announce.resend", figures.failed), asked))
    if may_chase(announcement, at) and figures.sent > figures.confirmed:
        verb = "announce.chase"
        asked = question_before(texts, announcement, verb, (yield from unconfirmed(announcement)))
        actions.append((verb, texts("announce.chase_now"), asked))
    actions.append(("announce.duplicate", texts("announce.duplicate"), ""))
    return tuple(actions)


def _correction(reader: AnnouncementReader, announcement: Announcement) -> Asking[CorrectionForm | None]:
    if reader.announcer is None or announcement.state not in OUT:
        return None
    uploaded = yield from latest_upload(reader.viewer.person.id)
    texts = reader.viewer.texts
    people = yield from recipients(announcement)
    return CorrectionForm(
        values={**wording_values(announcement), **enclosure_values(announcement)},
        languages=tuple((language, texts(f"announce.language.{language}")) for language in Language),
        confirms=announcement.confirm,
        uploaded=uploaded,
        has_image=announcement.image_id is not None,
        question=question_before(texts, announcement, "announce.corrected", people),
    )


def form_event(viewer: Viewer, data: Mapping[str, str], *, verb: str) -> Event:
    """Return the press of a form, to read it without doing anything."""
    return Event(
        id="preview",
        at=viewer.at,
        channel=CLOCK,
        person_id=viewer.person.id,
        conversation_id="",
        what=Pressed(verb=verb, data=data),
    )


def correction_errors(viewer: Viewer, id_: str, data: Mapping[str, str]) -> Asking[Mapping[str, str]]:
    """Return the sentences about a refused correction, by field. Raises EventRefused."""
    _, announcement = yield from announcement_for(viewer, id_)
    event = form_event(viewer, data, verb="announce.corrected")
    _, faults = read_wordings(event.pressed, viewer.texts)
    _, more = read_enclosures(event, announcement.enclosures, viewer.texts)
    return by_field((*faults, *more))


def wording_values(announcement: Announcement) -> Mapping[str, str]:
    """Return the texts as the form's fields."""
    values: dict[str, str] = {}
    for language in Language:
        wording = announcement.wordings.get(language)
        values[f"title_{language}"] = wording.title if wording else ""
        values[f"body_{language}"] = wording.body if wording else ""
    return values


def enclosure_values(announcement: Announcement) -> Mapping[str, str]:
    """Return links, alternative texts and end as the form's fields."""
    alternatives = {f"alt_{language}": announcement.image_alt.get(language, "") for language in Language}
    return {
        "links": links_text(announcement.links),
        "expires": expiry_day(announcement.expires_at),
        **alternatives,
    }


def _history(viewer: Viewer, announcement: Announcement) -> Asking[tuple[HistoryRow, ...]]:
    people = yield from find_each(Person, {change.by for change in announcement.history})
    return tuple(_history_row(viewer, change.act, change.at, people.get(change.by)) for change in announcement.history)


def _history_row(viewer: Viewer, act: str, at: datetime, person: Person | None) -> HistoryRow:
    # People of another municipality are never shown, not to the provider either.
    own = person is not None and person.municipality_id == viewer.person.municipality_id
    return HistoryRow(at=at, act=viewer.texts(f"announce.act.{act}"), by=person.name if own and person else "")


def shown_image(viewer: Viewer, id_: str) -> Asking[str]:
    """Return the id of the image that the previews show; empty without one. Raises EventRefused."""
    _, announcement = yield from announcement_for(viewer, id_)
    shown = announcement.corrected_by(announcement.pending) if announcement.pending else announcement
    return shown.image_id or ""
