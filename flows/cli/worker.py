"""The command of a machine that makes things for others: `reelwright worker`."""

from __future__ import annotations

from typing import Annotated

import typer

working = typer.Typer()


@working.command()
def worker(
    model: Annotated[str, typer.Option(help="Which model of the catalog, such as local-kokoro.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 9000,
    host: Annotated[
        str, typer.Option(help="Who may reach it: 127.0.0.1 is this machine alone.")
    ] = "127.0.0.1",
    at_once: Annotated[int, typer.Option(min=1, help="Orders made at the same time.")] = 1,
    warm: Annotated[
        bool, typer.Option("--warm", help="Make one small thing first, so that it is loaded.")
    ] = False,
) -> None:
    """Makes pictures, speech or clips with one model of this machine for films made elsewhere."""
    from flows.cli.desk import BAD_INPUT, say
    from flows.workers import worker_serve
    from providers.errors import Misconfigured

    try:
        worker_serve.serve(model, host, port, at_once, warm)
    except (Misconfigured, OSError) as wrong:
        raise typer.Exit(say(str(wrong), BAD_INPUT)) from wrong
