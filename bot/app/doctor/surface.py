"""Checks of the Teams registrations, the web chat and the mail server."""

import ipaddress
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from cryptography import x509

from bot.app.doctor.finding import Finding, expiry_findings, fail, ok, warn
from bot.channels.mail.channel import lack_of
from bot.channels.mail.setup import mail_server
from bot.settings.model import BadSettings, Settings
from bot.settings.registration import RegistrationSettings, secret_ends
from knowledge.organisation.organisation import Organisation

_RENEW: Final = "Add a second secret in Entra, set it and its day, and restart; without one no message can be sent."


def teams_findings(settings: Settings, organisation: Organisation, now: datetime) -> Iterator[Finding]:
    """Check each registration: ids, credential, and whether every municipality has one."""
    registrations = settings.registrations()
    if not registrations:
        yield ok("teams", "closed: no registration is set; people use the web chat")
        return
    yield ok("teams", f"open for {len(registrations)} registration{'s' if len(registrations) > 1 else ''}")
    served: set[str] = set()
    for registration in registrations:
        served |= set(registration.municipalities or organisation.municipalities)
        odd = [id_ for id_ in (registration.app_id, registration.tenant_id, *registration.tenants) if not _is_guid(id_)]
        if odd:
            yield fail("teams", f"{', '.join(odd)} is no GUID", "Copy the ids from the Entra admin centre.")
        unknown = sorted(set(registration.municipalities) - organisation.municipalities.keys())
        if unknown:
            yield fail(
                "teams", f"registration {registration.app_id} names {', '.join(unknown)}", "Use the content's ids."
            )
        if registration.certificate is not None:
            yield from _certificate(registration.certificate, now)
        if registration.secret is not None:
            yield from _secret(registration, now)
    left = sorted(organisation.municipalities.keys() - served)
    if left:
        yield warn(
            "teams", f"no registration is for {', '.join(left)}", "Their people have the web chat only."
        ).explained("teams_missing", number=len(left))
    if not settings.public_url:
        yield warn("teams", "HEIA_PUBLIC_URL is not set", "Microsoft must reach /api/messages over https.")


def _secret(registration: RegistrationSettings, now: datetime) -> Iterator[Finding]:
    name, ends = f"the client secret of {registration.app_id}", secret_ends(registration)
    if ends is None:
        advice = (
            "Set HEIA_APP_SECRET_EXPIRES (secret_expires) to the day that Entra shows; Teams stops without a word then."
        )
        yield warn("teams", f"the end of {name} is not known", advice)
    else:
        yield from expiry_findings("teams", name, ends, _RENEW, now)


def _certificate(file: Path, now: datetime) -> Iterator[Finding]:
    try:
        data = file.read_bytes()
        certificate = x509.load_pem_x509_certificate(data)
    except OSError as error:
        yield fail("teams", f"{file}: {error.strerror}", "Give the service's user the certificate.")
        return
    except ValueError:
        yield fail("teams", f"{file} holds no PEM certificate", "Put certificate and private key into one PEM file.")
        return
    if b"PRIVATE KEY" not in data:
        yield fail("teams", f"{file} holds no private key", "Put certificate and private key into one PEM file.")
    advice = "Renew it in Entra; without one no message can be sent."
    yield from expiry_findings("teams", str(file), certificate.not_valid_after_utc, advice, now)


def web_findings(settings: Settings) -> Iterator[Finding]:
    """Check the access to the web chat, and whether its traffic is encrypted."""
    public = urlsplit(settings.public_url)
    ways = "by sign-in link only" if settings.signin_file is None else "by identity provider or sign-in link"
    who = "guests may ask" if settings.web_guests else ways
    if settings.public_url and public.scheme != "https" and not _is_loopback(public.hostname or ""):
        yield fail("web", f"{settings.public_url} is not https", "Put it behind a reverse proxy with a certificate.")
    elif not _is_loopback(settings.host) and public.scheme != "https":
        advice = "Listen on 127.0.0.1 behind a proxy with https, and set HEIA_PUBLIC_URL."
        yield fail("web", f"{settings.host}:{settings.port} is open to the network without https; {who}", advice)
    elif not settings.public_url:
        advice = "Set it to the address people reach Heia at; heia serve starts without it with --dev only."
        yield warn("web", f"HEIA_PUBLIC_URL is not set; {who}", advice)
    elif settings.web_guests:
        advice = "Set HEIA_WEB_GUESTS=false where the address is reached from the internet."
        yield warn("web", f"{settings.public_url}: anyone who reaches it may ask, as a guest", advice).explained(
            "guests"
        )
    else:
        yield ok("web", f"{settings.public_url}, {who}")
    if public.scheme == "https" and _is_loopback(settings.host) and not settings.trusted_proxies:
        advice = "Let the proxy send X-Forwarded-For (docs/operating.md), and name it in HEIA_TRUSTED_PROXIES."
        yield warn("web", "no proxy is trusted: all its clients share one budget", advice)
    if settings.database_url is not None and settings.web_key is None:
        advice = "Set HEIA_WEB_KEY to the same secret on every replica."
        yield warn("web", "each replica signs image addresses with a key of its own", advice)
    if settings.database_url is not None and settings.leaver_key is None:
        advice = "Set HEIA_LEAVER_KEY to the same secret on every machine; leaver.key in the data folder has the first."
        yield fail("leavers", "each machine would mark leavers with a key of its own", advice)
    plain = [origin for origin in settings.web_frame_ancestors if origin.startswith("http:")]
    if plain:
        yield warn("web", f"{', '.join(plain)} may show the chat and is not https", "Name the https address.")


# For the whole conversation with the mail server.
MAIL_SECONDS: Final = 10.0
_MAIL_ADVICE: Final = {
    "smtp_tls": "Its certificate must be valid for HEIA_SMTP_HOST; HEIA_SMTP_CA_FILE names an own authority.",
    "smtp_sign_in": "Check HEIA_SMTP_USER and HEIA_SMTP_PASSWORD.",
    "smtp_slow": "Check HEIA_SMTP_PORT and HEIA_SMTP_TLS, and the firewall.",
    "smtp_no_connection": "Check HEIA_SMTP_HOST and HEIA_SMTP_PORT, and the firewall.",
    "smtp_broken_off": "Does it speak SMTP at that port, and offer TLS as HEIA_SMTP_TLS says?",
}


async def mail_findings(settings: Settings) -> AsyncIterator[Finding]:
    """Check that the mail server is reached over verified TLS, signs Heia in and takes its address as sender."""
    if not settings.smtp_host:
        return
    try:
        server = mail_server(settings)
    except BadSettings as bad:
        for fault in bad.faults:
            yield fail("mail", fault, "Alerts are not sent before that.")
        return
    lack = await lack_of(server, seconds=MAIL_SECONDS)
    if lack:
        advice = _MAIL_ADVICE.get(lack, "It refused HEIA_SMTP_SENDER, or wants a sign-in; its log has the reason.")
        yield fail("mail", f"{server.host}:{server.port} takes no alerts: {lack}", advice).explained("mail_away")
    else:
        yield ok("mail", f"{server.host}:{server.port} takes alerts, over verified TLS")


def _is_guid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
