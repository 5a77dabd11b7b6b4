"""The language that a message asks for by name."""

from collections.abc import Mapping
from typing import Final

from dialogs.core.content import Content
from dialogs.core.feature import Readers
from knowledge.article.article import Language
from knowledge.language.identify import identify
from knowledge.language.text import clean, fold, words

CHOOSE_LANGUAGE: Final = "profile.language"
_NAMES: Final = {
    fold(word): language
    for language, names in {
        Language.NB: "bokmål norsk norwegian",
        Language.NN: "nynorsk",
        Language.EN: "engelsk english",
    }.items()
    for word in names.split()
}
# Not the name of one variety: the answer has the variety of the words.
_EITHER: Final = frozenset({fold("norsk"), fold("norwegian")})
_NO_WISH: Final = frozenset(map(fold, ["hvorfor", "kvifor", "koffor", "why"]))
_NOT: Final = frozenset(map(fold, ["ikke", "ikkje", "itj", "not", "don't", "dont", "never", "aldri"]))


def named_language(utterance: str) -> Language | None:
    """Return the only language that a request names: "svar på nynorsk", not "hvorfor svarer du på engelsk".

    A language after "ikke" is not wished for: "jeg skjønner ikke engelsk, bytt til norsk".
    """
    text = clean(utterance)
    said = [fold(word) for word in words(text)]
    wished, refused, denied = set[Language](), set[Language](), False
    for word in said:
        denied = denied or word in _NOT
        language = _NAMES.get(word)
        if language is not None:
            if word in _EITHER and identify(text) == Language.NN:
                language = Language.NN
            (refused if denied else wished).add(language)
            denied = False
    if not _NO_WISH.isdisjoint(said) or len(wished) > 1:
        return None
    if wished or not refused:
        return next(iter(wished), None)
    # "I don't understand Norwegian" asks for the language it is written in.
    written = Language.from_code(identify(text))
    return written if len(refused) == 1 and (written is Language.EN) is not (Language.EN in refused) else None


def read_language(utterance: str, _content: Content, _municipality_id: str | None) -> Mapping[str, str]:
    """Return the language that the words ask for, as data of its choice."""
    language = named_language(utterance)
    return {"language": language.value} if language is not None else {}


READERS: Final[Readers] = {CHOOSE_LANGUAGE: read_language}
