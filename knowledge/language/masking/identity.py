"""Find identity numbers: national, D, H and synthetic ones, whole or apart from the date of birth.

The check digits must be correct and the first six digits must be a date. Synthetic numbers add 80, 65 or 40 to the
month, D-numbers 40 to the day.

Source: https://skatteetaten.github.io/folkeregisteret-api-dokumentasjon/test-for-konsumenter/ (2026-11-26).
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Final

from stdnum.exceptions import ValidationError
from stdnum.no import fodselsnummer, kontonr

from knowledge.language.masking.digits import MAX_GAP, DigitReading, Secret, Span
from knowledge.language.masking.labels import Labels, NumberKind

LENGTH: Final = 11
MAX_GROUPS: Final = 6
_MONTH_SHIFTS: Final = (0, 40, 65, 80)
_DAY_SHIFTS: Final = (0, 40)
_DAYS: Final = {f"{day + shift:02}": day for day in range(1, 32) for shift in _DAY_SHIFTS}
_MONTHS: Final = {f"{month + shift:02}": month for month in range(1, 13) for shift in _MONTH_SHIFTS}
# Usual groupings of the digits. Any other grouping needs a label.
_USUAL: Final = frozenset(
    {
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
    }
)
_DIGIT_BY_DIGIT: Final = (1,) * LENGTH
SHORTEST_CODE: Final = 32
LONGEST_CODE: Final = 40
_CODE_BEFORE: Final = re.compile(r"(?<![^\W_])(?:[0-9a-f]+-)*[0-9a-f]+\Z|(?<![^\W_])(?:[0-9a-f]+-)+\Z")
_CODE_WITHIN: Final = re.compile(r"[0-9]+(?:-[0-9]+)*")
_CODE_AFTER: Final = re.compile(r"[0-9a-f]*(?:-[0-9a-f]+)*")
_FAR: Final = 300
_NEAR: Final = 30
_NAMES_OF_MONTHS: Final = (
    ("januar", "january", "jan"),
    ("februar", "february", "feb"),
    ("mars", "march", "mar"),
    ("april", "apr"),
    ("mai", "may"),
    ("juni", "june", "jun"),
    ("juli", "july", "jul"),
    ("august", "aug"),
    ("september", "sept", "sep"),
    ("oktober", "october", "okt", "oct"),
    ("november", "nov"),
    ("desember", "december", "des", "dec"),
)
_MONTH: Final = {name: number for number, names in enumerate(_NAMES_OF_MONTHS, start=1) for name in names}
_NAMED: Final = "|".join(_MONTH)
_DATE: Final = re.compile(
    rf"""(?<!\d)(?:
      (?P<y1>(?:19|20)\d\d)[-./ ](?P<m1>\d\d?)[-./ ](?P<d1>\d\d?)
    | (?P<d2>\d\d?)[-./ ]{{1,2}}(?P<m2>\d\d?)[-./ '’]{{1,2}}(?P<y2>(?:19|20)?\d\d)
    | (?P<d3>\d\d?)(?:\.|st|nd|rd|th|de|ende)?(?:[ ]of)?[ ]{{0,2}}(?P<m3>{_NAMED})
      \.?[- ,'’]{{0,2}}(?P<y3>(?:19|20)?\d\d)
    | (?P<d4>\d\d)(?P<m4>\d\d)(?P<y4>(?:19|20)\d\d)
    | (?P<y5>(?:19|20)\d\d)(?P<m5>\d\d)(?P<d5>\d\d)
    | (?P<d6>\d\d)(?P<m6>\d\d)(?P<y6>\d\d)
    )(?!\d)
    | (?P<m7>{_NAMED})\.?[ ](?P<d7>\d\d?),?[ ](?P<y7>(?:19|20)\d\d)(?!\d)""",
    re.VERBOSE,
)


def is_identity_number(digits: str) -> bool:
    """Return whether eleven digits are an identity number."""
    if len(digits) != LENGTH or not begins_with_date(digits):
        return False
    if digits[10] != fodselsnummer.calc_check_digit2(digits[:10]):
        return False
    if digits[9] != fodselsnummer.calc_check_digit1(digits[:9]):
        return False
    return _is_real_date(digits)


def begins_with_date(digits: str) -> bool:
    """Return whether the first four digits are a day and a month, shifted or not."""
    return digits[:2] in _DAYS and digits[2:4] in _MONTHS


def is_plausible_date(digits: str) -> bool:
    """Return whether the first six digits, without shifts, are a date of birth."""
    return begins_with_date(digits) and _is_real_date(digits)


def identity_numbers(reading: DigitReading, labels: Labels) -> Iterator[Span]:
    yield from _whole(reading, labels)
    yield from _without_zero(reading, labels)
    yield from _after_country_code(reading)
    yield from _apart(reading, labels)


def _whole(reading: DigitReading, labels: Labels) -> Iterator[Span]:
    groups, digits = reading.groups, reading.digits
    done = 0
    for first, group in enumerate(groups):
        if first < done or not begins_with_date(digits[group.offset : group.offset + 4]):
            continue
        last = reading.last_of(first, LENGTH)
        if last is None or last - first >= LENGTH:
            continue
        if last - first == LENGTH - 1 and not reading.stands_digit_by_digit(first, last):
            continue
        if not is_identity_number(reading.of_groups(first, last)):
            continue
        sizes = reading.sizes(first, last)
        if _in_code(reading.plain, group.start, groups[last].end):
            continue
        names = labels.names(first, last)
        if labels.is_called(first, NumberKind.ACCOUNT) and kontonr.is_valid(reading.of_groups(first, last)):
            continue
        usual = sizes in _USUAL or sizes == _DIGIT_BY_DIGIT or _alone(reading, first, last)
        if usual or names in {NumberKind.IDENTITY, NumberKind.FIVE}:
            yield Span(group.start, groups[last].end, Secret.NATIONAL_ID)
            done = last + 1


def _without_zero(reading: DigitReading, labels: Labels) -> Iterator[Span]:
    """Yield labelled numbers that lost a leading zero in a spreadsheet."""
    for first, group in enumerate(reading.groups):
        last = reading.last_of(first, LENGTH - 1) if group.size in {5, LENGTH - 1} else None
        if last is None or last - first > 1 or not is_identity_number("0" + reading.of_groups(first, last)):
            continue
        if labels.names(first, last) in {NumberKind.IDENTITY, NumberKind.FIVE}:
            yield Span(group.start, reading.groups[last].end, Secret.NATIONAL_ID)


def _after_country_code(reading: DigitReading) -> Iterator[Span]:
    """Yield numbers with a Norwegian country code directly before them, as in an imported list of telephone numbers."""
    for first, group in enumerate(reading.groups):
        start = group.offset
        code = "47" if reading.before(group.start) == "+" else "0047"
        if group.size not in {len(code) + 6, len(code) + LENGTH} or not reading.digits.startswith(code, start):
            continue
        last = reading.last_of(first, len(code) + LENGTH)
        if last is None or last - first > 1:
            continue
        if is_identity_number(reading.of_groups(first, last)[len(code) :]):
            yield Span(group.start + len(code), reading.groups[last].end, Secret.NATIONAL_ID)


def _alone(reading: DigitReading, first: int, last: int) -> bool:
    """Return whether the groups are a complete chain of at most ``MAX_GROUPS``."""
    if last - first >= MAX_GROUPS:
        return False
    return not reading.gap_after(first - 1) and not reading.gap_after(last)


def _in_code(plain: str, start: int, end: int) -> bool:
    """Return whether digits, also apart by hyphens, are part of a long hexadecimal code, such as an id."""
    if not _CODE_WITHIN.fullmatch(plain, start, end):
        return False
    before = _CODE_BEFORE.search(plain, max(0, start - LONGEST_CODE), start)
    after = _CODE_AFTER.match(plain, end, end + LONGEST_CODE)
    around = (before.group() if before else "") + (after.group() if after else "")
    return len(around) + end - start >= SHORTEST_CODE and any(letter in "abcdef" for letter in around)


def _apart(reading: DigitReading, labels: Labels) -> Iterator[Span]:
    """Yield groups of five digits with a date of birth nearby."""
    fives = [number for number, group in enumerate(reading.groups) if group.size == 5]
    if not fives:
        return
    dates = list(_dates(reading))
    starts, ends = [date[0] for date in dates], [date[1] for date in dates]
    for number in fives:
        group = reading.groups[number]
        named = labels.names(number, number)
        before = bisect_right(ends, group.start) - 1
        after = bisect_left(starts, group.end)
        near = [dates[place] for place in (before, after) if 0 <= place < len(dates)]
        if any(_belongs(reading, number, date, named) for date in near) or (
            named is NumberKind.FIVE and not reading.gap_after(number - 1) and _says_person(reading, group.start)
        ):
            yield Span(group.start, group.end, Secret.NATIONAL_ID)


def _says_person(reading: DigitReading, start: int) -> bool:
    """Return whether the words before five digits are unambiguous even without a date."""
    said = reading.plain[max(0, start - 40) : start]
    return bool(re.search(r"person(?:nr|num)|\bp\.?nr|(?:siste|last) (?:fem|five|5)", said))


def _belongs(reading: DigitReading, number: int, date: tuple[int, int, str], named: NumberKind | None) -> bool:
    group = reading.groups[number]
    start, end, birth = date
    between = reading.plain[end : group.start] if end <= group.start else reading.plain[group.end : start]
    if named in {NumberKind.FIVE, NumberKind.IDENTITY}:
        # Written as one number, it must pass the check; written apart, the label alone is enough.
        joined = start < group.start and len(between) <= MAX_GAP and not any(map(str.isalnum, between))
        return _fits(birth, reading.of_groups(number, number)) if joined else len(between) <= _FAR
    if named is not None or len(between) > _NEAR or any(letter.isdigit() for letter in between):
        return False
    if "\n" in between and between.strip(" \n\t.,:;-"):
        return False
    return "•" not in between and is_identity_number(birth + reading.of_groups(number, number))


def _fits(birth: str, five: str) -> bool:
    """Return whether a date of birth and five digits form an identity number, real or synthetic."""
    months = (f"{_MONTHS[birth[2:4]] + shift:02}" for shift in _MONTH_SHIFTS)
    return any(is_identity_number(f"{birth[:2]}{month}{birth[4:]}{five}") for month in months)


def _dates(reading: DigitReading) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and ``ddmmyy`` of the dates in a text.

    Shifts of synthetic numbers are kept.
    """
    for match in _DATE.finditer(reading.plain):
        parts = match.groupdict()
        way = next(way for way in "1234567" if parts[f"d{way}"] is not None)
        day, month, year = parts[f"d{way}"], parts[f"m{way}"], parts[f"y{way}"]
        if not month.isdigit():
            month = str(_MONTH[month])
        written = f"{day:0>2}{month:0>2}{year[-2:]}"
        if begins_with_date(written):
            yield match.start(), match.end(), written


def _is_real_date(digits: str) -> bool:
    """Return whether the first six digits, without shifts, are a date in the century given by the next three."""
    plain = f"{_DAYS[digits[:2]]:02}{_MONTHS[digits[2:4]]:02}{digits[4:]}"
    try:
        fodselsnummer.get_birth_date(plain)
    except ValidationError:
        return False
    return True
