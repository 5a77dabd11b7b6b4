"""Roles that a sign-in gives and takes back."""

from dataclasses import dataclass

from bot.signin.oidc.claims import VerifiedIdentity
from bot.signin.oidc.config import Provider, RoleRule
from dialogs.core.person import Person, Role
from dialogs.signin.model import SignInAccount


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
