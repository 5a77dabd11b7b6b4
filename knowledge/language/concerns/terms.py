"""Words that no list of terms may contain: listed names, and words of the sensitive classes."""

import re
from collections.abc import Collection
from typing import Final

from knowledge.language.concerns.detection import concerns_in, is_sensitive_term
from knowledge.language.concerns.people import listed_names
from knowledge.language.concerns.tokens import kinds_of

# Kinds of words about illness and pupils, besides those of the protected classes.
_MORE_KINDS: Final = frozenset({"mild", "enrolled"})
# Words of both kinds are patients and users of services; "user" alone is one of a computer.
_CARED_FOR: Final = frozenset({"client", "person"})
# Endings of names of illnesses. As terms of a theme also harmless words with them are dispensable.
_ILLNESS: Final = re.compile(
    r"(?:ose|oser|osen|itt|itten|emi|emien|algi|algien|omi|pati|patien|plegi|parese|lammelse|lammelsen|fibrose|sklerose"
    r"|kreft|syndrom|syndromet|syke|sjuke|lidelse|infarkt|svikt|relia|dgkin|stoma|stomi|utsatt|utsett|trofi|flimmer)$"
)
_PARTS: Final = re.compile(r"[^\w]+|_")


def names_a_person(word: str, more: Collection[str] = ()) -> bool:
    """Return whether a lower-case word, or a part of it, is a listed name or one of ``more``, also in the genitive."""
    names = listed_names()
    return any(
        form in names or form in more
        for part in (word, *_PARTS.split(word))
        for form in (part, part.removesuffix("s"))
        if form
    )


def is_sensitive_word(word: str) -> bool:
    """Return whether a word alone belongs to a sensitive class, or looks like the name of an illness."""
    kinds = kinds_of(word)
    return (
        bool(_ILLNESS.search(word.removesuffix("s")))
        or is_sensitive_term(word)
        or not _MORE_KINDS.isdisjoint(kinds)
        or (kinds >= _CARED_FOR and "user" not in kinds)
    )


def is_sensitive_sentence(text: str) -> bool:
    """Return whether a sentence has a concern, or any word of a sensitive class."""
    return bool(concerns_in(text)) or any(map(is_sensitive_word, set(text.lower().split())))
