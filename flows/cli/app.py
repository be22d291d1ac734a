"""The command line. Heavy modules are imported inside the commands, so that help is instant."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from flows.cli.batch import batches
from flows.cli.editing import editing
from flows.cli.help import Commands
from flows.cli.options import (
    Aspect,
    AudioCodec,
    Budget,
    CaptionsOption,
    Codec,
    Draft,
    Encoder,
    Fps,
    Image,
    Languages,
    Loudness,
    Master,
    Offline,
    Planner,
    Preset,
    Reframe,
    Scripts,
    Size,
    Speech,
    Theme,
    Tier,
    Video,
    Voice,
    usd,
)
from flows.cli.serve import serving
from flows.cli.store import keeping
from flows.cli.worker import working
from flows.scripts.wishes import Wishes

app = typer.Typer(
    cls=Commands,
    help="A script goes in; a narrated, illustrated, captioned, checked video comes out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)


@app.command()
def make(
    scripts: Scripts,
    out: Annotated[Path, typer.Option(help="Folder that gets a folder per film.")] = Path("films"),
    tier: Tier = "",
    image: Image = "",
    speech: Speech = "",
    video: Video = "",
    aspect: Aspect = "",
    preset: Preset = "",
    size: Size = "",
    fps: Fps = "",
    codec: Codec = "",
    audio_codec: AudioCodec = "",
    encoder: Encoder = None,
    reframe: Reframe = False,
    draft: Draft = False,
    offline: Offline = False,
    planner: Planner = "",
    languages: Languages = "",
    theme: Theme = "",
    voice: Voice = "",
    captions: CaptionsOption = None,
    loudness: Loudness = None,
    budget: Budget = None,
    batch_budget: Annotated[
        Decimal | None,
        typer.Option(parser=usd, metavar="USD", help="Most that these films cost together."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="No falling back to another model or to a card.")
    ] = False,
    master: Master = False,
    otio: Annotated[
        bool, typer.Option("--otio", help="Also a cut for editing programs, with its media.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object per film on stdout, nothing else.")
    ] = False,
) -> None:
    """Makes films of scripts. Run it again: only what changed is made again."""
    from flows.cli.commands import make_films

    wishes = Wishes(
        tier, aspect, theme, voice, captions or "", budget, strict, image, speech, video,
        batch_budget_usd=batch_budget, loudness_lufs=loudness, otio=otio, master=master,
        size=size, fps=fps, codec=codec, audio_codec=audio_codec, encoder=encoder or "",
        preset=preset, reframe=reframe, draft=draft, planner=planner, language=languages,
    )  # fmt: skip
    raise typer.Exit(make_films(scripts, out, wishes, as_json))


@app.command()
def check(
    scripts: Scripts,
    tier: Tier = "",
    image: Image = "",
    speech: Speech = "",
    video: Video = "",
    aspect: Aspect = "",
    preset: Preset = "",
    size: Size = "",
    fps: Fps = "",
    codec: Codec = "",
    audio_codec: AudioCodec = "",
    encoder: Encoder = None,
    reframe: Reframe = False,
    draft: Draft = False,
    offline: Offline = False,
    planner: Planner = "",
    languages: Languages = "",
    theme: Theme = "",
    voice: Voice = "",
) -> None:
    """Says what is wrong with scripts, line by line, and what to do. Makes nothing."""
    from flows.cli.commands import check_scripts

    wishes = Wishes(
        tier, aspect, theme, voice,
        image_provider=image, tts_provider=speech, video_provider=video,
        size=size, fps=fps, codec=codec, audio_codec=audio_codec, encoder=encoder or "",
        preset=preset, reframe=reframe, draft=draft, planner=planner, language=languages,
    )  # fmt: skip
    raise typer.Exit(check_scripts(scripts, wishes))


@app.command()
def plan(
    script: Annotated[Path, typer.Argument(metavar="SCRIPT")],
    tier: Tier = "",
    image: Image = "",
    speech: Speech = "",
    video: Video = "",
    aspect: Aspect = "",
    preset: Preset = "",
    size: Size = "",
    fps: Fps = "",
    codec: Codec = "",
    audio_codec: AudioCodec = "",
    encoder: Encoder = None,
    reframe: Reframe = False,
    draft: Draft = False,
    offline: Offline = False,
    planner: Planner = "",
    languages: Languages = "",
    theme: Theme = "",
    voice: Voice = "",
    captions: CaptionsOption = None,
    out: Annotated[Path, typer.Option(help="Folder with the last film's folder.")] = Path("films"),
    explain: Annotated[
        str, typer.Option(metavar="SCENE", help="Why this scene is made again, such as 4.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per film.")] = False,
) -> None:
    """Shows what changes of the last film, and what it would cost. Makes nothing."""
    from flows.edits.planning import show_plan

    wishes = Wishes(
        tier, aspect, theme, voice, captions or "",
        image_provider=image, tts_provider=speech, video_provider=video,
        size=size, fps=fps, codec=codec, audio_codec=audio_codec, encoder=encoder or "",
        preset=preset, reframe=reframe, draft=draft, planner=planner, language=languages,
    )  # fmt: skip
    raise typer.Exit(show_plan(script, wishes, out, explain, as_json))


@app.command()
def preview(
    script: Annotated[Path, typer.Argument(metavar="SCRIPT")],
    scene: Annotated[int, typer.Option(help="Number of the scene, from 1; `plan` shows them.")],
    out: Annotated[Path, typer.Option(help="Folder that gets a folder per film.")] = Path("films"),
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
    budget: Budget = None,
    draft: Draft = False,
    planner: Planner = "",
) -> None:
    """Makes one scene as a film of seconds, and a picture of its middle; buys no more."""
    from flows.cli.commands import preview_scene

    wishes = Wishes(
        tier, aspect, theme, voice, captions or "", budget, False, image, speech, video,
        preset=preset, size=size, draft=draft, planner=planner,
    )  # fmt: skip
    raise typer.Exit(preview_scene(script, scene, out, wishes))


@app.command()
def presets() -> None:
    """Lists the places that films go to: shape, codecs, loudness, limits, and their sources."""
    from flows.scripts.presets import show_presets

    raise typer.Exit(show_presets())


class By(StrEnum):
    """What costs are summed by."""

    run = "run"
    batch = "batch"
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
    from flows.money.costs import show_costs

    run = words[-1] if words else ""
    raise typer.Exit(show_costs(run, since, by, as_json, as_csv))


@app.command()
def approve(
    script: Annotated[Path, typer.Argument(metavar="SCRIPT")],
    scene: Annotated[
        list[int] | None, typer.Option(metavar="N", help="A scene's number; may be given again.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that waits.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="Say no instead of yes.")] = False,
) -> None:
    """Says yes to what moderation flagged in a script; with the script alone, lists what waits."""
    from flows.moderation.approve import approve_scenes

    if everything and scene:
        raise typer.BadParameter("name scenes with --scene, or take --all")
    if reject and not (everything or scene):
        raise typer.BadParameter("--reject needs --scene or --all")
    decision: Literal["approved", "rejected"] | None = None
    if everything or scene:
        decision = "rejected" if reject else "approved"
    raise typer.Exit(approve_scenes(script, scene or [], decision))


@app.command()
def models(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[fetch] [NAME...]", help="All about these; or their weights."),
    ] = None,
    to: Annotated[Path | None, typer.Option(help="Folder for weights that are fetched.")] = None,
) -> None:
    """Lists the models and tiers: what is ready, what it costs, what ends; or fetches weights."""
    if names and names[0] == "fetch":
        from flows.buying.fetch import fetch_models

        raise typer.Exit(fetch_models(names[1:], to))
    if to is not None:
        raise typer.BadParameter("--to goes with: models fetch NAME")
    from flows.cli.models import show_models

    raise typer.Exit(show_models(names or []))


@app.command()
def doctor(
    script: Annotated[
        Path | None, typer.Argument(metavar="[SCRIPT]", help="Also say what this script chooses.")
    ] = None,
    tier: Tier = "",
    image: Image = "",
    speech: Speech = "",
    video: Video = "",
    online: Annotated[
        bool,
        typer.Option(
            "--online", help="Ask OpenAI what it offers until when, and your servers how they are."
        ),
    ] = False,
) -> None:
    """Looks at this machine: FFmpeg, fonts, voices, settings and who set them, disk, store."""
    from flows.cli.doctor import examine

    wishes = Wishes(tier, image_provider=image, tts_provider=speech, video_provider=video)
    raise typer.Exit(examine(wishes, script, online))


@app.command()
def write(
    topic: Annotated[
        str, typer.Argument(metavar="TOPIC|DOCUMENT", help="What it is about, or a document.")
    ],
    sources: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A document to write it from; may be given again."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.md", help="The script; else named by its title.")
    ] = None,
    audience: Annotated[str, typer.Option(help="Who will watch it.")] = "",
    length: Annotated[str, typer.Option(metavar="TIME", help="At most so long: 90s, 2m.")] = "",
    language: Annotated[str, typer.Option(help="The documents' language, such as de.")] = "",
    writer: Annotated[
        str, typer.Option(metavar="rules|llm|MODEL,...", help="Who writes it, in order.")
    ] = "",
    force: Annotated[bool, typer.Option("--force", help="Write over a script.")] = False,
) -> None:
    """Writes a script for you to change: of documents by rules, of a topic by a language model."""
    from flows.scripts.write import write_film

    told = (topic, sources or [], out, audience, length, language, force, writer)
    raise typer.Exit(write_film(*told))


app.add_typer(batches)
app.add_typer(editing)
app.add_typer(keeping)
app.add_typer(serving)
app.add_typer(working)
