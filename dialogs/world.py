"""What every flow may read: the content as it is now, and the rules. It changes only between decisions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from dialogs.texts import Texts
from knowledge.article import ArticleBook, Language
from knowledge.organisation import Organisation
from knowledge.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """Something that happened, or is planned, in the rollout. ``date`` may be a year, a month or a day."""

    date: str
    what: Mapping[Language, str]


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

    ``commands`` maps a normalised utterance ("mine data") to the verb it stands for.
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
