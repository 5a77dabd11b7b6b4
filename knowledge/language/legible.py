"""Remove invisible and direction-changing characters, and runs of blanks, from external text."""

import re
from typing import Any, Final

# Control characters except tab and line ends; soft hyphen and other characters without a glyph; marks, embeddings,
# overrides and isolates of writing direction; variation selectors of letters; annotations, non-characters, lone
# surrogates and tags.
# Source: Unicode 17.0, DerivedCoreProperties.txt (Default_Ignorable_Code_Point) and PropList.txt (Bidi_Control).
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_LINE_END: Final = re.compile("[\u2028\u2029]")
# The Braille blank is no white space to Unicode.
_BLANKS: Final = re.compile("[\\s\u2800]++")
_LINE_ENDS: Final = re.compile("\r\n?|[\n\x0b\x0c\x85\u2028\u2029]")
# More line ends in a row than a paragraph needs say nothing.
_MOST_LINE_ENDS: Final = 2
_JOINING: Final = re.compile("[\u200c\u200d\ufe0e\ufe0f]")
_PICTURE: Final = re.compile("[\u00a9\u00ae\u200d\u203c-\u3299\ufe0f\U0001f000-\U0001faff]")
# Persian, Urdu, the scripts of India, Tibetan, Burmese and Khmer need joiners for correct spelling.
_JOINED_SCRIPT: Final = re.compile("[\u0620-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u17d3\ufb50-\ufdcf\ufe70-\ufefc]")
_KEYCAP: Final = "\u20e3"


def legible(text: str) -> str:
    """Return the text without characters that hide or reorder its content.

    Joiners stay within emoji and within scripts that need them, such as Persian, but not between Latin letters or
    digits.
    """
    shown = _LINE_END.sub("\n", _HIDDEN.sub("", text))
    return shown if shown.isascii() else _JOINING.sub(_where_it_joins, shown)


def single_spaced(text: str) -> str:
    """Return the text with one blank for each run of blanks.

    A run with line ends becomes these, at most two.
    """
    return _BLANKS.sub(_one_blank, text)


def legible_values(value: Any) -> Any:
    """Return JSON values with ``legible`` applied to every string, including keys."""
    match value:
        case str():
            return legible(value)
        case list() | tuple():
            return [legible_values(item) for item in value]
        case dict():
            return {legible(name): legible_values(item) for name, item in value.items()}
        case _:
            return value


def _one_blank(run: re.Match[str]) -> str:
    if run.end() - run.start() == 1 and run[0] in " \n":
        return run[0]
    return "\n" * min(len(_LINE_ENDS.findall(run[0])), _MOST_LINE_ENDS) or " "


def _where_it_joins(match: re.Match[str]) -> str:
    text, at, sign = match.string, match.start(), match.group()
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if sign in "\ufe0e\ufe0f":
        return sign if _is_picture(before) or after == _KEYCAP else ""
    in_script = bool(_JOINED_SCRIPT.match(before) and _JOINED_SCRIPT.match(after))
    in_emoji = sign == "\u200d" and _is_picture(before) and _is_picture(after)
    return sign if in_script or in_emoji else ""


def _is_picture(letter: str) -> bool:
    return letter != "\u200d" and _PICTURE.match(letter) is not None
