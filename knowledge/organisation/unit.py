"""The values an organisation is made of: municipalities, their units, sites and settings."""

from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum

from knowledge.article.article import Language


class Sector(StrEnum):
    """Kind of service a unit gives."""

    HEALTH = "health"
    SCHOOL = "school"
    TECHNICAL = "technical"
    ADMINISTRATION = "administration"
    CULTURE = "culture"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalisedName:
    """What something is called. Bokmål is always there."""

    nb: str
    nn: str | None = None
    en: str | None = None

    def text(self, language: Language) -> str:
        """Return the name in ``language``, or in Bokmål when there is none."""
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
    """A node of the organisation tree. The municipality itself is the root of its tree.

    Attributes:
        parent_id: ``None`` for the municipality only.
        sector: own or inherited from the nearest unit above that says one; ``None`` at the root.
        leader_role: what the leader is called; applications to become an ambassador go there.
        leader_id: the leader as a person of the registry, when the leader uses the bot.
        former_ids: ids of units renamed to or merged into this one; they are still understood.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeHours:
    """When people are at work, as clock time in ``timezone``.

    Attributes:
        weekdays: Monday is 0.
        opens: first minute at work.
        closes: first minute after work, later than ``opens``.
    """

    weekdays: frozenset[int] = frozenset({0, 1, 2, 3, 4})
    opens: time = time(8, 0)
    closes: time = time(15, 30)
    timezone: str = "Europe/Oslo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """The municipality's last resort: a role with a published address, never a private person."""

    role: LocalisedName
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Municipality:
    """The root of one tree and the compartment its people live in.

    Attributes:
        provider: runs the rollout for the others, and is no municipality in law.
        shares_with: municipalities this one lets its people be helped by and help; both must say so.
        league_table: show who answered how much; off unless the municipality turns it on.
        approval_required: announcements need a second person's approval.
    """

    id: str
    names: LocalisedName
    contact: Contact | None = None
    office_hours: OfficeHours = field(default_factory=OfficeHours)
    provider: bool = False
    shares_with: frozenset[str] = frozenset()
    league_table: bool = False
    approval_required: bool = False
