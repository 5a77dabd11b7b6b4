"""What an account says: name, address, department, language, and whether it is a pupil's."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from bot.scim.config import ScimSource
from bot.scim.fault import PupilRefused, ScimFault
from bot.scim.resources import ENTERPRISE
from knowledge.article.article import Language
from knowledge.language.masking import Secret, mask
from knowledge.organisation.organisation import Organisation

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_MARKING: Final = frozenset({"usertype", "title", "department", "division", "organization", "roles", "employeetype"})
_LANGUAGES: Final = {"nb": Language.NB, "no": Language.NB, "nn": Language.NN, "en": Language.EN}
MOST_TEXT: Final = 1_000


def name_of(resource: Mapping[str, Any]) -> str:
    """Return the name to show."""
    name = resource.get("name") or {}
    parts = " ".join(part for part in (name.get("givenName"), name.get("familyName")) if part)
    return str(mask(resource.get("displayName") or name.get("formatted") or parts or resource["userName"]))


def email_of(resource: Mapping[str, Any]) -> str | None:
    """Return the address to write to: the primary one, else the first."""
    emails = [each for each in resource.get("emails") or () if _EMAIL.fullmatch(each.get("value") or "")]
    emails.sort(key=lambda each: not each.get("primary"))
    return str(emails[0]["value"]) if emails else None


def language_of(resource: Mapping[str, Any]) -> Language | None:
    """Return the preferred language, None without one that Heia speaks."""
    return _LANGUAGES.get(str(resource.get("preferredLanguage") or "")[:2].lower())


def department_of(resource: Mapping[str, Any]) -> str:
    """Return the department, as the directory names it."""
    return str((resource.get(ENTERPRISE) or {}).get("department") or "").strip()


def unit_of(department: str, source: ScimSource, organisation: Organisation) -> str | None:
    """Return the unit of a department: as configured, by id, or by its Bokmål name; None if there is not one."""
    here = source.municipality
    unit = organisation.find_unit(source.units.get(department, department))
    if unit is not None:
        return unit.id if unit.municipality_id == here else None
    named = [each.id for each in organisation.units(here) if each.names.nb.casefold() == department.casefold()]
    return named[0] if department and len(named) == 1 else None


def check_account(payload: Mapping[str, Any], resource: Mapping[str, Any], source: ScimSource) -> None:
    """Refuse pupils, and texts that must not be stored.

    Args:
        payload: the request, with attributes that are not kept.
        resource: the account as it would be stored.
    Raises:
        PupilRefused, ScimFault.
    """
    if source.pupils.source:
        raise PupilRefused("source")
    values = [*_marking(payload), *_marking(resource)]
    addresses = [str(resource.get("userName", "")), *(str(e.get("value") or "") for e in resource.get("emails") or ())]
    if reason := source.pupil_rule.reason(values=values, addresses=addresses):
        raise PupilRefused(reason)
    for text in _texts_in(resource):
        if len(text) > MOST_TEXT:
            raise ScimFault(400, f"A text is longer than {MOST_TEXT} characters", "invalidValue")
        if Secret.NATIONAL_ID in mask(text).found:
            raise ScimFault(400, "A national identity number must not be stored", "invalidValue")


def _marking(value: Any) -> Iterator[str]:
    """Yield the values of attributes that mark a pupil, wherever they stand, also in the operations of a PATCH."""
    if isinstance(value, Mapping):
        path = value.get("path")
        if isinstance(path, str) and "value" in value and _last(path) in _MARKING:
            yield from _texts_in(value["value"])
        for key, inner in value.items():
            yield from _texts_in(inner) if _last(str(key)) in _MARKING else _marking(inner)
    elif isinstance(value, list):
        for each in value:
            yield from _marking(each)


def _last(path: str) -> str:
    """Return the attribute a path names, without schema, filter and parts: ``roles[primary eq true].value``."""
    return path.rpartition(":")[2].partition("[")[0].partition(".")[0].casefold()


def _texts_in(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts_in(inner)
