"""``heia manifest``: the Teams app package."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from bot.app.commands.opening import refuse
from bot.app.manifest import ManifestSettings, build_manifest, validate_manifest
from bot.settings.model import Settings, load_settings


def manifest(
    out: Annotated[Path, typer.Option(help="File to write.")] = Path("heia-teams.zip"),
    app_id: Annotated[str, typer.Option(help="Application id, when several registrations are set or none is.")] = "",
    host: Annotated[str, typer.Option(help="Public host name; without it, that of HEIA_PUBLIC_URL.")] = "",
    version: Annotated[str, typer.Option(help="Version; must rise with every package uploaded.")] = "1.0.0",
    name: Annotated[str, typer.Option(help="What the bot is called in Teams.")] = "Heia",
    developer: Annotated[str, typer.Option(help="Who stands behind it.")] = "Heia",
    website: Annotated[str, typer.Option(help="https address with more about it.")] = "",
    privacy: Annotated[str, typer.Option(help="https address of the privacy notice.")] = "",
    terms: Annotated[str, typer.Option(help="https address of the terms of use.")] = "",
) -> None:
    """Build the app package for the Teams admin centre, and check it. Nothing is written unless it is sound.

    Example: heia manifest --out heia.zip --version 1.1.0
    """
    settings = load_settings()
    package = build_manifest(
        ManifestSettings(
            app_id=app_id or _only_app_id(settings),
            host=host or _host(settings),
            name=name,
            version=version,
            developer=developer,
            website_url=website,
            privacy_url=privacy,
            terms_url=terms,
        )
    )
    faults = validate_manifest(package)
    if faults:
        raise refuse("\n".join([*faults, "The package would not be accepted; nothing was written."]))
    out.write_bytes(package)
    typer.echo(f"{out}: {len(package):,} bytes, checked.")


def _only_app_id(settings: Settings) -> str:
    registrations = settings.registrations()
    if len(registrations) == 1:
        return registrations[0].app_id
    if not registrations:
        raise refuse("Which bot? Set HEIA_APP_ID, or give --app-id.", code=2)
    known = ", ".join(registration.app_id for registration in registrations)
    raise refuse(f"Several registrations are set; each needs a package of its own. Give --app-id: {known}", code=2)


def _host(settings: Settings) -> str:
    host = urlsplit(settings.public_url).hostname
    if not host:
        raise refuse("Where do people reach it? Set HEIA_PUBLIC_URL, or give --host.", code=2)
    return host
