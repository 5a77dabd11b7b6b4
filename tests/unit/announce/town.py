"""Two municipalities and the provider, with an announcer each, readers of three languages, and an approver."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from dialogs.announce.feature import TIMERS, VERBS
from dialogs.announce.model import Announcement
from dialogs.announce.teams.flow import VERBS as TEAM_VERBS
from dialogs.core.person import Person, Role, is_guest_id
from dialogs.profile.flow import VERBS as PROFILE_VERBS
from dialogs.rollout.status.flow import VERBS as STATUS_VERBS
from knowledge.article.article import Language
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import LocalisedName, Municipality, Sector, Site, Unit
from tests.unit.driver import TUESDAY, Outcome, Stage, Verbs


def organisation(*, approval: bool = False) -> Organisation:
    """Lillevik with health (north, south) and a school; Storvik; the provider Samdrift."""

    def unit(id_: str, parent: str, municipality: str = "lillevik", **more: Any) -> Unit:
        return Unit(id=id_, municipality_id=municipality, parent_id=parent, names=LocalisedName(nb=id_.title()), **more)

    return Organisation.from_units(
        municipalities=[
            Municipality(id="lillevik", names=LocalisedName(nb="Lillevik kommune"), approval_required=approval),
            Municipality(id="storvik", names=LocalisedName(nb="Storvik kommune")),
            Municipality(id="samdrift", names=LocalisedName(nb="Samdrift"), provider=True),
        ],
        units=[
            unit("helse", "lillevik", sector=Sector.HEALTH),
            unit("nord", "helse", sector=Sector.HEALTH, site_id="huset", former_ids=("gamlenord",)),
            unit("sor", "helse", sector=Sector.HEALTH),
            unit("skole", "lillevik", sector=Sector.SCHOOL),
            unit("brygge", "storvik", "storvik", sector=Sector.TECHNICAL),
            unit("drift", "samdrift", "samdrift", sector=Sector.ADMINISTRATION),
        ],
        sites=[Site(id="huset", municipality_id="lillevik", names=LocalisedName(nb="Huset"))],
    )


def person(id_: str, unit: str, *roles: Role, of: str = "lillevik", **more: Any) -> Person:
    """Return a person of the town with a verified account, unless it is a guest."""
    if not is_guest_id(id_):
        more = {"object_id": f"object-{id_}", "tenant_id": "tenant", **more}
    return Person(
        id=id_,
        name=f"Ansatt {id_}",
        municipality_id=of,
        unit_id=unit,
        roles=frozenset({Role.EMPLOYEE, *roles}),
        email=f"{id_}@{of}.example",
        created_at=TUESDAY,
        **more,
    )


PEOPLE = (
    person("anja", "skole", Role.ANNOUNCER),
    person("arne", "skole", Role.ANNOUNCER),
    person("gro", "skole", Role.APPROVER),
    person("nils", "nord"),
    person("nora", "gamlenord", Role.AMBASSADOR, language=Language.NN),
    person("sven", "sor", language=Language.EN),
    person("siri", "skole", Role.AMBASSADOR),
    person("bo", "brygge", of="storvik"),
    person("berit", "brygge", Role.ANNOUNCER, of="storvik"),
    person("drude", "drift", Role.ADMIN, of="samdrift"),
)
TEXTS = {
    "title_nb": "Teams er nede",
    "body_nb": "Vi jobber med saken.",
    "title_nn": "Teams er nede no",
    "body_nn": "Vi jobbar med saka.",
}
# What the announcer is asked about before it reaches several.
ASKED_ABOUT: Final = frozenset({"announce.corrected", "announce.resend", "announce.chase"})
OWN_VERBS: Final = {**VERBS, **STATUS_VERBS, **PROFILE_VERBS, **TEAM_VERBS}


class Town(Stage):
    """The stage with the people on it, and what announcers do most."""

    def __init__(self, *, approval: bool = False, verbs: Verbs = OWN_VERBS, timers: Verbs = TIMERS) -> None:
        super().__init__(organisation(approval=approval), verbs=verbs, timers=timers)
        self.put(*PEOPLE)

    def draft(self, who: str = "anja", **fields: Any) -> Announcement:
        """Start, fill in the form, and return the draft as previewed. Fails when the form is refused."""
        outcome, draft = self.fill(who, **fields)
        assert not outcome.notices, outcome.notices
        return draft

    def begin(self, who: str = "anja") -> Announcement:
        """Open an empty form."""
        before = {one.id for one in self.all(Announcement)}
        self.press(who, "announce.new")
        [fresh] = [one for one in self.all(Announcement) if one.id not in before]
        return fresh

    def fill(self, who: str = "anja", **fields: Any) -> tuple[Outcome, Announcement]:
        """Start and fill in the form."""
        fresh = self.begin(who)
        outcome = self.act("announce.preview", fresh, who, **{**TEXTS, **fields})
        return outcome, self.get(Announcement, fresh.id)

    def act(self, verb: str, announcement: Announcement, who: str = "anja", **fields: Any) -> Outcome:
        """Press a button of the announcement's card as it is now, sure of it."""
        held = {"announcement_id": announcement.id, "edition": announcement.edition}
        held |= {"sure": "true"} if verb in ASKED_ABOUT else {}
        return self.press(who, verb, slot=announcement.desk, **{**held, **fields})

    def now_is(self, announcement: Announcement) -> Announcement:
        """Return the announcement as it stands."""
        found: Announcement = self.get(Announcement, announcement.id)
        return found

    def send(self, who: str = "anja", **fields: Any) -> Announcement:
        """Write, send, and let all timers of the first minute ring."""
        draft = self.draft(who, **fields)
        outcome = self.act("announce.send", draft, who, off_hours="true")  # some are sent at night
        assert not outcome.notices, outcome.notices
        self.wait()
        return self.now_is(draft)

    def wait(self, seconds: float = 60) -> None:
        """Let time pass."""
        self.ring_until(self.now + timedelta(seconds=seconds))

    def readers(self, announcement: Announcement) -> set[str]:
        """Return who has the announcement in their chat."""
        return {to for to, slot in self.posts if slot == announcement.slot}

    def change(self, id_: str, **changes: Any) -> None:
        """Change a person."""
        self.put(replace(self.get(Person, id_), **changes))
