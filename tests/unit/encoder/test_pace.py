"""The encoder uses as many cores as serve it, and notices when that changes."""

from bot.content.encoder.pace import SELDOM, TRY_AGAIN, ThreadChoice


def drive(pace: ThreadChoice, calls: int, seconds: dict[int, float]) -> list[int]:
    chosen = []
    for _ in range(calls):
        cores = pace.choose()
        pace.note(cores, seconds=seconds[cores], work=50)
        chosen.append(cores)
    return chosen


def test_free_cores_are_used_and_the_other_way_is_tried_ever_more_seldom() -> None:
    pace = ThreadChoice(2)
    chosen = drive(pace, 10 * TRY_AGAIN, {2: 0.008, 1: 0.015})
    assert 2 <= chosen.count(1) <= 5
    assert drive(pace, 10 * SELDOM, {2: 0.008, 1: 0.015}).count(1) == 10


def test_when_a_neighbour_comes_one_core_is_used_and_when_it_goes_two_again() -> None:
    pace = ThreadChoice(2)
    drive(pace, 10 * SELDOM, {2: 0.008, 1: 0.015})
    assert set(drive(pace, TRY_AGAIN, {2: 0.028, 1: 0.015})[-8:]) == {1}
    assert set(drive(pace, 4 * TRY_AGAIN, {2: 0.008, 1: 0.015})[-8:]) == {2}


def test_one_core_is_one_core() -> None:
    assert set(drive(ThreadChoice(1), 40, {1: 0.01})) == {1}
