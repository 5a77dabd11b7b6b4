"""What every flow may read: the content as it is now, and the rules. It changes only between decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from dialogs.person import Person
from dialogs.texts import Texts
from knowledge.article import ArticleBook, Language
from knowledge.organisation import Organisation
from knowledge.policy import Policy
from knowledge.unit import Municipality


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """Something that happened, or is planned, in the rollout. ``date`` may be a year, a month or a day.

    ``municipalities`` are those it concerns, by id; empty: all.
    """

    date: str
    what: Mapping[Language, str]
    municipalities: frozenset[str] = frozenset()

    def concerns(self, municipality_id: str | None) -> bool:
        """Tell whether it is shown to somebody of this municipality; None: nobody knows of which."""
        return not self.municipalities or municipality_id in self.municipalities


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program someone may ask whether is approved. ``status`` is approved, denied or review."""

    id: str
    name: str
    aliases: tuple[str, ...]
    status: str
    note: Mapping[Language, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A short e-learning course."""

    id: str
    title: Mapping[Language, str]
    minutes: int
    topics: tuple[str, ...]
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Holidays:
    """Public holidays, on which nobody is expected to answer."""

    days: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything a flow reads besides records.

    ``commands`` maps a normalised utterance ("mine data") to the verb it stands for. ``homes`` are the municipalities
    of each Entra tenant in lower case; people of a tenant that is not in it may be of any.
    """

    articles: ArticleBook
    organisation: Organisation
    texts: Mapping[Language, Texts]
    policy: Policy
    commands: Mapping[str, str] = field(default_factory=dict)
    milestones: tuple[Milestone, ...] = ()
    programs: tuple[Program, ...] = ()
    courses: tuple[Course, ...] = ()
    holidays: Holidays = field(default_factory=Holidays)
    homes: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def choosable(self, person: Person) -> Sequence[Municipality]:
        """Return the municipalities a person may say they work for: those of their tenant, when it has some."""
        every = self.organisation.municipalities.values()
        own = self.homes.get((person.tenant_id or "").lower())
        return [each for each in every if own is None or each.id in own]
