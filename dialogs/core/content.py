"""Published content and rules, readable by every flow. It changes only between decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from dialogs.core.channel import Channels
from dialogs.core.milestone import Milestone
from dialogs.core.person import Person
from dialogs.core.texts import Texts
from knowledge.article.action import ActionBook
from knowledge.article.article import ArticleBook, Language
from knowledge.learning.curriculum import Curriculum
from knowledge.matching.policy import Policy
from knowledge.organisation.office_hours import OfficeHours, add_working_time
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import Municipality
from knowledge.software.everyday import EverydayTasks
from knowledge.software.register import Register


@dataclass(frozen=True, slots=True, kw_only=True)
class Holidays:
    """Public holidays; they do not count as working time."""

    days: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestRules:
    """Limits on the ambassadors' time for guests of the web page.

    Attributes:
        share: share of each ambassador's capacity, 0 to 1; with 0, guests' questions go to the contact only.
        handoffs_an_hour: maximum number of questions per hour from all guests to one municipality.
    """

    share: float = 0.5
    handoffs_an_hour: int = 20

    def places(self, capacity: int) -> int:
        """Return the maximum number of guests' questions an ambassador may have at once."""
        # The share is rounded down, but is at least one. With a share below 1, one unit of capacity is reserved for
        # employees, so an ambassador with capacity 1 gets no guests' questions.
        if self.share <= 0 or capacity <= 0:
            return 0
        if self.share >= 1:
            return capacity
        return min(max(1, int(capacity * self.share)), capacity - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUp:
    """The operator's demand of a recent sign-in before consequential acts.

    ``address``: page to sign in again on. ``max_people``: announcements to more people need it.
    """

    max_age: timedelta
    address: str
    max_people: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """All data a flow reads besides records.

    ``files`` are the articles as the content folder has them, without what editors published in the store.
    ``origin`` is where people reach the web pages, such as https://heia.example; ``public_calendar``: everyone may read
    the public milestones there. ``commands`` maps a normalised utterance ("mine data") to its verb. ``homes`` maps an
    Entra tenant id in lower case to its municipalities; people of other tenants may choose any municipality.
    """

    articles: ArticleBook
    organisation: Organisation
    texts: Mapping[Language, Texts]
    policy: Policy
    files: ArticleBook = field(default_factory=ArticleBook)
    actions: ActionBook = field(default_factory=ActionBook)
    commands: Mapping[str, str] = field(default_factory=dict)
    milestones: tuple[Milestone, ...] = ()
    register: Register = field(default_factory=Register)
    tasks: EverydayTasks = field(default_factory=EverydayTasks)
    curriculum: Curriculum = field(default_factory=Curriculum)
    holidays: Holidays = field(default_factory=Holidays)
    homes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    guests: GuestRules = field(default_factory=GuestRules)
    channels: Channels = field(default_factory=Channels)
    step_up: StepUp | None = None
    origin: str = ""
    public_calendar: bool = True

    def opening(self, person: Person, at: datetime) -> datetime:
        """Return ``at``, or the next start of the office hours of the person's municipality."""
        return self.opening_in(person.municipality_id or "", at)

    def opening_in(self, municipality_id: str, at: datetime) -> datetime:
        """Return ``at``, or the next start of the municipality's office hours."""
        # No working time, added to a time outside office hours, gives their next start.
        return self.after_working_time(municipality_id, at, timedelta())

    def after_working_time(self, municipality_id: str, at: datetime, amount: timedelta) -> datetime:
        """Return when ``amount`` of the municipality's office hours has passed since ``at``."""
        own = self.organisation.municipalities.get(municipality_id)
        return add_working_time(at, amount, own.office_hours if own else OfficeHours(), self.holidays.days)

    def choosable(self, person: Person) -> Sequence[Municipality]:
        """Return the municipalities a person may choose: those of the tenant, if it is configured."""
        every = self.organisation.municipalities.values()
        own = self.homes.get((person.tenant_id or "").lower())
        return [municipality for municipality in every if own is None or municipality.id in own]
