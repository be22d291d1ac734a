"""The options that commands share, each with its help. Light enough to import for help."""

from __future__ import annotations

import os
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

Scripts = Annotated[
    list[Path],
    typer.Argument(metavar="SCRIPT...", help="Markdown, text, JSON or YAML; see docs/script.md."),
]


class Captions(StrEnum):
    """Burned into the picture in some style, only beside the film as files, or not at all."""

    burned = "burned"
    plain = "plain"
    highlight = "highlight"
    pop = "pop"
    files = "files"
    none = "none"


class EncoderName(StrEnum):
    """Who encodes the picture."""

    auto = "auto"
    cpu = "cpu"
    nvenc = "nvenc"


def usd(text: str) -> Decimal:
    try:
        value = Decimal(text.removeprefix("$"))
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or value < 0:
        raise typer.BadParameter(f"{text!r} is not an amount in USD, such as 0.50")
    return value


def without_network(wished: bool) -> bool:
    """For this command and all that it starts: engines load only what is on this machine."""
    if wished:
        os.environ["MODELS_OFFLINE"] = "1"
    return wished


Tier = Annotated[str, typer.Option(help="Which models make it; see `reelwright models`.")]
Image = Annotated[
    str,
    typer.Option(
        "--image", "--image-provider", metavar="MODEL,...", help="Who makes pictures, in order."
    ),
]
Speech = Annotated[
    str,
    typer.Option("--speech", "--tts-provider", metavar="MODEL,...", help="Who speaks, in order."),
]
Video = Annotated[
    str,
    typer.Option(
        "--video", "--video-provider", metavar="MODEL,...", help="Who makes clips, in order."
    ),
]
Aspect = Annotated[
    str, typer.Option(metavar="W:H,...", help="Shapes: 16:9, 9:16, 1:1, 4:5; a film for each.")
]
Preset = Annotated[str, typer.Option(help="The place it is for; see `reelwright presets`.")]
Size = Annotated[str, typer.Option(metavar="720p...", help="720p, 1080p, 1440p or 2160p.")]
Fps = Annotated[str, typer.Option(metavar="24...", help="24, 25, 30, 50 or 60 frames a second.")]
Codec = Annotated[str, typer.Option(help="Of the picture: h264, hevc or av1.")]
AudioCodec = Annotated[str, typer.Option(help="Of the sound: aac or opus.")]
Encoder = Annotated[
    EncoderName | None, typer.Option(help="NVIDIA's, the processor, or whichever works.")
]
Reframe = Annotated[
    bool, typer.Option("--reframe", help="Buy pictures once and cut them for other shapes.")
]
Planner = Annotated[
    str,
    typer.Option(metavar="rules|llm|MODEL,...", help="Who plans scenes and pictures, in order."),
]
Languages = Annotated[
    str, typer.Option("--languages", metavar="de,ja", help="In these languages; a film for each.")
]
Language = Annotated[
    str, typer.Option("--language", metavar="de", help="Of the film in this language.")
]
Draft = Annotated[bool, typer.Option("--draft", help="A small, quick look that buys nothing.")]
Offline = Annotated[
    bool,
    typer.Option(
        "--offline", callback=without_network, help="No weights are fetched; says what is missing."
    ),
]
Master = Annotated[bool, typer.Option("--master", help="Also ProRes 422 HQ for editing programs.")]
Loudness = Annotated[
    float | None,
    typer.Option(min=-31, max=-9, metavar="LUFS", help="How loud: -16, -14, -23 for broadcast."),
]
Theme = Annotated[str, typer.Option(help="Look of the cards and captions.")]
CaptionsOption = Annotated[
    Captions | None,
    typer.Option(help="Burned in (in the theme's style or one of three), only as files, or none."),
]
Voice = Annotated[str, typer.Option(help="In which voice, such as en-us or en-gb.")]
Budget = Annotated[
    Decimal | None,
    typer.Option(parser=usd, metavar="USD", help="Most that one film may cost."),
]


class What(StrEnum):
    """A thing of a scene that takes are made of."""

    image = "image"
    clip = "clip"
    speech = "speech"
