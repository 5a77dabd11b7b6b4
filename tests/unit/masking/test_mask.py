"""Numbers that identify people or money are masked however they are written; other numbers stay readable."""

import time

import pytest

from knowledge.masking import MASKS, Secret, mask

ID, D_NUMBER = "01017050040", "41017050034"
ACCOUNT, CARD = "86011117947", "4571234567890112"


@pytest.mark.parametrize("number", [ID, D_NUMBER])
@pytest.mark.parametrize(
    "written",
    [
        "{0}",
        "{1} {2}",
        "{1}  {2}",
        "{1} - {2}",
        "{1}\n{2}",
        "{1}/{2}",
        "{1}–{2}",
        "{1}\u200b{2}",
        "{1}\N{NO-BREAK SPACE}{2}",
        "fnr{0}",
        "fnr.{0}.",
        "{0}xx",
        "_{0}_",
        "{1}*{2}",
        "{1}|{2}",
        "{1} + {2}",
        "{1}('{2}",
        "**{0}**",
        "2080 {0}",
        "1 {0} 2",
        "{0} 99887766",
        "22 33 44 55 {1} {2} 4",
        "{0}{sep}{0}",
        "https://nes.example/sak/{0}",
    ],
)
def test_an_identity_number_is_masked_whatever_stands_around_it(number: str, written: str) -> None:
    text = written.format(number, number[:6], number[6:], sep=" og ")
    masked = mask(text)
    assert masked.found == {Secret.NATIONAL_ID}
    assert number[6:] not in masked.text
    assert masked.text.count(MASKS[Secret.NATIONAL_ID]) == text.count(number[6:])


@pytest.mark.parametrize("number", [ID, D_NUMBER])
@pytest.mark.parametrize(
    "written",
    [
        "født {1}, personnummer {2}",
        "{1}      {2}",
        "{3}.{4}.{5} {2}",
        "{3}/{4}-{5} og de siste fem er {2}.",
        "{3}{4}19{5}-{2}",
        "{3}.{4}.19{5} {2}",
        "født {3}.{4}.19{5}, personnr: {2}",
    ],
)
def test_an_identity_number_in_two_parts_is_masked_with_what_stands_between(number: str, written: str) -> None:
    text = written.format(number, number[:6], number[6:], number[:2], number[2:4], number[4:6])
    masked = mask(text)
    assert masked.found == {Secret.NATIONAL_ID}
    assert number[6:] not in masked.text


@pytest.mark.parametrize("zero", [0xFF10, 0x0660])
def test_digits_of_other_scripts_are_digits_too(zero: int) -> None:
    wide = ID.translate({ord("0") + n: zero + n for n in range(10)})
    assert mask(wide).text == MASKS[Secret.NATIONAL_ID]


@pytest.mark.parametrize("written", [ACCOUNT, "8601 11 17947", "8601.11.17947", f"konto: {ACCOUNT}."])
def test_an_account_is_masked_as_it_is_printed(written: str) -> None:
    assert mask(written).found == {Secret.BANK_ACCOUNT}


@pytest.mark.parametrize("written", [CARD, "4571 2345 6789 0112", "4571-2345-6789-0112"])
def test_a_card_is_masked_as_it_is_printed(written: str) -> None:
    assert mask(written).found == {Secret.PAYMENT_CARD}


@pytest.mark.parametrize(
    "harmless",
    [
        "",
        "01017050041",
        "22 33 44 55",
        "+47 22 33 44 55, 1234",
        f"{ID}9",
        f"9{ID}",
        "sak 2026/004512",
        "8601 11 17948",
        "møtet 01.01.1970 i sak 50042",
    ],
)
def test_other_numbers_stay_readable(harmless: str) -> None:
    assert mask(harmless).text == harmless
    assert not mask(harmless).found


@pytest.mark.parametrize(
    "text",
    [
        "1" * 100_000,
        "1 " * 50_000,
        "1   " * 25_000,
        "010170 " * 15_000,
        "010170 x " * 12_000,
        ". " * 50_000,
        "1." * 50_000,
    ],
)
def test_a_long_text_takes_no_long_time(text: str) -> None:
    started = time.process_time()
    mask(text)
    assert time.process_time() - started < 2.0


def test_a_number_across_the_cut_does_not_stay_in_part() -> None:
    masked = mask(f"{'x' * 95} {ID}", most=100)
    assert masked.found == {Secret.NATIONAL_ID}
    assert not any(letter.isdigit() for letter in masked.text)
    assert len(masked.text) == 100
