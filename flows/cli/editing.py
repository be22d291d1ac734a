"""The commands of the editor: another take, which one is shown, what is held, a storyboard."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import (
    Aspect,
    Budget,
    Image,
    Language,
    Languages,
    Preset,
    Size,
    Speech,
    Theme,
    Tier,
    Video,
    Voice,
    What,
)
from flows.scripts.wishes import Wishes

editing = typer.Typer()
Script = Annotated[Path, typer.Argument(metavar="SCRIPT")]
SceneOption = Annotated[
    str, typer.Option("--scene", metavar="N", help="Its number, or how its heading begins.")
]
WhatOption = Annotated[What | None, typer.Option(help="Else the picture, if one is bought.")]
Out = Annotated[Path, typer.Option(help="Folder that gets a folder per film.")]


@editing.command()
def redo(
    script: Script,
    scene: SceneOption,
    what: WhatOption = None,
    prompt: Annotated[str, typer.Option(help="Another prompt than the scene's.")] = "",
    seed: Annotated[int | None, typer.Option(help="Where the model takes one.")] = None,
    candidates: Annotated[int, typer.Option(help="How many takes, to choose one of.")] = 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only says what it costs.")] = False,
    out: Out = Path("films"),
    tier: Tier = "",
    image: Image = "",
    speech: Speech = "",
    video: Video = "",
    aspect: Aspect = "",
    preset: Preset = "",
    size: Size = "",
    language: Language = "",
    budget: Budget = None,
) -> None:
    """Buys another take of a scene's picture, clip or narration; several to choose one of."""
    from flows.edits.redo import Asked, redo_scene

    wishes = Wishes(
        tier, aspect, budget_usd=budget, image_provider=image, tts_provider=speech,
        video_provider=video, preset=preset, size=size, language=language,
    )  # fmt: skip
    asked = Asked(scene, what or "", prompt, seed, candidates)
    raise typer.Exit(redo_scene(script, asked, out, wishes, dry_run))


@editing.command()
def pick(
    script: Script,
    scene: SceneOption,
    candidate: Annotated[int, typer.Option(help="Number of the take; 0 is the script's own.")],
    what: WhatOption = None,
    tier: Tier = "",
    image: Image = "",
    speech: Speech = "",
    video: Video = "",
    aspect: Aspect = "",
    language: Language = "",
) -> None:
    """Chooses which take of a scene the film shows."""
    from flows.edits.choosing import pick_take

    wishes = Wishes(
        tier, aspect, image_provider=image, tts_provider=speech, video_provider=video,
        language=language,
    )  # fmt: skip
    raise typer.Exit(pick_take(script, scene, what or "", candidate, wishes))


@editing.command()
def pin(
    script: Script,
    scene: SceneOption,
    what: WhatOption = None,
    tier: Tier = "",
    image: Image = "",
    speech: Speech = "",
    video: Video = "",
    aspect: Aspect = "",
    language: Language = "",
) -> None:
    """Holds what a scene shows now, whatever its prompt or model becomes."""
    from flows.edits.choosing import pin_scene

    wishes = Wishes(
        tier, aspect, image_provider=image, tts_provider=speech, video_provider=video,
        language=language,
    )  # fmt: skip
    raise typer.Exit(pin_scene(script, scene, what or "", wishes))


@editing.command()
def unpin(script: Script, scene: SceneOption, what: WhatOption = None) -> None:
    """Lets go of what is held: the scene is made as the script says."""
    from flows.edits.choosing import unpin_scene

    raise typer.Exit(unpin_scene(script, scene, what or "", Wishes()))


@editing.command()
def storyboard(
    script: Script,
    out: Out = Path("films"),
    tier: Tier = "",
    image: Image = "",
    speech: Speech = "",
    video: Video = "",
    aspect: Aspect = "",
    preset: Preset = "",
    size: Size = "",
    theme: Theme = "",
    voice: Voice = "",
    languages: Languages = "",
) -> None:
    """Writes the storyboard as one page to look at, send and print. Buys nothing."""
    from flows.pages.storyboard import write_storyboard

    wishes = Wishes(
        tier, aspect, theme, voice, image_provider=image, tts_provider=speech,
        video_provider=video, preset=preset, size=size, language=languages,
    )  # fmt: skip
    raise typer.Exit(write_storyboard(script, out, wishes))
