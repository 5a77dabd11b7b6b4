"""The ways to sign in that are enabled, and the sample people of developer mode."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.signin.links import Links
from bot.signin.oidc.flow import ProviderSignIn, ProviderSignOut


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePerson:
    """A person to choose in developer mode. ``detail`` is their workplace, ``roles`` their roles."""

    id: str
    name: str
    detail: str = ""
    roles: tuple[str, ...] = ()


SamplePeople = Callable[[], Awaitable[Sequence[SamplePerson]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInWays:
    """The enabled ways to sign in.

    Attributes:
        links: one-time sign-in links.
        public_origin: where people reach Heia, for addresses that a provider sends the browser back to.
        people: sample people to choose from. If given: developer mode, without authentication, loopback only.
        allow_guests: whether unknown visitors may write.
        providers: sign-in at identity providers; without it there is no entrance page.
        sign_out: ends sessions that a provider has ended.
        refused: counts failed sign-ins by reason.
    """

    links: Links
    public_origin: str
    people: SamplePeople | None = None
    allow_guests: bool = False
    providers: ProviderSignIn | None = None
    sign_out: ProviderSignOut | None = None
    refused: Callable[[str], None] = lambda _: None
