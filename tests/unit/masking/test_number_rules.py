"""Rules for numbers by themselves: how they are grouped, who issues them, which words name them."""

import pytest

from knowledge.language.masking import Secret, mask
from knowledge.language.masking.digits import DigitReading
from knowledge.language.masking.identity import is_plausible_date
from knowledge.language.masking.labels import Labels, NumberKind
from knowledge.language.masking.money import issued_by
from tests.unit.masking.test_mask import ID


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
def test_an_identity_number_in_a_usual_grouping_needs_no_label(sizes: tuple[int, ...]) -> None:
    groups, rest = [], ID
    for size in sizes:
        groups.append(rest[:size])
        rest = rest[size:]
    assert mask(f"kode {' '.join(groups)} ok").found == {Secret.NATIONAL_ID}


@pytest.mark.parametrize("verb", ["er", "is", "var", "was", "lyder", "lyd", "blir"])
def test_a_verb_before_a_number_joins_it_to_a_label_before_a_name(verb: str) -> None:
    reading = DigitReading.from_text(f"kontoen til Kari Olsen {verb} 86011117947")
    assert Labels(reading).is_called(0, NumberKind.ACCOUNT)


def test_any_other_word_does_not() -> None:
    reading = DigitReading.from_text("kontoen til Kari Olsen ringer 86011117947")
    assert not Labels(reading).is_called(0, NumberKind.ACCOUNT)


@pytest.mark.parametrize(
    ("starts", "lengths"),
    [
        (["4000"], {13, 16, 19}),
        (["5100", "5500", "2221", "2720", "5019"], {16}),
        (["3400", "3700"], {15}),
        (["3000", "3050", "3600", "3800", "3900"], {14, 16, 19}),
        (["6011", "6440", "6490", "6200", "6500", "3528", "3589"], {16, 17, 18, 19}),
        (["6700", "5018", "5020", "5038", "5893", "6304", "6390"], set(range(12, 20))),
        (["5000", "5600", "2220", "2721", "2990", "3060", "3100", "6010", "6430", "3527", "3590", "9000"], set()),
    ],
)
def test_the_first_digits_of_a_card_say_how_long_it_is(starts: list[str], lengths: set[int]) -> None:
    """Source: the schemes' published ranges, as issued_by says."""
    assert {start: issued_by(start) for start in starts} == dict.fromkeys(starts, frozenset(lengths))


@pytest.mark.parametrize(
    ("digits", "plausible"),
    [
        ("01017050040", True),
        ("29020050040", True),
        ("29020150040", False),
        ("31027050040", False),
        ("31047050040", False),
        ("01137050040", False),
        ("32017050040", False),
    ],
)
def test_a_date_of_birth_is_a_day_there_was(digits: str, plausible: bool) -> None:
    assert is_plausible_date(digits) is plausible


@pytest.mark.parametrize(
    "code",
    [
        "e683a540-1531-4322-a958-00f96ea022b4", "103f2d63-952e-4d44-8508-53093febfbce",
        "89f20435-0472-47f4-8c17-49f592c4465d", "7f4d947f-46d0-4077-8679-24a2b20f2410",
    ],
)  # fmt: skip
def test_digits_of_a_guid_are_no_number_though_hyphens_part_them(code: str) -> None:
    assert str(mask(code)) == code
    assert str(mask(f"Id: {code}.")) == f"Id: {code}."


def test_a_number_among_words_of_a_code_is_masked() -> None:
    for text in ("abcdefabcdefabcdefabcdef 170540 26641", "abcdefabcdefabcdefabcdef: 170540-26641"):
        assert "26641" not in mask(text)
