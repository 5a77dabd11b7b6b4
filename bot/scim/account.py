"""What an account says: name, address, department, language, and whether it is a pupil's."""

import re
from collections.abc import Mapping
from typing import Any, Final

from bot.scim.config import ENTERPRISE, ScimSource
from bot.scim.fault import PupilRefused, ScimFault
from knowledge.article.article import Language
from knowledge.language.legible import legible
from knowledge.language.masking import Secret, mask
from knowledge.organisation.importers.pupils import marking_texts, texts_in
from knowledge.organisation.organisation import Organisation

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LANGUAGES: Final = {"nb": Language.NB, "no": Language.NB, "nn": Language.NN, "en": Language.EN}
MOST_TEXT: Final = 1_000
MOST_ADDRESSES: Final = 50


def name_of(resource: Mapping[str, Any]) -> str:
    """Return the name to show."""
    name = resource.get("name") or {}
    parts = " ".join(part for part in (name.get("givenName"), name.get("familyName")) if part)
    shown = legible(str(resource.get("displayName") or name.get("formatted") or parts or resource["userName"]))
    return str(mask(" ".join(shown.split())))


def email_of(resource: Mapping[str, Any]) -> str | None:
    """Return the address to write to: the primary one, else the first."""
    emails = [email for email in resource.get("emails") or () if _EMAIL.fullmatch(email.get("value") or "")]
    emails.sort(key=lambda email: not email.get("primary"))
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
    named = [
        candidate.id for candidate in organisation.units(here) if candidate.names.nb.casefold() == department.casefold()
    ]
    return named[0] if department and len(named) == 1 else None


def check_domain(user_name: str, source: ScimSource) -> None:
    """Refuse a user name of another directory. Raises ScimFault."""
    if source.is_foreign(user_name):
        raise ScimFault(400, "The domain of userName is not one of this directory", "invalidValue")


def check_account(payload: Mapping[str, Any], resource: Mapping[str, Any], source: ScimSource) -> None:
    """Refuse pupils, and texts that must not be stored.

    Args:
        payload: the request, with attributes that are not kept.
        resource: the account as it would be stored.
    Raises:
        PupilRefused, ScimFault.
    """
    if len(resource.get("emails") or ()) > MOST_ADDRESSES:
        raise ScimFault(400, f"An account has more than {MOST_ADDRESSES} addresses", "invalidValue")
    values = [*marking_texts(payload), *marking_texts(resource)]
    addresses = [str(resource.get("userName", "")), *(str(e.get("value") or "") for e in resource.get("emails") or ())]
    if reason := source.pupil_rule.reason(values=values, addresses=addresses):
        raise PupilRefused(reason)
    for text in texts_in(resource):
        if len(text) > MOST_TEXT:
            raise ScimFault(400, f"A text is longer than {MOST_TEXT} characters", "invalidValue")
        if Secret.NATIONAL_ID in mask(text).found:
            raise ScimFault(400, "A national identity number must not be stored", "invalidValue")
