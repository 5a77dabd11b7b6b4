"""Records of an organisation: municipalities, units, sites and settings, and ids of people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Annotated, Final

from knowledge.article.article import Language
from knowledge.organisation.office_hours import OfficeHours


class Sector(StrEnum):
    """Kind of service of a unit."""

    HEALTH = "health"
    SCHOOL = "school"
    TECHNICAL = "technical"
    ADMINISTRATION = "administration"
    CULTURE = "culture"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalisedName:
    """A name in up to three languages; Bokmål is required."""

    nb: str
    nn: str | None = None
    en: str | None = None

    def text(self, language: Language) -> str:
        """Return the name in ``language``, or in Bokmål if missing."""
        match language:
            case Language.NN:
                return self.nn or self.nb
            case Language.EN:
                return self.en or self.nb
            case Language.NB:
                return self.nb


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A building."""

    id: str
    municipality_id: str
    names: LocalisedName


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A node of the organisation tree.

    The municipality itself is the root.

    Attributes:
        parent_id: ``None`` for the municipality only.
        sector: set here or inherited from the nearest ancestor that has one; ``None`` at the root.
        leader_role: title of the leader; recipient of applications to become an ambassador.
        leader_id: the leader's person id, if the leader uses the bot.
        contacts: further roles of the unit that its people may write to.
        former_ids: ids of units renamed to or merged into this one; they remain valid.
    """

    id: str
    municipality_id: str
    parent_id: str | None
    names: LocalisedName
    sector: Sector | None = None
    site_id: str | None = None
    leader_role: LocalisedName | None = None
    leader_id: str | None = None
    former_ids: tuple[str, ...] = ()
    contacts: "tuple[Contact, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A role with a published address, never a private person."""

    role: LocalisedName
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyHours:
    """When a telephone is answered, in words, and its number."""

    phone: str
    hours: LocalisedName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDesk:
    """The published service desk of a municipality; ``phone`` or ``page`` is set.

    Attributes:
        page: https address.
        hours: opening hours, in words.
        evening_duty: the telephone outside these hours.
    """

    phone: str | None = None
    page: str | None = None
    hours: LocalisedName | None = None
    evening_duty: DutyHours | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyFacts:
    """What the privacy notice and the record of processing need from the controllers, the same for all of them.

    Attributes:
        processor: runs the server on behalf of the controllers (GDPR article 28).
        transfer_basis: safeguard for transfers out of the EEA when Teams is used (GDPR articles 45 and 46).
        backup_days: longest time erased data can remain in backups.
        web_log: sentence about client addresses in the logs of the web server in front; None with the supplied nginx
            configuration.
    """

    processor: Contact | None = None
    transfer_basis: LocalisedName | None = None
    backup_days: int | None = None
    web_log: LocalisedName | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Municipality:
    """The root of one tree, and the data boundary of its people.

    Attributes:
        contact: receives questions that no ambassador answers.
        contacts: further roles that employees may write to; of the provider, those of every municipality.
        public_contact: the address for people outside; the controller's if left out.
        controller: decides why and how personal data is processed (GDPR article 4), with an address for inquiries.
        data_protection_officer: answers questions about personal data (GDPR article 37).
        service_desk: shown when no helper is free, below answers that name it, and on request.
        local: texts that answers have in place of ``{local:key|…}``, by key.
        provider: runs the rollout for the others, and is not a municipality in law.
        shares_with: municipalities to exchange help with; both sides must declare it.
        league_table: show a league table of helpers; off by default.
        approval_required: announcements need the approval of a second person.
    """

    id: str
    names: LocalisedName
    contact: Contact | None = None
    contacts: tuple[Contact, ...] = ()
    public_contact: Contact | None = None
    controller: Contact | None = None
    data_protection_officer: Contact | None = None
    service_desk: ServiceDesk | None = None
    local: Mapping[str, LocalisedName] = field(default_factory=dict)
    office_hours: OfficeHours = field(default_factory=OfficeHours)
    provider: bool = False
    shares_with: frozenset[str] = frozenset()
    league_table: bool = False
    approval_required: bool = False


# Types of fields that hold ids of people.


class Reference(Enum):
    """Target of an id."""

    PERSON = "person"
    PERSON_TERM = "person_term"


# Id of a person. An export replaces the ids of other people wherever a stored type contains this one.
PersonId = Annotated[str, Reference.PERSON]

# Search term that may be the one of a person, ``person:ID``.
PersonTerm = Annotated[str, Reference.PERSON_TERM]

# Stands for every person that had their data erased, in records of other people.
ERASED: Final = "erased"
