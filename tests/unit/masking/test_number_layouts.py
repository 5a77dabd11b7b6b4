"""Layouts of numbers: groupings, separators, lengths and what may stand directly after a card."""

import sys
import unicodedata
from collections.abc import Sequence

import pytest
from stdnum import luhn

from knowledge.language.masking import MASKS, Secret, cut, mask
from knowledge.language.masking.digits import DigitReading
from knowledge.language.masking.identity import is_identity_number
from knowledge.language.masking.masked import is_costly
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
    assert mask(f"kode {written} 99 ok") == f"kode {written} 99 ok"
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
    assert not mask("fødselsnummer 1017050041 ok").found, "the check digit is wrong"


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
        (f"saksnummer 1234567 nr {ACCOUNT}", True),
        (f"saksnummer 123, {ACCOUNT}", False),
        (f"saksnummer 123 nr {ACCOUNT}", False),
        (f"saksnummer1234567 nr {ACCOUNT}", True),
        (f"saksnummer {ACCOUNT} er kontonummeret", True),
        (f"konto {ACCOUNT} er saksnummeret", True),
        (f";saksnummer\n{ACCOUNT}", True),
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


def test_an_identity_number_in_groups_is_no_part_of_the_code_before_it() -> None:
    code = "abcdefabcdefabcdefabcdefabcdef"
    assert mask(f"{code}{ID}") == f"{code}{ID}"
    assert mask(f"{code}{ID[:6]} {ID[6:]}").found == {Secret.NATIONAL_ID}


@pytest.mark.parametrize(("code", "masked"), [("abcdefabcdefabcdefab", True), ("abcdefabcdefabcdefabc", False)])
def test_a_code_has_at_least_32_digits(code: str, masked: bool) -> None:
    assert bool(mask(f"nr {code}{ID}").found) is masked
    assert bool(mask(f"nr {ID}{code}").found) is masked


def test_a_code_of_digits_alone_is_none() -> None:
    assert mask(f"{'1234-' * 6}{ID}") == f"{'1234-' * 6}{MASKS[Secret.NATIONAL_ID]}"


def account_of(start: str) -> str:
    """Return an account number that begins with ``start`` and has a correct check digit."""
    for number in range(100):
        body = f"{start}{number:0{10 - len(start)}}"
        rest = sum(int(digit) * weight for digit, weight in zip(body, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2), strict=True)) % 11
        if rest != 1:
            return f"{body}{(11 - rest) % 11}"
    raise AssertionError(start)


@pytest.mark.parametrize("year", ["1999", "2022"])
def test_what_begins_with_a_year_is_an_account_when_it_is_written_as_one(year: str) -> None:
    number = account_of(year)
    assert mask(f"til {number} ok").found == {Secret.BANK_ACCOUNT}
    assert mask(f"til {in_groups(number, (4, 2, 5), '.')} ok").found == {Secret.BANK_ACCOUNT}
    assert not mask(f"til {in_groups(number, (4, 2, 5))} ok").found
    assert mask(f"konto {in_groups(number, (4, 2, 5))} ok").found == {Secret.BANK_ACCOUNT}


def test_four_zeros_begin_no_account() -> None:
    assert not mask(f"konto {account_of('0000')} ok").found
    assert mask(f"konto {account_of('0001')} ok").found == {Secret.BANK_ACCOUNT}


def test_numbers_are_found_one_after_the_other() -> None:
    text = f"{ACCOUNT} og {ACCOUNT}; {CARD} og {CARD}; {ID} og {ID}; NO93 8601 1117 947 og NO93 8601 1117 947"
    assert not any(letter.isdigit() for letter in mask(text))
    assert mask(text).count("•") == 2 * sum(mask.count("•") for mask in MASKS.values())


@pytest.mark.parametrize(
    ("month", "names"),
    [
        ("01", "januar january jan"),
        ("02", "februar february feb"),
        ("03", "mars march mar"),
        ("04", "april apr"),
        ("05", "mai may"),
        ("06", "juni june jun"),
        ("07", "juli july jul"),
        ("08", "august aug"),
        ("09", "september sept sep"),
        ("10", "oktober october okt oct"),
        ("11", "november nov"),
        ("12", "desember december des dec"),
    ],
)
def test_a_month_may_be_written_as_a_word(month: str, names: str) -> None:
    number = next(number for number in _numbers_of(f"07{month}70") if is_identity_number(number))
    wrong = f"{int(number[6:]) + 1:05}"
    for name in names.split():
        for date in (f"7. {name} 1970", f"7 {name} 70", f"{name} 7, 1970"):
            assert mask(f"{date} {number[6:]}") == f"{date} {MASKS[Secret.NATIONAL_ID]}"
            assert not mask(f"{date} {wrong}").found


@pytest.mark.parametrize("between", [" ", ", ", " og ", " født her, nr ", "\n", ":\n"])
def test_five_digits_belong_to_a_date_close_by(between: str) -> None:
    assert mask(f"07.03.1970{between}{_five()}").found == {Secret.NATIONAL_ID}


@pytest.mark.parametrize("between", [" x" * 16, " sak 7 ", "\nTelefon ", " • "])
def test_five_digits_do_not_belong_to_a_date_further_away(between: str) -> None:
    assert not mask(f"07.03.1970{between}{_five()}").found


@pytest.mark.parametrize(("between", "masked"), [(" x" * 140, True), (" x" * 160, False)])
def test_a_labelled_end_of_a_number_may_be_further_away(between: str, masked: bool) -> None:
    assert bool(mask(f"født 07.03.1970{between} fødselsnr {_five()}").found) is masked
    assert bool(mask(f"fødselsnr {_five()}{between} født 07.03.1970").found) is masked


