"""The narrow way an audience is found reaches exactly those the predicate includes, nobody twice."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogs.announce.audience import Audience
from dialogs.announce.deliver.page import recipients_page
from dialogs.announce.model import Announcement, Severity, Wording
from dialogs.core.person import Person, Role
from dialogs.core.query import Find, GetEach
from knowledge.article.article import Language
from knowledge.organisation.unit import Sector
from tests.sampling import examples
from tests.unit.announce.town import organisation
from tests.unit.driver import TUESDAY, Stage

ORGANISATION = organisation()
MUNICIPALITIES = list(ORGANISATION.municipalities)
UNITS = [unit.id for unit in ORGANISATION.units()] + ["gamlenord"]
WORLD = Stage(ORGANISATION, verbs={}, timers={}).content


def some(of: list[Any]) -> st.SearchStrategy[frozenset[Any]]:
    return st.frozensets(st.sampled_from(of), max_size=2)


audiences = st.builds(
    Audience,
    municipality_ids=some(MUNICIPALITIES),
    unit_ids=some(UNITS),
    sectors=some(list(Sector)),
    site_ids=some(["huset"]),
    roles=some([Role.AMBASSADOR, Role.EMPLOYEE, Role.EDITOR]),
    languages=some(list(Language)),
    person_ids=some([f"p{n:02}" for n in range(30)]),
)


@st.composite
def towns(draw: st.DrawFn) -> list[Person]:
    """Return people anywhere: some without a unit, some in a unit's former id."""
    people = []
    for n in range(draw(st.integers(0, 30))):
        unit = draw(st.sampled_from([*UNITS, None]))
        known = ORGANISATION.find_unit(unit) if unit else None
        people.append(
            Person(
                id=f"p{n:02}",
                name="",
                unit_id=unit,
                municipality_id=known.municipality_id if known else draw(st.sampled_from([*MUNICIPALITIES, None])),
                roles=draw(some([Role.AMBASSADOR, Role.EMPLOYEE, Role.EDITOR])),
                language=draw(st.sampled_from(Language)),
                muted=draw(st.booleans()),
                registered=draw(st.booleans()),
                created_at=TUESDAY,
            )
        )
    return people


def reached(people: list[Person], audience: Audience, severity: Severity) -> list[str]:
    """Return whom the portions find, one after the other."""
    announcement = Announcement(
        id="a",
        author_id="",
        municipality_id="",
        desk="",
        wordings={Language.NB: Wording(title="t", body="b")},
        audience=audience,
        severity=severity,
        created_at=TUESDAY,
        changed_at=TUESDAY,
    )
    reach, term, after, found = audience.reach(ORGANISATION), 0, "", []
    for _ in range(500):
        asking = recipients_page(announcement, reach, term, after, WORLD)
        answer: Any = None
        try:
            while True:
                query = asking.send(answer)
                if isinstance(query, GetEach):
                    answer = {p.id: p for p in people if p.id in query.ids}
                else:
                    assert isinstance(query, Find)
                    carrying = [p for p in people if query.term in set(p.terms()) and p.id > query.after]
                    answer = tuple(sorted(carrying, key=lambda p: p.id)[: query.limit])
        except StopIteration as stop:
            part = stop.value
        found += [person.id for person in part.people]
        if part.done:
            return found
        term, after = part.term, part.after
    raise AssertionError("it never ends")


@settings(max_examples=examples(300))
@given(people=towns(), audience=audiences, severity=st.sampled_from(Severity))
@pytest.mark.full
def test_the_narrow_way_finds_exactly_those_included(
    people: list[Person], audience: Audience, severity: Severity
) -> None:
    heard = [p for p in people if severity is Severity.CRITICAL or not p.muted]
    included = sorted(p.id for p in heard if audience.includes(p, ORGANISATION))
    assert sorted(reached(people, audience, severity)) == included


@given(people=towns(), audience=audiences, municipality=st.sampled_from(MUNICIPALITIES))
def test_who_writes_to_one_municipality_reaches_no_other(
    people: list[Person], audience: Audience, municipality: str
) -> None:
    if audience.faults(ORGANISATION, own_municipality_id=municipality):
        return
    reached_ids = set(reached(people, audience, Severity.CRITICAL))
    assert {p.municipality_id for p in people if p.id in reached_ids} <= {municipality}


@given(people=towns(), audience=audiences)
@pytest.mark.full
def test_every_further_limit_narrows(people: list[Person], audience: Audience) -> None:
    narrowed = replace(audience, languages=audience.languages or frozenset({Language.NN}))
    for person in people:
        if narrowed.includes(person, ORGANISATION):
            assert audience.includes(person, ORGANISATION)
