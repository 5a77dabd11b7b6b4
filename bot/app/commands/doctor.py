"""``heia doctor``: checks of the installation, with advice."""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bot.app.doctor.examination import examine
from bot.app.doctor.finding import Finding, FindingState, fail
from bot.settings.model import BadSettings, load_settings

COLOURS = {FindingState.OK: "green", FindingState.WARN: "yellow", FindingState.FAIL: "bold red"}


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Look at settings, content, store, registry, Teams, web chat and clock; say what to do. Changes nothing.

    The exit code is 1 when something fails, 2 when the settings are wrong. It can run beside the server.

    Example: heia doctor
    """
    try:
        settings = load_settings()
    except BadSettings as wrong:
        print_findings([fail("settings", fault, "See docs/settings.md.") for fault in wrong.faults], as_json=as_json)
        raise typer.Exit(2) from None

    async def look() -> list[Finding]:
        return [finding async for finding in examine(settings, environment=os.environ, now=datetime.now(UTC))]

    findings = asyncio.run(look())
    print_findings(findings, as_json=as_json)
    if any(finding.state is FindingState.FAIL for finding in findings):
        raise typer.Exit(1)


def print_findings(findings: Sequence[Finding], *, as_json: bool) -> None:
    """Print the findings as text or JSON."""
    worst = (
        max(findings, key=lambda finding: list(FindingState).index(finding.state)).state
        if findings
        else FindingState.OK
    )
    if as_json:
        sys.stdout.write(
            json.dumps({"state": worst, "findings": [asdict(finding) for finding in findings]}, ensure_ascii=False)
            + "\n"
        )
        return
    console = Console()
    for finding in findings:
        console.print(
            f"[{COLOURS[finding.state]}]{finding.state:<4}[/] {finding.area:<9} {escape(finding.found)}", soft_wrap=True
        )
        if finding.advice:
            console.print(f"{'':15}→ {escape(finding.advice)}", soft_wrap=True)