@pytest.mark.parametrize("words", ["personnummer", "pnr.", "siste fem", "last five", "siste 5 siffer"])
def test_clear_words_need_no_date(words: str) -> None:
    assert mask(f"{words} 12345").found == {Secret.NATIONAL_ID}
    assert not mask(f"{words} 1234").found


@pytest.mark.parametrize(
    ("between", "masked"), [("", False), ("-", False), (" - ", False), ("  - ", True), (" og ", True)]
)
def test_a_labelled_number_in_one_piece_has_correct_check_digits(between: str, masked: bool) -> None:
    assert mask(f"fødselsnummer 070370{between}{_five()}").found == {Secret.NATIONAL_ID}
    assert bool(mask(f"fødselsnummer 070370{between}{int(_five()) + 1:05}").found) is masked


@pytest.mark.parametrize(
    "digits", ["", "1", ID[1:], f"{ID}1", "32017050040", "01137050040", "01017050041", "01017050030"]
)
def test_other_digits_are_no_identity_number(digits: str) -> None:
    assert is_identity_number(digits) is False
    assert is_identity_number(ID) is True


def _five() -> str:
    return next(number for number in _numbers_of("070370") if is_identity_number(number))[6:]


@pytest.mark.parametrize("word", ["kotnonr", "kontnr", "kontoonummer", "korrtnr"])
def test_a_label_with_one_typing_error_is_understood(word: str) -> None:
    written = in_groups(ACCOUNT if word != "korrtnr" else CARD, (5, 6) if word != "korrtnr" else (5, 11))
    assert mask(f"{word} {written}").found


@pytest.mark.parametrize("word", ["kotnornr", "kxxxonummer", "lånernr", "krtnr"])
def test_a_label_with_more_errors_is_not(word: str) -> None:
    assert not mask(f"{word} {in_groups(ACCOUNT, (5, 6))}").found
    assert not mask(f"{word} {in_groups(CARD, (5, 11))}").found


@pytest.mark.parametrize(
    ("text", "gaps"),
    [("12 34", [" ", ""]), ("12 x 34", ["", ""]), ("12    34", ["", ""]), ("12   34-5", ["   ", "-", ""])],
)
def test_a_gap_stands_between_numbers_that_may_be_one(text: str, gaps: list[str]) -> None:
    reading = DigitReading.from_text(text)
    assert [reading.gap_after(number) for number in range(len(reading.groups))] == gaps
    assert reading.gap_after(-1) == reading.gap_after(len(gaps)) == ""


@pytest.mark.parametrize(
    ("text", "alone"), [("1 2 3", True), ("1 2 34", False), ("9 1 2 3", False), ("1 2 3 9", False), ("99 1 2 3", True)]
)
def test_single_digits_stand_alone_when_no_other_touches_them(text: str, alone: bool) -> None:
    reading = DigitReading.from_text(text)
    first = 1 if len(text) > 6 and not text.endswith("9") else 0
    assert reading.stands_digit_by_digit(first, first + 2) is alone
    far = DigitReading.from_text("9 x 1 2 3 x 9")
    assert far.stands_digit_by_digit(1, 3)


def test_letters_around_a_number_are_read_to_a_limit() -> None:
    reading = DigitReading.from_text(f"{'a' * 20}12{'b' * 20} 3")
    assert reading.letters_before(20) == "a" * 12
    assert reading.letters_after(22) == "b" * 12
    assert reading.letters_before(0) == reading.letters_after(len(reading.plain)) == ""
    assert (reading.before(0), reading.before(21)) == ("", "1")


@pytest.mark.parametrize("hidden", ["\u200b", "\ufeff", "\u00ad", "\u20e3", "\ufe0f", "\ufe00"])
def test_hidden_characters_do_not_split_a_number(hidden: str) -> None:
    text = f"æ {hidden}{hidden.join(ID)}{hidden} ø"
    assert mask(text).found == {Secret.NATIONAL_ID}
    assert mask(text).replace(hidden, "") == f"æ {MASKS[Secret.NATIONAL_ID]} ø"


def test_a_text_of_another_length_in_lower_case_keeps_its_letters() -> None:
    assert mask(f"İİİ {ID} İ") == f"İİİ {MASKS[Secret.NATIONAL_ID]} İ"


@pytest.mark.parametrize("dash", "–—‐‑−﹣－")
def test_every_dash_is_a_hyphen(dash: str) -> None:
    assert mask(f"til {in_groups(ACCOUNT, (4, 2, 5), dash)}").found == {Secret.BANK_ACCOUNT}


def test_a_blank_in_an_address_is_a_blank() -> None:
    assert mask(f"https://nes.example/?q={ID[:6]}%20{ID[6:]}").found == {Secret.NATIONAL_ID}
    assert mask(f"https://nes.example/?å={ID[:6]}%20{ID[6:]}").found == {Secret.NATIONAL_ID}


@pytest.mark.parametrize("most", [499, 500, 501])
def test_many_digits_are_costly(most: int) -> None:
    assert is_costly("1" * most) is (most > 500)
    assert is_costly("1" * most + "x" * 501) is (most > 500)


def test_a_cut_keeps_what_was_found() -> None:
    masked = mask(f"{ID} hei")
    assert cut(masked, len(masked)) is masked
    assert cut(masked, 5) == masked[:5]
    assert cut(masked, 5).found == {Secret.NATIONAL_ID}


@pytest.mark.full
@pytest.mark.parametrize(("category", "read"), [("Nd", "0123456789"), ("Zs", " "), ("Pd", "-"), ("Cf", "")])
def test_every_digit_blank_dash_and_hidden_character_of_unicode_is_read_as_a_plain_one(
    category: str, read: str
) -> None:
    of_category = "".join(
        chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) == category
    )
    assert set(DigitReading.from_text(of_category).plain) == set(read)
