"""Ranking of ambassadors for an asker, and the reasons for the choice."""

from dataclasses import dataclass
from enum import StrEnum

from knowledge.article.article import Language
from knowledge.organisation.ambassador import Ambassador, Availability


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Known facts about the asker and the question.

    Attributes:
        unit_id: an unknown unit or ``None`` counts as the municipality itself.
        site_id: the asker's site if it differs from the unit's.
        topics: topics of the question.
    """

    person_id: str | None = None
    municipality_id: str
    unit_id: str | None = None
    site_id: str | None = None
    language: Language = Language.NB
    topics: frozenset[str] = frozenset()


class Reason(StrEnum):
    """A reason for an ambassador.

    The first four are locations. Exactly one of them is always given.
    """

    SAME_UNIT = "same-unit"
    SAME_DEPARTMENT = "same-department"
    SAME_MUNICIPALITY = "same-municipality"
    OTHER_MUNICIPALITY = "other-municipality"
    STANDS_IN = "stands-in"  # subjects: the absent ambassador's person id
    SAME_SITE = "same-site"
    KNOWS = "knows"  # subjects: the question's topics the ambassador knows, sorted
    SPEAKS = "speaks"  # subjects: the language
    NOTHING_OPEN = "nothing-open"
    OPEN = "open"  # number: open handoffs
    SPARED = "spared"  # a disadvantage: helped often recently, so others are asked first


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """A reason with its parameters; the sentence is written elsewhere."""

    reason: Reason
    subjects: tuple[str, ...] = ()
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """One ambassador in a ranking.

    Attributes:
        steps: steps in the tree from the asker to the ambassador, or to the substituted ambassador.
        stands_in_for: person id of the substituted absent ambassador.
    """

    ambassador: Ambassador
    steps: int
    availability: Availability
    stands_in_for: str | None
    why: tuple[Why, ...]


def explain(
    asker: Asker,
    helper: Ambassador,
    *,
    where: Reason,
    same_site: bool,
    stands_in_for: str | None,
    open_count: int,
    spared: bool,
) -> tuple[Why, ...]:
    """Return the reasons for ``helper`` in ranking order, followed by the disadvantages.

    All reasons describe the helper, even if the position is that of an absent ambassador.
    """
    why = [Why(reason=where)]
    if stands_in_for:
        why.append(Why(reason=Reason.STANDS_IN, subjects=(stands_in_for,)))
    if same_site:
        why.append(Why(reason=Reason.SAME_SITE))
    if topics := asker.topics & helper.topics:
        why.append(Why(reason=Reason.KNOWS, subjects=tuple(sorted(topics))))
    if asker.language in helper.languages:
        why.append(Why(reason=Reason.SPEAKS, subjects=(asker.language,)))
    why.append(Why(reason=Reason.OPEN if open_count else Reason.NOTHING_OPEN, number=open_count))
    if spared:
        why.append(Why(reason=Reason.SPARED))
    return tuple(why)
