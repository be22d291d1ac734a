"""The commands of an unattended machine: everything served, and crashed runs continued."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

serving = typer.Typer()


@serving.command()
def serve(
    only_check: Annotated[
        bool, typer.Option("--check", help="Only say what would run when, and what is missing.")
    ] = False,
    host: Annotated[
        str, typer.Option(help="Who may reach it: 127.0.0.1 is this machine alone.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Of the UI and API.")] = 4200,
    films_port: Annotated[int, typer.Option(min=1, max=65535, help="Of the films.")] = 4201,
    gpu: Annotated[bool, typer.Option("--gpu", help="Also a pool for work on a GPU.")] = False,
    at_once: Annotated[int, typer.Option(min=1, help="Films made at once in a pool.")] = 2,
    films: Annotated[Path | None, typer.Option(help="Folder of the films; else ./films.")] = None,
    database: Annotated[
        str,
        typer.Option(
            envvar="REELWRIGHT_PREFECT_DATABASE",
            metavar="URL",
            help="postgresql://user:password@host/name; else SQLite, for five films at once.",
        ),
    ] = "",
    deployments: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Another prefect.yaml.")
    ] = None,
    schedules: Annotated[Path, typer.Option(metavar="FILE", help="What runs when.")] = Path(
        "schedules.toml"
    ),
    resume: Annotated[
        bool, typer.Option("--resume/--no-resume", help="Continue crashed runs by itself.")
    ] = True,
) -> None:
    """Starts the Prefect UI, workers, schedules and a server of films on this machine."""
    from flows.cli.desk import BAD_INPUT, say
    from flows.serving import serve as served
    from providers.errors import Misconfigured

    told = (host, port, films_port, gpu, at_once, films, database, deployments, schedules, resume)
    try:
        asked = served.serving_of(*told)
    except Misconfigured as wrong:
        raise typer.Exit(say(str(wrong), BAD_INPUT)) from wrong
    raise typer.Exit(served.check(asked) if only_check else served.serve(asked))


@serving.command()
def resume(
    hours: Annotated[float, typer.Option(min=0, help="How far back to look.")] = 24 * 7,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only says which.")] = False,
) -> None:
    """Continues runs that crashed, on the Prefect server of PREFECT_API_URL; each just once."""
    from flows.serving.resume import resume_crashed

    raise typer.Exit(resume_crashed(hours, dry_run))
