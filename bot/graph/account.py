"""What a user of Graph says: whether an employee, and the attributes that Heia keeps, in the form SCIM gives them."""

from collections.abc import Collection, Iterator, Mapping, Set
from enum import StrEnum
from typing import Any, Final

from bot.graph.config import GraphSource
from bot.graph.reading import LICENCES, DirectoryChanges, User
from bot.scim.account import MOST_TEXT
from bot.scim.config import CORE_USER, ENTERPRISE
from knowledge.language.masking import Secret, mask

_EXTERNAL: Final = "#ext#"
# Of a national identity number.
_DIGITS: Final = 11


class UserVerdict(StrEnum):
    """Why a user is no employee of the municipality, or EMPLOYEE."""

    EMPLOYEE = "employee"
    DISABLED = "disabled"
    PUPIL = "pupil"
    GUEST = "guest"
    UNLICENSED = "unlicensed"
    OUTSIDE = "outside"
    TEXT = "text"
    ELSEWHERE = "elsewhere"


def judge(user: User, groups: Collection[str], source: GraphSource, changes: DirectoryChanges) -> UserVerdict:
    """Return whether a user is an employee. Pupils come first: nothing else is looked at.

    Args:
        user: properties; one that is missing says nothing.
        groups: object ids of the groups the user is in, of those that rules name.
        changes: the groups that rules name, and those of pupils.
    """
    texts = [value for name, value in user.items() if isinstance(value, str) and name != "id"]
    name = str(user.get("userPrincipalName") or "").lower()
    scope = source.scope
    if _is_pupil(user, groups, source, changes.pupils):
        return UserVerdict.PUPIL
    if str(user.get("userType") or "").lower() == "guest" or _EXTERNAL in name:
        return UserVerdict.GUEST
    if scope.licensed and LICENCES in user and not user[LICENCES]:
        return UserVerdict.UNLICENSED
    if scope.domains and name and name.rpartition("@")[2] not in scope.domains:
        return UserVerdict.OUTSIDE
    if scope.groups and not any(changes.groups.get(group_id) in groups for group_id in scope.groups):
        return UserVerdict.OUTSIDE
    if any(len(text) > MOST_TEXT or _has_identity_number(text) for text in texts):
        return UserVerdict.TEXT
    return UserVerdict.DISABLED if user.get("accountEnabled") is False else UserVerdict.EMPLOYEE


def _has_identity_number(text: str) -> bool:
    # Masking takes longer than all else, and hardly any text has so many digits.
    return sum(map(str.isdigit, text)) >= _DIGITS and Secret.NATIONAL_ID in mask(text).found


def _is_pupil(user: User, groups: Collection[str], source: GraphSource, pupils: Set[str]) -> bool:
    if source.pupils.source or not pupils.isdisjoint(groups):
        return True
    values = [str(user[name]) for name in ("userType", "jobTitle", "employeeType", "department") if user.get(name)]
    addresses = [str(user[name]) for name in ("userPrincipalName", "mail") if user.get(name)]
    return bool(source.pupil_rule.reason(values=values, addresses=addresses))


def resource_of(user: User, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes to keep; a property that did not come stays as it was."""
    kept = dict(before)
    for name, value in _attributes(user):
        kept.pop(name, None)
        if value:
            kept[name] = value
    schemas = [CORE_USER, *([ENTERPRISE] if ENTERPRISE in kept else [])]
    return {"schemas": schemas, **{name: value for name, value in sorted(kept.items()) if name != "schemas"}}


def _attributes(user: User) -> Iterator[tuple[str, Any]]:
    for name, property_ in (
        ("userName", "userPrincipalName"),
        ("displayName", "displayName"),
        ("userType", "userType"),
        ("preferredLanguage", "preferredLanguage"),
    ):
        if property_ in user:
            yield name, str(user[property_] or "").strip()
    if "mail" in user:
        mail = str(user["mail"] or "").strip()
        yield "emails", [{"primary": True, "type": "work", "value": mail}] if mail else []
    if "department" in user:
        department = str(user["department"] or "").strip()
        yield ENTERPRISE, {"department": department} if department else {}
