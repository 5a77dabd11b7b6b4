"""One rule of nearness at a time, each with two ambassadors that differ in it only."""

from datetime import UTC, date, datetime

import pytest

from knowledge.article.article import Language
from knowledge.organisation.nearest import (
    Absence,
    Ambassador,
    Asker,
    Availability,
    Network,
    Ranked,
    Reason,
    Why,
    Workload,
    availability,
)
from knowledge.organisation.organisation import Organisation

TODAY = date(2026, 11, 24)
MORNING = datetime(2026, 11, 24, 7, tzinfo=UTC)
NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)

ORGANISATION, FAULTS = Organisation.parse(
    """\
municipalities:
  - id: nes
    names: Nes
    contact: {role: Kontakt, address: kontakt@nes.example}
    shares_with: [hurdal, eidsvoll]
    sites: [{id: house, names: House}, {id: hall, names: Hall}]
    units:
      - {id: health, sector: health, names: Health, site: hall}
      - {id: home, parent: health, names: Home care, site: house}
      - {id: north, parent: home, names: North, site: house}
      - {id: south, parent: home, names: South, site: house}
      - {id: east, parent: home, names: East, site: hall}
      - {id: school, sector: school, names: School, formerly: [old-school]}
  - id: hurdal
    names: Hurdal
    contact: {role: Kontakt, address: kontakt@hurdal.example}
    shares_with: [nes]
    units: [{id: hurdal-health, sector: health, names: Health}]
  - id: eidsvoll
    names: Eidsvoll
    contact: {role: Kontakt, address: kontakt@eidsvoll.example}
    units: [{id: eidsvoll-health, sector: health, names: Health}]
"""
)


def helper(person_id: str, unit_id: str = "south", municipality_id: str = "nes", **more: object) -> Ambassador:
    return Ambassador(
        person_id=person_id,
        name=f"Ambassadør {person_id}",
        municipality_id=municipality_id,
        unit_id=unit_id,
        **more,  # type: ignore[arg-type]
    )


ASKER = Asker(person_id="asker", municipality_id="nes", unit_id="north", topics=frozenset({"teams", "phone"}))


def ask(
    *helpers: Ambassador,
    asker: Asker = ASKER,
    desks: dict[str, Workload] | None = None,
    excluded: frozenset[str] = frozenset(),
    knowing: str | None = None,
) -> tuple[Ranked, ...]:
    return Network.from_ambassadors(ORGANISATION, helpers).nearest(
        asker, on=TODAY, workloads=desks or {}, excluded=excluded, knowing=knowing
    )


def order(*helpers: Ambassador, asker: Asker = ASKER, desks: dict[str, Workload] | None = None) -> list[str]:
    return [ranked.ambassador.person_id for ranked in ask(*helpers, asker=asker, desks=desks)]


def away(substitute: str | None = None, first: int = 1, last: int = 30) -> tuple[Absence, ...]:
    return (Absence(first_day=date(2026, 11, first), last_day=date(2026, 11, last), substitute_id=substitute),)


def test_the_sample_organisation_is_sound() -> None:
    assert FAULTS == ()


def test_fewer_steps_come_before_everything_else() -> None:
    near = helper("z", "home", languages=frozenset())
    far = helper("a", "south", topics=frozenset({"teams"}))
    assert order(far, near, desks={"z": Workload(open_count=2)}) == ["z", "a"]


def test_the_same_site_comes_before_a_known_topic() -> None:
    assert order(helper("a", "east", topics=frozenset({"teams"})), helper("z", "south")) == ["z", "a"]


def test_an_own_site_overrides_that_of_the_unit() -> None:
    assert order(helper("a", "south", site_id="hall"), helper("z", "east", site_id="house")) == ["z", "a"]


def test_more_of_the_questions_topics_come_before_a_shared_language() -> None:
    many = helper("a", topics=frozenset({"citrix", "printing", "courses"}))
    one = helper("y", topics=frozenset({"teams"}), languages=frozenset())
    both = helper("z", topics=frozenset({"teams", "phone"}), languages=frozenset())
    assert order(many, one, both) == ["z", "y", "a"]


