"""Who may handle which announcement, and how a refusal is said."""

from dataclasses import dataclass, replace

from dialogs.announce.model import Announcement, State
from dialogs.decision import NOTHING, Audit, Decision, Notice, Post, Reply, do, put
from dialogs.event import Event, Pressed, Scope
from dialogs.message import Message
from dialogs.person import Person, Role
from dialogs.query import Asking, find, find_each
from dialogs.refusal import EventRefused
from dialogs.texts import Texts
from dialogs.world import World
from knowledge.article import Language
from knowledge.masking import cut
from knowledge.organisation import Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcer:
    """Somebody who may announce. ``municipality_id`` is the only one they write to; None means everywhere."""

    person: Person
    texts: Texts
    municipality_id: str | None

    def handles(self, announcement: Announcement) -> bool:
        """Tell whether the announcement is theirs to handle: of their own municipality, or of any."""
        return self.municipality_id is None or announcement.municipality_id == self.municipality_id

    def sees(self, announcement: Announcement, organisation: Organisation) -> bool:
        """Tell whether they may look at it: theirs to handle, and not sent by somebody who reaches further."""
        wider = announcement.audience.faults(organisation, own_municipality_id=self.municipality_id)
        return self.handles(announcement) and not (announcement.version and wider)


def announcer(event: Event, world: World) -> Asking[Announcer]:
    """Return the announcer who caused the event, or the refusal of somebody who is none."""
    person = yield from find(Person, event.person_id)
    texts = world.texts[person.language if person else Language.NB]
    if event.scope is not Scope.PERSONAL:
        raise EventRefused(refuse(event, texts("announce.refuse.in_private")))
    found = announcer_of(person, world)
    if found is None:
        raise EventRefused(deny(event, texts, "not_announcer"))
    return found


def announcer_of(person: Person | None, world: World) -> Announcer | None:
    """Return the person as an announcer, or None when they may not announce."""
    if person is None or person.municipality_id is None:
        return None
    texts = world.texts[person.language]
    own = world.organisation.municipalities.get(person.municipality_id)
    if world.organisation.provides(person.municipality_id) and person.has(Role.ADMIN):
        return Announcer(person=person, texts=texts, municipality_id=None)
    if own is not None and person.has(Role.ANNOUNCER):
        return Announcer(person=person, texts=texts, municipality_id=own.id)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """An announcer with an announcement in hand."""

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


def desk(event: Event, world: World, *, edition: bool = False) -> Asking[Desk]:
    """Return the announcer with the announcement the card names, or a refusal.

    ``edition``: the card must be of the present edition, since it was made for what it showed. Somebody else's
    announcement is refused in the same words as one that does not exist.
    """
    who = yield from announcer(event, world)
    announcement = yield from find(Announcement, event.pressed.text("announcement_id")[:100])
    if announcement is None or not who.sees(announcement, world.organisation):
        raise EventRefused(deny(event, who.texts, "unknown"))
    if edition and event.pressed.text("edition") != str(announcement.edition):
        recalled = announcement.state is State.RECALLED
        why = "announce.refuse.recalled" if recalled else "announce.refuse.edited_meanwhile"
        unsaved = ["announce.refuse.unsaved"] if _written(event.pressed) and not recalled else []
        raise EventRefused(refuse(event, *map(who.texts, (why, *unsaved))))
    return Desk(announcer=who, announcement=announcement)


def _written(pressed: Pressed) -> bool:
    """Tell whether the card that was pressed had texts in it, which only stand there."""
    return any(pressed.text(f"{field}_{language}") for field in ("title", "body") for language in Language)


def refuse(event: Event, *sentences: str) -> Decision:
    """Say why not, and change nothing: beside the pressed card where there is one, else as a message."""
    text = "\n\n".join(sentences)
    if isinstance(event.what, Pressed) and event.what.slot is not None:
        return do(Notice(text=text))
    return do(Notice(text=text), Reply(slot=f"announce/refused/{event.id}", message=Message(text=text)))


def deny(event: Event, texts: Texts, reason: str) -> Decision:
    """Refuse what is not the presser's to do. Where a card named an announcement, that is in the audit log."""
    refused = refuse(event, texts(f"announce.refuse.{reason}"))
    if not isinstance(event.what, Pressed) or not (named := event.what.text("announcement_id")):
        return refused
    details = (("verb", event.what.verb), ("reason", reason))
    subject = cut(named, 80)  # as the card said it, which may be anything
    return refused + do(
        Audit(act="announce.refused", subject=subject, by=event.person_id, details=details, repeatable=True)
    )


def below(event: Event, announcement: Announcement) -> str:
    """Return the slot of a further card, below what was said last, while the announcement's own tells how it goes."""
    return f"announce/desk/{announcement.id}/{event.id}"


def held(announcement: Announcement, person: Person, slot: str) -> Announcement:
    """Return it with the card in ``slot`` telling who has just acted on it how it goes, and one like it its author."""
    return replace(_told_in(announcement, person, slot), desk=slot)


def moved(announcement: Announcement, person: Person, slot: str) -> Decision:
    """Return the decision that lets the card in ``slot`` tell the person how it goes, in place of the one before."""
    after = _told_in(announcement, person, slot)
    return NOTHING if after == announcement else put(after) + do(*left_behind(announcement, after))


def _told_in(announcement: Announcement, person: Person, slot: str) -> Announcement:
    if person.id == announcement.author_id:
        return replace(announcement, desk=slot)
    return replace(announcement, colleagues={**announcement.colleagues, person.id: slot})


def left_behind(before: Announcement, after: Announcement) -> tuple[Post, ...]:
    """Return what takes cards away, once others are those that tell how it goes."""
    gone = [(before.author_id, before.desk)] if before.desk != after.desk else []
    gone += [(to, slot) for to, slot in before.colleagues.items() if after.colleagues.get(to) != slot]
    return tuple(Post(to=to, slot=slot, message=None, only_update=True) for to, slot in gone)


def holders(announcement: Announcement, world: World) -> Asking[list[tuple[Person, str]]]:
    """Return who is shown how it goes, each with the slot of their card: its author, and colleagues who may still."""
    people = yield from find_each(Person, (announcement.author_id, *announcement.colleagues))
    told: list[tuple[Person, str]] = []
    for person in people.values():
        who = announcer_of(person, world)
        if person.id == announcement.author_id:
            told.append((person, announcement.desk))
        elif who is not None and who.sees(announcement, world.organisation):
            told.append((person, announcement.colleagues[person.id]))
    return told


def place(event: Event, announcement: Announcement) -> str:
    """Return the slot the announcer's card is in: the one just pressed, or the announcement's own."""
    slot = event.what.slot if isinstance(event.what, Pressed) else None
    return slot if slot and slot.startswith("announce/desk/") else announcement.desk
