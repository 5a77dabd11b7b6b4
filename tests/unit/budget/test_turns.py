"""Turns: a registered person depends on nobody else; guests share an address and a municipality."""

from collections import Counter
from datetime import UTC, datetime

from bot.budget import Rate, TurnBudget, TurnRates

RATES = TurnRates(
    person=Rate(burst=10, per_minute=10),
    guest_address=Rate(burst=25, per_minute=10),
    guest_municipality=Rate(burst=40, per_minute=10),
)


class Still:
    """A clock that stands."""

    def now(self) -> datetime:
        return datetime(2026, 11, 24, 11, 0, tzinfo=UTC)

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("a budget never waits")


def guest(budget: TurnBudget, name: str, *, address: str = "192.0.2.1", municipality: str | None = None) -> bool:
    return budget.take_guest(name, address=address, factor=1.0, municipality_id=municipality)


def test_a_person_has_a_budget_of_their_own() -> None:
    budget = TurnBudget(RATES, clock=Still())
    assert [budget.take("ana") for _ in range(12)] == [True] * 10 + [False] * 2
    assert budget.take("bo")


def test_guests_of_one_address_share_and_other_addresses_do_not_notice() -> None:
    budget = TurnBudget(RATES, clock=Still())
    assert sum(guest(budget, f"guest-{number % 100}") for number in range(1000)) == 25
    assert sum(guest(budget, f"other-{number}", address="192.0.2.2") for number in range(10)) == 10


def test_guests_of_one_municipality_share_and_other_municipalities_do_not_notice() -> None:
    budget = TurnBudget(RATES, clock=Still())
    taken = [guest(budget, f"g{n}", address=f"192.0.2.{n}", municipality="nes") for n in range(200)]
    assert sum(taken) == 40
    assert guest(budget, "honest", address="198.51.100.7", municipality="eidsvoll")


def test_no_number_of_guests_costs_a_registered_person_a_turn() -> None:
    budget = TurnBudget(RATES, clock=Still())
    for number in range(5000):
        guest(budget, f"g{number}", address=f"a{number % 50}", municipality="nes")
    assert [budget.take("ana") for _ in range(10)] == [True] * 10


def test_a_guest_who_is_refused_costs_the_others_nothing() -> None:
    budget = TurnBudget(RATES, clock=Still())
    for _ in range(500):
        guest(budget, "loud", municipality="nes")
    assert sum(guest(budget, f"quiet-{n}", municipality="nes") for n in range(15)) == 15


def test_every_refusal_is_counted_by_its_reason() -> None:
    refused: Counter[str] = Counter()
    budget = TurnBudget(RATES, clock=Still(), refused=lambda reason: refused.update([reason]))
    for _ in range(12):
        budget.take("ana")
    for number in range(30):
        guest(budget, f"g{number}")
    for number in range(50):
        guest(budget, f"m{number}", address=f"a{number}", municipality="nes")
    assert refused == {"turns": 2, "guest_turns_of_address": 5, "guest_turns_of_municipality": 10}


def test_a_long_text_costs_as_much_as_the_turns_it_takes_the_time_of() -> None:
    budget = TurnBudget(RATES, clock=Still())
    assert budget.take("ana", characters=4_500)
    assert [budget.take("ana") for _ in range(6)] == [True] * 5 + [False]
    assert budget.take("bo", characters=1_000_000)
    assert not budget.take("bo")