def test_a_shared_language_comes_before_fewer_open_handoffs() -> None:
    foreign = helper("a", languages=frozenset({Language.EN}))
    assert order(foreign, helper("z"), desks={"z": Workload(open_count=2)}) == ["z", "a"]


def test_fewer_open_handoffs_come_before_fewer_taken_lately() -> None:
    desks = {"a": Workload(open_count=1), "z": Workload(taken=9)}
    assert order(helper("a"), helper("z"), desks=desks) == ["z", "a"]


def test_fewer_taken_lately_come_before_a_longer_time_since_the_last_offer() -> None:
    desks = {"a": Workload(taken=1), "z": Workload(last_offer_at=NOON)}
    assert order(helper("a"), helper("z"), desks=desks) == ["z", "a"]


def test_the_longest_since_the_last_offer_comes_first_and_never_is_longest() -> None:
    desks = {"a": Workload(last_offer_at=NOON), "b": Workload(last_offer_at=MORNING)}
    assert order(helper("a"), helper("b"), helper("c"), desks=desks) == ["c", "b", "a"]


def test_the_id_decides_between_equals() -> None:
    assert order(helper("b"), helper("a")) == ["a", "b"]


def test_own_municipality_comes_before_one_that_shares_however_near_its_root() -> None:
    outside = helper("a", "hurdal", "hurdal")
    assert order(outside, helper("z", "school")) == ["z", "a"]
    [found] = ask(outside)
    assert found.steps == 5
    assert found.why[0] == Why(reason=Reason.OTHER_MUNICIPALITY)


def test_one_sided_sharing_opens_nothing() -> None:
    assert order(helper("a", "eidsvoll-health", "eidsvoll")) == []
    asker = Asker(municipality_id="eidsvoll", unit_id="eidsvoll-health")
    assert order(helper("a", "north"), asker=asker) == []


def test_an_ambassador_whose_unit_stands_in_another_municipality_is_placed_nowhere() -> None:
    stray = helper("a", "north", "eidsvoll")
    assert order(stray) == []
    assert order(stray, asker=Asker(municipality_id="eidsvoll", unit_id="eidsvoll-health")) == []
    assert Network.from_ambassadors(ORGANISATION, [stray]).unplaced == ("a",)
    assert order(stray, helper("b", "south", absences=away("a"))) == []


def test_someone_whose_unit_is_gone_sits_with_the_municipality_and_a_renamed_unit_is_followed() -> None:
    found = ask(helper("a", "closed"), helper("b", "old-school"))
    assert [(r.ambassador.person_id, r.steps) for r in found] == [("a", 3), ("b", 4)]
    [lost] = ask(helper("a", "north"), asker=Asker(municipality_id="nes", unit_id="closed"))
    assert (lost.steps, lost.why[0].reason) == (3, Reason.SAME_MUNICIPALITY)


def test_an_asker_is_never_sent_to_oneself_and_unknown_municipalities_have_nobody() -> None:
    assert order(helper("asker", "north")) == []
    assert order(helper("a"), asker=Asker(municipality_id="atlantis", unit_id="north")) == []


def test_a_unit_of_another_municipality_gives_the_asker_nothing_of_it() -> None:
    asker = Asker(municipality_id="eidsvoll", unit_id="north")
    assert order(helper("a", "north"), helper("b", "eidsvoll-health", "eidsvoll"), asker=asker) == ["b"]


@pytest.mark.parametrize(
    ("ambassador", "desk", "expected"),
    [
        (helper("a"), Workload(), Availability.FREE),
        (helper("a", capacity=2), Workload(open_count=1), Availability.FREE),
        (helper("a", capacity=2), Workload(open_count=2), Availability.FULL),
        (helper("a", capacity=0), Workload(), Availability.FULL),
        (helper("a", absences=away(first=24, last=24)), Workload(), Availability.ABSENT),
        (helper("a", absences=away(first=25)), Workload(), Availability.FREE),
        (helper("a", absences=away(last=23)), Workload(), Availability.FREE),
        (helper("a", paused=True), Workload(), Availability.PAUSED),
        (helper("a"), Workload(reachable=False), Availability.UNREACHABLE),
        (helper("a", active=False), Workload(), Availability.GONE),
        (helper("a", pupil=True), Workload(), Availability.GONE),
    ],
)
def test_only_the_free_are_offered_anything(ambassador: Ambassador, desk: Workload, expected: Availability) -> None:
    assert availability(ambassador, desk, on=TODAY) is expected
    assert bool(order(ambassador, desks={"a": desk})) == (expected is Availability.FREE)


