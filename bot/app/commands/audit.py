"""``heia audit``: list, verify and export the audit log."""

import os
import sys
from collections.abc import Iterable
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from bot.app.commands.opening import CommandContext, refuse, with_store
from bot.app.erasure import write_audit_entry
from bot.app.wiring import audit_heads, audit_key, audit_publics
from bot.audit.export import exported
from bot.audit.export import verifier as verifier_source
from bot.audit.statements import (
    KEY_FILE,
    KEY_TEXT,
    BadKey,
    SignedStatement,
    SigningKey,
    keep_public,
    key_id,
    read_public,
    replace_file,
    signed_at,
)
from bot.audit.verification import Statements, VerifiedLog, covered, trusted, verify_log
from bot.directory.current import every
from bot.settings.model import Settings, load_settings
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Audit
from dialogs.privacy.report import audit_rows
from knowledge.organisation.importers.rows import csv_of_rows

COLUMNS: Final = ("at", "act", "subject", "by", "details")
MAX_SHOWN: Final = 50

audit = typer.Typer(
    help="The audit log: list it, verify it, export it for outsiders.\n\nExample: heia audit --since 2026-11-01"
)

SinceOption = Annotated[
    datetime | None, typer.Option(help="Only what happened on this day or later.", formats=["%Y-%m-%d"])
]
ActOption = Annotated[str, typer.Option(help="Only this act, such as announce.sent.")]
ByOption = Annotated[str, typer.Option(help="Only what this person did, by id; operator for all commands.")]
SubjectOption = Annotated[str, typer.Option(help="Only what was done to this, by id.")]
CsvOption = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
HeadsOption = Annotated[
    list[Path] | None,
    typer.Option("--heads", help="Further files of signed heads, such as one from outside.", exists=True),
]
KeyOption = Annotated[
    list[str] | None, typer.Option("--key", help="Further public keys that may have signed, in hex or as files.")
]


@audit.callback(invoke_without_command=True)
def listing(
    context: typer.Context,
    since: SinceOption = None,
    act: ActOption = "",
    by: ByOption = "",
    subject: SubjectOption = "",
    as_csv: CsvOption = False,
) -> None:
    """Print the audit log, oldest first: time, act, subject and actor. It holds ids and counts, no words.

    Example: heia audit --since 2026-11-01 --act registry.imported
    """
    if context.invoked_subcommand is None:
        print_log(since=since, act=act, by=by, subject=subject, as_csv=as_csv)


def print_log(*, since: datetime | None, act: str, by: str, subject: str, as_csv: bool) -> None:
    """Print the entries that match."""
    terms = [f"by:{by}"] if by else [f"subject:{subject}", f"about:{subject}"] if subject else []
    terms = terms or [f"act:{act}" if act else "all"]

    async def print_entries(context: CommandContext) -> None:
        entries = [
            entry
            for term in terms
            async for entry in every(context.store, AuditEntry, term)
            if (not act or entry.act == act)
            and (not subject or entry.subject == subject)
            and (since is None or entry.at.astimezone().replace(tzinfo=None) >= since)
        ]
        if as_csv:
            sys.stdout.write(csv_of_rows(COLUMNS, audit_rows(entries)))
            return
        at, *others = COLUMNS
        table = Table(Column(at, no_wrap=True), *(Column(name, overflow="fold") for name in others), box=None)
        for instant, *rest in audit_rows(entries):
            table.add_row(instant[:19], *map(escape, rest))
        Console().print(table)

    with_store(print_entries)


@audit.command()
def verify(heads: HeadsOption = None, key: KeyOption = None) -> None:
    """Check every entry against the chain, and the chain against the checkpoint and the signed heads.

    It says what is wrong and where; the exit code is then 1. Give heads that were collected outside: with access to
    this machine's files, the heads file here can be shortened as well.

    Example: heia audit verify --heads heads-from-the-archive.jsonl
    """

    async def verify_chain(context: CommandContext) -> None:
        def read_statements() -> Statements:
            statements = trusted(_public_keys(context.settings, key or ()))
            for file in (audit_heads(context.settings).path, *(heads or ())):
                if file.exists():
                    statements.read(file.read_bytes())
            return statements

        _tell(await verify_log(context.store, read_statements))

    with_store(verify_chain)


