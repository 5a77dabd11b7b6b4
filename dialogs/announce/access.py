"""Access checks for announcements, and the refusals they give."""

from dataclasses import dataclass

from dialogs.announce.model import Announcement, AnnouncementState
from dialogs.core.content import Content
from dialogs.core.decision import Audit, Decision, Notice, Reply, do
from dialogs.core.event import Event, Pressed, Scope
from dialogs.core.message import Message
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, find
from dialogs.core.refusal import EventRefused
from dialogs.core.texts import Texts
from knowledge.article.article import Language
from knowledge.language.masking import cut
from knowledge.organisation.organisation import Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcer:
    """A person with the right to announce.

    ``municipality_id``: the only municipality they may address; None means all.
    """

    person: Person
    texts: Texts
    municipality_id: str | None

    def handles(self, announcement: Announcement) -> bool:
        """Return whether the announcer may handle the announcement."""
        return self.municipality_id is None or announcement.municipality_id == self.municipality_id

    def sees(self, announcement: Announcement, organisation: Organisation) -> bool:
        """Return whether the announcer may look at the announcement.

        False also for one that was sent to an audience wider than the announcer may address.
        """
        wider = announcement.audience.faults(organisation, own_municipality_id=self.municipality_id)
        return self.handles(announcement) and not (announcement.version and wider)


def require_announcer(event: Event, content: Content) -> Asking[Announcer]:
    """Return the announcer behind the event, or raise the refusal."""
    person = yield from find(Person, event.person_id)
    texts = content.texts[person.language if person else Language.NB]
    # Announcer cards show drafts and names, which others in a shared chat must not see.
    if event.scope is not Scope.PERSONAL:
        raise EventRefused(refuse(event, texts("announce.refuse.in_private")))
    announcer = announcer_of(person, content)
    if announcer is None:
        raise EventRefused(deny(event, texts, "not_announcer"))
    return announcer


def announcer_of(person: Person | None, content: Content) -> Announcer | None:
    """Return the person as an announcer, or None without that right."""
    if person is None or person.municipality_id is None:
        return None
    texts = content.texts[person.language]
    own = content.organisation.municipalities.get(person.municipality_id)
    if content.organisation.provides(person.municipality_id) and person.has(Role.ADMIN):
        return Announcer(person=person, texts=texts, municipality_id=None)
    if own is not None and person.has(Role.ANNOUNCER):
        return Announcer(person=person, texts=texts, municipality_id=own.id)
    return None


def needs_approval(draft: Announcement, content: Content) -> bool:
    """Return whether a second person must approve."""
    # Either the owning municipality or any addressed one can require it.
    municipalities = content.organisation.municipalities
    concerned = {draft.municipality_id, *(draft.audience.municipality_ids or municipalities)}
    return any(municipalities[id_].approval_required for id_ in concerned if id_ in municipalities)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandledAnnouncement:
    """An announcer together with the announcement to act on."""

    announcer: Announcer
    announcement: Announcement

    @property
    def texts(self) -> Texts:
        """The announcer's language."""
        return self.announcer.texts

    @property
    def person(self) -> Person:
        """The announcer as a person."""
        return self.announcer.person


def announcement_of_card(event: Event, content: Content, *, edition: bool = False) -> Asking[HandledAnnouncement]:
    """Return the announcer and the announcement named by the card.

    Args:
        edition: require the card to show the current edition, since its buttons apply to that one only.

    Raises:
        EventRefused: no such announcement, not visible to the announcer, or changed since.
    """
    who = yield from require_announcer(event, content)
    # Bounded, because a client may send any text as the id.
    announcement = yield from find(Announcement, event.pressed.text("announcement_id")[:100])
    # One sentence for both cases: a refusal must not reveal which announcements exist.
    if announcement is None or not who.sees(announcement, content.organisation):
        raise EventRefused(deny(event, who.texts, "unknown"))
    if edition and event.pressed.text("edition") != str(announcement.edition):
        recalled = announcement.state is AnnouncementState.RECALLED
        why = "announce.refuse.recalled" if recalled else "announce.refuse.edited_meanwhile"
        # Texts written in the card are stored nowhere else, so warn that they are not saved.
        unsaved = ["announce.refuse.unsaved"] if _written(event.pressed) and not recalled else []
        raise EventRefused(refuse(event, *map(who.texts, (why, *unsaved))))
    return HandledAnnouncement(announcer=who, announcement=announcement)


def _written(pressed: Pressed) -> bool:
    """Return whether the pressed card contained texts."""
    return any(pressed.text(f"{field}_{language}") for field in ("title", "body") for language in Language)


def refuse(event: Event, *sentences: str) -> Decision:
    """Return a refusal that changes nothing."""
    # A notice stands beside a pressed card; where none was pressed, only a message is seen.
    text = "\n\n".join(sentences)
    if isinstance(event.what, Pressed) and event.what.slot is not None:
        return do(Notice(text=text))
    return do(Notice(text=text), Reply(slot=f"announce/refused/{event.id}", message=Message(text=text)))


def deny(event: Event, texts: Texts, reason: str) -> Decision:
    """Refuse for lack of rights, audited when the card named an announcement."""
    refused = refuse(event, texts(f"announce.refuse.{reason}"))
    if not isinstance(event.what, Pressed) or not (named := event.what.text("announcement_id")):
        return refused
    details = (("verb", event.what.verb), ("reason", reason))
    subject = cut(named, 80)  # untrusted card data, may be anything
    return refused + do(
        Audit(act="announce.refused", subject=subject, by=event.person_id, details=details, repeatable=True)
    )
