"""The command line. Heavy modules are imported inside the commands, so that help is instant."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="A script goes in; a narrated, illustrated, captioned, checked video comes out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

Scripts = Annotated[
    list[Path],
    typer.Argument(metavar="SCRIPT...", help="Markdown, text, JSON or YAML; see docs/script.md."),
]


class Aspect(StrEnum):
    """Shapes of films."""

    wide = "16:9"
    tall = "9:16"
    square = "1:1"
    portrait = "4:5"


class Captions(StrEnum):
    """Burned into the picture, or only beside the film as files."""

    burned = "burned"
    files = "files"


def _usd(text: str) -> Decimal:
    try:
        value = Decimal(text.removeprefix("$"))
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or value < 0:
        raise typer.BadParameter(f"{text!r} is not an amount in USD, such as 0.50")
    return value


Tier = Annotated[str, typer.Option(help="Which models make it; see `reelwright models`.")]
AspectOption = Annotated[Aspect | None, typer.Option(help="Shape of the film.")]
Theme = Annotated[str, typer.Option(help="Look of the cards and captions.")]
Voice = Annotated[str, typer.Option(help="Who speaks, such as en-us or en-gb.")]
Budget = Annotated[
    Decimal | None,
    typer.Option(parser=_usd, metavar="USD", help="Most that one film may cost."),
]


@app.command()
def make(
    scripts: Scripts,
    out: Annotated[Path, typer.Option(help="Folder that gets a folder per film.")] = Path("films"),
    tier: Tier = "",
    aspect: AspectOption = None,
    theme: Theme = "",
    voice: Voice = "",
    captions: Annotated[Captions | None, typer.Option(help="Burned in, or only as files.")] = None,
    budget: Budget = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="No falling back to another model or to a card.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object per film on stdout, nothing else.")
    ] = False,
) -> None:
    """Makes films of scripts. Run it again: only what changed is made again."""
    from flows.commands import make_films

    wishes = _wishes(tier, aspect, theme, voice, captions, budget, strict)
    raise typer.Exit(make_films(scripts, out, wishes, as_json))


@app.command()
def check(
    scripts: Scripts,
    tier: Tier = "",
    aspect: AspectOption = None,
    theme: Theme = "",
    voice: Voice = "",
) -> None:
    """Says what is wrong with scripts, line by line, and what to do. Makes nothing."""
    from flows.commands import check_scripts

    raise typer.Exit(check_scripts(scripts, _wishes(tier, aspect, theme, voice)))


@app.command()
def plan(
    script: Annotated[Path, typer.Argument(metavar="SCRIPT")],
    tier: Tier = "",
    aspect: AspectOption = None,
    theme: Theme = "",
    voice: Voice = "",
) -> None:
    """Shows the storyboard and what it would cost. Makes nothing."""
    from flows.commands import show_plan

    raise typer.Exit(show_plan(script, _wishes(tier, aspect, theme, voice)))


class By(StrEnum):
    """What costs are summed by."""

    run = "run"
    day = "day"
    provider = "provider"
    model = "model"
    script = "script"


@app.command()
def costs(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[show RUN]", help="One run, line by line.")
    ] = None,
    since: Annotated[str, typer.Option(help="First day to count, such as 2026-11-01.")] = "",
    by: Annotated[By, typer.Option(help="What to sum by.")] = By.day,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV.")] = False,
) -> None:
    """Shows what was spent, what is still held, and calls whose outcome nobody knows."""
    from flows.costs import show_costs

    run = words[-1] if words else ""
    raise typer.Exit(show_costs(run, since, by, as_json, as_csv))


@app.command()
def models() -> None:
    """Lists the models and tiers: what is ready, what it costs, whose it is."""
    from flows.doctor import show_models

    raise typer.Exit(show_models())


@app.command()
def doctor() -> None:
    """Looks at this machine: FFmpeg, fonts, voices, settings, disk, store."""
    from flows.doctor import examine

    raise typer.Exit(examine())


def _wishes(
    tier: str,
    aspect: Aspect | None,
    theme: str,
    voice: str,
    captions: Captions | None = None,
    budget: Decimal | None = None,
    strict: bool = False,
) -> tuple[str, str, str, str, str, Decimal | None, bool]:
    """In the order of `flows.prepare.Wishes`, which is too heavy to import for help."""
    return (tier, aspect or "", theme, voice, captions or "", budget, strict)
