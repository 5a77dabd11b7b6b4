"""Managers, derived from the tree of units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.organisation.organisation import Leader, Organisation, led_units, managers_of
from knowledge.organisation.unit import LocalisedName, Municipality, Unit


def municipality(id_: str, *, provider: bool = False) -> Municipality:
    return Municipality(id=id_, names=LocalisedName(nb=id_), provider=provider)


def unit(id_: str, parent: str, town: str, *formerly: str) -> Unit:
    return Unit(id=id_, municipality_id=town, parent_id=parent, names=LocalisedName(nb=id_), former_ids=formerly)


ORGANISATION = Organisation.from_units(
    municipalities=[municipality("nes"), municipality("firma", provider=True)],
    units=[
        unit("health", "nes", "nes"),
        unit("care", "health", "nes", "old-care"),
        unit("north", "care", "nes"),
        unit("school", "nes", "nes"),
        unit("office", "firma", "firma"),
        unit("servers", "office", "firma"),
    ],
)
NODES = [each.id for each in ORGANISATION.units()]


def lead(*pairs: str) -> tuple[Leader, ...]:
    return tuple(Leader(person_id=person, unit_id=unit) for person, unit in (each.split("@") for each in pairs))


@pytest.mark.parametrize(
    ("leaders", "person", "unit_id", "managers"),
    [
        (lead("ann@north", "bea@care"), "kari", "north", ("ann",)),
        (lead("bea@care"), "kari", "north", ("bea",)),
        (lead("mayor@nes"), "kari", "north", ("mayor",)),
        ((), "kari", "north", ()),
        (lead("siv@school"), "kari", "north", ()),
        (lead("ann@north", "ali@north", "bea@care"), "kari", "north", ("ali", "ann")),
        (lead("ann@north", "bea@care"), "ann", "north", ("bea",)),
        (lead("ann@north", "ali@north", "bea@care"), "ann", "north", ("bea",)),
        (lead("ann@north", "ann@care", "hans@health"), "ann", "north", ("hans",)),
        (lead("ann@north", "ann@care", "ann@health"), "ann", "north", ()),
        (lead("bea@old-care"), "kari", "north", ("bea",)),
        (lead("bea@care"), "kari", "old-care", ("bea",)),
        (lead("bea@gone"), "kari", "north", ()),
        (lead("bea@care"), "kari", "gone", ()),
        (lead("ola@office", "mayor@nes"), "drift", "servers", ("ola",)),
        (lead("mayor@nes"), "drift", "servers", ()),
    ],
    ids=[
        "of the unit",
        "vacant: of the unit above",
        "of the municipality itself",
        "of nobody",
        "not of the unit beside",
        "two leaders",
        "a leader's is the one above",
        "two leaders are not each other's",
        "over two units of one's own",
        "the top has none",
        "leads under a former id",
        "works under a former id",
        "leads a unit that is gone",
        "works in a unit that is gone",
        "at the provider",
        "never of another municipality",
    ],
)
def test_the_manager_is_the_nearest_leader_up_the_tree(
    leaders: tuple[Leader, ...], person: str, unit_id: str, managers: tuple[str, ...]
) -> None:
    assert managers_of(ORGANISATION, person_id=person, unit_id=unit_id, leaders=leaders) == managers


PEOPLE = st.sampled_from(["ann", "bea", "cis", "dag"])


@given(
    homes=st.dictionaries(PEOPLE, st.sampled_from(NODES), min_size=1),
    leaders=st.lists(st.builds(Leader, person_id=PEOPLE, unit_id=st.sampled_from(NODES)), max_size=8),
)
def test_no_one_is_above_themselves(homes: dict[str, str], leaders: list[Leader]) -> None:
    # Leaders by the role lead the unit they work in; only such can be asked for their own manager in turn.
    at_home = [each for each in leaders if homes.get(each.person_id) == each.unit_id]
    for start in homes:
        seen: set[str] = set()
        level = {start}
        while level:
            assert not level & seen
            seen |= level
            level = {
                manager
                for id_ in level
                for manager in managers_of(ORGANISATION, person_id=id_, unit_id=homes[id_], leaders=at_home)
            }
    for id_, home in homes.items():
        assert id_ not in managers_of(ORGANISATION, person_id=id_, unit_id=home, leaders=leaders)


@pytest.mark.parametrize(
    ("leaders", "led"),
    [
        (lead("ann@north"), ["north"]),
        (lead("ann@north", "ann@care", "ann@school"), ["school", "care"]),
        (lead("bea@care"), []),
        (lead("ann@old-care"), ["care"]),
        (lead("ann@gone"), []),
    ],
)
def test_a_leader_leads_the_topmost_of_their_units(leaders: tuple[Leader, ...], led: list[str]) -> None:
    found = [each.id for each in led_units(ORGANISATION, person_id="ann", leaders=leaders)]
    assert sorted(found) == sorted(led)
