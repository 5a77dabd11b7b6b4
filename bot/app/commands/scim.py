"""``heia scim``: tokens of municipalities' directories, unplaced people, removals that wait."""

from datetime import timedelta
from typing import Annotated

import typer

from bot.app.commands.opening import CommandContext, refuse, with_store
from bot.records.codec import decode
from bot.scim.account import department_of
from bot.scim.change import Parts
from bot.scim.config import ScimSource, load_config
from bot.scim.jobs import approve_removals, waiting_removals
from bot.scim.placing import place_people
from bot.scim.tokens import SHORT_ID, DirectoryTokens
from dialogs.provisioning.model import ScimUser, unplaced_term

scim = typer.Typer(
    no_args_is_help=True, help="Directories that send people by SCIM: tokens, unplaced people, removals."
)
token = typer.Typer(no_args_is_help=True, help="Tokens a municipality's directory signs in with.")
scim.add_typer(token, name="token")

MunicipalityArgument = Annotated[str, typer.Argument(help="Id of the municipality.")]


@token.command("new")
def new_token(
    municipality: MunicipalityArgument,
    overlap_days: Annotated[int, typer.Option(min=0, max=90, help="Days that older tokens stay valid.")] = 7,
    valid_days: Annotated[int, typer.Option(min=1, max=1_000, help="Days until the new token ends.")] = 365,
) -> None:
    """Print a new token; it is shown only now. Older ones of the municipality end after the overlap.

    Example: heia scim token new eidsvoll --overlap-days 2
    """

    async def make(context: CommandContext) -> str:
        _source_of(context, municipality)
        return await _tokens(context).make(
            municipality,
            at=context.now,
            by=context.by,
            valid_for=timedelta(days=valid_days),
            overlap=timedelta(days=overlap_days),
        )

    typer.echo(with_store(make))


@token.command("list")
def list_tokens(municipality: MunicipalityArgument) -> None:
    """Print the tokens of a municipality: the start of the hash, when made, when it ends.

    Example: heia scim token list eidsvoll
    """

    async def print_tokens(context: CommandContext) -> None:
        for token in await _tokens(context).of(municipality):
            state = "ended" if token.expires_at <= context.now else "valid"
            typer.echo(
                f"{token.id[:SHORT_ID]}  made {token.created_at:%Y-%m-%d}  ends {token.expires_at:%Y-%m-%d}  {state}"
            )

    with_store(print_tokens)


@token.command("withdraw")
def withdraw_token(
    municipality: MunicipalityArgument,
    start: Annotated[str, typer.Argument(help="Start of its hash, as heia scim token list prints it.")],
) -> None:
    """End a token at once.

    Example: heia scim token withdraw eidsvoll 3f9a1c22b0de
    """

    async def end(context: CommandContext) -> None:
        tokens = [token for token in await _tokens(context).of(municipality) if start and token.id.startswith(start)]
        if len(tokens) != 1:
            raise refuse(f"{len(tokens)} tokens of {municipality} begin with {start}")
        await _tokens(context).end_token(tokens[0], at=context.now, by=context.by)

    with_store(end)


@scim.command()
def unplaced(municipality: MunicipalityArgument) -> None:
    """Print people without a unit, with the department their directory names.

    Add the departments to [source.units] in the file of HEIA_SCIM_FILE, then restart Heia, or run heia scim place.

    Example: heia scim unplaced eidsvoll
    """

    async def print_unplaced(context: CommandContext) -> None:
        accounts = [
            decode(ScimUser, stored) for stored in await context.store.find(ScimUser.KIND, unplaced_term(municipality))
        ]
        for account in accounts:
            typer.echo(f"{account.person_id}\t{department_of(account.resource) or '-'}")
        typer.echo(f"{len(accounts)} people without a unit", err=True)

    with_store(print_unplaced)


@scim.command()
def waiting(municipality: MunicipalityArgument) -> None:
    """Print people whose removal waits, because more than a quarter left within a day.

    Example: heia scim waiting eidsvoll
    """

    async def print_waiting(context: CommandContext) -> None:
        waiting = await waiting_removals(context.store, municipality)
        for account in waiting:
            typer.echo(f"{account.person_id}\t{account.changed_at:%Y-%m-%d %H:%M}")
        typer.echo(f"{len(waiting)} removals wait", err=True)

    with_store(print_waiting)


@scim.command("place")
def place_everyone(municipality: MunicipalityArgument) -> None:
    """Place everyone of a municipality again, by the units and roles of the file and of organisation.yaml.

    heia serve does this by itself when it starts and either of them has changed.

    Example: heia scim place eidsvoll
    """

    async def carry_out(context: CommandContext) -> tuple[int, int]:
        source = _source_of(context, municipality)
        former = await context.former_marks()
        parts = Parts(store=context.store, rng=context.rng, former=former, content=context.content)
        moved = await place_people(parts, source, at=context.now, by=context.by)
        return moved, await context.store.count(ScimUser.KIND, unplaced_term(municipality))

    moved, left = with_store(carry_out)
    typer.echo(f"{moved} people moved, {left} have no unit")


@scim.command("approve")
def approve_waiting(municipality: MunicipalityArgument) -> None:
    """Remove everyone whose removal waits. To keep them, activate the accounts in the directory instead.

    Example: heia scim approve eidsvoll
    """

    async def carry_out(context: CommandContext) -> int:
        if municipality not in context.content.organisation.municipalities:
            raise refuse(f"There is no municipality {municipality}.", code=2)
        former = await context.former_marks()
        parts = Parts(store=context.store, rng=context.rng, former=former, content=context.content)
        # Also of a directory that is read through Microsoft Graph; nothing else of the source counts here.
        return await approve_removals(parts, ScimSource(municipality=municipality), at=context.now, by=context.by)

    typer.echo(f"{with_store(carry_out)} people removed")


def _tokens(context: CommandContext) -> DirectoryTokens:
    return DirectoryTokens(store=context.store, rng=context.rng)


def _source_of(context: CommandContext, municipality: str) -> ScimSource:
    file = context.settings.scim_file
    if file is None:
        raise refuse("HEIA_SCIM_FILE is not set: docs/directory.md", code=2)
    source = load_config(file, context.content.organisation).of(municipality)
    if source is None:
        raise refuse(f"{file} has no [[source]] for {municipality}", code=2)
    return source
