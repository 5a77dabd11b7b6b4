"""The announcer's cards before sending, lists and questions.

The reader's view is in ``reader_message``.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from dialogs.announce.deliver.message_builder import channel_message, reader_message
from dialogs.announce.model import EDITABLE, Announcement, AnnouncementState, Severity
from dialogs.announce.office_hours import ANSWERED
from dialogs.announce.subjects import subject_names
from dialogs.announce.sure import SURE, YES, question_before
from dialogs.core import card
from dialogs.core.card import Element
from dialogs.core.content import Content
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.texts import Texts
from knowledge.article.article import Language
from knowledge.organisation.organisation import Organisation

MAX_LISTED: Final = 20


def preview(
    texts: Texts,
    content: Content,
    draft: Announcement,
    *,
    names: Sequence[str] = (),
    waits: bool = False,
    proposed: Sequence[str] = (),
    off_hours: str = "",
) -> Message:
    """Return the draft as readers see it, with the exact recipient count.

    Args:
        texts: texts in the announcer's language.
        content: the organisation and the texts in every language.
        draft: the draft; its count is shown when finished.
        names: names of a few recipients.
        waits: a second person must approve before sending.
        proposed: subjects proposed for an incident.
        off_hours: the question about sending outside office hours, which the button answers.
    """
    counts = draft.counts
    body: list[Element] = [card.status(texts("announce.preview.heading"), style="emphasis")]
    if not draft.channels_alone:
        body += _as_read(texts, content, draft)
    to = (texts("announce.preview.to"), describe(texts, content.organisation, draft))
    body.append(card.facts([to, *_subject_facts(texts, content, draft)]))
    actions: list[Element] = []
    if counts is None:
        body.append(card.paragraph(texts("announce.preview.counting")))
    elif counts.people == 0 and not draft.channels:
        body.append(card.status(texts("announce.fault.empty"), style="warning"))
    else:
        if counts.people:
            body.append(card.paragraph(f"**{texts.plural('announce.preview.count', counts.people)}**"))
        elif not draft.audience.channels_only:
            body.append(card.status(texts("announce.preview.nobody"), style="warning"))
        if names:
            body.append(card.small(texts("announce.preview.sample", names=", ".join(names))))
        body += [card.status(off_hours, style="warning")] if off_hours else []
        data = {**handle(draft), **({ANSWERED: "true"} if off_hours else {})}
        go = send_label(texts, draft, waits=waits)
        actions.append(card.press(go, "announce.send", primary=True, checks=draft.incident, **data))
        actions.append(card.reveal(texts("announce.schedule"), _schedule(texts, draft)))
    body += _channel_preview(texts, content, draft)
    if counts is not None and counts.muted:
        body.append(card.small(texts.plural("announce.preview.muted", counts.muted)))
    body += map(card.small, link_gaps(texts, draft))
    body += _picture(texts, draft)
    if draft.incident:
        body += subject_choice(texts, content, draft, proposed)
    actions += [
        card.press(texts("announce.edit"), "announce.edit", checks=False, **handle(draft)),
        card.press(texts("announce.test"), "announce.test", checks=False, **handle(draft)),
        card.press(texts("announce.template"), "announce.template", checks=False, **handle(draft)),
        card.press(texts("announce.discard"), "announce.discard", checks=False, **handle(draft)),
    ]
    return Message(text=texts("announce.preview.heading"), card=card.card(body, actions), image_id=draft.image_id)


def _picture(texts: Texts, draft: Announcement) -> list[Element]:
    """Return how a picture is added, or what its text lacks and the button that removes it."""
    if draft.image_id is None:
        return [card.small(texts("announce.picture.hint"))]
    remove = card.press(texts("announce.picture.remove"), "announce.picture_out", checks=False, **handle(draft))
    gap = [] if draft.image_alt else [card.small(texts("announce.picture.no_alt"))]
    return [*gap, card.buttons(remove)]


def send_label(texts: Texts, draft: Announcement, *, waits: bool) -> str:
    """Return the label of the button that sends a counted draft, with its number of recipients or channels."""
    people, key = draft.counts.people if draft.counts else 0, "announce.submit" if waits else "announce.send"
    return texts.plural(key, people) if people else texts.plural(f"{key}_channels", len(draft.channels))


def link_gaps(texts: Texts, announcement: Announcement) -> Iterator[str]:
    """Yield a warning for each link without a label in a language that the announcement is written in."""
    for link in announcement.links:
        spoken = (language for language in announcement.wordings if language not in {Language.NB, *link.titles})
        names = ", ".join(texts(f"announce.language.{language}") for language in spoken)
        if names:
            yield texts("announce.link_gap", label=link.title, languages=names)


def describe(texts: Texts, organisation: Organisation, announcement: Announcement) -> str:
    """Return a description of the audience."""
    audience = announcement.audience
    language = texts.language
    if audience.channels_only:
        return texts("announce.audience.channels_only")
    parts = [
        [organisation.municipalities[id_].names.text(language) for id_ in sorted(audience.municipality_ids)],
        [unit.names.text(language) for id_ in sorted(audience.unit_ids) if (unit := organisation.find_unit(id_))],
        [texts(f"announce.sector.{sector}") for sector in sorted(audience.sectors)],
        [organisation.sites[id_].names.text(language) for id_ in sorted(audience.site_ids)],
        [texts(f"announce.role.{role}") for role in sorted(audience.roles)],
        [texts(f"announce.language.{spoken}") for spoken in sorted(audience.languages)],
    ]
    said = [", ".join(names) for names in parts if names]
    if audience.person_ids:
        said.append(texts.plural("announce.audience.listed", len(audience.person_ids)))
    if audience.topic:
        said.append(texts("announce.audience.topic", topic=texts(f"status.topic.{audience.topic}")))
    return " · ".join(said) or texts("announce.audience.everyone")


def handle(announcement: Announcement) -> Mapping[str, Any]:
    """Return the data of every announcement button: id and edition."""
    return {"announcement_id": announcement.id, "edition": announcement.edition}


def _as_read(texts: Texts, content: Content, announcement: Announcement) -> list[Element]:
    """Return the announcement as readers of each language see it."""
    body: list[Element] = []
    for language in announcement.wordings:
        shown = reader_message(content.texts[language], announcement, content.organisation).card or {}
        body.append(card.small(texts("announce.preview.as", language=texts(f"announce.language.{language}"))))
        body.append({"type": "Container", "style": "default", "items": list(shown["body"])})
        if buttons := [str(action["title"]) for action in shown.get("actions", ())]:
            body.append(card.small(texts("announce.preview.buttons", buttons=" · ".join(buttons))))
    return body


def _channel_preview(texts: Texts, content: Content, announcement: Announcement) -> list[Element]:
    """Return the chosen Teams channels, their visibility, and a differing channel post."""
    targets = announcement.channels
    if not targets:
        return []
    names = ", ".join(target.display_name(texts) for target in targets)
    alone = "_alone" if announcement.channels_alone else ""
    text = texts.plural(f"announce.preview.channels{alone}", len(targets), names=names)
    seen = texts(f"announce.preview.channels{alone}_seen")
    body: list[Element] = [card.paragraph(f"**{text}**"), card.small(seen)]
    if announcement.confirm:
        body.append(card.small(texts("announce.preview.channels_confirm")))
    if announcement.severity is Severity.CRITICAL:
        body.append(card.small(texts("announce.preview.channels_critical")))
    if alone or len(announcement.wordings) > 1:
        shown = channel_message(content.texts, announcement, content.organisation).card or {}
        body.append(card.small(texts("announce.preview.channels_as")))
        body.append({"type": "Container", "style": "default", "items": list(shown["body"])})
    return body


def subject_choice(
    texts: Texts, content: Content, announcement: Announcement, proposed: Sequence[str] = ()
) -> list[Element]:
    """Return the choice of what an incident is about: the chosen subjects, those proposed, and others by words."""
    if announcement.expires_at is None:
        return [card.small(texts("announce.subjects.no_end"))]
    names = subject_names((*announcement.subjects, *proposed), texts, content, announcement.municipality_id)
    fields: list[Element] = [card.small(texts("announce.subjects.how"))]
    if names:
        choices = [(name, subject) for subject, name in names.items()]
        chosen = ",".join(announcement.subjects)
        label = texts("announce.subjects")
        fields.append(card.choose("subjects", label, choices, value=chosen, several=True, expanded=True))
    fields.append(card.write("subject_words", texts("announce.subjects.words"), multiline=True, most=500))
    draft = announcement.state in EDITABLE  # what is ticked goes along with its main button
    save = card.press(texts("announce.subjects.set"), "announce.subjects", primary=not draft, **handle(announcement))
    unfold = card.buttons(card.unfold(texts("announce.subjects.choose"), "subjects_more"))
    open_ = draft and not announcement.subjects
    return [unfold, card.folding("subjects_more", [*fields, card.buttons(save)], open_=open_)]


def _schedule(texts: Texts, draft: Announcement) -> Mapping[str, Any]:
    return card.card(
        [
            card.pick_date("day", texts("announce.schedule.day"), required=texts("announce.schedule.day_needed")),
            card.pick_time("time", texts("announce.schedule.time"), required=texts("announce.schedule.time_needed")),
        ],
        [card.press(texts("announce.schedule.set"), "announce.schedule", primary=True, **handle(draft))],
    )


def approval(
    texts: Texts,
    content: Content,
    asked: Announcement,
    *,
    author: Person,
    remark: str = "",
    off_hours: str = "",
    answers: Mapping[str, str] | None = None,
) -> Message:
    """Return the approval request: texts as readers see them, count, time.

    Args:
        texts: texts in the approver's language.
        content: the organisation and the texts in every language.
        asked: as it would be sent.
        author: who asks.
        remark: what the approver wrote before pressing approve; the card asks which of the two was meant.
        off_hours: the question about sending outside office hours.
        answers: further data of the button to approve: answers to questions that were asked.
    """
    title = asked.wording(texts.language).title
    questions = [texts("announce.approval.remark_first")] if remark else []
    questions += [off_hours] if off_hours else []
    banner = " ".join(questions) or texts("announce.approval.heading")
    yes = "announce.approval.anyway" if questions else "announce.approval.yes"
    data = {**handle(asked), "sure": bool(remark), **(answers or {})}
    body: list[Element] = [
        card.status(banner, style="warning" if questions else "accent"),
        card.paragraph(texts("announce.approval.ask", author=card.unmarked(author.name))),
        *(() if asked.channels_alone else _as_read(texts, content, asked)),
        card.facts(facts(texts, content, asked)),
        *_channel_preview(texts, content, asked),
        card.write("why", texts("announce.approval.why"), value=remark, most=500),
    ]
    actions = [
        card.press(texts(yes), "announce.approve", primary=not questions, **data),
        card.press(texts("announce.approval.no"), "announce.reject", **handle(asked)),
    ]
    return Message(
        text=banner if questions else f"{banner}: {title}", card=card.card(body, actions), image_id=asked.image_id
    )


def waiting(texts: Texts, content: Content, announcement: Announcement) -> Message:
    """Return the card of a scheduled announcement, or one awaiting approval."""
    title = announcement.wording(texts.language).title
    if announcement.state is AnnouncementState.AWAITING:
        banner = texts("announce.waiting.approval")
    else:
        moment = texts.moment(announcement.scheduled_at) if announcement.scheduled_at else ""
        banner = texts("announce.waiting.time", moment=moment)
    actions = [card.press(texts("announce.unschedule"), "announce.unschedule", checks=False, **handle(announcement))]
    if announcement.state is AnnouncementState.SCHEDULED:
        actions.insert(0, card.reveal(texts("announce.reschedule"), _schedule(texts, announcement)))
    rows = facts(texts, content, announcement)
    if announcement.channels:
        rows.append(
            (
                texts("announce.number.channels"),
                ", ".join(target.display_name(texts) for target in announcement.channels),
            )
        )
    body = [card.status(banner), card.heading(title), card.facts(rows)]
    return Message(text=f"{banner}: {title}", card=card.card(body, actions))


def ask_recall(texts: Texts, announcement: Announcement) -> Message:
    """Return the question that confirms a recall."""
    question = texts("announce.recall.sure", title=announcement.wording(texts.language).title)
    actions = [
        card.press(texts("announce.recall.yes"), "announce.recalled", **handle(announcement)),
        card.press(texts("announce.recall.no"), "announce.refresh", **handle(announcement)),
    ]
    return Message.plain(question, actions)


def ask_before(texts: Texts, announcement: Announcement, verb: str, people: int) -> Message:
    """Return the question before ``verb``, which concerns ``people`` people; its button repeats the press."""
    actions = [
        card.press(texts("announce.sure.yes"), verb, **{**handle(announcement), SURE: YES}),
        card.press(texts("announce.recall.no"), "announce.refresh", **handle(announcement)),
    ]
    return Message.plain(question_before(texts, announcement, verb, people), actions)


def kept(texts: Texts, template: Announcement) -> Message:
    """Return the confirmation of a stored template, with its buttons."""
    text = texts("announce.template.kept", title=template.wording(texts.language).title)
    use = card.press(texts("announce.template.use"), "announce.duplicate", **handle(template))
    discard = card.press(texts("announce.discard"), "announce.discard", **handle(template))
    return Message.plain(text, [use, discard])


def overview(
    texts: Texts,
    organisation: Organisation,
    own: Sequence[Announcement],
    elsewhere: Sequence[Announcement] = (),
) -> Message:
    """Return the lists of announcements, with a button for a new one.

    Lines of ``elsewhere`` name the owning municipality.
    """
    body: list[Element] = [card.heading(texts("announce.list.heading"))]
    listed = [*own[:MAX_LISTED], *elsewhere[:MAX_LISTED]]
    for announcement in listed:
        title = announcement.wording(texts.language).title
        about = texts(
            "announce.list.line",
            state=texts(f"announce.state.{announcement.state}"),
            day=texts.day(announcement.changed_at),
        )
        if announcement in elsewhere:
            whose = organisation.municipalities.get(announcement.municipality_id)
            name = whose.names.text(texts.language) if whose else announcement.municipality_id
            about = texts("announce.list.of", whose=name, line=about)
        open_ = card.press(texts("announce.list.open"), "announce.open", announcement_id=announcement.id)
        body.append(card.columns([card.paragraph(title), card.small(about)], [card.buttons(open_)]))
    if not listed:
        body.append(card.paragraph(texts("announce.list.none")))
    new = card.press(texts("announce.list.new"), "announce.new", primary=True)
    return Message(text=texts("announce.list.heading"), card=card.card(body, [new]))


def facts(texts: Texts, content: Content, announcement: Announcement) -> list[tuple[str, str]]:
    """Return the audience; before sending also recipient count and time."""
    pairs = [(texts("announce.preview.to"), describe(texts, content.organisation, announcement))]
    pairs += _subject_facts(texts, content, announcement)
    counted = announcement.counts if announcement.started_at is None else None
    if counted is not None and not announcement.channels_alone:
        pairs.append((texts("announce.number.people"), texts.number(counted.people)))
    if announcement.scheduled_at is not None and announcement.started_at is None:
        pairs.append((texts("announce.number.when"), texts.moment(announcement.scheduled_at)))
    return pairs


def _subject_facts(texts: Texts, content: Content, announcement: Announcement) -> list[tuple[str, str]]:
    """Return what an incident is about."""
    names = subject_names(announcement.subjects, texts, content, announcement.municipality_id)
    return [(texts("announce.subjects.fact"), ", ".join(names.values()))] if announcement.incident and names else []
