"""What every flow may read: the content as it is now, and the rules. It changes only between decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from dialogs.core.person import Person
from dialogs.core.texts import Texts
from knowledge.article.article import ArticleBook, Language
from knowledge.matching.policy import Policy
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import Municipality


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
class GuestRules:
    """How much of the ambassadors' time guests of the web page may take.

    Attributes:
        share: of each ambassador's capacity, 0 to 1; 0 brings guests' questions to the contact only.
        handoffs_an_hour: questions all guests together may send to the colleagues of one municipality.
    """

    share: float = 0.5
    handoffs_an_hour: int = 20

    def places(self, capacity: int) -> int:
        """Return how many guests' questions an ambassador may have at once.

        The share is rounded down, to one place at least. Below a share of 1 one place is always left to employees, so
        an ambassador with a single place takes no guests' questions.
        """
        if self.share <= 0 or capacity <= 0:
            return 0
        if self.share >= 1:
            return capacity
        return min(max(1, int(capacity * self.share)), capacity - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
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
    guests: GuestRules = field(default_factory=GuestRules)

    def choosable(self, person: Person) -> Sequence[Municipality]:
        """Return the municipalities a person may say they work for: those of their tenant, when it has some."""
        every = self.organisation.municipalities.values()
        own = self.homes.get((person.tenant_id or "").lower())
        return [each for each in every if own is None or each.id in own]
