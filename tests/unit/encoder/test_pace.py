"""The encoder uses as many cores as serve it, and notices when that changes."""

from bot.encoder.pace import TRY_AGAIN, Pace


def drive(pace: Pace, calls: int, seconds: dict[int, float]) -> list[int]:
    chosen = []
    for _ in range(calls):
        cores = pace.choose()
        pace.note(cores, seconds=seconds[cores], work=50)
        chosen.append(cores)
    return chosen


def test_free_cores_are_used_and_the_other_way_is_only_tried() -> None:
    chosen = drive(Pace(2), 10 * TRY_AGAIN, {2: 0.008, 1: 0.015})
    assert chosen.count(1) <= 11


def test_when_a_neighbour_comes_one_core_is_used_and_when_it_goes_two_again() -> None:
    pace = Pace(2)
    drive(pace, 5 * TRY_AGAIN, {2: 0.008, 1: 0.015})
    assert drive(pace, 5 * TRY_AGAIN, {2: 0.028, 1: 0.015})[-4:-1] == [1, 1, 1]  # the last one only tries
    assert drive(pace, 20 * TRY_AGAIN, {2: 0.008, 1: 0.015})[-4:-1] == [2, 2, 2]


def test_one_core_is_one_core() -> None:
    assert set(drive(Pace(1), 40, {1: 0.01})) == {1}