@audit.command("verify-receipt")
def verify_receipt(
    receipt: Annotated[str, typer.Argument(help="The signed receipt, as the person got it.")], key: KeyOption = None
) -> None:
    """Check the signed receipt of an erasure: by its key alone, without the data.

    Example: heia audit verify-receipt 4f0c….20261124T080100Z.ab12….9d3e… --key audit.pub
    """
    at = signed_at(receipt, _public_keys(load_settings(), key or ()))
    if at is None:
        raise refuse("WRONG: no key that is known here has signed this receipt.", code=1)
    typer.echo(f"In order: signed for an erasure at {at:%Y-%m-%d %H:%M:%S} UTC.")


def _tell(log: VerifiedLog) -> None:
    check, statements, findings = log.check, log.statements, log.findings
    last = check.last.number
    typer.echo(f"{check.rows:,} entries, the last is row {last:,}.")
    if check.start.number:
        typer.echo(f"Rows up to {check.start.number:,} were removed after their time, behind a signed checkpoint.")
    head = covered(statements)
    unsigned = head is None and last > check.start.number
    if head is None:
        typer.echo("There is no signed head: removed entries at the end cannot be noticed.")
    else:
        number = head.point.number
        typer.echo(f"Signed heads: {len(statements.heads):,}; the newest covers row {number:,}, signed at {head.at}.")
        if number < last:
            typer.echo(f"{last - number:,} newer entries have no signed head yet.")
    for finding in findings[:MAX_SHOWN]:
        typer.echo(f"WRONG: {finding.text}.")
    if len(findings) > MAX_SHOWN:
        typer.echo(f"… and {len(findings) - MAX_SHOWN:,} more.")
    if findings:
        raise refuse("The audit log is not as it was written.")
    if unsigned:
        raise refuse(
            "The entries follow each other, but no head confirms the last one: the heads file is new, was moved or was "
            "deleted. Heia signs one within a minute; earlier heads from outside go to --heads."
        )
    typer.echo("The audit log is in order.")


@audit.command()
def export(
    file: Annotated[Path, typer.Argument(help="File to write, for the stand-alone verifier; - for standard output.")],
) -> None:
    """Write the audit log as JSON lines: ids and counts, no words.

    Example: heia audit export log.jsonl
    """

    async def write_export(context: CommandContext) -> None:
        async for line in exported(context.store, at=context.now):
            out.write(line)

    with nullcontext(sys.stdout) if str(file) == "-" else open(file, "w", encoding="ascii", opener=_private) as out:
        with_store(write_export)


@audit.command()
def verifier() -> None:
    """Print a program that verifies an export without Heia: one file, for Python's standard library.

    Example: heia audit verifier > verify.py
    """
    sys.stdout.write(verifier_source())


@audit.command()
def key() -> None:
    """Print the public keys that signed heads, oldest first. Give them to verifiers.

    Example: heia audit key
    """
    settings = load_settings()
    for public in _public_keys(settings, ()):
        typer.echo(f"{public} {key_id(public)}")


@audit.command("rotate-key")
def rotate_key() -> None:
    """Sign with a new key from now on. The old key introduces it, and old heads stay valid.

    Example: heia audit rotate-key
    """

    async def rotate(context: CommandContext) -> None:
        settings = context.settings
        if settings.audit_key is not None:
            raise refuse("HEIA_AUDIT_KEY is set: put the new key there, on every machine. Nothing was changed.", code=2)
        old, new = audit_key(settings), SigningKey(token_hex(32))
        keep_public(settings.data_dir, new.public, at=context.now)
        audit_heads(settings).append(SignedStatement.new_key(new.public, at=context.now, key=old))
        replace_file(settings.data_dir / KEY_FILE, new.seed)
        act = Audit(act="audit.key_rotated", subject=new.id, by=context.by, details=(("before", old.id),))
        await write_audit_entry(context.store, act, rng=context.rng, at=context.now)
        typer.echo(f"The key {new.id} signs from now on. Its public part: {new.public}")

    with_store(rotate)


def _public_keys(settings: Settings, given: Iterable[str]) -> list[str]:
    keys: list[str] = []
    try:
        for text in given:
            keys += [text] if KEY_TEXT.fullmatch(text) else read_public(Path(text)).values()
        keys += audit_publics(settings)
    except BadKey as fault:
        raise refuse(f"A file of keys is damaged: {fault}", code=2) from None
    return list(dict.fromkeys(keys))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
