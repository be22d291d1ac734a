"""Pictures that a model is to refer to: upright, in sRGB, without transparency, of usual size."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageOps

from providers._pictures import open_picture

LEAST_SIDE, MOST_SIDE = 64, 2048
"""Pixels: FLUX.2 takes none that is smaller; a larger one only takes memory."""


def write_reference(path: Path, out: Path, frame: tuple[int, int] | None) -> None:
    """Writes the picture at `path` as PNG; cut to the shape of `frame` where it is a clip's first.

    Raises OSError or ValueError when it cannot be read.
    """
    opened = open_picture(path)
    ground = Image.new("RGBA", opened.size, "white")
    picture = Image.alpha_composite(ground, opened).convert("RGB")
    if frame is not None:
        picture = ImageOps.fit(picture, frame, Image.Resampling.LANCZOS)
    else:
        picture.thumbnail((MOST_SIDE, MOST_SIDE), Image.Resampling.LANCZOS)
        if (short := min(picture.size)) < LEAST_SIDE:
            picture = ImageOps.scale(picture, LEAST_SIDE / short + 0.01)
    picture.save(out, "PNG")