def test_a_substitute_takes_the_place_of_the_one_who_is_away() -> None:
    found = ask(helper("away", "north", absences=away("sub")), helper("near", "home"), helper("sub", "school"))
    assert [(r.ambassador.person_id, r.steps, r.stands_in_for) for r in found] == [
        ("sub", 0, "away"),
        ("near", 1, None),
    ]
    assert found[0].why == (
        Why(reason=Reason.SAME_MUNICIPALITY),
        Why(reason=Reason.STANDS_IN, subjects=("away",)),
        Why(reason=Reason.SPEAKS, subjects=("nb",)),
        Why(reason=Reason.NOTHING_OPEN),
    )


@pytest.mark.parametrize(
    "substitute",
    [
        helper("sub", "school", paused=True),
        helper("sub", "school", capacity=0),
        helper("sub", "school", pupil=True),
        helper("sub", "school", absences=away()),
        helper("sub", "hurdal-health", "hurdal"),
        helper("other", "school"),
    ],
)
def test_a_substitute_who_cannot_take_it_or_sits_elsewhere_takes_no_place(substitute: Ambassador) -> None:
    found = ask(helper("away", "north", absences=away("sub")), substitute)
    assert all(ranked.stands_in_for is None for ranked in found)


def test_a_substitute_who_declined_is_not_asked_again_and_one_away_hands_nothing_on() -> None:
    away_one = helper("away", "north", absences=away("sub"))
    assert ask(away_one, helper("sub", "school"), excluded=frozenset({"sub"})) == ()
    chained = helper("sub", "school", absences=away("third"))
    assert [r.steps for r in ask(away_one, chained, helper("third", "school"))] == [4]


def test_of_several_absences_the_one_with_a_substitute_counts() -> None:
    person = helper("a", absences=away() + away("sub", first=20))
    absence = person.absence_on(TODAY)
    assert absence is not None
    assert absence.substitute_id == "sub"


def test_someone_who_knows_a_topic_can_be_asked_for() -> None:
    known = helper("z", "school", topics=frozenset({"citrix"}))
    assert [r.ambassador.person_id for r in ask(helper("a", "north"), known, knowing="citrix")] == ["z"]


def test_it_says_why() -> None:
    [found] = ask(
        helper("a", "north", topics=frozenset({"teams", "citrix"}), capacity=5), desks={"a": Workload(open_count=2)}
    )
    assert found.why == (
        Why(reason=Reason.SAME_UNIT),
        Why(reason=Reason.SAME_SITE),
        Why(reason=Reason.KNOWS, subjects=("teams",)),
        Why(reason=Reason.SPEAKS, subjects=("nb",)),
        Why(reason=Reason.OPEN, number=2),
    )
    [found] = ask(helper("a", "east", languages=frozenset()))
    assert found.why == (Why(reason=Reason.SAME_DEPARTMENT), Why(reason=Reason.NOTHING_OPEN))


def test_a_unit_that_is_gone_is_never_called_the_same() -> None:
    [found] = ask(helper("a", "closed"), asker=Asker(municipality_id="nes", unit_id="nes"))
    assert (found.steps, found.why[0].reason) == (0, Reason.SAME_MUNICIPALITY)


def test_impossible_input_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        Network.from_ambassadors(ORGANISATION, [helper("a"), helper("a", "north")])
    with pytest.raises(ValueError, match="time zone"):
        Workload(last_offer_at=datetime(2026, 11, 24))  # noqa: DTZ001  the point of the test
