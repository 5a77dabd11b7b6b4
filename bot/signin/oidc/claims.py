"""Claims that Heia takes, or never takes, from a checked ID token, and the roles that they give."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.signin.oidc.config import Provider, RoleRule
from bot.signin.oidc.fetch import FaultReason, SignInFault
from bot.signin.oidc.metadata import is_text, moment_of
from dialogs.core.person import Person, Role
from dialogs.signin.model import SignInAccount
from knowledge.language.legible import legible
from knowledge.language.masking import mask
from knowledge.language.masking.digits import Secret
from knowledge.language.masking.identity import LENGTH, is_identity_number
from knowledge.language.masking.masked import is_costly, spans_of
from knowledge.organisation.importers.pupils import ADDRESS_ATTRIBUTES, marking_texts

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
        pupil: what marks a pupil: ``source``, ``attribute``, ``address`` or ``group``; empty for an employee.
        strong: whether the sign-in has the authentication context and method that step-up needs.
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
    pupil: str = ""
    strong: bool = True

    def is_among(self, appointed: Collection[str]) -> bool:
        """Return whether the configuration names the person: by object id, else by what leads to the registry.

        The subject is none of these: another account's subject may equal an employee number of elsewhere.
        """
        ids = {value.lower() for value in appointed}
        by_account = self.account is not None and self.account[1] in ids
        return by_account or (self.email in ids if self.link is None else self.link in appointed)


def identity_of(claims: Mapping[str, Any], provider: Provider) -> VerifiedIdentity:
    """Return the identity in the claims of a checked token. Raises SignInFault."""
    given = claims
    claims, _ = without_identity_numbers(claims)
    subject = claims.get("sub")
    if not is_text(subject):
        raise SignInFault(FaultReason.INVALID, "identity_number_as_sub")
    # By the whole token: a number in a group's name must not hide the group of pupils beside it.
    _check_refusals(given, provider)
    if not all(rule.matches(texts_of(claims, rule.claim)) for rule in provider.require):
        raise SignInFault(FaultReason.NOT_ALLOWED, "require_rule")
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
        pupil=_pupil(given, provider),
        strong=_is_strong(claims, provider),
    )


def without_identity_numbers(claims: Mapping[str, Any]) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    """Return the claims without those that hold a national identity number, and the names of the changed ones.

    A list loses only the values with a number, so that such a group takes no role away and keeps none.

    Raises SignInFault: too many values.
    """
    # A token is small, but a hostile one is all short values.
    if sum(1 for _ in _leaves(claims)) > MAX_LEAVES:
        raise SignInFault(FaultReason.INVALID, "too_many_values")
    kept: dict[str, Any] = {}
    changed: list[str] = []
    for name, value in claims.items():
        if name.casefold() not in _NUMBER_CLAIMS and not _has_number(value):
            kept[name] = value
            continue
        changed.append(name)
        if isinstance(value, list) and name.casefold() not in _NUMBER_CLAIMS:
            kept[name] = [given for given in value if not _has_number(given)]
    return kept, tuple(changed)


def has_overage(claims: Mapping[str, Any], name: str) -> bool:
    """Return whether Entra left a claim out because it is too long, and only refers to it."""
    elsewhere = claims.get("_claim_names")
    return (isinstance(elsewhere, dict) and name in elsewhere) or (name == "groups" and claims.get("hasgroups") is True)


def lacks(claims: Mapping[str, Any], name: str) -> bool:
    """Return whether a token says nothing of a claim: it has none, or null."""
    return claims.get(name) is None and claims.get(name.partition(".")[0]) is None


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
        str(given) for given in values if is_text(given) or (isinstance(given, int) and not isinstance(given, bool))
    )


def _texts_or_none(claims: Mapping[str, Any], name: str) -> frozenset[str] | None:
    if has_overage(claims, name):
        return None
    if lacks(claims, name):
        return None
    return frozenset(texts_of(claims, name))


def _check_refusals(claims: Mapping[str, Any], provider: Provider) -> None:
    for rule in provider.refuse:
        # A claim that Entra left out could hold the value: pupils have many groups, too.
        if has_overage(claims, rule.claim) or rule.matches(texts_of(claims, rule.claim)):
            raise SignInFault(FaultReason.NOT_ALLOWED, "refuse_rule")


def _pupil(claims: Mapping[str, Any], provider: Provider) -> str:
    """Return what marks a pupil in the claims, by the rule of every source."""
    if provider.pupils.groups and has_overage(claims, provider.groups_claim):
        return "group"  # a group that Entra left out could be one of pupils
    unit = texts_of(claims, provider.unit_claim) if provider.unit_claim else ()
    return provider.pupils.rule.reason(
        values=[*marking_texts(claims), *texts_of(claims, provider.app_roles_claim), *unit],
        addresses=marking_texts(claims, ADDRESS_ATTRIBUTES),
        groups=texts_of(claims, provider.groups_claim),
    )


def _is_strong(claims: Mapping[str, Any], provider: Provider) -> bool:
    """Return whether the token says all that step-up needs; a provider without such settings needs nothing."""
    wanted = ((provider.step_up_acr_claim, provider.step_up_acr), ("amr", provider.step_up_amr))
    return all(not values or set(values) & set(texts_of(claims, claim)) for claim, values in wanted)


def _account(claims: Mapping[str, Any], provider: Provider) -> tuple[str, str] | None:
    if provider.tenant_id is None:
        return None
    tenant, object_id = claims.get("tid"), claims.get("oid")
    if not is_text(tenant) or not is_text(object_id) or str(tenant).lower() != provider.tenant_id:
        if provider.link == "entra":
            raise SignInFault(FaultReason.INVALID, "tenant")
        return None
    return provider.tenant_id, str(object_id).lower()


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
    return any(_is_number(leaf) for leaf in _leaves(value))


def _leaves(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            waiting += [*node.keys(), *node.values()]
        elif isinstance(node, list):
            waiting += node
        elif isinstance(node, str | int) and not isinstance(node, bool):
            yield str(node)[:LONGEST_CHECKED]


def _is_number(text: str) -> bool:
    digits = "".join(letter for letter in text if letter.isdecimal())
    # A number in JSON loses its leading zero.
    if LENGTH - 1 <= len(digits) <= LENGTH and is_identity_number(digits.zfill(LENGTH)) and not _is_mixed(text):
        return True
    return not is_costly(text) and any(span.secret is Secret.NATIONAL_ID for span in spans_of(text))


def _is_mixed(text: str) -> bool:
    """Return whether a text has letters, as GUIDs have, so that its digits are not one number."""
    return any(letter.isalpha() for letter in text)


# Roles that a sign-in gives and takes back.


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantedRoles:
    """The roles that a person has by this account.

    ``mapped``: by the rules; ``appointed``: administrator by the configuration; ``earlier``: what the account gave
    until now, which is taken back unless it is given again.
    """

    mapped: frozenset[Role]
    appointed: bool
    earlier: frozenset[Role] = frozenset()

    def of(self, person: Person) -> frozenset[Role]:
        """Return all roles of the person, with those that came from elsewhere."""
        return (person.roles - self.earlier) | self._given

    @property
    def _given(self) -> frozenset[Role]:
        return self.mapped | ({Role.ADMIN} if self.appointed else frozenset())


def granted_roles(
    identity: VerifiedIdentity, provider: Provider, person: Person, account: SignInAccount | None
) -> GrantedRoles:
    """Return the roles by the rules.

    A token without the claim of a rule takes back nothing that the rule gave, unless the person left its municipality.
    """
    given = account.roles if account is not None else frozenset()
    earlier = given | ({Role.ADMIN} if account is not None and account.appointed else frozenset())
    here = person.municipality_id in provider.municipalities
    mapped = frozenset(rule.role for rule in provider.role if here and _applies(rule, identity, person))
    unsaid = {rule.role for rule in provider.role if here and _is_for(rule, person) and _values(rule, identity) is None}
    # A role that the registry gave as well is not this account's to take back.
    own = mapped - (person.roles - earlier)
    return GrantedRoles(
        mapped=own | (given & unsaid),
        appointed=here and identity.is_among(provider.administrators) and Role.ADMIN not in person.roles - earlier,
        earlier=earlier,
    )


def _applies(rule: RoleRule, identity: VerifiedIdentity, person: Person) -> bool:
    return _is_for(rule, person) and (rule.group or rule.app_role) in (_values(rule, identity) or ())


def _is_for(rule: RoleRule, person: Person) -> bool:
    return rule.municipality in ("", person.municipality_id)


def _values(rule: RoleRule, identity: VerifiedIdentity) -> frozenset[str] | None:
    return identity.groups if rule.group is not None else identity.app_roles
