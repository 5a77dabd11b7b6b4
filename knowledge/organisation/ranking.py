"""How a colleague is ranked for the one who asks, and what speaks for the choice."""

from dataclasses import dataclass
from enum import StrEnum

from knowledge.article.article import Language
from knowledge.organisation.ambassador import Ambassador, Availability


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """What is known of the one who asks, and about what.

    Attributes:
        unit_id: unknown or ``None`` counts as the municipality itself.
        site_id: where the asker sits, when it is not the unit's site.
        topics: of the question.
    """

    person_id: str | None = None
    municipality_id: str
    unit_id: str | None = None
    site_id: str | None = None
    language: Language = Language.NB
    topics: frozenset[str] = frozenset()


class Reason(StrEnum):
    """One thing that speaks for an ambassador. The first four say where, and exactly one of them is given."""

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
    SPARED = "spared"  # speaks against: has helped many lately, and others are asked first


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """A reason with what it is about, for a sentence made elsewhere."""

    reason: Reason
    subjects: tuple[str, ...] = ()
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """One ambassador in the order of nearness.

    Attributes:
        steps: up and down the tree from the asker to the ambassador, or to the one stood in for.
        stands_in_for: person id of the absent ambassador whose place this is.
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
    """Return what speaks for ``helper``, in the order the ranking weighs it, and last what speaks against. Everything
    said is true of the helper, also where the place in the order is that of someone absent.
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
