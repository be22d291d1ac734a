"""Pages for people: one HTML file each, without a script and without a call to anywhere."""

from __future__ import annotations

import base64
import functools
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from PIL import Image, UnidentifiedImageError

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).with_name("templates")
THUMBNAIL = 480
"""Pixels of a small picture's longer side: sharp at 21rem, and sixty of them are about 1 MB."""
_QUALITY = 55


def render(template: str, told: dict[str, Any]) -> str:
    """The page of a template. All that is told is escaped; what is not told is an error."""
    return _environment().get_template(template).render(told)


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def thumbnail(picture: Image.Image, longer: int = THUMBNAIL) -> str:
    """A picture, its longer side that small (pixels), as an address that holds it."""
    small = picture.convert("RGB")
    small.thumbnail((longer, longer), Image.Resampling.LANCZOS)
    data = io.BytesIO()
    small.save(data, "WEBP", quality=_QUALITY, method=4)
    return "data:image/webp;base64," + base64.b64encode(data.getvalue()).decode()


def still(path: Path) -> Image.Image:
    """A picture file's picture (of one in states the last), or the middle frame of a clip."""
    try:
        return Image.open(path).convert("RGB")
    except UnidentifiedImageError:
        with av.open(str(path)) as clip:
            stream = clip.streams.video[0]
            if stream.duration:
                clip.seek(stream.duration // 2, stream=stream)
            frame = next(clip.decode(stream))
            return Image.fromarray(np.asarray(frame.to_ndarray(format="rgb24")))
