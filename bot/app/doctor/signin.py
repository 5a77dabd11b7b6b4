"""Checks of the identity providers for sign-in on the web. No provider is contacted."""

from collections.abc import Iterator, Mapping

from bot.app.doctor.finding import Finding, fail, ok, warn
from bot.settings.model import BadSettings, Settings
from bot.signin.oidc.config import load_providers, unknown_places
from dialogs.core.person import Role
from knowledge.organisation.organisation import Organisation

ADVICE = "docs/sign-in.md describes the file."


def signin_findings(
    settings: Settings, organisation: Organisation, *, environment: Mapping[str, str]
) -> Iterator[Finding]:
    """Check the file of providers, its secrets, and whether the organisation has its places."""
    if settings.signin_file is None:
        return
    try:
        providers = load_providers(settings.signin_file, environment=environment)
    except BadSettings as bad:
        for fault in bad.faults:
            yield fail("sign-in", fault, ADVICE)
        return
    yield ok("sign-in", f"{len(providers)} provider{'s' if len(providers) > 1 else ''}")
    for fault in unknown_places(providers, organisation):
        yield fail("sign-in", fault, "Use the content's ids.")
    for file in (settings.signin_file, *(each.secret_file for each in providers if each.secret_file is not None)):
        if file.stat().st_mode & 0o077 and (file != settings.signin_file or any(each.secret for each in providers)):
            yield fail("sign-in", f"{file} holds a secret and others can read it", f"chmod 600 {file}")
    if not any(each.administrators or any(rule.role is Role.ADMIN for rule in each.role) for each in providers):
        yield warn("sign-in", "no provider names an administrator", "Set administrators, or roles in the registry.")
    if not settings.public_url:
        yield warn("sign-in", "HEIA_PUBLIC_URL is not set", "Providers send people back to that address.")
