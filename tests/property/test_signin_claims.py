"""No claims that a provider may sign crash the sign-in, and none brings an identity number along."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.signin.oidc.claims import identity_of, without_identity_numbers
from bot.signin.oidc.config import Provider
from bot.signin.oidc.fetch import SignInFault
from tests.unit.signin.conftest import provider_at

NUMBER = "17054010060"
NAMES = st.sampled_from(
    ["sub", "sid", "tid", "oid", "name", "given_name", "email", "email_verified", "groups", "roles", "auth_time",
     "employee", "unit", "_claim_names", "hasgroups", "realm_access", "type", "pid"]
)  # fmt: skip
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=40), st.just(NUMBER), st.just(int(NUMBER))
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=8,
)
CLAIMS = st.dictionaries(NAMES, VALUES, max_size=10)
PROVIDERS = [
    provider_at(
        "https://id.example", link="claim", link_claim="employee", unit_claim="unit", groups_claim="realm_access.roles",
        refuse=[{"claim": "groups", "values": ["pupils"]}], require=[{"claim": "type.kind", "ends_with": ["e"]}],
        role=[{"group": "g", "role": "admin"}, {"app_role": "g", "role": "dpo"}],
    ),
    provider_at("https://id.example", link="email", email_trusted=True),
    provider_at("https://login.microsoftonline.com/11111111-aaaa-4aaa-8aaa-111111111111/v2.0", link="entra"),
]  # fmt: skip


@given(claims=CLAIMS, provider=st.sampled_from(PROVIDERS))
@pytest.mark.full
def test_any_claims_give_an_identity_or_a_refusal(claims: dict[str, Any], provider: Provider) -> None:
    try:
        identity = identity_of(claims, provider)
    except SignInFault:
        return
    assert NUMBER not in repr(identity)
    assert identity.subject


@given(claims=CLAIMS)
def test_what_is_left_holds_no_number(claims: dict[str, Any]) -> None:
    left, removed = without_identity_numbers(claims)
    assert NUMBER not in repr(left)
    assert set(left) | set(removed) == set(claims)
