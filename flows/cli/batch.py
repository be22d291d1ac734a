"""The commands for many films: a batch from a table or folder, and an inbox that is watched."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import (
    Aspect,
    Budget,
    CaptionsOption,
    Draft,
    Image,
    Planner,
    Preset,
    Size,
    Speech,
    Theme,
    Tier,
    Video,
    Voice,
    usd,
)
from flows.scripts.wishes import Wishes

batches = typer.Typer()
AtOnce = Annotated[int, typer.Option("--concurrency", min=1, max=64, help="Films at once.")]


@batches.command()
def batch(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="FOLDER|TABLE|GLOB...", help="Scripts, or tables: .csv .jsonl .xlsx."
        ),
    ],
    concurrency: AtOnce = 4,
    budget: Annotated[
        Decimal | None,
        typer.Option(parser=usd, metavar="USD", help="Most for all films and runs of the batch."),
    ] = None,
    failed_only: Annotated[
        bool, typer.Option("--failed-only", help="Only films that failed the last time.")
    ] = False,
    keep_going: Annotated[
        bool,
        typer.Option("--keep-going", help="What is wrong in a row or script fails that film only."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only says what each film would cost.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object per film on stdout, nothing else.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Else a folder in films/ for the batch.")
    ] = None,
    tier: Tier = "",
    image: Image = "",
    speech: Speech = "",
    video: Video = "",
    aspect: Aspect = "",
    preset: Preset = "",
    size: Size = "",
    theme: Theme = "",
    voice: Voice = "",
    captions: CaptionsOption = None,
    planner: Planner = "",
    draft: Draft = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="No falling back to another model or to a card.")
    ] = False,
) -> None:
    """Makes many films, and sums up what came of each. Run it again: it goes on from there."""
    from flows.batches.command import make_batch, show_batch

    wishes = Wishes(
        tier, aspect, theme, voice, captions or "", None, strict, image, speech, video,
        batch_budget_usd=budget, preset=preset, size=size, draft=draft, planner=planner,
    )  # fmt: skip
    if dry_run:
        raise typer.Exit(show_batch(sources, out, wishes, as_json))
    told = (concurrency, failed_only, as_json, keep_going)
    raise typer.Exit(make_batch(sources, out, wishes, *told))


@batches.command()
def inbox(
    folder: Annotated[
        str, typer.Argument(metavar="FOLDER|s3://...", help="Where editors put scripts.")
    ],
    once: Annotated[bool, typer.Option("--once", help="One round, then end.")] = False,
    every: Annotated[
        float, typer.Option(min=0.1, metavar="SECONDS", help="How often it is looked at.")
    ] = 5.0,
    concurrency: AtOnce = 2,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object per film on stdout, nothing else.")
    ] = False,
    tier: Tier = "",
    image: Image = "",
    speech: Speech = "",
    video: Video = "",
    aspect: Aspect = "",
    preset: Preset = "",
    size: Size = "",
    theme: Theme = "",
    voice: Voice = "",
    budget: Budget = None,
    planner: Planner = "",
) -> None:
    """Makes a film of every script put into a folder, and puts it beside the script in done/."""
    from flows.batches.inbox_command import keep_inbox

    wishes = Wishes(
        tier, aspect, theme, voice, "", budget, False, image, speech, video, preset=preset,
        size=size, planner=planner,
    )  # fmt: skip
    raise typer.Exit(keep_inbox(folder, wishes, concurrency, 0 if once else every, as_json))
