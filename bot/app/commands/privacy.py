"""``heia privacy``: the data inventory, one person's data, and the audit log."""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bot.app.clock import SystemClock
from bot.app.commands.audit import ActOption, ByOption, CsvOption, SinceOption, SubjectOption, print_log
from bot.app.commands.opening import CommandContext, refuse, with_store
from bot.app.erasure import data_of, erase_person, held_by, write_audit_entry
from bot.app.export_files import ExportFormat, RecordFormat, prepared_export, rendered
from bot.app.log import make_log
from bot.app.wiring import audit_key, known_marks, make_images
from bot.audit.statements import receipt_signer
from bot.content.catalogue import load_catalogue
from bot.content.loading import content_folder, load_content
from bot.directory.current import NotOne, every, person_named
from bot.erasure.proof import prove_erasure
from bot.erasure.proof_document import proof_document
from bot.images.intake import ImageRetention
from bot.ports import Key
from bot.records.codec import decode
from bot.records.origins import UNKNOWN, decide_copy
from bot.settings.model import load_settings
from dialogs.core.data_rules import Erasing
from dialogs.core.decision import Audit
from dialogs.core.erasure_receipt import ErasureReceipt
from dialogs.editing.model import ArticleRevision
from dialogs.privacy.cards import receipt_pairs
from dialogs.privacy.processing_record import processing_record
from dialogs.privacy.report import inventory_rows
from knowledge.article.article import Language
from knowledge.organisation.importers.rows import csv_of_rows

privacy = typer.Typer(
    no_args_is_help=True,
    help="What is stored of people: the inventory, one person's data, audit.\n\nExample: heia privacy inventory",
)

COLUMNS = (
    "kind",
    "what",
    "field",
    "purpose",
    "legal ground",
    "retention",
    "whose",
    "when deleted",
    "most of one person",
    "label",
)

PersonArgument = Annotated[str, typer.Argument(help="Id, e-mail address or Entra object id.")]


@privacy.command()
def inventory(
    lang: Annotated[Language, typer.Option(help="Language of the sentences.")] = Language.NB,
    as_csv: CsvOption = False,
) -> None:
    """Print every stored field with its purpose, legal ground, retention and the person it concerns.

    Example: heia privacy inventory --lang en --csv > inventory.csv
    """
    rows = [
        (
            *(row.kind, row.title, row.field, row.purpose, row.ground, row.retention, row.whose, row.erasing),
            *(row.most, row.label),
        )
        for row in inventory_rows(load_catalogue()[lang])
    ]
    if as_csv:
        sys.stdout.write(csv_of_rows(COLUMNS, rows))
        return
    console = Console()
    kind = ""
    for row in rows:
        if row[0] != kind:
            kind = row[0]
            console.print(f"\n[bold]{escape(row[1])}[/bold] ({kind})", soft_wrap=True)
            console.print(
                f"  {escape(row[6])} · {escape(row[4])}\n  {escape(row[5])} · {escape(row[7])}"
                f"\n  at most: {escape(row[8])}",
                soft_wrap=True,
            )
        console.print(f"    {escape(row[9])} ({row[2]}): {escape(row[3])}", soft_wrap=True)


@privacy.command("record")
def print_record(
    form: Annotated[RecordFormat, typer.Option("--format", help="Format of the document.")] = RecordFormat.MD,
    lang: Annotated[Language, typer.Option(help="Language of the document.")] = Language.NB,
) -> None:
    """Print the record of processing activities (GDPR article 30), with an annex for the impact assessment.

    Example: heia privacy record --format html > protokoll.html
    """
    content = load_content(content_folder(load_settings().content_dir))
    document = processing_record(load_catalogue()[lang], content.organisation, on=SystemClock().now().date())
    sys.stdout.write(rendered(document, form, lang))


