"""A small town for the tests: two municipalities, an asker, three ambassadors at growing distance, a contact."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from dialogs import router
from dialogs.ambassadors import feature as ambassador_flow
from dialogs.availability.profile import AmbassadorProfile
from dialogs.core.event import Event
from dialogs.core.person import Address, Person, Role
from dialogs.core.query import Flow
from dialogs.editing import suggestions
from dialogs.handoff import feature as handoff_flow
from dialogs.handoff.model import Handoff
from dialogs.privacy import erasing
from knowledge.article.article import Article, ArticleBook, Language, Source
from knowledge.language.concerns import concerns_in
from knowledge.organisation.nearest import Ambassador
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import Contact, LocalisedName, Municipality, Unit
from tests.channels import WEB
from tests.unit.driver import TUESDAY, Stage

UNITS = ("nord", "sor", "skole")
ARTICLE = Article(
    id="mfa",
    language=Language.NB,
    title="Totrinnsbekreftelse",
    answer="Bruk appen på telefonen.",
    phrasings=("hva er totrinnsbekreftelse",),
    source=Source(title="Brukerstøtten"),
    changed=TUESDAY.date(),
    review_by=TUESDAY.date(),
    topics=("mfa",),
)


def organisation(*, contact: bool = True, shares: bool = False) -> Organisation:
    """Lillevik with health (north, south) and a school; Storvik beside it."""
    last_resort = Contact(role=LocalisedName(nb="Digitaliseringsansvarlig"), address="digital@lillevik.example")
    return Organisation.from_units(
        municipalities=[
            Municipality(
                id="lillevik",
                names=LocalisedName(nb="Lillevik kommune"),
                contact=last_resort if contact else None,
                shares_with=frozenset({"storvik"} if shares else ()),
            ),
            Municipality(
                id="storvik",
                names=LocalisedName(nb="Storvik kommune"),
                shares_with=frozenset({"lillevik"} if shares else ()),
            ),
        ],
        units=[
            Unit(id="helse", municipality_id="lillevik", parent_id="lillevik", names=LocalisedName(nb="Helse")),
            Unit(
                id="nord", municipality_id="lillevik", parent_id="helse", names=LocalisedName(nb="Hjemmetjenesten Nord")
            ),
            Unit(
                id="sor", municipality_id="lillevik", parent_id="helse", names=LocalisedName(nb="Hjemmetjenesten Sør")
            ),
            Unit(id="skole", municipality_id="lillevik", parent_id="lillevik", names=LocalisedName(nb="Skole")),
            Unit(id="bryggen", municipality_id="storvik", parent_id="storvik", names=LocalisedName(nb="Bryggen")),
        ],
    )


def person(id_: str, unit_id: str, *roles: Role, municipality_id: str = "lillevik", **more: Any) -> Person:
    """Somebody who can be reached on the web."""
    return Person(
        id=id_,
        name=more.pop("name", f"Medarbeider {id_.title()}"),
        municipality_id=municipality_id,
        unit_id=unit_id,
        roles=frozenset({Role.EMPLOYEE, *roles}),
        addresses={WEB: Address(channel=WEB)},
        last_channel=WEB,
        created_at=TUESDAY,
        **more,
    )


def ambassador(id_: str, unit_id: str, *, municipality_id: str = "lillevik", **more: Any) -> Ambassador:
    """Somebody who helps."""
    name = f"Ambassadør {id_.title()}"
    return Ambassador(person_id=id_, name=name, municipality_id=municipality_id, unit_id=unit_id, **more)


def stage(*, at: datetime = TUESDAY, contact: bool = True, shares: bool = False, **more: Any) -> Stage:
    """Everybody in place. Nearest to Kari (north) are Ana (north), then Bo (south), then Cato (school)."""
    scene = Stage(
        organisation(contact=contact, shares=shares),
        verbs=more.pop("verbs", {**handoff_flow.VERBS, **ambassador_flow.VERBS, **suggestions.VERBS}),
        timers=more.pop("timers", {**handoff_flow.TIMERS, **ambassador_flow.TIMERS, **erasing.TIMERS}),
        at=at,
        articles=ArticleBook.from_articles([ARTICLE]),
        **more,
    )
    scene.put(person("kari", "nord"), person("ola", "skole"), person("per", "bryggen", municipality_id="storvik"))
    for id_, unit_id in (("ana", "nord"), ("bo", "sor"), ("cato", "skole")):
        enlist(scene, ambassador(id_, unit_id))
    enlist(scene, ambassador("dag", "bryggen", municipality_id="storvik"))
    if contact:
        scene.put(person("kim", "lillevik", Role.CONTACT, name="Kontakt Kim"))
    return scene


class Routed(Stage):
    """Every event takes the way of the running bot; an asker and an ambassador are of one unit."""

    def __init__(self) -> None:
        super().__init__(
            organisation(), verbs=router.VERBS, timers=router.TIMERS, articles=ArticleBook.from_articles([ARTICLE])
        )
        self.put(person("kari", "nord"))
        enlist(self, ambassador("ana", "nord"))

    def _route(self, event: Event) -> Flow:
        return router.route(event, self.content)


def enlist(scene: Stage, who: Ambassador) -> None:
    """Put an ambassador and the person behind into the registry."""
    scene.put(
        AmbassadorProfile(ambassador=who, joined_at=TUESDAY),
        person(who.person_id, who.unit_id, Role.AMBASSADOR, municipality_id=who.municipality_id, name=who.name),
    )


def alter(scene: Stage, id_: str, **changes: Any) -> None:
    """Change an ambassador behind everybody's back, as an import does."""
    profile = scene.get(AmbassadorProfile, id_)
    scene.put(replace(profile, ambassador=replace(profile.ambassador, **changes)))


def asked(scene: Stage, asker: str = "kari", question: str = "Hvordan deler jeg en mappe?") -> str:
    """Let somebody ask a colleague and return the handoff's id."""
    scene.press(asker, "handoff.start")
    handoff_id = scene.slots(asker, "handoff/")[-1].split("/")[1]
    scene.press(asker, "handoff.send", handoff_id=handoff_id, question=question, no_suggestion="false")
    return handoff_id


def accepted(scene: Stage, by: str = "ana", asker: str = "kari") -> str:
    """Let somebody ask and the nearest accept."""
    handoff_id = asked(scene, asker)
    scene.press(by, "handoff.accept", handoff_id=handoff_id)
    return handoff_id


def suggests(scene: Stage, by: str, handoff_id: str, answer: str = "") -> None:
    """Let a helper solve a question, and suggest it to the editors as the preview shows it."""
    scene.press(by, "handoff.resolve", handoff_id=handoff_id, answer=answer, share="true")
    question = scene.get(Handoff, handoff_id).question
    more = {"warned": f"{question}\n{answer}"} if concerns_in(question) or concerns_in(answer) else {}
    scene.press(by, "handoff.suggest", handoff_id=handoff_id, question=question, answer=answer, **more)


def handoff(scene: Stage, id_: str) -> Handoff:
    """Return the handoff."""
    found: Handoff = scene.get(Handoff, id_)
    return found
