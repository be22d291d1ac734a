"""The poster: the picture of a film that is most worth a look, before captions and transitions."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

import av
import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

from assembly._faces import faces
from assembly._footage import pixel_shape, upright_rgb
from assembly._planes import fit, read_picture
from assembly.errors import UnreadableMedia
from assembly.focus import Focus
from assembly.timeline import Frozen

Rgb = npt.NDArray[np.uint8]
"""Shape (height, width, 3)."""

POSTERS = 3
"""Raised whenever the same pictures would give another poster."""

_LOOKS = 5
"""Frames of a clip that are looked at, spread over it."""
_SMALL = 480
"""Pixels of the longer side of what is looked at."""


class Showing(Frozen):
    """A picture or clip that the poster may be taken from."""

    digest: str
    kind: Literal["still", "clip"]
    focus: Focus | None = None
    """Around which point it is cut; None: what it seems to be about."""
    has_title: bool = False
    """It carries words set large: what a poster is read for."""


def draw_poster(
    showings: Sequence[tuple[Showing, Path]], size: tuple[int, int], background: str, out: Path
) -> None:
    """Writes the best of `showings` as an sRGB JPEG of `size` (width, height).

    Best is: sharp, with contrast, with a face or large words; the first of equals.
    Raises UnreadableMedia for a picture or clip that cannot be read.
    """
    best: tuple[float, Rgb, Focus | None] | None = None
    for showing, path in showings:
        for rgb in _pictures(showing, path, background, size):
            worth = appeal(rgb) + (_TITLE if showing.has_title else 0.0)
            if best is None or worth > best[0] + 1e-9:
                best = worth, rgb, showing.focus
    if best is None:
        raise UnreadableMedia("there is no picture to make a poster of")
    cut = fit(best[1], *size, focus=best[2])
    whole = Image.fromarray(cut).resize(size, Image.Resampling.LANCZOS)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".poster-", dir=out.parent) as work:
        half_made = Path(work) / "poster.jpg"
        whole.save(
            half_made, quality=92, subsampling=0, optimize=True, progressive=True,
            icc_profile=_srgb(),
        )  # fmt: skip
        os.replace(half_made, out)  # noqa: PTH105  the atomic one, by its usual name


_TITLE = 0.5
_FACE = 0.35


def appeal(rgb: Rgb) -> float:
    """How much there is to see in a picture, about 0 to 1.35: sharpness, contrast, colour, faces.

    Sharpness is the variance of the Laplacian (Pech-Pacheco et al., ICPR 2000); colourfulness as
    in Hasler and Suesstrunk, 2003. Both saturate, so that noise does not win over a clear picture.
    """
    scale = _SMALL / max(rgb.shape[:2])
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    sharp = float(cv2.Laplacian(grey, cv2.CV_64F).var())
    contrast = float(np.asarray(grey, np.float64).std())
    red, green, blue = (small[..., i].astype(np.float64) for i in range(3))
    one, two = red - green, (red + green) / 2 - blue
    color = float(np.hypot(one.std(), two.std()) + 0.3 * np.hypot(one.mean(), two.mean()))
    worth = (
        0.5 * sharp / (sharp + 200) + 0.3 * contrast / (contrast + 30) + 0.2 * color / (color + 40)
    )
    return worth + (_FACE if faces(np.asarray(grey, np.uint8)) else 0.0)


def _pictures(
    showing: Showing, path: Path, background: str, least: tuple[int, int]
) -> Iterator[Rgb]:
    if showing.kind == "still":
        yield read_picture(path, background)
        return
    try:
        shape = pixel_shape(path)
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            lasts_s = (container.duration or 0) / av.time_base
            looks_s = [lasts_s * (2 * look + 1) / (2 * _LOOKS) for look in range(_LOOKS)]
            begins_s = (container.start_time or 0) / av.time_base
            for number, frame in enumerate(container.decode(stream)):
                if looks_s and (frame.time or number / 25) - begins_s >= looks_s[0]:
                    looks_s.pop(0)
                    yield upright_rgb(frame, shape, background, least)
    except (av.FFmpegError, IndexError) as error:
        raise UnreadableMedia(f"{path}: this clip cannot be read ({error})") from error


@lru_cache(maxsize=1)
def _srgb() -> bytes:
    """An sRGB profile without the moment at which it was made: bytes 24 to 35 of its header."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made[:24] + bytes((7, 230, 0, 1, 0, 1)) + bytes(6) + made[36:]