@privacy.command()
def export(
    person: PersonArgument,
    out: Annotated[
        Path | None,
        typer.Option(help="A .json, .html or .zip file, or a folder for all files; without it, standard output."),
    ] = None,
    form: Annotated[ExportFormat | None, typer.Option("--format", help="Format of a single file.")] = None,
    lang: Annotated[Language | None, typer.Option(help="Language of the page; otherwise the person's.")] = None,
    full: Annotated[
        bool, typer.Option("--full", help="With messages about the cases of others, which name them and quote them.")
    ] = False,
) -> None:
    """Write everything stored of a person. The audit log remembers it.

    Of messages about the cases of others, such as questions an ambassador got, only slot, times and state are written.
    A folder or a ZIP file holds data.json, readable.html and the person's images; a single file has no images.

    Example: heia privacy export p002 --out p002.zip
    """

    async def export_person(context: CommandContext) -> None:
        subject = await context.person(person)
        data = await data_of(context.store, subject, full=full)
        act = Audit(
            act="privacy.exported",
            subject=subject.id,
            by=context.by,
            details=(("records", str(data.number)), *((("full", "1"),) if full else ())),
            about_person=True,
        )
        texts = context.content.texts[lang or subject.language]
        images = make_images(context.settings, context.store)
        try:
            async with prepared_export(
                data, texts, context.content.organisation, images, out=out, form=form, at=context.now
            ) as prepared:
                await write_audit_entry(context.store, act, rng=context.rng, at=context.now)
                prepared.hand_over()
        except OSError as fault:
            raise refuse(f"{fault.filename or out}: {fault.strerror}. Nothing was exported.") from None

    with_store(export_person)


