"""Facts each end may see about the other, read for the cards."""

from dialogs.announce.model import Announcement
from dialogs.availability.profile import AmbassadorProfile
from dialogs.availability.topic import topic_names
from dialogs.core.article_view import service_desk_lines, view_article
from dialogs.core.content import Content
from dialogs.core.names import name_for, name_of
from dialogs.core.person import Person
from dialogs.core.query import Asking
from dialogs.core.question import Question
from dialogs.core.texts import Texts
from dialogs.handoff.cards import AskerView
from dialogs.handoff.helper_cards import HelperView
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import Status
from dialogs.handoff.unit_of_work import UnitOfWork


def asker_view(work: UnitOfWork, handoff: Handoff, texts: Texts) -> Asking[AskerView]:
    """Return the facts for the asker: the helper, and the contact's published address."""
    municipality = work.content.organisation.municipalities.get(handoff.municipality_id)
    contact = municipality.contact if municipality else None
    helper = (yield from work.person(handoff.helper_id)) if handoff.helper_id else None
    asker = yield from work.person(handoff.asker_id)
    unit = ""
    if helper is not None:
        profile = yield from work.get(AmbassadorProfile, helper.id)
        unit = unit_name(work.content, profile.ambassador.unit_id if profile else helper.unit_id, texts)
    return AskerView(
        helper=name_for(asker, helper, texts),
        helper_unit=unit or texts("handoff.the_municipality"),
        absent=(yield from _absent(work, handoff, asker, texts)),
        chat_url=chat_url(work, asker, helper, to=helper) if handoff.status is Status.ACCEPTED else "",
        contact=contact.role.text(texts.language) if contact else texts("handoff.the_contact"),
        address=contact.address if contact else "",
        service_desk=service_desk_lines(texts, work.content, handoff.municipality_id),
    )


def helper_view(work: UnitOfWork, handoff: Handoff, viewer_id: str, texts: Texts) -> Asking[HelperView]:
    """Return the facts for one helper; the asker's name only for the owner."""
    own = handoff.assignment.owner_id == viewer_id
    asker = (yield from work.person(handoff.asker_id)) if own else None
    helper = (yield from work.person(handoff.helper_id)) if handoff.helper_id else None
    owner = (yield from work.person(viewer_id)) if own else None
    passed_to = yield from work.person(handoff.passed_on_by(viewer_id) or "")
    view = (
        view_article(work.content, texts, handoff.article_id, handoff.municipality_id) if handoff.article_id else None
    )
    question = (yield from work.get(Question, handoff.question_id)) if handoff.question_id else None
    about = yield from asked_about(work, handoff.question_id)
    wording = about.wording(texts.language) if about else None
    return HelperView(
        unit=unit_name(work.content, handoff.unit_id, texts) or texts("handoff.the_municipality"),
        asker=name_of(asker, texts),
        owner=name_of(helper, texts) if helper else "",
        passed_to=name_of(passed_to, texts) if passed_to else "",
        absent=(yield from _absent(work, handoff, owner or helper, texts)),
        chat_url=chat_url(work, asker, owner, to=asker) if handoff.status is Status.ACCEPTED else "",
        article_title=view.title if view else "",
        article_text=view.article.answer if view else "",
        article_helped=question.helped if question else None,
        about_title=wording.title if wording else "",
        about_text=wording.body if wording else "",
    )


def overseer_row(work: UnitOfWork, handoff: Handoff, texts: Texts) -> Asking[tuple[str, str]]:
    """Return the features of a question without its words: unit and topics, and the state with its times."""
    helper = yield from work.person(handoff.helper_id or "")
    since = texts.moment(handoff.created_at)
    key = "adrift" if handoff.adrift else str(handoff.status)
    state = texts(f"handoff.open.{key}", name=name_of(helper, texts), moment=since)
    promised = handoff.assignment.expected_at
    if promised is not None and not handoff.adrift:
        key = "overdue" if handoff.is_overdue(work.at) else "promised"
        state = f"{state} {texts(f'handoff.open.{key}', moment=texts.moment(promised))}"
    return features(work.content, handoff, texts), state


def features(content: Content, handoff: Handoff, texts: Texts) -> str:
    """Return the unit and the topics of a question."""
    unit = unit_name(content, handoff.unit_id, texts) or texts("handoff.the_municipality")
    topics = topic_names(texts, handoff.topics)
    return f"{unit}: {topics}" if topics else unit


def _absent(work: UnitOfWork, handoff: Handoff, viewer: Person | None, texts: Texts) -> Asking[str]:
    """Return the name of the substituted ambassador.

    Empty if none, or if the viewer is an outsider.
    """
    if handoff.assignment.stands_in_for is None or viewer is None or viewer.is_outsider:
        return ""
    return name_of((yield from work.person(handoff.assignment.stands_in_for)), texts)


def asked_about(work: UnitOfWork, question_id: str | None) -> Asking[Announcement | None]:
    """Return the announcement a question replied to, if it still exists."""
    question = (yield from work.get(Question, question_id)) if question_id else None
    if question is None or question.announcement_id is None:
        return None
    return (yield from work.get(Announcement, question.announcement_id))


def unit_name(content: Content, unit_id: str | None, texts: Texts) -> str:
    """Return the name of a unit; empty if the unit is unknown."""
    unit = content.organisation.find_unit(unit_id) if unit_id else None
    return unit.names.text(texts.language) if unit else ""


def chat_url(work: UnitOfWork, asker: Person | None, owner: Person | None, *, to: Person | None) -> str:
    """Return the link to a chat without the bot; empty unless both have e-mail and the owner's channel offers it."""
    if asker is None or owner is None or to is None or not (asker.email and owner.email):
        return ""
    return work.content.channels.direct_chat(owner, to.email or "")
