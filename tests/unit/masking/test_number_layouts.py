"""Layouts of numbers: groupings, separators, lengths and what may stand directly after a card."""

from collections.abc import Sequence

import pytest
from stdnum import luhn

from knowledge.language.masking import MASKS, Secret, mask
from knowledge.language.masking.identity import is_identity_number
from tests.unit.masking.test_mask import ACCOUNT, CARD, ID


def in_groups(digits: str, sizes: Sequence[int], separator: str = " ") -> str:
    groups = []
    for size in sizes:
        groups.append(digits[:size])
        digits = digits[size:]
    assert not digits
    return separator.join(groups)


def card_of(start: str, length: int) -> str:
    """Return a card number that begins with ``start`` and has a correct check digit."""
    body = (start + "1234567890123456789")[: length - 1]
    return body + luhn.calc_check_digit(body)


@pytest.mark.parametrize(
    "sizes",
    [
        (11,),
        (6, 5),
        (2, 2, 2, 5),
        (2, 2, 2, 3, 2),
        (2, 2, 7),
        (6, 3, 2),
        (6, 2, 3),
        (6, 1, 4),
        (4, 2, 5),
        (3, 3, 5),
        (3, 3, 3, 2),
        (1,) * 11,
    ],
)
def test_a_usual_grouping_is_seen_among_other_numbers(sizes: tuple[int, ...]) -> None:
    assert mask(f"kode 99 {in_groups(ID, sizes)} ok").found == {Secret.NATIONAL_ID}


@pytest.mark.parametrize("sizes", [(5, 6), (1, 10), (7, 4), (3, 8)])
def test_an_unusual_grouping_among_other_numbers_needs_a_label(sizes: tuple[int, ...]) -> None:
    written = in_groups(ID, sizes)
    assert mask(f"kode 99 {written} ok") == f"kode 99 {written} ok"
    assert mask(f"fødselsnummer {written}").found == {Secret.NATIONAL_ID}


@pytest.mark.parametrize("sizes", [(11,), (4, 2, 5), (4, 7), (4, 2, 2, 3)])
def test_an_account_in_a_usual_grouping_needs_no_label(sizes: tuple[int, ...]) -> None:
    assert mask(f"til {in_groups(ACCOUNT, sizes)} ok").found == {Secret.BANK_ACCOUNT}


@pytest.mark.parametrize("sizes", [(5, 6), (3, 8), (6, 5), (4, 4, 3)])
def test_an_account_in_another_grouping_needs_a_label(sizes: tuple[int, ...]) -> None:
    written = in_groups(ACCOUNT, sizes)
    assert mask(f"til {written} ok") == f"til {written} ok"
    assert mask(f"konto {written} ok").found == {Secret.BANK_ACCOUNT}
    assert mask(f"iban {written} ok").found == {Secret.BANK_ACCOUNT}


@pytest.mark.parametrize("separator", [" ", "  ", ".", ". ", "-", "/", " - ", "\t", "\n", ".\n", "_"])
def test_a_usual_separator_joins_the_groups_of_an_account(separator: str) -> None:
    assert mask(f"til {in_groups(ACCOUNT, (4, 2, 5), separator)} ok").found == {Secret.BANK_ACCOUNT}


@pytest.mark.parametrize("separator", ["=", "*", "+", ":"])
def test_an_unusual_separator_joins_them_with_a_label_only(separator: str) -> None:
    written = in_groups(ACCOUNT, (4, 2, 5), separator)
    assert mask(f"til {written} ok") == f"til {written} ok"
    assert mask(f"konto {written} ok").found == {Secret.BANK_ACCOUNT}


@pytest.mark.parametrize("written", ["1.{0}", "{0}.1", "1-{1}", "{1}-1"])
def test_an_account_that_goes_on_with_its_own_separator_is_none(written: str) -> None:
    text = written.format(in_groups(ACCOUNT, (4, 2, 5), "."), in_groups(ACCOUNT, (4, 2, 5), "-"))
    assert mask(f"til {text} ok") == f"til {text} ok"


@pytest.mark.parametrize(
    ("start", "sizes"),
    [
        ("4571", (16,)),
        ("4571", (4, 4, 4, 4)),
        ("4571", (8, 8)),
        ("3714", (15,)),
        ("3714", (4, 6, 5)),
        ("3612", (4, 6, 4)),
        ("4571", (4, 6, 6)),
        ("4571", (4, 4, 4, 4, 3)),
    ],
)
def test_a_card_in_a_usual_grouping_needs_no_label(start: str, sizes: tuple[int, ...]) -> None:
    number = card_of(start, sum(sizes))
    if sizes == (8, 8):
        number = "4034567812345676"[:8] + "0" + "0" * 6
        number += luhn.calc_check_digit(number)
    assert mask(f"med {in_groups(number, sizes)} ok").found == {Secret.PAYMENT_CARD}


@pytest.mark.parametrize(
    ("start", "length"),
    [("4571", 13), ("4571", 16), ("4571", 19), ("3714", 15), ("3612", 14), ("6212", 17), ("6212", 18), ("6304", 12)],
)
def test_a_card_of_any_length_its_issuer_has_is_masked_after_its_label(start: str, length: int) -> None:
    number = card_of(start, length)
    assert mask(f"kortnummer {number} ok") == f"kortnummer {MASKS[Secret.PAYMENT_CARD]} ok"
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert not mask(f"kortnummer {wrong} ok").found


