"""Detect the concerns about a text, and what of it shows a single person."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from knowledge.language.concerns.concern import Concern
from knowledge.language.concerns.numbers import shows_bad_identity_number
from knowledge.language.concerns.passwords import shows_password
from knowledge.language.concerns.people import (
    names_in,
    shows_health,
    shows_pupil,
    shows_third_person,
    subjects_in,
    surnames_in,
)
from knowledge.language.concerns.tokens import TokenizedText, kinds_of
from knowledge.language.lexicon.known import speakers

# Find what a text shows of a single person: a sign, perhaps with another word beside it, and the person.

# Maximum number of tokens between a sign and its person, in one sentence.
PERSON_FAR: Final = 16
# Maximum number of tokens between "I" and a sign.
AUTHOR_FAR: Final = 8
BESIDE: Final = 6
# Maximum number of tokens between a sign and what makes it a topic: "course on dementia".
TOPIC_FAR: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """Words of kind ``word``, with a word of kind ``beside`` at most ``within`` tokens away, about a single person.

    Attributes:
        about: kinds of words for the person; ``name`` stands for a name.
        capital: the word counts only if it is not written in lower case.
        before: the word beside must stand before the sign.
        reach: maximum number of tokens to the person.
    """

    concern: Concern
    word: str
    beside: str = ""
    within: int = BESIDE
    about: tuple[str, ...] = ("they", "someone", "name", "me")
    capital: bool = False
    before: bool = False
    reach: int = PERSON_FAR


# The word is sensitive without a name beside it.
NOBODY: Final = ()
OTHERS: Final = ("they", "someone", "name")
SUBJECTS: Final = ("subject", "name")
CLIENTS: Final = ("patient",)

SIGNS: Final = (
    Sign(concern=Concern.UNION, word="unionmark", about=NOBODY),
    Sign(concern=Concern.CONVICTION, word="convictionmark", about=NOBODY),
    Sign(concern=Concern.ORIENTATION, word="orientationmark", about=NOBODY),
    Sign(concern=Concern.FAITH, word="faithmark", about=NOBODY),
    Sign(concern=Concern.ETHNICITY, word="ethnicmark", about=NOBODY),
    Sign(concern=Concern.POLITICS, word="politicsmark", about=NOBODY),
    Sign(concern=Concern.HEALTH, word="grave"),
    Sign(concern=Concern.HEALTH, word="ailing", beside="suffers", about=OTHERS, reach=8),
    Sign(concern=Concern.HEALTH, word="sicknote", beside="received", about=OTHERS, before=True),
    Sign(concern=Concern.UNION, word="organised"),
    Sign(concern=Concern.UNION, word="org", beside="copula", within=1, about=SUBJECTS, before=True, reach=3),
    Sign(concern=Concern.UNION, word="union", beside="joins"),
    Sign(concern=Concern.UNION, word="union", beside="membership", about=NOBODY),
    Sign(concern=Concern.UNION, word="steward", beside="becomes", within=2, about=OTHERS, before=True, reach=6),
    Sign(concern=Concern.UNION, word="striking", about=OTHERS, reach=8),
    Sign(concern=Concern.UNION, word="shortunion", beside="joins", capital=True),
    Sign(concern=Concern.CONVICTION, word="convicted"),
    Sign(concern=Concern.CONVICTION, word="accused", beside="passive", within=2, about=OTHERS, before=True),
    Sign(concern=Concern.CONVICTION, word="offence", about=OTHERS),
    Sign(concern=Concern.CONVICTION, word="certificate", beside="blemish"),
    Sign(concern=Concern.ORIENTATION, word="orientation"),
    Sign(concern=Concern.ORIENTATION, word="queer", beside="passive", within=3, before=True),
    Sign(concern=Concern.ORIENTATION, word="sameparty", beside="couple", about=OTHERS),
    Sign(concern=Concern.ORIENTATION, word="pair", beside="couple", about=NOBODY),
    Sign(concern=Concern.ORIENTATION, word="herwife", about=("she",), reach=6),
    Sign(concern=Concern.ORIENTATION, word="hishusband", about=("he",), reach=6),
    Sign(concern=Concern.FAITH, word="believer"),
    Sign(concern=Concern.FAITH, word="worship", about=OTHERS),
    Sign(concern=Concern.FAITH, word="church", beside="joins"),
    Sign(concern=Concern.FAITH, word="church", beside="membership", about=NOBODY),
    Sign(concern=Concern.ETHNICITY, word="ethnic"),
    Sign(concern=Concern.ETHNICITY, word="people", beside="origin"),
    Sign(concern=Concern.ETHNICITY, word="people", beside="copula", within=1, about=OTHERS, before=True, reach=4),
    Sign(concern=Concern.ETHNICITY, word="dark", beside="copula", within=1, about=("subject",), before=True, reach=2),
    Sign(concern=Concern.ETHNICITY, word="country", beside="origin", capital=True),
    Sign(concern=Concern.ETHNICITY, word="country", beside="comes", within=3, about=OTHERS, capital=True, before=True),
    Sign(concern=Concern.POLITICS, word="political"),
    Sign(concern=Concern.POLITICS, word="party", beside="supports"),
    Sign(concern=Concern.POLITICS, word="party", beside="membership", about=NOBODY),
    Sign(concern=Concern.POLITICS, word="shortparty", beside="supports", capital=True),
    Sign(concern=Concern.POLITICS, word="shortparty", beside="memberof", within=3, before=True),
    *(
        Sign(
            concern=Concern.POLITICS,
            word="shortparty",
            beside=beside,
            within=1,
            about=SUBJECTS,
            capital=True,
            before=True,
            reach=3,
        )
        for beside in ("fromparty", "copula")
    ),
    Sign(concern=Concern.POLITICS, word="shortparty", beside="votes", within=3, before=True),
    Sign(concern=Concern.CLIENT, word="place", about=CLIENTS),
    Sign(concern=Concern.CLIENT, word="care", about=CLIENTS),
    Sign(concern=Concern.CLIENT, word="care", about=("they", "name", "client_user"), beside="place", within=PERSON_FAR),
    Sign(concern=Concern.CLIENT, word="care", about=("client_user",)),
    Sign(concern=Concern.CLIENT, word="benefit", about=OTHERS, reach=10),
    Sign(concern=Concern.CLIENT, word="bodily", about=("name", "they"), reach=8),
    Sign(concern=Concern.PUPIL, word="schooling", about=("onepupil",)),
    Sign(concern=Concern.PUPIL, word="schooling", beside="schoolplace", within=PERSON_FAR, about=("name", "they")),
    Sign(concern=Concern.PUPIL, word="private", about=("onepupil",)),
    Sign(concern=Concern.THIRD_PERSON, word="scandal", about=OTHERS),
    Sign(concern=Concern.THIRD_PERSON, word="dismissal", beside="received", within=4, about=OTHERS, before=True),
)
MARKED: Final = frozenset({"grave"} | {sign.word for sign in SIGNS if not sign.about and not sign.beside})


@dataclass(frozen=True, slots=True)
class _Reader:
    """Sorted positions of kinds of words in a text."""

    tokenized: TokenizedText
    places: Mapping[str, Sequence[int]]

    def shows(self, sign: Sign) -> bool:
        return any(self._shown_at(sign, index) for index in self._all(sign.word))

    def _shown_at(self, sign: Sign, index: int) -> bool:
        if sign.capital and self.tokenized.tokens[index].shown.islower():
            return False
        if sign.word in MARKED and self._is_near("topic", index, before=TOPIC_FAR, after=TOPIC_FAR - 1):
            return False
        after = 0 if sign.before else sign.within
        if sign.beside and not self._is_near(sign.beside, index, before=sign.within, after=after):
            return False
        return not sign.about or any(self._is_about(kind, index, sign.reach) for kind in sign.about)

    def _is_about(self, kind: str, index: int, reach: int) -> bool:
        if kind == "me":
            return self._is_near(kind, index, before=AUTHOR_FAR, after=0)
        return self._is_near(kind, index, before=reach, after=reach)

    def _is_near(self, kind: str, index: int, *, before: int, after: int) -> bool:
        """Return whether a word of a kind is near, in the same sentence."""
        places, sentences = self._all(kind), self.tokenized.sentences
        at = bisect_left(places, index)
        return any(
            place != index and -before <= place - index <= after and sentences[place] == sentences[index]
            for place in (*places[max(0, at - 1) : at], *places[at : at + 2])
        )

    def _all(self, kind: str) -> Sequence[int]:
        return self.places[kind] if kind in self.places else self.tokenized.every(kind)


def signs_in(tokenized: TokenizedText) -> frozenset[Concern]:
    """Return the concerns that a sign and a single person show together."""
    places = _identifying_places(tokenized)
    kinds = (tokenized.kinds - {"place"}) | ({"place"} if places else frozenset())
    signs = [sign for sign in SIGNS if sign.word in kinds]
    if not signs:
        return frozenset()
    names = sorted(
        {
            *(name.first for name in names_in(tokenized, everywhere=True)),
            *surnames_in(tokenized),
            *subjects_in(tokenized),
            *_unknown_names(tokenized),
        }
    )
    reader = _Reader(tokenized, {"name": names, "place": places})
    return frozenset(sign.concern for sign in signs if reader.shows(sign))


def _unknown_names(tokenized: TokenizedText) -> Iterator[int]:
    """Yield capitalised words that are in no dictionary and name no product; beside a sign, they are names."""
    for index, token in enumerate(tokenized.tokens):
        shown = token.shown
        if (
            shown[0].isupper()
            and shown[1:].islower()
            and shown.isalpha()
            and not token.kinds
            and not speakers(token.word)
        ):
            yield index


def _identifying_places(tokenized: TokenizedText) -> list[int]:
    """Return where a room, a house number or a year of birth stands: "rom 214", "Storgata 5", "født 1938"."""
    labels = {*tokenized.every("room"), *tokenized.every("street")}
    return sorted(
        index
        for index in labels
        if index + 1 < len(tokenized.tokens) and tokenized.tokens[index + 1].shown[0].isdigit()
    )


# Kinds of words that belong to a protected class wherever they stand.
_SENSITIVE_KINDS: Final = frozenset(
    {
        "grave",
        "organised",
        "union",
        "unionmark",
        "convicted",
        "convictionmark",
        "accused",
        "offence",
        "orientation",
        "orientationmark",
        "believer",
        "church",
        "faithmark",
        "ethnic",
        "ethnicmark",
        "people",
        "political",
        "politicsmark",
        "party",
    }
)


def concerns_in(text: str) -> frozenset[Concern]:
    """Return the concerns about a text: GDPR articles 9 and 10, clients, pupils, third persons, passwords.

    It is the same for every writer and every reader. A pupil is not reported as a third person as well.
    """
    tokenized = TokenizedText.tokenize(text)
    concerns = set(signs_in(tokenized))
    if shows_password(tokenized):
        concerns.add(Concern.PASSWORD)
    if shows_health(tokenized):
        concerns.add(Concern.HEALTH)
    if shows_pupil(tokenized):
        concerns.add(Concern.PUPIL)
    if Concern.PUPIL in concerns:
        concerns.discard(Concern.THIRD_PERSON)
    elif shows_third_person(tokenized):
        concerns.add(Concern.THIRD_PERSON)
    if shows_bad_identity_number(text):
        concerns.add(Concern.BAD_IDENTITY_NUMBER)
    return frozenset(concerns)


def is_sensitive_term(term: str) -> bool:
    """Return whether a term of a few words names a protected class, even without a person: "kreft", "fagforening"."""
    return not _SENSITIVE_KINDS.isdisjoint(kinds_of(term))
