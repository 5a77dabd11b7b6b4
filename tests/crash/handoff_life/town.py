"""Who lives in the town: two municipalities, three who ask, five who help, and one contact."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

from bot.content.catalogue import load_catalogue
from bot.ports import RecordWrite
from bot.records.codec import write_of
from dialogs.availability.profile import AmbassadorProfile
from dialogs.core.content import Content
from dialogs.core.decision import Put
from dialogs.core.person import Person, Role
from knowledge.article.article import ArticleBook
from knowledge.matching.policy import Policy
from knowledge.organisation.nearest import Ambassador
from tests.channels import CHANNELS, WEB
from tests.unit.handoff.press import COLLEAGUES
from tests.unit.handoff.scene import ARTICLE, ambassador, organisation, person

BEGIN = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
"""Nine o'clock in Norway on an ordinary Tuesday."""
ASKERS = ("kari", "ola", "per")
HELPERS = COLLEAGUES
CONTACT = "kim"
PEOPLE = (*ASKERS, *HELPERS, CONTACT)
MUNICIPALITIES = ("lillevik", "storvik")


@cache
def town_content() -> Content:
    """Return what flows read besides records."""
    return Content(
        articles=ArticleBook.from_articles([ARTICLE]),
        organisation=organisation(),
        texts=load_catalogue(),
        policy=Policy(),
        channels=CHANNELS,
    )


@cache
def inhabitants() -> tuple[RecordWrite, ...]:
    """Return everybody as a registry has them: all have written to the bot before."""
    people = [person("kari", "nord"), person("ola", "skole"), person("per", "bryggen", municipality_id="storvik")]
    helpers = _helpers()
    people += [
        person(each.person_id, each.unit_id, Role.AMBASSADOR, municipality_id=each.municipality_id, name=each.name)
        for each in helpers
    ]
    people.append(person(CONTACT, "lillevik", Role.CONTACT, name="Kontakt Kim"))
    profiles = (AmbassadorProfile(ambassador=each, joined_at=BEGIN) for each in helpers)
    return tuple(write_of(Put(record=record), {}) for record in (*map(_known, people), *profiles))


def _helpers() -> tuple[Ambassador, ...]:
    """Nearest to Kari are Ana and Eli, then Bo, then Cato. Together they can take five questions."""
    return (
        ambassador("ana", "nord", capacity=1),
        ambassador("bo", "sor", capacity=1),
        ambassador("cato", "skole", capacity=2, topics=frozenset({"citrix"})),
        ambassador("dag", "bryggen", municipality_id="storvik", capacity=1),
        ambassador("eli", "nord", capacity=1),
    )


def _known(who: Person) -> Person:
    return replace(who, registered=True, welcomed=True, last_channel=WEB)