@pytest.mark.parametrize("after", ["12", "123", "1227", "122027", "1227123"])
def test_a_labelled_card_is_masked_with_what_is_glued_to_it(after: str) -> None:
    assert mask(f"kort {CARD}{after} ok") == f"kort {MASKS[Secret.PAYMENT_CARD]} ok"
    assert not mask(f"nr {CARD}{after} ok").found, "no word says that it is a card"


def test_a_labelled_card_of_fifteen_digits_is_masked_with_its_date() -> None:
    assert mask(f"amex {card_of('3714', 15)}123 ok").found == {Secret.PAYMENT_CARD}


@pytest.mark.parametrize("after", ["12345", "12345678"])
def test_more_digits_than_a_date_and_a_code_make_it_another_number(after: str) -> None:
    assert not mask(f"kort {CARD}{after} ok").found


@pytest.mark.parametrize(
    ("after", "masked"), [("12", True), ("01", True), ("1227", True), ("13", False), ("00", False)]
)
def test_a_grouped_card_ends_with_a_month_at_most(after: str, masked: bool) -> None:
    written = in_groups(CARD, (4, 4, 4, 4)) + after
    assert bool(mask(f"kort {written} ok").found) is masked
    assert not mask(f"nr {written} ok").found


@pytest.mark.parametrize("month", [0, 40, 65, 80])
@pytest.mark.parametrize("day", [0, 40])
def test_numbers_of_every_series_are_identity_numbers(day: int, month: int) -> None:
    """D-numbers add 40 to the day, synthetic ones 40, 65 or 80 to the month."""
    found = [number for number in _numbers_of(f"{7 + day:02}{3 + month:02}70") if is_identity_number(number)]
    assert found
    assert mask(f"nr {found[0]} ok") == f"nr {MASKS[Secret.NATIONAL_ID]} ok"
    assert len({number[9:] for number in found}) > 1


def _numbers_of(date: str) -> list[str]:
    return [f"{date}{100 + number}{check:02}" for number in range(3) for check in range(100)]


@pytest.mark.parametrize("written", ["{0}", "{1} {2}"])
def test_a_number_that_lost_its_zero_is_masked_after_its_label(written: str) -> None:
    text = written.format(ID[1:], ID[1:6], ID[6:])
    assert mask(f"fødselsnummer {text} ok").found == {Secret.NATIONAL_ID}
    assert not mask(f"kode {text} ok").found


@pytest.mark.parametrize("before", ["x", "abc"])
def test_a_number_glued_to_letters_is_part_of_a_code(before: str) -> None:
    assert not mask(f"{before}{ACCOUNT}").found
    assert not mask(f"{ACCOUNT}{before}").found
    assert not mask(f"+{ACCOUNT}").found


@pytest.mark.parametrize("after", ["kr", "nok", "kid123", "og", "eller", "and"])
def test_a_currency_or_a_small_word_may_be_glued_to_a_number(after: str) -> None:
    assert mask(f"betal til {ACCOUNT}{after}").found == {Secret.BANK_ACCOUNT}


@pytest.mark.parametrize(
    ("between", "named"),
    [
        (" " * 60, True),
        (" " * 80, False),
        (" til Kari er ", True),
        ("\n\n", True),
        (" og saksnummer ", False),
        (" har jeg glemt. Ring meg på ", False),
        (" kunde ", False),
    ],
)
def test_a_label_names_a_number_nearby(between: str, named: bool) -> None:
    written = in_groups(ACCOUNT, (5, 6))
    assert bool(mask(f"konto{between}{written}").found) is named


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"saksnummer {ACCOUNT}", False),
        (f"saksnummer 1234567 og {ACCOUNT}", True),
        (f"saksnummer 123, {ACCOUNT}", False),
        (f"saksnummer er ferdig behandlet. Pengene skal til {ACCOUNT}", True),
        (f"saksnummer\n{ACCOUNT}", False),
        (f"dato\tsaksnummer\n01.02\t{ACCOUNT}", True),
        (f"dato;saksnummer\n{ACCOUNT}", True),
        (f"dato|saksnummer\n{ACCOUNT}", True),
        (f"{ACCOUNT} er saksnummeret", False),
        (f"{ACCOUNT} (saksnummer)", False),
        (f"{ACCOUNT} er betalt, saksnummer 7", True),
        (f"{ACCOUNT} er konto, saksnummer 7", True),
    ],
)
def test_a_label_of_a_thing_names_the_next_number_only(text: str, masked: bool) -> None:
    assert bool(mask(text).found) is masked


@pytest.mark.parametrize("number", [ACCOUNT, CARD])
@pytest.mark.parametrize("before", ["Betalingen gjelder\n", "Betalingen gjelder\r\n", "Mottaker Hansen\n\n"])
def test_a_word_on_the_line_above_is_not_glued_to_a_number(number: str, before: str) -> None:
    assert (
        mask(f"{before}{number}")
        == f"{before}{MASKS[Secret.BANK_ACCOUNT if number == ACCOUNT else Secret.PAYMENT_CARD]}"
    )


def test_a_code_on_the_line_above_is_no_part_of_an_identity_number() -> None:
    above = "4b1c2d3e-1234-4abc-9def-abcdef012345\n"
    assert mask(f"{above}{ID}") == f"{above}{MASKS[Secret.NATIONAL_ID]}"
