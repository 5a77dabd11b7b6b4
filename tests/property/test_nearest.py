"""Whatever the tree, the people and their load, the nearest ambassador is chosen by the rules."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from knowledge.article.article import Language
from knowledge.organisation.fair_share import spared
from knowledge.organisation.nearest import (
    Absence,
    Ambassador,
    Asker,
    Availability,
    Network,
    Ranked,
    Reason,
    Workload,
    availability,
)
from knowledge.organisation.organisation import LocalisedName, Municipality, Organisation, Site, Unit
from tests.property.nearest_by_scan import nearest_by_scan
from tests.sampling import examples

TODAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TOPICS = ("teams", "onedrive", "sign-in")

rarely = st.integers(0, 11).map(lambda n: n == 7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    organisation: Organisation
    ambassadors: tuple[Ambassador, ...]
    desks: dict[str, Workload]
    asker: Asker
    excluded: frozenset[str]
    spared: frozenset[str]

    def nearest(self, *, limit: int = 3) -> tuple[Ranked, ...]:
        return Network.from_ambassadors(self.organisation, self.ambassadors).nearest(
            self.asker, on=TODAY, workloads=self.desks, excluded=self.excluded, spared=self.spared, limit=limit
        )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    places = [f"m{n}" for n in range(draw(st.integers(1, 3)))]
    names = LocalisedName(nb="x")
    municipalities = [
        Municipality(id=place, names=names, shares_with=frozenset(draw(st.sets(st.sampled_from(places)))))
        for place in places
    ]
    units: list[Unit] = []
    for place in places:
        above = [place]
        for n in range(draw(st.integers(0, 4))):
            id_ = f"{place}-{n}"
            site = draw(st.sampled_from([None, f"{place}-a", f"{place}-b"]))
            parent = draw(st.sampled_from(above))
            units.append(Unit(id=id_, municipality_id=place, parent_id=parent, names=names, site_id=site))
            above.append(id_)
    organisation = Organisation.from_units(
        municipalities=municipalities,
        units=units,
        sites=[Site(id=f"{place}-{x}", municipality_id=place, names=names) for place in places for x in "ab"],
    )
    ids = [f"p{n}" for n in range(draw(st.integers(0, 9)))]
    everywhere = [unit.id for unit in organisation.units()]
    ambassadors = tuple(draw(_ambassador(organisation, id_, ids, everywhere)) for id_ in ids)
    last = st.sampled_from([None, NOON, NOON - timedelta(days=1), NOON - timedelta(days=2)])
    desk = st.builds(
        Workload,
        open_count=st.sampled_from([0, 0, 1, 2]),
        taken=st.sampled_from([0, 0, 1, 4]),
        last_offer_at=last,
        reachable=rarely.map(lambda yes: not yes),
    )
    asker = Asker(
        person_id=draw(st.sampled_from([None, *ids])),
        municipality_id=draw(st.sampled_from(places)),
        unit_id=draw(st.sampled_from([None, "gone", *everywhere])),
        language=draw(st.sampled_from([Language.NB, Language.EN])),
        topics=draw(st.frozensets(st.sampled_from(TOPICS))),
    )
    return Case(
        organisation=organisation,
        ambassadors=ambassadors,
        desks={id_: draw(desk) for id_ in ids if draw(st.booleans())},
        asker=asker,
        excluded=frozenset(draw(st.sets(st.sampled_from(ids), max_size=2))) if ids else frozenset(),
        spared=frozenset(draw(st.sets(st.sampled_from(ids), max_size=4)))
        if ids and draw(st.booleans())
        else frozenset(),
    )


@st.composite
def _ambassador(draw: st.DrawFn, organisation: Organisation, id_: str, ids: list[str], units: list[str]) -> Ambassador:
    # Most are plain and free, so that ties and full rings are as common as exceptions.
    unit = "gone" if draw(rarely) else draw(st.sampled_from(units))
    found = organisation.find_unit(unit)
    elsewhere = draw(st.sampled_from(list(organisation.municipalities)))
    absence = st.builds(
        lambda first, days, substitute: Absence(
            first_day=TODAY + timedelta(days=first),
            last_day=TODAY + timedelta(days=first + days),
            substitute_id=substitute,
        ),
        st.integers(-2, 1),
        st.integers(0, 2),
        st.sampled_from([None, "nobody", *ids, *ids]),
    )
    return Ambassador(
        person_id=id_,
        name=id_,
        municipality_id=elsewhere if found is None or draw(rarely) else found.municipality_id,
        unit_id=unit,
        topics=draw(st.frozensets(st.sampled_from(TOPICS))) if draw(st.booleans()) else frozenset(),
        languages=frozenset({Language.EN}) if draw(rarely) else frozenset({Language.NB}),
        capacity=draw(st.sampled_from([0, 1, 2, 2])),
        absences=tuple(draw(st.lists(absence, max_size=2))) if draw(st.booleans()) else (),
        active=not draw(rarely),
        paused=draw(rarely),
        pupil=draw(rarely),
    )


often = settings(suppress_health_check=[HealthCheck.too_slow])


@settings(often, max_examples=examples(300))
@given(cases(), st.integers(0, 12))
@pytest.mark.full
def test_the_index_finds_what_looking_at_everybody_finds(case: Case, limit: int) -> None:
    """Order, steps and cut agree with the rule written the slow and obvious way."""
    assert [(r.ambassador.person_id, r.steps) for r in case.nearest(limit=limit)] == nearest_by_scan(
        case.organisation,
        case.ambassadors,
        case.asker,
        on=TODAY,
        desks=case.desks,
        excluded=case.excluded,
        spared=case.spared,
        limit=limit,
    )


@often
@given(cases())
@pytest.mark.full
def test_nobody_is_found_across_a_municipality_unless_both_allow_it(case: Case) -> None:
    own = case.asker.municipality_id
    settings_of = case.organisation.municipalities
    for ranked in case.nearest(limit=99):
        other = ranked.ambassador.municipality_id
        assert other == own or (other in settings_of[own].shares_with and own in settings_of[other].shares_with), (
            "crossed without both settings"
        )
        assert (ranked.why[0].reason is Reason.OTHER_MUNICIPALITY) == (other != own)


@often
@given(cases())
def test_nobody_is_found_who_is_away_full_paused_unreachable_gone_a_pupil_or_excluded(case: Case) -> None:
    for ranked in case.nearest(limit=99):
        helper = ranked.ambassador
        desk = case.desks.get(helper.person_id, Workload())
        assert desk.open_count < helper.capacity
        assert desk.reachable
        assert not any(a.first_day <= TODAY <= a.last_day for a in helper.absences)
        assert helper.active
        assert not helper.paused
        assert not helper.pupil
        assert helper.person_id not in case.excluded
        assert helper.person_id != case.asker.person_id
        assert ranked.availability is Availability.FREE


@often
@given(cases())
@pytest.mark.full
def test_a_nearer_free_one_always_wins(case: Case) -> None:
    """Own municipality first, in it those who are not spared, and then by steps: nobody overtakes anybody in these."""
    found = case.nearest(limit=99)
    own = case.asker.municipality_id

    def rank(each: Ambassador, steps: int) -> tuple[bool, bool, int]:
        return each.municipality_id != own, each.person_id in case.spared, steps

    for before, after in pairwise(found):
        assert rank(before.ambassador, before.steps) <= rank(after.ambassador, after.steps)
    unit = case.organisation.find_unit(case.asker.unit_id or "")
    if unit is None or unit.municipality_id != own:
        unit = case.organisation.get(own)
    for each in case.ambassadors:
        free = availability(each, case.desks.get(each.person_id, Workload()), on=TODAY) is Availability.FREE
        place = case.organisation.find_unit(each.unit_id)
        if (
            free
            and place is not None
            and place.municipality_id == each.municipality_id == own
            and each.person_id not in {*case.excluded, case.asker.person_id}
        ):
            first = found[0]
            assert rank(first.ambassador, first.steps) <= rank(each, case.organisation.distance(unit.id, place.id))


@often
@given(cases())
@pytest.mark.full
def test_sparing_hides_nobody_and_changes_no_order_among_the_others(case: Case) -> None:
    """Who is spared is still found when all others are asked, and nobody else moves because of it."""
    found = [ranked.ambassador.person_id for ranked in case.nearest(limit=99)]
    unspared = [ranked.ambassador.person_id for ranked in replace(case, spared=frozenset()).nearest(limit=99)]
    assert sorted(found) == sorted(unspared)
    for some in (case.spared, frozenset(unspared) - case.spared):
        assert [id_ for id_ in found if id_ in some] == [id_ for id_ in unspared if id_ in some]


@often
@given(cases(), st.randoms(use_true_random=False))
@pytest.mark.full
def test_the_order_of_the_input_changes_nothing(case: Case, random: Random) -> None:
    shuffled = list(case.ambassadors)
    random.shuffle(shuffled)
    desks = list(case.desks.items())
    random.shuffle(desks)
    other = replace(case, ambassadors=tuple(shuffled), desks=dict(desks))
    assert other.nearest(limit=99) == case.nearest(limit=99)


@often
@given(cases(), st.integers(0, 5))
@pytest.mark.full
def test_a_shorter_list_is_the_start_of_a_longer_one(case: Case, limit: int) -> None:
    assert case.nearest(limit=limit) == case.nearest(limit=99)[:limit]


@often
@given(cases())
@pytest.mark.full
def test_one_more_open_handoff_never_moves_an_ambassador_forward(case: Case) -> None:
    found = [ranked.ambassador.person_id for ranked in case.nearest(limit=99)]
    for position, id_ in enumerate(found):
        desk = case.desks.get(id_, Workload())
        busier = replace(case, desks={**case.desks, id_: replace(desk, open_count=desk.open_count + 1)})
        after = [ranked.ambassador.person_id for ranked in busier.nearest(limit=99)]
        assert [other for other in after if other != id_] == [other for other in found if other != id_]
        assert id_ not in after or after.index(id_) >= position


@often
@given(cases())
@pytest.mark.full
def test_everything_said_for_an_ambassador_is_true(case: Case) -> None:
    for ranked in case.nearest(limit=99):
        helper, said = ranked.ambassador, {why.reason: why for why in ranked.why}
        assert len(said) == len(ranked.why)
        place = case.organisation.find_unit(helper.unit_id)
        home = case.organisation.find_unit(case.asker.unit_id or "")
        if Reason.SAME_UNIT in said:
            assert place is not None
            assert place == home
        if Reason.SAME_DEPARTMENT in said:
            assert place is not None
            assert home is not None
            assert home.parent_id is not None
            assert case.organisation.department_of(place.id) == case.organisation.department_of(home.id)
        if Reason.SAME_SITE in said:
            own_site = helper.site_id or (place or case.organisation.get(helper.municipality_id)).site_id
            asked_from = home if home and home.municipality_id == case.asker.municipality_id else None
            assert asked_from is not None
            assert asked_from.site_id is not None
            assert own_site == asked_from.site_id
        assert set(said[Reason.KNOWS].subjects if Reason.KNOWS in said else ()) == (case.asker.topics & helper.topics)
        assert (Reason.SPEAKS in said) == (case.asker.language in helper.languages)
        count = case.desks.get(helper.person_id, Workload()).open_count
        assert said[Reason.OPEN if count else Reason.NOTHING_OPEN].number == count
        assert (Reason.SPARED in said) == (helper.person_id in case.spared)
        assert (Reason.STANDS_IN in said) == (ranked.stands_in_for is not None)
        if ranked.stands_in_for:
            [absent] = [a for a in case.ambassadors if a.person_id == ranked.stands_in_for]
            absence = absent.absence_on(TODAY)
            assert absence is not None
            assert absence.substitute_id == helper.person_id
            assert absent.municipality_id == helper.municipality_id


@often
@given(cases())
@pytest.mark.full
def test_the_list_of_who_there_is_hides_nobody_of_the_municipality_and_tells_their_state(case: Case) -> None:
    everyone = Network.from_ambassadors(case.organisation, case.ambassadors).nearest(
        case.asker, on=TODAY, workloads=case.desks, spared=case.spared, free_only=False, limit=99
    )
    network = Network.from_ambassadors(case.organisation, case.ambassadors)
    assert {r.ambassador.person_id for r in everyone if r.ambassador.municipality_id == case.asker.municipality_id} == {
        id_
        for id_, each in network.ambassadors.items()
        if each.municipality_id == case.asker.municipality_id
        and id_ not in network.unplaced
        and id_ != case.asker.person_id
    }
    assert not any(each.pupil or not each.active for each in network.ambassadors.values())
    for ranked in everyone:
        desk = case.desks.get(ranked.ambassador.person_id, Workload())
        assert ranked.availability is availability(ranked.ambassador, desk, on=TODAY)
        assert ranked.stands_in_for is None
    assert [r.ambassador.person_id for r in everyone] == [
        r.ambassador.person_id
        for r in network.nearest(case.asker, on=TODAY, workloads=case.desks, free_only=False, limit=99)
    ], "the list of who there is spares nobody"


counts = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 30))


@often
@given(counts)
def test_somebody_is_always_left_and_those_who_took_as_much_are_treated_alike(taken: dict[str, int]) -> None:
    found = spared(taken)
    least = min(taken.values(), default=0)
    assert not {id_ for id_, count in taken.items() if count == least} & found
    fewest = min((taken[id_] for id_ in found), default=None)
    assert fewest is None or {id_ for id_, count in taken.items() if count >= fewest} == found


@often
@given(counts.filter(bool), st.data())
def test_taking_one_more_never_brings_oneself_closer_nor_others_farther(
    taken: dict[str, int], data: st.DataObject
) -> None:
    id_ = data.draw(st.sampled_from(sorted(taken)))
    before, after = spared(taken), spared({**taken, id_: taken[id_] + 1})
    assert before & {id_} <= after & {id_}
    assert after - {id_} <= before - {id_}


@often
@given(st.integers(1, 8), st.integers(0, 30))
def test_nobody_is_spared_where_all_take_the_same_nor_for_one_more_than_the_others(people: int, each: int) -> None:
    same = {str(n): each for n in range(people)}
    assert spared(same) == spared({**same, "0": each + 1}) == frozenset()