@privacy.command("erase", hidden=True)
@privacy.command()
def delete(
    person: PersonArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete everything stored about a person. Data that the registry or the law needs stays, and is listed.

    Example: heia privacy delete p002
    """
    if not (yes or sys.stdin.isatty()):
        raise refuse("There is no terminal to confirm on: say --yes to delete.", code=2)

    async def erase(context: CommandContext) -> None:
        subject = await context.person(person)
        held = await held_by(context.store, subject.id)
        before = {held_data.holding.kind: len(held_data.records) for held_data in held if held_data.records}
        summary = ", ".join(f"{number} {kind}" for kind, number in before.items()) or "nothing"
        typer.echo(f"Stored of {subject.id}: {summary}")
        if not yes and not typer.confirm("Delete it?"):
            raise refuse("Nothing was changed.")
        receipt = await erase_person(
            context.store,
            context.content,
            subject,
            by=context.by,
            former=await context.former_marks(),
            clock=SystemClock(),
            rng=context.rng,
            log=make_log(),
            sign_receipt=receipt_signer(lambda: audit_key(context.settings)),
        )
        images = make_images(context.settings, context.store)
        await ImageRetention(images=images, store=context.store, clock=SystemClock()).sweep()
        texts = context.content.texts[Language.EN]
        left = [held_data for held_data in await held_by(context.store, subject.id) if held_data.records]
        for held_data in left:
            kind, reason = held_data.holding.kind, texts(f"privacy.erasing.{held_data.holding.erasing}")
            typer.echo(f"kept {len(held_data.records)} {kind}: {reason}")
        if subject.left:
            typer.echo(f"kept marks of a former member: {texts(f'privacy.erasing.{Erasing.KEPT_FORMER}')}")
        typer.echo("Deleted, with every message of the person's chat." if before else "Nothing was stored.")
        typer.echo(f"Signed receipt {receipt.signed}: heia audit verify-receipt checks it")
        typer.echo(f"Receipt {receipt.id}, for the person to keep: heia privacy receipt {receipt.id}")

    with_store(erase)


@privacy.command()
def copies(
    keep: Annotated[list[str] | None, typer.Option(help="Revision whose words are nobody's in particular.")] = None,
    delete: Annotated[list[str] | None, typer.Option(help="Revision whose listed words are taken out.")] = None,
) -> None:
    """List words in articles that an earlier version stored without their origin, for an editor to keep or delete.

    An erasure cannot find them, so look at each: did a person write it?

    Example: heia privacy copies --delete revision-0038
    """

    async def decide(context: CommandContext) -> None:
        decided = {**dict.fromkeys(keep or (), "kept"), **dict.fromkeys(delete or (), "deleted")}
        for id_, act in decided.items():
            if not await decide_copy(context.store, id_, keep=act == "kept", at=context.now):
                raise refuse(f"{id_} has no such words. Nothing was changed in it.", code=1)
            entry = Audit(act=f"privacy.copy_{act}", subject=id_, by=context.by)
            await write_audit_entry(context.store, entry, rng=context.rng, at=context.now)
        async for revision in every(context.store, ArticleRevision, UNKNOWN):
            for taken in revision.taken:
                if not taken.of:
                    typer.echo(f"{revision.id}  {revision.key}  {revision.state}  {taken.words}")

    with_store(decide)


@privacy.command("receipt")
def show_receipt(number: Annotated[str, typer.Argument(help="Number of the receipt, as the person got it.")]) -> None:
    """Show an erasure by its receipt: when, what was removed, and what remains.

    Example: heia privacy receipt 0123456789abcdef0123456789abcdef
    """

    async def print_receipt(context: CommandContext) -> None:
        key = Key(kind=ErasureReceipt.KIND, id=f"receipt-{number.removeprefix('receipt-')}")
        stored = (await context.store.get([key])).get(key)
        if stored is None:
            raise refuse("There is no such receipt; receipts are kept for 24 months.", code=1)
        for name, value in receipt_pairs(context.content.texts[Language.EN], decode(ErasureReceipt, stored)):
            typer.echo(f"{name}: {value}")

    with_store(print_receipt)


@privacy.command("prove-erasure")
def prove(
    person: Annotated[str, typer.Argument(help="Id, as on the erased person's data; e-mail or object id if known.")],
    also: Annotated[
        list[str] | None, typer.Option(help="A further word or sentence to search for, such as a name. Repeatable.")
    ] = None,
    lang: Annotated[Language, typer.Option(help="Language of the statement.")] = Language.NB,
) -> None:
    """Search the whole store for an erased person and print a statement of what remains, and why.

    Ends with 1 if anything remains without a ground, and with 3 if all that is open is for you to judge: words of the
    person in records of others, or nothing distinctive to search for. The audit log remembers the act, without the
    words.

    Example: heia privacy prove-erasure p002 --also "Kari Nordmann" > proof.txt
    """

    async def search(context: CommandContext) -> None:
        try:
            person_id = (await person_named(context.store, person)).id
        except NotOne:
            person_id = person  # an erased person outside the registry is no longer known
        proof = await prove_erasure(
            context.store, person_id, also=tuple(also or ()), former=known_marks(context.settings)
        )
        numbers = {
            "words": len(proof.also),
            "kept": len(proof.remainders),
            "groundless": len(proof.groundless),
            "others": len(proof.others),
        }
        details = tuple((name, str(number)) for name, number in numbers.items())
        act = Audit(act="privacy.erasure_proved", subject=person_id, by=context.by, details=details, about_person=True)
        await write_audit_entry(context.store, act, rng=context.rng, at=context.now)
        sys.stdout.write(proof_document(context.content.texts[lang], proof, at=context.now, version=version("heia")))
        if proof.groundless or proof.open:
            raise typer.Exit(1 if proof.groundless else 3)

    with_store(search)


@privacy.command()
def audit(
    since: SinceOption = None,
    act: ActOption = "",
    by: ByOption = "",
    subject: SubjectOption = "",
    as_csv: CsvOption = False,
) -> None:
    """Print the audit log, as ``heia audit`` does, which also verifies it.

    Example: heia privacy audit --since 2026-11-01 --act registry.imported
    """
    print_log(since=since, act=act, by=by, subject=subject, as_csv=as_csv)
