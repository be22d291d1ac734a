"""The commands of the store (what is in it, what can go, whether it is whole) and of limits."""

from __future__ import annotations

from typing import Annotated

import typer

keeping = typer.Typer()
store = typer.Typer(
    help="Shows what the store holds; clears it up; checks that it is whole.",
    invoke_without_command=True,
)
keeping.add_typer(store, name="store")


@keeping.command()
def limits() -> None:
    """Shows what vendors take at once and in a minute, and how many orders are out now."""
    from flows.sharing.storekeeping import show_limits

    raise typer.Exit(show_limits())


@store.callback()
def show(context: typer.Context) -> None:
    """Shows what the store holds, by kind."""
    if context.invoked_subcommand is None:
        from flows.sharing.storekeeping import show_store

        raise typer.Exit(show_store())


@store.command()
def gc(
    keep_days: Annotated[
        int, typer.Option(min=1, help="What films of so many days used is kept.")
    ] = 30,
    max_size: Annotated[
        str, typer.Option(metavar="SIZE", help="Free only until the store is so small: 50GB.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
) -> None:
    """Takes away what no film of late used, oldest first. Safe while films are made."""
    from flows.sharing.storekeeping import clear_store

    raise typer.Exit(clear_store(keep_days, max_size, dry_run))


@store.command()
def verify() -> None:
    """Reads everything; what is damaged is put aside, and bought or made again when needed."""
    from flows.sharing.storekeeping import verify_store

    raise typer.Exit(verify_store())
