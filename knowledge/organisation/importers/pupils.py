"""The rule that keeps pupils out of every directory source."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from knowledge.language.legible import legible

PUPIL_WORDS: Final = frozenset(
    (
        "pupil", "pupils", "student", "students", "studenter", "studentar", "elev", "elever", "elevar", "elevene",
        "elevane", "skoleelev", "skoleelever", "skoleelevar", "skoleelevene", "skoleelevane", "grunnskoleelev",
        "grunnskoleelever", "grunnskoleelevar",
    )
)  # fmt: skip
# What stands between a word and its class, and the class: Elever-10A, Elev/VG1. A hyphen before letters makes a
# compound, such as Elev-rådgiver, which is an employee.
_CLASS: Final = re.compile(r"\W*(?:vg\W?)?[0-9]{1,2}\W?[a-zæøå]?")
# The class before the word: 10A Elev, VG1-elever, 10. trinn elever.
_CLASS_FIRST: Final = re.compile(r"(?:vg\W?[0-9]|[0-9]{1,2}(?:\W?[a-zæøå]|\.? ?(?:trinn|klasse))?)[\s_/-]+")
# Capital and small letters of Cyrillic and Greek with the look of a Latin one.
_LOOK_ALIKES: Final = str.maketrans(
    "АВЕЅІЈКМНОРСТХУԀԜаеѕіјкморстхуԁԛѵӏҺһΑΒΕΗΙΚΜΝΟΡΤΥΧανορτυ",
    "ABESIJKMHOPCTXYDWaesijkmopctxydqvlhhABEHIKMNOPTYXavoptu",
)
_FIRST: Final = re.compile(r"[^\s_/-]*(?=-(?:vg|[0-9])|[\s_/]|$)")
_WORD: Final = re.compile(r"\w+")
_BETWEEN: Final = re.compile(r"[/,;|]")
# Attributes whose value may mark a pupil: in SCIM, Microsoft Graph, Active Directory, and claims by eduPerson.
MARKING_ATTRIBUTES: Final = frozenset(
    (
        "usertype", "title", "jobtitle", "department", "division", "organization", "roles", "employeetype",
        "edupersonaffiliation", "edupersonprimaryaffiliation", "edupersonscopedaffiliation",
    )
)  # fmt: skip
# Attributes with an address, or with a user name in the form of one.
ADDRESS_ATTRIBUTES: Final = frozenset(
    (
        "username", "email", "emails", "mail", "othermails", "proxyaddresses", "userprincipalname",
        "preferred_username", "upn", "unique_name",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PupilRule:
    """What marks a pupil. ``values``, ``domains`` and ``groups`` are added to what always counts.

    Attributes:
        values: further values of an attribute, such as a job title or a department.
        domains: domains of pupils' addresses.
        groups: names or ids of groups of pupils.
        source: everyone in the source is a pupil.
    """

    values: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    source: bool = False

    def is_value(self, value: str) -> bool:
        """Return whether a value of an attribute means a pupil, such as ``Elev`` as user type."""
        word = plain(value)
        # A scoped affiliation has a domain: student@lillevik.example.
        parts = [part.strip(" .") for part in _BETWEEN.split(word.partition("@")[0])]
        return all(_is_pupil(part) for part in parts) or word in {plain(marker) for marker in self.values}

    def is_address(self, address: str) -> bool:
        """Return whether an address belongs to a domain of pupils, such as ``kari@elev.lillevik.example``."""
        address = plain(address).replace("\u3002", ".")  # a full stop that NFKC keeps, and domains take for a dot
        domain = address.rpartition("@")[2].strip().rstrip(".")
        if "@" not in address or not domain:
            return False
        if not PUPIL_WORDS.isdisjoint(domain.split(".")):
            return True
        return any(
            domain == pupil_domain or domain.endswith(f".{pupil_domain}")
            for pupil_domain in map(str.casefold, self.domains)
        )

    def is_group(self, *names: str) -> bool:
        """Return whether a group with these names and ids is one of pupils: ``Elever 10A``."""
        listed = {plain(group) for group in self.groups}
        return any(name in listed or _first_word(name) in PUPIL_WORDS for name in map(plain, names))

    def reason(self, *, values: Iterable[str] = (), addresses: Iterable[str] = (), groups: Iterable[str] = ()) -> str:
        """Return what marks a pupil: ``source``, ``attribute``, ``address`` or ``group``; empty for an employee."""
        if self.source:
            return "source"
        if any(self.is_value(value) for value in values):
            return "attribute"
        if any(self.is_address(address) for address in addresses):
            return "address"
        return "group" if self.is_group(*groups) else ""


def marking_texts(resource: Any, attributes: frozenset[str] = MARKING_ATTRIBUTES) -> Iterator[str]:
    """Yield the texts of attributes that may mark a pupil, wherever they stand, also in operations of a SCIM PATCH.

    Args:
        resource: JSON values, such as a SCIM request, a user of Microsoft Graph, or the claims of a token.
    """
    # Not recursive: values from outside may be nested deeper than the interpreter allows calls.
    waiting = [resource]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            named = {str(key).casefold(): inner for key, inner in node.items()}
            path = named.get("path")
            if isinstance(path, str) and "value" in named and _last(path) in attributes:
                yield from texts_in(named["value"])
            for key, inner in node.items():
                if _last(str(key)) in attributes:
                    yield from texts_in(inner)
                else:
                    waiting.append(inner)
        elif isinstance(node, list):
            waiting += node


def texts_in(value: Any) -> Iterator[str]:
    """Yield every text of JSON values."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, Mapping):
            waiting += node.values()
        elif isinstance(node, list | tuple):
            waiting += node


def _last(path: str) -> str:
    """Return the attribute a path names, without schema, filter and parts: ``roles[primary eq true].value``."""
    return path.rpartition(":")[2].partition("[")[0].partition(".")[0].strip().casefold()


def plain(text: str) -> str:
    """Return a text as it is read: without hidden characters, in plain Latin forms of letters and in small ones."""
    # Before the capitals go: the capital of one letter may look like another letter than its small form.
    shown = unicodedata.normalize("NFKC", legible(text)).translate(_LOOK_ALIKES)
    return " ".join(shown.casefold().split())


def _is_pupil(text: str) -> bool:
    """Return whether a text is a word for pupils, alone or with a class: ``Elev 10A``, ``10A Elev``."""
    leading = _CLASS_FIRST.match(text)
    text = text[leading.end() :] if leading is not None else text
    word = _WORD.match(text)
    if word is None or word[0] not in PUPIL_WORDS:
        return False
    return word.end() == len(text) or _CLASS.fullmatch(text, word.end()) is not None


def _first_word(name: str) -> str:
    """Return the first word after a class: ``elever`` of ``10A Elever``."""
    leading = _CLASS_FIRST.match(name)
    name = name[leading.end() :] if leading is not None else name
    match = _FIRST.match(name)
    return match[0].strip(".:,()[]") if match is not None else ""
