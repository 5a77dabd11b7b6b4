"""Numbers that identify people or money are masked however they are written; other numbers stay readable."""

import pytest

from knowledge.language.masking import MASKS, Secret, mask

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
    assert number[6:] not in masked
    assert masked.count(MASKS[Secret.NATIONAL_ID]) == text.count(number[6:])


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
    assert number[6:] not in masked


@pytest.mark.parametrize("zero", [0xFF10, 0x0660])
def test_digits_of_other_scripts_are_digits_too(zero: int) -> None:
    wide = ID.translate({ord("0") + n: zero + n for n in range(10)})
    assert mask(wide) == MASKS[Secret.NATIONAL_ID]


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
    assert mask(harmless) == harmless
    assert not mask(harmless).found


def test_a_number_across_the_cut_does_not_stay_in_part() -> None:
    masked = mask(f"{'x' * 95} {ID}", most=100)
    assert masked.found == {Secret.NATIONAL_ID}
    assert not any(letter.isdigit() for letter in masked)
    assert len(masked) == 100


@pytest.mark.parametrize(
    "text",
    [
        "4571 2345 6789 0112 12/27 123",
        "fødselsdato: 01.01.1970\npersonnummer: 50040",
        "1970-01-01, pnr 50040",
        "født 1. januar 1970, personnummer 50040",
        "personnummer 50040, født 01.01.1970",
        "NO93 8601 1117 947",
        "konto86011117947",
        "86011117947kr",
        "kortnr5105105105105100",
        "iban de89370400440532013000",
        "syntetisk: 01817012345, konto 8601.11.17947",
    ],
)
def test_what_was_once_stored_in_clear_is_masked(text: str) -> None:
    masked = mask(text)
    assert masked.found
    assert not any(number in masked for number in (ACCOUNT, "17947", "50040", "0112 ", "5105", "3704"))


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("4 5 7 1 2 3 4 5 6 7 8 9 0 1 1 2", Secret.PAYMENT_CARD),
        ("4-5-7-1-2-3-4-5-6-7-8-9-0-1-1-2", Secret.PAYMENT_CARD),
        ("kort nr 4 5 7 1 2 3 4 5 6 7 8 9 0 1 1 2", Secret.PAYMENT_CARD),
        ("4571_2345_6789_0112", Secret.PAYMENT_CARD),
        ("4571 234567 890112", Secret.PAYMENT_CARD),
        ("40345678 12345676", Secret.PAYMENT_CARD),
        ("kort 5121 3456 7890 123412/27", Secret.PAYMENT_CARD),
        ("konto: 8 6 0 1 1 1 1 0 0 0 4", Secret.BANK_ACCOUNT),
        ("+4701017010170", Secret.NATIONAL_ID),
        ("+47010170 10170", Secret.NATIONAL_ID),
        ("004701017010170", Secret.NATIONAL_ID),
        ("⓪①⓪①⑦⓪①⓪①⑦⓪", Secret.NATIONAL_ID),
        ("①01017010170", Secret.NATIONAL_ID),
        ("født 1. 7. 1988 nr 42004", Secret.NATIONAL_ID),
    ],
)
def test_a_number_in_an_unusual_layout_is_masked(text: str, secret: Secret) -> None:
    masked = mask(text)
    assert masked.found == {secret}
    assert not any(rest in masked for rest in ("0112", "1 1 2", "5676", "1234", "0 0 4", "10170", "⑦⓪", "42004"))


@pytest.mark.parametrize(
    "harmless",
    [
        "4 5 7 1 2 3 4 5 6 7 8 9 0 1 1 2 7",
        "8 6 0 1 1 1 1 0 0 0 4",
        "40345678 92345604",
        "+4701017010171",
        "født 1. 7. 1988 nr 42079",
        "areal 12² og 13²",
    ],
)
def test_a_layout_alone_is_no_reason_to_mask(harmless: str) -> None:
    assert mask(harmless) == harmless


@pytest.mark.parametrize(
    "harmless",
    [
        "KID 4571234567890112",
        "GTIN 4006381333931",
        "IMEI 352099001761481",
        "saksnummer 86011117947",
        "ordre 5105105105105100 er ikke levert",
        "2022.11.17947.3",
        "handoff-0a01017050040bcdef0123456789abcd",
        "4b1c2d3e-1234-4abc-9def-01017050040f",
        "1 0 1 0 1 7 0 5 0 0 4 0 1",
    ],
)
def test_numbers_of_things_stay_readable(harmless: str) -> None:
    assert mask(harmless) == harmless


def test_masked_text_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    once = mask(f"fnr {ID}")
    monkeypatch.setattr("knowledge.language.masking.masked.spans_of", _unexpected)
    assert mask(once) is once
    assert mask(once, most=5) == once[:5]
    assert mask(once, most=5).found == once.found
    assert once.strip().found == {Secret.NATIONAL_ID}


def _unexpected(_: str) -> None:
    raise AssertionError("read again")
