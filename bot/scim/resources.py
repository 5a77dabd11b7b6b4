"""The SCIM resources, with only those attributes that Heia uses."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final

from pydantic import Field
from scim2_models import (
    URN,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Extension,
    Filter,
    Mutability,
    Patch,
    Reference,
    Required,
    Resource,
    ResourceType,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)

from bot.scim.config import CORE_GROUP, CORE_USER, ENTERPRISE

if TYPE_CHECKING:
    from scim2_models import User

MOST_RESULTS: Final = 200

# Entra sends attributes that are not mapped, removes members by value, and writes into entries that do not exist yet.
TOLERANT: Final = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)


class PersonName(ComplexAttribute):
    """The parts of a name."""

    formatted: str | None = None
    family_name: str | None = None
    given_name: str | None = None


class EmailAddress(ComplexAttribute):
    """An e-mail address."""

    value: str | None = None
    type: str | None = None
    primary: bool | None = None


class GroupOfUser(ComplexAttribute):
    """A group of an account; changed through the group only."""

    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    display: Annotated[str | None, Mutability.read_only] = None


class Workplace(Extension):
    """The part of the enterprise extension that Heia uses."""

    __schema__ = URN(ENTERPRISE)

    department: str | None = None


class Account(Resource[Any]):
    """A user of the directory."""

    __schema__ = URN(CORE_USER)

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = Field(None, max_length=300)
    name: PersonName | None = None
    display_name: str | None = Field(None, max_length=300)
    user_type: str | None = None
    preferred_language: str | None = None
    active: bool | None = None
    emails: list[EmailAddress] | None = None
    groups: Annotated[list[GroupOfUser] | None, Mutability.read_only] = None

    Name: ClassVar[type[ComplexAttribute]] = PersonName
    Emails: ClassVar[type[ComplexAttribute]] = EmailAddress
    Groups: ClassVar[type[ComplexAttribute]] = GroupOfUser


class AccountOfGroup(ComplexAttribute):
    """A member of a group."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    ref: Annotated[Reference["User"] | None, Mutability.immutable] = Field(  # type: ignore[type-arg]  # named as it is published
        None, serialization_alias="$ref", validation_alias="$ref"
    )


class AccountGroup(Resource[Any]):
    """A group of the directory."""

    __schema__ = URN(CORE_GROUP)

    display_name: Annotated[str | None, Required.true] = Field(None, max_length=300)
    members: list[AccountOfGroup] | None = None

    Members: ClassVar[type[ComplexAttribute]] = AccountOfGroup


WorkAccount = Account[Workplace]  # type: ignore[type-arg]  # the library makes a class of it


def provider() -> ScimProvider:
    """Return the description of the server: schemas, resource types and supported features."""
    config = ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=MOST_RESULTS),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=False),
        etag=ETag(supported=True),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="Bearer token",
                description="A token made by heia scim token, for one municipality.",
            )
        ],
    )
    types = [ResourceType.from_resource(WorkAccount), ResourceType.from_resource(AccountGroup)]
    return ScimProvider(models=[Account, Workplace, AccountGroup], resource_types=types, config=config, policy=TOLERANT)
