"""What Heia takes from a checked ID token, and what it never takes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.signin.oidc.config import Provider
from bot.signin.oidc.fault import FaultReason, SignInFault
from bot.signin.oidc.id_token import is_text, moment_of
from knowledge.language.legible import legible
from knowledge.language.masking import mask
from knowledge.language.masking.identity import LENGTH, is_identity_number
from knowledge.language.masking.masked import is_costly, spans_of
from knowledge.language.masking.span import Secret

MOST_VALUES: Final = 5_000
MAX_LEAVES: Final = 6_000
LONGEST_NAME: Final = 200
LONGEST_CHECKED: Final = 2_000
# Claims in which providers send a national identity number: ID-porten, Feide, Keycloak with a public directory.
_NUMBER_CLAIMS: Final = frozenset(
    name.casefold()
    for name in (
        "pid", "nin", "ssn", "fnr", "fodselsnummer", "fødselsnummer", "personnummer", "national_id", "nationalid",
        "national_identity_number", "noreduPersonNIN", "personalIdentifier", "personal_number", "socialSecurityNumber",
        "schacPersonalUniqueID", "https://n.feide.no/claims/nin",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedIdentity:
    """A person as the provider describes them.

    Attributes:
        account: tenant and object id in Entra, in lower case.
        link: value of the claim that leads to the registry.
        email: the address, if the provider is trusted with it, in lower case.
        groups, app_roles: None when the token does not have the claim, or not all of it.
        session: id of the session at the provider.
        authenticated_at: when the provider last asked for a proof.
        unit: value of the claim with the unit.
    """

    issuer: str
    subject: str
    account: tuple[str, str] | None = None
    link: str | None = None
    email: str | None = None
    name: str = ""
    groups: frozenset[str] | None = None
    app_roles: frozenset[str] | None = None
    session: str | None = None
    authenticated_at: datetime | None = None
    unit: str = ""

    @property
    def appointed_by(self) -> frozenset[str]:
        """The values by which the configuration may name the person as administrator."""
        return frozenset(value for value in (self.account and self.account[1], self.link or self.subject) if value)


def identity_of(claims: Mapping[str, Any], provider: Provider) -> VerifiedIdentity:
    """Return the identity in the claims of a checked token. Raises SignInFault."""
    claims, _ = without_identity_numbers(claims)
    subject = claims.get("sub")
    if not is_text(subject):
        raise SignInFault(FaultReason.INVALID, "identity_number_as_sub")
    _check_rules(claims, provider)
    session = claims.get("sid")
    return VerifiedIdentity(
        issuer=provider.issuer,
        subject=str(subject),
        account=_account(claims, provider),
        link=_link(claims, provider),
        email=_email(claims, provider),
        name=_name(claims),
        groups=_texts_or_none(claims, provider.groups_claim),
        app_roles=_texts_or_none(claims, provider.app_roles_claim),
        session=str(session) if is_text(session) else None,
        authenticated_at=moment_of(claims.get("auth_time")),
        unit=next(iter(texts_of(claims, provider.unit_claim)), "") if provider.unit_claim else "",
    )


def without_identity_numbers(claims: Mapping[str, Any]) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Return the claims without those that hold a national identity number, and the names of the removed.

    Raises SignInFault: too many values.
    """
    # A token is small, but a hostile one is all short values.
    if sum(1 for _ in _leaves(claims)) > MAX_LEAVES:
        raise SignInFault(FaultReason.INVALID, "too_many_values")
    removed = tuple(name for name, value in claims.items() if name.casefold() in _NUMBER_CLAIMS or _has_number(value))
    return {name: value for name, value in claims.items() if name not in removed}, removed


def has_overage(claims: Mapping[str, Any], name: str) -> bool:
    """Return whether Entra left a claim out because it is too long, and only refers to it."""
    elsewhere = claims.get("_claim_names")
    return (isinstance(elsewhere, dict) and name in elsewhere) or (name == "groups" and claims.get("hasgroups") is True)


def texts_of(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return the texts of a claim; a dot in ``name`` leads into an object. Raises SignInFault: too many."""
    value = claims.get(name)
    if value is None and "." in name:
        value = claims
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
    values = value if isinstance(value, list) else [value]
    if len(values) > MOST_VALUES:
        raise SignInFault(FaultReason.INVALID, "too_many_values")
    return tuple(
        str(each) for each in values if is_text(each) or (isinstance(each, int) and not isinstance(each, bool))
    )


def _texts_or_none(claims: Mapping[str, Any], name: str) -> frozenset[str] | None:
    if has_overage(claims, name):
        return None
    top, _, _ = name.partition(".")
    if name not in claims and top not in claims:
        return None
    return frozenset(texts_of(claims, name))


def _check_rules(claims: Mapping[str, Any], provider: Provider) -> None:
    for rule in provider.refuse:
        # A claim that Entra left out could hold the value: pupils have many groups, too.
        if has_overage(claims, rule.claim) or rule.matches(texts_of(claims, rule.claim)):
            raise SignInFault(FaultReason.NOT_ALLOWED, "refuse_rule")
    if not all(rule.matches(texts_of(claims, rule.claim)) for rule in provider.require):
        raise SignInFault(FaultReason.NOT_ALLOWED, "require_rule")


def _account(claims: Mapping[str, Any], provider: Provider) -> tuple[str, str] | None:
    if provider.tenant_id is None:
        return None
    tenant, thing = claims.get("tid"), claims.get("oid")
    if not is_text(tenant) or not is_text(thing) or str(tenant).lower() != provider.tenant_id:
        if provider.link == "entra":
            raise SignInFault(FaultReason.INVALID, "tenant")
        return None
    return provider.tenant_id, str(thing).lower()


def _link(claims: Mapping[str, Any], provider: Provider) -> str | None:
    if provider.link != "claim":
        return None
    values = texts_of(claims, provider.link_claim)
    return values[0] if len(values) == 1 else None


def _email(claims: Mapping[str, Any], provider: Provider) -> str | None:
    address = claims.get("email")
    if not provider.email_trusted or not is_text(address) or claims.get("email_verified") in (False, "false"):
        return None
    address = str(address).strip().lower()
    return address if address.count("@") == 1 and not any(letter.isspace() for letter in address) else None


def _name(claims: Mapping[str, Any]) -> str:
    whole = claims.get("name")
    parts = (
        [whole] if isinstance(whole, str) and whole.strip() else [claims.get("given_name"), claims.get("family_name")]
    )
    words = [legible(part[:LONGEST_NAME]) for part in parts if isinstance(part, str)]
    return str(mask(" ".join(" ".join(words).split())[:LONGEST_NAME]))


def _has_number(value: Any) -> bool:
    return any(_is_number(each) for each in _leaves(value))


def _leaves(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting += [*each.keys(), *each.values()]
        elif isinstance(each, list):
            waiting += each
        elif isinstance(each, str | int) and not isinstance(each, bool):
            yield str(each)[:LONGEST_CHECKED]


def _is_number(text: str) -> bool:
    digits = "".join(letter for letter in text if letter.isdecimal())
    # A number in JSON loses its leading zero.
    if LENGTH - 1 <= len(digits) <= LENGTH and is_identity_number(digits.zfill(LENGTH)) and not _is_mixed(text):
        return True
    return not is_costly(text) and any(span.secret is Secret.NATIONAL_ID for span in spans_of(text))


def _is_mixed(text: str) -> bool:
    """Return whether a text has letters, as GUIDs have, so that its digits are not one number."""
    return any(letter.isalpha() for letter in text)
