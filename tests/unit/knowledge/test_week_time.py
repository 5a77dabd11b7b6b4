"""Times of the week that a message names."""

from datetime import UTC, datetime

import pytest

from knowledge.language.week_time import week_time

TUESDAY_EVENING = datetime(2026, 12, 15, 17, tzinfo=UTC)
FRIDAY_MORNING = datetime(2026, 12, 18, 11, 59, tzinfo=UTC)
SATURDAY_NOON = datetime(2026, 12, 19, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ("tirsdagskvelden", [TUESDAY_EVENING]),
        ("helst ein tysdag", [TUESDAY_EVENING]),
        ("in the evening", [TUESDAY_EVENING]),
        ("på formiddagen", [FRIDAY_MORNING]),
        ("fredag den 18.", [FRIDAY_MORNING]),
        ("fredag den 11.", []),
        ("Saturday afternoon", [SATURDAY_NOON]),
        ("tirsdag ettermiddag", []),
        ("i helga", [SATURDAY_NOON]),
        ("på dagtid", [FRIDAY_MORNING, SATURDAY_NOON]),
        ("19. desember", [SATURDAY_NOON]),
        ("the 19", [SATURDAY_NOON]),
    ],
)
def test_a_message_names_a_time_of_the_week_or_a_day(said: str, held: list[datetime]) -> None:
    named = week_time(said)
    assert named is not None
    assert [start for start in (TUESDAY_EVENING, FRIDAY_MORNING, SATURDAY_NOON) if named.includes(start)] == held


@pytest.mark.parametrize(
    "said",
    ["kurs i Windows 10", "den 32.", "den 0.", "nr 3", "12 eller 14", "torsdag passer ikke", "i morgen", "", "den"],
)
def test_other_numbers_and_refusals_name_no_time(said: str) -> None:
    assert week_time(said) is None
